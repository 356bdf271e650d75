"""`Deadline`: how long a question waits, and what its answer is when nobody gave one.

Nothing is ever approved by a deadline: it may reject, give a default that runs nothing, or end the run.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from hilnb.errors import did_you_mean
from hilnb.payloads import Approval
from hilnb.widgets.record import one_line

if TYPE_CHECKING:
    from hilnb.widgets.session import Question


class DeadlinePassedError(TimeoutError):
    """Nobody answered in time, and no other answer was declared; the question is still open in its thread."""


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
        """Call `action` from a thread of its own."""
        timer = threading.Timer(max(when - self.now(), 0.0), action)
        timer.name, timer.daemon = "hilnb deadline", True
        timer.start()
        return timer.cancel


MACHINE = MonotonicClock()


class _Undeclared:
    def __repr__(self) -> str:
        return "…"


UNDECLARED = _Undeclared()


@dataclass(frozen=True)
class Deadline:
    """How long a question waits for a person, and what happens then.

    With neither `default` nor `deny` the run fails with a DeadlinePassedError, and the question stays open.

    Args:
        seconds: How long, from the moment the question is put up.
        default: The answer when nobody gave one. One that approves or edits an action is refused.
        deny: Say no: approvals are rejected with the reason, an MCP server is declined.
        clock: What it is counted on; a test passes a `hilnb.testing.ManualClock`.

    Raises:
        ValueError: The seconds are not more than none, or both a default and a denial are declared.
    """

    seconds: float
    _: KW_ONLY
    default: Any = UNDECLARED
    deny: bool = False
    clock: Clock = MACHINE

    def __post_init__(self) -> None:
        if isinstance(self.seconds, bool) or not isinstance(self.seconds, (int, float)):
            raise TypeError(f"Deadline({self.seconds!r}): the seconds are a number.")
        if not 0 < self.seconds < math.inf:
            raise ValueError(f"Deadline({self.seconds!r}): give the seconds to wait, more than 0.")
        if self.deny and self.default is not UNDECLARED:
            raise ValueError(
                f"Deadline({self.seconds!r}, default=…, deny=True): a denial is the answer, or the default."
            )

    @property
    def raises(self) -> bool:
        """Whether the run fails when the time is over."""
        return not self.deny and self.default is UNDECLARED

    @property
    def words(self) -> str:
        """What is said of a question that it answered, after who asked it."""
        return f"Nobody answered within {spelt(self.seconds)}"

    @property
    def then(self) -> str:
        """What happens when the time is over, in words."""
        if self.raises:
            return "the run fails, and the question stays open"
        return "it is denied" if self.deny else f"the answer is {one_line(self.default)}"

    def fallback(self, question: Question) -> Any:
        """The answer when nobody gave one.

        Raises:
            ValueError: This question cannot be answered so.
        """
        try:
            if self.deny:
                return question.decline(f"{self.words}.")
            question.kind.check(self.default)
            question.check(self.default)
            _refuse_approval(question, self.default)
        except ValueError as error:
            declared = "deny=True" if self.deny else f"default={self.default!r:.100}"
            raise ValueError(
                f"Deadline({self.seconds!r}, {declared}) cannot answer {question.who}: {str(error).rstrip('.')}. "
                f"Declare another one for it: deadline={{{question.node!r}: hilnb.Deadline(…)}}."
            ) from None
        return self.default


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


def deadlines_of(given: Any, graph: Any) -> Callable[[Question], Deadline | None]:
    """From what was passed as `deadline` to the deadline of each question.

    Raises:
        TypeError: It is neither a Deadline nor a dict of them.
        ValueError: It names a node that there is not.
    """
    if given is None or isinstance(given, Deadline):
        return lambda question: given
    if not isinstance(given, Mapping) or not all(isinstance(each, Deadline) for each in given.values()):
        raise TypeError(
            f"deadline={given!r:.200}: give hilnb.Deadline(60), or a dict of them by the asking node's name."
        )
    names = _node_names(graph)
    for name in given:
        if name not in names:
            raise ValueError(f"deadline for {name!r}: no node is called so{did_you_mean(name, names)}.")
    by_node = dict(given)
    return lambda question: next((by_node[name] for name in reversed(question.path) if name in by_node), None)


def spelt(seconds: float) -> str:
    """A duration in words.

    >>> spelt(60), spelt(1), spelt(900), spelt(86_400)
    ('60 seconds', '1 second', '15 minutes', '24 hours')
    """
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"


def countdown(seconds: float) -> str:
    """Time left as on a clock.

    >>> countdown(59.2), countdown(3600)
    ('1:00', '1:00:00')
    """
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _refuse_approval(question: Question, answer: Any) -> None:
    if isinstance(question.kind, Approval):
        for action, decided in zip(question.kind.actions, question.kind.decisions(answer)):
            if decided["type"] in ("approve", "edit"):
                raise ValueError(f"it would run {action.name} though nobody approved it; only a person may")


def _node_names(graph: Any) -> set[str]:
    """The names of the nodes, those of nested graphs as well."""
    inner = (subgraph for _, subgraph in graph.get_subgraphs(recurse=True))
    return {name for each in (graph, *inner) for name in each.nodes}
