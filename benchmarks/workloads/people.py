"""People: a graph that stops to ask, and goes on with the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypedDict

from benchmarks.engines import Library
from benchmarks.graph_job import graph_job
from benchmarks.job import Job, Workload
from benchmarks.keeping import Keep, Keeping, State
from benchmarks.loop_job import loop_job

__all__ = ["round_trip", "round_trips_async"]

DRAFT = {"text": "a draft"}
QUESTION = "publish?"
ANSWER = "yes"
DONE = {"text": "a draft, published", "answer": ANSWER}
PAUSED_AND_DONE = [{**DRAFT, "__interrupt__": [("asked", QUESTION)]}, DONE]
KEPT = [DONE, {**DRAFT, "answer": ANSWER}, DRAFT, {}]


class Draft(TypedDict):
    """A text, and what a person said to it."""

    text: str
    answer: str


def write(state: Any) -> State:
    """The node before the question."""
    return DRAFT


def publish(state: Any) -> State:
    """The node after the answer."""
    return {"text": f"{state['text']}, published"} if state["answer"] == "yes" else {}


def round_trip(keeping: Keeping, goal: float | None) -> Workload:
    """Run to a question, then answer it and run to the end."""

    def graph(library: Library) -> Job:
        def run(invoke: Callable[[Any], Any]) -> list[Any]:
            return [invoke({}), invoke(library.Command(resume=ANSWER))]

        return graph_job(library, _asking(library), run, keeping)

    return Workload(
        f"hitl/{keeping}",
        "a question and its answer: pause and resume",
        goal,
        graph,
        lambda: loop_job(_loop, keeping),
        final=PAUSED_AND_DONE,
        history=lambda: KEPT,
    )


def round_trips_async(threads: int, keeping: Keeping, goal: float | None) -> Workload:
    """Pause many threads at once, then answer all of them at once."""

    def graph(library: Library) -> Job:
        async def run(invoke: Callable[[Any], Any]) -> list[Any]:
            return [await invoke({}), await invoke(library.Command(resume=ANSWER))]

        return _side_by_side(graph_job(library, _asking(library, _awaited), run, keeping, method="ainvoke"), threads)

    async def loop(keep: Keep | None) -> list[Any]:
        return _loop(keep)

    return Workload(
        f"hitl_async/{threads}/{keeping}",
        f"{threads} threads paused and resumed, async",
        goal,
        graph,
        lambda: _side_by_side(loop_job(loop, keeping), threads),
        final=[PAUSED_AND_DONE] * threads,
        history=lambda: [KEPT] * threads,
    )


def _awaited(node: Callable[[Any], State]) -> Callable[[Any], Any]:
    """The same node as an async function."""

    async def awaited(state: Any) -> State:
        return node(state)

    return awaited


def _side_by_side(one: Job, threads: int) -> Job:
    """The same job on many threads at once, each with a name of its own."""

    def names(thread: str) -> list[str]:
        return [f"{thread}.{n}" for n in range(threads)]

    async def run(thread: str) -> list[Any]:
        return await asyncio.gather(*[one.run(name) for name in names(thread)])

    def history(thread: str) -> Iterator[Any]:
        assert one.history is not None
        for name in names(thread):
            yield [*one.history(name)]

    def forget(thread: str) -> None:
        for name in names(thread):
            one.forget(name)

    return replace(one, run=run, history=history, forget=forget)


def _asking(library: Library, as_node: Callable[[Any], Any] = lambda node: node) -> Any:
    def ask(state: Any) -> State:
        return {"answer": library.interrupt(QUESTION)}

    builder = library.StateGraph(Draft)
    builder.add_sequence([("write", as_node(write)), ("ask", as_node(ask)), ("publish", as_node(publish))])
    return builder.add_edge(library.START, "write").add_edge("publish", library.END)


def _loop(keep: Keep | None) -> list[Any]:
    answers: list[str] = []

    def ask(state: State) -> State:
        if not answers:
            raise LookupError(QUESTION)
        return {"answer": answers[0]}

    state: State = {}
    if keep:
        keep(state)
    state.update(write(state))
    if keep:
        keep(state)
    try:
        ask(state)
    except LookupError as question:
        paused = {**state, "__interrupt__": [("asked", question.args[0])]}
    answers.append(ANSWER)
    for node in (ask, publish):
        state.update(node(state))
        if keep:
            keep(state)
    return [paused, state]
