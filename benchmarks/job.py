"""A job: one engine doing one workload, with what it must give and what it must have kept."""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from benchmarks.engines import LIBRARIES, Library

__all__ = ["ENGINES", "Job", "Keeping", "State", "Workload", "config_of", "graph_job", "loop_job", "plain"]

Keeping: TypeAlias = Literal["none", "memory", "sqlite"]
"""Where threads are kept."""

State: TypeAlias = dict[str, Any]

Keep: TypeAlias = Callable[[State], None]
"""Keeps the state after a step; a loop has None where nothing is kept."""

ENGINES = ("hilnb", "langgraph", "loop")


@dataclass(frozen=True)
class Job:
    """One engine, ready to do one workload as often as it is asked to.

    Attributes:
        run: The timed part: does the work once, on the thread of this name. Gives a coroutine when `awaits`.
        result: Makes what `run` gave into what is compared; not timed.
        history: Reads the states a thread went through, newest first; None where nothing is kept.
        forget: Drops a thread.
        close: Gives files and connections back.
        awaits: Whether `run` is to be awaited.
    """

    run: Callable[[str], Any]
    result: Callable[[Any], Any] = lambda given: given
    history: Callable[[str], Iterable[Any]] | None = None
    forget: Callable[[str], None] = lambda thread: None
    close: Callable[[], None] = lambda: None
    awaits: bool = False


@dataclass(frozen=True)
class Workload:
    """A piece of work that all engines do, and the plain values that prove it was done.

    Attributes:
        name: "kind/size/keeping".
        about: What is done, in a few words.
        goal: The highest allowed ratio of hilnb's time; None where the project has set none.
        graph: Prepares it on a library.
        loop: Prepares the hand-written twin: the same calls of nodes, the same merging, and one shallow copy of the
            state per step where the graph has a saver.
        final: What every run must give.
        history: Tells the states a thread must have kept, newest first; None where nothing is kept.
        against: Whose time the goal divides hilnb's by.
    """

    name: str
    about: str
    goal: float | None
    graph: Callable[[Library], Job]
    loop: Callable[[], Job]
    final: Any
    history: Callable[[], Iterable[Any]] | None = None
    against: Literal["langgraph", "loop"] = "langgraph"

    def job(self, engine: str) -> Job:
        """The work, prepared on the engine of this name.

        Raises:
            MissingError: The engine has no such part.
        """
        return self.loop() if engine == "loop" else self.graph(LIBRARIES[engine]())

    def check(self, job: Job, given: Any) -> None:
        """Compare what a run gave with plain values.

        Raises:
            AssertionError: It gave something else.
        """
        _same(f"{self.name} gave", plain(job.result(given)), self.final)

    def read_back(self, job: Job, thread: str) -> None:
        """Compare every state that a thread kept with plain values.

        Raises:
            AssertionError: It kept fewer, more or other states.
        """
        if self.history is not None:
            assert job.history is not None, f"{self.name} kept nothing"
            # One at a time: all states of a long conversation at once are gigabytes.
            for got, wanted in itertools.zip_longest(job.history(thread), self.history(), fillvalue="nothing"):
                _same(f"{self.name} kept", plain(got), wanted)


def _same(what: str, got: Any, wanted: Any) -> None:
    if got != wanted:
        raise AssertionError(f"{what} {repr(got)[:500]}\nand not {repr(wanted)[:500]}")


def plain(value: Any) -> Any:
    """The value with messages as `(type, content)` and questions as `("asked", value)`.

    >>> plain({"messages": [("human", "hi")]})
    {'messages': [('human', 'hi')]}
    """
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if hasattr(value, "content"):
        return (value.type, value.content)
    if type(value).__name__ == "Interrupt":
        return ("asked", value.value)
    return value


def config_of(thread: str) -> dict[str, Any]:
    """The config of a thread. No workload may end at the limit of supersteps."""
    return {"configurable": {"thread_id": thread}, "recursion_limit": 1_000_000}


def graph_job(
    library: Library,
    builder: Any,
    run: Callable[[Callable[[Any], Any]], Any],
    keeping: Keeping,
    *,
    method: str = "invoke",
    levels: int = 0,
    result: Callable[[Any], Any] = lambda given: given,
) -> Job:
    """Compile a graph into a job.

    Args:
        library: Whose graph it is.
        builder: The graph before `compile`.
        run: Gets the graph's `method` with the thread filled in, and does the work with it.
        keeping: Which saver to compile it with.
        method: "invoke", "ainvoke" or "stream".
        levels: How many graphs deep a node of it is; their states are read back too.
        result: Makes what `run` gives into what is compared.
    """
    with ExitStack() as room:
        graph = builder.compile(checkpointer=_saver(library, keeping, room))
        close = room.pop_all().close
    options = {"durability": "sync"} if keeping == "sqlite" else {}
    call = getattr(graph, method)

    def on_thread(thread: str) -> Any:
        config = config_of(thread)
        return run(lambda given: call(given, config, **options))

    def history(thread: str) -> Iterator[Any]:
        return _states(graph, config_of(thread), levels)

    job = Job(on_thread, result, close=close, awaits=method == "ainvoke")
    return job if keeping == "none" else replace(job, history=history, forget=graph.checkpointer.delete_thread)


def _states(graph: Any, config: dict[str, Any], levels: int) -> Iterator[Any]:
    """The states that a thread kept, newest first; those of a subgraph stand after the state that its node made."""
    place = config["configurable"]
    for snapshot in graph.get_state_history(config):
        # What a call was given is kept too, before it is merged: its state is the one before.
        if snapshot.next == ("__start__",):
            continue
        if levels:
            for task in snapshot.tasks:
                names = [place.get("checkpoint_ns"), f"{task.name}:{task.id}"]
                below = {**place, "checkpoint_ns": "|".join(filter(None, names))}
                yield from _states(graph, {"configurable": below}, levels - 1)
        yield snapshot.values


def _saver(library: Library, keeping: Keeping, room: ExitStack) -> Any:
    if keeping == "none":
        return None
    if keeping == "memory":
        return library.MemorySaver()
    return room.enter_context(library.open_sqlite(_new_file(room)))


def _new_file(room: ExitStack) -> str:
    folder = room.enter_context(tempfile.TemporaryDirectory())
    return str(Path(folder, "threads.sqlite"))


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
    database = sqlite3.connect(_new_file(room))
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
