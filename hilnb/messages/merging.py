"""How pieces of a message add up: texts join, lists go on, blocks with the same index become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["add_usage", "merge_contents", "merge_dicts", "merge_lists"]

_STAY = (
    "id",
    "index",
    "output_version",
    "model_provider",
)  # said again in every chunk: the same text is not joined to itself
_LAST = ("index", "created", "timestamp")  # numbers that are no amounts: the last one stands


def merge_contents(first: Any, others: Iterable[Any]) -> Any:
    """Contents joined in order: text to text, blocks to blocks; both together make a list.

    >>> merge_contents([{"type": "text", "text": "a", "index": 0}], [[{"type": "text", "text": "b", "index": 0}]])
    [{'type': 'text', 'text': 'ab', 'index': 0}]
    """
    merged = first
    for content in others:
        if isinstance(merged, str):
            merged = merged + content if isinstance(content, str) else [merged, *content]
        elif not isinstance(content, str):
            merged = merge_lists(merged, content)
        elif content and merged and isinstance(merged[-1], str):
            merged = [*merged[:-1], merged[-1] + content]
        elif content:
            merged = [*merged, content]
    return merged


def merge_lists(left: Iterable[Any], right: Iterable[Any]) -> list[Any]:
    """The right items after the left ones; a dict whose `index` is there already goes into the one that has it."""
    merged = list(left)
    for item in right:
        place = next((n for n, there in enumerate(merged) if _same_place(there, item)), None)
        if place is None:
            merged.append(item)
        else:
            merged[place] = merge_dicts(merged[place], {k: v for k, v in item.items() if k != "type"})
    return merged


def _same_place(there: Any, item: Any) -> bool:
    if not isinstance(there, dict) or not isinstance(item, dict):
        return False
    index, ids = item.get("index"), (there.get("id"), item.get("id"))
    numbered = isinstance(index, int) or (isinstance(index, str) and index.startswith("lc_"))
    return numbered and there.get("index") == index and (not all(ids) or ids[0] == ids[1])


def merge_dicts(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of both; where both have one, texts are joined, numbers added, lists and dicts merged.

    Raises:
        TypeError: Two values of a key do not fit together.
    """
    merged = dict(left)
    for key, value in right.items():
        merged[key] = _merge_values(key, merged.get(key), value)
    return merged


def _merge_values(key: str, old: Any, new: Any) -> Any:
    if old is None or new is None:
        return new if old is None else old
    if isinstance(old, str) and isinstance(new, str):
        return old if key in _STAY and old == new else old + new
    if isinstance(old, dict) and isinstance(new, dict):
        return merge_dicts(old, new)
    if isinstance(old, list) and isinstance(new, list):
        return merge_lists(old, new)
    if type(old) is type(new) and old == new:
        return old
    if type(old) is type(new) is int:
        return new if key in _LAST else old + new
    raise TypeError(
        f"Two message chunks cannot be added: {key!r} is {old!r:.80} in one and {new!r:.80} in the other. "
        "Texts, whole numbers, lists and dicts add up; anything else has to be the same in both."
    )


def add_usage(usages: Iterable[Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """The token counts added up, details too; None when there are none."""
    total: dict[str, Any] | None = None
    for usage in usages:
        if usage is not None:
            total = _add_counts(total, usage) if total else dict(usage)
    return total


def _add_counts(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    added = dict(left)
    for name, count in right.items():
        if isinstance(count, Mapping):
            added[name] = _add_counts(added.get(name) or {}, count)
        else:
            added[name] = (added.get(name) or 0) + (count or 0)
    return added
