"""Fans: many tasks of one node in one superstep, and a node that joins what they found."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from benchmarks.engines import Library
from benchmarks.graph_job import graph_job
from benchmarks.job import Job, Workload
from benchmarks.keeping import Keep, Keeping, State
from benchmarks.loop_job import loop_job

__all__ = ["fan_out", "waiting"]


class Found(TypedDict):
    """What the tasks have found, in the order they were sent, and their sum."""

    found: Annotated[list[int], operator.add]
    total: int


def fan_out(tasks: int, keeping: Keeping, goal: float | None) -> Workload:
    """Send one node to many tasks, and join them."""

    def square(item: Any) -> State:
        return {"found": [item["n"] ** 2]}

    def graph(library: Library) -> Job:
        return graph_job(library, _fan(library, tasks, square), lambda invoke: invoke({"total": 0}), keeping)

    def loop(keep: Keep | None) -> State:
        state: State = {"found": [], "total": 0}
        if keep:
            keep(state)
        for n in range(tasks):
            state["found"] = state["found"] + square({"n": n})["found"]
        if keep:
            keep(state)
        state.update(join(state))
        if keep:
            keep(state)
        return state

    squares = [n**2 for n in range(tasks)]
    final = {"found": squares, "total": sum(squares)}
    return Workload(
        f"fanout/{tasks}/{keeping}",
        f"Send to {tasks} tasks and join",
        goal,
        graph,
        lambda: loop_job(loop, keeping),
        final,
        history=None
        if keeping == "none"
        else lambda: [final, {"found": squares, "total": 0}, {"found": [], "total": 0}],
    )


def waiting(tasks: int, seconds: float, goal: float | None) -> Workload:
    """Send one node to many tasks that wait, as for a network; the twin is one wave of them."""

    def wait(item: Any) -> State:
        time.sleep(seconds)
        return {"found": [item["n"]]}

    def graph(library: Library) -> Job:
        return graph_job(library, _fan(library, tasks, wait), lambda invoke: invoke({"total": 0}), "none")

    def wave(keep: Keep | None) -> State:
        time.sleep(seconds)
        found = [*range(tasks)]
        return {"found": found, "total": sum(found)}

    return Workload(
        f"waiting/{tasks}",
        f"{tasks} Sends that wait {seconds * 1000:.0f} ms each; the loop is one wave",
        goal,
        graph,
        lambda: loop_job(wave, "none"),
        final={"found": [*range(tasks)], "total": sum(range(tasks))},
        against="loop",
    )


def join(state: Any) -> State:
    """The node that all tasks lead to."""
    return {"total": sum(state["found"])}


def _fan(library: Library, tasks: int, node: Callable[[Any], State]) -> Any:
    def spread(state: Any) -> list[Any]:
        return [library.Send("task", {"n": n}) for n in range(tasks)]

    builder = library.StateGraph(Found)
    builder.add_node("task", node)
    builder.add_node("join", join)
    builder.add_conditional_edges(library.START, spread, ["task"])
    builder.add_edge("task", "join")
    return builder.add_edge("join", library.END)
