"""From one superstep to the next: merge what was written, work out what follows, take a checkpoint."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from hilnb.checkpoint.base import Checkpoint, Planned, Record, new_id
from hilnb.constants import END
from hilnb.graph.effects import Ask, Finished, Part
from hilnb.graph.events import hears_of_checkpoints, tell_checkpoint, tell_values
from hilnb.graph.schema import Written, merge
from hilnb.graph.spec import Program
from hilnb.graph.thread import FAILED, OUTSIDE, RETURNED, TOLD, Run, Thread, planned
from hilnb.types import Send

__all__ = ["advance", "in_order", "keep", "keep_last", "metadata_at", "writes_of"]


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
    changed: set[str]
    alone = done[0] if len(done) == 1 else None
    if alone is not None and alone.values is not None:
        values = alone.values  # merged already, for its conditional edges
        changed = {key for key, _ in alone.writes}
    else:
        if alone is None:
            in_order(done)
        values = thread.values.copy()
        written = ((alone.task.node.name, alone.writes),) if alone is not None else writes_of(done)
        try:
            changed = merge(thread.program.schema.keys, values, written)
        except Exception as error:
            if source == "loop":
                yield from _take_back(thread, done, error)
            raise
    if also:
        changed.update(also)
    if thread.records and (outside := thread.returned(OUTSIDE)):
        changed.update([key for key, _ in outside[0]])
    thread.values = values
    thread.next, thread.joins = _follow(thread.program, done, thread.joins)
    if alone is not None:
        thread.ran = alone.task.node.ran
    elif done:
        thread.ran = tuple([one.task.node.name for one in done])
    told = changed if run.keys is None else changed.intersection(run.keys)
    # As `keep`, spelled out: a step would notice a generator more.
    if (put := _step_on(thread, run, source, changed)) is not None:
        thread.config = yield put
    if run.modes:
        yield from _tell(thread, run, source, show=bool(told) and source == "loop")
    return told


def in_order(done: list[Finished]) -> None:
    """Bring outcomes into the order of their tasks, not of their finishing: reducers need not commute."""
    if len(done) > 1:
        done.sort(key=lambda outcome: outcome.task.place.path)


def _take_back(thread: Thread, done: Sequence[Finished], error: Exception) -> Part[None]:
    """Count the node whose update cannot be merged as failed, so that trying again runs it and not its siblings."""
    outcome = done[-1]
    for n, outcome in enumerate(done, 1):  # noqa: B007 - the one it breaks at is used below
        try:
            merge(thread.program.schema.keys, dict(thread.values), writes_of(done[:n]))
        except Exception:
            break
    error.add_note(f"While merging the update of node {outcome.task.node.name!r}: {dict(outcome.writes)}")
    if thread.saver is None:
        return
    task = outcome.task.id
    came = {(of, kind): value for of, kind, value in thread.unwritten}
    came |= {(task, RETURNED): None, (task, FAILED): repr(error)}
    thread.unwritten = ()
    if thread.unkept is None:
        records = [(*place, value) for place, value in came.items()]
        yield Ask(thread.saver, "put_records", (thread.config, records))
    else:  # kept when the call ends
        thread.records.update(came)


def writes_of(done: Iterable[Finished]) -> list[Written]:
    """What finished tasks wrote."""
    return [(outcome.task.node.name, outcome.writes) for outcome in done]


def _follow(
    program: Program, done: Sequence[Finished], joins: Mapping[Any, frozenset[str]]
) -> tuple[tuple[Planned, ...], Mapping[Any, frozenset[str]]]:
    """The frontier after a step, and what still waits: joins for their sources, deferred nodes for everything else."""
    place = None
    if len(done) == 1 and not joins:
        node, goto = done[0].task.node, done[0].goto
        target = goto[0] if goto else None
        if len(goto) < 2 and type(target) is not Send:
            place = node.name, target
            known = program.frontiers.get(place)
            if known is not None:
                return known, joins
    names: set[str] = set()
    sends: list[Send] = []
    waiting, targets, joining = joins, program.wiring.targets, program.wiring.joins
    for outcome in done:
        node = outcome.task.node
        names.update(targets.get(node.name, ()))
        for target in outcome.goto:
            sends.append(target) if type(target) is Send else names.add(target)  # type: ignore[arg-type]
        for join in joining.get(node.name, ()) if joining else ():
            key = (join.sources, join.target)
            waiting = dict(waiting)
            arrived = waiting.pop(key, frozenset()) | {node.name}
            if arrived == set(join.sources):
                names.add(join.target)
            else:
                waiting[key] = arrived
    names.discard(END)
    late = program.deferred
    if late and not late.isdisjoint(names):
        waiting = {**waiting, **{((), name): frozenset() for name in names & late}}
        names -= late
    if waiting and not names and not sends:
        names = {name for sources, name in waiting if not sources}
        waiting = {key: arrived for key, arrived in waiting.items() if key[0]}
    following = planned(sends, names)
    if place is not None and not waiting:
        program.frontiers[place] = following
    return following, waiting


def keep(thread: Thread, run: Run, source: str, changed: Collection[str]) -> Part[None]:
    """Take a checkpoint, then tell of it: who stops listening loses none."""
    if (put := _step_on(thread, run, source, changed)) is not None:
        thread.config = yield put
    if run.modes:
        yield from _tell(thread, run, source)


def _step_on(thread: Thread, run: Run, source: str, changed: Collection[str]) -> Ask | None:
    """Stand one step further; the checkpoint to put, where there is one. Its reply is the thread's new config."""
    thread.step += 1
    if thread.records:
        thread.records = {}
    if thread.saver is None:
        thread.point = f"{thread.origin}{thread.step}"
        return None
    thread.point, thread.metadata, thread.parent = new_id(), {}, thread.config
    if thread.unkept is None:
        return _put(thread, run, source, changed)
    thread.unkept.update(changed)
    thread.unwritten = ()
    return None


def _tell(thread: Thread, run: Run, source: str, *, show: bool = False) -> Part[None]:
    """Tell of the checkpoint that was taken and, where it is to be shown, of the state."""
    if show:
        yield from tell_values(thread, run)
    if thread.parent is not None and hears_of_checkpoints(run):
        yield from tell_checkpoint(thread, run, metadata_at(thread, run, source), thread.parent)


def _put(thread: Thread, run: Run, source: str, changed: Collection[str]) -> Ask:
    """Hand the thread as it stands to its saver, and what the tasks did last."""
    point = Checkpoint(thread.point, thread.values, thread.next, thread.joins, thread.ran)
    metadata = metadata_at(thread, run, source)
    writes, thread.unwritten = thread.unwritten, ()
    return Ask(thread.saver, "put", (thread.config, point, metadata, changed, writes))


def metadata_at(thread: Thread, run: Run, source: str) -> dict[str, Any]:
    """The metadata of the checkpoint a thread stands at; "" as source means: as it was kept."""
    if not source:
        return {**run.metadata, **thread.metadata}
    return {**run.metadata, "source": source, "step": thread.step, "parents": {**run.parents}}


def keep_last(thread: Thread, run: Run) -> Part[None]:
    """Keep the one checkpoint a call ends with, and what its tasks did since."""
    if thread.config["configurable"].get("checkpoint_id") != thread.point and thread.point:
        thread.config = yield _put(thread, run, "loop", thread.unkept or ())
    records: list[Record] = []
    for (task, kind), value in thread.records.items():
        if kind == TOLD:
            records += [(task, TOLD + key, given) for key, given in value.items()]
        else:
            records.append((task, kind, value))
    if records:
        yield Ask(thread.saver, "put_records", (thread.config, records))
