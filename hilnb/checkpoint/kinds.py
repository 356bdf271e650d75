"""How values are taken apart for a file and put together again: a closed table of types, and registered classes."""

from __future__ import annotations

import dataclasses
import re
from base64 import b64decode, b64encode
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag
from fractions import Fraction
from functools import cached_property, partial
from operator import index
from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from types import MemberDescriptorType
from typing import Any, Literal, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from hilnb import messages
from hilnb.messages.base import BaseMessage, Text
from hilnb.messages.frozen import FrozenDict, FrozenList, freeze, thaw
from hilnb.types import Command, Interrupt, Overwrite, Send, TimeoutPolicy

__all__ = [
    "CANNOT",
    "CLOSED",
    "Refusal",
    "Row",
    "changed_fields",
    "is_model",
    "is_named_tuple",
    "name_of",
    "question_fields",
    "row_of",
]

CANNOT = "cannot be kept in a file: keep it out of the state, or use MemorySaver"


class Refusal(Exception):  # noqa: N818 - never leaves this folder
    """Something cannot be written; on its way up it learns where.

    Args:
        reason: The rest of the sentence that begins with the place.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.trail: list[tuple[str, Any]] = []  # from the inside out: ("[0]", None) for a step, ("", value) for a value

    def told(self, name: str) -> str:
        """The message about a value of this name."""
        path = name
        seen: dict[int, str] = {}
        for step, value in reversed(self.trail):
            path += step
            if not step and seen.setdefault(id(value), path) is not path:
                return f"{path} is {seen[id(value)]} itself; a value that contains itself {CANNOT}."
        return f"{path if len(path) < 200 else path[:100] + '…'} {self.reason}"


class Row(NamedTuple):
    """How the values of one type are written.

    Attributes:
        tag: The only key of the object it is written as.
        shape: The type of its parts, as they are read.
        apart: Makes the parts: values that can be written themselves.
        together: Makes the value of its parts.
        parts: What the parts are: the method of `writer.Writer` that writes them.
    """

    tag: str
    shape: Any
    apart: Callable[[Any], Any]
    together: Callable[[Any], Any]
    parts: Literal["any", "items", "members", "attributes", "pieces", "model"] = "any"


def row_of(kind: type) -> Row | None:
    """The row of a class that can be registered; None for any other."""
    name = name_of(kind)
    if issubclass(kind, Enum):
        return Row(f"!enum:{name}", (str, int), _member_name, partial(_member, kind))
    if issubclass(kind, BaseMessage):
        return Row(f"!message:{name}", dict, _message_fields, partial(_message, kind), "attributes")
    if is_named_tuple(kind):
        return Row(f"!namedtuple:{name}", list, list, partial(_named_tuple, kind), "items")
    if is_model(kind):
        return Row(f"!model:{name}", list, _model_parts, partial(_model, kind), "model")
    if dataclasses.is_dataclass(kind) and not issubclass(kind, _BUILT_IN):
        return Row(f"!dataclass:{name}", dict, _state, partial(_instance, kind), "attributes")
    return None


_BUILT_IN = (*(str, bytes, bytearray, int, float, complex), *(list, tuple, dict, set, frozenset, BaseException, type))


def name_of(kind: type) -> str:
    """The name a file knows a class by: without its module, so that a class can move from a notebook into one."""
    return kind.__qualname__.rpartition("<locals>.")[2]


def is_named_tuple(kind: type) -> bool:
    """Whether it is a class made by `NamedTuple` or `namedtuple`, or a subclass of one."""
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


def is_model(kind: type) -> bool:
    """Whether it is a pydantic (2) model."""
    return isinstance(getattr(kind, "model_fields", None), dict) and hasattr(kind, "__pydantic_fields_set__")


def _state(thing: Any) -> dict[str, Any]:
    """All an instance holds, but for what it can work out again, and typing's note of what was in the brackets."""
    state: Any = object.__getstate__(thing)
    held, slots = state if isinstance(state, tuple) else (state, None)
    everything = {**(held or {}), **(slots or {})}
    everything.pop("__orig_class__", None)
    kind = type(thing)
    return {key: item for key, item in everything.items() if type(getattr(kind, key, None)) is not cached_property}


def _instance(kind: Any, state: dict[str, Any]) -> Any:
    """An instance of a dataclass: nothing of it runs, so nothing is worked out or checked a second time."""
    thing: Any = object.__new__(kind)
    for about in dataclasses.fields(kind):
        if about.name not in state and about.default is not dataclasses.MISSING:
            _put(thing, about.name, about.default)  # a field the class did not have then
        elif about.name not in state and about.default_factory is not dataclasses.MISSING:
            _put(thing, about.name, about.default_factory())
    for name, value in state.items():
        _put(thing, name, value)
    return thing


def _put(thing: Any, name: str, value: Any) -> None:
    if type(getattr(type(thing), name, None)) is MemberDescriptorType:
        object.__setattr__(thing, name, value)
    else:
        thing.__dict__[name] = value


_MODEL = ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")


def _model_parts(model: Any) -> list[Any]:
    _, names, extra, private = (getattr(model, name) for name in _MODEL)
    fields = {key: value for key, value in _state(model).items() if key not in _MODEL}
    return [fields, sorted(names), extra, private]


def _model(kind: Any, parts: list[Any]) -> Any:
    fields, names, extra, private = parts
    for name, about in kind.model_fields.items():
        if name not in fields and not about.is_required():  # a field the class did not have then
            fields[name] = about.get_default(call_default_factory=True)
    if not all(part is None or isinstance(part, dict) for part in (extra, private)):
        raise TypeError("dicts were expected")
    model: Any = object.__new__(kind)
    for name, part in zip(_MODEL, (fields, set(names), extra, private)):
        object.__setattr__(model, name, part)
    return model


def _named_tuple(kind: Any, items: list[Any]) -> Any:
    if len(items) != len(kind._fields):
        raise TypeError(f"{name_of(kind)} has {len(kind._fields)} fields")
    return tuple.__new__(kind, items)


def _member_name(member: Enum) -> str | int:
    name = member._name_
    if name is not None and type(member).__members__.get(name) is member:
        return name
    if isinstance(member, Flag) and type(member._value_) is int:
        return member._value_
    raise Refusal(f"holds {member!r}, a member that {type(member).__name__} does not list, which {CANNOT}.")


def _member(kind: Any, name: str | int) -> Any:
    if isinstance(name, str):
        return kind.__members__[name]
    if not issubclass(kind, Flag):
        raise TypeError("the name of a member was expected")
    return kind(name)


def _message_fields(message: BaseMessage) -> dict[str, Any]:
    usual = message._defaults
    return {name: thaw(value) for name, value in vars(message).items() if value is not usual.get(name, ...)}


def _message(kind: type[BaseMessage], fields: dict[str, Any]) -> BaseMessage:
    """The message, checked, but for its tool calls: those of frozen lists were checked when they were written."""
    return kind._made(freeze(fields))


def changed_fields(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass instance that are not at their defaults."""
    fields = {about.name: (getattr(thing, about.name), about.default) for about in dataclasses.fields(thing)}
    return {name: value for name, (value, default) in fields.items() if value is not default}


def question_fields(question: Interrupt) -> dict[str, Any]:
    """What a question was made with, as far as it is not the default."""
    return {name: value for name, value in vars(question).items() if value is not getattr(Interrupt, name, question)}


def _row(
    kind: type,
    shape: Any,
    apart: Callable[[Any], Any],
    together: Callable[[Any], Any] | None = None,
    parts: Any = "any",
) -> tuple[type, Row]:
    return kind, Row(f"!{kind.__name__}", shape, apart, together or kind, parts)


def _text(data: bytes | bytearray) -> str:
    return b64encode(data).decode("ascii")


def _data(text: str) -> bytes:
    return b64decode(text, validate=True)


def _timed(kind: Any) -> tuple[type, Row]:
    def apart(moment: Any) -> list[Any]:
        return [moment.replace(tzinfo=None).isoformat(), moment.fold, moment.tzinfo]

    def together(parts: list[Any]) -> Any:
        text, fold, zone = parts
        return kind.fromisoformat(text).replace(fold=fold, tzinfo=zone)

    return _row(kind, list, apart, together, "pieces")


def _zone_key(zone: ZoneInfo) -> str:
    if zone.key is None:
        raise Refusal(f"holds a ZoneInfo that was read from a file and has no key, which {CANNOT}.")
    return zone.key


def _slice(parts: list[Any]) -> slice:
    start, stop, step = parts
    return slice(start, stop, step)


def _range(parts: list[Any]) -> range:
    start, stop, step = parts
    return range(start, stop, step)


def _fraction(parts: list[Any]) -> Fraction:
    above, below = map(index, parts)  # of text, a short "1e999999999" would take for ever
    return Fraction(above, below)


def _delta(parts: list[Any]) -> timedelta:
    days, seconds, microseconds = parts
    return timedelta(days, seconds, microseconds)


_FACTORIES: Mapping[str, Any] = {
    kind.__name__: kind
    for kind in (list, dict, set, tuple, frozenset, str, int, float, bool, deque, OrderedDict, Counter)
}


def _defaults(found: defaultdict[Any, Any]) -> list[Any]:
    make = found.default_factory
    name = None if make is None else getattr(make, "__name__", "")
    if name is not None and _FACTORIES.get(name) is not make:
        known = ", ".join(_FACTORIES)
        raise Refusal(f"holds a defaultdict whose factory is {make!r}, which {CANNOT}. Known factories: {known}.")
    return [name, dict(found)]


def _defaultdict(parts: list[Any]) -> defaultdict[Any, Any]:
    name, items = parts
    return defaultdict(None if name is None else _FACTORIES[name], items)


_MESSAGES = [kind for name in messages.__all__ if isinstance(kind := getattr(messages, name), type)]

CLOSED: Mapping[type, Row] = dict(
    [
        _row(tuple, list, list, tuple, "items"),
        _row(set, list, list, set, "members"),
        _row(frozenset, list, list, frozenset, "members"),
        _row(deque, list, lambda items: [items.maxlen, list(items)], lambda parts: deque(parts[1], parts[0]), "pieces"),
        _row(OrderedDict, dict, dict),
        _row(Counter, dict, dict),
        _row(defaultdict, list, _defaults, _defaultdict, "pieces"),
        _row(FrozenList, list, thaw, freeze),
        _row(FrozenDict, dict, thaw, freeze),
        _row(Text, str, str),
        _row(bytes, str, _text, _data),
        _row(bytearray, str, _text, lambda text: bytearray(_data(text))),
        _row(complex, list, lambda n: [repr(n.real), repr(n.imag)], lambda parts: complex(*map(float, parts))),
        _row(Decimal, str, str),
        _row(Fraction, list, lambda n: [n.numerator, n.denominator], _fraction, "pieces"),
        _timed(datetime),
        _timed(time),
        _row(date, str, date.isoformat, date.fromisoformat),
        _row(timedelta, list, lambda t: [t.days, t.seconds, t.microseconds], _delta),
        _row(timezone, list, lambda zone: list(zone.__getinitargs__()), lambda parts: timezone(*parts), "pieces"),
        _row(ZoneInfo, str, _zone_key),
        _row(UUID, str, str),
        *(_row(kind, str, str) for kind in (PurePosixPath, PureWindowsPath, PosixPath, WindowsPath)),
        _row(range, list, lambda r: [r.start, r.stop, r.step], _range, "pieces"),
        _row(slice, list, lambda s: [s.start, s.stop, s.step], _slice, "pieces"),
        _row(re.Pattern, list, lambda p: [p.pattern, p.flags], lambda parts: re.compile(*parts), "pieces"),
        *(
            _row(kind, dict, _message_fields, partial(_message, kind), "attributes")
            for kind in _MESSAGES
            if issubclass(kind, BaseMessage)
        ),
        _row(Interrupt, dict, question_fields, lambda fields: Interrupt(**fields), "attributes"),
        _row(Send, dict, changed_fields, lambda fields: Send(**fields), "attributes"),
        _row(Command, dict, changed_fields, lambda fields: Command(**fields), "attributes"),
        _row(TimeoutPolicy, dict, changed_fields, lambda fields: TimeoutPolicy(**fields), "attributes"),
        _row(Overwrite, dict, changed_fields, lambda fields: Overwrite(**fields), "attributes"),
    ]
)
"""The types that need no registering, but for what JSON has itself. `Serde` has its own row for `Interrupt`."""
