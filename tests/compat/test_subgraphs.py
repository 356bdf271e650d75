"""Graphs in graphs: how they share state, pause, resume and go home; the same on LangGraph and on hilnb."""

import operator
from typing import Annotated

import pytest
from typing_extensions import TypedDict

from tests.compat.programs import Programs, Words, add, ask, chain, child, difference, thread

program = Programs()


class Other(TypedDict):
    inner: str
    notes: Annotated[list, operator.add]


def counted(ran, name, action):
    """A node that says each time that it runs."""

    def node(state):
        ran.append(name)
        return action(state)

    return node


def nested(lg, depth, **nodes):
    """The nodes, in a graph in a graph …, each with a node before and one after the inner graph."""
    graph = child(lg, **nodes)
    for level in range(depth, 0, -1):
        parts = {f"before{level}": add(f"<{level}"), f"inner{level}": graph, f"after{level}": add(f"{level}>")}
        graph = chain(lg, **parts) if level == 1 else child(lg, **parts)
    return graph


# ── state shared and not shared ───────────────────────────────────────────────────────────────────────────────────────


@program
def a_child_gets_the_shared_keys_and_gives_them_back(lg, do):
    class Partly(TypedDict):
        text: str
        own: str

    builder = lg.StateGraph(Partly).add_node("c", lambda s: {"text": s["text"] + "c", "own": "mine"})
    inner = builder.add_edge(lg.START, "c").compile()
    graph = chain(lg, one=add("1"), inner=inner, two=lambda s: {"log": [s["text"]]})
    do.stream(graph, {"text": "a"})
    do.state(graph)


@program
def a_childs_reducer_adds_to_what_it_was_given(lg, do):
    # The whole list comes back from the child, so the parent's reducer adds it again.
    graph = chain(lg, one=add("1"), inner=child(lg, c=add("c")), two=add("2"))
    do.stream(graph, {"text": "a", "log": ["0"]})


@program
def a_child_called_in_a_node_has_a_state_of_its_own(lg, do):
    builder = lg.StateGraph(Other).add_node("c", lambda s: {"notes": [s["inner"]]}).add_edge(lg.START, "c")
    inner = builder.compile()
    graph = chain(lg, one=lambda s: {"log": inner.invoke({"inner": s["text"]})["notes"]}, two=add("2"))
    do.stream(graph, {"text": "a"})
    do.state(graph, subgraphs=True)


@program
def a_child_goes_to_a_node_of_its_parent(lg, do):
    def leave(state):
        return lg.Command(graph=lg.Command.PARENT, update={"log": ["left"], "text": "from child"}, goto="two")

    inner = child(lg, c=add("c"), leave=leave, never=add("never"))
    builder = lg.StateGraph(Words).add_node("inner", inner).add_node("one", add("1")).add_node("two", add("2"))
    graph = builder.add_edge(lg.START, "inner").compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "a"}, ("updates", "values"))
    do.state(graph)


@program
def a_child_sends_to_its_parent(lg, do):
    def leave(state):
        sends = [lg.Send("work", {"text": word}) for word in "xy"]
        return lg.Command(graph=lg.Command.PARENT, goto=sends, update={"log": ["sent"]})

    builder = lg.StateGraph(Words).add_node("inner", child(lg, leave=leave))
    builder.add_node("work", lambda s: {"log": [s["text"]]}).add_edge(lg.START, "inner")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "a"})
    do.history(graph)


@program
def a_grandchild_goes_to_its_own_parent_only(lg, do):
    def leave(state):
        return lg.Command(graph=lg.Command.PARENT, goto="there", update={"log": ["left"]})

    middle = (
        lg.StateGraph(Words).add_node("inner", child(lg, leave=leave)).add_node("there", add("there, in the middle"))
    )
    graph = chain(lg, middle=middle.add_edge(lg.START, "inner").compile(), after=add("after"))
    do.stream(graph, {"text": "a"}, ("updates", "values"), subgraphs=True)


@program
def a_command_to_a_parent_that_is_not_there(lg, do):
    graph = chain(lg, one=add("1"), two=lambda s: lg.Command(graph=lg.Command.PARENT, goto="x"))
    try:
        graph.invoke({"text": "a"}, thread("1"))
    except Exception:  # which one is each library's choice
        do.note("refused")
    do.note(graph.get_state(thread("1")).next)


@program
def parallel_children_do_not_mix(lg, do):
    builder = lg.StateGraph(Words)
    for name in ("left", "right"):
        builder.add_node(name, child(lg, c=lambda s, name=name: {"log": [name]})).add_edge(lg.START, name)
    graph = builder.compile(checkpointer=lg.MemorySaver())
    # Both give text back, and it may be written once a step.
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, {"log": ["only the log"]}, thread("2"))


@program
def a_child_runs_once_for_every_send(lg, do):
    inner = child(lg, c=lambda s: {"log": [s["text"] + "!"]})
    builder = lg.StateGraph(Words, output_schema=Other).add_node("inner", lambda s: {"notes": inner.invoke(s)["log"]})
    builder.add_conditional_edges(lg.START, lambda s: [lg.Send("inner", {"text": word}) for word in s["text"]])
    do.invoke(builder.compile(checkpointer=lg.MemorySaver()), {"text": "abc"})


# ── questions inside ──────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_child_pauses_its_parent(lg, do):
    ran = []
    inner = child(lg, c1=counted(ran, "c1", add("c1")), c2=counted(ran, "c2", ask(lg, "ok?")))
    graph = chain(lg, one=counted(ran, "one", add("1")), inner=inner, two=counted(ran, "two", add("2")))
    do.stream(graph, {"text": "a"})
    do.state(graph)
    do.stream(graph, lg.Command(resume="yes"))
    do.state(graph)
    do.note(ran)


@program
def questions_two_and_three_graphs_deep(lg, do):
    for depth in (2, 3):
        ran = []
        graph = nested(lg, depth, c1=counted(ran, "c1", add("c1")), c2=counted(ran, "c2", ask(lg, "ok?")))
        do.invoke(graph, {"text": "a"})
        do.state(graph, subgraphs=True)
        do.invoke(graph, lg.Command(resume="yes"))
        do.note(ran)


@program
def a_child_asks_several_times(lg, do):
    ran = []

    def twice(state):
        ran.append("twice")
        return {"log": [lg.interrupt("first"), lg.interrupt("second")]}

    graph = chain(lg, inner=child(lg, c1=counted(ran, "c1", ask(lg, "zero")), twice=twice), two=add("2"))
    do.invoke(graph, {"text": "a"})
    for answer in ("0", "1", "2"):
        do.stream(graph, lg.Command(resume=answer), ("updates", "values"))
        do.state(graph)
    do.note(ran)


@program
def children_side_by_side_ask_by_id(lg, do):
    class Sides(TypedDict):
        log: Annotated[list, operator.add]

    def side(question):
        builder = lg.StateGraph(Sides).add_node("c", ask(lg, question)).add_edge(lg.START, "c")
        return builder.compile()

    builder = lg.StateGraph(Sides).add_node("left", side("l?")).add_node("right", side("r?"))
    graph = builder.add_edge(lg.START, "left").add_edge(lg.START, "right").compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"log": []}, "updates", sort=True)
    ids = {question.value: question.id for question in do.state(graph).interrupts}
    do.invoke(graph, lg.Command(resume={ids["r?"]: "R"}))
    do.note([question.value for question in graph.get_state(thread("1")).interrupts])
    do.invoke(graph, lg.Command(resume={ids["l?"]: "L"}))
    do.state(graph)


@program
def a_child_called_in_a_node_goes_on_where_it_was(lg, do):
    ran = []
    inner = child(lg, c1=counted(ran, "c1", add("c1")), c2=counted(ran, "c2", ask(lg, "ok?")))

    def call(state):
        ran.append("call")
        return {"log": ["called", *inner.invoke({"text": state["text"]})["log"]]}

    graph = chain(lg, one=add("1"), call=call, two=add("2"))
    do.stream(graph, {"text": "a"}, ("updates", "values"))
    do.state(graph)
    do.stream(graph, lg.Command(resume="yes"), ("updates", "values"))
    do.note(ran)


@program
def a_node_asks_before_and_after_its_child(lg, do):
    inner = child(lg, c=ask(lg, "inside?"))

    def call(state):
        before = lg.interrupt("before?")
        inside = inner.invoke({"text": before})["log"]
        return {"log": [before, *inside, lg.interrupt("after?")]}

    graph = chain(lg, call=call)
    do.invoke(graph, {"text": "a"})
    for answer in ("b", "i", "a"):
        do.invoke(graph, lg.Command(resume=answer))
    do.state(graph)


@program
def a_loop_asks_in_a_child_each_time_round(lg, do):
    inner = child(lg, c=lambda s: {"text": lg.interrupt(f"round {len(s['log'])}")})
    builder = lg.StateGraph(Words).add_node("inner", lambda s: {"text": inner.invoke(s)["text"]})
    builder.add_node("count", lambda s: {"log": [s["text"]]}).add_edge(lg.START, "inner").add_edge("inner", "count")
    builder.add_conditional_edges("count", lambda s: lg.END if s["text"] == "stop" else "inner")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "a"})
    for answer in ("more", "yet more", "stop"):
        do.invoke(graph, lg.Command(resume=answer))
    do.state(graph)


@program
def a_sent_child_pauses_for_itself(lg, do):
    inner = child(lg, c=lambda s: {"log": [lg.interrupt(s["text"])]})
    builder = lg.StateGraph(Words).add_node("inner", lambda s: {"log": inner.invoke(s)["log"]})
    builder.add_conditional_edges(lg.START, lambda s: [lg.Send("inner", {"text": word}) for word in "ab"])
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, "updates", sort=True)
    ids = {question.value: question.id for question in graph.get_state(thread("1")).interrupts}
    do.invoke(graph, lg.Command(resume={ids["a"]: "A", ids["b"]: "B"}))


@program
def a_child_fails_and_goes_on_from_there(lg, do):
    ran = []

    def flaky(state):
        if ran.count("flaky") < 2:
            raise ValueError("not yet")
        return {"log": ["made it"]}

    inner = child(lg, c1=counted(ran, "c1", add("c1")), c2=counted(ran, "flaky", flaky))
    graph = chain(lg, one=counted(ran, "one", add("1")), inner=inner)
    do.invoke(graph, {"text": "a"})
    do.state(graph)
    do.invoke(graph, None)
    do.note(ran)


@program
def a_child_stops_before_a_node(lg, do):
    builder = lg.StateGraph(Words).add_node("c1", add("c1")).add_node("c2", add("c2"))
    inner = builder.add_edge(lg.START, "c1").add_edge("c1", "c2").compile(interrupt_before=["c2"])
    graph = chain(lg, one=add("1"), inner=inner, two=add("2"))
    do.stream(graph, {"text": "a"}, ("updates", "values"))
    do.state(graph, subgraphs=True)
    do.stream(graph, None, ("updates", "values"))


@program
def a_new_input_begins_a_paused_child_again(lg, do):
    ran = []
    inner = child(lg, c1=counted(ran, "c1", add("c1")), c2=counted(ran, "c2", ask(lg, "ok?")))
    graph = chain(lg, inner=inner, two=add("2"))
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, {"text": "b"})
    do.invoke(graph, lg.Command(resume="yes"))
    do.note(ran)


@program(awaiting=(True,))
def an_awaited_child_pauses_its_parent(lg, do):
    async def asks(state):
        return {"log": [lg.interrupt("ok?")]}

    inner = child(lg, c=asks)

    async def call(state):
        return {"log": (await inner.ainvoke({"text": "given"}))["log"]}

    graph = chain(lg, call=call, inner=inner)
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, lg.Command(resume="one"))
    do.invoke(graph, lg.Command(resume="two"))
    do.state(graph)


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
