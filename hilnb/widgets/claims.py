"""Which questions are being answered right now, by any run of this process.

Two panels may show the same question. Between "is it still open?" and the first thing the resumed graph saves, only
one of them may pass, or a node would run twice.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_changed = threading.Condition()
_claimed: set[str] = set()


@contextmanager
def claim(ids: Collection[str], still_open: Callable[[], Collection[str]]) -> Iterator[set[str]]:
    """Claim those of the interrupt ids that are open and unclaimed, until the block ends.

    Args:
        ids: The interrupts to be answered.
        still_open: Reads from the saved thread which ones are open.
    """
    with _changed:
        mine = (set(ids) - _claimed).intersection(still_open())
        _claimed.update(mine)
    try:
        yield mine
    finally:
        with _changed:
            _claimed.difference_update(mine)
            _changed.notify_all()


@dataclass(frozen=True)
class Unclaimed:
    """The step that ends when no run works on any of `ids`: what the thread holds after it is worth looking at."""

    ids: Collection[str]

    def play(self) -> None:
        """Wait for it."""
        with _changed:
            _changed.wait_for(lambda: _claimed.isdisjoint(self.ids))

    async def aplay(self) -> None:
        """Look again and again: the other runs are on the same loop."""
        while not _claimed.isdisjoint(self.ids):
            await asyncio.sleep(0.05)
