"""A loop's job: what is around a hand-written loop, so that it keeps as many states as a graph does."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from benchmarks.job import Job
from benchmarks.keeping import Keep, Keeping, State, new_file

__all__ = ["loop_job"]


def loop_job(run: Callable[[Keep | None], Any], keeping: Keeping) -> Job:
    """Make a hand-written loop into a job; it gets a function that keeps a state, or None.

    Where a graph has a saver the loop keeps one shallow copy per step: in a list, or as JSON in a row of its own.
    """
    awaits = asyncio.iscoroutinefunction(run)
    if keeping == "none":
        return Job(lambda thread: run(None), awaits=awaits)
    if keeping == "sqlite":
        return _loop_on_disk(run)
    kept: dict[str, list[State]] = {}

    def on_thread(thread: str) -> Any:
        past = kept[thread] = []
        return run(lambda state: past.append(dict(state)))

    return Job(on_thread, history=lambda thread: reversed(kept[thread]), forget=kept.__delitem__, awaits=awaits)


def _loop_on_disk(run: Callable[[Keep | None], Any]) -> Job:
    room = ExitStack()
    database = sqlite3.connect(new_file(room))
    room.callback(database.close)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE kept (thread TEXT, state TEXT)")

    def on_thread(thread: str) -> Any:
        def keep(state: State) -> None:
            with database:
                database.execute("INSERT INTO kept VALUES (?, ?)", (thread, json.dumps(state)))

        return run(keep)

    def history(thread: str) -> list[Any]:
        rows = database.execute("SELECT state FROM kept WHERE thread = ? ORDER BY rowid DESC", (thread,))
        return [json.loads(state) for (state,) in rows]

    def forget(thread: str) -> None:
        with database:
            database.execute("DELETE FROM kept WHERE thread = ?", (thread,))

    return Job(on_thread, history=history, forget=forget, close=room.close)
