"""What happens in a run, superstep by superstep: a generator that does nothing itself and asks a driver for everything.

Read `play` first; it is the whole story. A thread between two supersteps is a checkpoint: the state, and the frontier,
which is what runs next. While a superstep runs, the saver keeps a record of each task: what it returned, asked, was
told or failed with. So a run that stops, at a question or by a failure, goes on from exactly there.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from hilnb.checkpoint.base import Checkpoint, Planned, new_id
from hilnb.constants import END, START
from hilnb.errors import EmptyInputError, GraphRecursionError
from hilnb.graph.answers import answer, tell
from hilnb.graph.effects import Ask, Failed, Finished, Outcome, Part, Paused, Plan, Start, Task, Wait
from hilnb.graph.events import task_begins, task_ends, tell_pause, tell_update, tell_values
from hilnb.graph.schema import merge
from hilnb.graph.spec import Node
from hilnb.graph.thread import ASKED, FAILED, RETURNED, TOLD, Run, Thread
from hilnb.types import Command, Send

__all__ = ["play"]

# ── the story ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def play(thread: Thread, run: Run) -> Plan:
    """Play a run to its end, its next question, or its failure (semantics: LangGraph's, one superstep after another).

    Raises:
        EmptyInputError: There is nothing to start from.
        GraphRecursionError: `recursion_limit` supersteps were not enough.
        UnknownInterruptError: An answer names a question that is not open.
        Exception: What a node raised. Its siblings' work is kept, and `invoke(None, config)` tries again.
    """
    yield from _load(thread)
    written = yield from _begin(thread, run)
    left = run.config.get("recursion_limit", 10007)
    while thread.next:
        opening = thread.next[0].name == START
        done, paused = yield from _superstep(thread, run)
        if paused:
            yield from _stop_at(thread, run, done, paused, written)
            return
        changed = yield from _advance(thread, done)
        if changed:
            written = True
            yield from tell_values(run.modes, thread.values)
        left -= not opening
        if left == 0:
            raise GraphRecursionError(
                f"Recursion limit of {run.config.get('recursion_limit', 10007)} reached without hitting a stop "
                "condition. Look for a loop that never ends; if it needs more steps, raise the limit: "
                'invoke(input, {"recursion_limit": …}).'
            )
    run.output = dict(thread.values) if written else None


def _load(thread: Thread) -> Part[None]:
    """Bring a thread to where its saver has it."""
    if thread.saver is not None:
        saved = yield Ask(thread.saver, "get_tuple", (thread.config,))
        if saved is not None:
            thread.adopt(saved)


# ── how a run begins ──────────────────────────────────────────────────────────────────────────────────────────────────


def _begin(thread: Thread, run: Run) -> Part[bool]:
    """Put the input on the frontier, or the answers where they belong; whether there is a state to show already."""
    known, given = bool(thread.point), run.input
    if run.inherited is not None and known:  # the node that called this graph runs again: go on where we were
        yield from tell(thread, run.inherited)
        return True
    if isinstance(given, Command):
        yield from answer(thread, given)
        given = None if known else {}
    if given is None:
        if not known:
            raise EmptyInputError(
                "Received no input for __start__: invoke(None, config) goes on with a thread, and this one has not "
                "begun. Give the run a state to begin with."
            )
        yield from tell_values(run.modes, thread.values)
        return True
    thread.schema.updates(given)  # refuse what is not a state before anything is kept
    fresh = set() if known else set(thread.values)
    thread.next, thread.joins = (Planned(START, ("__pregel_pull", START), given),), {}
    yield from _keep(thread, "input", fresh)
    return known


# ── one superstep ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _superstep(thread: Thread, run: Run) -> Part[tuple[list[Finished], list[Paused]]]:
    """Run what is on the frontier and has not run yet; what finished, and what now waits for a person."""
    tasks = [_task(thread, run, turn) for turn in thread.next]
    if "tasks" in run.modes:
        for task in tasks:
            if task.node.action is not None:
                yield task_begins(task)
    done: list[Finished] = []
    paused: list[Paused] = []
    failed: list[Failed] = []
    for task in tasks:
        if earlier := thread.returned(task.id):
            done.append(Finished(task, *earlier))
            yield from tell_update(run.modes, done[-1], replayed=True)
        elif thread.awake is not None and task.id not in thread.awake and thread.open_questions(task.id):
            paused.append(Paused(task, thread.open_questions(task.id)))
    for waiting in paused:
        yield from tell_pause(run.modes, thread.values, waiting)
    idle = {outcome.task.id for outcome in done} | {outcome.task.id for outcome in paused}
    to_run = [task for task in tasks if task.id not in idle]
    thread.awake = None
    yield Start(to_run)
    for _ in to_run:
        outcome = yield Wait()
        yield from _record(thread, outcome)
        match outcome:
            case Finished():
                done.append(outcome)
                yield from tell_update(run.modes, outcome)
            case Paused():
                paused.append(outcome)
                yield from tell_pause(run.modes, thread.values, outcome)
            case Failed():
                failed.append(outcome)
                if "tasks" in run.modes:
                    yield task_ends(outcome.task, error=outcome.error)
    if failed:
        raise _noted(failed)
    return done, paused


def _task(thread: Thread, run: Run, turn: Planned) -> Task:
    node, key = thread.nodes[turn.name], thread.task_id(turn)
    is_own = turn.name == START or turn.path[0] == "__pregel_push"
    try:
        given = turn.arg if is_own else thread.schema.view(thread.values)
    except Exception as error:
        error.add_note(f"The state does not fit the schema, so node {turn.name!r} could not be given it.")
        raise
    told = {**(run.inherited or {}), **thread.records.get((key, TOLD), {})}
    ns = (*thread.ns, f"{turn.name}:{key}")
    return Task(key, turn, node, given, thread.values, thread.schema, thread.nodes, run.config, ns, thread.saver, told)


def _record(thread: Thread, outcome: Outcome) -> Part[None]:
    records: list[tuple[str, Any]]
    match outcome:
        case Finished(_, writes, goto):
            records = [(RETURNED, (list(writes), list(goto)))]
        case Paused(_, interrupts):
            records = [(ASKED, interrupts)]
        case Failed(_, error):
            records = [(FAILED, repr(error))]
    if not isinstance(outcome, Failed) and (outcome.task.id, FAILED) in thread.records:
        records.append((FAILED, None))  # an earlier attempt's failure is over
    for kind, value in records:
        thread.records[outcome.task.id, kind] = value
    if thread.saver is not None:
        yield Ask(thread.saver, "put_writes", (thread.config, records, outcome.task.id))


def _noted(failed: Sequence[Failed]) -> BaseException:
    """The first failure, saying where it happened and what else failed."""
    first, *others = failed
    first.error.add_note(f"During task with name {first.task.node.name!r} and id {first.task.id!r}")
    for other in others:
        first.error.add_note(f"In the same step {other.task.node.name!r} failed too: {other.error!r}")
    return first.error


def _advance(thread: Thread, done: list[Finished]) -> Part[set[str]]:
    """Merge what the step wrote, work out what follows, and keep both; the keys that were written."""
    # Reducers need not commute: apply updates in task order, not finishing order.
    done.sort(key=lambda outcome: outcome.task.place.path)
    values = dict(thread.values)
    try:
        changed = merge(thread.schema.keys, values, _writes(done))
    except Exception as error:
        yield from _take_back(thread, done, error)
        raise
    thread.values = values
    thread.next, thread.joins = _follow(thread.nodes, done, thread.joins)
    yield from _keep(thread, "loop", changed)
    return changed


def _take_back(thread: Thread, done: Sequence[Finished], error: Exception) -> Part[None]:
    """Count the node whose update cannot be merged as failed, so that trying again runs it and not its siblings."""
    outcome = done[-1]
    for n, outcome in enumerate(done, 1):  # noqa: B007 - the one it breaks at is used below
        try:
            merge(thread.schema.keys, dict(thread.values), _writes(done[:n]))
        except Exception:
            break
    error.add_note(f"While merging the update of node {outcome.task.node.name!r}: {dict(outcome.writes)}")
    if thread.saver is not None:
        writes = [(RETURNED, None), (FAILED, repr(error))]
        yield Ask(thread.saver, "put_writes", (thread.config, writes, outcome.task.id))


def _writes(done: Iterable[Finished]) -> list[tuple[str, str, Any]]:
    return [(outcome.task.node.name, key, value) for outcome in done for key, value in outcome.writes]


def _follow(
    nodes: Mapping[str, Node], done: Sequence[Finished], joins: Mapping[Any, frozenset[str]]
) -> tuple[tuple[Planned, ...], dict[Any, frozenset[str]]]:
    """The frontier after a step, and the joins still waiting: Sends in the order they were sent, then nodes by name."""
    names: set[str] = set()
    sends: list[Send] = []
    waiting = dict(joins)
    for outcome in done:
        node = outcome.task.node
        names.update(node.targets)
        for target in outcome.goto:
            sends.append(target) if isinstance(target, Send) else names.add(target)
        for join in node.joins:
            key = (join.sources, join.target)
            arrived = waiting.pop(key, frozenset()) | {node.name}
            if arrived == set(join.sources):
                names.add(join.target)
            else:
                waiting[key] = arrived
    pushed = [Planned(send.node, ("__pregel_push", n, False), send.arg) for n, send in enumerate(sends)]
    pulled = [Planned(name, ("__pregel_pull", name)) for name in sorted(names) if name != END]
    return (*pushed, *pulled), waiting


def _keep(thread: Thread, source: str, changed: Collection[str]) -> Part[None]:
    """Take a checkpoint."""
    thread.point, thread.step, thread.records = new_id(), thread.step + 1, {}
    if thread.saver is not None:
        point = Checkpoint(thread.point, time.time(), thread.values, thread.next, thread.joins)
        metadata = {"source": source, "step": thread.step, "parents": {}}
        thread.config = yield Ask(thread.saver, "put", (thread.config, point, metadata, changed))


def _stop_at(thread: Thread, run: Run, done: list[Finished], paused: list[Paused], written: bool) -> Part[None]:
    """Leave the run at its questions, showing what the finished siblings wrote; it is merged when all are done."""
    done.sort(key=lambda outcome: outcome.task.place.path)
    changed = merge(thread.schema.keys, thread.values, _writes(done))
    if changed:
        yield from tell_values(run.modes, thread.values)
    paused.sort(key=lambda outcome: thread.next.index(outcome.task.place))
    run.output = dict(thread.values) if written or changed else None
    run.interrupts = [question for outcome in paused for question in outcome.interrupts]
