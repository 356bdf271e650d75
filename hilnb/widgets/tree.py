"""Any value as a read-only tree: what a question of an unknown shape says, folded where it is large."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from hilnb.masking import masked
from hilnb.widgets.record import as_python, clipped
from hilnb.widgets.visible import visible

OPEN_UP_TO = 300
"""Characters of a part that is shown without a click."""

FOLDED = 30
"""Characters that a folded part is about as wide as."""

LEVELS, ITEMS = 12, 100
"""How deep, and how many parts of one, are shown one by one."""


def tree(value: Any) -> str:
    """HTML of the value; nothing in it is markup.

    >>> tree({"to": "Ann"})
    '<div class="hilnb-tree"><div><span class="hilnb-label">to</span> Ann</div></div>'
    """
    return f'<div class="hilnb-tree">{_parts(masked(value), LEVELS)}</div>'


def _parts(value: Any, levels: int) -> str:
    parts = list(islice(_named(value), ITEMS))
    more = len(value) - len(parts)
    note = f'<div class="hilnb-muted">… {more:,} more</div>' if more else ""
    return "".join(_part(name, part, levels) for name, part in parts) + note


def _part(name: str, value: Any, levels: int) -> str:
    label = f'<span class="hilnb-label">{html.escape(visible(name))}</span>'
    if not isinstance(value, (Mapping, list, tuple)) or not value or not levels:
        return _leaf(label, value)
    inside, said = _parts(value, levels - 1), html.escape(_size(value))
    opened = " open" if _room_left(value, OPEN_UP_TO) >= 0 else ""
    return f"<details{opened}><summary>{label} <small>{said}</small></summary>{inside}</details>"


def _leaf(label: str, value: Any) -> str:
    text = visible(_text(value))
    if len(text) <= OPEN_UP_TO and "\n" not in text:
        return f"<div>{label} {html.escape(text)}</div>"
    said = f"{len(text):,} characters"
    opened = " open" if len(text) <= OPEN_UP_TO else ""
    return f"<details{opened}><summary>{label} <small>{said}</small></summary><pre>{html.escape(text)}</pre></details>"


def _text(value: Any) -> str:
    return clipped(value) if isinstance(value, str) else as_python(value)


def _room_left(value: Any, room: int) -> int:
    """What is left of some room with the value in it, its long texts folded; less than none when it is full."""
    if not isinstance(value, (Mapping, list, tuple)):
        return room - min(len(_text(value)), FOLDED)
    for name, part in _named(value):
        room = _room_left(part, room - len(name))
        if room < 0:
            break
    return room


def _named(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return ((str(key), part) for key, part in value.items())
    return ((f"{place}.", part) for place, part in enumerate(value, 1))


def _size(value: Any) -> str:
    what = "part" if isinstance(value, Mapping) else "item"
    return f"{len(value):,} {what}{'' if len(value) == 1 else 's'}"
