"""One program on both engines: what it imports, as text for a notebook and as names for a test."""

from __future__ import annotations

from types import SimpleNamespace

__all__ = ["ENGINES", "IMPORTS", "names_of"]

IMPORTS = {
    "hilnb": """
from hilnb import END, START, Command, MemorySaver, Send, StateGraph, interrupt
from hilnb import SqliteSaver as in_a_file
from hilnb.runtime import Runtime
""",
    "langgraph": """
import sqlite3

from langgraph.checkpoint.memory import InMemorySaver as MemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Send, interrupt

class in_a_file(SqliteSaver):
    def __init__(self, name):
        super().__init__(sqlite3.connect(name, check_same_thread=False))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.conn.close()
""",
}
"""The same names from either engine; `in_a_file(name)` is a saver in a file."""

ENGINES = [*IMPORTS]


def names_of(engine: str) -> SimpleNamespace:
    """The names, and `name`, the engine's."""
    found: dict[str, object] = {}
    exec(IMPORTS[engine], found)
    return SimpleNamespace(name=engine, **{name: value for name, value in found.items() if not name.startswith("__")})
