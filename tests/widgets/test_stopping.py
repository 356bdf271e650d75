"""Stopping a run by hand, and going on step by step."""

from __future__ import annotations

import asyncio
import operator
import sys
import threading
from itertools import pairwise
from types import SimpleNamespace
from typing import Annotated, TypedDict

import pytest

from hilnb import END, START, MemorySaver, StateGraph, interrupt
from hilnb.widgets import capture
from hilnb.widgets.question import NothingAskedError
from hilnb.widgets.session import Run

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    said: Annotated[list[str], operator.add]


def chain(*nodes, builder=StateGraph, saver=MemorySaver):
    graph = builder(State)
    names = [START, *(node.__name__ for node in nodes), END]
    for node in nodes:
        graph.add_node(node)
    for start, end in pairwise(names):
        graph.add_edge(start, end)
    return graph.compile(checkpointer=saver())


def in_background(leg):
    threading.Thread(target=leg, daemon=True).start()


def started(graph, do=in_background, **options):
    run = Run(graph, THREAD, do=do, **options)
    run.start({"said": ["x"]})
    return run


class Busy:
    """A node that is at work until it may go on; the first time it says that it was there, even so."""

    def __init__(self):
        self.begun, self.go_on, self.over = threading.Event(), threading.Event(), threading.Event()
        self.turns = []

    def busy(self, state):
        turn = len(self.turns)
        self.turns.append(state["said"])
        self.begun.set()
        self.go_on.wait(10)
        print("late" if turn == 0 else "again")
        try:
            return {"said": [f"turn {turn}"]}
        finally:
            self.over.set()


def first(state):
    return {"said": ["first"]}


def last(state):
    return {"said": ["last"]}


def capture_output(monkeypatch):
    """To be called in the test itself: between fixtures and test, pytest exchanges these streams."""
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    capture.install(SimpleNamespace(publish=lambda data: None))


def test_a_run_is_stopped_while_a_node_is_busy_and_what_is_saved_stays(monkeypatch):
    capture_output(monkeypatch)
    node = Busy()
    run = started(chain(first, node.busy, last))
    node.begun.wait(10)

    run.stop()
    run.wait_until_standing()

    assert (run.status, run.stopped_before, run.left_at) == ("stopped", ("busy",), ("busy",))
    assert run.headline == "stopped while busy was at work"
    assert run.state["said"] == ["x", "first"]
    assert run.marks == {"__start__": "done", "first": "done"}
    node.go_on.set()
    assert node.over.wait(10)


def test_what_a_node_does_after_the_stop_goes_nowhere_and_it_starts_again_when_the_run_goes_on(monkeypatch):
    capture_output(monkeypatch)
    node = Busy()
    graph = chain(first, node.busy, last)
    run = started(graph)
    node.begun.wait(10)
    run.stop()
    run.wait_until_standing()
    before = list(graph.get_state_history(THREAD))

    node.go_on.set()
    assert node.over.wait(10)

    assert list(graph.get_state_history(THREAD)) == before
    assert "late" not in str(run)
    run.retry()
    run.wait_until_standing()
    assert (run.status, run.state["said"]) == ("finished", ["x", "first", "turn 1", "last"])
    assert "again" in str(run)
    assert "stopped by hand, while busy was at work" in str(run)


def test_a_late_result_is_not_kept_behind_a_leg_that_has_gone_on(monkeypatch):
    capture_output(monkeypatch)
    late, second = threading.Event(), threading.Event()
    begun = threading.Event()

    def busy(state):
        begun.set()
        if not late.is_set():
            late.set()
            second.wait(10)
            return {"said": ["late"]}
        return {"said": ["again"]}

    graph = chain(busy, last)
    run = started(graph)
    begun.wait(10)
    run.stop()
    run.wait_until_standing()

    run.retry()
    run.wait_until_standing()
    second.set()

    assert run.state["said"] == ["x", "again", "last"]
    assert graph.get_state(THREAD).values["said"] == ["x", "again", "last"]


def test_finished_siblings_are_not_run_again_after_a_stop():
    node, ran = Busy(), []

    def quick(state):
        ran.append("quick")
        return {"said": ["quick"]}

    builder = StateGraph(State).add_node(node.busy).add_node(quick).add_edge(START, "busy").add_edge(START, "quick")
    run = Run(builder.compile(checkpointer=MemorySaver()), THREAD, do=in_background)
    told = threading.Event()
    run.changed = lambda entry: told.set() if entry and entry.kind == "update" else None
    run.start({"said": []})
    assert node.begun.wait(10)
    assert told.wait(10)
    run.stop()
    run.wait_until_standing()
    node.go_on.set()

    run.retry()
    run.wait_until_standing()

    assert ran == ["quick"]
    assert sorted(run.state["said"]) == ["quick", "turn 1"]


def test_async_nodes_are_cancelled():
    begun, cancelled = threading.Event(), threading.Event()

    async def endless(state):
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    run = started(chain(first, endless))
    begun.wait(10)

    run.stop()
    run.wait_until_standing()

    assert cancelled.wait(10)
    assert (run.status, run.left_at, run.state["said"]) == ("stopped", ("endless",), ["x", "first"])


def test_a_stop_before_anything_is_kept_waits_until_there_is_something_to_go_on_from():
    legs = []
    run = started(chain(first, last), do=legs.append)

    run.stop()
    legs.pop()()

    assert (run.status, run.stopped_before) == ("stopped", ("first",))
    run.retry()
    legs.pop()()
    assert run.state["said"] == ["x", "first", "last"]


def test_a_graph_of_langgraphs_stops_when_its_busy_node_has_ended():
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import StateGraph as Theirs

    node = Busy()
    run = started(chain(first, node.busy, last, builder=Theirs, saver=InMemorySaver))
    node.begun.wait(10)

    run.stop()
    assert run.headline == "stopping: busy has to end first"
    node.go_on.set()
    run.wait_until_standing()

    assert (run.status, run.left_at, run.stopped_before) == ("stopped", (), ("last",))
    run.retry()
    run.wait_until_standing()
    assert run.state["said"] == ["x", "first", "turn 0", "last"]


def test_stopping_a_run_that_is_not_at_work_is_refused():
    run = started(chain(first), do=lambda leg: leg())

    with pytest.raises(NothingAskedError, match=r"stop\(\) is for a run that is at work; .*: finished>"):
        run.stop()


@pytest.mark.parametrize("engine", ["hilnb", "langgraph"])
def test_a_stepping_run_stands_before_each_superstep(engine):
    how = {}
    if engine == "langgraph":
        from langgraph.checkpoint.memory import InMemorySaver
        from langgraph.graph import StateGraph as Theirs

        how = {"builder": Theirs, "saver": InMemorySaver}
    run = started(chain(first, last, **how), do=lambda leg: leg(), stepping=True)
    assert (run.status, run.headline, run.state["said"]) == ("stopped", "next: first", ["x"])

    run.step()
    assert (run.headline, run.state["said"]) == ("next: last", ["x", "first"])
    run.step()

    assert (run.status, run.state["said"]) == ("finished", ["x", "first", "last"])


def test_a_stepping_run_asks_in_its_step_and_stands_before_the_next():
    def ask(state):
        return {"said": [interrupt("Name?")]}

    run = started(chain(ask, last), do=lambda leg: leg(), stepping=True)
    run.step()
    assert run.headline == "ask asks 'Name?'"

    run.submit("Ada")
    assert run.headline == "next: last"
    run.retry()

    assert run.state["said"] == ["x", "Ada", "last"]


def test_running_on_goes_to_the_end_and_a_step_can_be_taken_at_any_stop():
    def third(state):
        return {"said": ["third"]}

    run = started(chain(first, last, third), do=lambda leg: leg(), stepping=True)
    run.step()

    run.retry()

    assert (run.status, run.stepping) == ("finished", False)
