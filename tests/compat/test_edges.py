"""Edges: routers, joins, Sends and Commands, and graphs that cannot be; the same on LangGraph and on hilnb."""

import functools
from typing import Literal

import pytest

from tests.compat.programs import Programs, Words, add, difference, routed

program = Programs()


@program
def routers_return_names_lists_ends_and_sends(lg, do):
    for source in ("x", "START"):
        for answer in ("y", ["y", "z"], lg.END, [lg.END, "z"], lg.Send("y", {"text": "s"}), []):
            do.stream(routed(lg, answer, source=source), {"text": "x"}, sort=True)
        do.invoke(routed(lg, None, source=source), {"text": "x"})


@program
def path_maps_translate(lg, do):
    do.stream(routed(lg, "go", {"go": "y"}), {"text": "x"})
    do.stream(routed(lg, True, {True: "y", False: lg.END}), {"text": "x"})
    do.stream(routed(lg, ["a", "b"], {"a": "y", "b": "z"}), {"text": "x"}, sort=True)
    do.stream(routed(lg, "y", ["y", lg.END]), {"text": "x"})
    do.invoke(routed(lg, "nowhere", {"go": "y"}), {"text": "x"})


@program
def a_router_sees_the_nodes_own_update(lg, do):
    builder = lg.StateGraph(Words).add_node("x", lambda s: {"text": "new", "log": [1]}).add_node("y", add("y"))
    builder.add_edge(lg.START, "x").add_conditional_edges(
        "x", lambda s: "y" if s == {"text": "new", "log": [1]} else "x"
    )
    do.stream(builder.compile(), {"text": "old"}, config=None)


@program
def a_join_waits_for_all_and_fires_once(lg, do):
    builder = lg.StateGraph(Words)
    for name in "abcz":
        builder.add_node(name, add(name))
    builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge("b", "c").add_edge(["a", "c"], "z")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, sort=True)
    do.invoke(graph, {"text": "again"})


@program
def two_plain_edges_into_one_node_run_it_per_step(lg, do):
    builder = lg.StateGraph(Words)
    for name in "abcz":
        builder.add_node(name, add(name))
    builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge("b", "c").add_edge("a", "z").add_edge("c", "z")
    do.stream(builder.compile(), {"text": "x"}, config=None, sort=True)


@program
def sends_run_in_the_order_they_were_sent(lg, do):
    builder = lg.StateGraph(Words).add_node("w", add("w")).add_node("v", lambda s: {"log": [f"v{s['n']}"]})
    sends = [lg.Send("v", {"n": 2}), "w", lg.Send("v", {"n": 1})]
    builder.add_conditional_edges(lg.START, lambda s: sends)
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, sort=True)
    do.history(graph)


@program
def commands_update_and_go(lg, do):
    def go(state) -> lg.Command[Literal["y"]]:
        return lg.Command(update={"text": "went"}, goto="y")

    builder = lg.StateGraph(Words).add_node("go", go).add_node("x", add("x")).add_node("y", add("y"))
    builder.add_edge(lg.START, "go").add_edge("go", "x")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, sort=True)


@program
def commands_of_every_shape(lg, do):
    shapes = [
        lambda: lg.Command(update={"text": "a"}),
        lambda: lg.Command(update=[("text", "a"), ("log", [1])]),
        lambda: lg.Command(goto=lg.END),
        lambda: lg.Command(goto={"y"}),
        lambda: lg.Command(goto=["y", lg.Send("y", {"text": "sent"})]),
        lambda: [{"log": [1]}, lg.Command(update={"log": [2]}), {"text": "k"}],
        lambda: [lg.Command(update={"log": [2]}), {"text": "k"}],
        lambda: lg.Send("y", {"text": "sent"}),
    ]
    for shape in shapes:
        builder = lg.StateGraph(Words).add_node("x", lambda s, shape=shape: shape()).add_node("y", add("y"))
        do.stream(builder.add_edge(lg.START, "x").compile(), {"text": "x"}, config=None, sort=True)


# ── graphs that cannot be built ───────────────────────────────────────────────────────────────────────────────────────


@program
def wrong_graphs_are_refused(lg, do):
    def new():
        return lg.StateGraph(Words).add_node("x", add("x"))

    wrong = [
        lambda: new().add_node("x", add("x")),
        lambda: new().add_node(lg.START, add("x")),
        lambda: new().add_node("a|b", add("x")),
        lambda: new().add_edge(lg.END, "x"),
        lambda: new().add_edge("x", lg.START),
        lambda: new().add_edge(["x", "q"], "x"),
        lambda: new().add_edge(lg.START, "x").add_edge("x", "y").compile(),
        lambda: new().add_edge(lg.START, "x").add_edge("y", "x").compile(),
        lambda: new().add_edge(lg.START, "x").add_conditional_edges("q", add).compile(),
        lambda: new().add_conditional_edges("x", add).add_conditional_edges("x", add),
        lambda: new().add_edge(lg.START, "x").add_conditional_edges("x", add, {"go": "nope"}).compile(),
        lambda: new().add_edge(lg.START, "x").add_node("y", add("y"), destinations=("nope",)).compile(),
        lambda: new().compile(),
        lambda: new().add_edge(lg.START, "x").compile(checkpointer=5),
    ]
    for build in wrong:
        try:
            do.note(type(build()).__name__)
        except (ValueError, TypeError) as error:
            do.note(error)


@program(awaiting=(False,))
def conditional_edges_are_called_as_their_functions_are(lg, do):
    class Route:
        def __call__(self, state):
            return "x"

        def way(self, state):
            return "x"

    def route(state):
        return "x"

    for path in (route, lambda state: "x", Route(), Route().way, functools.partial(route)):
        builder = lg.StateGraph(Words).add_node("x", add("x")).add_conditional_edges("x", path)
        do.note(list(builder.branches["x"]))


@program
def an_empty_path_map_tells_nothing(lg, do):
    for path_map in ([], {}):
        do.stream(routed(lg, "y", path_map), {})


@program
def a_router_changes_what_it_is_given(lg, do):
    def route(state):
        state["log"].append("by the router")
        return "y"

    builder = lg.StateGraph(Words).add_node("x", add("x")).add_node("y", add("y"))
    builder.add_edge(lg.START, "x").add_conditional_edges("x", route, ["y"])
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": ""}, "values")
    do.history(graph)


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
