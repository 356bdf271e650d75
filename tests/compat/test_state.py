"""State from outside: looking at a thread, writing to it, going back in it; the same on LangGraph and on hilnb."""

import pytest

from tests.compat.programs import Programs, Record, Words, add, ask, chain, difference, side_by_side, thread

program = Programs()


def at_step(snapshots, step):
    """The config of the first snapshot of a history with that step number."""
    return next(snapshot.config for snapshot in snapshots if snapshot.metadata["step"] == step)


def three(lg):
    return chain(lg, one=add("1"), two=add("2"), three=add("3"))


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def an_update_counts_as_the_last_nodes_own(lg, do):
    graph = three(lg)
    do.invoke(graph, {"text": "a"})
    do.update(graph, {"text": "mine", "log": ["extra"]})
    do.state(graph)
    do.history(graph)


@program
def an_update_as_a_node_is_followed_by_what_follows_the_node(lg, do):
    for node in ("one", "two", "three"):
        graph = three(lg)
        do.invoke(graph, {"text": "a"})
        do.update(graph, {"log": [f"as {node}"]}, as_node=node)
        do.state(graph)
        do.stream(graph, None)
        do.state(graph)


@program
def an_update_as_the_start_is_an_input(lg, do):
    graph = three(lg)
    do.update(graph, {"text": "given"}, as_node="__start__")
    do.state(graph)
    do.invoke(graph, None)
    do.history(graph)


@program
def an_update_of_nothing_as_the_end_ends_the_thread(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"), three=add("3"))
    do.invoke(graph, {"text": "a"})
    do.update(graph, None, as_node="__end__")
    do.state(graph)
    do.invoke(graph, None)
    do.history(graph)


@program
def an_update_of_nothing_keeps_the_thread_where_it_is(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    do.invoke(graph, {"text": "a"})
    do.update(graph, None)
    do.state(graph)
    do.history(graph)


@program
def an_update_begins_a_thread(lg, do):
    graph = three(lg)
    do.update(graph, {"text": "a", "log": ["before"]}, as_node="one")
    do.state(graph)
    do.invoke(graph, None)
    do.history(graph)


@program
def updates_that_cannot_be_placed_are_refused(lg, do):
    graph = side_by_side(lg, a=add("a"), b=add("b"))
    do.update(graph, {"log": ["x"]})
    do.update(graph, {"log": ["x"]}, as_node="nobody")
    builder = lg.StateGraph(Words).add_node("a", add("a")).add_node("b", add("b"))
    both = builder.add_edge(lg.START, "a").add_edge(lg.START, "b").compile(checkpointer=lg.MemorySaver())
    do.invoke(both, {"text": "x"})
    do.update(both, {"log": ["x"]})
    do.update(both, {"log": ["x"]}, as_node="b")
    do.state(both)
    do.update(chain(lg, saver=False, one=add("1")), {"log": ["x"]})


@program
def an_only_node_is_who_writes_to_a_new_thread(lg, do):
    graph = chain(lg, one=add("1"))
    do.update(graph, {"text": "a"})
    do.state(graph)


@program
def updates_go_through_reducers_and_overwrites(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    do.invoke(graph, {"text": "a", "log": ["0"]})
    do.update(graph, {"log": ["more"]}, as_node="one")
    do.update(graph, {"log": lg.Overwrite(["only"])}, as_node="one")
    do.update(graph, {"zz": 1, "text": None}, as_node="one")
    do.state(graph)
    do.update(graph, [{"text": "a list is no state"}], as_node="one")
    do.invoke(graph, lg.Command(resume="yes"))


@program
def an_instance_may_be_the_update(lg, do):
    graph = chain(lg, Record, one=lambda s: {"b": s.b + 1}, two=lambda s: {"log": [s.a]})
    do.invoke(graph, Record("a"))
    do.update(graph, Record("instance", log=["x"]), as_node="one")
    do.state(graph)
    do.invoke(graph, None)


@program
def an_update_at_a_question_leaves_it_to_be_asked_again(lg, do):
    graph = chain(lg, one=add("1"), two=lambda s: {"log": [lg.interrupt(s["text"])]}, three=add("3"))
    do.invoke(graph, {"text": "a"})
    do.update(graph, {"text": "changed"})
    do.state(graph)
    do.stream(graph, None)
    do.invoke(graph, lg.Command(resume="yes"))
    do.history(graph)


@program
def an_update_as_the_paused_node_answers_in_its_place(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"), three=add("3"))
    do.invoke(graph, {"text": "a"})
    do.update(graph, {"log": ["instead"]}, as_node="two")
    do.state(graph)
    do.stream(graph, None)
    do.state(graph)


@program
def an_update_runs_the_routers_of_its_node(lg, do):
    builder = lg.StateGraph(Words).add_node("x", add("x")).add_node("y", add("y")).add_node("z", add("z"))
    builder.add_edge(lg.START, "x").add_conditional_edges("x", lambda s: s["text"])
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "y"})
    for target in ("z", "y", lg.END):
        do.update(graph, {"text": target}, as_node="x")
        do.note(graph.get_state(thread("1")).next)
    do.update(graph, {"text": "z"}, as_node="__start__")
    do.invoke(graph, None)


@program
def an_update_counts_for_a_join(lg, do):
    builder = lg.StateGraph(Words)
    for name in "abz":
        builder.add_node(name, add(name))
    builder.add_edge(lg.START, "a").add_edge(["a", "b"], "z")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "x"})
    do.state(graph)
    do.update(graph, {"log": ["by hand"]}, as_node="b")
    do.state(graph)
    do.invoke(graph, None)


@program
def an_update_may_send(lg, do):
    builder = lg.StateGraph(Words).add_node("x", add("x")).add_node("v", lambda s: {"log": [s["n"]]})
    builder.add_edge(lg.START, "x").add_conditional_edges("x", lambda s: [lg.Send("v", {"n": w}) for w in s["text"]])
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "ab"})
    do.update(graph, {"text": "cd"}, as_node="x")
    do.state(graph)
    do.invoke(graph, None)


@program
def several_updates_at_once_make_several_steps(lg, do):
    graph = three(lg)
    steps = [
        [lg.StateUpdate({"text": "a"}, "__start__")],
        [lg.StateUpdate({"log": ["1"]}, "one")],
        [lg.StateUpdate({"log": ["2"]}, "two"), lg.StateUpdate({"log": ["2b"]}, "two")],
    ]
    do.call(graph, "bulk_update_state", thread("1"), steps)
    do.state(graph)
    do.invoke(graph, None)
    do.history(graph)


@program
def updates_of_one_step_are_merged_in_the_order_given(lg, do):
    graph = side_by_side(lg, a=ask(lg, "a"), b=ask(lg, "b"), c=ask(lg, "c"))
    graph.invoke({"text": "x"}, thread("1"))
    updates = [lg.StateUpdate({"log": [word]}, node) for word, node in (("1", "c"), ("2", "a"), ("3", "a"))]
    do.call(graph, "bulk_update_state", thread("1"), [updates])
    do.state(graph)
    do.history(graph)


@program
def updates_that_contradict_each_other_are_refused_on_a_new_thread(lg, do):
    graph = three(lg)
    updates = [lg.StateUpdate({"text": "1"}, "one"), lg.StateUpdate({"text": "2"}, "two")]
    do.call(graph, "bulk_update_state", thread("1"), [updates])
    do.state(graph)


@program
def updates_in_place_of_sent_tasks_are_shown_there(lg, do):
    builder = lg.StateGraph(Words).add_node("w", lambda s: {"log": [s["n"]]}).add_node("j", add("j"))
    builder.add_edge("w", "j").add_conditional_edges(lg.START, lambda s: [lg.Send("w", {"n": n}) for n in "123"], ["w"])
    graph = builder.compile(checkpointer=lg.MemorySaver(), interrupt_before=["w"])
    do.invoke(graph, {"text": "x"})
    updates = [lg.StateUpdate({"log": ["first"]}, "w"), lg.StateUpdate({"log": ["second"]}, "w")]
    do.call(graph, "bulk_update_state", thread("1"), [updates])
    do.invoke(graph, None)
    do.history(graph)


@program
def an_update_drops_what_finished_siblings_of_a_question_wrote(lg, do):
    for node in (None, "a", "b", "last"):
        graph = side_by_side(lg, a=ask(lg, "a"), b=add("b"), c=add("c"))
        do.invoke(graph, {"text": "x"})
        do.update(graph, {"log": ["from outside"]}, as_node=node)
        do.state(graph)
        do.invoke(graph, None)
        do.invoke(graph, lg.Command(resume="yes"))
        do.history(graph)


@program
def a_thread_that_has_not_begun_cannot_be_copied(lg, do):
    graph = three(lg)
    do.update(graph, None, as_node="__copy__")
    do.update(graph, None)
    do.state(graph)
    do.invoke(graph, None)


@program
def wrong_bulk_updates_are_refused(lg, do):
    graph = three(lg)
    do.invoke(graph, {"text": "a"})
    for steps in ([], [[]], [[lg.StateUpdate({"log": ["1"]}, "nobody")]], [[lg.StateUpdate({"log": ["1"]})] * 2]):
        do.call(graph, "bulk_update_state", thread("1"), steps)
    do.state(graph)


# ── going back ────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def replay_runs_again_what_came_after(lg, do):
    ran = []
    graph = chain(
        lg, one=lambda s: ran.append("one"), two=lambda s: ran.append("two") or {"log": ["2"]}, three=add("3")
    )
    do.invoke(graph, {"text": "a"})
    then = at_step(do.history(graph), 1)
    do.stream(graph, None, config=then)
    do.note(ran)
    do.state(graph)
    do.history(graph)


@program
def a_fork_goes_on_with_other_values(lg, do):
    graph = chain(lg, one=add("1"), two=lambda s: {"text": s["text"] + "!"}, three=add("3"))
    do.invoke(graph, {"text": "a"})
    then = at_step(do.history(graph), 1)
    fork = do.update(graph, {"text": "b"}, then)
    do.state(graph)
    do.stream(graph, None, config=fork)
    do.history(graph)
    do.state(graph, then)


@program
def a_fork_runs_again_each_time_it_is_gone_on_from(lg, do):
    ran = []
    graph = chain(lg, **{name: lambda s, name=name: ran.append(name) or {"log": [name]} for name in "abc"})
    graph.invoke({"text": "x"}, thread("1"))
    fork = graph.update_state(at_step(graph.get_state_history(thread("1")), 1), {"log": ["forked"]})
    do.stream(graph, None, config=fork)
    do.stream(graph, None, config=fork)
    do.note(ran)
    do.history(graph)


@program
def a_command_at_an_old_checkpoint_leaves_it_as_it_was(lg, do):
    for command in (
        lg.Command(update={"log": ["more"]}),
        lg.Command(goto="two"),
        lg.Command(update={"log": ["more"]}, goto=["two"]),
    ):
        graph = three(lg)
        graph.invoke({"text": "x"}, thread("1"))
        for snapshot in list(graph.get_state_history(thread("1"))):
            do.stream(graph, command, ("values", "tasks", "checkpoints"), snapshot.config, sort=True)
            do.state(graph)
        do.history(graph)


@program
def replay_tells_where_it_begins(lg, do):
    graph = three(lg)
    graph.invoke({"text": "x"}, thread("1"))
    for snapshot in list(graph.get_state_history(thread("1"))):
        do.stream(graph, None, ("values", "updates", "tasks", "checkpoints", "debug"), snapshot.config)


@program
def an_answer_before_its_question_runs_again_what_leads_there(lg, do):
    graph = chain(lg, a=add("a"), b=ask(lg, "?"))
    graph.invoke({"text": "x"}, thread("1"))
    # (The branch begins with a checkpoint of its own on hilnb only, so the histories are not compared.)
    do.stream(graph, lg.Command(resume="yes"), config=at_step(graph.get_state_history(thread("1")), 0))


@program
def a_fork_as_another_node_takes_another_way(lg, do):
    graph = three(lg)
    do.invoke(graph, {"text": "a"})
    then = at_step(do.history(graph), 1)
    do.invoke(graph, None, do.update(graph, {"log": ["skipped"]}, then, as_node="two"))
    do.history(graph)


@program
def a_copy_of_a_checkpoint_runs_by_itself(lg, do):
    graph = three(lg)
    do.invoke(graph, {"text": "a"})
    then = at_step(do.history(graph), 1)
    copy = do.update(graph, None, then, as_node="__copy__")
    do.state(graph)
    do.invoke(graph, None, copy)
    do.history(graph)


@program
def going_back_to_a_question_asks_it_again(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"), three=add("3"))
    do.invoke(graph, {"text": "a"})
    question = graph.get_state(thread("1")).config
    do.invoke(graph, lg.Command(resume="yes"))
    do.state(graph, question)
    do.invoke(graph, None, question)
    do.state(graph)
    do.invoke(graph, lg.Command(resume="no"))
    do.history(graph)


@program
def a_fork_before_a_question_can_be_answered_otherwise(lg, do):
    graph = chain(lg, one=add("1"), two=lambda s: {"log": [lg.interrupt(s["text"])]}, three=add("3"))
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, lg.Command(resume="yes"))
    then = at_step(list(graph.get_state_history(thread("1"))), 0)
    fork = do.update(graph, {"text": "forked"}, then)
    do.invoke(graph, None, fork)
    do.invoke(graph, lg.Command(resume="no"))
    do.invoke(graph, None)
    do.history(graph)


@program
def an_input_at_an_old_checkpoint_branches_there(lg, do):
    graph = three(lg)
    do.invoke(graph, {"text": "a"})
    then = at_step(do.history(graph), 1)
    do.invoke(graph, {"text": "new", "log": ["given"]}, then)
    do.history(graph)


@program
def the_first_checkpoints_can_be_replayed(lg, do):
    graph = three(lg)
    do.invoke(graph, {"text": "a"})
    snapshots = do.history(graph)
    for step in (-1, 0, 3):
        do.invoke(graph, None, at_step(snapshots, step))
    do.note([(s.metadata["source"], s.metadata["step"], s.next) for s in graph.get_state_history(thread("1"))])


@program
def sent_tasks_are_there_after_going_back(lg, do):
    builder = lg.StateGraph(Words).add_node("v", lambda s: {"log": [s["n"]]}).add_node("x", add("x"))
    builder.add_edge(lg.START, "x").add_conditional_edges("x", lambda s: [lg.Send("v", {"n": n}) for n in (1, 2)])
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "x"})
    do.invoke(graph, None, at_step(do.history(graph), 1))
    do.state(graph)


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
