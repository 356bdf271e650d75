"""One superstep: run what is on the frontier and has not run yet, and keep what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from hilnb._context import Running
from hilnb.checkpoint.base import Planned
from hilnb.constants import START
from hilnb.errors import GraphError, InvalidUpdateError, NodeError, ParentCommand
from hilnb.graph.answers import NEXT
from hilnb.graph.effects import Ask, Emit, Failed, Finished, Outcome, Part, Paused, Said, Start, Task, Wait
from hilnb.graph.events import tell_end, tell_pause, tell_start, tell_update
from hilnb.graph.spec import Node
from hilnb.graph.thread import ASKED, FAILED, RETURNED, TOLD, Run, Thread

__all__ = ["record", "superstep", "task_of"]


def superstep(thread: Thread, run: Run, left: int, resumed: bool) -> Part[tuple[list[Finished], list[Paused]]]:
    """Run what is on the frontier and has not run yet; what finished, and what now waits for a person."""
    tasks = [_task(thread, run, turn, left, resumed) for turn in thread.open_turns()]
    if run.modes:
        for task in tasks:
            yield from tell_start(thread, run, task)
    done, paused = yield from _from_before(thread, run, tasks)
    idle = {outcome.task.id for outcome in done} | {outcome.task.id for outcome in paused}
    to_run = [task for task in tasks if task.id not in idle]
    thread.awake = None
    yield Start(to_run, _is_live(thread, run))
    failed = yield from _gather(thread, run, len(to_run), left, done, paused)
    if failed:
        raise _noted(run, failed)
    return done, paused


def _from_before(thread: Thread, run: Run, tasks: Sequence[Task]) -> Part[tuple[list[Finished], list[Paused]]]:
    """What finished in an earlier run, and what goes on waiting for an answer that this run does not bring."""
    done, paused = [], []
    for task in tasks:
        if earlier := thread.returned(task.id):
            done.append(Finished(task, *earlier))
            yield from tell_update(thread, run, done[-1], replayed=True)
        elif thread.awake is not None and task.id not in thread.awake and thread.open_questions(task.id):
            paused.append(Paused(task, thread.open_questions(task.id)))
    for waiting in paused:
        yield from tell_pause(thread, run, waiting)
    return done, paused


def _gather(
    thread: Thread, run: Run, running: int, left: int, done: list[Finished], paused: list[Paused]
) -> Part[list[Failed]]:
    """Wait for everything that runs, keeping and telling each outcome; what failed, and no handler took over from."""
    failed: list[Failed] = []
    while running:
        outcome = yield Wait()
        if isinstance(outcome, Said):
            yield Emit(outcome.event)
            continue
        running -= 1
        yield from record(thread, outcome)
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
                    yield Start([_handling(thread, run, turn, task.node, left, False, error)], _is_live(thread, run))
                    running += 1
                else:
                    failed.append(outcome)
    return failed


def _is_live(thread: Thread, run: Run) -> bool:
    """Whether somebody listens to what nodes say while they run; of a workflow that is all there is to hear."""
    is_workflow = thread.program.entry != START
    return run.nested or "custom" in run.modes or "messages" in run.modes or (is_workflow and bool(run.modes))


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
        is_own = turn.name == thread.program.entry or turn.path[0] == "__pregel_push"
        given = turn.arg if is_own else node.schema.view(thread.values, left)
    except Exception as error:
        error.add_note(f"The state does not fit the schema, so node {turn.name!r} could not be given it.")
        raise
    return task_of(thread, run, turn, node, given, left, resumed)


def task_of(
    thread: Thread,
    run: Run,
    turn: Planned,
    node: Node,
    given: Any,
    left: int = 0,
    resumed: bool = False,
    around: tuple[str, ...] | None = None,
) -> Task:
    """A turn with everything the node and its code need; `around` is where it is called, if not by the graph itself."""
    key = thread.task_id(turn)
    ns = (*(thread.ns if around is None else around), f"{turn.name}:{key}")
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
        part_of=(thread, run, turn),
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


def record(thread: Thread, outcome: Outcome) -> Part[None]:
    """Keep what came of a task, before anything follows from it."""
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
    told = thread.records.get((outcome.task.id, TOLD), {})
    if "by" in told.get(NEXT, ()):
        records.append((TOLD, told))  # whose the answer to the next question was
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
