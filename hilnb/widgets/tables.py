"""Which waiting questions have the same form, and what stands in the columns of their table: plain data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hilnb.masking import masked
from hilnb.payloads import Approval, Choice, Data, Elicitation, asked_in
from hilnb.schemas import NOTHING
from hilnb.widgets.question import Question
from hilnb.widgets.record import as_python, one_line_of, question_text, readable
from hilnb.widgets.visible import visible

MOST_COLUMNS = 5
"""Parts of a question that have a column each; of more parts all stand in one."""

MARK = "  ↑"
"""Stands beside the name of the column that the rows are sorted by, and needs room."""

FEWEST = 2
"""Questions that make a table."""

LONGEST_NUMBER = 20
"""Digits that are a number to sort by; Python refuses to read very many."""

MEASURED = 200
"""Questions that are looked at to see how wide a column has to be."""

Form = tuple[Any, ...]
"""What the questions of one table have in common; it can be compared."""


@dataclass(frozen=True)
class Table:
    """What all rows of a table share.

    Attributes:
        form: The form of the questions.
        first: One of them.
        columns: The names of the columns that show what is asked.
        widths: How wide they are, one beside the other.
    """

    form: Form
    first: Question
    columns: tuple[str, ...]
    widths: tuple[int, ...]

    @property
    def tool(self) -> str:
        """The tool that all of them want to call; "" when it is no single one."""
        actions = self.first.kind.actions if isinstance(self.first.kind, Approval) else ()
        return actions[0].name if len(actions) == 1 else ""

    def cells(self, question: Question) -> tuple[Any, ...]:
        """What stands in the columns for a question; NOTHING where it has no such part."""
        parts = parts_of(question)
        if len(self.columns) == 1 and self.columns[0] not in parts:
            return (parts,)
        return tuple(parts.get(name, NOTHING) for name in self.columns)

    def takes(self, question: Question | None) -> bool:
        """Whether a question may be answered together with the others."""
        return question is not None and form_of(question) == self.form

    def said(self, answer: str) -> str:
        """An answer, in words, as its row says it: the tool stands above all of them."""
        return answer.removeprefix(f"{visible(self.tool)}: ") if self.tool else answer


def form_of(question: Question) -> Form | None:
    """What questions have to have in common to be answered together; None for one that is answered by itself."""
    kind = question.kind
    if isinstance(kind, Elicitation):
        return None  # an address has to be visited one by one
    if isinstance(kind, Approval):
        allowed = [(action.name, *action.allowed) for action in kind.actions]
        return (question.path, type(kind), *allowed) if decisions_for_all(kind) else None
    shape: Any = question.schema
    if isinstance(kind, Choice) and question.schema is None:
        shape = [label for label, _ in kind.options]
    elif isinstance(kind, Data) and question.schema is None:
        shape = sorted(map(str, parts_of(question)))
    return question.path, type(kind), json.dumps(shape, sort_keys=True, default=repr)


def decisions_for_all(kind: Approval) -> tuple[str, ...]:
    """Which of "approve" and "reject" may be said of every action."""
    return tuple(each for each in ("approve", "reject") if all(each in action.allowed for action in kind.actions))


def table_of(questions: Sequence[Question]) -> Table:
    """The table of some questions of the same form."""
    parts = [parts_of(question) for question in questions]
    names = tuple(dict.fromkeys(name for each in parts for name in each))
    if len(names) > MOST_COLUMNS:
        names = ("Arguments" if isinstance(questions[0].kind, Approval) else "Question",)
    form = form_of(questions[0])
    bare = Table(form or (), questions[0], names, ())
    shown = [list(map(text_of, bare.cells(question))) for question in questions[:MEASURED]]
    widths = [max(6, len(name) + len(MARK), min(40, max(map(len, column)))) for name, column in zip(names, zip(*shown))]
    return Table(bare.form, bare.first, names, tuple(widths))


def parts_of(question: Question) -> Mapping[str, Any]:
    """What is asked, part by part: the arguments of a single action, the keys of a dict, or all of it."""
    kind = question.kind
    if isinstance(kind, Approval):
        return masked(kind.actions[0].args) if len(kind.actions) == 1 else {"Actions": question_text(question)}
    asked = asked_in(question.value)
    if isinstance(asked, Mapping) and asked and all(isinstance(name, str) for name in asked):
        return dict(masked(asked))
    return {"Question": readable(asked)}


def text_of(value: Any) -> str:
    """A part as its cell shows it, all of it: text as it is where it cannot be taken for anything else, or JSON.

    >>> text_of("Ann"), text_of("5"), text_of(5), text_of(["a", None]), text_of(NOTHING)
    ('Ann', '"5"', '5', '["a", null]', '')
    """
    if value is NOTHING:
        return ""
    if isinstance(value, str) and not _reads_as_json(value):
        return visible(value)
    try:
        return visible(json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        return visible(as_python(value))


def in_order(rows: Iterable[Any], value: Callable[[Any], Any], *, downwards: bool) -> list[Any]:
    """Rows sorted by a value of each; numbers as numbers, "letter 2" before "letter 10", and nothing last.

    >>> in_order(["b10", "B2", NOTHING, 3, "a"], lambda each: each, downwards=False)[:-1]
    [3, 'a', 'B2', 'b10']
    """
    rows = list(rows)
    there = sorted((row for row in rows if value(row) is not NOTHING), key=lambda row: _place(value(row)))
    return (there[::-1] if downwards else there) + [row for row in rows if value(row) is NOTHING]


def _place(value: Any) -> tuple[Any, ...]:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return 0, value
    words = re.split(r"(\d+)", value.casefold() if isinstance(value, str) else text_of(value))
    return 1, [
        (1, int(word), "") if word.isdecimal() and len(word) < LONGEST_NUMBER else (0, 0, word)
        for word in words
        if word
    ]


def title_of(table: Table) -> tuple[str, str]:
    """What the table is about, and a little more: the tool and who asks, or who asks."""
    who = one_line_of(table.first.who)  # a saver may not know it
    if table.tool:
        return table.tool, f"asked by {who}" if who else ""
    return (who, "asks questions of the same form") if who else ("Questions", "of the same form")


def _reads_as_json(text: str) -> bool:
    """Whether a text would be read as a number, true, false or null, or in quotes as another text."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
