"""hilnb's saver contract on any saver of LangGraph's."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import langgraph.checkpoint.base as theirs

from hilnb.checkpoint.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointTuple,
    Config,
    Record,
    checkpoints_left,
)
from hilnb.checkpoint.serde import Serde, types_in
from hilnb.errors import SaverError
from hilnb.interop.langgraph import tables
from hilnb.interop.langgraph.keepers import Keeper, keeper_of
from hilnb.interop.langgraph.plans import Threads
from hilnb.interop.langgraph.serde import serde_for

__all__ = ["LangGraphSaver", "saver"]


def saver(langgraph_saver: theirs.BaseCheckpointSaver[Any], types: Iterable[type] = ()) -> LangGraphSaver:
    """A saver for hilnb's graphs that keeps their threads in one of LangGraph's.

    ::

        with PostgresSaver.from_conn_string("postgresql://…") as postgres:
            postgres.setup()
            graph = builder.compile(checkpointer=saver(postgres))

    Args:
        langgraph_saver: Any of LangGraph's savers. One that is awaited (its name begins with Async) is for
            `graph.ainvoke` and the like.
        types: Classes of your own that occur in values, as for hilnb's `SqliteSaver`.

    Raises:
        TypeError: It is no saver of LangGraph's.
        SaverError: It does not keep histories, or its connection does not commit what is written.
    """
    return LangGraphSaver(langgraph_saver, types)


class LangGraphSaver(BaseCheckpointSaver):
    """What `saver` makes. Threads of LangGraph's own graphs in the same place are neither seen nor touched.

    Values are kept as hilnb's JSON, never pickled: they come back equal and of the same type, and what could not is
    refused, by name, before anything is written.
    """

    def __init__(self, langgraph_saver: theirs.BaseCheckpointSaver[Any], types: Iterable[type] = ()) -> None:
        _check(langgraph_saver)
        self._langgraph_saver = langgraph_saver
        self._serde = Serde(types, f"saver({type(langgraph_saver).__name__}(…), types=[{{}}])")
        self._threads = Threads(self._serde)
        mine = copy.copy(langgraph_saver)  # as LangGraph does it to change how a saver reads
        mine.serde = serde_for(langgraph_saver)
        self._keeper: Keeper = keeper_of(mine, langgraph_saver)
        self._introduced: dict[int, Any] = {}

    def __repr__(self) -> str:
        return f"saver({type(self._langgraph_saver).__name__})"

    def register(self, *types: type) -> None:
        """Be ready to keep values of these classes of the user's own."""
        self._serde.register(*types)

    def introduce(self, *annotations: Any) -> None:
        """Be ready to keep the classes that these annotations name; a graph calls it with its schemas."""
        for annotation in annotations:
            if id(annotation) not in self._introduced:
                self._serde.register(*types_in(annotation))
                self._introduced[id(annotation)] = annotation  # so that nothing else gets its id

    # ── what the contract asks ────────────────────────────────────────────────────────────────────────────────────────

    def get_tuple(self, config: Config) -> CheckpointTuple | None:
        """The named checkpoint, or the thread's newest; None when there is none."""
        kept: CheckpointTuple | None = self._keeper.do(self._threads.get_tuple(config))
        return kept

    def list(
        self,
        config: Config | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """The checkpoints of a thread, or of all threads, newest first; all are read at once."""
        yield from self._keeper.do(self._threads.list(config, filter, before, limit))

    def put(
        self,
        config: Config,
        checkpoint: Checkpoint,
        metadata: dict[str, Any],
        changed: Collection[str],
        writes: Sequence[Record] = (),
    ) -> dict[str, Any]:
        """Keep a checkpoint whose parent `config` names; of the state only the `changed` keys are written.

        What the parent's tasks did is kept just before. If the machine dies between the two, these tasks have finished
        and the step is not over; the run goes on from there, and none of them is run again.

        Raises:
            SerializationError: A value cannot be kept; nothing was.
        """
        put: dict[str, Any] = self._keeper.do(self._threads.put(config, checkpoint, metadata, changed, writes))
        return put

    def put_writes(
        self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str, *, first: bool = False
    ) -> None:
        """Keep what a task of the named checkpoint has done; the same kind of the same task is replaced.

        Raises:
            SerializationError: A value cannot be kept; nothing was.
            AnsweredError: `first`, and one of them is kept already.
        """
        self.put_records(config, [(task_id, kind, value) for kind, value in writes], first=first)

    def put_records(self, config: Config, records: Sequence[Record], *, first: bool = False) -> None:
        """Keep what several tasks of the named checkpoint have done, all of it or nothing.

        Raises:
            SerializationError: A value cannot be kept; nothing was.
            AnsweredError: `first`, and one of them is kept already.
            ValueError: `first`, and there is no such checkpoint.
        """
        self._keeper.do((self._threads.put_first if first else self._threads.put_records)(config, records))

    def delete_thread(self, thread_id: str) -> None:
        """Forget the thread. Nothing happens when it is unknown."""
        self._keeper.do(self._threads.delete_thread(thread_id))

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Keep a copy of the thread under another name, in place of what was there; an unknown one changes nothing."""
        self._keeper.do(self._threads.copy_thread(source_thread_id, target_thread_id))

    def threads(self) -> Sequence[str]:
        """The ids of all threads of hilnb's, the one that began first first."""
        names: list[str] = self._keeper.do(self._threads.threads())
        return names

    def prune(self, thread_ids: Sequence[str] | None = None, *, strategy: str = "keep_latest", keep: int = 1) -> None:
        """Forget old checkpoints, and the nested graphs that were called at them; see the base class.

        Raises:
            NotImplementedError: "keep_latest" on a saver that is not LangGraph's own: LangGraph has no call for it.
        """
        self._keeper.do(self._pruning(thread_ids, strategy, keep))

    def size(self) -> int:
        """How much is kept of hilnb's threads, in bytes.

        Raises:
            NotImplementedError: On a saver that is not LangGraph's own.
        """
        self._need_tables("know its size")
        return int(self._keeper.do(self._threads.size()))

    # ── the same, awaited ─────────────────────────────────────────────────────────────────────────────────────────────

    async def aget_tuple(self, config: Config) -> CheckpointTuple | None:
        """`get_tuple`, awaited."""
        kept: CheckpointTuple | None = await self._keeper.ado(self._threads.get_tuple(config))
        return kept

    async def alist(self, config: Config | None, **chosen: Any) -> AsyncIterator[CheckpointTuple]:
        """`list`, awaited; all is read at once."""
        for kept in await self._keeper.ado(self._threads.list(config, **chosen)):
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
        put: dict[str, Any] = await self._keeper.ado(self._threads.put(config, checkpoint, metadata, changed, writes))
        return put

    async def aput_writes(
        self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str, *, first: bool = False
    ) -> None:
        """`put_writes`, awaited."""
        await self.aput_records(config, [(task_id, kind, value) for kind, value in writes], first=first)

    async def aput_records(self, config: Config, records: Sequence[Record], *, first: bool = False) -> None:
        """`put_records`, awaited."""
        await self._keeper.ado((self._threads.put_first if first else self._threads.put_records)(config, records))

    async def adelete_thread(self, thread_id: str) -> None:
        """`delete_thread`, awaited."""
        await self._keeper.ado(self._threads.delete_thread(thread_id))

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """`copy_thread`, awaited."""
        await self._keeper.ado(self._threads.copy_thread(source_thread_id, target_thread_id))

    async def athreads(self) -> Sequence[str]:
        """`threads`, awaited."""
        names: list[str] = await self._keeper.ado(self._threads.threads())
        return names

    async def aprune(
        self, thread_ids: Sequence[str] | None = None, *, strategy: str = "keep_latest", keep: int = 1
    ) -> None:
        """`prune`, awaited."""
        await self._keeper.ado(self._pruning(thread_ids, strategy, keep))

    async def asize(self) -> int:
        """`size`, awaited."""
        self._need_tables("know its size")
        return int(await self._keeper.ado(self._threads.size()))

    # ── what is checked beforehand ────────────────────────────────────────────────────────────────────────────────────

    def _pruning(self, thread_ids: Sequence[str] | None, strategy: str, keep: int) -> Any:
        left = checkpoints_left(strategy, keep)
        if left:
            self._need_tables("forget old checkpoints")
        return self._threads.prune(thread_ids, left)

    def _need_tables(self, what: str) -> None:
        if not tables.is_known(self._langgraph_saver):
            raise NotImplementedError(f"{self} cannot {what}: LangGraph has no call for it")


def _check(given: Any) -> None:
    """Refuse what could not keep a promise."""
    if not isinstance(given, theirs.BaseCheckpointSaver):
        raise TypeError(f"saver({given!r:.80}): a saver of LangGraph's is needed, such as PostgresSaver.")
    name = type(given).__name__
    if "Shallow" in name:
        raise SaverError(f"{name} keeps only the newest checkpoint of a thread, and hilnb needs the others too.")
    if getattr(getattr(given, "conn", None), "autocommit", True) is False:
        raise SaverError(f"{name}: its connection does not commit what is written. Connect with autocommit=True.")
