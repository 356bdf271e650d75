"""When the time of the questions that a run stands at is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from hilnb.widgets.clock import Clock
from hilnb.widgets.deadline import Deadline

if TYPE_CHECKING:
    from hilnb.widgets.question import Question


class Alarms:
    """The deadlines of the questions that a run stands at.

    Args:
        deadline_of: The deadline of a question, if it has one.
        over: Called with each question whose time is over; None where somebody else looks at the time.
    """

    def __init__(
        self, deadline_of: Callable[[Question], Deadline | None], over: Callable[[Question], None] | None
    ) -> None:
        self._deadline_of, self._over = deadline_of, over
        self._due: dict[str, float] = {}  # of a question that comes up again the time goes on
        self._take_back: list[Callable[[], None]] = []

    def set_for(self, questions: Iterable[Question]) -> None:
        """Give each question its deadline.

        Raises:
            ValueError: What one declares could not answer its question, which is better said now than then.
        """
        moment: dict[Clock, float] = {}  # the same for all that are put up together
        for question in questions:
            deadline = self._deadline_of(question)
            if deadline is None:
                continue
            if not deadline.raises:
                deadline.fallback(question)
            now = moment.setdefault(deadline.clock, deadline.clock.now())
            due = self._due.get(question.id, now)
            question.deadline = deadline
            question.due = self._due[question.id] = due if due > now else now + deadline.seconds

    def watch(self, questions: Iterable[Question]) -> None:
        """Call `over` in time, until `stop`."""
        if self._over is None:
            return
        moments: dict[tuple[Clock, float], list[Question]] = {}  # one timer for those that were put up together
        for question in questions:
            if question.deadline is not None:
                moments.setdefault((question.deadline.clock, question.due), []).append(question)
        for (clock, due), together in moments.items():
            self._take_back.append(clock.call_at(due, partial(self._ring, together, self._over)))

    def stop(self) -> None:
        """Watch no longer."""
        while self._take_back:
            self._take_back.pop()()

    @staticmethod
    def _ring(together: list[Question], over: Callable[[Question], None]) -> None:
        for question in together:
            over(question)
