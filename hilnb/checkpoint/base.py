"""The saver contract: what a thread's keeper is handed, and what it must hand back."""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from hilnb.types import TimeoutPolicy

__all__ = ["BaseCheckpointSaver", "Checkpoint", "CheckpointTuple", "Planned", "new_id"]

Config = Mapping[str, Any]
Record = tuple[str, str, Any]


class Planned(NamedTuple):
    """A node's turn in the superstep to come.

    Attributes:
        name: The node.
        path: Where the turn comes from; also the order in which updates are merged.
        arg: The whole input of a turn made by `Send` or by the run's own input; None when the node reads the state.
        timeout: How long it may take, where a `Send` says that.
    """

    name: str
    path: tuple[str | int | bool, ...]
    arg: Any = None
    timeout: TimeoutPolicy | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A thread between two supersteps.

    Attributes:
        id: Sorts by time, also among processes.
        time: Seconds since 1970.
        values: The state, by key.
        next: The turns that come next: the frontier.
        joins: For each `add_edge([…], target)` with some sources finished: `(sources, target)` to those sources.
        ran: The nodes whose updates led here.
    """

    id: str
    time: float
    values: dict[str, Any]
    next: tuple[Planned, ...] = ()
    joins: Mapping[tuple[tuple[str, ...], str], frozenset[str]] | None = None
    ran: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        """A part by LangGraph's name of it: `id`, `ts`, `channel_values`."""
        return {"id": self.id, "ts": self.created_at, "channel_values": self.values}[name]

    @property
    def created_at(self) -> str:
        """ISO 8601, UTC."""
        return datetime.fromtimestamp(self.time, UTC).isoformat()


class CheckpointTuple(NamedTuple):
    """A checkpoint as it was kept.

    Attributes:
        config: Names this checkpoint.
        checkpoint: The thread at that moment.
        metadata: `source`, `step`, `parents`.
        parent_config: Names the checkpoint before it.
        pending_writes: `(task id, kind, value)` for what its tasks have done since: finished, failed, asked, were told.
    """

    config: dict[str, Any]
    checkpoint: Checkpoint
    metadata: dict[str, Any]
    parent_config: dict[str, Any] | None = None
    pending_writes: Sequence[Record] = ()


class BaseCheckpointSaver(ABC):
    """Keeps the checkpoints of threads. Names and calls are LangGraph's; subclass it and write these six.

    Every config names a thread by `configurable.thread_id`, a (nested) graph in it by `checkpoint_ns` ("" for the root)
    and, where it matters, a checkpoint by `checkpoint_id`. What is handed out never aliases what is kept.

    The async twins call the methods themselves. Override them where a call may block.
    """

    @abstractmethod
    def get_tuple(self, config: Config) -> CheckpointTuple | None:
        """The named checkpoint, or the thread's newest; None when there is none."""

    @abstractmethod
    def list(
        self,
        config: Config | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """The thread's checkpoints, newest first.

        Args:
            config: Names the thread; all threads when None.
            filter: Only those whose metadata has these values.
            before: Only those before the checkpoint this names.
            limit: The most to yield.
        """

    @abstractmethod
    def put(
        self, config: Config, checkpoint: Checkpoint, metadata: dict[str, Any], changed: Collection[str]
    ) -> dict[str, Any]:
        """Keep a checkpoint whose parent `config` names.

        Args:
            config: Names the parent, or only thread and namespace for the first one.
            checkpoint: All of it; only `changed` keys differ from the parent's.
            metadata: `source`, `step`, `parents`.
            changed: The keys written since the parent.

        Returns:
            The config that names it.
        """

    @abstractmethod
    def put_writes(self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str) -> None:
        """Keep what a task of the named checkpoint has done; the same kind of the same task is replaced."""

    @abstractmethod
    def delete_thread(self, thread_id: str) -> None:
        """Forget the thread. Nothing happens when it is unknown."""

    @abstractmethod
    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Keep a copy of the thread under another name."""

    def get(self, config: Config) -> Checkpoint | None:
        """The checkpoint alone of what `get_tuple` gives."""
        kept = self.get_tuple(config)
        return None if kept is None else kept.checkpoint

    async def aget(self, config: Config) -> Checkpoint | None:
        """`get`, awaited."""
        kept = await self.aget_tuple(config)
        return None if kept is None else kept.checkpoint

    async def aget_tuple(self, config: Config) -> CheckpointTuple | None:
        """`get_tuple`, awaited."""
        return self.get_tuple(config)

    async def alist(self, config: Config | None, **chosen: Any) -> AsyncIterator[CheckpointTuple]:
        """`list`, awaited one by one."""
        for kept in self.list(config, **chosen):
            yield kept

    async def aput(
        self, config: Config, checkpoint: Checkpoint, metadata: dict[str, Any], changed: Collection[str]
    ) -> dict[str, Any]:
        """`put`, awaited."""
        return self.put(config, checkpoint, metadata, changed)

    async def aput_writes(self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str) -> None:
        """`put_writes`, awaited."""
        self.put_writes(config, writes, task_id)

    async def adelete_thread(self, thread_id: str) -> None:
        """`delete_thread`, awaited."""
        self.delete_thread(thread_id)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """`copy_thread`, awaited."""
        self.copy_thread(source_thread_id, target_thread_id)


_node = int.from_bytes(os.urandom(6), "big")
_last = 0
_lock = threading.Lock()


def new_id() -> str:
    """A new checkpoint id in the layout of UUID version 6: later ids sort after earlier ones."""
    global _last
    with _lock:
        _last = ticks = max(_last + 1, time.time_ns() // 100 + 0x01B21DD213814000)
    return f"{ticks >> 28:08x}-{ticks >> 12 & 0xFFFF:04x}-6{ticks & 0xFFF:03x}-{0x8000:04x}-{_node:012x}"
