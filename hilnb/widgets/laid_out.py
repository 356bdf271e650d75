"""A value as Python writes it, over several lines where it is long; what is nested deep stays near the left."""

from __future__ import annotations

import pprint
from collections.abc import Iterator
from typing import Any

WIDTH = 88
LEAST = 20  # characters of a value, however long its key

_BRACKETS: dict[type, tuple[str, str]] = {dict: ("{", "}"), list: ("[", "]"), tuple: ("(", ")")}


def laid_out(value: Any) -> str:
    """The text of a value, as `pprint` has it but for one thing: what is nested and does not fit beside its key begins
    a line of its own. In the narrow column of a log, what pprint aligns below the brackets would be cut to pieces.

    >>> print(laid_out({"calls": {"c1": {"name": "send_mail", "args": {"to": "Ann", "text": "x" * 30}}}}))
    {'calls':
       {'c1':
          {'name': 'send_mail',
           'args': {'to': 'Ann', 'text': 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}}}}
    """
    if type(value) not in _BRACKETS or pprint.isrecursive(value):
        return pprint.pformat(value, width=WIDTH, sort_dicts=False)
    return _laid_out(value, 0, 0)


def _laid_out(value: Any, indent: int, after: int) -> str:
    """The text of a value that begins in a column, with so many characters after it on its last line."""
    if type(value) not in _BRACKETS or not value or _fits(value, indent, after):
        return _plain(value, indent, after)
    opening, closing = _BRACKETS[type(value)]
    if type(value) is tuple and len(value) == 1:
        closing = ",)"
    lines = list(_items(value, indent + 1, after + len(closing)))
    return f"{opening}{f',{_line(indent + 1)}'.join(lines)}{closing}"


def _items(value: Any, indent: int, after: int) -> Iterator[str]:
    """The text of each item; the last one has what comes after the whole behind it, the others a comma."""
    last = len(value) - 1
    if type(value) is not dict:
        for place, item in enumerate(value):
            yield _laid_out(item, indent, after if place == last else 1)
        return
    for place, (key, item) in enumerate(value.items()):
        behind = after if place == last else 1
        name = f"{key!r}:"
        beside = indent + len(name) + 1
        if type(item) in _BRACKETS and item and not _fits(item, beside, behind):
            yield f"{name}{_line(indent + 2)}{_laid_out(item, indent + 2, behind)}"
        else:
            yield f"{name} {_laid_out(item, beside, behind)}"


def _fits(value: Any, indent: int, after: int) -> bool:
    text = repr(value)
    return len(text) <= WIDTH - indent - after and "\n" not in text


def _plain(value: Any, indent: int, after: int) -> str:
    """What has no items, or fits; pprint knows how to break a long text."""
    width = max(LEAST, WIDTH - indent - after)
    if isinstance(value, (str, bytes)):  # inside a list it comes without brackets of its own
        return pprint.pformat([value], width=width + 2)[1:-1].replace("\n ", _line(indent))
    return pprint.pformat(value, width=width, sort_dicts=False).replace("\n", _line(indent))


def _line(indent: int) -> str:
    return "\n" + " " * indent
