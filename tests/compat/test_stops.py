"""Stops before and after nodes, at compile and by the call; the same on LangGraph and on hilnb."""

import pytest

from tests.compat.programs import Programs, Words, add, ask, chain, child, difference, thread

program = Programs()


def three(lg, **options):
    """Three nodes in a row, compiled with options."""
    builder = lg.StateGraph(Words)
    for name in ("one", "two", "three"):
        builder.add_node(name, add(name))
    builder.add_edge(lg.START, "one").add_edge("one", "two").add_edge("two", "three")
    return builder.compile(checkpointer=lg.MemorySaver(), **options)


@program
def a_stop_before_a_node(lg, do):
    graph = three(lg, interrupt_before=["two"])
    do.stream(graph, {"text": "a"})
    do.state(graph)
    do.invoke(graph, None)
    do.history(graph)


@program
def a_stop_after_a_node(lg, do):
    graph = three(lg, interrupt_after=["two"])
    do.stream(graph, {"text": "a"})
    do.state(graph)
    do.invoke(graph, None)
    do.history(graph)


@program
def stops_before_and_after_everything(lg, do):
    for options in ({"interrupt_before": "*"}, {"interrupt_after": "*"}):
        graph = three(lg, **options)
        do.invoke(graph, {"text": "a"})
        for _ in range(4):
            do.note(graph.get_state(thread("1")).next)
            do.stream(graph, None, ("updates", "values"))


@program
def stops_before_and_after_the_same_node(lg, do):
    graph = three(lg, interrupt_before=["two"], interrupt_after=["two"])
    for given in ({"text": "a"}, None, None):
        do.stream(graph, given, ("updates", "values"))
        do.note(graph.get_state(thread("1")).next)


@program
def stops_asked_for_by_the_call(lg, do):
    graph = three(lg)
    do.stream(graph, {"text": "a"}, ("updates", "values"), interrupt_before=["two"])
    do.state(graph)
    do.stream(graph, None, ("updates", "values"), interrupt_after="*")
    do.state(graph)
    do.invoke(graph, None)
    do.invoke(graph, {"text": "b"}, interrupt_before="*")
    do.invoke(graph, {"text": "c"}, interrupt_after=["three"])


@program
def a_call_overrides_what_was_compiled(lg, do):
    graph = three(lg, interrupt_before=["two"])
    do.invoke(graph, {"text": "a"}, interrupt_before=["three"])
    do.note(graph.get_state(thread("1")).next)
    do.invoke(graph, {"text": "b"}, interrupt_before=[])
    do.note(graph.get_state(thread("1")).next)


@program
def unknown_nodes_to_stop_at_are_refused(lg, do):
    do.attempt(lambda: three(lg, interrupt_before=["nobody"]))
    do.attempt(lambda: three(lg, interrupt_after=["nobody"]))
    do.attempt(lambda: sorted(three(lg, interrupt_after=["one"], interrupt_before=[]).nodes))


@program
def a_stop_without_a_saver(lg, do):
    builder = lg.StateGraph(Words).add_node("one", add("1")).add_node("two", add("2")).add_edge(lg.START, "one")
    graph = builder.add_edge("one", "two").compile(interrupt_before=["two"])
    do.invoke(graph, {"text": "a"}, None)


@program
def a_stop_among_parallel_nodes(lg, do):
    builder = lg.StateGraph(Words)
    for name in "abz":
        builder.add_node(name, add(name))
    builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge(["a", "b"], "z")
    graph = builder.compile(checkpointer=lg.MemorySaver(), interrupt_before=["b", "z"])
    do.invoke(graph, {"text": "x"})
    do.state(graph)
    do.invoke(graph, None)
    do.state(graph)
    do.invoke(graph, None)


@program
def a_stop_in_a_loop(lg, do):
    builder = lg.StateGraph(Words).add_node("again", add("again")).add_edge(lg.START, "again")
    builder.add_conditional_edges("again", lambda s: lg.END if len(s["log"]) > 2 else "again")
    graph = builder.compile(checkpointer=lg.MemorySaver(), interrupt_before=["again"])
    do.invoke(graph, {"text": "a"})
    for _ in range(4):
        do.invoke(graph, None)
        do.note(graph.get_state(thread("1")).next)


@program
def a_stop_and_a_question(lg, do):
    builder = lg.StateGraph(Words).add_node("one", add("1")).add_node("two", ask(lg, "ok?")).add_edge(lg.START, "one")
    graph = builder.add_edge("one", "two").compile(checkpointer=lg.MemorySaver(), interrupt_before=["two"])
    do.invoke(graph, {"text": "a"})
    do.stream(graph, None, ("updates", "values"))
    do.state(graph)
    do.stream(graph, lg.Command(resume="yes"), ("updates", "values"))
    do.state(graph)


@program
def a_new_input_at_a_stop_begins_again(lg, do):
    graph = three(lg, interrupt_before=["two"])
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, {"text": "b"})
    do.state(graph)
    do.invoke(graph, None)


@program
def a_stop_around_a_child(lg, do):
    inner = child(lg, c=add("c"))
    builder = lg.StateGraph(Words).add_node("inner", inner).add_node("after", add("after")).add_edge(lg.START, "inner")
    graph = builder.add_edge("inner", "after").compile(
        checkpointer=lg.MemorySaver(), interrupt_before=["inner"], interrupt_after=["inner"]
    )
    for given in ({"text": "a"}, None, None):
        do.stream(graph, given, ("updates", "values"), subgraphs=True)
        do.note(graph.get_state(thread("1")).next)


@program
def a_command_goes_past_a_stop(lg, do):
    graph = three(lg, interrupt_before=["two"])
    do.invoke(graph, {"text": "a"})
    do.stream(graph, lg.Command(update={"text": "changed"}), ("updates", "values"))
    do.state(graph)


@program
def a_stop_before_sent_nodes(lg, do):
    builder = lg.StateGraph(Words).add_node("one", add("1")).add_node("v", lambda s: {"log": [s["n"]]})
    builder.add_edge(lg.START, "one").add_conditional_edges("one", lambda s: [lg.Send("v", {"n": n}) for n in (2, 1)])
    graph = builder.compile(checkpointer=lg.MemorySaver(), interrupt_before=["v"])
    do.invoke(graph, {"text": "a"})
    do.state(graph)
    do.invoke(graph, None)
    do.invoke(chain(lg, one=add("1")), {"text": "a"}, interrupt_after=["one"])


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
