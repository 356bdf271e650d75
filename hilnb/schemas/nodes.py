"""The tree of what a person fills in: each part of an answer, and what is wrong with a value for it.

A node says what is wrong with a value itself (`wrong`), and hands the parts of the value to the nodes they belong to
(`inside`). A value is plain data: what `json.loads` gives, and bytes for a file.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from hilnb.schemas.formats import EXAMPLES, has_format

Path = tuple[str | int, ...]
Options = tuple[tuple[str, Any], ...]


class Nothing(Enum):
    """The type of NOTHING."""

    NOTHING = "nothing"


NOTHING = Nothing.NOTHING
"""No value at all; None is one."""

MUST = object()
"""In place of what nothing entered stands for: something has to be."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one part of an answer.

    Attributes:
        path: Where it is, as keys and positions.
        text: What is wrong, as the end of a sentence about it.

    >>> print(Problem(("pets", 0, "age"), "must be at least 0"))
    pets[0].age must be at least 0
    """

    path: Path
    text: str

    def __str__(self) -> str:
        place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path).lstrip(".")
        return f"{place or 'The answer'} {self.text}"


@dataclass(frozen=True, kw_only=True)
class Node:
    """A part of an answer.

    Attributes:
        title: What it is called at its place; "" when the schema does not say.
        kind_name: What its kind is called: the name of a model or an enum.
        help: More for the person to read.
        default: What stands there beforehand, and fits; NOTHING when nothing does.
    """

    title: str = ""
    kind_name: str = ""
    help: str = ""
    default: Any = NOTHING

    def wrong(self, value: Any) -> str:
        """What is wrong with the value, apart from its parts; "" when nothing is."""
        return ""

    def inside(self, value: Any) -> Iterator[tuple[str | int, Node, Any]]:
        """The parts of a value that is not wrong itself: key, node and value, NOTHING where one is missing."""
        return iter(())


def problems(node: Node, value: Any, path: Path = ()) -> Iterator[Problem]:
    """All that is wrong with an answer; nothing when it fits.

    >>> [str(each) for each in problems(Object(fields=(Field("age", Number(most=9)),)), {"age": 10})]
    ['age must be at most 9']
    """
    if value is NOTHING:
        yield Problem(path, "is missing")
    elif text := node.wrong(value):
        yield Problem(path, text)
    else:
        for key, part, of_it in node.inside(value):
            yield from problems(part, of_it, (*path, key))


@dataclass(frozen=True, kw_only=True)
class Text(Node):
    """A text.

    Attributes:
        long: Whether it may well have several lines.
        shortest: The fewest characters.
        longest: The most; None for no limit.
        pattern: A regular expression that is found in it.
        format: One of `formats.EXAMPLES`, or "".
    """

    long: bool = False
    shortest: int = 0
    longest: int | None = None
    pattern: str = ""
    format: str = ""

    def wrong(self, value: Any) -> str:
        """Whether it is a text, and of the right length and form."""
        if not isinstance(value, str):
            return "must be a text"
        if len(value) < self.shortest:
            return f"must have at least {_count(self.shortest, 'character')}; it has {len(value):,}"
        if self.longest is not None and len(value) > self.longest:
            return f"must have at most {_count(self.longest, 'character')}; it has {len(value):,}"
        if self.format and not has_format(value, self.format):
            return f"must be {EXAMPLES[self.format]}"
        if self.pattern and not re.search(self.pattern, value):
            return f"must match {self.pattern}"
        return ""


@dataclass(frozen=True, kw_only=True)
class Number(Node):
    """A number.

    Attributes:
        whole: Whether it is an integer.
        least: The smallest; None for no limit.
        most: The largest.
        above: It is greater than this.
        below: It is less than this.
        step: It is a multiple of this.
    """

    whole: bool = False
    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    step: float | None = None

    def wrong(self, value: Any) -> str:
        """Whether it is a number, and within its bounds."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a whole number" if self.whole else "must be a number"
        if value != value or value in (float("inf"), float("-inf")):
            return "must be a number that JSON knows"
        if self.whole and not isinstance(value, int):
            return "must be a whole number"
        if self.least is not None and value < self.least:
            return f"must be at least {self.least}"
        if self.most is not None and value > self.most:
            return f"must be at most {self.most}"
        if self.above is not None and value <= self.above:
            return f"must be greater than {self.above}"
        if self.below is not None and value >= self.below:
            return f"must be less than {self.below}"
        # As decimals: 0.3 is a multiple of 0.1 to a person, and not in binary.
        if self.step and not _is_multiple(value, self.step):
            return f"must be a multiple of {self.step}"
        return ""

    @property
    def bounds(self) -> str:
        """The bounds in words, "" for none.

        >>> Number(above=0, most=10, step=2).bounds
        'greater than 0, at most 10, a multiple of 2'
        """
        words = {"at least": self.least, "greater than": self.above, "at most": self.most, "less than": self.below}
        said = [f"{word} {bound}" for word, bound in words.items() if bound is not None]
        return ", ".join([*said, *([f"a multiple of {self.step}"] if self.step else [])])


@dataclass(frozen=True, kw_only=True)
class OneOf(Node):
    """One of a few values.

    Attributes:
        options: Each as the label a person sees, and the value.
    """

    options: Options

    def wrong(self, value: Any) -> str:
        """Whether it is among the options."""
        if self.place(value) is not None:
            return ""
        return f"must be one of {', '.join(label for label, _ in self.options)}"

    def place(self, value: Any) -> int | None:
        """The place of a value among the options; True is not 1 here."""
        same = (place for place, (_, other) in enumerate(self.options) if _is_same(value, other))
        return next(same, None)


@dataclass(frozen=True, kw_only=True)
class SomeOf(Node):
    """Some of a few values, as a list.

    Attributes:
        options: Each as the label a person sees, and the value.
        fewest: The least that are chosen.
        most: The most; None for no limit.
    """

    options: Options
    fewest: int = 0
    most: int | None = None

    def wrong(self, value: Any) -> str:
        """Whether it is a list of different options, long enough."""
        if not isinstance(value, list):
            return "must be a list"
        one = OneOf(options=self.options)
        places = [one.place(each) for each in value]
        if None in places:
            return one.wrong(value[places.index(None)]).replace("one of", "chosen from")
        if len(set(places)) < len(places):
            return "must not have the same twice"
        return _wrong_count(len(value), self.fewest, self.most)


@dataclass(frozen=True, kw_only=True)
class Moment(Node):
    """A date, a time or both, as an ISO text.

    Attributes:
        format: "date", "time" or "date-time".
    """

    format: str

    def wrong(self, value: Any) -> str:
        """Whether it is one."""
        return Text(format=self.format).wrong(value)


@dataclass(frozen=True, kw_only=True)
class File(Node):
    """A file that is uploaded.

    Attributes:
        shape: What the answer is: "bytes"; "base64", a text; or "object", with name, type, size and content (base64).
        accepts: A media type, or "".
        largest: The most bytes.
    """

    shape: str = "object"
    accepts: str = ""
    largest: int = 1_000_000

    def answer(self, name: str, kind: str, content: bytes) -> Any:
        """The answer that a file is."""
        if self.shape == "bytes":
            return content
        text = base64.b64encode(content).decode()
        return text if self.shape == "base64" else {"name": name, "type": kind, "size": len(content), "content": text}

    def wrong(self, value: Any) -> str:
        """Whether it has the shape, and is not too large."""
        content: Any = value.get("content") if self.shape == "object" and isinstance(value, dict) else value
        if self.shape == "object" and not isinstance(value, dict):
            return "must be an object with name, type, size and content"
        if self.shape != "bytes":
            try:
                content = base64.b64decode(content, validate=True)
            except (TypeError, ValueError, binascii.Error):
                return "must have its content as base64"
        if not isinstance(content, bytes):
            return "must be bytes"
        return f"must be at most {self.largest:,} bytes; it has {len(content):,}" * (len(content) > self.largest)


@dataclass(frozen=True, kw_only=True)
class Maybe(Node):
    """A value, or null.

    Attributes:
        inner: The value.
    """

    inner: Node

    def wrong(self, value: Any) -> str:
        """What is wrong when it is a value."""
        return "" if value is None else self.inner.wrong(value)

    def inside(self, value: Any) -> Iterator[tuple[str | int, Node, Any]]:
        """The parts of the value."""
        return iter(()) if value is None else self.inner.inside(value)


@dataclass(frozen=True, kw_only=True)
class List(Node):
    """A list of values of one kind.

    Attributes:
        item: The kind.
        fewest: The least items.
        most: The most; None for no limit.
        unique: Whether no two may be the same.
    """

    item: Node
    fewest: int = 0
    most: int | None = None
    unique: bool = False

    def wrong(self, value: Any) -> str:
        """Whether it is a list, long enough."""
        if not isinstance(value, list):
            return "must be a list"
        if self.unique and any(_is_same(one, other) for place, one in enumerate(value) for other in value[:place]):
            return "must not have the same twice"
        return _wrong_count(len(value), self.fewest, self.most)

    def inside(self, value: Any) -> Iterator[tuple[str | int, Node, Any]]:
        """The items."""
        return ((place, self.item, each) for place, each in enumerate(value))


@dataclass(frozen=True)
class Field:
    """A value of an object, under its name.

    Attributes:
        name: The key.
        node: What it takes.
        required: Whether the key has to be there.
    """

    name: str
    node: Node
    required: bool = True

    @property
    def label(self) -> str:
        """What the person sees: its title, or its name without underscores."""
        name = self.name.replace("_", " ").strip()
        return self.node.title or name[:1].upper() + name[1:] or '""'


@dataclass(frozen=True, kw_only=True)
class Object(Node):
    """Values under names.

    Attributes:
        fields: The values, in the order they are asked for.
        open: Whether there may be others, of any kind.
    """

    fields: tuple[Field, ...]
    open: bool = False

    def wrong(self, value: Any) -> str:
        """Whether it is an object, with no name too many."""
        if not _is_object(value):
            return "must be an object"
        known = {field.name for field in self.fields}
        unknown = [name for name in value if name not in known]
        if self.open or not unknown:
            return ""
        return f"has no field {unknown[0]!r}; its fields are {', '.join(known) or 'none'}"

    def inside(self, value: Any) -> Iterator[tuple[str | int, Node, Any]]:
        """The fields that are there, or have to be."""
        for each in self.fields:
            if each.name in value or each.required:
                yield each.name, each.node, value.get(each.name, NOTHING)


@dataclass(frozen=True, kw_only=True)
class Map(Node):
    """Values of one kind under names that the person chooses.

    Attributes:
        value: The kind.
        name: What a name looks like.
        fewest: The least of them.
        most: The most; None for no limit.
    """

    value: Node
    name: Node = field(default_factory=Text)
    fewest: int = 0
    most: int | None = None

    def wrong(self, value: Any) -> str:
        """Whether it is an object, its names are good, and there are enough."""
        if not _is_object(value):
            return "must be an object"
        for key in value:
            if text := self.name.wrong(key):
                return f"has a name, {key!r}, that {text}"
        return _wrong_count(len(value), self.fewest, self.most)

    def inside(self, value: Any) -> Iterator[tuple[str | int, Node, Any]]:
        """The values."""
        return ((key, self.value, each) for key, each in value.items())


@dataclass(frozen=True)
class Variant:
    """One of the things a value may be.

    Attributes:
        label: What a person chooses it by.
        node: What it is.
        tag: The name and the value that an object of this variant has, and no other; None where there is none.
    """

    label: str
    node: Node
    tag: tuple[str, Any] | None = None

    def wears(self, value: Any) -> bool:
        """Whether a value has the tag."""
        return self.tag is not None and _is_object(value) and _is_same(value.get(self.tag[0], NOTHING), self.tag[1])

    def tagged(self, value: Any) -> Any:
        """The value with the tag."""
        return value if self.tag is None else {self.tag[0]: self.tag[1], **value}

    def bare(self, value: Any) -> Any:
        """The value without the tag."""
        if self.tag is None or not self.wears(value):
            return value
        return {name: each for name, each in value.items() if name != self.tag[0]}


@dataclass(frozen=True, kw_only=True)
class Union(Node):
    """One of several kinds of value.

    Attributes:
        variants: The kinds; either all have a tag, or none has.
    """

    variants: tuple[Variant, ...]

    def wrong(self, value: Any) -> str:
        """Whether it is of one of the kinds."""
        place = self.place(value)
        if place is not None:
            return self.variants[place].node.wrong(self.variants[place].bare(value))
        tag = self.variants[0].tag
        if tag is None:
            return f"must be one of: {', '.join(variant.label for variant in self.variants)}"
        return f"must have as {tag[0]!r} one of {', '.join(str(each.tag[1]) for each in self.variants if each.tag)}"

    def inside(self, value: Any) -> Iterator[tuple[str | int, Node, Any]]:
        """The parts of the value, as its kind sees them."""
        chosen = self.variants[self.place(value) or 0]
        return chosen.node.inside(chosen.bare(value))

    def place(self, value: Any) -> int | None:
        """The place of the variant that a value is of; None when it is of none."""
        for place, variant in enumerate(self.variants):
            if variant.wears(value) or (variant.tag is None and not any(problems(variant.node, value))):
                return place
        return None


@dataclass(frozen=True, kw_only=True)
class Raw(Node):
    """Any JSON: what no other node can show.

    Attributes:
        schema: What it has to look like, for the person to read; only its type is checked.
    """

    schema: Any = None

    def wrong(self, value: Any) -> str:
        """Whether it has the type that the schema says."""
        types: dict[str, Any] = {"object": Mapping, "array": list, "string": str, "boolean": bool}
        right = isinstance(value, types.get(self.kind, object))
        return "" if right else f"must be {'an' if self.kind[0] in 'ao' else 'a'} {self.kind}"

    @property
    def kind(self) -> str:
        """The one type that the schema says, or ""."""
        said = self.schema.get("type") if isinstance(self.schema, Mapping) else ""
        return said if isinstance(said, str) else ""

    @property
    def says_more(self) -> bool:
        """Whether the schema says more than a type."""
        known = {"title", "description", "default", "type"}
        rest = {key: each for key, each in self.schema.items() if key not in known} if self.schema else {}
        return bool(rest) and rest != {"additionalProperties": True}


def when_empty(node: Node, required: bool) -> Any:
    """What it stands for when a person enters nothing: null, no value, an empty text; MUST when something has to be.

    What is seen is what is sent: where leaving a value out would bring back a default that was cleared, null says so.

    >>> when_empty(Maybe(inner=Number(), default=5), required=False) is None
    True
    """
    if isinstance(node, Maybe):
        return None if required or node.default not in (None, NOTHING) else NOTHING
    if required:
        return MUST
    if node.default is NOTHING:
        return NOTHING
    return "" if isinstance(node, Text) else MUST


def labels_of(values: list[Any], titles: Iterable[Any]) -> list[str]:
    """A label for each value: its title, else a text as it is, else JSON; all in JSON where two would be the same."""
    labels = [
        str(title or (value if isinstance(value, str) else json.dumps(value))) for value, title in zip(values, titles)
    ]
    return labels if len({*labels}) == len(values) else [json.dumps(value, ensure_ascii=False) for value in values]


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def _is_multiple(value: float, step: float) -> bool:
    try:
        return Decimal(str(value)) % Decimal(str(step)) == 0
    except ArithmeticError:  # more digits between the two than decimals have
        return value % step == 0


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _wrong_count(count: int, fewest: int, most: int | None) -> str:
    if count < fewest:
        return f"must have at least {fewest:,}; it has {count:,}"
    if most is not None and count > most:
        return f"must have at most {most:,}; it has {count:,}"
    return ""
