"""LangGraph's savers as they are called: some block, some are awaited on the loop they were made on.

A keeper carries out a plan in both worlds. What LangGraph's savers have no method for is in `tables`, kind by kind.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from hilnb.errors import SaverError
from hilnb.interop.langgraph import tables
from hilnb.interop.langgraph.plans import Plan

__all__ = ["Awaited", "Blocking", "Keeper"]


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
        if _running_loop() is self._saver.loop:
            raise SaverError(
                f"{type(self._saver).__name__} is awaited, and a call that blocks would wait for itself here. Await it "
                "(graph.ainvoke, graph.aget_state, …), or take LangGraph's saver of the same kind without Async."
            )
        return self._elsewhere(plan).result()

    async def ado(self, plan: Plan) -> Any:
        """What the plan returns.

        Raises:
            SaverError: It is awaited on another loop, and its own does not run.
        """
        if _running_loop() is self._saver.loop:
            return await self._carry_out(plan)
        return await asyncio.wrap_future(self._elsewhere(plan))

    def _elsewhere(self, plan: Plan) -> Any:
        if not self._saver.loop.is_running():
            raise SaverError(
                f"{type(self._saver).__name__} lives on the event loop it was made on, which runs no more. Make it in "
                "the same `asyncio.run` as the call, or take LangGraph's saver of the same kind without Async."
            )
        return asyncio.run_coroutine_threadsafe(self._carry_out(plan), self._saver.loop)

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
        return await getattr(self._saver, f"a{method}")(*args)


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
