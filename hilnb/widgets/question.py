"""`Question`: one open `interrupt()`, how long it waits, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hilnb.engines import Path
from hilnb.payloads import Kind, admits_null, kind_of
from hilnb.schemas import Problem
from hilnb.types import Interrupt, checked
from hilnb.widgets.board import spoken
from hilnb.widgets.deadline import Deadline


class NothingAskedError(RuntimeError):
    """An answer came for a question that is not open (any more), or a retry where there is nothing to retry."""


class RefusedAnswerError(ValueError):
    """An answer does not fit the type that its question names; the question is still open.

    Attributes:
        problems: What is wrong, and where.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(eq=False)
class Question:
    """One open `interrupt()`.

    Attributes:
        id: The interrupt's id.
        node: The node that asks; of nested graphs, the outermost one's.
        value: What it handed to `interrupt()`.
        schema: The answer's `response_schema`, if it named one.
        answer_type: The class the answer is made into, if it named one and hilnb knows it.
        kind: The kind of answer it wants.
        path: The names of the nodes around the question, outermost first; the last one asks.
        asker: The run of a node that asks, one text for all its questions.
        deadline: How long it waits, if it does not wait for ever.
        due: When that is over, on the deadline's clock.
        by_rule: The tools in it that the person has allowed for the rest of the run.
        strict: Whether an answer that is not of its kind is refused; a node says itself what it thinks of one.
        answered: Whether an answer was given; the first one counts.
        answer: That answer.
        refused: Why the answer was not used, "" when it was.
        asked_at: When it was put up here; ISO 8601, UTC.
        answered_at: When it was answered, "" when it was not.
        answered_by: "person" (at a form or a terminal), "code" (`Run.submit`), "beforehand" (`unattended=`, a file),
            "deadline" or "rule".
    """

    id: str
    node: str
    value: Any
    schema: Mapping[str, Any] | None = None
    answer_type: Any = None
    kind: Kind = field(init=False)
    path: Path = ()
    asker: str = ""
    deadline: Deadline | None = None
    due: float = 0.0
    by_rule: frozenset[str] = frozenset()
    strict: bool = False
    answered: bool = False
    answer: Any = None
    refused: str = ""
    asked_at: str = field(default_factory=lambda: now())
    answered_at: str = ""
    answered_by: str = ""

    def __post_init__(self) -> None:
        self.kind = kind_of(self.value, self.schema)
        self.path = self.path or (self.node,)

    @property
    def who(self) -> str:
        """The node that asks, with those around it: `outer › inner`."""
        return spoken(self.path)

    def decline(self, reason: str) -> Any:
        """The answer that says no: None where the schema takes it, else what its kind has for it.

        Raises:
            ValueError: It has none; the text says why.
        """
        return None if admits_null(self.schema) else self.kind.decline(reason)

    @property
    def time_left(self) -> float | None:
        """Seconds until its deadline, not less than none; None when it has no deadline."""
        return None if self.deadline is None else max(self.due - self.deadline.clock.now(), 0.0)

    def check(self, answer: Any) -> None:
        """See whether the engine will take an answer.

        Raises:
            RefusedAnswerError: It will not.
        """
        try:
            if self.strict:
                self.kind.check(answer)
            checked(Interrupt(self.value, answer_type=self.answer_type), answer)
        except ValueError as error:
            raise RefusedAnswerError(problems_in(error)) from None


def now() -> str:
    """The time, ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def questions_of(saved: Any) -> tuple[Question, ...]:
    """The open questions of a state snapshot, in task order."""
    return tuple(_question(task, each) for task in saved.tasks for each in task.interrupts)


def _question(task: Any, asked: Any) -> Question:
    asking = _asking(asked.id, [task])
    # An older release of LangGraph has no schemas, and none of it says what class an answer is made into.
    schema, answer_type = getattr(asked, "response_schema", None), getattr(asked, "answer_type", None)
    path = tuple(each.name for each in asking)
    strict = getattr(asked, "strict", False)
    return Question(
        asked.id, task.name, asked.value, schema, answer_type, path=path, asker=asking[-1].id, strict=strict
    )


def _asking(id: str, tasks: Iterable[Any]) -> tuple[Any, ...]:
    """The task that asks the question, in the innermost graph that is known to hold it, after those around it."""
    for task in tasks:
        if any(each.id == id for each in task.interrupts):
            return (task, *_asking(id, getattr(task.state, "tasks", ())))
    return ()


def problems_in(error: Exception) -> tuple[Problem, ...]:
    """What a pydantic error says, part by part; any other as it is."""
    found = error.errors(include_url=False) if hasattr(error, "errors") else ()
    said = ((each["loc"], str(each["msg"]).removeprefix("Value error, ")) for each in found)
    return tuple(Problem(loc, f"is refused: {text}") for loc, text in said) or (Problem((), f"is refused: {error}"),)
