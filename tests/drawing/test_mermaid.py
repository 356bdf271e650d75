"""Mermaid text and JSON of a picture, compared with langchain-core's for the same nodes and edges."""

from __future__ import annotations

from operator import add
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.runnables import RunnableLambda
from langchain_core.runnables.graph import CurveStyle, Graph
from langchain_core.runnables.graph import Edge as TheirEdge
from langchain_core.runnables.graph import Node as TheirNode
from langgraph.graph import END, START, StateGraph

from hilnb.drawing import Edge, Node, Picture

TABLE: dict[str, tuple[list[Node], list[Edge]]] = {
    "chain": ([Node(n, n) for n in (START, "a", "b", END)], [Edge(START, "a"), Edge("a", "b"), Edge("b", END)]),
    "loop with labels": (
        [Node(n, n) for n in (START, "agent", "tools", END)],
        [
            Edge(START, "agent"),
            Edge("agent", "tools", "continue", conditional=True),
            Edge("agent", END, conditional=True),
            Edge("tools", "agent", "back"),
        ],
    ),
    "names that need care": (
        [Node(n, n) for n in (START, "human review", "a[b]{c}(d)", "*bold*", "`code`", "naïve-é", "日本", END)],
        [Edge(START, "human review"), Edge("human review", "a[b]{c}(d)"), Edge("*bold*", "日本"), Edge("`code`", END)],
    ),
    "metadata": (
        [
            Node("a", "a", None, {"__interrupt": "before", "defer": True, "n": 3, "ratio": 0.5}),
            Node("b", "b", None, {"__tools": ["x", "<y>"], "tags": {"q", "p"}, "what": object(), "none": None}),
            Node("c", "c", None, {"mixed": ["x", None], "empty": [], 'odd"key|': "#(v)"}),
        ],
        [Edge("a", "b"), Edge("b", "c")],
    ),
    "two beginnings": ([Node(n, n) for n in "abc"], [Edge("a", "c"), Edge("b", "c")]),
    "no edges": ([Node("a", "a"), Node("b", "b")], []),
    "one node": ([Node("a", "a")], [Edge("a", "a", "again")]),
    "nothing": ([], []),
    "long labels": (
        [Node("a", "a"), Node("b", "b")],
        [
            Edge("a", "b", "one two three four five six seven eight nine ten eleven"),
            Edge("b", "a", "one two three four five six seven eight nine ten eleven", True),
            Edge("a", "a", "two\nlines  and   blanks"),
            Edge("b", "b", 7),
        ],
    ),
    "name unlike the id": ([Node("a", "Alpha"), Node("b", "_under_")], [Edge("a", "b")]),
}


@pytest.fixture(params=TABLE, ids=str)
def both(request: pytest.FixtureRequest) -> tuple[Picture, Graph]:
    nodes, edges = TABLE[request.param]
    theirs = {n.id: TheirNode(n.id, n.name, n.data, dict(n.metadata) if n.metadata else None) for n in nodes}
    return (
        Picture({node.id: node for node in nodes}, edges),
        Graph(theirs, [TheirEdge(e.source, e.target, e.data, e.conditional) for e in edges]),
    )


@pytest.mark.parametrize(
    "options", [{}, {"with_styles": False}, {"curve_style": CurveStyle.BASIS}, {"wrap_label_n_words": 2}], ids=str
)
def test_mermaid_is_langchains_letter_for_letter(both: tuple[Picture, Graph], options: dict[str, Any]) -> None:
    ours, theirs = both

    assert ours.draw_mermaid(**options) == theirs.draw_mermaid(**options)


def test_json_is_langchains(both: tuple[Picture, Graph]) -> None:
    ours, theirs = both

    assert ours.to_json() == theirs.to_json()


def test_a_curve_may_be_named() -> None:
    picture = Picture({"a": Node("a", "a")}, [])

    assert picture.draw_mermaid(curve_style="step") == picture.draw_mermaid(curve_style=CurveStyle.STEP)


class State(TypedDict):
    log: Annotated[list[str], add]


def test_a_real_langgraph_graph_gives_the_same_mermaid_and_json() -> None:
    builder = StateGraph(State)
    for name in ("agent", "human review", "tools"):
        builder.add_node(name, RunnableLambda(lambda state: {"log": []}), defer=name == "tools")
    builder.add_conditional_edges(START, lambda state: "agent", {"go now": "agent", "ask": "human review"})
    builder.add_conditional_edges("agent", lambda state: "x", ["tools", "human review", END])
    builder.add_edge("tools", "agent")
    builder.add_edge("human review", END)
    theirs = builder.compile(interrupt_before=["human review"]).get_graph()

    ours = Picture(
        {key: Node(*node) for key, node in theirs.nodes.items()},
        [Edge(*edge) for edge in theirs.edges],
    )

    assert ours.draw_mermaid() == theirs.draw_mermaid()
    mine, yours = ours.to_json(), theirs.to_json()
    assert mine["edges"] == yours["edges"]
    assert [{**node, "data": None} for node in mine["nodes"]] == [{**node, "data": None} for node in yours["nodes"]]


def ask_a_person(state: dict[str, Any]) -> None:
    """A node."""


def test_what_runs_in_a_node_is_in_the_json_by_import_path() -> None:
    picture = Picture({"ask": Node("ask", "ask", ask_a_person)}, [])

    assert picture.to_json()["nodes"] == [
        {"id": "ask", "type": "runnable", "data": {"id": [*__name__.split("."), "ask_a_person"], "name": "ask"}}
    ]
