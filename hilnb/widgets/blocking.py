"""Carry a run to its end before the call returns, for where no click can arrive: a terminal, or nobody there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hilnb.errors import NobodyCanAnswerError
from hilnb.masking import MASK
from hilnb.payloads import Form, Kind
from hilnb.schemas import NOTHING
from hilnb.widgets.deadline import countdown
from hilnb.widgets.dialogue import Dialogue
from hilnb.widgets.log import Entry
from hilnb.widgets.question import Question
from hilnb.widgets.record import answer_text, lines_of, numbered, question_text
from hilnb.widgets.session import Run
from hilnb.widgets.wait import WaitInterrupted
from hilnb.widgets.wording import how_to_type


class Blocking:
    """Does the legs of a run on the calling thread, and gets its answers from a function. Ctrl-C ends the asking.

    Args:
        answer: Gives the answer to a question.
        by: Who gives it.
        settled: Called when the run has nothing more to ask, also when `answer` gave up.
    """

    def __init__(self, answer: Callable[[Question], Any], by: str, settled: Callable[[], None]) -> None:
        self._answer, self._by, self._settled = answer, by, settled
        self._inside = False
        self.run: Run

    def __call__(self, leg: Callable[[], None]) -> None:
        """Do a leg, and all that follow from it."""
        if self._inside:  # the next leg of the run that the loop below is answering for
            return leg()
        self._inside = True
        try:
            leg()
            while self.run.status == "asking":
                self._answer_one(next(question for question in self.run.questions if not question.answered))
        finally:
            self._inside = False
            self._settled()

    def _answer_one(self, question: Question) -> None:
        try:
            answer = self._ask(question)
        except NobodyCanAnswerError:
            if question.deadline is None:
                raise
            self.run.expire(question)  # nobody is there, so there is nothing to wait for
            return
        if question.time_left == 0:
            self.run.expire(question)
        else:
            self.run.answer(question, answer, by=self._by)

    def _ask(self, question: Question) -> Any:
        try:
            return self._answer(question)
        except KeyboardInterrupt:
            raise WaitInterrupted(
                f"stopped asking. Nothing is lost, {question.who} still waits: "
                f"hilnb.ask(graph, {self.run.thread_id!r}) asks again."
            ) from None


class Terminal:
    """The same run in a terminal: what happens is printed, questions are asked with `input`."""

    def __init__(self, ask: Callable[[str], str] | None = None) -> None:
        self._ask = ask or input  # looked up now: a debugger or a test may have put its own in place

    def tell(self, entry: Entry | None) -> None:
        """Print what happened; what nodes print gets to the terminal by itself, and a question when it is asked."""
        if entry is None or entry.kind in ("printed", "shown", "question"):
            return
        for label, text in lines_of(entry):
            for first, line in numbered(text):
                print(f"[{entry.node}] {label}: {line}" if first else f"    {line}")

    def overheard(self, answer: Callable[[Question], Any]) -> Callable[[Question], Any]:
        """The same answers, with question and answer printed."""

        def aloud(question: Question) -> Any:
            self._print_question(question)
            given = answer(question)
            print(f"Answer: {answer_text(question, given)}")
            return given

        return aloud

    def answer(self, question: Question) -> Any:
        """Ask one question until there is an answer.

        Raises:
            NobodyCanAnswerError: The input has ended.
        """
        self._print_question(question)
        if question.time_left is not None:
            print(f"(answer within {countdown(question.time_left)}; the time is looked at when you press Enter)")
        dialogue, before = Dialogue(self._ask), NOTHING
        answer: Any = None
        while True:
            try:
                if isinstance(question.kind, Form):
                    answer = before = dialogue.fill(question.kind.tree, value=before)
                else:
                    answer = self._read(question.kind)
                question.check(answer)
            except EOFError:
                raise NobodyCanAnswerError(
                    f"the input ended before {question.who} had its answer. The run is still paused: "
                    "hilnb.ask(graph, config) asks again."
                ) from None
            except ValueError as problem:
                if question.time_left != 0:
                    print(problem)
                    continue
            if question.time_left == 0:
                print("Too late: the time is over, and this answer is not used.")
            return answer

    def _read(self, kind: Kind) -> Any:
        typed = self._ask("Answer: ")
        if not typed.strip():
            raise ValueError("Type an answer first.")
        if MASK in typed:
            raise ValueError(f"{MASK} only stands for a value that is not shown: type the value itself.")
        return kind.read(typed)

    def _print_question(self, question: Question) -> None:
        print(f"\n{question.who} asks:\n{question_text(question)}")
        if how := how_to_type(question.kind):
            print(how)
