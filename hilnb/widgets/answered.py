"""What an answers file is told of a question and its answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hilnb.answers.entry import Entry
from hilnb.answers.recording import recording
from hilnb.masking import MASK, masked
from hilnb.payloads import Approval
from hilnb.widgets.record import is_password, one_line, question_text

if TYPE_CHECKING:
    from hilnb.widgets.question import Question
    from hilnb.widgets.session import Run


def write_down(run: Run, answered: Iterable[Question]) -> None:
    """Hand what a person answered, or a rule of theirs, to the recording that is on; a run never fails by it."""
    by_person = [question for question in answered if question.answered_by in ("person", "rule")]
    recorder = recording()
    # Another way of a thread begins with a click into its past, and no file could repeat that.
    if recorder is None or not by_person or run.where == "inspect":
        return
    try:
        recorder.add(run.number, [_entry(run, question) for question in by_person])
    except Exception as error:
        run.log.add("note", "", f"The answer could not be written to {recorder.path}: {one_line(error)}")


def _entry(run: Run, question: Question) -> Entry:
    return Entry(
        thread=run.thread_id if run.named else "",
        node=question.who,
        where=run.where,
        kind=_kind(question),
        question=question_text(question),
        answer=MASK if is_password(question) else masked(question.answer),
    )


def _kind(question: Question) -> str:
    """What the schema is called, else the kind of the question."""
    title = (question.schema or {}).get("title")
    kind = "approval" if isinstance(question.kind, Approval) else type(question.kind).__name__.lower()
    return title if isinstance(title, str) and title else kind
