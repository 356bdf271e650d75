"""The one bridge from a graph to its picture (semantics: what LangGraph's `get_graph()` draws)."""

from __future__ import annotations

from typing import Any

from hilnb.constants import END, START
from hilnb.drawing.model import ANYWHERE, Edge, Edges, Nodes
from hilnb.drawing.model import Node as Drawn
from hilnb.drawing.picture import Picture
from hilnb.graph.spec import Node, Program

__all__ = ["picture_of"]


def picture_of(program: Program, xray: bool | int = False) -> Picture:
    """The picture of a compiled graph, with the graphs nested in it opened as far as `xray` says.

    Edges are sorted; of several between the same two nodes the first counts. Only nodes that can be reached have edges,
    as far as is known where conditional edges lead; a node that nothing leaves leads to END; where there is no such
    node, the one that a walk through the graph gets to last may lead there. That is LangGraph's
    account, in which a router that may return any name leads to END alone; the drawing says: to any node.
    """
    return Picture(*_parts(program, xray, honest=False), shown=_parts(program, xray, honest=True))


def _parts(program: Program, xray: bool | int, *, honest: bool) -> tuple[Nodes, Edges]:
    """The nodes and edges: LangGraph's account, or the honest one."""
    nodes, branches = program.nodes, program.wiring.branches
    guessing = [name for name in nodes if honest and any(way.ends is None for way in branches.get(name, ()))]
    edges: dict[tuple[str, str], Edge] = {}
    reached = list(nodes) if guessing else [START]
    for name in reached:
        for edge in _edges(program, name) if name != END else []:
            edges.setdefault((edge.source, edge.target), edge)
            if edge.target not in reached:
                reached.append(edge.target)
    left = {source for source, _ in edges} | {END, *guessing}
    drawn = [edges[ends] for ends in sorted(edges)]
    open_ended = [Edge(name, END) for name in nodes if name in reached and name not in {*left, START}]
    if not open_ended and not any(target == END for _, target in edges):
        last = _last_of_a_walk(program)
        open_ended = [Edge(name, END, conditional=True) for name in last if len(last) == 1 and name not in guessing]
    drawn += open_ended
    drawn += [Edge(name, ANYWHERE, conditional=True) for name in guessing]
    shown = [each for node in nodes.values() for each in (node.handler, node) if each is not None]
    pictured = {node.name: Drawn(node.name, node.name, _what_runs(node), _facts(program, node)) for node in shown}
    if any(edge.target == END for edge in drawn):
        pictured[END] = Drawn(END, END)
    if guessing:
        pictured[ANYWHERE] = Drawn(ANYWHERE, ANYWHERE)
    for node in shown if xray else []:
        if node.nested is not None:
            inner = _parts(node.nested.program, xray if isinstance(xray, bool) else xray - 1, honest=honest)
            pictured, drawn = _opened(pictured, drawn, node.name, *inner)
    return pictured, drawn


def _opened(
    nodes: dict[str, Drawn], edges: list[Edge], name: str, inner: Nodes, inner_edges: Edges
) -> tuple[dict[str, Drawn], list[Edge]]:
    """The picture with a node replaced by the graph it holds, whose ends are left out where one node can stand in.

    A graph with several ways in or out, as far as is known, stays closed.
    """
    inside, within = dict(inner), list(inner_edges)
    if len(inside) < 2 or None in (_end(inside, within, True), _end(inside, within, False)):
        return nodes, edges
    for is_first in (True, False):
        end = _end(inside, within, is_first)
        if _only_one(inside, within, is_first, end) is not None:
            del inside[str(end)]
            within = [edge for edge in within if end not in (edge.source, edge.target)]
    way_in, way_out = _end(inside, within, True), _end(inside, within, False)
    made = {key: node for key, node in nodes.items() if key != name}
    made |= {f"{name}:{key}": node._replace(id=f"{name}:{key}") for key, node in inside.items()}
    crossing = [
        edge._replace(
            source=f"{name}:{way_out}" if edge.source == name else edge.source,
            target=f"{name}:{way_in}" if edge.target == name else edge.target,
        )
        for edge in edges
    ]
    own = [edge._replace(source=f"{name}:{edge.source}", target=f"{name}:{edge.target}") for edge in within]
    return made, [*crossing, *own]


def _end(nodes: dict[str, Drawn], edges: list[Edge], is_first: bool) -> str | None:
    """The one way in, or out; where an edge may lead to any node, a graph's own start and end count alone."""
    end = START if is_first else END
    return end if ANYWHERE in nodes and end in nodes else _only_one(nodes, edges, is_first, None)


def _only_one(nodes: dict[str, Drawn], edges: list[Edge], is_first: bool, without: str | None) -> str | None:
    """The one node that nothing leads to (or that nothing leaves), disregarding another; None when not just one."""
    near, far = ("target", "source") if is_first else ("source", "target")
    taken = {getattr(edge, near) for edge in edges if getattr(edge, far) != without} | {ANYWHERE}
    found = [key for key in nodes if key not in taken and key != without]
    return found[0] if len(found) == 1 else None


_LONGEST_WALK = 250
"""LangGraph walks so many supersteps to find its edges: in a loop without end, this says where it stops."""


def _last_of_a_walk(program: Program) -> set[str]:
    """The nodes of the last superstep when every edge is followed, the conditional ones of a node only once."""
    here, seen = {START}, set[str]()
    for _ in range(_LONGEST_WALK):
        edges = [edge for name in here for edge in _edges(program, name)]
        there = {edge.target for edge in edges if not edge.conditional or edge.source not in seen} - {END}
        if not there:
            break
        seen |= here
        here = there
    return here


def _edges(program: Program, name: str) -> list[Edge]:
    """What leaves a node."""
    wiring = program.wiring
    choices = [choice for branch in wiring.branches.get(name, ()) for choice in (branch.ends or {}).items()]
    # Of several edges between two nodes LangGraph draws a join, else the one that is conditional.
    edges = [Edge(name, join.target) for join in wiring.joins.get(name, ())]
    edges += [
        Edge(name, target, None if choice == target else str(choice), conditional=True)
        for choice, target in sorted(choices, key=lambda choice: str(choice[0]))
    ]
    destinations = program.nodes[name].destinations
    edges += [Edge(name, target, label, conditional=True) for target, label in destinations.items()]
    ends = [target for target in wiring.targets.get(name, ()) if target != END]  # END is where nothing leads
    return edges + [Edge(name, target) for target in ends]


def _what_runs(node: Node) -> Any:
    return node if node.action.given is None else node.action.given


def _facts(program: Program, node: Node) -> dict[str, Any] | None:
    """What is shown with a node's name: its metadata, and how it runs."""
    facts: dict[str, Any] = dict(node.metadata or {})
    if node.defer:
        facts["defer"] = True
    if tools := getattr(node.action.given, "tools_by_name", None):
        facts["__tools"] = ", ".join(tools)
    stops = [
        when
        for when, names in (("before", program.before), ("after", program.after))
        if names != "*" and node.name in names  # as LangGraph: a stop at every node tells nothing about this one
    ]
    if stops:
        facts["__interrupt"] = ",".join(stops)
    return facts or None
