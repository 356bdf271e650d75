"""The one bridge from a graph to its picture (semantics: what LangGraph's `get_graph()` draws)."""

from __future__ import annotations

from collections.abc import Mapping

from hilnb.constants import END, START
from hilnb.drawing.model import Edge
from hilnb.drawing.model import Node as Drawn
from hilnb.drawing.picture import Picture
from hilnb.graph.spec import Node

__all__ = ["picture_of"]


def picture_of(nodes: Mapping[str, Node], xray: bool | int = False) -> Picture:
    """The picture of a compiled graph's nodes.

    Edges are sorted; of several between the same two nodes the first counts. Only nodes that can be reached have edges,
    as far as is known where conditional edges lead; a node that nothing leaves leads to END.
    """
    edges: dict[tuple[str, str], Edge] = {}
    reached = [START]
    for name in reached:
        if name == END:
            continue
        for edge in _edges(nodes[name]) or [Edge(name, END)]:
            edges.setdefault((edge.source, edge.target), edge)
            if edge.target not in reached:
                reached.append(edge.target)
    names = [*nodes, *([END] if any(target == END for _, target in edges) else [])]
    return Picture({name: Drawn(name, name) for name in names}, [edges[ends] for ends in sorted(edges)])


def _edges(node: Node) -> list[Edge]:
    edges = [Edge(node.name, target) for target in node.targets]
    edges += [Edge(node.name, join.target) for join in node.joins]
    for branch in node.branches:
        for choice, target in (branch.ends or {}).items():
            edges.append(Edge(node.name, target, None if choice == target else str(choice), conditional=True))
    return edges + [Edge(node.name, target, label, conditional=True) for target, label in node.destinations.items()]
