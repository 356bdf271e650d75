"""One superstep: run what is on the frontier and has not run yet, and keep what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hilnb.checkpoint.base import Planned, Record
from hilnb.constants import START
from hilnb.errors import GraphError, InvalidUpdateError, NodeError, ParentCommand
from hilnb.graph.answers import NEXT
from hilnb.graph.effects import Ask, Emit, Failed, Finished, Outcome, Part, Paused, Said, Start, Task, Wait
from hilnb.graph.events import tell_end, tell_pause, tell_start, tell_update
from hilnb.graph.options import checked_limit
from hilnb.graph.spec import Node
from hilnb.graph.thread import ASKED, FAILED, RAN, RETURNED, TOLD, Run, Thread
from hilnb.graph.turn import take_in

__all__ = ["record", "superstep"]


def superstep(thread: Thread, run: Run, left: int, resumed: bool) -> Part[tuple[list[Finished], list[Paused]]]:
    """Run what is on the frontier and has not run yet; what finished, and what now waits for a person."""
    awake, thread.awake = thread.awake, None
    begun = bool(thread.records)  # whether an earlier run, or an answer, has left something of these tasks
    is_live = bool(run.modes) and _is_live(thread, run)
    turns = thread.open_turns() if begun else thread.next
    tasks = [_task(thread, run, turn, left, resumed) for turn in turns]
    for task in tasks if run.modes else ():
        yield from tell_start(thread, run, task)
    done: list[Finished] = []
    paused: list[Paused] = []
    if begun:
        tasks = yield from _not_done_before(thread, run, tasks, awake, done, paused)
    if run.executor is not None:
        yield from _pack(thread, run, tasks)
    heard: Sequence[Outcome | Said] = ()
    if len(tasks) == 1 and not is_live:  # what nearly every superstep is
        (task,) = tasks
        passes_on = task.place.name == START and START not in thread.program.wiring.branches
        outcome = take_in(task) if passes_on else (yield task)
        if type(outcome) is Finished and not begun and not task.failures:
            if thread.saver is not None:
                returned = tuple(outcome.writes), tuple(outcome.goto)
                thread.unwritten = [(thread.task_id(task.place), RETURNED, returned)]
            if run.modes:
                yield from tell_update(thread, run, outcome)
            return [outcome], paused
        heard = (outcome,)
    elif tasks:
        heard = yield Start(tasks, is_live)
    yield from _hear(thread, run, left, heard, len(tasks), begun, done, paused)
    return done, paused


def _pack(thread: Thread, run: Run, tasks: Sequence[Task]) -> Part[None]:
    """Have all that goes to another process packed, before the first of it is sent.

    Raises:
        SerializationError: One of them cannot be; none is started.
    """
    from hilnb.graph.away import pack  # only runs with an executor need it

    refused = pack(run.executor, tasks)
    if refused is None:
        return
    task, error = refused.task, refused.error
    error.add_note("Nothing of this step was started.")
    yield from tell_end(thread, run, task, error=error)
    thread.records[task.id, FAILED] = repr(error)
    if thread.saver is not None and thread.unkept is None:
        yield Ask(thread.saver, "put_records", (thread.config, [(task.id, FAILED, repr(error))]))
    raise _noted(run, [refused])


def _hear(
    thread: Thread,
    run: Run,
    left: int,
    heard: Sequence[Outcome | Said],
    running: int,
    begun: bool,
    done: list[Finished],
    paused: list[Paused],
) -> Part[None]:
    """Hear of the tasks that are running until there is nothing more to hear; keep and tell what comes of each.

    Raises:
        BaseException: The first failure, when all have been heard of.
    """
    failed: list[Failed] = []
    while running:
        records: list[Record] = []
        handlers: list[Task] = []
        for outcome in heard:
            if type(outcome) is Said:
                yield Emit(outcome.event)
                continue
            running -= 1
            if thread.saver is not None:
                records += _noted_by(thread, outcome, begun)
            if type(outcome) is Finished:
                done.append(outcome)
                if run.modes:
                    yield from tell_update(thread, run, outcome)
            elif type(outcome) is Paused:
                paused.append(outcome)
                yield from tell_pause(thread, run, outcome)
            elif handling := (yield from _taken_over(thread, run, outcome, left)):
                handlers.append(handling)
            else:
                failed.append(outcome)
        running += len(handlers)
        if not (running or paused or failed):
            thread.unwritten = records  # the last of their step: kept in one stroke with what follows from them
        elif records and thread.unkept is None:
            yield Ask(thread.saver, "put_records", (thread.config, records))
        if handlers:
            heard = yield Start(handlers, bool(run.modes) and _is_live(thread, run))
        elif running:
            heard = yield Wait()
    if failed:
        raise _noted(run, failed)


def _not_done_before(
    thread: Thread, run: Run, tasks: Sequence[Task], awake: set[str] | None, done: list[Finished], paused: list[Paused]
) -> Part[list[Task]]:
    """The tasks to run: not those that finished in an earlier run, nor those that go on waiting for an answer."""
    to_run, waiting = [], []
    for task in tasks:
        if earlier := thread.returned(task.id):
            done.append(Finished(task, *earlier))
            yield from tell_update(thread, run, done[-1], replayed=True)
        elif awake is not None and task.id not in awake and thread.open_questions(task.id):
            waiting.append(Paused(task, thread.open_questions(task.id)))
        else:
            to_run.append(task)
    for outcome in waiting:
        yield from tell_pause(thread, run, outcome)
    paused += waiting
    return to_run


def _taken_over(thread: Thread, run: Run, outcome: Failed, left: int) -> Part[Task | None]:
    """The turn of the handler that takes over from a node that failed, where it has one."""
    task, error = outcome.task, outcome.error
    if not isinstance(error, ParentCommand):
        yield from tell_end(thread, run, task, error=error)
    if task.node.handler is None or not isinstance(error, Exception):
        return None
    turn = task.place._replace(path=(*task.place.path, "handler"))
    return _handling(thread, run, turn, task.node, left, False, error)


def _is_live(thread: Thread, run: Run) -> bool:
    """Whether somebody listens to what nodes say while they run; of a workflow that is all there is to hear."""
    return run.nested or "custom" in run.modes or "messages" in run.modes or thread.program.entry != START


def _task(thread: Thread, run: Run, turn: Planned, left: int, resumed: bool) -> Task:
    """The turn of a node on the frontier."""
    node = thread.program.nodes.get(turn.name)
    if node is None:
        raise GraphError(
            f"the thread stands before {turn.name!r}, which is no node of this graph: is it another graph's?"
        )
    path = turn.path
    if path[-1] == "handler":
        return _handling(thread, run, turn, node, left, resumed)
    if turn.timeout is not None:
        node = replace(node, timeout=checked_limit(f"Send({turn.name!r}, …)", turn.timeout, node.action))
    if turn.name == thread.program.entry or path[0] == "__pregel_push":
        return Task(thread, run, turn, node, turn.arg, left, resumed)
    try:
        given = node.schema.view(thread.values, left)
    except Exception as error:
        error.add_note(f"The state does not fit the schema, so node {turn.name!r} could not be given it.")
        raise
    return Task(thread, run, turn, node, given, left, resumed)


def _handling(
    thread: Thread, run: Run, turn: Planned, node: Node, left: int, resumed: bool, error: Exception | None = None
) -> Task:
    """The turn of the handler of a node that failed; of a failure in an earlier run only the text is known."""
    handler = node.handler
    assert handler is not None
    if error is None:
        failed = thread.task_id(turn._replace(path=turn.path[:-1]))
        error = RuntimeError(thread.records.get((failed, FAILED)))
    given = handler.schema.view(thread.values, left)
    return Task(thread, run, turn, handler, given, left, resumed, NodeError(node.name, error))


def record(thread: Thread, outcome: Outcome) -> Part[None]:
    """Keep what came of a task, before anything follows from it."""
    records = _noted_by(thread, outcome, True)
    if records and thread.saver is not None and thread.unkept is None:
        yield Ask(thread.saver, "put_records", (thread.config, records))


def _noted_by(thread: Thread, outcome: Outcome, begun: bool) -> list[Record]:
    """Note what came of a task with the thread; what there is to keep of it.

    Args:
        thread: Changed in place.
        outcome: What came of it.
        begun: Whether there may be something of the task already.
    """
    task, known = outcome.task.id, thread.records
    if type(outcome) is Finished:
        returned = tuple(outcome.writes), tuple(outcome.goto)
        if not begun and not outcome.task.failures:
            known[task, RETURNED] = returned
            return [(task, RETURNED, returned)]
        records: list[Record] = [(task, RETURNED, returned)]
    elif type(outcome) is Paused:
        records = [(task, ASKED, outcome.interrupts)]
    else:
        assert isinstance(outcome, Failed)
        if isinstance(outcome.error, ParentCommand):
            return []
        records = [(task, FAILED, repr(outcome.error))]
    records += outcome.task.brought
    if (task, RAN) in known or outcome.task.failures or type(outcome) is not Finished:
        records.append((task, RAN, (outcome.task.node.name, _starts(thread, outcome.task))))
    if type(outcome) is not Failed and (task, FAILED) in known:
        records.append((task, FAILED, None))  # an earlier attempt's failure is over
    spare = known[task, TOLD].get(NEXT, ()) if (task, TOLD) in known else ()
    for _, kind, value in records:
        known[task, kind] = value
    return [*records, (task, TOLD + NEXT, spare)] if "by" in spare else records  # whose the next question's answer was


def _starts(thread: Thread, task: Task) -> tuple[tuple[str, Any], ...]:
    """Why a turn started, each time up to now: `(reason, what that is about)`."""
    known = thread.records
    _, before = known.get((task.id, RAN), ("", ()))
    seen = {question for reason, about in before if reason == "answered" for question in about}
    answered = tuple(question for question in known.get((task.id, TOLD), ()) if question and question not in seen)
    failed = known.get((task.id, FAILED))
    if not before:
        now: tuple[str, Any] = ("began", None)
    elif failed is not None:
        now = ("failed", failed)
    else:
        now = ("answered", answered) if answered else ("gone on", None)
    return (*before, now, *[("failed", error) for error in task.failures])


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
