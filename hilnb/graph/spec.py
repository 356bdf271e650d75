"""What a compiled graph is made of, as plain data: nodes, branches, joins."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Branch", "Join", "Node"]


@dataclass(frozen=True, slots=True)
class Branch:
    """A conditional edge.

    Attributes:
        name: The function's name.
        path: The function.
        awaits: Whether calling it gives something to await.
        wants: The parameters to fill in by name.
        ends: From what it returns to nodes' names; None when it may return any name.
    """

    name: str
    path: Callable[..., Any]
    awaits: bool
    wants: tuple[str, ...]
    ends: Mapping[Hashable, str] | None


@dataclass(frozen=True, slots=True)
class Join:
    """An edge that waits for all of its sources."""

    sources: tuple[str, ...]
    target: str

    @property
    def name(self) -> str:
        """As LangGraph names it in a task's triggers."""
        return f"join:{'+'.join(self.sources)}:{self.target}"


@dataclass(frozen=True, slots=True)
class Node:
    """A node with what it runs, what follows it and what starts it.

    Attributes:
        name: As it was added.
        action: What it runs; None for START.
        awaits: Whether calling it gives something to await.
        wants: The parameters to fill in by name.
        twin: What to await in its place in an async run, where there is such a thing.
        gotos: The nodes its Commands may go to, as far as its annotation tells; for the picture.
        targets: What its unconditional edges lead to.
        joins: The edges with several sources that it is a source of.
        branches: Its conditional edges.
        triggers: What can start it, as LangGraph names that.
    """

    name: str
    action: Callable[..., Any] | None = None
    awaits: bool = False
    wants: tuple[str, ...] = ()
    twin: Callable[..., Any] | None = None
    gotos: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    joins: tuple[Join, ...] = ()
    branches: tuple[Branch, ...] = ()
    triggers: tuple[str, ...] = ()
