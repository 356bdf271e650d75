"""Threads kept in this process: nothing to set up, gone with the kernel."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hilnb.checkpoint.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointTuple,
    Config,
    Planned,
    Record,
    answered_already,
    checkpoints_left,
    config_of,
    place_of,
)
from hilnb.checkpoint.frozen import UNCHANGING, freeze, is_final, isolated, size_of, thawed

__all__ = ["InMemorySaver", "MemorySaver"]


@dataclass(slots=True)
class _Kept:
    """A checkpoint, and what its tasks have done since; values, frontier and records are frozen.

    It is flat, and what two checkpoints have in common they share: the garbage collector goes through all of it, time
    and again, which costs a long thread more than everything else.
    """

    values: dict[str, Any]
    next: tuple[Planned, ...]
    joins: Mapping[Any, frozenset[str]] | None
    ran: tuple[str, ...]
    source: Any
    step: Any
    about: Mapping[str, Any]
    parent: str | None
    records: dict[tuple[str, str], Any]

    @property
    def metadata(self) -> dict[str, Any]:
        """A copy of all that `put` was given to keep with it."""
        about = {"source": self.source, "step": self.step, **self.about}
        for name, part in self.about.items():
            if type(part) not in UNCHANGING:
                about[name] = isolated(part) if part or type(part) is not dict else {}  # no parents, mostly
        return about


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
        key = checkpoint_id or next(reversed(points))
        return self._hand_out(thread, ns, key, points[key])

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
        only = about.get("checkpoint_id")
        end = before["configurable"].get("checkpoint_id") if before else None
        chosen = [
            (thread, ns, key, kept)
            for thread, spaces in [*self._threads.items()]
            if str(about.get("thread_id", thread)) == thread
            for ns, points in [*spaces.items()]
            if about.get("checkpoint_ns", ns if config is None else "") == ns
            for key, kept in reversed([*points.items()])
            if (only is None or key == only) and (end is None or key < end)
            if not filter or all(kept.metadata.get(name) == value for name, value in filter.items())
        ]
        for thread, ns, key, kept in chosen[:limit]:
            yield self._hand_out(thread, ns, key, kept)

    def put(
        self,
        config: Config,
        checkpoint: Checkpoint,
        metadata: dict[str, Any],
        changed: Collection[str],
        writes: Sequence[Record] = (),
    ) -> dict[str, Any]:
        """Keep a checkpoint whose parent `config` names; of the state only the `changed` keys are copied."""
        place = config["configurable"]
        thread, ns, parent = str(place["thread_id"]), place.get("checkpoint_ns", ""), place.get("checkpoint_id")
        with self._lock:
            try:
                points = self._threads[thread][ns]
            except KeyError:
                points = self._threads.setdefault(thread, {}).setdefault(ns, {})
            own = metadata.copy()
            source, step = own.pop("source", None), own.pop("step", None)
            about: Mapping[str, Any] = own
            values: dict[str, Any] = {}
            if parent in points:
                before = points[parent]
                values = before.values.copy()
                about = before.about if before.about == own else isolated(own)
                for task, kind, value in writes:
                    before.records[task, kind] = value if is_final(value) else self._frozen(value, kind)
            for key in changed:
                value = checkpoint.values[key]
                values[key] = value if type(value) in UNCHANGING else self._frozen(value, key, values.get(key))
            frontier = checkpoint.next
            if frontier and frontier[0].arg is not None:  # those with an input of their own come first
                frontier = tuple([one if type(one.arg) in UNCHANGING else self._frozen_turn(one) for one in frontier])
            points[checkpoint.id] = _Kept(
                values, frontier, checkpoint.joins, checkpoint.ran, source, step, about, parent, {}
            )
        return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint.id}}

    def put_writes(
        self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str, *, first: bool = False
    ) -> None:
        """Keep what a task of the named checkpoint has done; the same kind of the same task is replaced."""
        self.put_records(config, [(task_id, kind, value) for kind, value in writes], first=first)

    def put_records(self, config: Config, records: Sequence[Record], *, first: bool = False) -> None:
        """Keep what several tasks of the named checkpoint have done: all of it or, with `first`, nothing."""
        thread, ns, checkpoint_id = place_of(config)
        with self._lock:
            known = self._threads[thread][ns][checkpoint_id or ""].records
            if first and any((task, kind) in known for task, kind, _ in records):
                raise answered_already(thread)
            for task, kind, value in records:
                known[task, kind] = value if is_final(value) else self._frozen(value, kind)

    async def aput_records(self, config: Config, records: Sequence[Record], *, first: bool = False) -> None:
        """`put_records`, awaited."""
        self.put_records(config, records, first=first)

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
                ns: {key: replace(kept, records=kept.records.copy()) for key, kept in points.items()}
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
                    around = [(outer, at) for outer, at in points[next(reversed(points))].about["parents"].items()]
                    if any(at not in spaces.get(outer, ()) for outer, at in around) and ":" in ns.rpartition("|")[2]:
                        del spaces[ns]

    def size(self) -> int:
        """How much memory the threads take, in bytes; of your own objects only the outermost layer is counted."""
        return size_of(self._threads)

    def _hand_out(self, thread: str, ns: str, key: str, kept: _Kept) -> CheckpointTuple:
        values = {name: value if type(value) in UNCHANGING else thawed(value) for name, value in kept.values.items()}
        frontier = kept.next
        if frontier and frontier[0].arg is not None:
            frontier = tuple(
                [one if type(one.arg) in UNCHANGING else one._replace(arg=thawed(one.arg)) for one in frontier]
            )
        return CheckpointTuple(
            config_of(thread, ns, key),
            Checkpoint(key, values, frontier, kept.joins, kept.ran),
            kept.metadata,
            config_of(thread, ns, kept.parent) if kept.parent else None,
            [
                (task, kind, value if type(value) is tuple else thawed(value))
                for (task, kind), value in kept.records.items()
            ],
        )

    def _frozen_turn(self, turn: Planned) -> Planned:
        frozen = self._frozen(turn.arg, turn.name)
        return turn if frozen is turn.arg else Planned(turn.name, turn.path, frozen, turn.timeout)

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
"""`InMemorySaver` by its shorter name."""
