"""Chains: one node after another, each of them a line of code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, TypedDict

from benchmarks.engines import Library
from benchmarks.graph_job import graph_job
from benchmarks.job import Job, Workload
from benchmarks.keeping import Keep, Keeping, State
from benchmarks.loop_job import loop_job

__all__ = ["chain", "chain_async", "compiling", "first_event"]

Node: TypeAlias = Callable[[State], State]


class Count(TypedDict):
    """How many nodes have run."""

    n: int


def one_more(state: Any) -> State:
    """A node: what any other node costs more than this is its own."""
    return {"n": state["n"] + 1}


async def one_more_async(state: Any) -> State:
    """The same node, to be awaited."""
    return {"n": state["n"] + 1}


def chain(nodes: int, keeping: Keeping, goal: float | None) -> Workload:
    """One call of a chain."""

    def graph(library: Library) -> Job:
        builder = chain_of(library, [one_more] * nodes)
        return graph_job(library, builder, lambda invoke: invoke({"n": 0}), keeping)

    def loop(keep: Keep | None) -> State:
        state = {"n": 0}
        if keep:
            keep(state)
        for _ in range(nodes):
            state.update(one_more(state))
            if keep:
                keep(state)
        return state

    return Workload(
        f"chain/{nodes}/{keeping}",
        f"a chain of {nodes} nodes",
        goal,
        graph,
        lambda: loop_job(loop, keeping),
        final={"n": nodes},
        history=None if keeping == "none" else counted(nodes),
    )


def chain_async(nodes: int, keeping: Keeping, goal: float | None) -> Workload:
    """One awaited call of a chain of async nodes."""

    def graph(library: Library) -> Job:
        builder = chain_of(library, [one_more_async] * nodes)
        return graph_job(library, builder, lambda invoke: invoke({"n": 0}), keeping, method="ainvoke")

    async def loop(keep: Keep | None) -> State:
        state = {"n": 0}
        if keep:
            keep(state)
        for _ in range(nodes):
            state.update(await one_more_async(state))
            if keep:
                keep(state)
        return state

    return Workload(
        f"chain_async/{nodes}/{keeping}",
        f"a chain of {nodes} async nodes, awaited",
        goal,
        graph,
        lambda: loop_job(loop, keeping),
        final={"n": nodes},
        history=counted(nodes),
    )


def first_event(nodes: int, keeping: Keeping, goal: float | None) -> Workload:
    """From the call of `stream` to its first event; the rest of the events is read untimed."""

    def graph(library: Library) -> Job:
        return graph_job(
            library, chain_of(library, [one_more] * nodes), _begin, keeping, method="stream", result=_all_events
        )

    def loop(keep: Keep | None) -> Iterator[State]:
        state = {"n": 0}
        if keep:
            keep(state)
        for n in range(nodes):
            state.update(update := one_more(state))
            if keep:
                keep(state)
            yield {f"node{n}": update}

    def twin() -> Job:
        return replace(loop_job(lambda keep: _begin(lambda given: loop(keep)), keeping), result=_all_events)

    return Workload(
        f"first_event/{nodes}/{keeping}",
        f"the first event of a stream, chain of {nodes} nodes",
        goal,
        graph,
        twin,
        final=[{f"node{n}": {"n": n + 1}} for n in range(nodes)],
        history=counted(nodes),
    )


def _begin(stream: Callable[[Any], Iterator[Any]]) -> tuple[Any, Iterator[Any]]:
    events = stream({"n": 0})
    return next(events), events


def _all_events(begun: tuple[Any, Iterator[Any]]) -> list[Any]:
    first, rest = begun
    return [first, *rest]


def compiling(nodes: int, goal: float | None) -> Workload:
    """Write down and compile a chain; it is run untimed, to see that it is one.

    Its nodes are new each time and say nothing about their types, so that what is timed is the library's own work.
    """

    def graph(library: Library) -> Job:
        return Job(
            lambda thread: chain_of(library, _new_nodes(nodes)).compile(),
            result=lambda compiled: compiled.invoke({"n": 0}, {"recursion_limit": nodes + 1}),
        )

    def run(steps: dict[str, Node]) -> State:
        state = {"n": 0}
        for step in steps.values():
            state.update(step(state))
        return state

    def loop() -> Job:
        return Job(lambda thread: {f"node{n}": node for n, node in enumerate(_new_nodes(nodes))}, result=run)

    return Workload(
        f"compile/{nodes}", f"build and compile a graph of {nodes} nodes", goal, graph, loop, final={"n": nodes}
    )


def _new_nodes(count: int) -> list[Node]:
    return [lambda state: {"n": state["n"] + 1} for _ in range(count)]


def chain_of(library: Library, nodes: Sequence[Any]) -> Any:
    """A chain of node0, node1, …; not compiled yet."""
    builder = library.StateGraph(Count)
    last = library.START
    for n, node in enumerate(nodes):
        builder.add_node(f"node{n}", node)
        builder.add_edge(last, f"node{n}")
        last = f"node{n}"
    return builder.add_edge(last, library.END)


def counted(nodes: int) -> Callable[[], Iterator[State]]:
    """Tells the states of a thread on which so many nodes have counted, newest first."""
    return lambda: ({"n": n} for n in range(nodes, -1, -1))
