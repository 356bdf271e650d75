"""A run as plain data: what happened, one dict each, for a file, a table or a test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hilnb.masking import MASK, masked
from hilnb.payloads import Choice
from hilnb.widgets.conversation import in_brief
from hilnb.widgets.record import answer_text, as_python, is_password, lines_of, question_text, shown
from hilnb.widgets.visible import visible

if TYPE_CHECKING:
    from hilnb.widgets.log import Entry
    from hilnb.widgets.question import Question
    from hilnb.widgets.session import Run


def plain_transcript(run: Run) -> list[dict[str, Any]]:
    """What happened in a run, in order, and last its state; JSON can say all of it, and secrets are masked.

    Every dict has `node` and `kind`; what else, `docs/transcript.md` says.
    """
    told = [{"node": entry.node, "kind": _kind(entry), **facts} for entry in run.log.entries for facts in _facts(entry)]
    return [*told, {"node": "", "kind": "state", "values": plain(in_brief(run.state))}]


def plain(value: Any) -> Any:
    """The value as JSON reads it back, masked; text in place of what JSON cannot say.

    >>> plain({"city": "Oslo", "at": (59.9, 10.7), "password": "abc", "odd": {1}})
    {'city': 'Oslo', 'at': [59.9, 10.7], 'password': '‹masked›', 'odd': '{1}'}
    """
    try:
        return json.loads(json.dumps(masked(value), default=as_python, allow_nan=False))
    except (TypeError, ValueError, RecursionError):  # keys JSON does not know, NaN, or a value that contains itself
        return as_python(value)


def _kind(entry: Entry) -> str:
    return "update" if entry.kind == "changes" else entry.kind


def _facts(entry: Entry) -> Iterator[dict[str, Any]]:
    match entry.kind:
        case "update":
            yield {"values": plain(entry.value)}
        case "changes":
            yield {"values": plain(entry.value.update)}
        case "question":
            yield _question(entry.value)
        case "error":
            yield {"text": entry.value.summary, "traceback": entry.value.traceback}
        case "printed":
            yield {"text": shown(entry.value)}
        case _:
            yield from ({"label": label, "text": text} for label, text in lines_of(entry))


def _question(question: Question) -> dict[str, Any]:
    options = [visible(label) for label, _ in question.kind.options] if isinstance(question.kind, Choice) else None
    asked = {
        "id": question.id,
        "text": question_text(question),
        "values": plain(question.value),
        **({"options": options} if options else {}),
        "asked_at": question.asked_at,
        "answered": question.answered,
    }
    if not question.answered:
        return asked
    return asked | {
        "answer": MASK if is_password(question) else plain(question.answer),
        "answer_text": answer_text(question, question.answer),
        "answered_by": question.answered_by,
        "answered_at": question.answered_at,
        **({"refused": question.refused} if question.refused else {}),
    }
