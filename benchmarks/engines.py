"""The engines: one set of names for hilnb and for LangGraph, so that each workload is written once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

__all__ = ["LIBRARIES", "Library", "MissingError"]


class MissingError(Exception):
    """An engine has no such part, so the workload is left out; the message says which."""


@dataclass(frozen=True)
class Library:
    """The public names of one library, as a workload uses them.

    Attributes:
        name: "hilnb" or "langgraph".
        open_sqlite: From a path to a context manager with the saver.
    """

    name: str
    START: str
    END: str
    StateGraph: Any
    Send: Any
    Command: Any
    interrupt: Callable[[Any], Any]
    add_messages: Callable[..., Any]
    MemorySaver: Callable[[], Any]
    HumanMessage: Any
    AIMessage: Any
    ToolMessage: Any
    open_sqlite: Callable[[str], AbstractContextManager[Any]]


def _library(name: str, messages: str) -> Library:
    graph, types, said = (import_module(path) for path in (f"{name}.graph", f"{name}.types", messages))

    def open_sqlite(path: str) -> AbstractContextManager[Any]:
        try:
            module = import_module(f"{name}.checkpoint.sqlite")
        except ImportError as error:
            raise MissingError(f"{name} has no SqliteSaver here ({error})") from error
        opened: AbstractContextManager[Any] = module.SqliteSaver.from_conn_string(path)
        return opened

    return Library(
        name,
        **{word: getattr(graph, word) for word in ("START", "END", "StateGraph", "add_messages")},
        **{word: getattr(types, word) for word in ("Send", "Command", "interrupt")},
        **{word: getattr(said, word) for word in ("HumanMessage", "AIMessage", "ToolMessage")},
        MemorySaver=import_module(f"{name}.checkpoint.memory").MemorySaver,
        open_sqlite=open_sqlite,
    )


LIBRARIES: dict[str, Callable[[], Library]] = {
    "hilnb": lambda: _library("hilnb", "hilnb.messages"),
    "langgraph": lambda: _library("langgraph", "langchain_core.messages"),
}
"""How to load each library; nothing is imported before it is asked for."""
