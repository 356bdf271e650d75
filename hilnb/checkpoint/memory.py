"""Threads kept in this process: nothing to set up, gone with the kernel."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hilnb.checkpoint.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointTuple,
    Config,
    Record,
    answered_already,
    checkpoints_left,
    config_of,
    place_of,
)
from hilnb.checkpoint.frozen import UNCHANGING, freeze, size_of, thawed

__all__ = ["InMemorySaver", "MemorySaver"]


@dataclass(slots=True)
class _Kept:
    """A checkpoint, and what its tasks have done since; values and records are frozen."""

    checkpoint: Checkpoint
    metadata: dict[str, Any]
    parent: str | None
    records: dict[tuple[str, str], Any]


class InMemorySaver(BaseCheckpointSaver):
    """Keeps threads in memory, each checkpoint as it was when it was taken.

    Lists, dicts, sets and tuples are copied when they are written, so a node that changes the state it was given cannot
    change what is kept. A step costs what it changed: of a list that has grown, as conversations do, only what is new
    is kept. Any Python object may be in the state: what cannot be copied is kept as it is, and a warning names its key
    once.
    """

    def __init__(self) -> None:
        self._threads: dict[str, dict[str, dict[str, _Kept]]] = {}
        self._warned: set[str] = set()
        self._lock = threading.Lock()  # two branches may want to write on one log, two people answer one question

    def get_tuple(self, config: Config) -> CheckpointTuple | None:
        """The named checkpoint, or the thread's newest; None when there is none."""
        thread, ns, checkpoint_id = place_of(config)
        points = self._threads.get(thread, {}).get(ns)
        if not points or (checkpoint_id and checkpoint_id not in points):
            return None
        return self._hand_out(thread, ns, points[checkpoint_id or next(reversed(points))])

    def list(
        self,
        config: Config | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """The thread's checkpoints, newest first; see the base class for the choice of them."""
        about = config["configurable"] if config else {}
        end = before["configurable"].get("checkpoint_id") if before else None
        chosen = [
            (thread, ns, kept)
            for thread, spaces in [*self._threads.items()]
            if str(about.get("thread_id", thread)) == thread
            for ns, points in [*spaces.items()]
            if about.get("checkpoint_ns", ns if config is None else "") == ns
            for key, kept in reversed([*points.items()])
            if about.get("checkpoint_id", key) == key and (end is None or key < end)
            if not filter or all(kept.metadata.get(name) == value for name, value in filter.items())
        ]
        for thread, ns, kept in chosen[:limit]:
            yield self._hand_out(thread, ns, kept)

    def put(
        self,
        config: Config,
        checkpoint: Checkpoint,
        metadata: dict[str, Any],
        changed: Collection[str],
        writes: Sequence[Record] = (),
    ) -> dict[str, Any]:
        """Keep a checkpoint whose parent `config` names; of the state only the `changed` keys are copied."""
        thread, ns, parent = place_of(config)
        with self._lock:
            points = self._threads.setdefault(thread, {}).setdefault(ns, {})
            values: dict[str, Any] = {}
            if parent in points:
                before = points[parent]
                values = before.checkpoint.values.copy()
                for task, kind, value in writes:
                    before.records[task, kind] = self._frozen(value, kind)
            for key in changed:
                value = checkpoint.values[key]
                values[key] = value if type(value) in UNCHANGING else self._frozen(value, key, values.get(key))
            frontier = checkpoint.next
            if frontier and frontier[0].arg is not None:  # those with an input of their own come first
                frontier = tuple([turn._replace(arg=self._frozen(turn.arg, turn.name)) for turn in frontier])
            point = Checkpoint(checkpoint.id, values, frontier, checkpoint.joins, checkpoint.ran)
            points[checkpoint.id] = _Kept(point, metadata, parent, {})
        return config_of(thread, ns, checkpoint.id)

    def put_writes(
        self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str, *, first: bool = False
    ) -> None:
        """Keep what a task of the named checkpoint has done; the same kind of the same task is replaced."""
        thread, ns, checkpoint_id = place_of(config)
        with self._lock:
            records = self._threads[thread][ns][checkpoint_id or ""].records
            if first and any((task_id, kind) in records for kind, _ in writes):
                raise answered_already(thread)
            for kind, value in writes:
                records[task_id, kind] = self._frozen(value, kind)

    def delete_thread(self, thread_id: str) -> None:
        """Forget the thread. Nothing happens when it is unknown."""
        self._threads.pop(str(thread_id), None)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Keep a copy of the thread under another name; nothing happens when it is unknown."""
        with self._lock:
            source = self._threads.get(str(source_thread_id))
            if source is None:
                return
            self._threads[str(target_thread_id)] = {
                ns: {
                    key: _Kept(kept.checkpoint, kept.metadata, kept.parent, kept.records.copy())
                    for key, kept in points.items()
                }
                for ns, points in source.items()
            }

    def threads(self) -> Sequence[str]:
        """The ids of all threads, the one that began first first."""
        return [*self._threads]

    def prune(self, thread_ids: Sequence[str] | None = None, *, strategy: str = "keep_latest", keep: int = 1) -> None:
        """Forget old checkpoints, and the nested graphs that were called at them; see the base class."""
        left = checkpoints_left(strategy, keep)
        for thread in self.threads() if thread_ids is None else map(str, thread_ids):
            if left == 0:
                self.delete_thread(thread)
                continue
            with self._lock:
                spaces = self._threads.get(thread, {})
                for ns in sorted(spaces, key=len):  # outer graphs before those that they call
                    points = spaces[ns]
                    for key in [*points][:-left]:
                        del points[key]
                    around = [(outer, at) for outer, at in points[next(reversed(points))].metadata["parents"].items()]
                    if any(at not in spaces.get(outer, ()) for outer, at in around) and ":" in ns.rpartition("|")[2]:
                        del spaces[ns]

    def size(self) -> int:
        """How much memory the threads take, in bytes; of your own objects only the outermost layer is counted."""
        return size_of(self._threads)

    def _hand_out(self, thread: str, ns: str, kept: _Kept) -> CheckpointTuple:
        point = kept.checkpoint
        values = {key: thawed(value) for key, value in point.values.items()}
        frontier = point.next
        if frontier and frontier[0].arg is not None:
            frontier = tuple([turn._replace(arg=thawed(turn.arg)) for turn in frontier])
        return CheckpointTuple(
            config_of(thread, ns, point.id),
            Checkpoint(point.id, values, frontier, point.joins, point.ran),
            kept.metadata.copy(),
            config_of(thread, ns, kept.parent) if kept.parent else None,
            [(task, kind, thawed(value)) for (task, kind), value in kept.records.items()],
        )

    def _frozen(self, value: Any, key: str, before: Any = None) -> Any:
        try:
            return freeze(value, before)
        except Exception as error:
            if key not in self._warned:
                self._warned.add(key)
                warnings.warn(
                    f"{key!r} holds a {type(value).__name__} that cannot be copied ({type(error).__name__}: {error}); "
                    "it is kept as it is, so earlier checkpoints show later changes to it.",
                    stacklevel=2,
                )
            return value


MemorySaver = InMemorySaver
