"""Helpers for tests of what you build on hilnb.

`check_saver` tells whether a saver keeps every promise; `ScriptedHuman` answers what a graph asks; `ManualClock` lets
time go by without waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.testing import growing, isolation, keeping, listing, round_trips, threads
from hilnb.testing.clock import ManualClock
from hilnb.testing.scripted import ScriptedHuman

__all__ = ["SAVER_CHECKS", "ManualClock", "ScriptedHuman", "check_saver", "fresh"]

Factory = Callable[[], BaseCheckpointSaver | AbstractContextManager[BaseCheckpointSaver]]

SAVER_CHECKS: list[Callable[[BaseCheckpointSaver], None]] = [
    *keeping.CHECKS,
    *listing.CHECKS,
    *growing.CHECKS,
    *isolation.CHECKS,
    *threads.CHECKS,
    *round_trips.CHECKS,
]
"""One function for each promise, to be called with a fresh saver: for `pytest.mark.parametrize`."""


@contextmanager
def fresh(factory: Factory) -> Iterator[BaseCheckpointSaver]:
    """A saver from a factory; closed at the end when it, or what the factory gives, is a context manager."""
    made = factory()
    if isinstance(made, AbstractContextManager):
        with made as saver:
            yield saver
    else:
        yield made


def check_saver(factory: Factory) -> None:
    """Check that a saver keeps every promise of `hilnb.checkpoint.base.BaseCheckpointSaver`.

    Args:
        factory: Gives a fresh, empty saver each time, or a context manager that gives one.

    Raises:
        AssertionError: Names every promise that is broken, and how.

    >>> from hilnb.checkpoint.memory import MemorySaver
    >>> check_saver(MemorySaver)
    """
    broken: list[str] = []
    causes: list[Exception] = []
    for check in SAVER_CHECKS:
        try:
            with fresh(factory) as saver:
                check(saver)
        except Exception as error:
            said = str(error) if isinstance(error, AssertionError) else repr(error)
            broken.append(f"  {check.__name__.replace('_', ' ')}: {said}")
            causes.append(error)
    if broken:
        raise AssertionError(
            f"{len(broken)} of {len(SAVER_CHECKS)} promises of a saver are broken:\n" + "\n".join(broken)
        ) from causes[0]
