"""A task that the code of a node calls: a little plan of its own, carried out beside the node."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from hilnb import _context
from hilnb.checkpoint.base import Planned
from hilnb.errors import GraphInterrupt
from hilnb.graph.adrive import begin
from hilnb.graph.drive import drive
from hilnb.graph.effects import Event, Failed, Finished, Outcome, Paused, Plan, Start, Task
from hilnb.graph.events import tell_end, tell_start, tell_update
from hilnb.graph.schema import RESULT
from hilnb.graph.spec import Node
from hilnb.graph.superstep import record
from hilnb.graph.thread import Run, Thread

__all__ = ["begin_task"]


def begin_task(node: Node, given: tuple[tuple[Any, ...], dict[str, Any]]) -> Future[Any] | asyncio.Future[Any]:
    """Begin a task in the turn of the node that is running; a future of what it returns.

    Its place is the number of the call, so a node that runs again gets what the task has returned before.

    Raises:
        RuntimeError: No node is running here, or the task is an async function and the run is not.
    """
    here = _context.running(f"the task {node.name!r}")
    if here.is_away:
        raise RuntimeError(
            f"the task {node.name!r} was called by a node that runs on an executor: what tasks do is kept by the "
            "process that runs the graph. Call a plain function there, or make the task a node."
        )
    if node.action.awaits and here.loop is None:
        raise RuntimeError(
            f"the task {node.name!r} is an async function, so nothing can run it here: call ainvoke or astream, or "
            "make it a plain function."
        )
    thread, run, place = here.thread, here.run, here.place
    turn = Planned(node.name, ("__pregel_push", *place.path, len(here.calls), True))
    task = Task(thread, run, turn, node, given, resumed=here.resumed)
    task.called_in(here)
    tell = here.tell
    if tell is not None:
        task.tell = partial(_tell_in_task, tell, here, thread)
        for event in drive(tell_start(thread, run, task)):
            tell(event)
    outcomes: list[Outcome] = []
    future = begin(_play(thread, run, task, outcomes), partial(_result, outcomes))
    here.calls = [*here.calls, future]
    return future


def _tell_in_task(tell: Callable[[Event], None], here: _context.Running, thread: Thread, event: Event) -> None:
    """Tell what a task says: models as if the graph itself said it, all else so for those who hear no nested graphs."""
    ns, mode, said = event
    own = ns == here.ns and (mode == "messages" or not here.run.nested)
    tell((thread.ns if own else ns, mode, said))


def _play(thread: Thread, run: Run, task: Task, outcomes: list[Outcome]) -> Plan:
    """Run the task, unless it has returned before, and keep and tell what comes of it."""
    if earlier := thread.returned(task.id):
        outcomes.append(Finished(task, *earlier))
        return
    (outcome,) = yield Start([task])
    if isinstance(outcome, Finished):
        yield from record(thread, outcome)
        yield from tell_update(thread, run, outcome)
    elif isinstance(outcome, Failed) and isinstance(outcome.error, Exception):
        outcome.error.add_note(f"During task with name {task.node.name!r} and id {task.id!r}")
        yield from record(thread, outcome)
        yield from tell_end(thread, run, task, error=outcome.error)
    outcomes.append(outcome)


def _result(outcomes: list[Outcome]) -> Any:
    """What the task returned, or raised, or asks."""
    (outcome,) = outcomes
    if isinstance(outcome, Paused):
        raise GraphInterrupt(outcome.interrupts)
    if isinstance(outcome, Failed):
        raise outcome.error
    return dict(outcome.writes)[RESULT]
