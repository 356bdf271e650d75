"""Changing a thread from outside: an update is written as if a node had written it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hilnb.checkpoint.base import Planned
from hilnb.constants import END, START
from hilnb.errors import InvalidUpdateError, did_you_mean
from hilnb.graph.effects import Ask, Failed, Finished, Part, Start, Task, Wait
from hilnb.graph.frontier import advance, in_order, keep, writes_of
from hilnb.graph.plan import load
from hilnb.graph.schema import merge
from hilnb.graph.spec import Action
from hilnb.graph.thread import RETURNED, Run, Thread
from hilnb.types import StateUpdate

__all__ = ["change"]

COPY, INPUT = "__copy__", "__input__"


def change(thread: Thread, run: Run, supersteps: Sequence[Sequence[StateUpdate]]) -> Part[None]:
    """Write updates superstep by superstep (semantics: LangGraph's `bulk_update_state`).

    Raises:
        InvalidUpdateError: A node that does not exist, an update that is none, or an update of which it is unclear
            whose it is.
        ValueError: There is nothing to write.
    """
    if not supersteps or not all(supersteps):
        raise ValueError("there is no update: give a list of supersteps, each a list of StateUpdate(values, as_node).")
    yield from load(thread)
    for updates in supersteps:
        yield from _change(thread, run, updates)


def _change(thread: Thread, run: Run, updates: Sequence[StateUpdate]) -> Part[None]:
    values, as_node, *_ = updates[0]
    alone = len(updates) == 1
    thread.step = max(thread.step, -1)  # a thread that begins with an update has no step for its input
    run.parents = thread.metadata.get("parents", {})
    if alone and as_node == COPY:
        if not thread.point:
            raise InvalidUpdateError("Cannot copy a non-existent checkpoint: this thread has not begun.")
        thread.config = thread.parent or thread.config
        yield from keep(thread, run, "fork", tuple(thread.values))
        return
    if not alone and any(update.as_node is None for update in updates):
        raise InvalidUpdateError("Ambiguous update, specify as_node: of several updates each has to say whose it is.")
    if alone and values is None and as_node == END:
        also = _merge_finished(thread, run)
        thread.joins = {}
        yield from advance(thread, run, [], "update", also)
    else:
        source = "input" if as_node == INPUT else "update"
        done = yield from _write(thread, run, updates)
        yield from advance(thread, run, done, source, () if thread.point else thread.values)


def _merge_finished(thread: Thread, run: Run) -> set[str]:
    """Merge what the tasks of the open superstep have written so far; which keys that was."""
    done = []
    for turn in thread.next:
        if returned := thread.returned(thread.task_id(turn)):
            done.append(Finished(Task(thread, run, turn, thread.program.nodes[turn.name], None), *returned))
    if not done:
        return set()
    thread.ran = tuple(outcome.task.node.name for outcome in done)
    thread.values = dict(thread.values)
    return merge(thread.program.schema.keys, thread.values, writes_of(done))


def _write(thread: Thread, run: Run, updates: Sequence[StateUpdate]) -> Part[list[Finished]]:
    """Let each update be written by its node: the node's conditional edges decide, its function is not called."""
    tasks = [_task(thread, run, update, n) for n, update in enumerate(updates)]
    done: list[Finished] = []
    while len(done) < len(tasks):
        for outcome in (yield Wait() if done else Start(tasks)):
            if isinstance(outcome, Failed):
                raise outcome.error
            done.append(outcome)
    in_order(done)
    merge(thread.program.schema.keys, dict(thread.values), writes_of(done))  # refuse what cannot be before it is shown
    for outcome in done:
        yield from _show(thread, outcome)
    return done


def _task(thread: Thread, run: Run, update: StateUpdate, n: int) -> Task:
    name = START if update.as_node == INPUT else update.as_node or _last_writer(thread)
    nodes = thread.program.nodes
    if name not in nodes:
        choices = [known for known in nodes if known != START]
        raise InvalidUpdateError(
            f"Node {name} does not exist{did_you_mean(name, choices)}. as_node is one of: {', '.join(choices)}."
        )
    node = replace(nodes[name], action=Action(), retry=(), cache=None)
    return Task(thread, run, Planned(name, ("update", n)), node, update.values)


def _last_writer(thread: Thread) -> str:
    """Whose update it is taken to be: the node's that ran last."""
    ran = thread.ran
    if len(set(ran)) > 1:
        raise InvalidUpdateError(
            f"Ambiguous update, specify as_node: the last step ran {', '.join(ran)}. What follows depends on whose "
            "update this is: update_state(config, values, as_node=…)."
        )
    return ran[0] if ran else thread.program.entry


def _show(thread: Thread, outcome: Finished) -> Part[None]:
    """Where the node was about to run at the old checkpoint, show there what was written in its place."""
    for turn in thread.next:
        key = thread.task_id(turn)
        if turn.name == outcome.task.node.name and thread.saver is not None and not thread.returned(key):
            thread.records[key, RETURNED] = (tuple(outcome.writes), tuple(outcome.goto))
            yield Ask(thread.saver, "put_writes", (thread.config, [(RETURNED, thread.records[key, RETURNED])], key))
            return
