"""Threads: what is kept of them and when, and Commands from outside; the same on LangGraph and on hilnb."""

import pytest

from tests.compat.programs import Plain, Programs, Words, add, ask, chain, difference, side_by_side, thread

program = Programs()


def shape(snapshots):
    """What a history looks like from afar."""
    return [(s.metadata["source"], s.metadata["step"], s.next, s.values) for s in snapshots]


def open_graph(lg):
    """x and y and z, all of them joined to nothing."""
    builder = lg.StateGraph(Words)
    for name in "xyz":
        builder.add_node(name, add(name))
    return builder.add_edge(lg.START, "x").add_edge("y", "z").compile(checkpointer=lg.MemorySaver())


# ── Commands as input ─────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_command_updates_and_goes_on_a_new_thread(lg, do):
    for command in (
        # Left out: an update of a reduced key, which LangGraph applies twice on a thread that has not begun.
        lg.Command(update={"text": "u"}),
        lg.Command(goto="y"),
        lg.Command(update={"text": "u"}, goto="y"),
        lg.Command(goto=["y", "x"]),
        lg.Command(goto=lg.Send("y", {"text": "sent"})),
    ):
        graph = open_graph(lg)
        do.stream(graph, command, sort=True)
        do.state(graph)


@program
def a_command_updates_and_goes_on_a_finished_thread(lg, do):
    for command in (
        lg.Command(update={"text": "u"}),
        lg.Command(goto="y"),
        lg.Command(update={"text": "u", "log": ["by command"]}, goto="y"),
        lg.Command(update=[("text", "pairs"), ("log", ["too"])]),
        lg.Command(goto=[lg.Send("z", {"text": "sent"}), "x"]),
    ):
        graph = open_graph(lg)
        do.invoke(graph, {"text": "a"})
        do.stream(graph, command, ("updates", "values"), sort=True)
        # LangGraph writes the update into the checkpoint it finds there: its place in the history is left out.
        do.note(graph.get_state(thread("1")).values)
        do.note(graph.get_state(thread("1")).next)


@program
def a_command_without_resume_at_a_question(lg, do):
    for command in (lg.Command(update={"text": "u"}), lg.Command(update={"text": "u"}, goto="three")):
        graph = chain(lg, one=add("1"), two=ask(lg, "ok?"), three=add("3"))
        do.invoke(graph, {"text": "a"})
        do.invoke(graph, command)
        do.state(graph)
        do.invoke(graph, lg.Command(resume="yes"))
        do.state(graph)


@program
def a_command_answers_updates_and_goes_at_once(lg, do):
    seen = []

    def two(state):
        seen.append(state["text"])
        return {"log": [lg.interrupt("ok?")]}

    builder = lg.StateGraph(Words).add_node("one", add("1")).add_node("two", two).add_node("three", add("3"))
    builder.add_edge(lg.START, "one").add_edge("one", "two")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "a"})
    do.stream(graph, lg.Command(resume="yes", update={"text": "changed"}), ("updates", "values"))
    do.state(graph)
    do.invoke(graph, {"text": "b"}, thread("2"))
    do.invoke(graph, lg.Command(resume="yes", update={"text": "changed"}, goto="three"), thread("2"))
    do.state(graph, thread("2"))
    do.note(seen)


@program
def commands_of_the_wrong_kind_are_refused(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, lg.Command(graph=lg.Command.PARENT, update={"text": "b"}))
    do.invoke(chain(lg, saver=False, one=add("1")), lg.Command(resume="x"), None)
    do.state(graph)


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def histories_are_cut_by_limit_before_and_filter(lg, do):
    graph = chain(lg, one=add("1"), two=add("2"))
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, {"text": "b"})
    snapshots = list(graph.get_state_history(thread("1")))
    do.note(shape(snapshots))
    for options in (
        {"limit": 2},
        {"limit": 0},
        {"before": snapshots[3].config},
        {"before": snapshots[3].config, "limit": 1},
        {"filter": {"source": "input"}},
        {"filter": {"source": "loop", "step": 1}},
        {"filter": {"nothing": 1}},
        {"filter": {"source": "input"}, "limit": 1},
    ):
        do.note(options)
        do.note(shape(graph.get_state_history(thread("1"), **options)))
    do.history(graph, filter={"step": 0})
    do.history(graph, thread("nobody"))


@program
def metadata_keeps_what_the_config_says(lg, do):
    graph = chain(lg, one=add("1"))
    config = {
        "configurable": {"thread_id": "1", "user": "ann", "level": 3, "ratio": 0.5, "on": True, "many": ["x"]},
        "metadata": {"purpose": "test", "n": 1, "deep": {"a": 1}},
        "tags": ["blue"],
        "run_name": "a run",
    }
    do.invoke(graph, {"text": "a"}, config)
    do.state(graph)
    do.history(graph, filter={"user": "ann", "source": "input"})
    do.history(graph, filter={"user": "bob"})
    do.update(graph, {"text": "b"}, config)
    do.state(graph)


@program
def metadata_of_an_update_is_that_of_the_bound_config_too(lg, do):
    graph = chain(lg, one=add("1")).with_config(configurable={"user": "u", "__mine": 1}, metadata={"topic": "t"})
    do.invoke(graph, {"text": "a"}, thread("1"))
    do.update(graph, {"log": ["2"]}, {**thread("1"), "metadata": {"who": "me"}})
    do.history(graph)


@program
def an_old_checkpoint_shows_what_its_step_did(lg, do):
    graph = side_by_side(lg, a=ask(lg, "a?"), b=add("b"))
    do.invoke(graph, {"text": "x"})
    then = graph.get_state(thread("1")).config
    do.state(graph)
    do.state(graph, then)
    do.invoke(graph, lg.Command(resume="A"))
    do.state(graph, then)


@program
def a_failed_task_is_shown_with_its_siblings_work(lg, do):
    def fail(state):
        raise KeyError("no such luck")

    graph = side_by_side(lg, a=add("a"), b=fail)
    do.invoke(graph, {"text": "x"})
    # Whether a finished before b failed is chance.
    do.note([(task.name, task.error) for task in graph.get_state(thread("1")).tasks if task.name == "b"])
    do.note(graph.get_state(thread("1")).next)


@program
def the_state_is_seen_through_the_output_schema_only_by_invoke(lg, do):
    builder = lg.StateGraph(Words, output_schema=Plain).add_node("one", lambda s: {"log": ["1"], "b": 2})
    graph = builder.add_edge(lg.START, "one").compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "a"})
    do.state(graph)


# ── stopping at a step ────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_thread_stopped_before_a_node_can_be_changed(lg, do):
    builder = lg.StateGraph(Words).add_node("one", add("1")).add_node("two", lambda s: {"log": [s["text"]]})
    builder.add_edge(lg.START, "one").add_edge("one", "two")
    graph = builder.compile(checkpointer=lg.MemorySaver(), interrupt_before=["two"])
    do.invoke(graph, {"text": "a"})
    do.state(graph)
    do.update(graph, {"text": "changed"})
    do.state(graph)
    do.invoke(graph, None)
    do.history(graph)


@program
def a_stopped_thread_skips_a_node_by_an_update_as_that_node(lg, do):
    builder = lg.StateGraph(Words).add_node("one", add("1")).add_node("two", add("2")).add_node("three", add("3"))
    builder.add_edge(lg.START, "one").add_edge("one", "two").add_edge("two", "three")
    graph = builder.compile(checkpointer=lg.MemorySaver(), interrupt_before=["two", "three"])
    do.invoke(graph, {"text": "a"})
    do.update(graph, {"log": ["skipped"]}, as_node="two")
    do.stream(graph, None)
    do.state(graph)
    do.invoke(graph, None)


# ── when it is kept ───────────────────────────────────────────────────────────────────────────────────────────────────


@program
def durability_says_when_checkpoints_are_kept(lg, do):
    for durability in ("sync", "async", "exit"):
        graph = chain(lg, one=add("1"), two=ask(lg, "ok?"), three=add("3"))
        do.stream(graph, {"text": "a"}, ("updates", "values"), durability=durability)
        do.history(graph)
        do.stream(graph, lg.Command(resume="yes"), ("updates", "values"), durability=durability)
        do.history(graph)


@program
def a_failed_run_is_kept_at_exit_too(lg, do):
    tries = []

    def flaky(state):
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")
        return {"log": ["made it"]}

    graph = chain(lg, one=add("1"), two=flaky)
    do.invoke(graph, {"text": "a"}, durability="exit")
    do.state(graph)
    do.invoke(graph, None, durability="exit")
    do.history(graph)


@program(awaiting=(False,))
def a_run_that_is_left_is_kept_at_exit_too(lg, do):
    graph = chain(lg, one=add("1"), two=add("2"), three=add("3"))
    events = graph.stream({"text": "a"}, thread("1"), durability="exit")
    do.note(next(events))
    events.close()
    do.state(graph)
    do.invoke(graph, None)


@program
def a_saver_deletes_threads(lg, do):
    saver = lg.MemorySaver()
    graph = chain(lg, saver=saver, one=add("1"), two=ask(lg, "ok?"))
    do.invoke(graph, {"text": "a"}, thread("a"))
    do.invoke(graph, {"text": "b"}, thread("b"))
    do.call(saver, "delete_thread", "a")
    do.state(graph, thread("a"))
    do.state(graph, thread("b"))
    do.call(saver, "delete_thread", "nobody")
    do.history(graph, thread("a"))
    do.invoke(graph, {"text": "anew"}, thread("a"))


@program
def a_saver_can_be_asked_for_checkpoints(lg, do):
    saver = lg.MemorySaver()
    graph = chain(lg, saver=saver, one=add("1"))
    do.invoke(graph, {"text": "a"})
    found = saver.get_tuple(thread("1"))
    # What a checkpoint looks like inside is each library's own.
    do.note((found.config, found.metadata, found.parent_config))
    do.note([(kept.config, kept.metadata) for kept in saver.list(thread("1"))])
    do.note([kept.metadata for kept in saver.list(thread("1"), filter={"source": "input"})])
    do.note([kept.metadata for kept in saver.list(thread("1"), before=found.config, limit=1)])
    do.note([kept.metadata for kept in saver.list(None)])
    do.note(saver.get_tuple(thread("nobody")))


@program
def two_graphs_may_share_a_saver_and_a_thread(lg, do):
    saver = lg.MemorySaver()
    first = chain(lg, saver=saver, one=add("1"))
    second = chain(lg, saver=saver, two=add("2"))
    do.invoke(first, {"text": "a"})
    do.invoke(second, {"text": "b"})
    do.invoke(first, {"log": ["again"]})
    do.state(second)
    do.invoke(second, {"text": "c"}, thread("2"))
    do.state(first, thread("2"))


@program
def a_thread_goes_on_in_a_graph_compiled_again(lg, do):
    saver = lg.MemorySaver()
    do.invoke(chain(lg, saver=saver, one=add("1"), two=ask(lg, "ok?")), {"text": "a"})
    again = chain(lg, saver=saver, one=add("1"), two=ask(lg, "ok?"), three=add("new"))
    do.state(again)
    do.stream(again, lg.Command(resume="yes"))


@program
def a_thread_goes_on_past_its_recursion_limit(lg, do):
    builder = lg.StateGraph(Words).add_node("again", add("again")).add_edge(lg.START, "again")
    builder.add_conditional_edges("again", lambda s: lg.END if len(s["log"]) > 5 else "again")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "a"}, {**thread("1"), "recursion_limit": 3})
    do.state(graph)
    do.invoke(graph, None)
    do.state(graph)
    do.invoke(graph, {"text": "a"}, {**thread("1"), "recursion_limit": 0})


@program
def an_update_of_a_thread_with_answers_drops_them(lg, do):
    def two(state):
        return {"log": [lg.interrupt("first"), lg.interrupt("second")]}

    graph = chain(lg, one=add("1"), two=two)
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, lg.Command(resume="f"))
    do.update(graph, {"text": "b"})
    do.state(graph)
    do.invoke(graph, None)
    do.invoke(graph, lg.Command(resume="f2"))
    do.invoke(graph, lg.Command(resume="s2"))


@program(awaiting=(False,))
def a_saver_shows_what_it_keeps(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "?"))
    do.invoke(graph, {"text": "a"})
    saver, config = graph.checkpointer, thread("1")
    for kept in [*saver.list(config), saver.get_tuple(config), *saver.list(config, limit=1)]:
        values = kept.checkpoint["channel_values"]
        do.note([values.get("text"), values.get("log") or [], kept.metadata["source"], kept.metadata["step"]])
        do.note(kept.checkpoint["id"] == kept.config["configurable"]["checkpoint_id"])
        do.note(kept.parent_config is None)
    do.note(saver.get(config)["channel_values"]["log"])
    do.note(type(saver.get(config)["ts"]).__name__)


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
