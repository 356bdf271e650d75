"""A value as it was: whatever a node does to an object later, what was kept of it does not change."""

from __future__ import annotations

import copy
import operator
import sys
from collections.abc import Iterable
from typing import Any

from hilnb.messages import BaseMessage
from hilnb.types import Interrupt, Send

__all__ = ["UNCHANGING", "Grown", "are_unchanging", "freeze", "is_final", "isolated", "size_of", "thawed"]

UNCHANGING = frozenset({str, int, float, complex, bool, type(None), bytes})
"""The types whose values cannot change. (Subclasses of them can.)"""

_are_flat = UNCHANGING.issuperset
"""Whether types are all among them; asked at C's speed."""

_TELLING = frozenset({str, bytes, type(None)})
"""Those of them of which equal values are the same value: 1 == True, but "1" is equal to nothing else."""


class _Log:
    """What a list held, one item after the other. Lists that only grow share one, each with its own length.

    Attributes:
        items: As they were when they were added.
        is_shared: Whether these are the very objects that were given, as none of them can change.
        is_telling: Whether also equal ones are the same, so that two lists can be compared at C's speed.
    """

    __slots__ = ("is_shared", "is_telling", "items")

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.is_shared = True
        self.is_telling = True

    def add(self, items: list[Any]) -> None:
        frozen = [item if type(item) in UNCHANGING else isolated(item) for item in items]  # all of them, or none
        for item, kept in zip(items, frozen):
            if kept is not item:
                self.is_shared = self.is_telling = False
            elif self.is_telling and type(item) not in _TELLING and not isinstance(item, BaseMessage):
                self.is_telling = False
        self.items += frozen

    def begins(self, items: list[Any], length: int) -> bool:
        """Whether `items` begins with this many of ours."""
        if len(items) < length:
            return False
        ours = self.items if length == len(self.items) else self.items[:length]
        if self.is_telling:
            return (items if length == len(items) else items[:length]) == ours
        return all(map(operator.is_ if self.is_shared else _same, ours, items))


class Grown:
    """A list that may have grown out of an earlier one: the first so many items of a log. What it costs is what is new.

    Args:
        value: The list.
        before: What was kept under its key before.
    """

    __slots__ = ("length", "log")

    def __init__(self, value: list[Any], before: Any = None) -> None:
        self.log: _Log
        self.length = len(value)
        if type(before) is Grown and before.log.begins(value, before.length):
            self.log = before.log
            if self.length == before.length:
                return
            if len(self.log.items) == before.length:
                self.log.add(value[before.length :])
                return  # a branch that grows from an older length needs a log of its own
        self.log = _Log()
        self.log.add(value)

    def thawed(self) -> list[Any]:
        """The list, for somebody who may change it."""
        items = self.log.items[: self.length]
        return items if self.log.is_shared else [isolated(item) for item in items]


class _Copy:
    """Anything else that can change, as it was."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def thawed(self) -> Any:
        """Another copy, for somebody who may change it."""
        return isolated(self.value)


def freeze(value: Any, before: Any = None) -> Any:
    """What to keep of a value: itself when it cannot change, or something to be `thawed`.

    Args:
        value: Any object that can be copied.
        before: What was kept under its key before, to share what is the same.

    Raises:
        Exception: What copying it raises.
    """
    kind = type(value)
    if kind in UNCHANGING:
        return value
    if kind is list:
        return Grown(value, before)
    try:
        copied = _copied(value)
    except RecursionError:
        copied = copy.deepcopy(value)  # it contains itself
    return value if copied is value else _Copy(copied)


def thawed(kept: Any) -> Any:
    """The value that was kept; changing it does not change what is kept."""
    return kept.thawed() if type(kept) is Grown or type(kept) is _Copy else kept


def are_unchanging(items: Iterable[Any]) -> bool:
    """Whether none of them can change, so that they can be shared and told by being the same objects."""
    return all(type(item) in UNCHANGING or isinstance(item, BaseMessage) for item in items)


def is_final(value: Any) -> bool:
    """Whether there is nothing in a value, nor in the tuples in it, that can change.

    >>> is_final(("a", (1, None))), is_final(("a", [1]))
    (True, False)
    """
    if type(value) is not tuple:
        return type(value) in UNCHANGING
    todo = [value]
    for part in todo:
        for item in part:
            kind = type(item)
            if kind is tuple:
                if item:
                    todo.append(item)
            elif kind is Interrupt and item.response_schema is None:
                todo.append((item.value,))
            elif kind not in UNCHANGING:
                return False
    return True


def isolated(value: Any) -> Any:
    """A copy that later changes to `value` cannot reach; what cannot change is shared.

    >>> shown = isolated(asked := {"tags": ["a"]})
    >>> asked["tags"].append("b")
    >>> shown
    {'tags': ['a']}
    """
    if type(value) is dict and _are_flat(map(type, value.values())):
        return value.copy()  # most are
    try:
        return _copied(value)
    except RecursionError:
        return copy.deepcopy(value)  # it contains itself


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in UNCHANGING:
        return value
    if kind is list:
        return value[:] if _are_flat(map(type, value)) else [*map(_copied, value)]
    if kind is dict:
        flat = _are_flat(map(type, value.values()))
        return value.copy() if flat else {key: _copied(item) for key, item in value.items()}
    if kind is tuple:
        if _are_flat(map(type, value)):
            return value
        copied = (*map(_copied, value),)
        return value if all(map(operator.is_, copied, value)) else copied
    if kind is Send:
        arg = _copied(value.arg)
        return value if arg is value.arg else Send(value.node, arg, timeout=value.timeout)
    if kind is Interrupt and is_final((value,)):
        return value
    return value if isinstance(value, BaseMessage) else copy.deepcopy(value)


def _same(kept: Any, value: Any) -> bool:
    """Whether plain data is as it was, types included. Of anything else nobody knows."""
    kind = type(kept)
    if kept is value:
        return True  # it cannot change, or could not be copied
    if kind is not type(value):
        return False
    if kind in UNCHANGING:
        return bool(kept == value)
    if kind is dict:
        return list(kept) == list(value) and all(map(_same, kept.values(), value.values()))
    if kind is list or kind is tuple:
        return len(kept) == len(value) and all(map(_same, kept, value))
    return False


def size_of(kept: Any) -> int:
    """How many bytes a nest of plain containers, and of what is kept here, takes; what is shared counts once.

    >>> size_of({"a": "x" * 1000}) > 1000
    True
    """
    seen: set[int] = set()
    size, todo = 0, [kept]
    while todo:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        size += sys.getsizeof(item)
        if isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple | set | frozenset):
            todo += item
        elif isinstance(item, BaseMessage):
            todo.append(vars(item))
        elif type(item).__module__.startswith("hilnb.checkpoint."):
            todo += [getattr(item, name) for name in type(item).__slots__]
    return size
