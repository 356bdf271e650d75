"""LangGraph's savers as they are called: some block, some are awaited on the loop they were made on.

A keeper carries out a plan in both worlds. What LangGraph's savers have no method for is in `tables`, kind by kind.
"""

from __future__ import annotations

import asyncio
import copy
import sqlite3
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from hilnb.errors import SaverError
from hilnb.interop.langgraph import tables
from hilnb.interop.langgraph.plans import Plan

__all__ = ["Awaited", "Blocking", "Keeper", "is_awaited", "keeper_of", "on_loop", "other_loop"]


class Keeper(ABC):
    """Carries out plans on one saver of LangGraph's."""

    @abstractmethod
    def do(self, plan: Plan) -> Any:
        """What the plan returns; blocks until then."""

    @abstractmethod
    async def ado(self, plan: Plan) -> Any:
        """What the plan returns."""


_locks: WeakKeyDictionary[Any, threading.RLock] = WeakKeyDictionary()
"""One lock for each saver, however many graphs share it: InMemorySaver has none of its own."""


class Blocking(Keeper):
    """For a saver whose methods block; awaited, they do so in a thread.

    Args:
        saver: Carries out the calls.
        original: The saver as the user gave it.
    """

    def __init__(self, saver: Any, original: Any) -> None:
        self._saver, self._lock = saver, _locks.setdefault(original, threading.RLock())

    def do(self, plan: Plan) -> Any:
        """What the plan returns; blocks until then."""
        heard = None
        with self._lock, _telling(self._saver):
            while True:
                try:
                    call = plan.send(heard)
                except StopIteration as end:
                    return end.value
                heard = self._answer(*call)

    async def ado(self, plan: Plan) -> Any:
        """What the plan returns; the loop goes on meanwhile."""
        return await asyncio.to_thread(self.do, plan)

    def _answer(self, method: str, *args: Any) -> Any:
        if method == "list":
            config, chosen, before, limit = args
            return [*self._saver.list(config, filter=chosen, before=before, limit=limit)]
        if method in ("forget", "size"):
            return getattr(tables, method)(self._saver, *args)
        if method == "threads":
            return tables.threads(self._saver) if tables.is_known(self._saver) else _ids(self._saver.list(None))
        return getattr(self._saver, method)(*args)


class Awaited(Keeper):
    """For a saver that is awaited, on its own loop, wherever the call comes from.

    Args:
        saver: Carries out the calls; `saver.loop` is the loop it was made on.
    """

    def __init__(self, saver: Any) -> None:
        self._saver = saver

    def do(self, plan: Plan) -> Any:
        """What the plan returns; blocks until the loop, which runs in another thread, has done it.

        Raises:
            SaverError: The loop runs in this thread, which would wait for itself, or it does not run.
        """
        loop = other_loop(self._saver)
        return asyncio.run_coroutine_threadsafe(self._carry_out(plan), loop).result()

    async def ado(self, plan: Plan) -> Any:
        """What the plan returns.

        Raises:
            SaverError: It is awaited on another loop, and its own does not run.
        """
        if _running_loop() is self._saver.loop:
            return await self._carry_out(plan)
        loop = other_loop(self._saver)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._carry_out(plan), loop))

    async def _carry_out(self, plan: Plan) -> Any:
        heard = None
        with _telling(self._saver):
            while True:
                try:
                    call = plan.send(heard)
                except StopIteration as end:
                    return end.value
                heard = await self._answer(*call)

    async def _answer(self, method: str, *args: Any) -> Any:
        if method == "list":
            config, chosen, before, limit = args
            return [each async for each in self._saver.alist(config, filter=chosen, before=before, limit=limit)]
        if method in ("forget", "size"):
            return await getattr(tables, f"a{method}")(self._saver, *args)
        if method == "threads":
            if tables.is_known(self._saver):
                return await tables.athreads(self._saver)
            return _ids([each async for each in self._saver.alist(None)])
        return await getattr(self._saver, f"a{method}")(*args)


def is_awaited(saver: Any) -> bool:
    """Whether a saver is awaited, on the loop it was made on."""
    return hasattr(saver, "loop")


def keeper_of(saver: Any, original: Any) -> Keeper:
    """The keeper for a saver; see `Blocking` for the two."""
    return Awaited(saver) if is_awaited(saver) else Blocking(saver, original)


def other_loop(saver: Any) -> asyncio.AbstractEventLoop:
    """The loop of a saver that is awaited, for a call from elsewhere.

    Raises:
        SaverError: It runs in this thread, which would wait for itself, or it does not run.
    """
    name, loop = type(saver).__name__, saver.loop
    if _running_loop() is loop:
        raise SaverError(
            f"{name} is awaited, and a call that blocks would wait for itself here. Await it "
            "(graph.ainvoke, graph.aget_state, …), or take LangGraph's saver of the same kind without Async."
        )
    if not loop.is_running():
        raise SaverError(
            f"{name} lives on the event loop it was made on, which runs no more. Make it in "
            "the same `asyncio.run` as the call, or take LangGraph's saver of the same kind without Async."
        )
    found: asyncio.AbstractEventLoop = loop
    return found


def on_loop(saver: Any, loop: asyncio.AbstractEventLoop) -> Any:
    """A saver that is awaited, so that it may be awaited on another loop; where it cannot be, the saver as it is.

    A file's can: its connection works in a thread of its own, and answers whatever loop asks. Only its lock knows one.
    """
    if not tables.is_file(saver):
        return saver
    moved = copy.copy(saver)
    moved.lock, moved.loop = asyncio.Lock(), loop
    return moved


def _ids(listed: Iterable[Any]) -> list[str]:
    return [*{str(each.config["configurable"]["thread_id"]): None for each in listed}]


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


@contextmanager
def _telling(saver: Any) -> Iterator[None]:
    """Tell what a database does not like as our own error."""
    try:
        yield
    except _database_errors() as error:
        name = type(saver).__name__
        todo = f" Call {name}.setup() once." if "UndefinedTable" in type(error).__name__ else ""
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise SaverError(f"{name} cannot keep the thread, or give it back: {said}.{todo}") from error


def _database_errors() -> tuple[type[Exception], ...]:
    psycopg = sys.modules.get("psycopg")  # whoever has a saver for it has imported it
    return (sqlite3.Error, psycopg.Error) if psycopg else (sqlite3.Error,)
