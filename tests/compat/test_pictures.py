"""Pictures as text: mermaid and JSON of the same graph; the same on LangGraph and on hilnb."""

from typing import Literal, Optional, Union

import pytest
from langchain_core.runnables.graph import CurveStyle, NodeStyles

from tests.compat.programs import Programs, Words, add, chain, child, difference, in_a_row, routed

program = Programs()


def drawn(do, graph, **options):
    """Write down everything the picture of a graph says."""
    picture = graph.get_graph(**options)
    do.note(picture.draw_mermaid())
    do.note(picture.draw_mermaid(with_styles=False))
    shown = picture.to_json()
    do.note(shown["edges"])
    for node in shown["nodes"]:
        # Which class runs a node is each library's own.
        data = node.get("data")
        do.note([node["id"], node.get("type"), data["name"] if isinstance(data, dict) else data, node.get("metadata")])


@program(awaiting=(False,))
def mermaid_text_of_every_kind_of_edge(lg, do):
    def go(state) -> lg.Command[Literal["y", "__end__"]]: ...

    def pick(state) -> Literal["x", "y"]: ...

    do.note(chain(lg, one=add("1"), two=add("2")).get_graph().draw_mermaid())
    do.note(routed(lg, "y").get_graph().draw_mermaid())
    do.note(routed(lg, "y", {"go on": "y", "stop": lg.END}).get_graph().draw_mermaid())
    builder = lg.StateGraph(Words).add_node("go", go).add_node("x", add("x")).add_node("y", add("y"))
    builder.add_edge(lg.START, "go").add_conditional_edges("x", pick).add_edge(["go", "x"], "y")
    do.note(builder.compile().get_graph().draw_mermaid())


@program(awaiting=(False,))
def a_chain_is_drawn(lg, do):
    drawn(do, chain(lg, one=add("1"), two=add("2"), three=add("3")))


@program(awaiting=(False,))
def one_node_is_drawn(lg, do):
    drawn(do, chain(lg, only=add("1")))


@program(awaiting=(False,))
def parallel_nodes_and_joins_are_drawn(lg, do):
    builder = lg.StateGraph(Words)
    for name in "abcd":
        builder.add_node(name, add(name))
    builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge("a", "c").add_edge(["b", "c"], "d")
    drawn(do, builder.compile())


@program(awaiting=(False,))
def a_loop_is_drawn(lg, do):
    def again(state) -> Literal["x", "__end__"]: ...

    builder = lg.StateGraph(Words).add_node("x", add("x")).add_node("y", add("y"))
    builder.add_edge(lg.START, "x").add_edge("x", "y").add_conditional_edges("y", again)
    drawn(do, builder.compile())


@program(awaiting=(False,))
def path_maps_label_their_edges(lg, do):
    drawn(do, routed(lg, "y", {"go on": "y", "stop": lg.END}))
    drawn(do, routed(lg, "y", {"y": "y", "z": "z"}))
    drawn(do, routed(lg, "y", ["y", lg.END]))
    drawn(do, routed(lg, True, {True: "y", False: "z", 3: lg.END}))
    drawn(do, routed(lg, "y", {"a": "y", "b": "y"}))


@program(awaiting=(False,))
def a_conditional_start_is_drawn(lg, do):
    drawn(do, routed(lg, "y", {"go": "y", "stay": "z", "x": "x"}, source="START"))


@program(awaiting=(False,))
def typed_routers_and_commands_are_drawn(lg, do):
    def go(state) -> lg.Command[Literal["y", "__end__"]]: ...

    def pick(state) -> Literal["go", "y"]: ...

    builder = lg.StateGraph(Words).add_node("go", go).add_node("x", add("x")).add_node("y", add("y"))
    builder.add_edge(lg.START, "x").add_conditional_edges("x", pick).add_edge("y", lg.END)
    drawn(do, builder.compile())


@program(awaiting=(False,))
def destinations_are_drawn(lg, do):
    builder = lg.StateGraph(Words).add_node("a", add("a"), destinations=("b", "c")).add_node("b", add("b"))
    builder.add_node("c", add("c"), destinations={"a": "back again", lg.END: "enough"})
    drawn(do, builder.add_edge(lg.START, "a").compile())


@program(awaiting=(False,))
def metadata_and_stops_show_in_the_label(lg, do):
    builder = lg.StateGraph(Words).add_node("a", add("a"), metadata={"team": "blue", "level": 3})
    builder.add_node("b", add("b"), defer=True).add_node("c", add("c"))
    builder.add_edge(lg.START, "a").add_edge("a", "b").add_edge("b", "c").add_edge("c", lg.END)
    drawn(do, builder.compile(interrupt_before=["a", "b"], interrupt_after=["b", "c"]))


@program(awaiting=(False,))
def names_of_every_kind_are_written(lg, do):
    for name in ("human review", "ä-ö_ü", "a.b", "with (round)", "quote'd", "1st", "x/y", "end"):
        drawn(do, chain(lg, **{name: add("1"), "after": add("2")}))


@program(awaiting=(False,))
def long_labels_are_wrapped(lg, do):
    label = "this is a very long label of more than nine words for one edge"
    graph = routed(lg, "y", {label: "y", "short": "z"})
    drawn(do, graph)
    do.note(graph.get_graph().draw_mermaid(wrap_label_n_words=3))


@program(awaiting=(False,))
def a_child_is_one_node_or_drawn_inside(lg, do):
    graph = chain(lg, before=add("b"), inner=child(lg, c1=add("c1"), c2=add("c2")), after=add("a"))
    drawn(do, graph)
    drawn(do, graph, xray=True)
    drawn(do, graph, xray=1)


@program(awaiting=(False,))
def children_in_children_are_drawn_to_a_depth(lg, do):
    inmost = child(lg, deep1=add("1"), deep2=add("2"))
    middle = child(lg, mid=add("m"), inmost=inmost)
    graph = chain(lg, top=add("t"), middle=middle)
    for depth in (False, 1, 2, True):
        drawn(do, graph, xray=depth)


@program(awaiting=(False,))
def a_child_with_several_ways_in_and_out_is_drawn(lg, do):
    def pick(state) -> Literal["c1", "c2"]: ...

    builder = lg.StateGraph(Words).add_node("c1", add("c1")).add_node("c2", add("c2"))
    inner = builder.add_conditional_edges(lg.START, pick).add_edge("c1", lg.END).add_edge("c2", lg.END).compile()
    drawn(do, chain(lg, before=add("b"), inner=inner, after=add("a")), xray=True)


@program(awaiting=(False,))
def a_router_that_may_return_any_name_is_drawn_and_keeps_its_graph_closed(lg, do):
    builder = lg.StateGraph(Words).add_node("a", add("a")).add_node("b", add("b")).add_node("c", add("c"))
    inner = builder.add_edge(lg.START, "a").add_conditional_edges("a", lambda state: "b").add_edge("b", "c").compile()
    drawn(do, inner)
    drawn(do, chain(lg, before=add("b"), inner=inner, after=add("a")), xray=True)


@program(awaiting=(False,))
def two_children_are_drawn(lg, do):
    graph = chain(lg, left=child(lg, l1=add("l1")), right=child(lg, r1=add("r1"), r2=add("r2")))
    drawn(do, graph)
    drawn(do, graph, xray=True)


@program(awaiting=(False,))
def parts_of_a_picture_can_be_taken(lg, do):
    picture = routed(lg, "y", {"go": "y", "stop": lg.END}).get_graph()
    do.note(sorted(picture.nodes))
    do.note([(node.id, node.name, node.metadata) for node in picture.nodes.values()])
    do.note([tuple(edge) for edge in picture.edges])
    do.note([(edge.source, edge.target, edge.data, edge.conditional) for edge in picture.edges])


@program(awaiting=(False,))
def a_sequence_and_a_finish_are_drawn(lg, do):
    builder = lg.StateGraph(Words).add_sequence([("a", add("a")), ("b", add("b"))])
    drawn(do, builder.set_entry_point("a").set_finish_point("b").compile())


@program(awaiting=(False,))
def edges_may_repeat(lg, do):
    builder = lg.StateGraph(Words).add_node("a", add("a")).add_node("b", add("b")).add_edge(lg.START, "a")
    builder.add_edge("a", "b").add_edge("a", "b").add_conditional_edges("a", lambda s: "b", {"too": "b", "end": lg.END})
    drawn(do, builder.compile())


@program(awaiting=(False,))
def endings_are_drawn(lg, do):
    # Left out: an edge to the end beside other edges of a node, which LangGraph does not draw.
    builder = lg.StateGraph(Words).add_node("a", add("a")).add_node("b", add("b")).add_node("c", add("c"))
    builder.add_edge(lg.START, "a").add_edge("a", "b").add_edge("a", "c").add_edge("b", lg.END)
    drawn(do, builder.compile())
    drawn(do, in_a_row(lg, lg.StateGraph(Words).add_node("x", add("x")), "x"))


@program(awaiting=(False,))
def loops_without_an_end_are_drawn(lg, do):
    def to_y(state) -> lg.Command[Literal["y"]]: ...

    def to_x(state) -> lg.Command[Literal["x"]]: ...

    talk = lg.StateGraph(Words).add_node("x", to_y).add_node("y", to_x).add_edge(lg.START, "x")
    drawn(do, talk.compile())
    for names in ("x", "xy", "xyz"):
        builder = lg.StateGraph(Words)
        for name, after in zip(names, f"{names[1:]}{names[0]}"):
            builder.add_node(name, add(name)).add_edge(name, after)
        drawn(do, builder.add_edge(lg.START, "x").compile())
    drawn(do, lg.StateGraph(Words).add_node("x", add("x")).add_edge(lg.START, lg.END).compile())


@program(awaiting=(False,))
def a_node_that_leads_to_itself_is_drawn(lg, do):
    builder = chain(lg, x=add("x"), y=add("y")).builder
    drawn(do, builder.add_edge("x", "x").add_edge("y", "y").compile())
    inner = child(lg, i=add("i")).builder.add_node("j", add("j"))
    inner.add_conditional_edges("i", add, {"again": "i", "on": "j"})
    drawn(do, chain(lg, sub=inner.compile()), xray=True)


@program(awaiting=(False,))
def of_several_labels_the_first_in_order_is_drawn(lg, do):
    builder = lg.StateGraph(Words).add_node("x", add("x")).add_node("y", add("y")).add_edge(lg.START, "x")
    builder.add_conditional_edges("x", lambda state: "p", {"p": "y", "b": "y"}).add_conditional_edges(
        "x", add, {"a": "y"}
    )
    drawn(do, builder.compile())


@program(awaiting=(False,))
def a_command_may_be_one_of_several_things_returned(lg, do):
    def with_or(state) -> dict | lg.Command[Literal["y"]]: ...

    def optional(state) -> Optional[lg.Command[Literal["y", "__end__"]]]: ...  # noqa: UP045

    def a_union(state) -> Union[lg.Command[Literal["y"]], None]: ...  # noqa: UP007

    for node in (with_or, optional, a_union):
        builder = lg.StateGraph(Words).add_node("x", node).add_node("y", add("y")).add_edge(lg.START, "x")
        drawn(do, builder.compile())


@program(awaiting=(False,))
def stops_everywhere_are_not_drawn(lg, do):
    drawn(do, chain(lg, x=add("x")).builder.compile(interrupt_before="*", interrupt_after="*"))


@program(awaiting=(False,))
def handlers_stand_before_their_nodes(lg, do):
    builder = (
        lg.StateGraph(Words).add_node("x", add("x")).add_node("y", add("y"), error_handler=lambda state, error: {})
    )
    drawn(do, builder.add_edge(lg.START, "x").add_edge("x", "y").compile())


@program(awaiting=(False,))
def a_picture_is_styled(lg, do):
    picture = chain(lg, x=add("x")).get_graph()
    do.note(picture.draw_mermaid(node_colors=NodeStyles(first="fill:#ffdfba", last="fill:#baffc9")))
    do.note(picture.draw_mermaid(curve_style=CurveStyle.STEP, frontmatter_config={"title": "A: b"}))
    look = {"theme": "neutral", "look": "handDrawn", "themeVariables": {"primaryColor": "#e2e2e2"}, "wrap": True}
    do.note(picture.draw_mermaid(frontmatter_config={"config": look}))
    do.note([picture.first_node().id, picture.last_node().id, len(picture.nodes), picture.edges[0].target])
    many = chain(lg, x=add("x")).builder.add_node("y", add("y")).compile().get_graph()
    do.note([many.first_node(), many.last_node()])


@program(awaiting=(False,))
def a_way_that_is_also_an_edge_is_drawn_once(lg, do):
    def go(state) -> lg.Command[Literal["y"]]: ...

    for more in ({"node": go}, {"node": add("x"), "destinations": {"y": "on"}}):
        node = more.pop("node")
        builder = lg.StateGraph(Words).add_node("x", node, **more).add_node("y", add("y"))
        drawn(do, builder.add_edge(lg.START, "x").add_edge("x", "y").compile())


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
