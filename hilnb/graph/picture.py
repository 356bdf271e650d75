"""The one bridge from a graph to its picture (semantics: what LangGraph's `get_graph()` draws)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hilnb.constants import END, START
from hilnb.drawing.model import Edge
from hilnb.drawing.model import Node as Drawn
from hilnb.drawing.picture import Picture
from hilnb.graph.spec import Node, Program

__all__ = ["picture_of"]


def picture_of(program: Program) -> Picture:
    """The picture of a compiled graph.

    Edges are sorted; of several between the same two nodes the first counts. Only nodes that can be reached have edges,
    as far as is known where conditional edges lead; a node that nothing leaves leads to END.
    """
    nodes = program.nodes
    edges: dict[tuple[str, str], Edge] = {}
    reached = [START]
    for name in reached:
        for edge in _edges(nodes[name]) if name != END else []:
            edges.setdefault((edge.source, edge.target), edge)
            if edge.target not in reached:
                reached.append(edge.target)
    left = {source for source, _ in edges} | {END}
    drawn = [edges[ends] for ends in sorted(edges)]
    drawn += [Edge(name, END) for name in nodes if name in reached and name not in left]
    handlers = [node.handler for node in nodes.values() if node.handler is not None]
    shown = [nodes[START], *handlers, *(node for name, node in nodes.items() if name != START)]
    pictured = {node.name: Drawn(node.name, node.name, _what_runs(node), _facts(program, node)) for node in shown}
    if any(edge.target == END for edge in drawn):
        pictured[END] = Drawn(END, END)
    return Picture(pictured, drawn)


def _edges(node: Node) -> list[Edge]:
    edges = []
    for branch in node.branches:
        for choice, target in (branch.ends or {}).items():
            edges.append(Edge(node.name, target, None if choice == target else str(choice), conditional=True))
    edges += [Edge(node.name, target) for target in node.targets if target != END]  # that nothing follows is no way
    edges += [Edge(node.name, join.target) for join in node.joins]
    return edges + [Edge(node.name, target, label, conditional=True) for target, label in node.destinations.items()]


def _what_runs(node: Node) -> Any:
    return node if node.action.given is None else node.action.given


def _facts(program: Program, node: Node) -> dict[str, Any] | None:
    """What is shown with a node's name: its metadata, and how it runs."""
    facts: dict[str, Any] = dict(node.metadata or {})
    if node.defer:
        facts["defer"] = True
    stops = [
        when
        for when, names in (("before", program.before), ("after", program.after))
        if node.name != START and _holds(names, node.name)
    ]
    if stops:
        facts["__interrupt"] = ",".join(stops)
    return facts or None


def _holds(names: Collection[str], name: str) -> bool:
    return names == "*" or name in names
