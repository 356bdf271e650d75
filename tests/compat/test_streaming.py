"""Streams: what is told while a graph runs, mode by mode; the same on LangGraph and on hilnb."""

import asyncio
import contextlib
import io
import operator
from typing import Annotated

import pytest
from typing_extensions import TypedDict

from tests.compat.programs import (
    Model,
    Programs,
    Record,
    Words,
    add,
    ask,
    chain,
    child,
    difference,
    in_a_row,
    side_by_side,
    thread,
)

program = Programs()

MODES = ("updates", "values", "custom", "tasks", "checkpoints", "debug")


def talkative(lg):
    """A node that says things while it works."""

    def node(state):
        say = lg.get_stream_writer()
        say("begun")
        say({"done": 0.5})
        return {"log": ["1"]}

    return node


# ── mode by mode ──────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def updates_are_the_default(lg, do):
    do.stream(chain(lg, one=add("1"), two=lambda s: None), {"text": "a"}, None)


@program
def every_mode_alone(lg, do):
    for mode in MODES:
        do.note(mode)
        do.stream(chain(lg, one=talkative(lg), two=add("2")), {"text": "a"}, mode)


@program
def every_mode_without_a_saver(lg, do):
    for mode in MODES:
        do.note(mode)
        do.stream(chain(lg, saver=False, one=talkative(lg), two=add("2")), {"text": "a"}, mode, None)


@program
def several_modes_are_told_apart(lg, do):
    do.stream(chain(lg, one=talkative(lg), two=add("2")), {"text": "a"}, ("custom", "updates", "values"))
    do.stream(chain(lg, one=talkative(lg)), {"text": "a"}, ("checkpoints", "tasks"))
    do.stream(chain(lg, one=add("1")), {"text": "a"}, ("values",))


@program
def a_pause_in_every_mode(lg, do):
    for mode in MODES:
        graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
        do.note(mode)
        do.stream(graph, {"text": "a"}, mode)
        do.stream(graph, lg.Command(resume="yes"), mode)


@program
def a_failure_in_every_mode(lg, do):
    def fail(state):
        raise ValueError("as it happens")

    for mode in MODES:
        do.note(mode)
        do.stream(chain(lg, one=add("1"), two=fail), {"text": "a"}, mode)


@program
def nodes_that_write_a_key_more_than_once(lg, do):
    for result in ([{"log": [1]}, {"log": [2], "text": "b"}], [lg.Command(update={"log": [1]}), {"log": [2]}], []):
        do.stream(chain(lg, one=lambda s, result=result: result), {"text": "a"})


@program
def joins_and_sends_in_tasks(lg, do):
    builder = lg.StateGraph(Words).add_node("a", add("a")).add_node("b", add("b")).add_node("v", add("v"))
    builder.add_node("z", add("z")).add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge(["a", "b"], "z")
    builder.add_conditional_edges("z", lambda s: [lg.Send("v", {"text": word}) for word in "xy"])
    do.stream(builder.compile(), {"text": "x"}, "tasks", None, sort=True)


@program
def nothing_new_is_no_new_value(lg, do):
    do.stream(chain(lg, one=lambda s: None, two=lambda s: {}, three=add("3")), {"text": "a"}, "values")


@program
def the_checkpoints_of_parallel_nodes(lg, do):
    graph = side_by_side(lg, a=add("a"), b=add("b"))
    do.stream(graph, {"text": "a"}, "checkpoints")


# ── custom ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_writer_may_be_a_parameter(lg, do):
    def by_name(state, writer):
        writer("by name")

    def by_type(state, *, writer: lg.StreamWriter):
        writer("by type")

    def by_runtime(state, runtime: lg.Runtime):
        runtime.stream_writer("by runtime")

    graph = chain(lg, one=by_name, two=by_type, three=by_runtime)
    do.stream(graph, {"text": "a"}, "custom")
    do.invoke(graph, {"text": "a"})
    do.stream(graph, {"text": "a"}, ("custom", "updates"))


@program
def routers_may_say_things_too(lg, do):
    def choose(state):
        lg.get_stream_writer()("choosing")
        return "two"

    builder = lg.StateGraph(Words).add_node("one", add("1")).add_node("two", add("2")).add_edge(lg.START, "one")
    builder.add_conditional_edges("one", choose)
    do.stream(builder.compile(), {"text": "a"}, ("custom", "updates"), None)


@program(awaiting=(True,))
def awaited_nodes_say_things(lg, do):
    async def one(state, writer):
        writer("given")
        lg.get_stream_writer()("got")
        return {"log": ["1"]}

    do.stream(chain(lg, one=one), {"text": "a"}, ("custom", "updates"))


# ── subgraphs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_child_is_heard_when_asked_for(lg, do):
    for mode in ("updates", "values", "custom", ("updates", "custom"), ("values", "tasks")):
        graph = chain(lg, one=add("1"), inner=child(lg, c=talkative(lg)), two=add("2"))
        do.note(mode)
        do.stream(graph, {"text": "a"}, mode)
        do.stream(graph, {"text": "a"}, mode, thread("2"), subgraphs=True)


@program
def children_are_named_by_where_they_are(lg, do):
    inmost = child(lg, c=add("c"))
    graph = chain(lg, middle=child(lg, m=add("m"), inmost=inmost))
    do.stream(graph, {"text": "a"}, "updates", subgraphs=True)
    do.stream(graph, {"text": "a"}, "checkpoints", thread("2"), subgraphs=True)


@program
def a_child_called_in_a_node_is_heard(lg, do):
    inner = child(lg, c=talkative(lg))
    graph = chain(lg, one=lambda s: {"log": inner.invoke({"text": "x"})["log"]})
    do.stream(graph, {"text": "a"}, ("updates", "custom"), subgraphs=True)


@program
def a_paused_child_is_heard(lg, do):
    graph = chain(lg, inner=child(lg, c1=add("c1"), c2=ask(lg, "ok?")), two=add("2"))
    do.stream(graph, {"text": "a"}, ("updates", "values"), subgraphs=True)
    do.stream(graph, lg.Command(resume="yes"), ("updates", "values"), subgraphs=True)


@program
def debug_events_of_a_child(lg, do):
    graph = chain(lg, inner=child(lg, c=add("c")))
    do.stream(graph, {"text": "a"}, "debug", subgraphs=True)


# ── the second version ────────────────────────────────────────────────────────────────────────────────────────────────


@program
def parts_of_the_second_version(lg, do):
    for mode in (None, *MODES, ("updates", "values")):
        graph = chain(lg, one=talkative(lg), two=ask(lg, "ok?"))
        do.note(mode)
        do.stream(graph, {"text": "a"}, mode, version="v2")
        do.stream(graph, lg.Command(resume="yes"), mode, version="v2")


@program
def parts_of_children_in_the_second_version(lg, do):
    graph = chain(lg, inner=child(lg, c=talkative(lg)), two=add("2"))
    do.stream(graph, {"text": "a"}, ("updates", "custom"), version="v2", subgraphs=True)
    do.stream(graph, {"text": "a"}, ("updates", "custom"), thread("2"), version="v2")


@program
def values_of_the_second_version_are_instances(lg, do):
    for schema, given in ((Model, {"a": "x"}), (Record, Record("x"))):
        graph = chain(lg, schema, one=lambda s: {"b": s.b + 1}, two=lambda s: {"log": [lg.interrupt("ok?")]})
        do.stream(graph, given, ("values", "checkpoints"), version="v2")
        do.invoke(graph, lg.Command(resume="yes"), version="v2")
        do.invoke(graph, given, thread("2"))


@program
def an_output_of_the_second_version(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    output = do.invoke(graph, {"text": "a"}, version="v2")
    do.note((type(output).__name__, output.value, output.interrupts, "__interrupt__" in output, output["text"]))
    done = do.invoke(graph, lg.Command(resume="yes"), version="v2")
    do.invoke(graph, {"text": "b"}, thread("2"), version="v2", stream_mode="updates")
    of_model = do.invoke(chain(lg, Model, one=add("1")), {"a": "x"}, version="v2")
    for each in (output, done, of_model):
        do.note([each["__interrupt__"], "__interrupt__" in each, "a" in each, "log" in each, each["log"]])
    do.attempt(lambda: done["nope"])
    do.attempt(lambda: of_model["nope"])


# ── what is asked for ─────────────────────────────────────────────────────────────────────────────────────────────────


@program
def output_keys_choose_what_is_shown(lg, do):
    class Three(TypedDict):
        a: str
        b: str
        c: Annotated[list, operator.add]

    def both(state):
        return {"a": "A", "b": "B", "c": [1]}

    for keys in ("a", ["a"], ["a", "c"], "c"):
        do.note(keys)
        do.stream(chain(lg, Three, one=both, two=lambda s: {"c": [2]}), {"a": "x"}, output_keys=keys)
        do.invoke(chain(lg, Three, one=both), {"a": "x"}, output_keys=keys)


@program
def invoke_may_be_asked_for_another_mode(lg, do):
    for mode in ("values", "updates", "custom", "tasks", "checkpoints", ["updates"], ["values", "updates"]):
        do.note(mode)
        do.invoke(chain(lg, one=talkative(lg), two=add("2")), {"text": "a"}, stream_mode=mode)
        do.invoke(chain(lg, one=add("1"), two=ask(lg, "ok?")), {"text": "a"}, stream_mode=mode)


@program
def stops_before_and_after_in_every_mode(lg, do):
    for mode in MODES:
        graph = chain(lg, one=add("1"), two=add("2"), three=add("3"))
        do.note(mode)
        do.stream(graph, {"text": "a"}, mode, interrupt_before=["two"])
        do.stream(graph, None, mode, interrupt_after=["two"])
        do.stream(graph, None, mode)


@program
def an_output_schema_narrows_what_invoke_returns_and_no_stream(lg, do):
    class Out(TypedDict):
        text: str

    builder = lg.StateGraph(Words, output_schema=Out).add_node("one", lambda s: {"text": "b", "log": ["1"]})
    graph = builder.add_node("two", add("2")).add_edge(lg.START, "one").add_edge("one", "two").compile()
    for mode in ("values", "updates", "tasks", "debug"):
        do.stream(graph, {"text": "a"}, mode, None)
    do.invoke(graph, {"text": "a"}, None)


def left_after(lg, do, heard):
    """A graph whose stream is left after some events."""
    ran = []
    graph = chain(lg, **{name: lambda s, name=name: ran.append(name) or {"log": [name]} for name in "abc"})
    given = ({"text": "x"}, thread("1"))

    async def listen():
        left, events = heard, graph.astream(*given, stream_mode=["updates", "values"])
        async for event in events:
            do.note(event)
            if not (left := left - 1):
                break
        await events.aclose()

    if do.awaiting:
        asyncio.run(listen())
    else:
        events = graph.stream(*given, stream_mode=["updates", "values"])
        do.note([next(events) for _ in range(heard)])
        events.close()
    do.note(list(ran))
    do.history(graph)
    do.invoke(graph, None)
    do.note(ran)


@program
def who_stops_listening_finds_kept_what_was_heard(lg, do):
    for heard in range(1, 8):
        left_after(lg, do, heard)


@program
def a_call_may_keep_its_nodes_to_itself(lg, do):
    config = {**thread("1"), "tags": [lg.TAG_HIDDEN]}
    do.stream(chain(lg, one=add("1")), {"text": "x"}, ("values", "updates", "tasks"), config)


@program
def output_keys_have_to_exist(lg, do):
    for keys in ("nothing", ["log", "nothing"]):
        do.stream(chain(lg, one=add("1")), {"text": "x"}, "values", output_keys=keys)
    do.stream(chain(lg, one=ask(lg, "?")), {"text": "x"}, ("values", "updates"), output_keys="log")


@program
def checkpoints_are_told_when_only_the_last_is_kept(lg, do):
    do.stream(chain(lg, one=add("1"), two=ask(lg, "?")), {"text": "x"}, ("checkpoints", "debug"), durability="exit")


@program
def what_a_listened_to_child_writes_is_for_its_listener(lg, do):
    def say(state):
        lg.get_stream_writer()("said")
        return {"log": ["said"]}

    inner = child(lg, say=say)
    graph = chain(
        lg, one=lambda s: {"log": [len(list(inner.stream({"text": "i"}, stream_mode=["custom", "updates"])))]}
    )
    do.stream(graph, {"text": "x"}, ("custom", "updates"), subgraphs=True)


@program
def an_earlier_failure_is_told_with_its_checkpoint(lg, do):
    def fails(state):
        raise KeyError("no")

    graph = chain(lg, one=fails)
    for given in ({"text": "x"}, None):
        do.stream(graph, given, ("checkpoints", "debug"))


@program
def printing_while_it_runs(lg, do):
    for mode in ("updates", "values", ["updates", "custom"], ()):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            do.invoke(chain(lg, saver=False, one=talkative(lg)), {"text": "a"}, None, print_mode=mode)
        # The looks of what is printed are each library's own.
        do.note([mode, "begun" in printed.getvalue(), "log" in printed.getvalue(), bool(printed.getvalue())])


@program
def what_the_call_says_of_itself_is_told_with_its_tasks(lg, do):
    inner = child(lg, i=add("i")).builder.add_node("j", add("j"), metadata={"depth": 2}).add_edge("i", "j").compile()
    builder = lg.StateGraph(Words).add_node("a", add("a"), metadata={"by": "ann", "of": "node"}).add_node("c", inner)
    graph = in_a_row(lg, builder, "a", "c")
    more = {
        "metadata": {"of": "call", "deep": {"x": 1}},
        "tags": ["t"],
        "configurable": {"thread_id": "1", "user": "u"},
    }
    for config in (thread("0"), more):
        do.stream(graph, {}, ("tasks", "checkpoints"), config, subgraphs=True)
    do.stream(graph.with_config({"tags": ["u"]}), {}, "tasks", more)


@program
def a_way_in_that_fails_is_no_task(lg, do):
    def fail(state):
        raise ValueError("no way in")

    for way in (fail, lambda state: lg.Send(lg.END, {})):
        builder = lg.StateGraph(Words).add_node("x", add("x")).add_conditional_edges(lg.START, way)
        do.stream(builder.compile(checkpointer=lg.MemorySaver()), {})


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
