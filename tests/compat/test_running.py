"""Running: what one graph does from its input to its end, and after a failure; the same on LangGraph and on hilnb."""

import pytest

from tests.compat.programs import Plain, Programs, Words, add, chain, difference, thread

program = Programs()


@program
def a_chain_tells_updates_values_and_tasks(lg, do):
    graph = chain(lg, one=add("1"), two=lambda s: None, three=lambda s: {"text": s["text"].upper()})
    do.stream(graph, {"text": "hi"})
    do.state(graph)
    do.history(graph)


@program
def one_mode_alone_is_not_wrapped_in_a_tuple(lg, do):
    for mode in ("updates", "values", "tasks"):
        do.stream(chain(lg, one=add("1")), {"text": "hi"}, mode)


@program
def without_checkpointer_nothing_is_kept(lg, do):
    graph = chain(lg, saver=False, one=add("1"))
    do.invoke(graph, {"text": "hi"}, None)
    do.invoke(graph, {"text": "hi"}, None)
    do.state(graph)


@program
def a_second_input_goes_on_with_the_thread(lg, do):
    graph = chain(lg, one=add("1"))
    do.stream(graph, {"text": "a"})
    do.stream(graph, {"text": "b", "log": ["mine"]})
    do.history(graph)


@program
def nodes_that_return_nothing_new(lg, do):
    for result in (None, {}, {"zz": 1}, {"text": None}):
        do.stream(chain(lg, one=lambda s, result=result: result), {"text": "hi"})


@program
def nodes_that_return_the_wrong_thing(lg, do):
    for result in (5, "text", ("a", 1), [], [{"text": "a"}], [None]):
        do.stream(chain(lg, one=lambda s, result=result: result), {"text": "hi"})


@program
def inputs_of_every_kind(lg, do):
    for given in ({}, {"zz": 1}, {"text": "x"}, None, 5, "text"):
        graph = chain(lg, Plain, one=lambda s: {"b": 1})
        do.stream(graph, given)
        do.invoke(chain(lg, Plain, one=lambda s: None), given)


@program
def a_node_that_reads_its_config(lg, do):
    graph = chain(lg, one=lambda state, config: {"log": [config["configurable"]["thread_id"]]})
    do.invoke(graph, {"text": "x"})


@program
def the_recursion_limit_counts_supersteps(lg, do):
    for limit in (1, 2, 3, 4):
        graph = chain(lg, one=add("1"), two=add("2"), three=add("3"))
        config = {"configurable": {"thread_id": "1"}, "recursion_limit": limit}
        do.stream(graph, {"text": "x"}, config=config)
        do.state(graph)
        do.stream(graph, None)


@program
def a_loop_ends_when_the_router_says_so(lg, do):
    builder = lg.StateGraph(Words).add_node("again", add("again")).add_edge(lg.START, "again")
    builder.add_conditional_edges("again", lambda s: lg.END if len(s["log"]) > 3 else "again")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"})
    do.history(graph)


@program
def threads_are_named(lg, do):
    graph = chain(lg, one=add("1"))
    do.invoke(graph, {"text": "x"}, None)
    do.invoke(graph, {"text": "x"}, {"configurable": {"thread_id": 7}})
    do.state(graph, {"configurable": {"thread_id": "7"}})
    do.state(graph, {"configurable": {"thread_id": "nobody"}})


# ── failures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_failed_run_goes_on_from_where_it_failed(lg, do):
    tries = []

    def flaky(state):
        tries.append(1)
        if len(tries) < 3:
            raise ValueError("not yet")
        return {"log": ["made it"]}

    graph = chain(lg, one=add("1"), two=flaky, three=add("3"))
    do.stream(graph, {"text": "x"})
    do.state(graph)
    do.stream(graph, None)
    do.stream(graph, None)
    do.state(graph)


@program
def an_answer_survives_a_failure_after_it(lg, do):
    tries = []

    def node(state):
        answer = lg.interrupt("ok?")
        tries.append(answer)
        if len(tries) < 2:
            raise ValueError("after the answer")
        return {"log": [answer]}

    graph = chain(lg, one=node)
    do.invoke(graph, {"text": "x"})
    do.invoke(graph, lg.Command(resume="yes"))
    # LangGraph's state goes on showing the question that was answered; hilnb shows only open ones.
    do.note(graph.get_state({"configurable": {"thread_id": "1"}}).next)
    do.invoke(graph, None)


@program
def a_batch_gives_each_input_its_own_result(lg, do):
    def careful(state):
        if state["text"] == "bad":
            raise ValueError("bad text")
        return {"text": state["text"] + "!"}

    graph = chain(lg, saver=False, one=careful)
    inputs = [{"text": "a"}, {"text": "b"}, {"text": "bad"}]
    do.call(graph, "batch", inputs[:2])
    do.call(graph, "batch", [])
    do.call(graph, "batch", inputs[:2], {"max_concurrency": 1})
    do.call(graph, "batch", inputs, return_exceptions=True)
    do.call(graph, "batch", inputs)


@program
def a_batch_may_be_of_several_threads(lg, do):
    graph = chain(lg, one=add("1"))
    threads = [{"configurable": {"thread_id": name}} for name in "ab"]
    do.call(graph, "batch", [{"text": "x"}, {"text": "y"}], threads)
    for config in threads:
        do.state(graph, config)


@program
def what_a_config_says_nothing_of_does_not_count(lg, do):
    graph = chain(lg, one=add("1"))
    do.invoke(graph, {}, {**thread("1"), "metadata": None, "tags": None, "recursion_limit": None})
    do.invoke(graph.with_config(tags=["t"]), {}, {**thread("1"), "tags": None})


@program
def an_output_key_that_does_not_exist_is_refused(lg, do):
    graph = chain(lg, one=add("1"))
    for keys in (["log"], "log", ["nope"], "nope", ["log", "nope"]):
        do.invoke(graph, {"text": "t"}, output_keys=keys)
        do.stream(graph, {"text": "t"}, "values", output_keys=keys)


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
