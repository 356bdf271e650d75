"""Workflows and tasks: what LangGraph leaves open, and what must never happen to a task."""

import asyncio
import threading

import pytest

from hilnb.cache.memory import InMemoryCache
from hilnb.checkpoint.memory import MemorySaver
from hilnb.config import get_stream_writer
from hilnb.errors import GraphError, NodeTimeoutError, UnknownInterruptError
from hilnb.func import entrypoint, task
from hilnb.graph.thread import RETURNED
from hilnb.types import CachePolicy, Command, RetryPolicy, interrupt
from tests.engine.graphs import THREAD, ask, chain


@task
def double(n):
    return n * 2


@task
def asks(question):
    return interrupt(question)


def questions(paused):
    return [question.value for question in paused["__interrupt__"]]


# ── side by side ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tasks_that_were_begun_run_at_the_same_time(run):
    meeting = threading.Barrier(3)

    @task
    def meets(name):
        meeting.wait(timeout=30)
        return name

    def calls(names):
        return [future.result() for future in [meets(name) for name in names]]

    assert run(entrypoint()(calls), ["a", "b", "c"]) == ["a", "b", "c"]


def test_more_tasks_than_threads_that_wait_for_tasks_of_their_own_come_to_an_end(run):
    @task
    def branch(n):
        return double(n).result() + 1

    @entrypoint()
    def work(numbers):
        return sum(future.result() for future in [branch(n) for n in numbers])

    assert run(work, range(200)) == sum(n * 2 + 1 for n in range(200))


def test_a_plain_node_of_an_async_run_waits_for_an_async_task():
    @task
    async def later(n):
        await asyncio.sleep(0)
        return n + 1

    graph = chain(one=lambda state: {"log": [later(1).result()]})

    assert asyncio.run(graph.ainvoke({"text": "x"}, THREAD))["log"] == [2]


def test_a_workflow_runs_blocking_where_a_loop_is_running():
    @entrypoint()
    def work(n):
        return double(n).result()

    async def cell():
        return work.invoke(2)

    assert asyncio.run(cell()) == 4


def test_a_workflow_ends_when_the_tasks_nobody_waited_for_have(run):
    ended, going = [], threading.Event()

    @task
    def slow(n):
        going.wait(timeout=30)
        ended.append(n)

    @entrypoint()
    def work(n):
        slow(n)
        slow(n + 1)
        going.set()
        return "done"

    assert run(work, 1) == "done"
    assert sorted(ended) == [1, 2]


def test_the_failure_of_a_task_nobody_waited_for_fails_nothing(run):
    @task
    def fails():
        raise ValueError("no")

    @entrypoint()
    def work(n):
        fails()
        return n

    assert run(work, 1) == 1


# ── kept ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_task_returned_is_kept_before_the_workflow_gets_it(run):
    saver, kept = MemorySaver(), []

    @entrypoint(checkpointer=saver)
    def work(n):
        double(n).result()
        kept.extend(saver.get_tuple(THREAD).pending_writes)

    run(work, 4, THREAD)

    assert [record for _, kind, record in kept if kind == RETURNED] == [((("__return__", 8),), ())]


def test_a_workflow_that_is_tried_again_repeats_no_task_even_where_nothing_keeps_it(run):
    ran = []

    @task
    def step(n):
        ran.append(n)
        return n

    @entrypoint(retry_policy=RetryPolicy(initial_interval=0, jitter=False, retry_on=ValueError))
    def work(n):
        got = [step(1).result(), step(2).result()]
        ran.append("end")
        if ran.count("end") < 3:
            raise ValueError("again")
        return got

    assert run(work, 0) == [1, 2]
    assert ran == [1, 2, "end", "end", "end"]


def test_tasks_are_kept_when_only_the_end_of_a_call_is():
    ran = []

    @task
    def step(n):
        ran.append(n)
        return n

    @entrypoint(checkpointer=MemorySaver())
    def work(n):
        return [step(n).result(), interrupt("ok?")]

    work.invoke(1, THREAD, durability="exit")

    assert work.invoke(Command(resume="yes"), THREAD, durability="exit") == [1, "yes"]
    assert ran == [1]


def test_two_tasks_of_one_name_do_not_share_a_cache(run):
    def made(add):
        if add:

            @task(name="same", cache_policy=CachePolicy())
            def adds(n):
                return n + 1

            return adds

        @task(name="same", cache_policy=CachePolicy())
        def subtracts(n):
            return n - 1

        return subtracts

    adds, subtracts = made(True), made(False)

    @entrypoint(cache=InMemoryCache())
    def work(n):
        return [adds(n).result(), subtracts(n).result()]

    assert run(work, 1) == [2, 0]


def test_a_task_forgets_its_cached_results(run):
    ran, cache = [], InMemoryCache()

    @task(cache_policy=CachePolicy(key_func=lambda n, *, side: f"{n}{side}"))
    def step(n, side):
        ran.append((n, side))
        return n

    @entrypoint(cache=cache)
    def work(n):
        return [step(n, side="a").result(), step(n, side="b").result()]

    run(work, 1)
    run(work, 1)
    step.clear_cache(cache)
    run(work, 1)

    assert ran == [(1, "a"), (1, "b")] * 2


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_questions_of_tasks_side_by_side_are_all_asked_at_once(run):
    @entrypoint(checkpointer=MemorySaver())
    def work(names):
        return [future.result() for future in [asks(name) for name in names]]

    first = run(work, ["a", "b"], THREAD)
    left = run(work, Command(resume={first["__interrupt__"][1].id: "B"}), THREAD)
    done = run(work, Command(resume="A"), THREAD)

    assert questions(first) == ["a", "b"]
    assert questions(left) == ["a"]
    assert done == ["A", "B"]


def test_async_tasks_that_are_gathered_ask_at_once():
    @task
    async def wonders(name):
        return interrupt(name)

    @entrypoint(checkpointer=MemorySaver())
    async def work(names):
        return await asyncio.gather(*map(wonders, names))

    async def both():
        asked = (await work.ainvoke(["a", "b"], THREAD))["__interrupt__"]
        return await work.ainvoke(Command(resume={one.id: one.value.upper() for one in asked}), THREAD)

    assert asyncio.run(both()) == ["A", "B"]


def test_a_question_is_asked_though_nobody_waits_for_the_answer(run):
    @entrypoint(checkpointer=MemorySaver())
    def work(n):
        asks("sure?")
        return n

    assert questions(run(work, 1, THREAD)) == ["sure?"]
    assert run(work, Command(resume="yes"), THREAD) == 1


def test_except_exception_around_a_task_does_not_swallow_its_question(run):
    @entrypoint(checkpointer=MemorySaver())
    def work(n):
        try:
            return asks("sure?").result()
        except Exception:
            return "swallowed"

    assert questions(run(work, 1, THREAD)) == ["sure?"]
    assert run(work, Command(resume="yes"), THREAD) == "yes"


def test_an_answer_to_a_task_is_used_once(run):
    @entrypoint(checkpointer=MemorySaver())
    def work(n):
        return [asks("one").result(), asks("two").result()]

    (first,) = run(work, 1, THREAD)["__interrupt__"]
    run(work, Command(resume={first.id: 1}), THREAD)

    with pytest.raises(UnknownInterruptError):
        run(work, Command(resume={first.id: 2}), THREAD)
    assert run(work, Command(resume=2), THREAD) == [1, 2]


def test_a_graph_that_a_task_calls_asks_and_goes_on_where_it_was():
    ran = []
    graph = chain(saver=False, one=lambda state: ran.append("one"), two=ask("ok?"))

    @task
    def calls(text):
        return graph.invoke({"text": text})["log"]

    @entrypoint(checkpointer=MemorySaver())
    def work(text):
        return calls(text).result()

    assert questions(work.invoke("x", THREAD)) == ["ok?"]
    assert work.invoke(Command(resume="yes"), THREAD) == ["yes"]
    assert ran == ["one"]


# ── told ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_stream_tells_of_a_task_while_the_workflow_still_runs():
    heard = threading.Event()

    @entrypoint()
    def work(n):
        got = double(n).result()
        assert heard.wait(timeout=30)
        return got

    events = work.stream(2)

    assert next(events) == {"double": 4}
    heard.set()
    assert list(events) == [{"work": 4}]


def test_a_node_of_a_graph_tells_of_its_tasks_in_order():
    @task
    def says(n):
        get_stream_writer()(f"on {n}")
        return n

    graph = chain(saver=False, one=lambda state: {"log": [says(1).result(), says(2).result()]})

    assert list(graph.stream({"text": "x"})) == [{"says": 1}, {"says": 2}, {"one": {"log": [1, 2]}}]
    assert list(graph.stream({"text": "x"}, stream_mode="custom")) == ["on 1", "on 2"]


def test_an_error_names_the_task_and_the_workflow(run):
    @task
    def fails():
        raise ValueError("no")

    @entrypoint()
    def work(n):
        return fails().result()

    with pytest.raises(ValueError, match="no") as caught:
        run(work, 1)

    assert [note.split(" and ")[0] for note in caught.value.__notes__] == [
        "During task with name 'fails'",
        "During task with name 'work'",
    ]


def test_a_task_gets_its_surroundings_unless_the_caller_gives_them(run):
    @task
    def reads(n, config, *, runtime=None):
        return n, config["configurable"]["mine"], runtime.execution_info.node_attempt

    @entrypoint()
    def work(n):
        return [reads(n).result(), reads(n, {"configurable": {"mine": "given"}}).result()]

    assert run(work, 1, {"configurable": {"mine": "own"}}) == [(1, "own", 1), (1, "given", 1)]


def test_a_workflow_is_drawn_from_start_to_end():
    @entrypoint()
    def work(n):
        return n

    edges = [(edge.source, edge.target) for edge in work.get_graph().edges]

    assert edges == [("__start__", "work"), ("work", "__end__")]


# ── refused ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_task_outside_a_run_says_where_it_belongs():
    with pytest.raises(RuntimeError, match="the task 'double' was called outside a running node"):
        double(1)


def test_an_async_task_in_a_blocking_run_says_how_to_run_it():
    @task
    async def later():
        return 1

    @entrypoint()
    def work(n):
        return later().result()

    with pytest.raises(RuntimeError, match=r"'later' is an async function.*ainvoke or astream"):
        work.invoke(1)


def test_a_task_that_takes_too_long_is_stopped():
    stopped = []

    @task(timeout=0.01)
    async def hangs():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            stopped.append(True)
            raise

    @entrypoint()
    async def work(n):
        return await hangs()

    with pytest.raises(NodeTimeoutError, match="'hangs' took longer"):
        asyncio.run(work.ainvoke(1))
    assert stopped == [True]


def test_tasks_end_with_the_run_they_belong_to():
    stopped = []

    @task
    async def hangs():
        try:
            await asyncio.Event().wait()
        finally:
            stopped.append(True)

    @task
    async def fails():
        await asyncio.sleep(0)
        raise ValueError("no")

    @entrypoint()
    async def work(n):
        return await asyncio.gather(hangs(), fails())

    with pytest.raises(ValueError, match="no"):
        asyncio.run(work.ainvoke(1))
    assert stopped == [True]


@pytest.mark.parametrize("decorator", [task(timeout=1), entrypoint(timeout=1)])
def test_a_plain_function_takes_no_timeout(decorator):
    with pytest.raises(GraphError, match="needs an async function"):
        decorator(lambda n: n)


def test_wrong_workflows_say_what_to_do():
    def generates(n):
        yield n

    with pytest.raises(NotImplementedError, match=r"'generates' is a generator\. Return the result"):
        entrypoint()(generates)
    with pytest.raises(ValueError, match=r"takes no input\. Give it one parameter"):
        entrypoint()(lambda: 1)
    with pytest.raises(TypeError, match="Received dict"):
        entrypoint(checkpointer={})(lambda n: n)
