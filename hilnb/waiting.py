"""Which threads of a saver wait for an answer: what they ask, and since when.

It reads the newest checkpoint of each thread, and no history. The questions of nested graphs stand there, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from hilnb.checkpoint.base import BaseCheckpointSaver, CheckpointTuple
from hilnb.errors import SerializationError
from hilnb.graph.thread import ASKED, RETURNED, TOLD
from hilnb.types import Interrupt

__all__ = ["Waiting", "ago", "in_order", "open_questions", "path_of_question", "waiting_threads"]

LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thread that waits for an answer.

    Attributes:
        thread_id: The thread.
        since: When it came to the step that asks, in UTC; None when it cannot be read.
        questions: What it asks, at least one.
        unread: Why it cannot be read, and so may wait or not; "" when it can.
    """

    thread_id: str
    since: datetime | None = None
    questions: tuple[Interrupt, ...] = ()
    unread: str = ""


async def waiting_threads(saver: BaseCheckpointSaver) -> list[Waiting]:
    """The threads that wait, longest first; at the end those that cannot be read.

    Raises:
        NotImplementedError: The saver does not list its threads.
    """
    found = [await _look_at(saver, thread) for thread in await saver.athreads()]
    return in_order([each for each in found if each.questions or each.unread])


def in_order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """The one that has waited longest first; at the end those that cannot be read."""
    return sorted(waiting, key=lambda each: each.since or LAST)


async def _look_at(saver: BaseCheckpointSaver, thread_id: str) -> Waiting:
    try:
        saved = await saver.aget_tuple({"configurable": {"thread_id": thread_id}})
    except SerializationError as error:  # a class of another program's
        return Waiting(thread_id, unread=str(error))
    if saved is None:  # forgotten a moment ago
        return Waiting(thread_id)
    return Waiting(thread_id, datetime.fromisoformat(saved.checkpoint.created_at), open_questions(saved))


def open_questions(saved: CheckpointTuple) -> tuple[Interrupt, ...]:
    """What the tasks of a checkpoint ask and have not been told, by node; not by who was the first to ask."""
    known = {(task, kind) for task, kind, _ in saved.pending_writes}
    found = [
        question
        for task, kind, asked in saved.pending_writes
        if kind == ASKED and (task, RETURNED) not in known
        for question in asked
        if (task, TOLD + question.id) not in known
    ]
    return tuple(sorted(found, key=lambda question: tuple(question.ns)))


def path_of_question(question: Interrupt) -> tuple[str, ...]:
    """The names of the nodes around a question, outermost first; the last one asks.

    >>> path_of_question(Interrupt("Go on?", ns=["outer:1f1eb6a1", "inner:1f1eb6a2"]))
    ('outer', 'inner')
    """
    return tuple(part.partition(":")[0] for part in question.ns)


def ago(since: datetime, now: datetime) -> str:
    """How long ago something was, as a person says it.

    >>> from datetime import timedelta
    >>> now = datetime(2026, 5, 1)
    >>> [ago(now - timedelta(seconds=seconds), now) for seconds in (5, 60, 7_200, 90_000)]
    ['just now', '1 minute ago', '2 hours ago', '1 day ago']
    """
    seconds = (now - since).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if (count := int(seconds // length)) > 0:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"  # also where the clock of who wrote it runs before ours
