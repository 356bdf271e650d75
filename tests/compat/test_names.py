"""Every public name of LangGraph is at the same path here, or stands in docs/langgraph-names.md with the reason."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "langgraph-names.md"
MODULES = [
    *("graph", "graph.message", "graph.state", "types", "constants", "errors", "config", "runtime", "func"),
    *("managed", "managed.is_last_step"),
    *("prebuilt", "prebuilt.interrupt", "checkpoint.base", "checkpoint.memory", "store.base", "store.memory"),
    *("cache.base", "cache.memory", "managed.is_last_step"),
]


def public_names(path):
    """What a module offers: its `__all__`, or what it defines itself under a public name."""
    module = importlib.import_module(f"langgraph.{path}")
    if hasattr(module, "__all__"):
        return sorted(module.__all__)
    own = (name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__)
    return sorted(name for name in own if not name.startswith("_"))


def table():
    """The names the page says are not here: `module.name`."""
    return set(re.findall(r"^\| `([\w.]+)` \|", PAGE.read_text(), flags=re.MULTILINE))


def here(path, name):
    try:
        return hasattr(importlib.import_module(f"hilnb.{path}"), name)
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("path", MODULES)
def test_every_name_is_here_or_has_a_reason(path):
    missing = {f"{path}.{name}" for name in public_names(path) if not here(path, name)}

    assert missing <= table()


def test_the_page_names_nothing_that_is_here_or_that_langgraph_does_not_have():
    for entry in table():
        path, _, name = entry.rpartition(".")
        assert name in public_names(path), f"LangGraph has no {entry}"
        assert not here(path, name), f"{entry} is here"
