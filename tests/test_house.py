"""The house rules: imports go down, names are there, `import hilnb` stays light."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import hilnb

ROOT = Path(hilnb.__file__).parent
MODULES = sorted(path.relative_to(ROOT.parent).with_suffix("") for path in ROOT.rglob("*.py"))

WORDS_IN_ORDER = [
    *("_pyodide", "errors", "former", "masking", "_context", "parts", "types", "constants"),
    *("config", "runtime", "side_effects", "managed", "messages", "differences", "tools"),
]
LAYERS = [
    WORDS_IN_ORDER,
    ["checkpoint", "drawing", "store", "cache"],
    ["graph"],
    ["interop"],
    ["func", "reasons", "timeline", "waiting"],
    ["engines"],
    ["models", "schemas"],
    ["payloads"],
    ["answers"],
    ["prebuilt", "testing"],
    ["widgets"],
    ["exercises"],
    ["command"],
    ["__main__"],
]


def name_of(path):
    parts = [part for part in path.parts[1:] if part != "__init__"]
    return ".".join(parts)


def layer_of(name):
    first = name.split(".")[0]
    return next(n for n, layer in enumerate(LAYERS) if first in layer)


def imported(path):
    """The hilnb modules that a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse((ROOT.parent / path).with_suffix(".py").read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hilnb"):
            if node.module == "hilnb":
                yield from (alias.name for alias in node.names)
            else:
                yield node.module.removeprefix("hilnb.")


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p)], ids=name_of)
def test_a_module_imports_only_its_own_folder_and_the_layers_above(path):
    name = name_of(path)
    for other in imported(path):
        own_folder = name.split(".")[0] == other.split(".")[0]
        if layer_of(name) == 0 and not own_folder:
            mine, theirs = (WORDS_IN_ORDER.index(word.split(".")[0]) for word in (name, other))
            assert theirs < mine, f"{name} imports {other}"
        else:
            assert own_folder or layer_of(other) < layer_of(name), f"{name} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_public_names_are_there(path):
    module = import_module(".".join(part for part in path.parts if part != "__init__"))

    assert all(hasattr(module, name) for name in getattr(module, "__all__", []))


def test_the_engine_needs_nothing_but_python():
    code = "import sys, hilnb; print(*{m.split('.')[0] for m in sys.modules} - sys.stdlib_module_names)"

    loaded = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout

    # Names that begin with _ are __main__ and what installers put into every process.
    assert {name for name in loaded.split() if not name.startswith("_")} == {"hilnb"}


def test_importing_hilnb_loads_few_modules():
    code = f"""
import sys
sys.path.insert(0, {str(ROOT.parent)!r})
bare = {{*sys.modules}}
import hilnb
print(*{{*sys.modules}} - bare)
"""

    told = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout

    loaded = told.split()
    heavy = {"asyncio", "concurrent.futures", "logging", "random", "hilnb.drawing"}
    assert heavy.isdisjoint(loaded)
    assert len(loaded) <= 160


def test_only_the_screen_imports_ipywidgets():
    users = {name_of(p) for p in MODULES if "import ipywidgets" in (ROOT.parent / p).with_suffix(".py").read_text()}

    assert all(name.startswith("widgets") for name in users)
