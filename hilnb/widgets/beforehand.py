"""Who answers where nobody can: a list of answers, a scripted human, or an answers file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from hilnb.answers.replaying import replaying
from hilnb.errors import NobodyCanAnswerError
from hilnb.widgets.question import Question, RefusedAnswerError
from hilnb.widgets.record import one_line, question_text


@runtime_checkable
class Human(Protocol):
    """Answers in the place of a person, as `hilnb.testing.ScriptedHuman` does."""

    def answer(self, question: Any, node: str = "") -> Any:
        """The answer to what `interrupt()` was given.

        Raises:
            NobodyCanAnswerError: There is none.
        """

    def finish(self) -> None:
        """See that all answers were asked for, when the run has ended."""


@dataclass(frozen=True)
class Beforehand:
    """Answers that are given beforehand.

    Attributes:
        answer: Gives the answer to a question. It raises a NobodyCanAnswerError when it has none, and a ValueError when
            its answer does not fit the type that the question names.
        finish: Called when the run has ended.
    """

    answer: Callable[[Question], Any]
    finish: Callable[[], None] = lambda: None


def beforehand(unattended: Iterable[Any] | Human, thread: str, where: str) -> Beforehand:
    """The answers for one run: those of the answers file, where there is one, else `unattended`.

    Args:
        unattended: As in `hilnb.run`.
        thread: The id of the thread, if a person chose it.
        where: "pending" for a run that is opened from the list of waiting threads.

    Raises:
        AnswersError: The answers file cannot be read.
    """
    replay = replaying()
    if replay is not None:
        written = replay.of_run(thread, where)
        return Beforehand(
            _fitting(lambda question: written.answer(question.who, question_text(question))), written.finish
        )
    if isinstance(unattended, Human):
        human = unattended
        return Beforehand(_fitting(lambda question: human.answer(question.value, question.who)), human.finish)
    return Beforehand(_fitting(_in_order(unattended)))


def _fitting(answer: Callable[[Question], Any]) -> Callable[[Question], Any]:
    """The same answers, each checked."""

    def checked(question: Question) -> Any:
        value = answer(question)
        try:
            question.check(value)
        except RefusedAnswerError as refusal:
            raise ValueError(
                f"{question.who} asks {one_line(question.value)}, and the answer given, {one_line(value)}, "
                f"does not fit:\n{refusal}"
            ) from None
        return value

    return checked


def _in_order(answers: Iterable[Any]) -> Callable[[Question], Any]:
    """The answers of a list, in the order in which is asked."""
    left = iter(answers)
    used: list[Any] = []

    def answer(question: Question) -> Any:
        for value in left:
            used.append(value)
            return value
        given = "".join(f"{value!r}, " for value in used)
        raise NobodyCanAnswerError(
            f"{question.who} asks {one_line(question.value)}, and nobody is here to answer. "
            f"Give the answers beforehand, one for each question: unattended=[{given}…]."
        )

    return answer
