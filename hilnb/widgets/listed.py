"""A thread as one row of a list shows it: plain data, for the screen, the record and the printed table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from hilnb.widgets.question import Question
from hilnb.widgets.record import answer_text, question_text
from hilnb.widgets.session import Run, Status
from hilnb.widgets.visible import visible

WIDEST = 60  # characters of a cell of the printed table
LONGEST = 160  # characters of a question in a row; its form shows all of it


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that was answered in the list.

    Attributes:
        who: Who asked.
        asks: What, on one line.
        answer: The answer, in words.
        at: When it was answered, to the second, in UTC.
        cells: What was asked, part by part, where the row stands in a table.
    """

    who: str
    asks: str
    answer: str
    at: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A row.

    Attributes:
        thread: The thread's id.
        lines: Who asks and what, `("outer › inner", "Go on?")`; or how it went on, by nobody.
        since: Since when it has waited, in words; "" when it does not.
        exact: The same to the second, in UTC.
        status: The status of its run.
        note: Why it cannot be opened; "" when it can.
        answered: What was answered in the list.
        cells: What is asked, part by part, where the row stands in a table.
        went: How it goes on since it was answered, there; "" when it was not.
    """

    thread: str
    lines: tuple[tuple[str, str], ...]
    since: str = ""
    exact: str = ""
    status: Status = "asking"
    note: str = ""
    answered: tuple[Answered, ...] = ()
    cells: tuple[str, ...] = ()
    went: str = ""


def line_of(question: Question) -> tuple[str, str]:
    """Who asks and, on one line, what."""
    text = " ".join(question_text(question).split())
    return question.who, text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def went_on(thread: str, run: Run) -> Listed:
    """The row of a thread that has been opened and does not wait as it did."""
    answered = tuple(map(_told, answered_in(run)))
    if run.status == "asking":
        return Listed(thread, tuple(map(line_of, run.questions)), answered=answered)
    headline = "answered, and finished" if run.status == "finished" else run.headline
    return Listed(thread, (("", headline[0].upper() + headline[1:]),), status=run.status, answered=answered)


def answered_in(run: Run) -> list[Question]:
    """The questions that got an answer in a run, and the answer was used."""
    asked = [entry.value for entry in run.log.entries if entry.kind == "question"]
    return [question for question in asked if question.answered and not question.refused]


def _told(question: Question) -> Answered:
    who, asks = line_of(question)
    at = exact(datetime.fromisoformat(question.answered_at))
    return Answered(who, asks, answer_text(question, question.answer), at)


def exact(moment: datetime) -> str:
    """A moment to the second.

    >>> exact(datetime(2026, 5, 1, 12, 30, 7, 250_000, tzinfo=UTC))
    '2026-05-01 12:30:07 UTC'
    """
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def count(threads: int) -> str:
    """How many wait, in words.

    >>> count(0), count(1), count(2)
    ('No thread waits for an answer', '1 thread waits for an answer', '2 threads wait for an answer')
    """
    return f"{threads or 'No'} thread{'s wait' if threads > 1 else ' waits'} for an answer"


def text(rows: Iterable[Listed], said: str, hint: str) -> str:
    """The list as a table to be printed.

    >>> print(text([Listed("7", (("review", "Go on?"),), "2 hours ago")], count(1), ""))
    1 thread waits for an answer.
    thread  node    question  waits since
    7       review  Go on?    2 hours ago
    """
    lines = [line for listed in rows for line in _printed(listed)]
    table = [("thread", "node", "question", "waits since"), *lines] if lines else []
    widths = [max(map(len, column)) for column in zip(*table)]
    printed = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in table]
    return "\n".join([f"{said}.", *printed, *filter(None, [hint])])


def _printed(listed: Listed) -> Iterable[tuple[str, ...]]:
    thread, since = listed.thread, listed.since
    for told in listed.answered:
        yield _cut(visible(thread)), _cut(visible(told.who)), f"{_cut(visible(told.asks))} → {_cut(told.answer)}", ""
        thread = ""
    for who, asks in listed.lines:
        note = f"({listed.note}) " if listed.note else ""
        yield tuple(_cut(visible(cell)) for cell in (thread, who, note + asks, since))
        thread = since = ""  # told once


def _cut(cell: str) -> str:
    cell = " ".join(cell.split())
    return cell if len(cell) <= WIDEST else f"{cell[: WIDEST - 1]}…"
