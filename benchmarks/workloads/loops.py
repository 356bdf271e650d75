"""Loops: one node, or one graph within a graph, run again and again on the same thread."""

from __future__ import annotations

from typing import Any, TypedDict

from benchmarks.engines import Library
from benchmarks.graph_job import config_of, graph_job
from benchmarks.job import Job, Workload, plain
from benchmarks.keeping import Keep, Keeping, State
from benchmarks.loop_job import loop_job
from benchmarks.workloads.chains import Count, chain_of, counted, one_more

__all__ = ["cycle", "history", "subgraphs", "wide"]


def cycle(times: int, keeping: Keeping, goal: float | None) -> Workload:
    """One call of a graph whose only node comes after itself."""

    def graph(library: Library) -> Job:
        builder = _again_until(library, Count, one_more, times)
        return graph_job(library, builder, lambda invoke: invoke({"n": 0}), keeping)

    return Workload(
        f"cycle/{times}/{keeping}",
        f"one node looping {times} times",
        goal,
        graph,
        lambda: loop_job(_counting(times), keeping),
        final={"n": times},
        history=counted(times),
    )


def subgraphs(times: int, keeping: Keeping, goal: float | None) -> Workload:
    """A node that is a graph whose node is a graph, looping."""

    def graph(library: Library) -> Job:
        inner = chain_of(library, [one_more]).compile()
        middle = chain_of(library, [inner]).compile()
        builder = _again_until(library, Count, middle, times)
        return graph_job(library, builder, lambda invoke: invoke({"n": 0}), keeping, levels=2)

    def loop(keep: Keep | None) -> State:
        outer = {"n": 0}
        if keep:
            keep(outer)
        while outer["n"] < times:
            middle = dict(outer)
            if keep:
                keep(middle)
            inner = dict(middle)
            if keep:
                keep(inner)
            inner.update(one_more(inner))
            if keep:
                keep(inner)
            middle.update(inner)
            if keep:
                keep(middle)
            outer.update(middle)
            if keep:
                keep(outer)
        return outer

    return Workload(
        f"subgraph/{times}x2/{keeping}",
        f"{times} times two levels of subgraphs",
        goal,
        graph,
        lambda: loop_job(loop, keeping),
        final={"n": times},
        history=lambda: (
            [{"n": n} for turn in range(times, 0, -1) for n in (turn, turn, turn, turn - 1, turn - 1)] + [{"n": 0}]
        ),
    )


def wide(keys: int, steps: int, keeping: Keeping, goal: float | None) -> Workload:
    """A state of many keys, each of them written in each step."""
    names = [f"key{n}" for n in range(keys)]
    shape = TypedDict("Wide", dict.fromkeys(names, int))  # type: ignore[misc]

    def add_one_to_all(state: Any) -> State:
        return {name: state[name] + 1 for name in names}

    def graph(library: Library) -> Job:
        builder = _again_until(library, shape, add_one_to_all, steps, key=names[-1])
        return graph_job(library, builder, lambda invoke: invoke(dict.fromkeys(names, 0)), keeping)

    def loop(keep: Keep | None) -> State:
        state = dict.fromkeys(names, 0)
        if keep:
            keep(state)
        for _ in range(steps):
            state.update(add_one_to_all(state))
            if keep:
                keep(state)
        return state

    return Workload(
        f"wide/{keys}x{steps}/{keeping}",
        f"{keys} keys, {steps} steps that write them all",
        goal,
        graph,
        lambda: loop_job(loop, keeping),
        final=dict.fromkeys(names, steps),
        history=None if keeping == "none" else lambda: (dict.fromkeys(names, n) for n in range(steps, -1, -1)),
    )


def history(checkpoints: int, goal: float | None) -> Workload:
    """Read all of a thread's history; the thread is filled untimed."""
    times = checkpoints - 2  # what the call was given, and the state it made of that, are checkpoints too

    def graph(library: Library) -> Job:
        kept = _again_until(library, Count, one_more, times).compile(checkpointer=library.MemorySaver())
        kept.invoke({"n": 0}, config_of("full"))
        return Job(
            lambda thread: list(kept.get_state_history(config_of("full"))),
            result=lambda snapshots: [plain(snapshot.values) for snapshot in snapshots],
        )

    def loop() -> Job:
        past: list[State] = [{}]
        _counting(times)(lambda state: past.append(dict(state)))
        return Job(lambda thread: [dict(state) for state in reversed(past)])

    return Workload(
        f"history/{checkpoints}",
        f"get_state_history over {checkpoints} checkpoints, all",
        goal,
        graph,
        loop,
        final=[*counted(times)(), {}],
    )


def _counting(times: int) -> Any:
    """The hand-written loop of everything here that counts."""

    def loop(keep: Keep | None) -> State:
        state = {"n": 0}
        if keep:
            keep(state)
        while state["n"] < times:
            state.update(one_more(state))
            if keep:
                keep(state)
        return state

    return loop


def _again_until(library: Library, shape: Any, node: Any, times: int, key: str = "n") -> Any:
    """A graph whose node comes after itself until `key` has reached `times`."""

    def route(state: Any) -> str:
        return "again" if state[key] < times else library.END

    builder = library.StateGraph(shape)
    builder.add_node("again", node)
    builder.add_edge(library.START, "again")
    return builder.add_conditional_edges("again", route, ["again", library.END])
