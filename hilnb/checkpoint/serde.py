"""What leaves the process: JSON text with a closed table of tags. Values come back equal, or are refused by name.

A tag is an object whose one key begins with "!": `{"!tuple": [1, 2]}`. Reading looks it up in a table and nowhere else:
no pickle, no import by name, no eval. So a text can only make values of the types in `kinds.CLOSED` and of registered
classes. Read on in `kinds` (what is in the table) and `writer` (how a value is walked).
"""

from __future__ import annotations

import dataclasses
import json
import reprlib
import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, NoReturn, TypeGuard

from hilnb.checkpoint.kinds import CLOSED, Refusal, Row, is_model, is_named_tuple, name_of, question_fields, row_of
from hilnb.checkpoint.writer import Writer, is_plain, is_unicode
from hilnb.errors import SerializationError, did_you_mean
from hilnb.types import Interrupt

__all__ = ["Serde", "types_in"]


class Serde:
    """Writes values as text and reads them back.

    JSON's own types, the standard library's values, hilnb's messages and words, and instances of registered classes
    come back equal and of the same type; anything else is refused. What two places of a value share is written twice.

    Args:
        types: Classes to register.
        naming: How the user names a class `{}` to whoever has this, for errors.

    >>> serde = Serde()
    >>> serde.dumps({"at": (1, 2)}, "the key 'at'")
    '{"at":{"!tuple":[1,2]}}'
    >>> serde.loads('{"at":{"!tuple":[1,2]}}')
    {'at': (1, 2)}
    """

    def __init__(self, types: Iterable[type] = (), naming: str = "SqliteSaver(path, types=[{}])") -> None:
        question = Row("!Interrupt", dict, self._question_fields, self._question, "attributes")
        self._rows = {**CLOSED, Interrupt: question}
        self._tags = {row.tag: row for row in (*self._rows.values(), *_READ_ONLY)}
        self._names: dict[str, type] = {}
        self._naming = naming
        self._decode = json.JSONDecoder(object_hook=self._revived, parse_constant=_no_constant).decode
        self.register(*types)

    def register(self, *types: type) -> None:
        """Let instances of these classes, and of those their fields name, be written and read.

        A TypedDict may be given too, as the `answer_type` of an Interrupt; its instances are plain dicts anyway. When a
        class is defined again, as by a cell that is run again, it takes the place of the one before.

        Args:
            types: Dataclasses, pydantic models, Enums, NamedTuples, message classes of your own, TypedDicts.

        Raises:
            SerializationError: It is none of these, or another class is called the same.
        """
        for given in types:
            if not _is_class(given) or not (given in CLOSED or typing.is_typeddict(given) or row_of(given)):
                raise SerializationError(
                    f"types=[{given!r}]: only a dataclass, a pydantic model, an Enum, a NamedTuple, a TypedDict or a "
                    "subclass of hilnb's messages can be registered, and no dataclass that is also a list, dict, …"
                )
            for kind in {given, *types_in(given)} - CLOSED.keys():
                self._register(kind)

    def _register(self, kind: type) -> None:
        name = name_of(kind)
        known = self._names.get(name, kind)
        if (known.__module__, known.__qualname__) != (kind.__module__, kind.__qualname__):
            raise SerializationError(
                f"two classes are called {name}: {known.__module__}.{known.__qualname__} and "
                f"{kind.__module__}.{kind.__qualname__}. A file knows a class by that name; rename one of them."
            )
        if known is not kind and known in self._rows:
            del self._tags[self._rows.pop(known).tag]
        self._names[name] = kind
        row = row_of(kind)
        if row is not None:
            self._rows[kind] = self._tags[row.tag] = row

    def dumps(self, value: Any, name: str) -> str:
        """The value as compact JSON text.

        Args:
            value: What is to be kept.
            name: What it is, for errors: `"the key 'df'"`.

        Raises:
            SerializationError: Something in it could not come back as it is; the message says what and where.
        """
        try:
            text = _encode(value if is_plain(value) else Writer(self._rows, self._names, self._naming).any(value, 0))
            if not text.isascii() and not is_unicode(text):
                text = _encode(Writer(self._rows, self._names, self._naming, lone=True).any(value, 0))
        except Refusal as refusal:
            raise SerializationError(refusal.told(name)) from None
        except RecursionError:
            raise SerializationError(f"{name} is nested too deeply for what is left of Python's stack.") from None
        return text

    def loads(self, text: str) -> Any:
        """The value that `dumps` was given.

        Raises:
            SerializationError: It names a class that is not registered, or `dumps` has not written it.
        """
        try:
            return (self._decode if '"!' in text else _decode_plain)(text)
        except ValueError as error:
            raise SerializationError(f"{text!r:.80} is not what hilnb writes: {error}.") from None
        except RecursionError:
            raise SerializationError(f"{text!r:.80} is nested too deeply to be read.") from None

    def _revived(self, found: dict[str, Any]) -> Any:
        """What an object of the JSON text stands for."""
        if len(found) != 1:
            return found
        [(tag, parts)] = found.items()
        if not tag.startswith("!"):
            return found
        row = self._tags.get(tag)
        if row is None:
            raise SerializationError(self._unknown(tag))
        if not isinstance(parts, row.shape):
            raise SerializationError(f"{tag!r:.80} does not go with {reprlib.repr(parts)}: the text was changed.")
        try:
            return row.together(parts)
        except Exception as error:  # whatever a class says about parts that do not fit it
            what = f"{tag!r:.80} cannot be made of {reprlib.repr(parts)} here"
            raise SerializationError(f"{what} ({type(error).__name__}: {error}).") from error

    def _unknown(self, tag: str) -> str:
        kind, _, name = tag[1:].partition(":")
        if not name:
            return f"{tag!r:.80} is no tag that hilnb writes: the text was changed, or a newer version wrote it."
        if name in self._names:
            return f"what was kept is the {kind} {name:.80}, but the registered {name:.80} is of another kind."
        near = did_you_mean(name, self._names)
        return (
            f"what was kept holds the {kind} {name:.80}, which is not registered{near}. "
            f"Name it: {self._naming.format(name[:80])}."
        )

    def _question_fields(self, question: Interrupt) -> dict[str, Any]:
        fields = question_fields(question)
        kind = fields.pop("answer_type", None)
        if _is_class(kind) and self._names.get(name_of(kind)) is kind:
            fields["answer_type"] = name_of(kind)
        return fields

    def _question(self, fields: dict[str, Any]) -> Interrupt:
        return Interrupt(**{**fields, "answer_type": self._names.get(fields.get("answer_type", ""))})


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), allow_nan=False).encode


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decode_plain = json.JSONDecoder(parse_constant=_no_constant).decode


def _as_it_is(value: Any) -> Any:
    return value


_READ_ONLY = (  # the writer makes these without a row
    Row("!str", str, _as_it_is, lambda text: bytes.fromhex(text).decode(errors="surrogatepass")),
    Row("!int", str, _as_it_is, lambda text: int(text, 16)),
    Row("!float", str, _as_it_is, float),
    Row("!dict", list, _as_it_is, lambda pairs: {key: value for key, value in pairs}),  # noqa: C416 - dict() takes "ab"
)


def types_in(annotation: Any) -> set[type]:
    """The classes to register for values of this type: those it names, those their fields name, and so on.

    >>> class Colour(Enum):
    ...     RED = 1
    >>> types_in(dict[str, list[Colour] | None]) == {Colour}
    True
    """
    found: set[type] = set()
    seen: dict[int, Any] = {}  # holds what it has seen, so that no id is used twice
    todo = [annotation]
    while todo:
        kind = todo.pop()
        if id(kind) in seen:
            continue
        seen[id(kind)] = kind
        if not _is_class(kind):
            todo += _named_by(kind)
        elif kind not in CLOSED:
            todo += _field_types(kind)
            if row_of(kind):
                found.add(kind)
    return found


def _is_class(kind: Any) -> TypeGuard[type]:
    return isinstance(kind, type) and typing.get_origin(kind) is None


def _named_by(form: Any) -> Iterator[Any]:
    """What something that is no class (a union, an alias, a Literal, a list of parameters) names."""
    if isinstance(form, Enum):
        yield type(form)
    elif isinstance(form, (list, tuple)):
        yield from form
    elif hasattr(form, "__metadata__"):
        yield form.__origin__  # Annotated: what it adds is no type
    elif not isinstance(form, str):
        yield from (typing.get_origin(form), *typing.get_args(form))
        yield from (
            getattr(form, name, None) for name in ("__value__", "__supertype__", "__bound__", "__constraints__")
        )


def _field_types(kind: Any) -> Iterable[Any]:
    if is_model(kind):
        return [about.annotation for about in kind.model_fields.values()]
    if not (dataclasses.is_dataclass(kind) or typing.is_typeddict(kind) or is_named_tuple(kind)):
        return []
    try:
        return typing.get_type_hints(kind, include_extras=True).values()
    except (NameError, TypeError):  # quoted names of a function's own classes: dumps says what is not registered
        return getattr(kind, "__annotations__", {}).values()
