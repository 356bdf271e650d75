"""`Deadline`: how long a question waits, and what its answer is when nobody gave one.

Nothing is ever approved by a deadline: it may reject, give a default that runs nothing, or end the run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from hilnb.errors import did_you_mean
from hilnb.payloads import Approval
from hilnb.widgets.clock import MACHINE, Clock
from hilnb.widgets.record import one_line

if TYPE_CHECKING:
    from hilnb.widgets.question import Question


class DeadlinePassedError(TimeoutError):
    """Nobody answered in time, and no other answer was declared; the question is still open in its thread."""


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
