"""The saver contract: what a thread's keeper is handed, and what it must hand back."""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypedDict

from hilnb.errors import AnsweredError
from hilnb.types import TimeoutPolicy

__all__ = [
    "BaseCheckpointSaver",
    "Checkpoint",
    "CheckpointMetadata",
    "CheckpointTuple",
    "Config",
    "Planned",
    "Record",
    "answered_already",
    "checkpoints_left",
    "config_of",
    "go_on_after",
    "new_id",
    "place_of",
]

Config = Mapping[str, Any]
"""Names a thread, and perhaps a checkpoint of it: `{"configurable": {"thread_id": "1"}}`."""

Record = tuple[str, str, Any]
"""What a task has done: its id, the kind of what it did, and that."""


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


@dataclass(slots=True)
class Checkpoint:
    """A thread between two supersteps. It is never changed once it is made (being frozen would cost each step a lot).

    Attributes:
        id: Tells when it was taken, and sorts by that, also among processes; see `new_id`.
        values: The state, by key.
        next: The turns that come next: the frontier.
        joins: For each `add_edge([…], target)` with some sources finished: `(sources, target)` to those sources.
        ran: The nodes whose updates led here.
    """

    id: str
    values: dict[str, Any]
    next: tuple[Planned, ...] = ()
    joins: Mapping[tuple[tuple[str, ...], str], frozenset[str]] | None = None
    ran: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        """A part by LangGraph's name of it: `id`, `ts`, `channel_values`."""
        return {"id": self.id, "ts": self.created_at, "channel_values": self.values}[name]

    @property
    def created_at(self) -> str:
        """When it was taken: ISO 8601, UTC."""
        ticks = int(self.id[:8] + self.id[9:13] + self.id[15:18], 16) - _EPOCH  # without the dashes and the version
        seconds, part = divmod(ticks // 10, 1_000_000)
        return f"{_second(seconds)}.{part:06}+00:00" if part else f"{_second(seconds)}+00:00"


class CheckpointMetadata(TypedDict, total=False):
    """What is kept about a checkpoint, besides what the config adds.

    Attributes:
        source: "input", "loop" (a superstep), "update" or "fork".
        step: -1 for the first input, 0 after START, one more for each superstep.
        parents: The checkpoint that each graph around stood at, by namespace.
    """

    source: Literal["input", "loop", "update", "fork"]
    step: int
    parents: dict[str, str]


class CheckpointTuple(NamedTuple):
    """A checkpoint as it was kept.

    Attributes:
        config: Names this checkpoint.
        checkpoint: The thread at that moment.
        metadata: `source`, `step`, `parents`.
        parent_config: Names the checkpoint before it.
        pending_writes: `(task id, kind, value)` for what its tasks have done since: finished, failed, asked, were told;
            each kind of a task once, in the order in which they were first kept.
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
        self,
        config: Config,
        checkpoint: Checkpoint,
        metadata: dict[str, Any],
        changed: Collection[str],
        writes: Sequence[Record] = (),
    ) -> dict[str, Any]:
        """Keep a checkpoint whose parent `config` names, and what the parent's tasks did last: both or neither.

        Args:
            config: Names the parent, or only thread and namespace for the first one.
            checkpoint: All of it; only `changed` keys differ from the parent's.
            metadata: `source`, `step`, `parents`.
            changed: The keys written since the parent.
            writes: `(task id, kind, value)` to be kept with the parent, as `put_writes` does.

        Returns:
            The config that names it.
        """

    @abstractmethod
    def put_writes(
        self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str, *, first: bool = False
    ) -> None:
        """Keep what a task of the named checkpoint has done; the same kind of the same task is replaced.

        Args:
            config: Names the checkpoint.
            writes: `(kind, value)`.
            task_id: The task.
            first: Keep all of them or none: none when one of these kinds is kept already, whoever kept it, in this
                process or another. It is how the first of two answers wins.

        Raises:
            AnsweredError: `first`, and one of them is kept already.
        """

    @abstractmethod
    def delete_thread(self, thread_id: str) -> None:
        """Forget the thread. Nothing happens when it is unknown."""

    @abstractmethod
    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Keep a copy of the thread under another name."""

    def introduce(self, *annotations: Any) -> None:  # noqa: B027 - most savers have nothing to do
        """Be ready to keep the user's own classes that these annotations name; a graph calls it with its schemas.

        Only a saver whose checkpoints leave the process needs to know them; this one does nothing.
        """

    def put_records(self, config: Config, records: Sequence[Record], *, first: bool = False) -> None:
        """Keep what several tasks of the named checkpoint have done, `(task id, kind, value)`, as `put_writes` does.

        Override it to keep all of them or none, also with `first`: of two people who answer several questions at once,
        one is then the first with all. And what has come in together costs one stroke.
        """
        for task_id, writes in _by_task(records).items():
            self.put_writes(config, writes, task_id, first=first)

    def threads(self) -> Sequence[str]:
        """The ids of all threads, the one that began first first."""
        raise NotImplementedError(f"{type(self).__name__} does not list its threads")

    def prune(self, thread_ids: Sequence[str] | None = None, *, strategy: str = "keep_latest", keep: int = 1) -> None:
        """Forget old checkpoints (semantics: LangGraph's method of this name, and `keep`).

        Args:
            thread_ids: Of these threads; of all when None.
            strategy: "keep_latest" keeps the newest ones, "delete" nothing.
            keep: How many of each (nested) graph's newest checkpoints "keep_latest" keeps.

        Raises:
            ValueError: Another strategy, or fewer than one to keep.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot forget old checkpoints")

    def size(self) -> int:
        """How much is kept, in bytes."""
        raise NotImplementedError(f"{type(self).__name__} does not know its size")

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
        self,
        config: Config,
        checkpoint: Checkpoint,
        metadata: dict[str, Any],
        changed: Collection[str],
        writes: Sequence[Record] = (),
    ) -> dict[str, Any]:
        """`put`, awaited."""
        return self.put(config, checkpoint, metadata, changed, writes)

    async def aput_writes(
        self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str, *, first: bool = False
    ) -> None:
        """`put_writes`, awaited."""
        self.put_writes(config, writes, task_id, first=first)

    async def aput_records(self, config: Config, records: Sequence[Record], *, first: bool = False) -> None:
        """`put_records`, awaited."""
        for task_id, writes in _by_task(records).items():
            await self.aput_writes(config, writes, task_id, first=first)

    async def athreads(self) -> Sequence[str]:
        """`threads`, awaited."""
        return self.threads()

    async def aprune(
        self, thread_ids: Sequence[str] | None = None, *, strategy: str = "keep_latest", keep: int = 1
    ) -> None:
        """`prune`, awaited."""
        self.prune(thread_ids, strategy=strategy, keep=keep)

    async def asize(self) -> int:
        """`size`, awaited."""
        return self.size()

    async def adelete_thread(self, thread_id: str) -> None:
        """`delete_thread`, awaited."""
        self.delete_thread(thread_id)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """`copy_thread`, awaited."""
        self.copy_thread(source_thread_id, target_thread_id)


_EPOCH = 0x01B21DD213814000
"""The 100 ns between the beginning of the Gregorian calendar, from which such ids count, and 1970."""

_node = os.urandom(6).hex()
_last = 0
_lock = threading.Lock()


@lru_cache(maxsize=100)  # a history has many checkpoints of the same second
def _second(seconds: int) -> str:
    """A second since 1970: ISO 8601, UTC, without saying so."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()


def new_id() -> str:
    """A new checkpoint id in the layout of UUID version 6: later ids sort after earlier ones."""
    global _last
    ticks = time.time_ns() // 100 + _EPOCH
    with _lock:
        if ticks <= _last:
            ticks = _last + 1
        _last = ticks
    digits = hex(ticks)  # 0x and 15 digits, from 1810 to 5236
    return f"{digits[2:10]}-{digits[10:14]}-6{digits[14:]}-8000-{_node}"


def go_on_after(checkpoint_id: str) -> None:
    """Let the ids to come sort after this one, also when the clock has been set back since it was made."""
    global _last
    high, middle, low, *_ = f"{checkpoint_id}---".split("-")
    try:
        ticks = int(f"{high}{middle}{low[1:]}", 16)
    except ValueError:  # an id of somebody else's making
        return
    with _lock:
        _last = max(_last, ticks)


def _by_task(records: Sequence[Record]) -> dict[str, list[tuple[str, Any]]]:
    found: dict[str, list[tuple[str, Any]]] = {}
    for task_id, kind, value in records:
        found.setdefault(task_id, []).append((kind, value))
    return found


def place_of(config: Config) -> tuple[str, str, str | None]:
    """The thread, the graph in it and the checkpoint that a config names; None for the newest one."""
    about: Mapping[str, Any] = config["configurable"]
    return str(about["thread_id"]), about.get("checkpoint_ns", ""), about.get("checkpoint_id")


def config_of(thread: str, ns: str, checkpoint_id: str) -> dict[str, Any]:
    """The config that names a checkpoint."""
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": checkpoint_id}}


def checkpoints_left(strategy: str, keep: int) -> int:
    """How many checkpoints `prune` leaves of each graph.

    Raises:
        ValueError: Another strategy, or fewer than one to keep.
    """
    if strategy == "delete":
        return 0
    if strategy != "keep_latest":
        raise ValueError(f"prune(strategy={strategy!r}): there are 'keep_latest' and 'delete'.")
    if keep < 1:
        raise ValueError(f"prune(keep={keep!r}): at least 1, the newest; strategy='delete' forgets the thread.")
    return keep


def answered_already(thread: str) -> AnsweredError:
    """What `put_writes(first=True)` raises when somebody else was first."""
    return AnsweredError(
        f"A question of thread {thread!r} has been answered in the meantime; that answer stands, and this one was "
        "not used. get_state() shows where the thread is now."
    )
