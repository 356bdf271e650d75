"""What it costs to run nodes elsewhere: in a pool of threads, in processes, on a Dask cluster."""

from __future__ import annotations

import itertools
import operator
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from statistics import median
from typing import Annotated, Any, TypedDict

from benchmarks.measure import Measured, rotated
from benchmarks.report import told
from hilnb import END, START, Command, MemorySaver, Send, StateGraph, interrupt

__all__ = ["HEAD", "HOW", "measure_executors", "rows"]

TASKS = 200

THREADS = "the kernel's own threads, no executor"
"""What the others are compared with."""

HEAD = (
    f"## Nodes on an executor\n\n| where {TASKS} nodes run | ms per task | ÷ threads "
    f"| {TASKS} pause, are answered and end: ms | ÷ threads |\n|---|---|---|---|---|"
)
HOW = """\
Milliseconds are medians, and the ratios are of single rounds, as above; here all rounds count, for the workers are
other processes too. The nodes do nothing, so this is what sending them costs; two workers of one thread each, on this
machine. A process is sent the function, the state and the turn, pickled, and sends back what came of it."""

_names = itertools.count()


class State(TypedDict, total=False):
    """What is sent, and what comes of it."""

    n: int
    asks: bool
    out: Annotated[list[int], operator.add]


def work(state: State) -> State:
    """Ask, where it is to; else nothing."""
    return {"out": [interrupt(state["n"]) if state["asks"] else state["n"]]}


def _graph(executor: Executor | None) -> Any:
    builder: StateGraph[Any, Any, Any, Any] = StateGraph(State).add_node("work", work).add_edge("work", END)

    def spread(state: State) -> list[Send]:
        return [Send("work", {"n": n, "asks": state["asks"]}) for n in range(state["n"])]

    return builder.add_conditional_edges(START, spread, ["work"]).compile(MemorySaver(), executor=executor)


def _seconds(graph: Any, tasks: int, *, asks: bool) -> float:
    """What one fan-out takes, with an answer to each of its questions where it asks.

    Raises:
        AssertionError: It came to something else.
    """
    thread = {"configurable": {"thread_id": f"{next(_names)}"}}
    began = time.perf_counter()
    state = graph.invoke({"n": tasks, "asks": asks}, thread)
    if asks:
        state = graph.invoke(Command(resume={one.id: one.value for one in state["__interrupt__"]}), thread)
    took = time.perf_counter() - began
    assert state["out"] == [*range(tasks)], "not what was sent"
    graph.checkpointer.delete_thread(thread["configurable"]["thread_id"])
    return took


def measure_executors(rounds: int, tasks: int = TASKS) -> Mapping[str, Measured]:
    """The seconds of so many tasks, by the work, of each place the nodes may run at; they take turns."""
    with ExitStack() as room:
        places: dict[str, Executor | None] = {THREADS: None}
        places["a pool of 2 threads"] = room.enter_context(ThreadPoolExecutor(2))
        places["2 processes"] = room.enter_context(ProcessPoolExecutor(2, get_context("spawn")))
        places["Dask, 2 processes"] = _cluster(room)
        graphs = {name: _graph(executor) for name, executor in places.items()}
        measured = {}
        for about, asks in (("run", False), ("ask", True)):
            seconds: dict[str, list[float]] = {name: [] for name in graphs}
            for graph in graphs.values():
                _seconds(graph, tasks, asks=asks)  # once, for what is made at the first use
            for turn in range(rounds):
                for name in rotated(graphs, turn):
                    seconds[name].append(_seconds(graphs[name], tasks, asks=asks))
            measured[about] = Measured(seconds, [True] * rounds)
    return measured


def _cluster(room: ExitStack) -> Executor:
    from distributed import Client, LocalCluster

    from hilnb.interop import dask

    cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    return dask.executor(room.enter_context(Client(room.enter_context(cluster))))


def rows(measured: Mapping[str, Measured]) -> Iterator[str]:
    """A row of Markdown for each place."""
    for name in measured["run"].seconds:
        cells = []
        for about, shared_by in (("run", TASKS), ("ask", 1)):
            took = median(measured[about].seconds[name])
            cells += [told(took * 1000 / shared_by), told(measured[about].ratio(name, THREADS))]
        yield f"| {name} | {' | '.join(cells)} |"
