"""Nodes and edges: what a picture of a graph is made of (names as in langchain-core's graph module)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from hilnb.constants import END, START
from hilnb.masking import masked

ANYWHERE = "|"
"""Where an edge leads when nobody can know; no node can have this name."""

ENDS = {START: "start", END: "end", ANYWHERE: "any node"}
"""The words a picture shows for the two ends of a graph, and for not knowing."""

Mark: TypeAlias = Literal["done", "now", "waiting", "failed"]
"""How a run stands at a node: finished, running, waiting for a person, or failed."""


class Node(NamedTuple):
    """One node: `name` is what is shown, `data` is whatever runs there, `metadata` small facts about it."""

    id: str
    name: str
    data: Any = None
    metadata: Mapping[str, Any] | None = None


class Edge(NamedTuple):
    """One edge between two node ids: `data` is its label; a conditional edge is one of several choices."""

    source: str
    target: str
    data: Any = None
    conditional: bool = False


Nodes: TypeAlias = Mapping[str, Node]
Edges: TypeAlias = Sequence[Edge]


def only_one(nodes: Nodes, others: Collection[str]) -> str | None:
    """The one node that is not among the others; None when there are several, or none."""
    left = [key for key in nodes if key not in others]
    return left[0] if len(left) == 1 else None


def facts(node: Node) -> Iterator[tuple[str, str]]:
    """Yield what is shown of a node's metadata, in words: scalars, and collections of scalars.

    >>> list(facts(Node("a", "a", metadata={"owner": "ann", "tags": ["x", "y"], "model": object()})))
    [('owner', 'ann'), ('tags', 'x, y')]
    """
    scalar = (str, int, float, bool)
    for key, value in (node.metadata or {}).items():
        if isinstance(value, (list, tuple, set)) and all(isinstance(item, scalar) for item in value):
            words = [str(item) for item in value]
            value = ", ".join(sorted(words) if isinstance(value, set) else words)
        if isinstance(value, scalar):
            yield key, str(masked(value, key))


def clusters(nodes: Nodes) -> dict[str, list[str]]:
    """The nested graphs among the nodes: by their prefix, the ids of the nodes right inside; an outer one comes first.

    >>> clusters({key: Node(key, key) for key in ("a", "sub:b", "sub:deep:c")})
    {'sub': ['sub:b'], 'sub:deep': ['sub:deep:c']}
    """
    found: dict[str, list[str]] = {}
    for key in nodes:
        parts = key.split(":")[:-1]
        for depth in range(len(parts)):
            found.setdefault(":".join(parts[: depth + 1]), [])
        if parts:
            found[":".join(parts)].append(key)
    return found
