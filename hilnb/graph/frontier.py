"""From one superstep to the next: merge what was written, work out what follows, take a checkpoint."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from hilnb.checkpoint.base import Checkpoint, Planned, new_id
from hilnb.constants import END
from hilnb.graph.effects import Ask, Finished, Part
from hilnb.graph.events import tell_checkpoint, tell_values
from hilnb.graph.schema import merge
from hilnb.graph.spec import Node
from hilnb.graph.thread import FAILED, OUTSIDE, RETURNED, Run, Thread, planned
from hilnb.types import Send

__all__ = ["advance", "keep", "keep_last", "metadata_at", "writes_of"]


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
        if source == "loop":
            yield from _take_back(thread, done, error)
        raise
    if outside := thread.returned(OUTSIDE):
        changed |= {key for key, _ in outside[0]}
    thread.values = values
    thread.next, thread.joins = _follow(thread.program.nodes, done, thread.joins)
    thread.ran = tuple(outcome.task.node.name for outcome in done) or thread.ran
    told = changed if run.keys is None else changed.intersection(run.keys)
    yield from keep(thread, run, source, changed, show=bool(told) and source == "loop")
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


def keep(thread: Thread, run: Run, source: str, changed: Collection[str], *, show: bool = False) -> Part[None]:
    """Take a checkpoint, then tell of it and, where it is to be shown, of the state: who stops listening loses none."""
    thread.step, thread.records = thread.step + 1, {}
    parent = thread.config
    if thread.saver is None:
        # A graph that is not kept, in a node that runs again, has to ask under the same ids: they come from its place.
        thread.point = f"{'|'.join(thread.ns)}:{thread.step}" if thread.ns else new_id()
    else:
        thread.point, thread.metadata, thread.parent = new_id(), {}, parent
        if thread.unkept is None:
            yield from _put(thread, run, source, changed)
        else:
            thread.unkept.update(changed)
    if show:
        yield from tell_values(thread, run)
    if thread.saver is not None:
        yield from tell_checkpoint(thread, run, metadata_at(thread, run, source), parent)


def _put(thread: Thread, run: Run, source: str, changed: Collection[str]) -> Part[None]:
    point = Checkpoint(thread.point, time.time(), thread.values, thread.next, thread.joins, thread.ran)
    metadata = metadata_at(thread, run, source)
    thread.config = yield Ask(thread.saver, "put", (thread.config, point, metadata, changed))


def metadata_at(thread: Thread, run: Run, source: str) -> dict[str, Any]:
    """The metadata of the checkpoint a thread stands at; "" as source means: as it was kept."""
    own = {"source": source, "step": thread.step, "parents": dict(run.parents)}
    return {**run.metadata, **(own if source else thread.metadata)}


def keep_last(thread: Thread, run: Run) -> Part[None]:
    """Keep the one checkpoint a call ends with, and what its tasks did since."""
    if thread.config["configurable"].get("checkpoint_id") != thread.point and thread.point:
        yield from _put(thread, run, "loop", thread.unkept or ())
    by_task: dict[str, list[tuple[str, Any]]] = {}
    for (task, kind), value in thread.records.items():
        by_task.setdefault(task, []).append((kind, value))
    for task, writes in by_task.items():
        yield Ask(thread.saver, "put_writes", (thread.config, writes, task))
