"""Threads kept in this process: nothing to set up, gone with the kernel."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver, Checkpoint, CheckpointTuple, Config, Record

__all__ = ["InMemorySaver", "MemorySaver"]

_SHARED = frozenset({str, int, float, complex, bool, type(None), bytes})


@dataclass(slots=True)
class _Kept:
    checkpoint: Checkpoint
    metadata: dict[str, Any]
    parent: str | None
    records: dict[tuple[str, str], Any] = field(default_factory=dict)


class InMemorySaver(BaseCheckpointSaver):
    """Keeps threads in memory, each checkpoint as it was when it was taken.

    Lists, dicts, sets and tuples are copied when they are written, so a node that changes the state it was given cannot
    change what is kept; of a step only the keys it wrote are copied. Any Python object may be in the state: what cannot
    be copied is kept as it is, and a warning names its key once.
    """

    def __init__(self) -> None:
        self._threads: dict[str, dict[str, dict[str, _Kept]]] = {}
        self._warned: set[str] = set()

    def get_tuple(self, config: Config) -> CheckpointTuple | None:
        """The named checkpoint, or the thread's newest; None when there is none."""
        thread, ns, checkpoint_id = _place(config)
        kept = self._threads.get(thread, {}).get(ns)
        if not kept or (checkpoint_id and checkpoint_id not in kept):
            return None
        return self._hand_out(thread, ns, kept[checkpoint_id or next(reversed(kept))])

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
        self, config: Config, checkpoint: Checkpoint, metadata: dict[str, Any], changed: Collection[str]
    ) -> dict[str, Any]:
        """Keep a checkpoint whose parent `config` names; only the `changed` keys are copied."""
        thread, ns, parent = _place(config)
        siblings = self._threads.setdefault(thread, {}).setdefault(ns, {})
        values = dict(siblings[parent].checkpoint.values) if parent in siblings else {}
        for key in changed:
            values[key] = self._isolated(checkpoint.values[key], key)
        plan = tuple(turn._replace(arg=self._isolated(turn.arg, turn.name)) for turn in checkpoint.next)
        siblings[checkpoint.id] = _Kept(replace(checkpoint, values=values, next=plan), metadata, parent)
        return _config(thread, ns, checkpoint.id)

    def put_writes(self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str) -> None:
        """Keep what a task of the named checkpoint has done; the same kind of the same task is replaced."""
        thread, ns, checkpoint_id = _place(config)
        records = self._threads[thread][ns][checkpoint_id or ""].records
        for kind, value in writes:
            records[task_id, kind] = self._isolated(value, kind)

    def delete_thread(self, thread_id: str) -> None:
        """Forget the thread. Nothing happens when it is unknown."""
        self._threads.pop(str(thread_id), None)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Keep a copy of the thread under another name; nothing happens when it is unknown."""
        source = self._threads.get(str(source_thread_id), {})
        self._threads[str(target_thread_id)] = {
            ns: {key: replace(kept, records=dict(kept.records)) for key, kept in points.items()}
            for ns, points in source.items()
        }

    def _hand_out(self, thread: str, ns: str, kept: _Kept) -> CheckpointTuple:
        point = kept.checkpoint
        values = {key: self._isolated(value, key) for key, value in point.values.items()}
        plan = tuple(turn._replace(arg=self._isolated(turn.arg, turn.name)) for turn in point.next)
        records: list[Record] = [
            (task, kind, self._isolated(value, kind)) for (task, kind), value in kept.records.items()
        ]
        return CheckpointTuple(
            _config(thread, ns, point.id),
            replace(point, values=values, next=plan),
            kept.metadata,
            _config(thread, ns, kept.parent) if kept.parent else None,
            records,
        )

    def _isolated(self, value: Any, key: str) -> Any:
        try:
            return isolated(value)
        except RecursionError:
            return copy.deepcopy(value)  # it contains itself
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


def isolated(value: Any) -> Any:
    """A copy that later changes to `value` cannot reach; what cannot change is shared.

    >>> shown = isolated(asked := {"tags": ["a"]})
    >>> asked["tags"].append("b")
    >>> shown
    {'tags': ['a']}
    """
    kind = type(value)
    if kind in _SHARED:
        return value
    if kind is list:
        return [item if type(item) in _SHARED else isolated(item) for item in value]
    if kind is dict:
        return {key: item if type(item) in _SHARED else isolated(item) for key, item in value.items()}
    if kind is tuple:
        return tuple([isolated(item) for item in value])
    return copy.deepcopy(value)


def _place(config: Config) -> tuple[str, str, str | None]:
    where: Mapping[str, Any] = config["configurable"]
    return str(where["thread_id"]), where.get("checkpoint_ns", ""), where.get("checkpoint_id")


def _config(thread: str, ns: str, checkpoint_id: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint_id}}
