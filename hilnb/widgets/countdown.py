"""The time that is left for an answer, said quietly: each minute, and each second of the last two minutes."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from hilnb.widgets import page
from hilnb.widgets.deadline import countdown
from hilnb.widgets.question import Question

EACH_SECOND_FROM = 120
"""Seconds left."""


class Countdown:
    """A line with the time left, and what happens then.

    Args:
        question: The question it is about.
    """

    def __init__(self, question: Question) -> None:
        self.label = widgets.HTML()
        self._question, self._stopped = question, False
        self._take_back: Callable[[], None] = lambda: None
        self._tick()

    def stop(self) -> None:
        """Count no longer."""
        self._stopped = True
        self._take_back()
        self.label.close()

    def _tick(self) -> None:
        deadline, left = self._question.deadline, self._question.time_left
        if self._stopped or deadline is None or left is None:
            return
        self.label.value = page.timer(f"{countdown(left)} left. Then {deadline.then}.")
        if left > 0:
            unit = 1 if left <= EACH_SECOND_FROM else 60
            self._take_back = deadline.clock.call_at(self._question.due - _next(left, unit), self._tick)


def _next(left: float, unit: int) -> float:
    """The next whole number of units that is less than what is left.

    >>> _next(125.0, 60), _next(60, 1), _next(0.5, 1)
    (120, 59, 0)
    """
    whole = -(-left // unit) - 1
    return int(whole) * unit
