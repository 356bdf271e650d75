"""What happens in a run, superstep by superstep: a generator that does nothing itself and asks a driver for everything.

Read `play` first; it is the whole story. A thread between two supersteps is a checkpoint: the state, and the frontier,
which is what runs next. While a superstep runs, the saver keeps a record of each task: what it returned, asked, was told
or failed with. So a run that stops, at a question or by a failure, goes on from exactly there.
"""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver, Checkpoint, CheckpointTuple, Planned, new_id
from hilnb.constants import END, START
from hilnb.errors import EmptyInputError, GraphRecursionError, UnknownInterruptError
from hilnb.graph.effects import Ask, Failed, Finished, Outcome, Part, Paused, Plan, Start, Task, Wait
from hilnb.graph.events import task_begins, task_ends, tell_pause, tell_update, tell_values
from hilnb.graph.schema import Schema, merge
from hilnb.graph.spec import Node
from hilnb.types import Command, Interrupt, Send

__all__ = ["RETURNED", "Run", "Thread", "load", "play", "task_id"]

RETURNED, ASKED, TOLD, FAILED = "returned", "asked", "told", "failed"
"""The kinds of record: `(writes, goto)`, a tuple of Interrupts, answers by question id, the repr of an exception."""


@dataclass(slots=True)
class Run:
    """One call: what came in, who listens, and what came out.

    Attributes:
        input: A state to begin with, None to go on, or a Command that answers.
        config: As it was called with.
        modes: The stream modes somebody listens to.
        inherited: The answers of the task that called this graph from inside a node; None for a run of its own.
        output: The state at the end; None when nothing was ever written.
        interrupts: The questions it stopped at.
    """

    input: Any
    config: dict[str, Any]
    modes: Collection[str] = ()
    inherited: Mapping[str, Any] | None = None
    output: dict[str, Any] | None = None
    interrupts: list[Interrupt] = field(default_factory=list)


@dataclass(slots=True)
class Thread:
    """A thread while it is in hand.

    Attributes:
        schema: Of its state.
        nodes: By name, START among them.
        saver: Keeps it; None when nothing does.
        ns: Where it stands among the graphs that called each other, outermost first.
        config: Names the checkpoint it stands at.
        point: That checkpoint's id.
        step: That checkpoint's number; -2 before the first.
        values: The state.
        next: The frontier.
        joins: For each edge that waits for several nodes, those that have finished.
        records: `(task id, kind)` to what that task did.
        awake: The tasks that have just been answered; None when every open task is to run.
    """

    schema: Schema
    nodes: Mapping[str, Node]
    saver: BaseCheckpointSaver | None
    ns: tuple[str, ...]
    config: dict[str, Any]
    values: dict[str, Any]
    point: str = ""
    step: int = -2
    next: tuple[Planned, ...] = ()
    joins: Mapping[tuple[tuple[str, ...], str], frozenset[str]] = field(default_factory=dict)
    records: dict[tuple[str, str], Any] = field(default_factory=dict)
    awake: set[str] | None = None

    def adopt(self, saved: CheckpointTuple) -> None:
        """Stand where `saved` stands."""
        point = saved.checkpoint
        kept = {key: value for key, value in point.values.items() if key in self.schema.keys}
        self.values |= kept
        self.config, self.point, self.step = saved.config, point.id, saved.metadata["step"]
        self.next, self.joins = point.next, point.joins or {}
        self.records = {(task, kind): value for task, kind, value in saved.pending_writes}

    def returned(self, task: str) -> tuple[list[tuple[str, Any]], list[str | Send]] | None:
        """The writes and goto of a task that has finished."""
        return self.records.get((task, RETURNED))

    def open_questions(self, task: str) -> tuple[Interrupt, ...]:
        """What a task asks and has not been told."""
        told = self.records.get((task, TOLD), {})
        if self.returned(task):
            return ()
        return tuple(question for question in self.records.get((task, ASKED), ()) if question.id not in told)


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


def load(thread: Thread) -> Part[None]:
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
        yield from _tell(thread, run.inherited)
        return True
    if isinstance(given, Command):
        yield from _answer(thread, given)
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


def _answer(thread: Thread, command: Command[Any]) -> Part[None]:
    """Give a Command's answer to the question it is for."""
    if thread.saver is None:
        raise RuntimeError(
            "Cannot use Command(resume=...) without checkpointer: nothing was kept to resume. "
            "Compile the graph with one: builder.compile(checkpointer=MemorySaver())."
        )
    if command.update is not None or command.goto:
        raise ValueError(f"{command} was given as input: this version of hilnb takes only resume= there.")
    if command.resume is None:
        raise EmptyInputError("Command() says nothing. To answer None, name the question: Command(resume={id: None}).")
    open_ids = [question.id for turn in thread.next for question in thread.open_questions(task_id(thread, turn))]
    if _is_map(command.resume):
        unknown = [key for key in command.resume if key not in open_ids]
        if unknown:
            pending = ", ".join(open_ids) or "none"
            raise UnknownInterruptError(
                f"Command(resume=…) answers {unknown[0]!r}, which is not an open question of thread "
                f"{thread.config['configurable']['thread_id']!r}. Open questions: {pending}."
            )
        answers = command.resume
    elif len(open_ids) > 1:
        raise RuntimeError(
            "When there are multiple pending interrupts, you must specify the interrupt id when resuming: "
            f"Command(resume={{id: answer}}). Open questions: {', '.join(open_ids)}."
        )
    elif open_ids:
        answers = {open_ids[0]: command.resume}
    else:
        warnings.warn(_nothing_asked(thread), stacklevel=2)
        return
    yield from _tell(thread, answers)


def _is_map(answer: Any) -> bool:
    """Whether an answer is a map from question ids to answers (LangGraph's rule: every key is 32 hex digits)."""
    return isinstance(answer, dict) and all(
        isinstance(key, str) and len(key) == 32 and set(key) <= set("0123456789abcdef") for key in answer
    )


def _nothing_asked(thread: Thread) -> str:
    name = thread.config["configurable"]["thread_id"]
    if thread.point:
        return f"Command(resume=…): thread {name!r} is not waiting for an answer; the answer was not used."
    return f"Command(resume=…): thread {name!r} has not begun, so the run starts from an empty state. Is the id right?"


def _tell(thread: Thread, answers: Mapping[str, Any]) -> Part[None]:
    """Keep each answer with the task that asked, before anything runs; wake only those tasks."""
    awake: set[str] = set()
    for turn in thread.next:
        task = task_id(thread, turn)
        new = {q.id: answers[q.id] for q in thread.open_questions(task) if q.id in answers}
        if new:
            told = thread.records[task, TOLD] = {**thread.records.get((task, TOLD), {}), **new}
            awake.add(task)
            yield Ask(thread.saver, "put_writes", (thread.config, [(TOLD, told)], task))
    thread.awake = awake if answers else None


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
    node, key = thread.nodes[turn.name], task_id(thread, turn)
    is_own = turn.name == START or turn.path[0] == "__pregel_push"
    try:
        given = turn.arg if is_own else thread.schema.view(thread.values)
    except Exception as error:
        error.add_note(f"The state does not fit the schema, so node {turn.name!r} could not be given it.")
        raise
    told = {**(run.inherited or {}), **thread.records.get((key, TOLD), {})}
    ns = (*thread.ns, f"{turn.name}:{key}")
    return Task(key, turn, node, given, thread.values, thread.schema, thread.nodes, run.config, ns, thread.saver, told)


def task_id(thread: Thread, turn: Planned) -> str:
    """The id of a turn at the checkpoint the thread stands at: the same however often it is asked for."""
    place = f"{thread.point}|{'|'.join(thread.ns)}|{turn.name}|{turn.path}"
    digits = hashlib.blake2b(place.encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


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
    for n, outcome in enumerate(done):
        try:
            merge(thread.schema.keys, dict(thread.values), _writes(done[: n + 1]))
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
