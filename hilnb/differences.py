"""What changed between two states, or any two values: as data, and as text to be read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

from hilnb.messages.base import is_message, kind_of

__all__ = ["Change", "differences", "told"]

Where: TypeAlias = tuple[Any, ...]
"""Keys and places from the outermost value down to what changed: `("trip", "stops", 2)`."""

DEEPEST = 6
"""Values inside each other that are looked into; below that, and in one that holds itself, all is one change."""

LONG = 60
"""Characters from which on of a text only what changed in it is told."""

MOST = 200
"""Characters told of one value."""

MOST_ITEMS = 20
"""Items told of a list that grew, and lines of a text that changed."""

MOST_WORDS = 2_000
"""Words, or lines, that are compared one by one; more would take seconds."""

WORDS_AROUND = 4


@dataclass(frozen=True)
class Change:
    """One thing that changed.

    Attributes:
        where: The way to it.
        kind: "new" (there is only an `after`), "gone" (there is only a `before`), "changed", or "items": of a list,
            `before` are the items that are gone and `after` those that came, in one place.
        before: What was there.
        after: What is there now.
    """

    where: Where
    kind: Literal["new", "gone", "changed", "items"]
    before: Any = None
    after: Any = None


def differences(before: Any, after: Any, where: Where = ()) -> list[Change]:
    """What has to change in the first value to get the second; whatever the values are, no exception.

    >>> differences({"city": "Rome", "days": 3}, {"city": "Oslo", "days": 3})
    [Change(where=('city',), kind='changed', before='Rome', after='Oslo')]
    >>> differences({"log": ["a"]}, {"log": ["a", "b"]})
    [Change(where=('log',), kind='items', before=[], after=['b'])]
    >>> differences(float("nan"), float("nan"))
    []
    """
    if _same(before, after):
        return []
    if len(where) < DEEPEST and isinstance(before, dict) and isinstance(after, dict):
        return _of_dicts(before, after, where)
    if len(where) < DEEPEST and type(before) is type(after) and isinstance(before, (list, tuple)):
        return _of_lists(before, after, where)
    return [Change(where, "changed", before, after)]


def told(changes: Sequence[Change]) -> str:
    r"""The changes as lines of text; "" for none.

    >>> print(told(differences({"city": "Rome", "n": 1, "log": ["a"]}, {"city": "Oslo", "log": ["a", "b", "c"]})))
    city: 'Rome' → 'Oslo'
    n: gone (1)
    log: + 2 items
      + 'b'
      + 'c'
    >>> before = "The fox jumps over the lazy dog and goes home to sleep for a while."
    >>> after = "The fox jumps over the lazy cat and goes home to eat and sleep for a while."
    >>> print(told(differences({"text": before}, {"text": after})))
    text: The fox jumps over the lazy [dog → cat] and goes home to [+ eat and] sleep for a while.
    """
    return "\n".join(line for change in changes for line in _lines(change))


def _same(before: Any, after: Any) -> bool:
    if before is after:
        return True
    if type(before) is not type(after):  # 1 == True == 1.0, but a person sees a change
        return False
    try:
        equal = before == after
        if isinstance(equal, bool):
            return equal or bool(before != before and after != after)  # a NaN is not equal to itself
        return _same_table(before, after, equal)
    except Exception:  # comparing is foreign code, and a list in itself never ends
        return False


def _same_table(before: Any, after: Any, equal: Any) -> bool:
    """Whether two values are equal whose comparison is no truth: arrays and tables compare item by item."""
    whole = getattr(before, "equals", None)  # pandas, polars, pyarrow
    if callable(whole):
        return bool(whole(after))
    if hasattr(equal, "all"):
        return bool(before.shape == after.shape and (equal | (before != before) & (after != after)).all())
    return bool(equal)


def _of_dicts(before: Mapping[Any, Any], after: Mapping[Any, Any], where: Where) -> list[Change]:
    try:
        shared = [(key, key in after) for key in before]
        new = [key for key in after if key not in before]
    except Exception:  # so is comparing keys
        return [Change(where, "changed", before, after)]
    changes: list[Change] = []
    for key, stays in shared:
        if stays:
            changes += differences(before[key], after[key], (*where, key))
        else:
            changes.append(Change((*where, key), "gone", before=before[key]))
    return changes + [Change((*where, key), "new", after=after[key]) for key in new]


def _of_lists(before: Sequence[Any], after: Sequence[Any], where: Where) -> list[Change]:
    """Item by item where few have changed; else what is between the equal items at both ends, as a whole."""
    if len(before) == len(after):
        other = (place for place, (old, new) in enumerate(zip(before, after, strict=True)) if not _same(old, new))
        places = list(islice(other, MOST_ITEMS + 1))
        if len(places) <= MOST_ITEMS:
            return [each for n in places for each in differences(before[n], after[n], (*where, n))]
    start, shorter = 0, min(len(before), len(after))
    while start < shorter and _same(before[start], after[start]):
        start += 1
    end = 0
    while end < shorter - start and _same(before[-1 - end], after[-1 - end]):
        end += 1
    return [Change(where, "items", list(before[start : len(before) - end]), list(after[start : len(after) - end]))]


def _lines(change: Change) -> Iterator[str]:
    name = ".".join(_clipped(part) if isinstance(part, str) else _said(part) for part in change.where)
    margin = f"{name}: " if name else ""
    before, after = change.before, change.after
    if change.kind == "new":
        yield f"{margin}{_said(after)}"
    elif change.kind == "gone":
        yield f"{margin}gone ({_said(before)})"
    elif change.kind == "items":
        yield f"{margin}{_counted(before, after)}"
        yield from (f"  {line}" for line in _items(before, "-"))
        yield from (f"  {line}" for line in _items(after, "+"))
    elif isinstance(before, str) and isinstance(after, str) and max(len(before), len(after)) > LONG:
        yield from _of_texts(margin, before, after)
    else:
        yield f"{margin}{_said(before)} → {_said(after)}"


def _counted(gone: Sequence[Any], came: Sequence[Any]) -> str:
    counts = [
        f"{sign} {len(items)} item{'' if len(items) == 1 else 's'}"
        for sign, items in (("-", gone), ("+", came))
        if items
    ]
    return ", ".join(counts)


def _items(items: Sequence[Any], sign: str) -> Iterator[str]:
    for item in items[:MOST_ITEMS]:
        yield f"{sign} {_said(item)}"
    if len(items) > MOST_ITEMS:
        yield f"{sign} … {len(items) - MOST_ITEMS:,} more"


def _of_texts(margin: str, before: str, after: str) -> Iterator[str]:
    """Of one line the words that changed, of several the lines."""
    if "\n" not in before and "\n" not in after:
        yield f"{margin}{_of_words(before.split(' '), after.split(' '))}"
        return
    old, new = before.split("\n"), after.split("\n")
    sizes = f"{len(old):,} → {len(new):,} lines"
    yield f"{margin}{sizes}" if len(old) != len(new) else f"{margin}{len(new):,} lines"
    places = list(_between(old, new))
    yield from (f"  {line}" for line in islice(_changed_lines(places), MOST_ITEMS))
    count = sum(len(gone) + len(came) for gone, came, _ in places)
    if count > MOST_ITEMS:
        yield f"  … {count - MOST_ITEMS:,} more lines"


def _changed_lines(places: Iterable[tuple[list[str], list[str], int]]) -> Iterator[str]:
    for gone, came, _ in places:
        yield from (f"- {_clipped(line)}" for line in gone)
        yield from (f"+ {_clipped(line)}" for line in came)


def _of_words(old: list[str], new: list[str]) -> str:
    """A line of text with its changes in brackets, and a few words around each."""
    pieces: list[str] = []
    end = 0
    places = list(_between(old, new))
    for gone, came, at in places[:MOST_ITEMS]:
        kept = new[end:at]
        pieces += (
            kept
            if len(kept) <= 2 * WORDS_AROUND
            else [*(kept[:WORDS_AROUND] if pieces else []), "…", *kept[-WORDS_AROUND:]]
        )
        pieces.append(_in_brackets(" ".join(gone), " ".join(came)))
        end = at + len(came)
    if len(places) > MOST_ITEMS:
        return " ".join([*pieces, f"… and {len(places) - MOST_ITEMS:,} more changes"])
    rest = new[end:]
    return " ".join([*pieces, *rest[:WORDS_AROUND], *(["…"] if len(rest) > WORDS_AROUND else [])])


def _in_brackets(gone: str, came: str) -> str:
    if gone and came:
        return f"[{_clipped(gone)} → {_clipped(came)}]"
    return f"[- {_clipped(gone)}]" if gone else f"[+ {_clipped(came)}]"


def _between(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str], int]]:
    """What is gone and what came, place by place; the last is where in `new`. Beyond `MOST_WORDS` all is one place."""
    if max(len(old), len(new)) > MOST_WORDS:
        start = next(
            (n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
        )
        rest = zip(reversed(old[start:]), reversed(new[start:]), strict=False)
        end = next((n for n, pair in enumerate(rest) if pair[0] != pair[1]), min(len(old), len(new)) - start)
        yield old[start : len(old) - end], new[start : len(new) - end], start
        return
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            yield old[a:b], new[c:d], c


def _said(value: Any) -> str:
    """A value on one line."""
    try:
        return _clipped(_in_words(value) if is_message(value) else repr(value))
    except Exception as error:  # a repr is foreign code
        return f"<a {type(value).__name__} whose repr raises {type(error).__name__}>"


def _in_words(message: Any) -> str:
    """Who speaks, what is said, and the tools that are called."""
    calls = (
        f"{call['name']}({', '.join(f'{name}={value!r}' for name, value in call['args'].items())})"
        for call in getattr(message, "tool_calls", ())
    )
    return f"{kind_of(message)}: {' '.join(filter(None, [str(message.text), *calls]))}"


def _clipped(text: str) -> str:
    line = re.sub(r"\s+", " ", text[: MOST + 1])
    return line if len(text) <= MOST else f"{line[:MOST]}…"
