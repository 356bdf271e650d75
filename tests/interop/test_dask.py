"""Nodes on a Dask cluster of two processes."""

import asyncio
import operator
import os
import re
import signal
import threading
from pathlib import Path
from typing import Annotated, TypedDict

import pytest
from distributed import Client, LocalCluster

from hilnb.checkpoint.memory import MemorySaver
from hilnb.config import get_stream_writer
from hilnb.errors import SerializationError, WorkerLostError
from hilnb.graph import END, START, StateGraph
from hilnb.interop import dask
from hilnb.models import ScriptedModel
from hilnb.types import Command, RetryPolicy, Send, interrupt

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict, total=False):
    n: int
    out: Annotated[list, operator.add]


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def executor(client):
    client.wait_for_workers(1)  # the test before may have killed one
    return dask.executor(client)


def alone(function, executor, **options):
    builder = StateGraph(State).add_node("work", function, **options)
    return builder.add_edge(START, "work").add_edge("work", END).compile(MemorySaver(), executor=executor)


def test_two_hundred_pause_and_are_answered_in_a_batch(run, executor):
    def asks(state):
        return {"out": [(state["n"], interrupt(state["n"]), os.getpid())]}

    builder = StateGraph(State).add_node("work", asks).add_edge("work", END)
    builder.add_conditional_edges(START, lambda state: [Send("work", {"n": n}) for n in range(200)], ["work"])
    graph = builder.compile(MemorySaver(), executor=executor)

    run(graph, {}, THREAD)
    questions = graph.get_state(THREAD).interrupts
    out = run(graph, Command(resume={one.id: one.value * 2 for one in questions}), THREAD)["out"]

    assert [(n, answer) for n, answer, _ in out] == [(n, n * 2) for n in range(200)]
    assert os.getpid() not in {process for *_, process in out}


def test_classes_and_functions_of_a_notebook_travel(executor):
    names = {"__name__": "__main__"}
    code = (
        "class Town:\n    def __init__(self, name): self.name = name\ndef work(state): return {'out': [Town('Oslo')]}"
    )
    exec(code, names)

    state = alone(names["work"], executor).invoke({"n": 1}, THREAD)

    assert state["out"][0].name == "Oslo"


def dies_first(folder):
    """A node whose worker dies when it comes to it for the first time."""

    def dies(state):
        with (folder / "ran").open("a") as ran:
            ran.write("x")
        if (folder / "ran").read_text() == "x":
            os.kill(os.getpid(), signal.SIGKILL)
        return {"n": 7}

    return dies


def test_a_node_whose_worker_dies_does_not_run_again_by_itself(executor, tmp_path):
    graph = alone(dies_first(tmp_path), executor)

    with pytest.raises(WorkerLostError, match="the worker that ran node 'work' is gone"):
        graph.invoke({"n": 1}, THREAD)

    assert (tmp_path / "ran").read_text() == "x"
    assert graph.invoke(None, THREAD)["n"] == 7


def test_a_retry_policy_runs_it_again(executor, tmp_path):
    policy = RetryPolicy(initial_interval=0.0, jitter=False)

    state = alone(dies_first(tmp_path), executor, retry_policy=policy).invoke({"n": 1}, THREAD)

    assert (state["n"], (tmp_path / "ran").read_text()) == (7, "xx")


def test_a_result_that_is_lost_with_its_worker_is_not_made_again(client, executor, tmp_path):
    def runs():
        with (tmp_path / "ran").open("a") as ran:
            ran.write("x")
        return os.getpid()

    turn = client.submit(runs, key="hilnb:1:2:3:1", pure=False)
    os.kill(turn.result(), signal.SIGKILL)
    lost = threading.Event()
    while turn.status == "finished":
        lost.wait(0.01)

    assert turn.status == "cancelled"
    assert (tmp_path / "ran").read_text() == "x"


def test_a_turn_that_is_sent_again_while_it_is_under_way_runs_once(client, executor, tmp_path):
    def waits(state):
        with (tmp_path / "ran").open("a") as ran:
            ran.write("x")
        while not (tmp_path / "go").exists():
            threading.Event().wait(0.01)
        return {"n": 7}

    graph = alone(waits, executor)
    left = threading.Thread(target=graph.invoke, args=({"n": 1}, THREAD))
    left.start()
    while not (tmp_path / "ran").exists():
        threading.Event().wait(0.01)
    states = []
    again = threading.Thread(target=lambda: states.append(graph.invoke(None, THREAD)))
    again.start()
    (tmp_path / "go").touch()
    left.join()
    again.join()

    assert (states[0]["n"], (tmp_path / "ran").read_text()) == (7, "x")


def says_and_waits(folder, most):
    """A node that writes to the stream, and goes on when somebody has heard it."""

    def says(state):
        for number in range(most):
            get_stream_writer()(number)
            wait_until_heard(folder, number)
        return {"n": 7}

    return says


def wait_until_heard(folder, number):
    for _ in range(1000):
        if (folder / f"heard {number}").exists():
            return
        threading.Event().wait(0.01)
    raise TimeoutError(f"nobody heard {number}")


def test_what_a_node_writes_to_the_stream_comes_while_it_runs(executor, tmp_path):
    graph = alone(says_and_waits(tmp_path, 3), executor)

    events = []
    for mode, event in graph.stream({"n": 1}, THREAD, stream_mode=["custom", "updates"]):
        events.append(event)
        if mode == "custom":
            (tmp_path / f"heard {event}").touch()  # the node waits for this

    assert events == [0, 1, 2, {"work": {"n": 7}}]


def test_it_comes_so_to_who_awaits_it(executor, tmp_path):
    graph = alone(says_and_waits(tmp_path, 3), executor)

    async def listen():
        events = []
        async for event in graph.astream({"n": 1}, THREAD, stream_mode="custom"):
            events.append(event)
            (tmp_path / f"heard {event}").touch()
        return events

    assert asyncio.run(listen()) == [0, 1, 2]


def test_a_models_words_come_while_it_speaks(executor, tmp_path):
    def talks(state):
        for number, _ in enumerate(ScriptedModel(["one two three"]).stream("Count!")):
            wait_until_heard(tmp_path, number)

    words = []
    for piece, _ in alone(talks, executor).stream({"n": 1}, THREAD, stream_mode="messages"):
        (tmp_path / f"heard {len(words)}").touch()
        words.append(piece.content)

    assert "".join(words) == "one two three"
    assert len(words) > 2


def test_nothing_is_lost_or_told_twice_however_much_is_written(executor):
    def says_much(state):
        for number in range(300):
            get_stream_writer()((state["n"], number))

    builder = StateGraph(State).add_node("work", says_much).add_edge("work", END)
    builder.add_conditional_edges(START, lambda state: [Send("work", {"n": n}) for n in range(4)], ["work"])
    graph = builder.compile(MemorySaver(), executor=executor)

    events = [*graph.stream({}, THREAD, stream_mode="custom")]

    for n in range(4):
        assert [number for one, number in events if one == n] == [*range(300)]


def test_what_is_out_of_turn_waits_for_the_end(executor, monkeypatch):
    def says(state):
        for number in range(3):
            get_stream_writer()(number)

    hear = dask._Cluster._hear
    lost = []

    def hear_but_the_second(self, event):
        if event[1][1] == 1:
            lost.append(event)
        else:
            hear(self, event)

    monkeypatch.setattr(dask._Cluster, "_hear", hear_but_the_second)
    events = [*alone(says, dask.executor(executor.client)).stream({"n": 1}, THREAD, stream_mode="custom")]

    assert len(lost) == 1
    assert events == [0, 1, 2]


def test_what_cannot_be_sent_back_is_refused_at_the_end(executor):
    def says(state):
        get_stream_writer()(threading.Lock())

    with pytest.raises(
        SerializationError, match="node 'work' ran, and what it wrote to the stream cannot be sent back"
    ):
        [*alone(says, executor).stream({"n": 1}, THREAD, stream_mode="custom")]


def test_the_lines_of_the_page_run(client):
    page = (Path(__file__).parents[2] / "docs" / "executors.md").read_text()
    (code,) = re.findall(r"```py\n(.*?)```", page, flags=re.DOTALL)
    builder = StateGraph(State).add_node("work", lambda state: {"n": os.getpid()}).add_edge(START, "work")
    names = {"here": client, "builder": builder, "saver": MemorySaver()}

    exec(code.replace('Client("scheduler:8786")', "here"), names)

    assert names["graph"].invoke({"n": 1}, THREAD)["n"] != os.getpid()


def test_what_is_no_client_is_refused():
    with pytest.raises(TypeError, match=r"executor\(4\): give a distributed.Client"):
        dask.executor(4)


def test_a_client_is_no_executor(client):
    with pytest.raises(TypeError, match=r"is a Dask client. Give hilnb.interop.dask.executor\(client\)"):
        alone(lambda state: None, client)
