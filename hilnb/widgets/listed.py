"""A thread as one row of a list shows it: plain data, for the screen, the record and the printed table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from hilnb.widgets.question import Question
from hilnb.widgets.record import question_text
from hilnb.widgets.session import Run, Status
from hilnb.widgets.visible import visible

WIDEST = 60  # characters of a cell of the printed table
LONGEST = 160  # characters of a question in a row; its form shows all of it


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
    """

    thread: str
    lines: tuple[tuple[str, str], ...]
    since: str = ""
    exact: str = ""
    status: Status = "asking"
    note: str = ""


def line_of(question: Question) -> tuple[str, str]:
    """Who asks and, on one line, what."""
    text = " ".join(question_text(question).split())
    return question.who, text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def went_on(thread: str, run: Run) -> Listed:
    """The row of a thread that has been opened and does not wait as it did."""
    if run.status == "asking":
        return Listed(thread, tuple(map(line_of, run.questions)))
    headline = "answered, and finished" if run.status == "finished" else run.headline
    return Listed(thread, (("", headline[0].upper() + headline[1:]),), status=run.status)


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
    for who, asks in listed.lines:
        note = f"({listed.note}) " if listed.note else ""
        yield tuple(_cut(visible(cell)) for cell in (thread, who, note + asks, since))
        thread = since = ""  # told once


def _cut(cell: str) -> str:
    return cell if len(cell) <= WIDEST else f"{cell[: WIDEST - 1]}…"
