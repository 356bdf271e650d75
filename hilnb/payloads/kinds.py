"""The kinds of answer that any question can want: words, a choice, data."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hilnb.payloads.reading import read_json

__all__ = ["Choice", "Data", "Kind", "Words", "admits_null", "choice_of", "words_or_data"]


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


def words_or_data(value: Any, schema: Mapping[str, Any] | None) -> Kind:
    """The kind of a question that is neither a choice nor of a framework."""
    if schema is not None:
        return Words() if schema.get("type") == "string" else Data(schema)
    return Data() if isinstance(value, (dict, list, tuple)) else Words()


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


def choice_of(schema: Mapping[str, Any] | None) -> Choice | None:
    """The choice a schema gives: an enum, constants side by side, or yes and no."""
    if schema is None:
        return None
    values: list[Any] = []
    titles: list[str | None] = []
    if isinstance(schema.get("enum"), list):
        values = schema["enum"]
    elif "const" in schema:
        values = [schema["const"]]
    elif schema.get("type") == "boolean":
        values, titles = [True, False], ["Yes", "No"]
    else:
        for each in schema.get("anyOf") or schema.get("oneOf") or ():
            if not isinstance(each, Mapping) or "const" not in each:
                return None
            values.append(each["const"])
            titles.append(each.get("title"))
    if not values or not all(isinstance(value, str | int | float) for value in values):
        return None
    distinct = {(type(value), value): title for value, title in zip(values, titles or [None] * len(values))}
    found = [value for _, value in distinct]
    return Choice(tuple(zip(_labels(found, list(distinct.values())), found)))


def _labels(values: list[Any], titles: Iterable[str | None]) -> list[str]:
    """A label for each value: its title, else a text as it is, else JSON; all in JSON where two would be the same."""
    labels = [
        str(title or (value if isinstance(value, str) else json.dumps(value))) for value, title in zip(values, titles)
    ]
    return labels if len({*labels}) == len(values) else [json.dumps(value, ensure_ascii=False) for value in values]
