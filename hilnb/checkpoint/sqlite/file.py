"""A SQLite file of ours: opened, checked, brought up to date; one clear error for each thing that can go wrong."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from hilnb._pyodide import IN_PYODIDE
from hilnb.errors import SaverError

__all__ = ["APPLICATION", "File"]

APPLICATION = int.from_bytes(b"hiln")
"""Marks a file as ours, in its header."""

PATIENCE = 10.0
"""Seconds to wait for somebody else who is writing."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # A graph of a thread.
        "CREATE TABLE space (id INTEGER PRIMARY KEY, thread TEXT NOT NULL, ns TEXT NOT NULL, UNIQUE (thread, ns))",
        # A checkpoint of it. `turns` is what comes next, what ran and what waits; `map` says for each key where its
        # value is: the `point` of a value, or for a list the `point` of its first items and its length.
        "CREATE TABLE point (n INTEGER PRIMARY KEY, space INTEGER NOT NULL, id TEXT NOT NULL, parent INTEGER, "
        "metadata TEXT NOT NULL, turns TEXT NOT NULL, map TEXT NOT NULL)",
        "CREATE UNIQUE INDEX point_by_id ON point (space, id)",
        # A value, by the checkpoint that wrote it and all later ones share it; of a list the items from `start` on.
        "CREATE TABLE value (space INTEGER, point INTEGER, key TEXT, start INTEGER, text TEXT NOT NULL, "
        "PRIMARY KEY (space, point, key, start)) WITHOUT ROWID",
        # What a task of a checkpoint has done since, in the order `at`.
        "CREATE TABLE record (point INTEGER, task TEXT, kind TEXT, at INTEGER NOT NULL, text TEXT NOT NULL, "
        "PRIMARY KEY (point, task, kind)) WITHOUT ROWID",
    ),
)
"""The steps from an empty file to today's; the file's `user_version` says how many it has had."""

_WHY = {
    sqlite3.SQLITE_BUSY: "another program has been writing to it for too long. Let it finish or end it, and try again.",
    sqlite3.SQLITE_FULL: "the disk is full. Make room, and go on from where the thread was: invoke(None, config).",
    sqlite3.SQLITE_READONLY: "it can only be read. Get the right to write to the file and its folder, or use a copy.",
    sqlite3.SQLITE_CORRUPT: "it is damaged. Use a copy of it; `sqlite3 FILE .recover` rescues what can still be read.",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database. Choose another path, or take the file away.",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened. Is its folder there, and may you write to both?",
    sqlite3.SQLITE_CONSTRAINT: "a checkpoint of this id is kept already. Each is put once, under an id of its own.",
    sqlite3.SQLITE_IOERR: "its disk fails to read or write. Look after the disk; network drives are not safe for this.",
}
_WHY[sqlite3.SQLITE_LOCKED] = _WHY[sqlite3.SQLITE_BUSY]
if IN_PYODIDE:
    _WHY[sqlite3.SQLITE_IOERR] = "JupyterLite's drive cannot hold one. A path under /tmp can, while the kernel runs."


class File:
    """One connection with one lock around it. Everything is written in transactions, each a single commit.

    Args:
        where: A path, ":memory:", a `file:` URI, or a connection that was made with `check_same_thread=False`.

    Raises:
        SaverError: It cannot be used; it is as it was.
    """

    def __init__(self, where: str | os.PathLike[str] | sqlite3.Connection) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()
        self.close: Callable[[], object]
        if isinstance(where, sqlite3.Connection):
            self.name, self._connection, self.close = _name_of(where), where, where.close
            with self._telling():
                self._prepare()
            return
        self.name = os.fspath(where)
        with self._telling():
            self._connection = _connected(self.name)
            # Closed at the latest with the interpreter, but not by a fork of this process: it shares our locks.
            self.close = weakref.finalize(self, _close, self._connection, self._process)
            try:
                self._prepare()
            except BaseException:
                self.close()
                raise

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """See the file as it is at one moment, whoever else writes to it."""
        return self._transaction("BEGIN")

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Write all of what is written in this block, or nothing; nobody else writes meanwhile."""
        return self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        if self._process != os.getpid():
            raise SaverError(
                f"{self.name!r} was opened before this process was forked; make a SqliteSaver(…) of its own here."
            )
        db = self._connection
        with self._lock:
            try:
                db.execute(begin)
                yield db
                db.execute("COMMIT")
            except BaseException:
                with self._telling():
                    with suppress(sqlite3.ProgrammingError):  # it is closed, or not for this thread
                        if db.in_transaction:
                            db.execute("ROLLBACK")
                    raise

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell what SQLite does not like in words of ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> SaverError:
        why = _WHY.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, f"{error}.")
        if "closed database" in str(error):
            why = "the saver is closed. Open another one, or use it inside its `with` block."
        return SaverError(f"{self.name!r} cannot be used: {why}")

    def _prepare(self) -> None:
        self._connection.isolation_level = None  # transactions begin and end where we say so
        with self._transaction("BEGIN"):  # all that is read here is of one moment
            version = self._version()
        self._use_wal()  # before anything is written: a commit then waits for the disk once
        self._pragma("synchronous = FULL")
        if version < len(MIGRATIONS):
            with self._transaction("BEGIN IMMEDIATE"):
                for step in MIGRATIONS[self._version() :]:  # somebody else may have been faster
                    for statement in step:
                        self._connection.execute(statement)
                self._pragma(f"application_id = {APPLICATION}")
                self._pragma(f"user_version = {len(MIGRATIONS)}")
        # A log that is begun again more often stays small, and need not grow: a commit takes a sixth less time.
        self._pragma("wal_autocheckpoint = 250")

    def _version(self) -> int:
        """How many migrations the file has had.

        Raises:
            SaverError: It is another application's, or a newer version's.
        """
        application, version = self._pragma("application_id"), self._pragma("user_version")
        if application == APPLICATION and version > len(MIGRATIONS):
            raise SaverError(
                f"{self.name!r} was written by a newer version of hilnb (format {version}, this one knows up to "
                f"{len(MIGRATIONS)}). Update hilnb, or choose another path."
            )
        found = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        if application != APPLICATION and (application or version or found):
            tables = ", ".join(sorted(name for (name,) in found)) or "none"
            raise SaverError(
                f"{self.name!r} is the database of another application (its tables: {tables}). Choose another path: "
                "hilnb keeps its threads in a file of their own."
            )
        return int(version)

    def _use_wal(self) -> None:
        """Use a write-ahead log; it takes nobody else reading, and SQLite does not wait for that by itself."""
        give_up = time.monotonic() + PATIENCE
        while self._pragma("journal_mode") != "wal":
            try:
                self._pragma("journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                    raise
                time.sleep(0.005)

    def _pragma(self, text: str) -> Any:
        row = self._connection.execute(f"PRAGMA {text}").fetchone()
        return row and row[0]


def _connected(name: str) -> sqlite3.Connection:
    """A connection to a file, which is made if it is not there; only its owner may read it."""
    is_uri = name.startswith("file:")
    if name and name != ":memory:" and not is_uri:
        folder = Path(name).absolute().parent
        if not folder.is_dir():
            raise SaverError(f"{name!r} cannot be made: there is no folder {str(folder)!r}. Make it first.")
        with suppress(OSError):  # it is there already, or SQLite will say what is wrong
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    return sqlite3.connect(name, timeout=PATIENCE, check_same_thread=False, isolation_level=None, uri=is_uri)


def _name_of(connection: sqlite3.Connection) -> str:
    try:
        return connection.execute("PRAGMA database_list").fetchone()[2] or ":memory:"
    except sqlite3.Error:  # the file is no database, or the connection is closed: we say so in a moment
        return "the connection"


def _close(connection: sqlite3.Connection, process: int) -> None:
    if process == os.getpid():
        connection.close()
