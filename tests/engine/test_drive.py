"""Where nodes run: on the caller's thread, side by side in threads, or on the loop."""

import asyncio
import threading

import pytest

from hilnb.errors import NodeTimeoutError
from hilnb.graph import START, StateGraph
from hilnb.graph.drive import WORKERS
from hilnb.types import Send, TimeoutPolicy
from tests.engine.graphs import THREAD, State, chain, log, side_by_side


def test_a_lone_node_runs_on_the_callers_thread():
    seen = []

    chain(False, one=lambda s: seen.append(threading.current_thread())).invoke({"text": "x"})

    assert seen == [threading.current_thread()]


def test_nodes_of_one_step_run_at_the_same_time(run):
    together = threading.Barrier(3, timeout=10)

    def meet(state):
        together.wait()

    run(side_by_side(a=meet, b=meet, c=meet), {"text": "x"}, THREAD)

    assert not together.broken


def test_many_sends_in_graphs_inside_nodes_do_not_lock_each_other_up(run):
    leaf = side_by_side(saver=False, a=log("a"), b=log("b"))
    builder = StateGraph(State).add_node("v", lambda s: {"log": leaf.invoke(s)["log"]})
    builder.add_conditional_edges(START, lambda s: [Send("v", {"text": "x"}) for _ in range(200)])

    assert len(run(builder.compile(), {"text": "x"})["log"]) == 600


def test_nodes_that_take_every_thread_can_still_run_graphs_of_their_own(run):
    leaf = side_by_side(saver=False, a=log("a"), b=log("b"))
    all_busy = threading.Barrier(WORKERS, timeout=10)

    def work(state):
        all_busy.wait()
        return {"log": leaf.invoke(state)["log"]}

    builder = StateGraph(State).add_node("work", work)
    builder.add_conditional_edges(START, lambda s: [Send("work", {"text": "x"})] * WORKERS)

    assert len(run(builder.compile(), {"text": "x"})["log"]) == 3 * WORKERS


def test_async_nodes_of_one_step_run_at_the_same_time():
    async def go():
        met = asyncio.Event()

        async def waits(state):
            await met.wait()

        async def comes(state):
            met.set()

        return await asyncio.wait_for(side_by_side(a=waits, b=comes).ainvoke({"text": "x"}, THREAD), 10)

    assert asyncio.run(go())["log"] == ["last"]


def test_a_plain_node_does_not_hold_up_the_loop():
    async def go():
        loop, asked = asyncio.get_running_loop(), threading.Event()
        loop.call_later(0, asked.set)
        return await chain(one=lambda s: {"log": [asked.wait(10)]}).ainvoke({"text": "x"}, THREAD)

    assert asyncio.run(go())["log"] == [True]


def test_a_plain_node_that_raises_stop_iteration_does_not_hang_an_awaited_run():
    graph = chain(one=lambda s: {"log": [next(iter([]))]})

    with pytest.raises(RuntimeError, match="did next\\(\\) find nothing more"):
        asyncio.run(asyncio.wait_for(graph.ainvoke({"text": "x"}, THREAD), 10))


def test_leaving_an_async_stream_cancels_what_still_runs():
    ended = []

    async def slow(state):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def go():
        events = side_by_side(quick=log("1"), slow=slow).astream({"text": "x"}, THREAD)
        await anext(events)
        await events.aclose()
        await asyncio.sleep(0)

    asyncio.run(go())

    assert ended == ["cancelled"]


def test_an_interrupted_kernel_ends_the_run_and_the_node_can_be_tried_again():
    tries = []

    def node(state):
        tries.append(1)
        if len(tries) == 1:
            raise KeyboardInterrupt
        return {"log": ["again"]}

    graph = chain(one=node)
    with pytest.raises(KeyboardInterrupt):
        graph.invoke({"text": "x"}, THREAD)

    assert graph.invoke(None, THREAD)["log"] == ["again"]


def test_a_graph_knows_whether_it_must_be_awaited():
    async def node(state): ...

    assert not chain(one=log("1")).is_async
    assert chain(one=node).is_async


@pytest.mark.parametrize(("refresh_on", "outcome"), [("auto", "wrote"), ("heartbeat", "timed out")])
def test_writing_counts_as_a_sign_of_life_unless_only_heartbeats_do(refresh_on, outcome):
    async def node(state, writer):
        for _ in range(8):
            await asyncio.sleep(0.1)
            writer("still here")
        return {"log": ["wrote"]}

    policy = TimeoutPolicy(idle_timeout=0.5, refresh_on=refresh_on)
    builder = StateGraph(State).add_node("one", node, timeout=policy).add_edge(START, "one")

    try:
        said = asyncio.run(builder.compile().ainvoke({"text": "x"}))["log"][0]
    except NodeTimeoutError:
        said = "timed out"

    assert said == outcome


@pytest.mark.parametrize("awaiting", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_more_nodes_run_at_the_same_time_than_the_config_allows(awaiting, most):
    # Each node waits until as many run as may: more would be seen, fewer would break the barrier.
    at_once, seen, full, lock = 0, [], threading.Barrier(most, timeout=10), threading.Lock()

    def work(state):
        nonlocal at_once
        with lock:
            at_once += 1
            seen.append(at_once)
        full.wait()
        with lock:
            at_once -= 1
        full.wait()

    builder = StateGraph(State).add_node("work", work).add_conditional_edges(START, lambda s: [Send("work", s)] * 6)
    graph, config = builder.compile(), {"max_concurrency": most}

    asyncio.run(graph.ainvoke({"text": "x"}, config)) if awaiting else graph.invoke({"text": "x"}, config)

    assert len(seen) == 6
    assert max(seen) == most


@pytest.mark.parametrize("most", [0, -1, "3"])
def test_a_limit_below_one_is_refused(most):
    graph = StateGraph(State).add_node("work", lambda state: None).add_edge(START, "work").compile()

    with pytest.raises(ValueError, match="max_concurrency is how many nodes may run at the same time, at least 1"):
        graph.invoke({"text": "x"}, {"max_concurrency": most})


def leave_while_the_last_of_three_is_busy(graph, begun, go_on):
    """Leave a stream when one of three nodes has been heard of, one has finished unheard, and one still runs."""
    events = graph.stream({"text": "x"}, {**THREAD, "max_concurrency": 1}, stream_mode="updates")
    next(events)
    assert begun.wait(10)
    events.close()
    go_on.set()


async def aleave_while_the_last_of_three_is_busy(graph, begun, go_on):
    events = graph.astream({"text": "x"}, {**THREAD, "max_concurrency": 1}, stream_mode="updates")
    await anext(events)
    assert await asyncio.to_thread(begun.wait, 10)
    await events.aclose()
    go_on.set()


@pytest.mark.parametrize("awaiting", [False, True])
def test_what_had_finished_when_a_stream_was_left_is_not_run_again(awaiting):
    ran, begun, go_on = [], threading.Event(), threading.Event()

    def busy(state):
        ran.append("c")
        begun.set()
        go_on.wait(10)

    nodes = {"a": lambda state: ran.append("a"), "b": lambda state: ran.append("b"), "c": busy}
    graph = side_by_side(**nodes)
    if awaiting:
        asyncio.run(aleave_while_the_last_of_three_is_busy(graph, begun, go_on))
    else:
        leave_while_the_last_of_three_is_busy(graph, begun, go_on)

    graph.invoke(None, THREAD)

    assert sorted(ran) == ["a", "b", "c", "c"]
