"""What deadlines are counted on: the machine's clock, or one that a test sets (`hilnb.testing.ManualClock`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from hilnb.widgets.background import later


class Clock(Protocol):
    """What a deadline is counted on."""

    def now(self) -> float:
        """Seconds, from any beginning."""

    def call_at(self, when: float, action: Callable[[], None]) -> Callable[[], None]:
        """Call `action` once when it is so late, from any thread; what is returned takes that back."""


class MonotonicClock:
    """The machine's clock, which nobody sets back."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def call_at(self, when: float, action: Callable[[], None]) -> Callable[[], None]:
        """Call `action` from a thread of its own, where there are threads."""
        return later(max(when - self.now(), 0.0), action, "hilnb deadline")


MACHINE = MonotonicClock()
