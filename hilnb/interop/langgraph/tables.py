"""What LangGraph's savers have no method for, on their own tables.

That is: forgetting some checkpoints and how much is kept, both of our threads and no others; and the names of all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from hilnb.interop.langgraph.plans import PREFIX

__all__ = ["aforget", "asize", "athreads", "forget", "is_file", "is_known", "size", "threads"]

Statement = tuple[str, tuple[Any, ...]]

_SQLITE = "langgraph.checkpoint.sqlite"
_POSTGRES = "langgraph.checkpoint.postgres"
_MEMORY = "langgraph.checkpoint.memory"


def _kind_of(saver: Any) -> str | None:
    """The package of the saver's class or of one that it is made of."""
    modules = [kind.__module__.removesuffix(".aio") for kind in type(saver).__mro__]
    return next((name for name in (_MEMORY, _SQLITE, _POSTGRES) if name in modules), None)


def is_known(saver: Any) -> bool:
    """Whether its tables are known here."""
    return _kind_of(saver) is not None


def is_file(saver: Any) -> bool:
    """Whether it keeps threads in an SQLite file."""
    return _kind_of(saver) == _SQLITE


def forget(saver: Any, thread: str, ns: str, old: Sequence[str]) -> None:
    """Forget these checkpoints of a graph, what their tasks did, and the values that no other checkpoint has."""
    if _kind_of(saver) == _MEMORY:
        _forget_in_memory(saver, thread, ns, old)
    elif old:
        _run(saver, _forgetting(saver, thread, ns, old))


async def aforget(saver: Any, thread: str, ns: str, old: Sequence[str]) -> None:
    """`forget`, awaited."""
    if old:
        await _arun(saver, _forgetting(saver, thread, ns, old))


def size(saver: Any) -> int:
    """How much of our threads is kept, in bytes."""
    if _kind_of(saver) == _MEMORY:
        return _size_in_memory(saver)
    return int(_run(saver, [_sizing(saver)])[0][0])


async def asize(saver: Any) -> int:
    """`size`, awaited."""
    return int((await _arun(saver, [_sizing(saver)]))[0][0])


def threads(saver: Any) -> list[str]:
    """The ids of all threads, LangGraph's and ours, in no order."""
    if _kind_of(saver) == _MEMORY:
        return [*saver.storage]
    return [name for (name,) in _run(saver, [_THREADS])]


async def athreads(saver: Any) -> list[str]:
    """`threads`, awaited."""
    return [name for (name,) in await _arun(saver, [_THREADS])]


# ── SQL ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

_THREADS: Statement = ("SELECT DISTINCT thread_id FROM checkpoints WHERE checkpoint_ns = ''", ())
_OF_GRAPH = "thread_id = {} AND checkpoint_ns = {}"


def _forgetting(saver: Any, thread: str, ns: str, old: Sequence[str]) -> list[Statement]:
    if _kind_of(saver) == _SQLITE:
        where = f"{_OF_GRAPH.format('?', '?')} AND checkpoint_id = ?"
        return [
            (f"DELETE FROM {table} WHERE {where}", (thread, ns, each))
            for each in old
            for table in ("writes", "checkpoints")
        ]
    graph = _OF_GRAPH.format("%s", "%s")
    ids = [*old]
    return [
        (f"DELETE FROM checkpoint_writes WHERE {graph} AND checkpoint_id = ANY(%s)", (thread, ns, ids)),
        (f"DELETE FROM checkpoints WHERE {graph} AND checkpoint_id = ANY(%s)", (thread, ns, ids)),
        (
            f"DELETE FROM checkpoint_blobs blob WHERE {graph} AND version = ANY(%s) AND NOT EXISTS ("
            "SELECT 1 FROM checkpoints c WHERE c.thread_id = blob.thread_id AND c.checkpoint_ns = blob.checkpoint_ns "
            "AND c.checkpoint -> 'channel_versions' ->> blob.channel = blob.version)",
            (thread, ns, ids),
        ),
    ]


def _sizing(saver: Any) -> Statement:
    if _kind_of(saver) == _SQLITE:
        parts, each = {"checkpoints": ("checkpoint", "metadata"), "writes": ("value",)}, "length({})"
    else:
        parts = {
            "checkpoints": ("checkpoint", "metadata"),
            "checkpoint_blobs": ("blob",),
            "checkpoint_writes": ("blob",),
        }
        each = "pg_column_size({})"
    sums = [
        f"(SELECT coalesce(sum({' + '.join(map(each.format, columns))}), 0) FROM {table} WHERE thread_id LIKE "
        f"'{PREFIX}%')"
        for table, columns in parts.items()
    ]
    return f"SELECT {' + '.join(sums)}", ()


def _run(saver: Any, statements: Sequence[Statement]) -> list[Any]:
    """Run statements in one transaction, and hand out the rows of the last."""
    if _kind_of(saver) == _SQLITE:
        with saver.cursor() as cursor:
            for statement in statements:
                cursor.execute(*statement)
            return list(cursor.fetchall())
    with saver.lock, _connection(saver.conn) as connection, connection.transaction():
        cursor = _plain_cursor(connection)
        for text, given in statements:
            cursor.execute(text, given or None)
        return list(cursor.fetchall()) if cursor.description else []


async def _arun(saver: Any, statements: Sequence[Statement]) -> list[Any]:
    rows: list[Any] = []
    if _kind_of(saver) == _SQLITE:
        await saver.setup()
        async with saver.lock:
            for statement in statements:
                async with saver.conn.execute(*statement) as cursor:
                    rows = list(await cursor.fetchall())
            await saver.conn.commit()
        return rows
    async with saver.lock, _aconnection(saver.conn) as connection, connection.transaction():
        cursor = _plain_cursor(connection)
        for text, given in statements:
            await cursor.execute(text, given or None)
        return list(await cursor.fetchall()) if cursor.description else []


def _plain_cursor(connection: Any) -> Any:
    from psycopg.rows import tuple_row

    return connection.cursor(row_factory=tuple_row)


@contextmanager
def _connection(given: Any) -> Iterator[Any]:
    """A connection, also from a pool."""
    if hasattr(given, "getconn"):
        with given.connection() as connection:
            yield connection
    else:
        yield given


@asynccontextmanager
async def _aconnection(given: Any) -> AsyncIterator[Any]:
    if hasattr(given, "getconn"):
        async with given.connection() as connection:
            yield connection
    else:
        yield given


# ── memory ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _forget_in_memory(saver: Any, thread: str, ns: str, old: Sequence[str]) -> None:
    points = saver.storage[thread][ns]
    for each in old:
        points.pop(each, None)
        saver.writes.pop((thread, ns, each), None)
    used = {
        place for point, _, _ in points.values() for place in saver.serde.loads_typed(point)["channel_versions"].items()
    }
    gone = {*old}
    for blob in [key for key in saver.blobs if key[:2] == (thread, ns)]:
        if blob[3] in gone and blob[2:] not in used:
            del saver.blobs[blob]
    if not points:
        del saver.storage[thread][ns]


def _size_in_memory(saver: Any) -> int:
    points = sum(
        len(part[1])
        for thread, graphs in saver.storage.items()
        if thread.startswith(PREFIX)
        for graph in graphs.values()
        for point in graph.values()
        for part in point[:2]
    )
    blobs = sum(len(blob[1]) for key, blob in saver.blobs.items() if key[0].startswith(PREFIX))
    writes = sum(
        len(write[2][1]) for key, found in saver.writes.items() if key[0].startswith(PREFIX) for write in found.values()
    )
    return points + blobs + writes
