"""Lists and dicts that do not change: what a message holds, so that a message can be shared in place of copied."""

from __future__ import annotations

import copy
from typing import Any, NoReturn

__all__ = ["FINAL", "FrozenDict", "FrozenList", "freeze", "thaw"]


def _refuse(self: Any, *_: Any, **__: Any) -> NoReturn:
    raise TypeError(
        "What a message holds does not change, because earlier checkpoints share it. Change a copy, "
        "copy.deepcopy(message.tool_calls) for one, and make a new message: message.model_copy(update={…})."
    )


class FrozenDict(dict[Any, Any]):
    """A dict whose content stays; equal to a plain one, and a copy of it is a plain one."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __copy__(self) -> dict[Any, Any]:
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[Any, Any]:
        return copy.deepcopy(dict(self), memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


class FrozenList(list[Any]):
    """A list whose content stays; equal to a plain one, and a copy of it is a plain one."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __copy__(self) -> list[Any]:
        return list(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return copy.deepcopy(list(self), memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self),)


FINAL = frozenset({str, int, float, bool, type(None), FrozenDict, FrozenList})
"""The types of what `freeze` leaves as it is, most often."""

NO_DICT = FrozenDict()
NO_LIST = FrozenList()


def freeze(value: Any) -> Any:
    """The value with every list and dict in it replaced by one that refuses to be changed; other objects are shared.

    >>> freeze({"tags": ["a"]})["tags"] == ["a"]
    True
    """
    if type(value) in FINAL:
        return value
    if isinstance(value, dict):
        items = value.items()
        return FrozenDict({k: v if type(v) in FINAL else freeze(v) for k, v in items}) if value else NO_DICT
    if isinstance(value, list):
        return FrozenList([item if type(item) in FINAL else freeze(item) for item in value]) if value else NO_LIST
    if type(value) is tuple:
        return tuple([freeze(item) for item in value])
    return value


def thaw(value: Any) -> Any:
    """The value with every list and dict in it replaced by a plain one; other objects are shared.

    >>> thaw(freeze({"tags": ["a"]})).setdefault("n", 1)
    1
    """
    if isinstance(value, dict):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, list):
        return [thaw(item) for item in value]
    if type(value) is tuple:
        return tuple([thaw(item) for item in value])
    return value
