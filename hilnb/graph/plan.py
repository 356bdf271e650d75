"""What happens in a run, superstep by superstep: a generator that does nothing itself and asks a driver for everything.

Read `play` first; it is the whole story. A thread between two supersteps is a checkpoint: the state, and the frontier,
which is what runs next. While a superstep runs, the saver keeps a record of each task: what it returned, asked, was
told or failed with. So a run that stops, at a question or by a failure, goes on from exactly there.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from hilnb._context import Running
from hilnb.checkpoint.base import Checkpoint, Planned, new_id
from hilnb.constants import END, START
from hilnb.errors import (
    EmptyInputError,
    GraphDrained,
    GraphError,
    GraphRecursionError,
    InvalidUpdateError,
    NodeError,
    ParentCommand,
)
from hilnb.graph.answers import answer, tell
from hilnb.graph.effects import Ask, Emit, Failed, Finished, Outcome, Part, Paused, Plan, Said, Start, Task, Wait
from hilnb.graph.events import tell_checkpoint, tell_end, tell_pause, tell_start, tell_update, tell_values
from hilnb.graph.schema import merge
from hilnb.graph.spec import Node
from hilnb.graph.thread import ASKED, FAILED, OUTSIDE, RETURNED, TOLD, Run, Thread, planned
from hilnb.types import Command, Send

__all__ = ["advance", "keep", "load", "play", "task_of", "writes_of"]

LIMIT = 10007
"""The most supersteps a run may take where its config does not say; LangGraph's number."""


# ── the story ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def play(thread: Thread, run: Run) -> Plan:
    """Play a run to its end, its next question, or its failure (semantics: LangGraph's, one superstep after another).

    Raises:
        EmptyInputError: There is nothing to start from.
        GraphRecursionError: `recursion_limit` supersteps were not enough.
        UnknownInterruptError: An answer names a question that is not open.
        Exception: What a node raised. Its siblings' work is kept, and `invoke(None, config)` tries again.
    """
    yield from load(thread)
    thread.unkept = set() if run.at_the_end else None
    try:
        written, resumed = yield from _begin(thread, run)
        yield from _go_on(thread, run, written, resumed)
    finally:
        if thread.unkept is not None and thread.saver is not None:
            yield from _keep_last(thread, run)


def _go_on(thread: Thread, run: Run, written: bool, resumed: bool) -> Part[None]:
    left = limit = run.config.get("recursion_limit", LIMIT)
    while thread.next:
        if run.control is not None and run.control.drain_requested:
            raise GraphDrained(run.control.drain_reason)
        opening = thread.next[0].name == START
        if not resumed and not opening and _hits(run.before, [turn.name for turn in thread.next]):
            yield from _stop_between(thread, run, written)
            return
        done, paused = yield from _superstep(thread, run, left, resumed)
        if paused:
            yield from _stop_at(thread, run, done, paused, written)
            return
        changed = yield from advance(thread, run, done)
        resumed, written = False, written or bool(changed)
        if not opening:
            if _hits(run.after, thread.ran):
                yield from _stop_between(thread, run, written)
                return
            left -= 1
        if left == 0:
            raise GraphRecursionError(
                f"Recursion limit of {limit} reached without hitting a stop condition. Look for a loop that never "
                'ends; if it needs more steps, raise the limit: invoke(input, {"recursion_limit": …}).'
            )
    run.output = thread.shown() if written else None


def load(thread: Thread) -> Part[None]:
    """Bring a thread to where its saver has it."""
    thread.pinned = "checkpoint_id" in thread.config.get("configurable", {})
    if thread.saver is not None:
        saved = yield Ask(thread.saver, "get_tuple", (thread.config,))
        if saved is not None:
            thread.adopt(saved)
        elif thread.pinned:
            raise ValueError(f"no such checkpoint: {thread.config}. get_state_history() lists those of a thread.")


# ── how a run begins ──────────────────────────────────────────────────────────────────────────────────────────────────


def _begin(thread: Thread, run: Run) -> Part[tuple[bool, bool]]:
    """Put the input on the frontier, or the answers where they belong.

    Returns:
        Whether there is a state to show already, and whether the run goes on with what an earlier one began.
    """
    known, given = bool(thread.point), run.input
    if run.inherited is not None and known and (run.resumed or not run.lasting):
        yield from tell(thread, run.inherited)  # the node that called this graph runs again: go on where we were
        yield from tell_values(thread, run)
        return True, True
    if isinstance(given, Command):
        if given.graph is not None:
            raise InvalidUpdateError(f"There is no parent graph: {given} was given as input.")
        if known and thread.pinned and _is_answered(thread):
            yield from keep(thread, run, "fork", ())  # another answer to an old question makes a branch
        yield from answer(thread, given)
        if known and (given.update is not None or given.goto):
            yield from _add_from_outside(thread, run, given)
        given = None if known else replace(given, resume=None)
    elif given is None and known and thread.pinned and thread.metadata["source"] not in ("update", "fork"):
        yield from keep(thread, run, "fork", ())
    if given is None:
        if not known:
            raise EmptyInputError(
                "Received no input for __start__: invoke(None, config) goes on with a thread, and this one has not "
                "begun. Give the run a state to begin with."
            )
        if outside := thread.returned(OUTSIDE):
            thread.go_also(outside[1])
        yield from tell_values(thread, run)
        yield from tell_checkpoint(thread, run, _metadata(thread, run, ""), thread.parent or {"configurable": {}})
        return True, True
    if not isinstance(given, Command):
        thread.program.schema.updates(given)  # refuse what is not a state before anything is kept
    fresh = set() if known else set(thread.values)
    thread.next, thread.joins = (Planned(START, ("__pregel_pull", START), given),), {}
    yield from keep(thread, run, "input", fresh)
    return known, False


def _is_answered(thread: Thread) -> bool:
    """Whether all that was asked at this checkpoint has had its answer."""
    tasks = [thread.task_id(turn) for turn in thread.next]
    asked = any((task, ASKED) in thread.records for task in tasks)
    return asked and not any(thread.open_questions(task) for task in tasks)


def _add_from_outside(thread: Thread, run: Run, command: Command[Any]) -> Part[None]:
    """A caller's own update and goto: recorded with the checkpoint, as if one more task of its step wrote them."""
    nothing: tuple[list[Any], list[Any]] = ([], [])
    before = thread.returned(OUTSIDE) or nothing
    outside = replace(thread.program.nodes[START], branches=(), targets=(), joins=())
    task = task_of(thread, run, Planned(START, (OUTSIDE,)), outside, replace(command, resume=None))
    yield Start([task])
    outcome = yield Wait()
    if isinstance(outcome, Failed):
        raise outcome.error
    merge(thread.program.schema.keys, thread.values, [("the caller", key, value) for key, value in outcome.writes])
    record = ([*before[0], *outcome.writes], [*before[1], *outcome.goto])
    thread.records[OUTSIDE, RETURNED] = record
    if thread.saver is not None:
        yield Ask(thread.saver, "put_writes", (thread.config, [(RETURNED, record)], OUTSIDE))


# ── one superstep ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _superstep(thread: Thread, run: Run, left: int, resumed: bool) -> Part[tuple[list[Finished], list[Paused]]]:
    """Run what is on the frontier and has not run yet; what finished, and what now waits for a person."""
    tasks = [_task(thread, run, turn, left, resumed) for turn in thread.open_turns()]
    if run.modes:
        for task in tasks:
            yield from tell_start(thread, run, task)
    done: list[Finished] = []
    paused: list[Paused] = []
    failed: list[Failed] = []
    for task in tasks:
        if earlier := thread.returned(task.id):
            done.append(Finished(task, *earlier))
            yield from tell_update(thread, run, done[-1], replayed=True)
        elif thread.awake is not None and task.id not in thread.awake and thread.open_questions(task.id):
            paused.append(Paused(task, thread.open_questions(task.id)))
    for waiting in paused:
        yield from tell_pause(thread, run, waiting)
    idle = {outcome.task.id for outcome in done} | {outcome.task.id for outcome in paused}
    to_run = [task for task in tasks if task.id not in idle]
    thread.awake = None
    yield Start(to_run, _is_live(run))
    running = len(to_run)
    while running:
        outcome = yield Wait()
        if isinstance(outcome, Said):
            yield Emit(outcome.event)
            continue
        running -= 1
        yield from _record(thread, outcome)
        match outcome:
            case Finished():
                done.append(outcome)
                if run.modes:
                    yield from tell_update(thread, run, outcome)
            case Paused():
                paused.append(outcome)
                yield from tell_pause(thread, run, outcome)
            case Failed(task, error):
                if not isinstance(error, ParentCommand):
                    yield from tell_end(thread, run, task, error=error)
                if task.node.handler is not None and isinstance(error, Exception):
                    turn = task.place._replace(path=(*task.place.path, "handler"))
                    yield Start([_handling(thread, run, turn, task.node, left, False, error)], _is_live(run))
                    running += 1
                else:
                    failed.append(outcome)
    if failed:
        raise _noted(run, failed)
    return done, paused


def _is_live(run: Run) -> bool:
    """Whether somebody listens to what nodes say while they run."""
    return run.nested or "custom" in run.modes or "messages" in run.modes


def _task(thread: Thread, run: Run, turn: Planned, left: int, resumed: bool) -> Task:
    """The turn of a node on the frontier."""
    node = thread.program.nodes.get(turn.name)
    if node is None:
        raise GraphError(
            f"the thread stands before {turn.name!r}, which is no node of this graph: is it another graph's?"
        )
    if turn.path[-1] == "handler":
        return _handling(thread, run, turn, node, left, resumed)
    try:
        is_own = turn.name == START or turn.path[0] == "__pregel_push"
        given = turn.arg if is_own else node.schema.view(thread.values, left)
    except Exception as error:
        error.add_note(f"The state does not fit the schema, so node {turn.name!r} could not be given it.")
        raise
    return task_of(thread, run, turn, node, given, left, resumed)


def task_of(
    thread: Thread, run: Run, turn: Planned, node: Node, given: Any, left: int = 0, resumed: bool = False
) -> Task:
    """A turn with everything the node and its code need."""
    key = thread.task_id(turn)
    ns = (*thread.ns, f"{turn.name}:{key}")
    here = Running(
        ns,
        run.config,
        thread.saver,
        run.pausable,
        {**(run.inherited or {}), **thread.records.get((key, TOLD), {})},
        resumed,
        {**run.parents, "|".join(thread.ns): thread.point},
        run.modes,
        run.nested,
        about=partial(_about, turn, node, thread.step + 1, ns),
        runtime=run.runtime,
        at_the_end=run.at_the_end,
        heard=run.heard,
    )
    return Task(key, turn, node, given, thread.values, thread.program, left, here)


def _about(turn: Planned, node: Node, step: int, ns: tuple[str, ...]) -> dict[str, Any]:
    """What a task's config says of it, in LangGraph's words."""
    return {
        "langgraph_step": step,
        "langgraph_node": turn.name,
        "langgraph_triggers": ("__pregel_push",) if turn.path[0] == "__pregel_push" else node.triggers,
        "langgraph_path": turn.path,
        "langgraph_checkpoint_ns": "|".join(ns),
        **(node.metadata or {}),
    }


def _handling(
    thread: Thread, run: Run, turn: Planned, node: Node, left: int, resumed: bool, error: Exception | None = None
) -> Task:
    """The turn of the handler of a node that failed; of a failure in an earlier run only the text is known."""
    handler = node.handler
    assert handler is not None
    if error is None:
        failed = thread.task_id(turn._replace(path=turn.path[:-1]))
        error = RuntimeError(thread.records.get((failed, FAILED)))
    made = task_of(thread, run, turn, handler, handler.schema.view(thread.values, left), left, resumed)
    return replace(made, error=NodeError(node.name, error))


def _record(thread: Thread, outcome: Outcome) -> Part[None]:
    records: list[tuple[str, Any]]
    if isinstance(outcome, Failed) and isinstance(outcome.error, ParentCommand):
        return
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
    if thread.saver is not None and thread.unkept is None:
        yield Ask(thread.saver, "put_writes", (thread.config, records, outcome.task.id))


def _noted(run: Run, failed: Sequence[Failed]) -> BaseException:
    """The first failure, saying where it happened and what else failed."""
    first, *others = failed
    if isinstance(first.error, ParentCommand):
        if run.inherited is None:
            return InvalidUpdateError(
                f"There is no parent graph: {first.task.node.name!r} returned {first.error.command}."
            )
    else:
        first.error.add_note(f"During task with name {first.task.node.name!r} and id {first.task.id!r}")
        for other in others:
            first.error.add_note(f"In the same step {other.task.node.name!r} failed too: {other.error!r}")
    return first.error


# ── from one step to the next ─────────────────────────────────────────────────────────────────────────────────────────


def advance(
    thread: Thread, run: Run, done: list[Finished], source: str = "loop", also: Collection[str] = ()
) -> Part[set[str]]:
    """Merge what the step wrote, work out what follows, and keep both.

    Args:
        thread: Changed in place.
        run: The call.
        done: What finished.
        source: For the checkpoint's metadata.
        also: The keys that were written before.

    Returns:
        The keys that were written, as far as their change is worth telling.
    """
    # Reducers need not commute: apply updates in task order, not finishing order.
    done.sort(key=lambda outcome: outcome.task.place.path)
    values = dict(thread.values)
    try:
        changed = merge(thread.program.schema.keys, values, writes_of(done)) | set(also)
    except Exception as error:
        yield from _take_back(thread, done, error)
        raise
    if outside := thread.returned(OUTSIDE):
        changed |= {key for key, _ in outside[0]}
    thread.values = values
    thread.next, thread.joins = _follow(thread.program.nodes, done, thread.joins)
    thread.ran = tuple(outcome.task.node.name for outcome in done) or thread.ran
    told = changed if run.keys is None else changed.intersection(run.keys)
    if told and source == "loop":
        yield from tell_values(thread, run)
    yield from keep(thread, run, source, changed)
    return told


def _take_back(thread: Thread, done: Sequence[Finished], error: Exception) -> Part[None]:
    """Count the node whose update cannot be merged as failed, so that trying again runs it and not its siblings."""
    outcome = done[-1]
    for n, outcome in enumerate(done, 1):  # noqa: B007 - the one it breaks at is used below
        try:
            merge(thread.program.schema.keys, dict(thread.values), writes_of(done[:n]))
        except Exception:
            break
    error.add_note(f"While merging the update of node {outcome.task.node.name!r}: {dict(outcome.writes)}")
    if thread.saver is not None:
        writes = [(RETURNED, None), (FAILED, repr(error))]
        yield Ask(thread.saver, "put_writes", (thread.config, writes, outcome.task.id))


def writes_of(done: Iterable[Finished]) -> list[tuple[str, str, Any]]:
    """What finished tasks wrote: `(node, key, value)`."""
    return [(outcome.task.node.name, key, value) for outcome in done for key, value in outcome.writes]


def _follow(
    nodes: Mapping[str, Node], done: Sequence[Finished], joins: Mapping[Any, frozenset[str]]
) -> tuple[tuple[Planned, ...], dict[Any, frozenset[str]]]:
    """The frontier after a step, and what still waits: joins for their sources, deferred nodes for everything else."""
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
    names.discard(END)
    for name in [name for name in names if nodes[name].defer]:
        names.discard(name)
        waiting[(), name] = frozenset()
    if not names and not sends:
        names = {name for sources, name in waiting if not sources}
        waiting = {key: arrived for key, arrived in waiting.items() if key[0]}
    return planned(sends, names), waiting


def keep(thread: Thread, run: Run, source: str, changed: Collection[str]) -> Part[None]:
    """Take a checkpoint."""
    thread.step, thread.records = thread.step + 1, {}
    if thread.saver is None:
        # A graph that is not kept, in a node that runs again, has to ask under the same ids: they come from its place.
        thread.point = f"{'|'.join(thread.ns)}:{thread.step}" if thread.ns else new_id()
        return
    thread.point, parent = new_id(), thread.config
    thread.metadata, thread.parent = {}, parent
    if thread.unkept is not None:
        thread.unkept.update(changed)
        return
    yield from _put(thread, run, source, changed)
    yield from tell_checkpoint(thread, run, _metadata(thread, run, source), parent)


def _put(thread: Thread, run: Run, source: str, changed: Collection[str]) -> Part[None]:
    point = Checkpoint(thread.point, time.time(), thread.values, thread.next, thread.joins, thread.ran)
    metadata = _metadata(thread, run, source)
    thread.config = yield Ask(thread.saver, "put", (thread.config, point, metadata, changed))


def _metadata(thread: Thread, run: Run, source: str) -> dict[str, Any]:
    own = {"source": source, "step": thread.step, "parents": dict(run.parents)}
    return {**run.metadata, **(own if source else thread.metadata)}


def _keep_last(thread: Thread, run: Run) -> Part[None]:
    """Keep the one checkpoint a call ends with, and what its tasks did since."""
    if thread.config["configurable"].get("checkpoint_id") != thread.point and thread.point:
        yield from _put(thread, run, "loop", thread.unkept or ())
    by_task: dict[str, list[tuple[str, Any]]] = {}
    for (task, kind), value in thread.records.items():
        by_task.setdefault(task, []).append((kind, value))
    for task, writes in by_task.items():
        yield Ask(thread.saver, "put_writes", (thread.config, writes, task))


# ── how a run stops ───────────────────────────────────────────────────────────────────────────────────────────────────


def _hits(stops: Collection[str], names: Iterable[str]) -> bool:
    return bool(stops) and (stops == "*" or any(name in stops for name in names if name != START))


def _stop_between(thread: Thread, run: Run, written: bool) -> Part[None]:
    """Leave the run at a breakpoint, between two supersteps."""
    if "updates" in run.modes:
        yield Emit((thread.ns, "updates", {"__interrupt__": ()}))
    run.output, run.stopped = thread.shown() if written else None, True


def _of_node(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """A path, and for an error handler that of its node."""
    return path[:-1] if path[-1] == "handler" else path


def _stop_at(thread: Thread, run: Run, done: list[Finished], paused: list[Paused], written: bool) -> Part[None]:
    """Leave the run at its questions, showing what the finished siblings wrote; it is merged when all are done."""
    done.sort(key=lambda outcome: outcome.task.place.path)
    kept = thread.values
    thread.values = dict(kept)
    changed = merge(thread.program.schema.keys, thread.values, writes_of(done))
    if changed:
        yield from tell_values(thread, run)
    order = [turn.path for turn in thread.next]
    paused.sort(key=lambda outcome: order.index(_of_node(outcome.task.place.path)))
    run.output = thread.shown() if written or changed else None
    run.interrupts, run.stopped = [question for outcome in paused for question in outcome.interrupts], True
    thread.values = kept
