"""A job: one engine doing one workload, with what it must give and what it must have kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.engines import LIBRARIES, Library

__all__ = ["ENGINES", "Job", "Workload", "plain"]

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
