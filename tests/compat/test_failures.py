"""Failures: retried, handled, timed out, gone on from; the same on LangGraph and on hilnb."""

import asyncio
import itertools
import time
from datetime import timedelta

import pytest

from tests.compat.programs import Programs, Words, add, ask, chain, child, difference, in_a_row, thread

program = Programs()


def fails(times, kind=ConnectionError, ran=None):
    """A node that fails so many times and then works."""
    tries = [] if ran is None else ran

    def node(state):
        tries.append(kind.__name__)
        if len(tries) <= times:
            raise kind(f"try {len(tries)}")
        return {"log": [f"made it at try {len(tries)}"]}

    return node


def quick(lg, **options):
    """A policy that does not wait."""
    return lg.RetryPolicy(**{"initial_interval": 0.001, "jitter": False, **options})


def retried(lg, node, policy, name="node"):
    builder = lg.StateGraph(Words).add_node("before", add("before")).add_node(name, node, retry_policy=policy)
    return in_a_row(lg, builder, "before", name)


# ── retries ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_node_is_tried_again(lg, do):
    for times in (0, 1, 2, 3):
        graph = retried(lg, fails(times), quick(lg))
        do.stream(graph, {"text": "a"})
        do.state(graph)


@program
def the_number_of_attempts_is_counted(lg, do):
    for attempts in (1, 2, 5):
        ran = []
        graph = retried(lg, fails(9, ran=ran), quick(lg, max_attempts=attempts))
        do.invoke(graph, {"text": "a"})
        do.note(len(ran))
        do.invoke(graph, None)
        do.note(len(ran))


@program
def some_errors_are_not_retried_by_themselves(lg, do):
    class OfMyOwn(Exception):
        pass

    kinds = (
        ConnectionError,
        OfMyOwn,
        ValueError,
        TypeError,
        RuntimeError,
        KeyError,
        OSError,
        ArithmeticError,
        NameError,
    )
    for kind in kinds:
        ran = []
        do.invoke(retried(lg, fails(2, kind, ran), quick(lg)), {"text": "a"})
        do.note(len(ran))


@program
def what_to_retry_on_is_a_class_a_list_or_a_function(lg, do):
    for retry_on in (
        ValueError,
        (ValueError, KeyError),
        [LookupError],
        lambda error: "1" in str(error),
        lambda error: False,
    ):
        ran = []
        do.invoke(retried(lg, fails(2, KeyError, ran), quick(lg, retry_on=retry_on)), {"text": "a"})
        do.note(len(ran))


@program
def the_first_policy_that_fits_is_used(lg, do):
    for kind in (ValueError, KeyError, TypeError):
        ran = []
        policies = [
            quick(lg, retry_on=ValueError, max_attempts=2),
            quick(lg, retry_on=KeyError, max_attempts=4),
        ]
        do.invoke(retried(lg, fails(9, kind, ran), policies), {"text": "a"})
        do.note(len(ran))


@program
def intervals_grow_to_their_maximum(lg, do):
    times = []

    def node(state):
        times.append(time.monotonic())
        raise ConnectionError("again")

    policy = quick(lg, initial_interval=0.02, backoff_factor=3, max_interval=0.05, max_attempts=4)
    do.invoke(retried(lg, node, policy), {"text": "a"})
    waits = [after - before for before, after in itertools.pairwise(times)]
    do.note([wait > 0.9 * least for wait, least in zip(waits, (0.02, 0.05, 0.05))])


@program
def writes_of_a_failed_attempt_are_not_kept(lg, do):
    tries = []

    def node(state, writer):
        tries.append(1)
        writer(f"attempt {len(tries)}")
        if len(tries) == 1:
            raise ConnectionError("once")
        return lg.Command(update={"log": [len(tries)]}, goto="after")

    builder = lg.StateGraph(Words).add_node("node", node, retry_policy=quick(lg)).add_node("after", add("after"))
    graph = builder.add_edge(lg.START, "node").compile()
    do.stream(graph, {"text": "a"}, ("custom", "updates"), None)


@program
def a_pause_is_no_failure(lg, do):
    ran = []

    def node(state):
        ran.append(1)
        return {"log": [lg.interrupt("ok?")]}

    graph = retried(lg, node, quick(lg, retry_on=Exception))
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, lg.Command(resume="yes"))
    do.note(len(ran))


@program
def a_child_that_fails_is_tried_again(lg, do):
    # From where the child begins then is each library's choice.
    inner = child(lg, c1=lambda s: None, c2=fails(1))
    do.invoke(retried(lg, inner, quick(lg), "inner"), {"text": "a"})


@program
def an_attempt_knows_its_number(lg, do):
    numbers, began = [], set()

    def node(state, runtime: lg.Runtime):
        numbers.append(runtime.execution_info.node_attempt)
        began.add(runtime.execution_info.node_first_attempt_time)
        if len(numbers) < 3:
            raise ConnectionError("again")

    do.invoke(retried(lg, node, quick(lg)), {"text": "a"})
    do.note(numbers)
    do.note([type(time).__name__ for time in began])


@program(awaiting=(True,))
def an_awaited_node_is_tried_again(lg, do):
    work = fails(2)

    async def node(state):
        return work(state)

    do.stream(retried(lg, node, quick(lg)), {"text": "a"})


# ── handlers and defaults ─────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_handler_takes_over_when_a_node_fails(lg, do):
    def handle(state, error: lg.NodeError):
        return {"log": [f"{error.node}: {error.error!r}", state["text"]]}

    builder = lg.StateGraph(Words).add_node("node", fails(9, ValueError), error_handler=handle)
    graph = in_a_row(lg, builder.add_node("after", add("after")), "node", "after")
    do.stream(graph, {"text": "a"}, ("updates", "values"))
    do.note(graph.get_state(thread("1")).values)


@program
def a_handler_says_where_to_go(lg, do):
    def handle(state, error: lg.NodeError):
        return lg.Command(update={"log": ["handled"]}, goto="rescue")

    builder = lg.StateGraph(Words).add_node("node", fails(9, ValueError), error_handler=handle)
    builder.add_node("after", add("after")).add_node("rescue", add("rescue"))
    do.invoke(in_a_row(lg, builder, "node", "after"), {"text": "a"})


@program
def a_handler_comes_after_the_retries(lg, do):
    ran = []

    def handle(state, error: lg.NodeError):
        return {"log": [f"after {len(ran)}"]}

    builder = lg.StateGraph(Words)
    builder.add_node("node", fails(9, ran=ran), retry_policy=quick(lg), error_handler=handle)
    do.invoke(in_a_row(lg, builder, "node"), {"text": "a"})


@program
def a_handler_that_fails_itself(lg, do):
    def handle(state, error: lg.NodeError):
        raise KeyError("in the handler")

    builder = lg.StateGraph(Words).add_node("node", fails(9, ValueError), error_handler=handle)
    graph = in_a_row(lg, builder, "node")
    do.invoke(graph, {"text": "a"})
    do.note(graph.get_state(thread("1")).values)


@program
def a_handler_may_ask(lg, do):
    def handle(state, error: lg.NodeError):
        return {"log": [lg.interrupt(f"what now: {error.error}?")]}

    builder = lg.StateGraph(Words).add_node("node", fails(1, ValueError), error_handler=handle)
    graph = in_a_row(lg, builder, "node")
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, lg.Command(resume="go on"))


@program
def defaults_hold_for_every_node(lg, do):
    def handle(state, error: lg.NodeError):
        return {"log": [f"{error.node} failed"]}

    builder = lg.StateGraph(Words).set_node_defaults(retry_policy=quick(lg, max_attempts=2), error_handler=handle)
    builder.add_node("once", fails(1)).add_node("more", fails(3), retry_policy=quick(lg, max_attempts=9))
    builder.add_node("often", fails(9))
    do.invoke(in_a_row(lg, builder, "once", "more", "often"), {"text": "a"})


# ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@program(awaiting=(True,))
def an_awaited_node_has_only_so_much_time(lg, do):
    async def slow(state):
        await asyncio.sleep(5)

    async def fast(state):
        return {"log": ["fast"]}

    for timeout in (0.01, timedelta(milliseconds=10), lg.TimeoutPolicy(run_timeout=0.01)):
        builder = lg.StateGraph(Words).add_node("fast", fast, timeout=5).add_node("slow", slow, timeout=timeout)
        graph = in_a_row(lg, builder, "fast", "slow")
        do.invoke(graph, {"text": "a"})
        do.note((graph.get_state(thread("1")).next, graph.get_state(thread("1")).values))


@program(awaiting=(True,))
def an_idle_node_times_out_and_a_busy_one_does_not(lg, do):
    async def busy(state, runtime: lg.Runtime):
        for _ in range(8):
            await asyncio.sleep(0.05)
            runtime.heartbeat()
        return {"log": ["busy"]}

    async def idle(state):
        await asyncio.sleep(5)

    builder = lg.StateGraph(Words)
    for node in (busy, idle):
        builder.add_node(node, timeout=lg.TimeoutPolicy(idle_timeout=0.3))
    graph = in_a_row(lg, builder, "busy", "idle")
    do.invoke(graph, {"text": "a"})
    do.note(graph.get_state(thread("1")).values)


@program(awaiting=(True,))
def a_node_out_of_time_is_tried_again_or_handled(lg, do):
    tries = []

    async def slow_once(state):
        tries.append(1)
        await asyncio.sleep(5 if len(tries) == 1 else 0)
        return {"log": [len(tries)]}

    async def slow(state):
        await asyncio.sleep(5)

    def handle(state, error: lg.NodeError):
        return {"log": [type(error.error).__name__]}

    builder = lg.StateGraph(Words).add_node(slow_once, timeout=0.3, retry_policy=quick(lg))
    builder.add_node(slow, timeout=0.3, error_handler=handle)
    do.invoke(in_a_row(lg, builder, "slow_once", "slow"), {"text": "a"})


@program
def a_blocking_node_cannot_be_timed(lg, do):
    builder = lg.StateGraph(Words)
    do.attempt(lambda: in_a_row(lg, builder.add_node("node", add("1"), timeout=1), "node"))
    for wrong in (0, -1, lg.TimeoutPolicy(run_timeout=0)):
        do.attempt(lambda wrong=wrong: lg.StateGraph(Words).add_node("node", add("1"), timeout=wrong))
    do.invoke(chain(lg, node=add("1")), {"text": "a"})


# ── going on ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_run_is_drained_between_steps(lg, do):
    control = lg.RunControl()

    def one(state):
        control.request_drain("enough for today")
        return {"log": ["1"]}

    builder = lg.StateGraph(Words).add_node("one", one).add_node("two", add("2"))
    graph = in_a_row(lg, builder, "one", "two")
    do.invoke(graph, {"text": "a"}, control=control)
    do.state(graph)
    do.invoke(graph, None)


@program
def a_node_drains_its_own_run(lg, do):
    def node(state, runtime: lg.Runtime):
        if state["text"] == "drain":
            runtime.control.request_drain()
        return {"log": [runtime.context, runtime.control is not None, runtime.server_info]}

    nested = in_a_row(lg, lg.StateGraph(Words).add_node("node", node), "node")
    graph = in_a_row(lg, lg.StateGraph(Words).add_node("one", nested).add_node("two", add("2")), "one", "two")
    do.invoke(graph, {"text": "no"}, thread("1"))
    do.invoke(graph, {"text": "go on"}, thread("2"), control=lg.RunControl(), context={"lent": "to the nested graph"})
    do.invoke(graph, {"text": "drain"}, thread("3"), control=lg.RunControl())


@program
def a_graph_without_cache_has_none_to_clear(lg, do):
    graph = in_a_row(lg, lg.StateGraph(Words).add_node("one", add("1")), "one")
    do.call(graph, "clear_cache")
    do.call(graph, "clear_cache", ["one"])


@program
def an_error_leaves_as_it_is(lg, do):
    class OfMyOwn(Exception):
        def __init__(self, code):
            super().__init__(f"code {code}")
            self.code = code

    def node(state):
        raise OfMyOwn(7)

    graph = chain(lg, one=add("1"), node=node)
    try:
        graph.invoke({"text": "a"}, thread("1"))
    except OfMyOwn as error:
        do.note((error.code, str(error)))
    do.note([task.error for task in graph.get_state(thread("1")).tasks])


@program
def a_failed_router_fails_its_node(lg, do):
    tries = []

    def choose(state):
        tries.append(1)
        if len(tries) == 1:
            raise LookupError("no way")
        return lg.END

    builder = lg.StateGraph(Words).add_node("x", add("x")).add_edge(lg.START, "x").add_conditional_edges("x", choose)
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "a"})
    do.note([task.error for task in graph.get_state(thread("1")).tasks])
    do.invoke(graph, None)
    do.state(graph)


@program
def a_failure_is_mended_from_outside(lg, do):
    def node(state):
        if state["text"] == "bad":
            raise ValueError("bad text")
        return {"log": [state["text"]]}

    graph = chain(lg, one=add("1"), node=node, last=ask(lg, "ok?"))
    do.invoke(graph, {"text": "bad"})
    do.update(graph, {"text": "good"})
    do.state(graph)
    do.invoke(graph, None)
    do.invoke(graph, lg.Command(resume="yes"))


@program
def the_handler_of_all_nodes_has_a_name_of_its_own(lg, do):
    def report(state, error: lg.NodeError):
        return {"log": [error.node]}

    builder = lg.StateGraph(Words).set_node_defaults(error_handler=report)
    builder.add_node("x", fails(9)).add_node("y", add("y")).add_edge(lg.START, "x").add_edge("x", "y")
    do.stream(builder.compile(), {})


@program(awaiting=(False,))
def a_limit_for_all_nodes_is_for_async_nodes(lg, do):
    builder = lg.StateGraph(Words).set_node_defaults(timeout=1).add_node("x", add("x")).add_edge(lg.START, "x")
    do.attempt(builder.compile)


@program
def defaults_are_set_one_by_one(lg, do):
    builder = lg.StateGraph(Words).set_node_defaults(retry_policy=quick(lg, max_attempts=3))
    builder.set_node_defaults(cache_policy=lg.CachePolicy()).set_node_defaults(
        error_handler=lambda state: {"log": ["h"]}
    )
    builder.add_node("x", fails(2)).add_edge(lg.START, "x")
    graph = builder.compile(cache=lg.InMemoryCache())
    do.stream(graph, {})
    do.stream(graph, {})


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
