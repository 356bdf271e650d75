"""Random graphs, answered at random and killed at random: LangGraph and hilnb agree on how they end."""

from __future__ import annotations

import asyncio
import operator
import random
import threading
import warnings
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated

from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import TypedDict

from tests.compat.libraries import Library

THREAD = {"configurable": {"thread_id": "1"}, "recursion_limit": 100}
KINDS = ["log", "log", "ask", "ask twice", "sends", "loops", "picks", "child", "child that asks"]


class State(TypedDict):
    log: Annotated[list, operator.add]


@dataclass(frozen=True)
class Drawing:
    """A graph to build: node `n<i>` is of the i-th kind; every edge leads to a later node."""

    kinds: tuple[str, ...]
    edges: frozenset[tuple[int, int]]
    joins: tuple[tuple[frozenset[int], int], ...] = ()


@st.composite
def drawings(draw) -> Drawing:
    kinds = tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5)))
    size = len(kinds)
    pairs = [(a, b) for b in range(size) for a in range(-1, b)]  # -1 is START
    edges = {(draw(st.integers(-1, n - 1)), n) for n in range(size)} | draw(st.sets(st.sampled_from(pairs), max_size=3))
    joins = []
    if size > 2 and draw(st.booleans()):
        target = draw(st.integers(2, size - 1))
        sources = draw(st.sets(st.integers(0, target - 1), min_size=2, max_size=2))
        joins.append((frozenset(sources), target))
    return Drawing(kinds, frozenset(edges) | {(-1, 0)}, tuple(joins))


@dataclass
class Built:
    """A drawing, built with a library.

    Attributes:
        graph: Compiled, with a saver.
        ran: How often each node ran.
        busy: How many nodes run right now.
    """

    graph: object
    ran: Counter = field(default_factory=Counter)
    busy: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def running(self, name):
        with self.changed:
            self.ran[name] += 1
            self.busy += 1
        try:
            yield
        finally:
            with self.changed:
                self.busy -= 1
                self.changed.notify_all()

    def settle(self):
        """Wait until no node runs any more that a run which was left had begun."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.busy == 0, timeout=10)


def build(lg, drawing: Drawing) -> Built:
    built = Built(None)
    builder = lg.StateGraph(State).add_node("worker", worker(built))
    for n, kind in enumerate(drawing.kinds):
        name = f"n{n}"
        after = sorted(f"n{b}" for a, b in drawing.edges if a == n)
        builder.add_node(name, node(lg, built, name, kind))
        if kind == "sends":
            builder.add_conditional_edges(name, sending(lg, name, after))
        elif kind == "loops":
            builder.add_conditional_edges(name, looping(lg, name, after))
        elif kind == "picks" and after:
            builder.add_conditional_edges(name, lambda state, after=after: after[len(state["log"]) % len(after)])
        else:
            for target in after:
                builder.add_edge(name, target)
    for _, target in sorted(edge for edge in drawing.edges if edge[0] == -1):
        builder.add_edge(lg.START, f"n{target}")
    for sources, target in drawing.joins:
        builder.add_edge([f"n{source}" for source in sorted(sources)], f"n{target}")
    built.graph = builder.compile(checkpointer=lg.MemorySaver())
    return built


def worker(built):
    def run(sent):
        with built.running("worker"):
            return {"log": sent["log"]}

    return run


def node(lg, built, name, kind):
    if kind.startswith("child"):
        return child(lg, built, name, asks="asks" in kind)

    def run(state):
        with built.running(name):
            asked = [lg.interrupt(f"{name}.{n}") for n in range({"ask": 1, "ask twice": 2}.get(kind, 0))]
            return {"log": [name, *asked]}

    return run


def child(lg, built, name, asks):
    class Inner(TypedDict):
        log: Annotated[list, operator.add]

    def first(state):
        with built.running(f"{name}/first"):
            return {"log": [f"{name}/first"]}

    def second(state):
        with built.running(f"{name}/second"):
            return {"log": [lg.interrupt(f"{name}/second") if asks else f"{name}/second"]}

    builder = lg.StateGraph(Inner).add_node("first", first).add_node("second", second)
    return builder.add_edge(lg.START, "first").add_edge("first", "second").compile()


def sending(lg, name, after):
    return lambda state: [*(lg.Send("worker", {"log": [f"{name}>{n}"]}) for n in range(2)), *after]


def looping(lg, name, after):
    return lambda state: name if state["log"].count(name) < 3 else after or lg.END


def answers_to(questions, choose: random.Random) -> dict[str, str]:
    """Answers to some of the open questions, at least one."""
    chosen = choose.sample(list(questions), choose.randint(1, len(questions)))
    return {question.id: f"{question.value}!" for question in chosen}


def to_the_end(lg, built, seed, awaiting=False):
    """Run, answering a few questions at a time, until nothing is left; the final log."""
    choose = random.Random(seed)
    given = {"log": []}
    for _ in range(60):
        if awaiting:
            asyncio.run(built.graph.ainvoke(given, THREAD))
        else:
            built.graph.invoke(given, THREAD)
        snapshot = built.graph.get_state(THREAD)
        if not snapshot.next:
            return snapshot.values["log"]
        given = lg.Command(resume=answers_to(sorted(snapshot.interrupts, key=lambda q: str(q.value)), choose))
    raise AssertionError("it does not end")


def leave(graph, given, count):
    """Leave a stream after as many events."""
    events = graph.stream(given, THREAD, stream_mode="updates")
    for _ in zip(range(count), events, strict=False):
        pass
    events.close()


async def aleave(graph, given, count):
    events = graph.astream(given, THREAD, stream_mode="updates")
    for _ in range(count):
        await anext(events, None)
    await events.aclose()


def killed_often(lg, built, seed, awaiting=False):
    """The same, but the stream is left after a few events, again and again."""
    choose = random.Random(seed)
    given = {"log": []}
    for _ in range(300):
        if awaiting:
            asyncio.run(aleave(built.graph, given, choose.randint(1, 9)))
        else:
            leave(built.graph, given, choose.randint(1, 9))
        built.settle()
        snapshot = built.graph.get_state(THREAD)
        if snapshot.interrupts and choose.random() < 0.7:
            given = lg.Command(resume=answers_to(sorted(snapshot.interrupts, key=lambda q: str(q.value)), choose))
        elif snapshot.metadata is None:
            given = {"log": []}
        else:
            given = None
        if not snapshot.next and given is None:
            built.graph.invoke(None, THREAD)
            snapshot = built.graph.get_state(THREAD)
            if not snapshot.next:
                return snapshot.values["log"]
    raise AssertionError("it does not end")


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(drawings(), st.integers(0, 9))
def test_random_graphs_end_alike_and_run_no_node_more_often(drawing, seed):
    langgraph, hilnb = Library("langgraph"), Library("hilnb")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        there, here, awaited = (build(lg, drawing) for lg in (langgraph, hilnb, hilnb))

        expected = to_the_end(langgraph, there, seed)

        assert to_the_end(hilnb, here, seed) == expected
        assert to_the_end(hilnb, awaited, seed, awaiting=True) == expected
    assert here.ran.keys() == there.ran.keys()
    assert all(here.ran[name] <= times for name, times in there.ran.items())
    assert here.ran == awaited.ran


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(drawings(), st.integers(0, 9))
def test_random_graphs_that_are_killed_end_like_those_that_are_not(drawing, seed):
    langgraph, hilnb = Library("langgraph"), Library("hilnb")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        expected = to_the_end(langgraph, build(langgraph, drawing), seed)

        assert killed_often(hilnb, build(hilnb, drawing), seed) == expected
        assert killed_often(hilnb, build(hilnb, drawing), seed, awaiting=True) == expected
