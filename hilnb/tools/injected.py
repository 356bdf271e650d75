"""Marks on a tool's parameters that the program fills in: the model never hears of them."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

__all__ = ["InjectedToolArg", "InjectedToolCallId", "mark_of"]


class InjectedToolArg:
    """Marks a parameter that the model does not fill in: `user: Annotated[str, InjectedToolArg]`."""


class InjectedToolCallId(InjectedToolArg):
    """Marks the parameter that gets the id of the tool call: `call: Annotated[str, InjectedToolCallId]`."""


def mark_of(hint: Any, kind: type = InjectedToolArg) -> Any:
    """The first mark of this kind in an annotation, a class or an instance; None when there is none.

    Marks of LangChain's, which have the same names, count as well: its tools run in our graphs too.

    >>> mark_of(Annotated[str, InjectedToolCallId]).__name__
    'InjectedToolCallId'
    >>> mark_of(str)
    """
    for part in _parts(hint):
        made = part if isinstance(part, type) else type(part)
        if any(base.__name__ == kind.__name__ for base in made.__mro__):
            return part
    return None


def _parts(hint: Any) -> Iterator[Any]:
    origin = get_origin(hint)
    if origin in (Annotated, Union, UnionType):
        for part in get_args(hint):
            yield from _parts(part)
    else:
        yield hint if origin is None else origin
