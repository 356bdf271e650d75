"""A clock that stands still until a test sets it: time goes by without anybody waiting."""

from __future__ import annotations

from collections.abc import Callable


class ManualClock:
    """For `hilnb.Deadline(60, clock=clock)`.

    >>> clock = ManualClock()
    >>> _ = clock.call_at(60, lambda: print("a minute is over"))
    >>> clock.advance(59)
    >>> clock.advance(1)
    a minute is over
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._alarms: dict[object, tuple[float, Callable[[], None]]] = {}

    def now(self) -> float:
        """Seconds since it was made, as far as they have been let go by."""
        return self._now

    def call_at(self, when: float, action: Callable[[], None]) -> Callable[[], None]:
        """Call `action` once, from `advance`; what is returned takes that back."""
        alarm = object()
        self._alarms[alarm] = (when, action)

        def take_back() -> None:
            self._alarms.pop(alarm, None)

        return take_back

    def advance(self, seconds: float) -> None:
        """Let time go by, and call on the way what is due."""
        end = self._now + seconds
        while due := [(when, alarm) for alarm, (when, _) in self._alarms.copy().items() if when <= end]:
            when, alarm = min(due, key=lambda each: each[0])
            _, action = self._alarms.pop(alarm)
            self._now = max(self._now, when)
            action()
        self._now = end
