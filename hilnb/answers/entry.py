"""`Entry`: one question with its answer, as an answers file tells it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from hilnb.masking import masked

__all__ = ["Entry", "FromEnvironment", "told", "told_with_answer"]


@dataclass(frozen=True)
class FromEnvironment:
    """Stands in an answer for what an environment variable holds, so that no text but the node sees it.

    Attributes:
        name: The variable.
    """

    name: str

    def __repr__(self) -> str:
        return f"!env {self.name}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One question with its answer. Of what stands before them, "" and 0 say nothing.

    Attributes:
        run: The number of the run that asked; those of one run have the same.
        thread: The id of its thread, if a person chose it.
        node: The node that asks, with those around it: `outer › inner`.
        where: "pending" when it was answered in a row of `hilnb.pending`.
        kind: The kind of answer it wants, for readers.
        question: Its words.
        answer: What `interrupt()` is to return; with FromEnvironment in the place of what is not in the file.
        unwritten: Why there is no answer; "" when there is one.
        line: Where it stands in its file.
    """

    run: int = 0
    thread: str = ""
    node: str = ""
    where: str = ""
    kind: str = ""
    question: str = ""
    answer: Any = None
    unwritten: str = ""
    line: int = 0

    def is_asked_by(self, asked: Entry) -> bool:
        """Whether `asked` is the question of this entry: the same words, and the node and thread that it names."""
        return (
            _words(self.question) == _words(asked.question)
            and self.node in ("", asked.node)
            and self.thread in ("", asked.thread)
            and self.where == asked.where
        )

    @property
    def given(self) -> Any:
        """The answer, whole."""
        return _filled(self.answer)

    @property
    def place(self) -> str:
        """Where it is asked: "node review, thread '1'"."""
        parts = ((self.node, f"node {self.node}"), (self.thread, f"thread {self.thread!r}"), (self.where, self.where))
        return ", ".join(text for known, text in parts if known)


def told(entry: Entry) -> str:
    """Where a question is asked, and its words below."""
    words = "\n".join(f"    {line}".rstrip() for line in entry.question.splitlines())
    place = f" ({entry.place})" if entry.place else ""
    return f"{place}:\n{words}"


def told_with_answer(entry: Entry) -> str:
    """The same, with the line it stands in and its answer."""
    return f"line {entry.line}{told(entry)}\n    answer: {masked(entry.answer)!r:.200}"


def _filled(value: Any) -> Any:
    if isinstance(value, FromEnvironment):
        return os.environ[value.name]
    if isinstance(value, dict):
        return {key: _filled(each) for key, each in value.items()}
    return [_filled(each) for each in value] if isinstance(value, list) else value


def _words(text: str) -> list[str]:
    """The lines of a text without the spaces around them that an editor adds or takes away."""
    return [line.rstrip() for line in text.strip().splitlines()]
