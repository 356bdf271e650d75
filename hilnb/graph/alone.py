"""Where no thread can be started: whoever hands over work does it, at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

__all__ = ["Alone"]


class Alone(Executor):
    """Stands in for `Hands` and for a `ThreadPoolExecutor`: one piece of work after the other, in their order."""

    def give(self, work: Callable[[], None], times: int) -> None:
        """Do this work so many times."""
        for _ in range(times):
            work()

    def submit(self, function: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Call the function; a future that is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **named))
        except BaseException as error:  # a pause is one; who asks for the result meets it
            future.set_exception(error)
        return future
