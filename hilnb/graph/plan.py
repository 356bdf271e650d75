"""What happens in a run, superstep by superstep: a generator that does nothing itself and asks a driver for everything.

Read `play` first; it is the whole story. A thread between two supersteps is a checkpoint: the state, and the frontier,
which is what runs next. While a superstep runs, the saver keeps a record of each task: what it returned, asked, was
told or failed with. So a run that stops, at a question or by a failure, goes on from exactly there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from hilnb.checkpoint.base import Planned
from hilnb.constants import START
from hilnb.errors import EmptyInputError, GraphDrained, GraphRecursionError, InvalidUpdateError
from hilnb.graph.answers import answer, tell
from hilnb.graph.effects import Ask, Emit, Failed, Finished, Part, Paused, Plan, Task
from hilnb.graph.events import hears_of_checkpoints, tell_checkpoint, tell_values
from hilnb.graph.frontier import advance, in_order, keep, keep_last, metadata_at, writes_of
from hilnb.graph.schema import PREVIOUS, merge
from hilnb.graph.superstep import superstep
from hilnb.graph.thread import ASKED, OUTSIDE, RETURNED, Run, Thread
from hilnb.graph.turn import take_in
from hilnb.runtime import Runtime
from hilnb.types import Command, Send

__all__ = ["load", "play"]

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
    if PREVIOUS in thread.values:
        run.runtime = (run.runtime or Runtime()).override(previous=thread.values[PREVIOUS])
    thread.unkept = set() if run.at_the_end else None
    try:
        written, resumed = yield from _begin(thread, run)
        left = limit = run.config.get("recursion_limit", LIMIT)
        while thread.next:
            if run.control is not None and run.control.drain_requested:
                raise GraphDrained(run.control.drain_reason)
            opening = thread.next[0].name == START
            if run.before and not resumed and not opening and _hits(run.before, [turn.name for turn in thread.next]):
                yield from _stop_between(thread, run, written)
                return
            done, paused = yield from superstep(thread, run, left, resumed)
            if paused:
                yield from _stop_at(thread, run, done, paused, written)
                return
            changed = yield from advance(thread, run, done)
            resumed, written = False, written or bool(changed)
            if not opening:
                if run.after and _hits(run.after, thread.ran):
                    yield from _stop_between(thread, run, written)
                    return
                left -= thread.program.entry == START  # a workflow's only step is not counted
            if left == 0:
                raise GraphRecursionError(
                    f"Recursion limit of {limit} reached without hitting a stop condition. Look for a loop that never "
                    'ends; if it needs more steps, raise the limit: invoke(input, {"recursion_limit": …}).'
                )
        run.output = thread.shown() if written else None
    finally:
        if thread.unkept is not None and thread.saver is not None:
            yield from keep_last(thread, run)


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
        # The node that called this graph runs again: go on where we were.
        yield from tell(thread, run.inherited, thread.open_tasks())
        yield from _tell_place(thread, run)
        return True, True
    if isinstance(given, Command) and given.graph is not None:
        raise InvalidUpdateError(f"There is no parent graph: {given} was given as input.")
    branches = known and thread.pinned and (yield from _branches(thread, given))
    if branches:
        yield from _branch(thread, run, given if isinstance(given, Command) else None)
    if isinstance(given, Command):
        yield from answer(thread, given)
        if known and not branches and (given.update is not None or given.goto):
            yield from _add_from_outside(thread, run, given)
        given = None if known else replace(given, resume=None)
    if given is None:
        if not known:
            raise EmptyInputError(
                "Received no input for __start__: invoke(None, config) goes on with a thread, and this one has not "
                "begun. Give the run a state to begin with."
            )
        if branches:
            return True, True  # a branch has told its beginning
        if outside := thread.returned(OUTSIDE):
            thread.go_also(outside[1])
        if run.modes:
            yield from _tell_place(thread, run)
        return True, True
    if not isinstance(given, Command):
        thread.program.schema.updates(given, "the run's input")  # refuse what is not a state before anything is kept
    fresh = set() if known else set(thread.values)
    entry = thread.program.entry
    thread.next, thread.joins = (Planned(entry, ("__pregel_pull", entry), given),), {}
    yield from keep(thread, run, "input", fresh)
    return known and entry == START, False  # a workflow shows nothing until it returns


def _tell_place(thread: Thread, run: Run) -> Part[None]:
    """Where the thread stands, to those who hear of it from here on."""
    yield from tell_values(thread, run)
    if hears_of_checkpoints(run):
        yield from tell_checkpoint(thread, run, metadata_at(thread, run, ""), thread.parent or {"configurable": {}})


def _branches(thread: Thread, given: Any) -> Part[bool]:
    """Whether what is asked for at the checkpoint that the caller named is another way on from there."""
    if given is not None and not isinstance(given, Command):
        return False  # an input always is: it takes a checkpoint of its own
    where = {key: value for key, value in thread.config["configurable"].items() if key != "checkpoint_id"}
    newest = yield Ask(thread.saver, "get_tuple", ({"configurable": where},))
    is_left_behind = newest.checkpoint.id != thread.point
    if given is None or given.resume is None:
        return is_left_behind or thread.metadata["source"] not in ("update", "fork")
    tasks = [thread.task_id(turn) for turn in thread.next]
    asked = any((task, ASKED) in thread.records for task in tasks)
    # An answer to an open question is what the checkpoint waits for; after that, another answer makes a branch.
    return (asked or is_left_behind) and not any(thread.open_questions(task) for task in tasks)


def _branch(thread: Thread, run: Run, command: Command[Any] | None) -> Part[None]:
    """Take a checkpoint to go on from, so that what is kept of the way taken before stays as it is."""
    writes, goto = thread.returned(OUTSIDE) or ([], [])
    if command is not None and (command.update is not None or command.goto):
        more_writes, more_goto = _written_outside(thread, run, command)
        writes, goto = [*writes, *more_writes], [*goto, *more_goto]
    thread.go_also(goto)
    yield from tell_values(thread, run)
    yield from keep(thread, run, "fork", {key for key, _ in writes})


def _add_from_outside(thread: Thread, run: Run, command: Command[Any]) -> Part[None]:
    """A caller's own update and goto: recorded with the checkpoint, as if one more task of its step wrote them."""
    writes, goto = thread.returned(OUTSIDE) or ([], [])
    more_writes, more_goto = _written_outside(thread, run, command)
    record = ([*writes, *more_writes], [*goto, *more_goto])
    thread.records[OUTSIDE, RETURNED] = record
    if thread.saver is not None:
        yield Ask(thread.saver, "put_writes", (thread.config, [(RETURNED, record)], OUTSIDE))


def _written_outside(
    thread: Thread, run: Run, command: Command[Any]
) -> tuple[Sequence[tuple[str, Any]], Sequence[str | Send]]:
    """What a caller's Command writes, merged into the state, and where it goes."""
    place = Planned(START, (OUTSIDE,))
    outcome = take_in(Task(thread, run, place, thread.program.nodes[START], replace(command, resume=None)))
    if type(outcome) is not Finished:
        assert isinstance(outcome, Failed)
        raise outcome.error
    merge(thread.program.schema.keys, thread.values, [("the caller", outcome.writes)])
    return outcome.writes, outcome.goto


# ── how a run stops ───────────────────────────────────────────────────────────────────────────────────────────────────


def _hits(stops: Collection[str], names: Iterable[str]) -> bool:
    return stops == "*" or any(name in stops for name in names if name != START)


def _stop_between(thread: Thread, run: Run, written: bool) -> Part[None]:
    """Leave the run at a breakpoint, between two supersteps."""
    if "updates" in run.modes and run.inherited is None:  # of a nested graph's stop the outermost graph tells
        yield Emit((thread.ns, "updates", {"__interrupt__": ()}))
    run.output, run.stopped = thread.shown() if written else None, True


def _of_node(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """A path, and for an error handler that of its node."""
    return path[:-1] if path[-1] == "handler" else path


def _stop_at(thread: Thread, run: Run, done: list[Finished], paused: list[Paused], written: bool) -> Part[None]:
    """Leave the run at its questions, showing what the finished siblings wrote; it is merged when all are done."""
    kept, changed = thread.values, False
    if done:
        in_order(done)
        thread.values = kept.copy()
        changed = bool(merge(thread.program.schema.keys, thread.values, writes_of(done)))
        if changed:
            yield from tell_values(thread, run)
    if len(paused) > 1:
        order = [turn.path for turn in thread.next]
        paused.sort(key=lambda outcome: order.index(_of_node(outcome.task.place.path)))
    run.output = thread.shown() if written or changed else None
    run.interrupts, run.stopped = [question for outcome in paused for question in outcome.interrupts], True
    thread.values = kept
