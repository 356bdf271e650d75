"""Nodes that run on an executor: in threads, in other processes."""

import asyncio
import multiprocessing
import operator
import os
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Annotated, TypedDict

import pytest
from loky import get_reusable_executor

from hilnb import once
from hilnb.checkpoint.memory import MemorySaver
from hilnb.config import get_config, get_store, get_stream_writer
from hilnb.errors import RemoteError, SerializationError, WorkerLostError
from hilnb.func import task
from hilnb.graph import END, START, StateGraph
from hilnb.reasons import why
from hilnb.runtime import Runtime
from hilnb.store.memory import InMemoryStore
from hilnb.types import Command, RetryPolicy, Send, interrupt

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    n: int
    pid: int
    said: str
    out: Annotated[list, operator.add]


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module", params=["threads", "processes", "loky"])
def executor(request):
    if request.param == "threads":
        with ThreadPoolExecutor(2) as pool:
            yield pool
    elif request.param == "processes":
        yield request.getfixturevalue("processes")
    else:
        pool = get_reusable_executor(max_workers=2)
        yield pool
        pool.shutdown(wait=True)


def alone(function, executor, **options):
    """A graph of one node."""
    given = {name: options.pop(name) for name in ("retry_policy",) if name in options}
    builder = StateGraph(State).add_node("work", function, **given).add_edge(START, "work").add_edge("work", END)
    return builder.compile(checkpointer=MemorySaver(), executor=executor, **options)


def spread(function, executor, many=3):
    """A graph that sends this many."""
    builder = StateGraph(State).add_node("work", function)
    builder.add_conditional_edges(START, lambda state: [Send("work", {"n": n}) for n in range(many)], ["work"])
    return builder.add_edge("work", END).compile(checkpointer=MemorySaver(), executor=executor)


# What nodes do stands in functions of this module, or in closures: both travel.


def where(state):
    return {"pid": os.getpid(), "said": threading.current_thread().name}


def test_a_node_runs_on_the_executor(run, executor):
    state = run(alone(where, executor), {"n": 1}, THREAD)

    here = (os.getpid(), threading.current_thread().name)
    assert (state["pid"], state["said"]) != here
    assert state["n"] == 1


def nothing(state):
    return {}


async def where_async(state):
    await asyncio.sleep(0)
    return where(state)


def test_an_async_node_goes_to_another_process_too(processes):
    state = asyncio.run(alone(where_async, processes).ainvoke({"n": 1}, THREAD))

    assert state["pid"] != os.getpid()


def test_an_async_node_is_awaited_here_where_the_executor_is_of_threads():
    with ThreadPoolExecutor(1) as threads:
        state = asyncio.run(alone(where_async, threads).ainvoke({"n": 1}, THREAD))

    assert state["said"] == threading.current_thread().name


def test_the_nodes_of_a_step_run_side_by_side(executor):
    def meet(state):
        """Goes on when both have come."""
        (folder / str(state["n"])).touch()
        while len([*folder.iterdir()]) < 2:
            pass
        return {"out": [state["n"]]}

    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        state = spread(meet, executor, many=2).invoke({}, THREAD)

    assert state["out"] == [0, 1]


def asks(state):
    return {"out": [(state["n"], interrupt(f"{state['n']}?"))]}


def test_many_pause_and_are_answered_at_once(run, executor):
    graph = spread(asks, executor)

    run(graph, {}, THREAD)
    questions = graph.get_state(THREAD).interrupts
    state = run(graph, Command(resume={one.id: one.value + "!" for one in questions}), THREAD)

    assert [one.value for one in questions] == ["0?", "1?", "2?"]
    assert state["out"] == [(0, "0?!"), (1, "1?!"), (2, "2?!")]


def test_a_question_has_the_id_it_has_without_an_executor(processes):
    ids = {}
    for name, executor in {"here": None, "there": processes}.items():
        graph = alone(lambda state: {"said": interrupt("well?")}, executor)
        graph.invoke({"n": 1}, THREAD)
        asked = graph.get_state(THREAD)
        point = asked.config["configurable"]["checkpoint_id"]
        ids[name] = (len(asked.interrupts[0].id), asked.tasks[0].id.startswith(point[:24]))

    assert ids["here"] == ids["there"] == (32, True)


def test_an_answer_that_came_before_its_question_is_taken_once(executor):
    def asks_twice(state):
        return {"out": [interrupt("first?"), interrupt("second?")]}

    graph = alone(asks_twice, executor)
    graph.invoke({"n": 1}, THREAD)
    config = graph.update_state(THREAD, {"n": 2}, as_node=START)

    graph.invoke(Command(resume="a"), THREAD)
    asked = graph.get_state(THREAD).interrupts
    state = graph.invoke(Command(resume="b"), THREAD)

    assert config
    assert [one.value for one in asked] == ["second?"]
    assert state["out"] == ["a", "b"]


def test_an_answer_that_came_before_its_question_is_taken_by_one_of_two_that_ask(run, executor):
    inner = StateGraph(State).add_node("a", lambda state: {"out": [interrupt("a?")]})
    inner.add_node("b", lambda state: {"out": [interrupt("b?")]}).add_edge(START, "a").add_edge(START, "b")
    graph = alone(inner.compile(), executor)
    graph.invoke({"n": 1}, THREAD)
    graph.update_state(THREAD, {"n": 2}, as_node=START)

    run(graph, Command(resume="first"), THREAD)
    (asked,) = graph.get_state(THREAD).interrupts
    state = run(graph, Command(resume="second"), THREAD)

    assert asked.value in ("a?", "b?")
    assert sorted(state["out"]) == ["first", "second"]


def test_once_happens_once_though_it_happened_elsewhere(run, executor, tmp_path):
    file = tmp_path / "charged"

    def charges(state):
        def charge():
            with file.open("a") as receipts:
                receipts.write("x")
            return "receipt"

        return {"said": f"{once('charge', charge)} {interrupt('ok?')}"}

    graph = alone(charges, executor)
    run(graph, {"n": 1}, THREAD)
    state = run(graph, Command(resume="yes"), THREAD)

    assert (state["said"], file.read_text()) == ("receipt yes", "x")


def test_what_a_node_writes_to_the_stream_comes_back(executor):
    def talks(state):
        get_stream_writer()("one")
        get_stream_writer()("two")

    events = [*alone(talks, executor).stream({"n": 1}, THREAD, stream_mode=["custom", "updates"])]

    assert events == [("custom", "one"), ("custom", "two"), ("updates", {"work": None})]


def test_a_node_knows_its_run_there(executor):
    def looks(state, config, runtime: Runtime):
        about = (config["configurable"]["colour"], runtime.context, runtime.execution_info.node_attempt)
        return {"out": [*about, get_config()["metadata"]["langgraph_node"]]}

    graph = alone(looks, executor)

    state = graph.invoke({"n": 1}, {"configurable": {"thread_id": "1", "colour": "red"}}, context="here")

    assert state["out"] == ["red", "here", 1, "work"]


def test_a_failure_is_raised_here_and_its_siblings_are_kept(executor, tmp_path):
    def fails_once(state):
        with (tmp_path / str(state["n"])).open("a") as ran:
            ran.write("x")
        if state["n"] == 1 and (tmp_path / "1").read_text() == "x":
            raise KeyError("no luck")
        return {"out": [state["n"]]}

    graph = spread(fails_once, executor)

    with pytest.raises(KeyError, match="no luck") as raised:
        graph.invoke({}, THREAD)
    state = graph.invoke(None, THREAD)

    assert "During task with name 'work'" in "".join(raised.value.__notes__)
    assert state["out"] == [0, 1, 2]
    assert [(tmp_path / str(n)).read_text() for n in range(3)] == ["x", "xx", "x"]


def test_a_retry_goes_to_the_executor_again(executor):
    def fails_first(state, runtime: Runtime):
        if runtime.execution_info.node_attempt == 1:
            raise ConnectionError("busy")
        return {"n": runtime.execution_info.node_attempt}

    graph = alone(fails_first, executor, retry_policy=RetryPolicy(initial_interval=0.0, jitter=False))

    assert graph.invoke({"n": 0}, THREAD)["n"] == 2


class Particular(Exception):
    def __init__(self, *, reason):
        super().__init__(reason)


def test_an_exception_that_cannot_travel_is_told_in_words(processes):
    def fails(state):
        raise Particular(reason="too hot")

    with pytest.raises(RemoteError, match="Particular: too hot"):
        alone(fails, processes).invoke({"n": 1}, THREAD)


def test_a_failure_tells_where_in_the_worker_it_happened(processes):
    def fails(state):
        raise LookupError("nothing there")

    with pytest.raises(LookupError) as raised:
        alone(fails, processes).invoke({"n": 1}, THREAD)

    assert any("On the worker:" in note and "nothing there" in note for note in raised.value.__notes__)


class Rooted:
    """Can be copied, and not sent."""

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        raise TypeError("I stay")


def test_a_state_that_cannot_be_sent_is_refused_by_its_key(run, processes):
    graph = alone(where, processes)

    with pytest.raises(SerializationError, match=r"'work' cannot be sent .* the key 'said' of its state, a Rooted,"):
        run(graph, {"n": 1, "said": Rooted()}, THREAD)


def meets_one_that_stays(folder, executor, stays):
    """A graph that sends three, one of which cannot travel, beside a graph that runs here; all that runs is noted."""

    def runs(state):
        (folder / f"{state['n']}").touch()
        return {"out": [state["n"]]}

    inner = StateGraph(State).add_node("inner", lambda state: (folder / "here").touch()).add_edge(START, "inner")
    given = [{"n": 0}, {"n": 1}, {"n": 2, "said": stays}]
    builder = StateGraph(State).add_node("work", runs).add_node("here", inner.compile()).add_edge("work", END)
    builder.add_conditional_edges(START, lambda state: ["here", *[Send("work", one) for one in given]])
    return builder.compile(checkpointer=MemorySaver(), executor=executor)


@pytest.mark.parametrize("most", [None, 1])
def test_where_one_cannot_be_sent_nothing_of_its_step_is_started(run, processes, tmp_path, most):
    graph = meets_one_that_stays(tmp_path, processes, Rooted())

    with pytest.raises(SerializationError, match="the key 'said' of its state, a Rooted,") as raised:
        run(graph, {"n": 1}, THREAD | {"max_concurrency": most})
    spread(nothing, processes, many=4).invoke({}, THREAD)  # when these have run, so has what was sent before

    assert [*tmp_path.iterdir()] == []
    assert "Nothing of this step was started." in raised.value.__notes__


def test_what_cannot_be_sent_is_told_and_kept_as_a_failure(processes, tmp_path):
    graph = meets_one_that_stays(tmp_path, processes, Rooted())
    told = []

    with pytest.raises(SerializationError):
        for event in graph.stream({"n": 1}, THREAD, stream_mode="tasks"):
            told.append(event)

    ended = [event for event in told if "error" in event]
    (failed,) = [task for task in graph.get_state(THREAD).tasks if task.error]
    assert [(event["id"], type(event["error"])) for event in ended] == [(failed.id, SerializationError)]


class Loosened(Rooted):
    """Can be sent once it is free."""

    is_free = False

    def __reduce__(self):
        return (Loosened, ()) if Loosened.is_free else super().__reduce__()


def test_what_was_refused_has_not_started(processes, tmp_path, monkeypatch):
    graph = meets_one_that_stays(tmp_path, processes, Loosened())

    with pytest.raises(SerializationError):
        graph.invoke({"n": 1}, THREAD)
    monkeypatch.setattr(Loosened, "is_free", True)
    state = graph.invoke(None, THREAD)

    assert state["out"] == [0, 1, 2]
    assert why(graph, THREAD) == []


class Counted:
    """Counts how often it is pickled here."""

    times = 0

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        Counted.times += 1
        return Counted, ()


def test_a_turn_is_pickled_once(run, processes, monkeypatch):
    monkeypatch.setattr(Counted, "times", 0)

    run(alone(where, processes), {"n": 1, "said": Counted()}, THREAD)

    assert Counted.times == 1


def test_a_retry_knows_when_its_first_attempt_began(processes, tmp_path):
    def fails_first(state, runtime: Runtime):
        about = runtime.execution_info
        with (tmp_path / "began").open("a") as told:
            told.write(f"{about.node_first_attempt_time} ")
        if about.node_attempt == 1:
            raise ConnectionError("busy")

    before = time.time()
    alone(fails_first, processes, retry_policy=RetryPolicy(initial_interval=0.0, jitter=False)).invoke({"n": 0}, THREAD)

    first, second = map(float, (tmp_path / "began").read_text().split())
    assert before <= first == second


def test_a_function_that_cannot_be_sent_is_refused(processes):
    lock = threading.Lock()

    with pytest.raises(SerializationError, match="its function cannot be pickled"):
        alone(lambda state: {"n": lock.locked()}, processes).invoke({"n": 1}, THREAD)


def test_a_config_that_cannot_be_sent_is_refused_by_its_key(processes):
    config = {"configurable": {"thread_id": "1", "client": threading.Lock()}}

    with pytest.raises(SerializationError, match="configurable 'client' of its config, a lock"):
        alone(where, processes).invoke({"n": 1}, config)


def test_a_result_that_cannot_come_back_is_refused_by_its_key(processes):
    def takes_root(state):
        return {"n": 1, "said": Rooted()}

    with pytest.raises(SerializationError, match="node 'work' ran, and 'said', a Rooted, cannot be sent back"):
        alone(takes_root, processes).invoke({"n": 1}, THREAD)


def test_a_store_stays_here_and_says_so(processes):
    def reads(state):
        return {"said": get_store().get(("a",), "b")}

    with pytest.raises(RuntimeError, match=r"store.get: the store stays in the process that runs the graph"):
        alone(reads, processes, store=InMemoryStore()).invoke({"n": 1}, THREAD)


def test_a_task_called_in_another_process_is_refused(processes):
    @task
    def half(n):
        return n / 2

    with pytest.raises(RuntimeError, match="the task 'half' was called by a node that runs on an executor"):
        alone(lambda state: {"n": half(state["n"]).result()}, processes).invoke({"n": 1}, THREAD)


def test_a_nested_graph_runs_here_and_its_nodes_there(run, executor):
    inner = StateGraph(State).add_node("ask", lambda state: {"said": interrupt("deep?"), "pid": os.getpid()})
    inner = inner.add_edge(START, "ask").add_edge("ask", END).compile()
    graph = alone(inner, executor)

    run(graph, {"n": 1}, THREAD)
    nested = graph.get_state(THREAD, subgraphs=True).tasks[0].state
    state = run(graph, Command(resume="yes"), THREAD)

    assert nested.next == ("ask",)
    assert state["said"] == "yes"
    assert (state["pid"] == os.getpid()) is isinstance(executor, ThreadPoolExecutor)


def test_no_more_run_at_once_than_the_config_says(executor, tmp_path):
    def counts(state):
        mark = tmp_path / str(state["n"])
        mark.touch()
        at_once = len([*tmp_path.iterdir()])
        mark.unlink()
        return {"out": [at_once]}

    state = spread(counts, executor, many=6).invoke({}, THREAD | {"max_concurrency": 1})

    assert state["out"] == [1] * 6


def test_a_worker_that_dies_is_one_clear_error():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        graph = alone(lambda state: os._exit(1), pool)

        with pytest.raises(WorkerLostError, match="the worker that ran node 'work' is gone, and nothing came back"):
            graph.invoke({"n": 1}, THREAD)


def test_what_is_no_executor_is_refused():
    with pytest.raises(TypeError, match=r"executor=4 is no concurrent.futures.Executor"):
        alone(where, 4)
