"""The kinds of answer that any question can want: words, a choice, a form, data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hilnb.payloads.data import unwrapped
from hilnb.payloads.reading import read_json
from hilnb.schemas import NOTHING, Node, OneOf, Raw, Text, problems, read_schema

__all__ = ["Choice", "Data", "Form", "Kind", "Words", "admits_null", "asked_in", "by_schema", "options_beside"]


class Kind(ABC):
    """The kind of answer a question wants."""

    @abstractmethod
    def read(self, typed: str) -> Any:
        """The answer that a text stands for.

        Raises:
            ValueError: None; the text says what to type.
        """

    def check(self, answer: Any) -> None:
        """Refuse an answer that the question does not take, as far as the kind can know.

        Raises:
            ValueError: It does not; the text says why.
        """
        return  # words and data may be anything

    def decline(self, reason: str) -> Any:
        """The answer that says no, for a question that can tell it from any other.

        Raises:
            ValueError: It has none; the text says why.
        """
        raise ValueError("the node that asks could not tell a refusal from any other answer")


@dataclass(frozen=True)
class Words(Kind):
    """Any text."""

    def read(self, typed: str) -> str:
        """The text itself."""
        return typed


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few values.

    Attributes:
        options: Each as the label a person sees, and the value.
    """

    options: tuple[tuple[str, Any], ...]

    def read(self, typed: str) -> Any:
        """The value with this label."""
        for label, value in self.options:
            if typed.strip() == label:
                return value
        raise ValueError(f"Type one of: {', '.join(label for label, _ in self.options)}.")

    def check(self, answer: Any) -> None:
        """Only the value of an option is taken."""
        if self.label(answer) is None:
            raise ValueError(f"{answer!r:.200} is none of {', '.join(label for label, _ in self.options)}")

    def label(self, answer: Any) -> str | None:
        """The label of an answer; None when it is not among the options."""
        same = (label for label, value in self.options if type(value) is type(answer) and value == answer)
        return next(same, None)


@dataclass(frozen=True)
class Data(Kind):
    """Data, written as JSON; where no schema asks for it, text as well.

    Attributes:
        schema: What the answer has to look like; None when any will do.
    """

    schema: Mapping[str, Any] | None = None

    def read(self, typed: str) -> Any:
        """The JSON value. Without a schema, what is not JSON is text."""
        try:
            return read_json(typed)
        except ValueError as error:
            if self.schema is None:
                return typed
            raise ValueError(f'This is not JSON: {error}. Text has to be put in quotes: "like this".') from None


@dataclass(frozen=True)
class Form(Kind):
    """Data of a known shape, filled in part by part.

    Attributes:
        tree: Its parts.
    """

    tree: Node

    def read(self, typed: str) -> Any:
        """The answer, typed as JSON."""
        try:
            answer = read_json(typed)
        except ValueError as error:
            raise ValueError(f"This is not JSON: {error}.") from None
        self.check(answer)
        return answer

    def check(self, answer: Any) -> None:
        """Every part has to be as the schema wants it."""
        if wrong := list(problems(self.tree, answer)):
            raise ValueError("\n".join(map(str, wrong)))


def admits_null(schema: Mapping[str, Any] | None) -> bool:
    """Whether None is an answer, for "no answer".

    >>> admits_null({"anyOf": [{"type": "integer"}, {"type": "null"}]}), admits_null({"type": "string"})
    (True, False)
    """
    if schema is None:
        return False
    options = schema.get("anyOf") or schema.get("oneOf") or ()
    kinds, values = schema.get("type"), schema.get("enum")
    return (
        kinds == "null"
        or (isinstance(kinds, list) and "null" in kinds)
        or (isinstance(values, list) and None in values)
        or any(isinstance(option, Mapping) and admits_null(option) for option in options)
    )


def by_schema(schema: Mapping[str, Any]) -> Kind:
    """The kind of answer a schema wants."""
    tree = read_schema(schema)
    if isinstance(tree, Raw):
        return Data(schema)
    if isinstance(tree, OneOf) and tree.default is NOTHING:
        return Choice(tree.options)
    return Words() if tree == Text(title=tree.title, kind_name=tree.kind_name) else Form(tree)


def options_beside(value: Any) -> Choice | None:
    """The choice in `{"question": "Which city?", "options": ["Rome", "Oslo"]}`; "choices" is understood, too."""
    if not isinstance(value, Mapping) or not isinstance(value.get("question"), str):
        return None
    options = value.get("options", value.get("choices"))
    tree = read_schema({"enum": list(options)}) if isinstance(options, (list, tuple)) and options else None
    return Choice(tree.options) if isinstance(tree, OneOf) else None


def asked_in(value: Any) -> Any:
    """What a person is to read of a question's value: the text alone where the rest of it are its options.

    >>> asked_in({"question": "Which city?", "options": ["Rome", "Oslo"]})
    'Which city?'
    """
    value = unwrapped(value)
    is_text_and_options = options_beside(value) is not None and len(value) == 2
    return value["question"] if is_text_and_options else value
