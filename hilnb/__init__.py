"""Human-in-the-loop graphs in a Jupyter notebook.

The names a notebook needs; everything else stands at LangGraph's import paths (`hilnb.graph`, `hilnb.types`,
`hilnb.checkpoint.memory`). `run` and `ask` load ipywidgets when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hilnb.checkpoint.memory import InMemorySaver, MemorySaver
from hilnb.graph import END, START, MessagesState, StateGraph, add_messages
from hilnb.side_effects import once
from hilnb.types import Command, Interrupt, Send, interrupt

if TYPE_CHECKING:
    from hilnb.answers import record, replay
    from hilnb.checkpoint.sqlite import SqliteSaver
    from hilnb.command.environment import doctor
    from hilnb.exercises import exercise
    from hilnb.masking import mask
    from hilnb.reasons import why
    from hilnb.widgets import Deadline, Run, abatch, ask, batch, pending, run
    from hilnb.widgets.lookback import inspect

__version__ = "0.1.0"

__all__ = [
    "END",
    "START",
    "Command",
    "Deadline",
    "InMemorySaver",
    "Interrupt",
    "MemorySaver",
    "MessagesState",
    "Run",
    "Send",
    "SqliteSaver",
    "StateGraph",
    "abatch",
    "add_messages",
    "ask",
    "batch",
    "doctor",
    "exercise",
    "inspect",
    "interrupt",
    "mask",
    "once",
    "pending",
    "record",
    "replay",
    "run",
    "why",
]

_LAZY = {
    "SqliteSaver": "hilnb.checkpoint.sqlite",
    "doctor": "hilnb.command.environment",
    "exercise": "hilnb.exercises",
    "inspect": "hilnb.widgets.lookback",
    "mask": "hilnb.masking",
    "why": "hilnb.reasons",
    **dict.fromkeys(("record", "replay"), "hilnb.answers"),
    **dict.fromkeys(("Deadline", "Run", "abatch", "ask", "batch", "pending", "run"), "hilnb.widgets"),
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
