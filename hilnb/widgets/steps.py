"""A piece of work as the steps in which a graph runs: whoever does it decides whether to block or to await them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Protocol


class Step(Protocol):
    """Something that takes a while."""

    def play(self) -> None:
        """Do it, blocking."""

    async def aplay(self) -> None:
        """Do it on the running event loop."""


Steps = Generator[Step, None, None]


class Work:
    """What a run has to do, written once as a generator of the steps that take a while.

    Args:
        steps: Begins the generator.
    """

    def __init__(self, steps: Callable[[], Steps]) -> None:
        self.steps = steps

    def __call__(self) -> None:
        """Do it here; the caller waits for it."""
        steps = self.steps()
        with suppress(StopIteration):
            step = next(steps)
            while True:
                try:
                    step.play()
                except BaseException as error:
                    step = steps.throw(error)
                else:
                    step = next(steps)

    async def awaited(self) -> None:
        """Do it on the running event loop."""
        steps = self.steps()
        with suppress(StopIteration):
            step = next(steps)
            while True:
                try:
                    await step.aplay()
                except BaseException as error:
                    step = steps.throw(error)
                else:
                    step = next(steps)
