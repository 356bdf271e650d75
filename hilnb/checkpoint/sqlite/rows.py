"""The SQL of threads: which checkpoints there are, and how they are copied and forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Any, NamedTuple

from hilnb.checkpoint.base import Config, place_of
from hilnb.checkpoint.sqlite.values import places_in

__all__ = ["Row", "chosen", "copy", "forget", "forget_old", "named", "parent_of", "spaces_of"]


class Row(NamedTuple):
    """A checkpoint as the file has it; `n` is its number, `id` and `parent` are names."""

    thread: str
    ns: str
    space: int
    n: int
    id: str
    parent: str | None
    metadata: str
    turns: str
    map: str


_ROWS = (
    "SELECT s.thread, s.ns, s.id, p.n, p.id, parent.id, p.metadata, p.turns, p.map FROM space s "
    "JOIN point p ON p.space = s.id LEFT JOIN point parent ON parent.n = p.parent WHERE "
)
_NAMED = _ROWS + "s.thread = ? AND s.ns = ? AND p.id = ?"
_NEWEST = _ROWS + "s.thread = ? AND s.ns = ? ORDER BY p.id DESC LIMIT 1"


def named(db: sqlite3.Connection, config: Config) -> Row | None:
    """The checkpoint a config names, or its thread's newest."""
    thread, ns, checkpoint_id = place_of(config)
    if checkpoint_id:
        found = db.execute(_NAMED, (thread, ns, checkpoint_id)).fetchone()
    else:
        found = db.execute(_NEWEST, (thread, ns)).fetchone()
    return None if found is None else Row(*found)


def chosen(db: sqlite3.Connection, config: Config | None, before: Config | None) -> list[Row]:
    """The checkpoints that a config names, and that are older than the one `before` names; newest first."""
    conditions: dict[str, Any] = {}
    if config is not None:
        about = config["configurable"]
        conditions["s.ns = ?"] = about.get("checkpoint_ns", "")
        if "thread_id" in about:
            conditions["s.thread = ?"] = str(about["thread_id"])
        if about.get("checkpoint_id"):
            conditions["p.id = ?"] = about["checkpoint_id"]
    if before and before["configurable"].get("checkpoint_id"):
        conditions["p.id < ?"] = before["configurable"]["checkpoint_id"]
    where = " AND ".join(conditions) or "true"
    return [Row(*found) for found in db.execute(f"{_ROWS}{where} ORDER BY p.id DESC", (*conditions.values(),))]


_PARENT = (
    "SELECT s.id, p.n, p.map, (SELECT max(n) FROM point) FROM space s "
    "LEFT JOIN point p ON p.space = s.id AND p.id = ? WHERE s.thread = ? AND s.ns = ?"
)


def parent_of(
    db: sqlite3.Connection, thread: str, ns: str, checkpoint_id: str | None
) -> tuple[int | None, int | None, str | None, int]:
    """The graph's own number, that of the named checkpoint with its map, and the newest of all checkpoints' numbers."""
    space, n, places, newest = db.execute(_PARENT, (checkpoint_id, thread, ns)).fetchone() or (None, None, None, None)
    if space is None:
        (newest,) = db.execute("SELECT max(n) FROM point").fetchone()
    return space, n, places, newest or 0


def spaces_of(db: sqlite3.Connection, thread: str) -> list[tuple[int, str]]:
    """The graphs of a thread by number and namespace, those that call others first."""
    return db.execute("SELECT id, ns FROM space WHERE thread = ? ORDER BY length(ns), id", (thread,)).fetchall()


def forget(db: sqlite3.Connection, spaces: Collection[int]) -> None:
    """Forget these graphs."""
    for space in spaces:
        db.execute("DELETE FROM record WHERE point IN (SELECT n FROM point WHERE space = ?)", (space,))
        db.execute("DELETE FROM value WHERE space = ?", (space,))
        db.execute("DELETE FROM point WHERE space = ?", (space,))
        db.execute("DELETE FROM space WHERE id = ?", (space,))


def forget_old(db: sqlite3.Connection, space: int, left: int) -> None:
    """Forget all but the newest checkpoints of a graph, and the values that no other has."""
    old = db.execute("SELECT n FROM point WHERE space = ? ORDER BY id DESC LIMIT -1 OFFSET ?", (space, left)).fetchall()
    db.executemany("DELETE FROM record WHERE point = ?", old)
    db.executemany("DELETE FROM point WHERE n = ?", old)
    needed = {
        (place[0] if type(place) is list else place, key)
        for (text,) in db.execute("SELECT map FROM point WHERE space = ?", (space,))
        for key, place in places_in(text).items()
    }
    there = db.execute("SELECT DISTINCT point, key FROM value WHERE space = ?", (space,)).fetchall()
    unneeded = [(space, *place) for place in there if place not in needed]
    db.executemany("DELETE FROM value WHERE space = ? AND point = ? AND key = ?", unneeded)


def copy(db: sqlite3.Connection, spaces: Collection[tuple[int, str]], thread: str) -> None:
    """Copy graphs to a thread. The copies' numbers follow on the newest; in their maps the old ones stay good."""
    (newest,) = db.execute("SELECT max(n) FROM point").fetchone()
    for space, ns in spaces:
        made = db.execute("INSERT INTO space (thread, ns) VALUES (?, ?)", (thread, ns)).lastrowid
        numbers = {"from": space, "to": made, "newest": newest}
        for statement in _COPY:
            db.execute(statement, numbers)


_COPY = (
    "INSERT INTO point SELECT n + :newest, :to, id, parent + :newest, metadata, turns, map FROM point "
    "WHERE space = :from",
    "INSERT INTO value SELECT :to, point, key, start, text FROM value WHERE space = :from",
    "INSERT INTO record SELECT point + :newest, task, kind, at, text FROM record "
    "WHERE point IN (SELECT n FROM point WHERE space = :from)",
)
