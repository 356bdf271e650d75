"""The picture of a compiled graph, where it says more than LangGraph's text."""

from __future__ import annotations

from typing import TypedDict

from hilnb.graph import END, START, StateGraph
from hilnb.graph.state import CompiledStateGraph


class Letter(TypedDict):
    text: str


def keep(state: Letter) -> None:
    """Do nothing."""


def sorting_by_a_router_without_types() -> CompiledStateGraph:
    builder = StateGraph(Letter).add_node("sort", keep).add_node("ask", keep).add_node("send", keep)
    builder.add_edge(START, "sort").add_conditional_edges("sort", lambda state: "ask").add_edge("ask", "send")
    return builder.compile()


def test_a_router_that_may_return_any_name_is_drawn_so_and_not_as_the_end() -> None:
    picture = sorting_by_a_router_without_types().get_graph()

    assert repr(picture).splitlines() == [
        "__start__ → sort",
        "sort → any node (conditional)",
        "ask → send",
        "send → __end__",
    ]
    svg = picture.draw_svg()
    assert (svg.count(">any node</text>"), svg.count('class="hil-edge hil-maybe"')) == (1, 1)
    assert [(edge.source, edge.target) for edge in picture.edges] == [
        (START, "sort"),
        ("sort", END),
    ]


def test_a_router_that_may_return_any_name_is_drawn_inside_the_nested_graph() -> None:
    builder = StateGraph(Letter).add_node("mail", sorting_by_a_router_without_types()).add_node("file", keep)
    picture = builder.add_edge(START, "mail").add_edge("mail", "file").compile().get_graph(xray=True)

    assert repr(picture).splitlines() == [
        "__start__ → __start__",
        "file → __end__",
        "__start__ → sort",
        "sort → any node (conditional)",
        "ask → send",
        "send → file",
    ]
    assert picture.draw_svg().count('class="hil-cluster"') == 1


def test_what_is_known_of_how_a_node_runs_stands_under_its_name() -> None:
    builder = StateGraph(Letter).add_node("ask", keep, defer=True, metadata={"owner": "<b>", "note": "x" * 80})
    svg = builder.add_edge(START, "ask").compile(interrupt_before=["ask"]).get_graph().draw_svg()

    assert ">runs last</text>" in svg
    assert ">pauses before</text>" in svg
    assert ">…</text>" in svg  # three lines at most: how it runs comes before what it is said to be
    assert "x" * 40 not in svg


def test_metadata_is_drawn_as_text() -> None:
    builder = StateGraph(Letter).add_node("ask", keep, metadata={"owner": "<script>"})
    svg = builder.add_edge(START, "ask").compile().get_graph().draw_svg()

    assert ">owner = &lt;script&gt;</text>" in svg
