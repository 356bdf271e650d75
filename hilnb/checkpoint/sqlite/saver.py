"""The saver contract on a SQLite file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

from hilnb.checkpoint.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointTuple,
    Config,
    Record,
    answered_already,
    checkpoints_left,
    config_of,
    go_on_after,
    place_of,
)
from hilnb.checkpoint.frozen import are_unchanging
from hilnb.checkpoint.serde import Serde, types_in
from hilnb.checkpoint.sqlite import rows
from hilnb.checkpoint.sqlite.file import File
from hilnb.checkpoint.sqlite.turns import record_text, turns_of, turns_text
from hilnb.checkpoint.sqlite.values import Memo, Reader, Values, places_in, text_of

__all__ = ["SqliteSaver"]


class SqliteSaver(BaseCheckpointSaver):
    """Keeps threads in a SQLite file. A call that returns has reached the disk; one that raises has changed nothing.

    A step costs what it changed, on disk too: of a list that has grown, only what is new is written. Values are kept as
    JSON, never pickled: they come back equal and of the same type, and what could not is refused, by name, before
    anything is written. Several threads and processes may use one file, each process with a saver of its own.

    Args:
        path_or_connection: A path, ":memory:", a `file:` URI, or a connection that was made with
            `check_same_thread=False`. The file is made where there is none.
        types: Classes of your own that occur in values: dataclasses, pydantic models, Enums, NamedTuples.

    Raises:
        SaverError: The file cannot be used; it is as it was. So does every other call.
    """

    def __init__(
        self, path_or_connection: str | os.PathLike[str] | sqlite3.Connection, types: Iterable[type] = ()
    ) -> None:
        self._serde = Serde(types)
        self._file = File(path_or_connection)
        self._memo = Memo()
        self._introduced: dict[int, Any] = {}

    @classmethod
    @contextmanager
    def from_conn_string(cls, conn_string: str) -> Iterator[Self]:
        """Open a file for a `with` block, as `langgraph.checkpoint.sqlite` does."""
        with cls(conn_string) as saver:
            yield saver

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing happens when it is closed."""
        self._file.close()

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
        with self._file.reading() as db:
            row = rows.named(db, config)
            if row is None:
                return None
            go_on_after(row.id)
            lists = self._memo.take((row.thread, row.ns), row.id)
            kept = self._hand_out(db, row, Reader(self._serde), lists)
            known = {  # the next step need not read them to see that they have grown
                key: value[:]
                for key, value in kept.checkpoint.values.items()
                if type(value) is list and (key in lists or are_unchanging(value))
            }
            self._memo.remember((row.thread, row.ns), row.id, known)
        return kept

    def list(
        self,
        config: Config | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """The checkpoints of a thread, or of all threads, newest first; values are read as they are asked for."""
        with self._file.reading() as db:
            found = rows.chosen(db, config, before)
        if filter:
            found = [row for row in found if filter.items() <= self._serde.loads(row.metadata).items()]
        reader = Reader(self._serde, many=True)
        for row in found[:limit]:
            with self._file.reading() as db:
                if not db.execute("SELECT 1 FROM point WHERE n = ? AND id = ?", (row.n, row.id)).fetchone():
                    continue  # forgotten in the meantime
                kept = self._hand_out(db, row, reader, {})
            yield kept

    def put(
        self,
        config: Config,
        checkpoint: Checkpoint,
        metadata: dict[str, Any],
        changed: Collection[str],
        writes: Sequence[Record] = (),
    ) -> dict[str, Any]:
        """Keep a checkpoint whose parent `config` names; of the state only the `changed` keys are written.

        Raises:
            SerializationError: A value cannot be kept; nothing was.
        """
        thread, ns, parent_id = place_of(config)
        with self._file.writing() as db:
            space, parent, before, newest = rows.parent_of(db, thread, ns, parent_id)
            if space is None:
                space = db.execute("INSERT INTO space (thread, ns) VALUES (?, ?)", (thread, ns)).lastrowid or 0
            n, lists = newest + 1, self._memo.take((thread, ns), parent_id) if parent else {}
            keys = changed if parent else checkpoint.values
            values = Values(db, self._serde, space, n, lists)
            places = values.store(checkpoint.values, keys, places_in(before) if before else {})
            if parent and writes:
                self._add_records(db, parent, writes)
            turns, about = turns_text(checkpoint, self._serde), self._serde.dumps(metadata, "the metadata")
            row = (n, space, checkpoint.id, parent, about, turns, text_of(places))
            db.execute("INSERT INTO point VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._memo.remember((thread, ns), checkpoint.id, lists)
        return config_of(thread, ns, checkpoint.id)

    def put_writes(
        self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str, *, first: bool = False
    ) -> None:
        """Keep what a task of the named checkpoint has done; the same kind of the same task is replaced.

        Raises:
            SerializationError: A value cannot be kept; nothing was.
            ValueError: There is no such checkpoint.
        """
        self.put_records(config, [(task_id, kind, value) for kind, value in writes], first=first)

    def put_records(self, config: Config, records: Sequence[Record], *, first: bool = False) -> None:
        """Keep what several tasks of the named checkpoint have done, in one transaction.

        Raises:
            SerializationError: A value cannot be kept; nothing was.
            ValueError: There is no such checkpoint.
        """
        thread, ns, checkpoint_id = place_of(config)
        with self._file.writing() as db:
            _, n, _, _ = rows.parent_of(db, thread, ns, checkpoint_id)
            if n is None:
                raise ValueError(f"thread {thread!r} has no checkpoint {checkpoint_id}: it was deleted meanwhile.")
            known = "SELECT 1 FROM record WHERE point = ? AND task = ? AND kind = ?"
            if first and any(db.execute(known, (n, task, kind)).fetchone() for task, kind, _ in records):
                raise answered_already(thread)
            self._add_records(db, n, records)

    def delete_thread(self, thread_id: str) -> None:
        """Forget the thread; its room in the file is used again. Nothing happens when it is unknown."""
        with self._file.writing() as db:
            rows.forget(db, [space for space, _ in rows.spaces_of(db, str(thread_id))])

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Keep a copy of the thread under another name, in place of what was there; an unknown one changes nothing."""
        source, target = str(source_thread_id), str(target_thread_id)
        with self._file.writing() as db:
            spaces = rows.spaces_of(db, source)
            if source != target and spaces:
                rows.forget(db, [space for space, _ in rows.spaces_of(db, target)])
                rows.copy(db, spaces, target)

    def threads(self) -> Sequence[str]:
        """The ids of all threads, the one that began first first."""
        with self._file.reading() as db:
            return [name for (name,) in db.execute("SELECT thread FROM space GROUP BY thread ORDER BY min(id)")]

    def prune(self, thread_ids: Sequence[str] | None = None, *, strategy: str = "keep_latest", keep: int = 1) -> None:
        """Forget old checkpoints, and the nested graphs that were called at them; see the base class."""
        left = checkpoints_left(strategy, keep)
        names = self.threads() if thread_ids is None else [str(name) for name in thread_ids]
        for name in names:
            with self._file.writing() as db:
                for space, ns in rows.spaces_of(db, name):
                    if left == 0 or self._is_orphan(db, name, space, ns):
                        rows.forget(db, [space])
                    else:
                        rows.forget_old(db, space, left)

    def size(self) -> int:
        """How much of the file is in use, in bytes."""
        with self._file.reading() as db:
            pages, free, each = (
                db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
            )
        return int((pages - free) * each)

    # ── the same, awaited: each call in a thread, so that a slow disk does not hold up the loop ───────────────────────

    async def aget_tuple(self, config: Config) -> CheckpointTuple | None:
        """`get_tuple`, awaited."""
        return await asyncio.to_thread(self.get_tuple, config)

    async def alist(self, config: Config | None, **chosen: Any) -> AsyncIterator[CheckpointTuple]:
        """`list`, awaited; all is read at once."""
        for kept in await asyncio.to_thread(lambda: [*self.list(config, **chosen)]):
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
        return await asyncio.to_thread(self.put, config, checkpoint, metadata, changed, writes)

    async def aput_writes(
        self, config: Config, writes: Sequence[tuple[str, Any]], task_id: str, *, first: bool = False
    ) -> None:
        """`put_writes`, awaited."""
        await asyncio.to_thread(self.put_writes, config, writes, task_id, first=first)

    async def aput_records(self, config: Config, records: Sequence[Record], *, first: bool = False) -> None:
        """`put_records`, awaited."""
        await asyncio.to_thread(self.put_records, config, records, first=first)

    async def athreads(self) -> Sequence[str]:
        """`threads`, awaited."""
        return await asyncio.to_thread(self.threads)

    async def aprune(
        self, thread_ids: Sequence[str] | None = None, *, strategy: str = "keep_latest", keep: int = 1
    ) -> None:
        """`prune`, awaited."""
        await asyncio.to_thread(self.prune, thread_ids, strategy=strategy, keep=keep)

    async def asize(self) -> int:
        """`size`, awaited."""
        return await asyncio.to_thread(self.size)

    async def adelete_thread(self, thread_id: str) -> None:
        """`delete_thread`, awaited."""
        await asyncio.to_thread(self.delete_thread, thread_id)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """`copy_thread`, awaited."""
        await asyncio.to_thread(self.copy_thread, source_thread_id, target_thread_id)

    # ── helpers that need the serde ───────────────────────────────────────────────────────────────────────────────────

    def _hand_out(
        self, db: sqlite3.Connection, row: rows.Row, reader: Reader, lists: Mapping[str, Any]
    ) -> CheckpointTuple:
        loads = self._serde.loads
        records = db.execute("SELECT task, kind, text FROM record WHERE point = ? ORDER BY at", (row.n,)).fetchall()
        values = reader.read(db, row.space, places_in(row.map), lists)
        return CheckpointTuple(
            config_of(row.thread, row.ns, row.id),
            Checkpoint(row.id, values, *turns_of(row.turns, self._serde)),
            loads(row.metadata),
            config_of(row.thread, row.ns, row.parent) if row.parent else None,
            [(task, kind, loads(text)) for task, kind, text in records],
        )

    def _add_records(self, db: sqlite3.Connection, point: int, records: Sequence[Record]) -> None:
        (at,) = db.execute("SELECT count(*) FROM record WHERE point = ?", (point,)).fetchone()
        db.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET text = excluded.text",
            [
                (point, task, kind, at + n, record_text(kind, value, self._serde))
                for n, (task, kind, value) in enumerate(records)
            ],
        )

    def _is_orphan(self, db: sqlite3.Connection, thread: str, space: int, ns: str) -> bool:
        """Whether a nested graph was called at checkpoints that have been forgotten."""
        query = "SELECT metadata FROM point WHERE space = ? ORDER BY id DESC LIMIT 1"
        (metadata,) = db.execute(query, (space,)).fetchone()
        around = self._serde.loads(metadata)["parents"].items()
        if ":" not in ns.rpartition("|")[2]:
            return False
        return any(rows.parent_of(db, thread, outer, at)[1] is None for outer, at in around)
