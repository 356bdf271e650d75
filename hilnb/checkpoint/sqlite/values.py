"""The values of checkpoints as rows that checkpoints share: a step that writes one key stores one row.

A checkpoint has a map from each key to where its value is: the number of the checkpoint that wrote it or, for a list,
that of the checkpoint that began it, and a length. A list that grows adds its new items to what is there; whoever grows
from a length that was already grown from (a fork), or changes what was there, begins anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from operator import is_
from typing import Any

from hilnb.checkpoint.frozen import are_unchanging, isolated
from hilnb.checkpoint.serde import Serde
from hilnb.errors import SerializationError

__all__ = ["Map", "Memo", "Reader", "Values", "places_in", "text_of"]

Map = dict[str, Any]
"""By key: the number of the checkpoint whose value it is, or `[that number, length]` for a list."""

MOST = 64
"""How many graphs of threads are remembered."""


class Memo:
    """The lists at the newest known checkpoint of each graph of a thread, so that they need not be read to be compared.

    Only lists of what cannot change are remembered: of those it is enough that they hold the same objects.
    """

    def __init__(self) -> None:
        self._lists: dict[tuple[str, str], tuple[str, dict[str, list[Any]]]] = {}

    def take(self, graph: tuple[str, str], checkpoint: str | None) -> dict[str, list[Any]]:
        """What is remembered of a checkpoint; it is the caller's now, and forgotten here."""
        known, lists = self._lists.pop(graph, (None, {}))
        return lists if known == checkpoint else {}

    def remember(self, graph: tuple[str, str], checkpoint: str, lists: dict[str, list[Any]]) -> None:
        """Remember these of a checkpoint, and forget the graph that has been left alone for longest."""
        self._lists[graph] = (checkpoint, lists)
        if len(self._lists) > MOST:
            del self._lists[next(iter(self._lists))]


class Values:
    """Stores the values of a new checkpoint.

    Args:
        db: In a transaction.
        serde: Writes them.
        space: The graph of the thread.
        point: The number of the checkpoint.
        lists: What is known of the parent's lists; brought up to date.
    """

    def __init__(
        self, db: sqlite3.Connection, serde: Serde, space: int, point: int, lists: dict[str, list[Any]]
    ) -> None:
        self._db, self._serde, self._space, self._point, self._lists = db, serde, space, point, lists

    def store(self, values: Mapping[str, Any], keys: Collection[str], before: Map) -> Map:
        """Store the values of these keys, and find the others where the map of the checkpoint before has them."""
        found = dict(before)
        for key in keys:
            value = values[key]
            if type(value) is list:
                found[key] = self._store_list(key, value, before.get(key))
            else:
                self._lists.pop(key, None)
                self._add(key, self._point, 0, value)
                found[key] = self._point
        return found

    def _store_list(self, key: str, items: list[Any], before: Any) -> list[int]:
        if type(before) is list and self._begins(key, items, before):
            began, length = before
            new = items[length:]
            if not new or self._add(key, began, length, new, items):
                self._know(key, length, new)
                return [began, len(items)]
        if items:
            self._add(key, self._point, 0, items)
        self._know(key, 0, items)
        return [self._point, len(items)]

    def _begins(self, key: str, items: list[Any], before: list[int]) -> bool:
        """Whether the list begins with the items it had."""
        began, length = before
        known = self._lists.get(key)
        if len(items) < length:
            return False
        if known is not None and len(known) >= length and all(map(is_, known, items)):
            return True
        return joined(texts(self._db, self._space, began, key, length)) == self._text(key, items[:length])

    def _know(self, key: str, length: int, new: list[Any]) -> None:
        """Remember that the first `length` items are followed by these."""
        if not are_unchanging(new) or (length and key not in self._lists):
            self._lists.pop(key, None)
            return
        self._lists.setdefault(key, [])[length:] = new

    def _add(self, key: str, point: int, start: int, value: Any, whole: Any = None) -> bool:
        """Add a row, unless there is one; whether it was added."""
        try:
            text = self._text(key, value)
        except SerializationError:
            if whole is not None:
                self._text(key, whole)  # to name the place in all of the list
            raise
        row = (self._space, point, key, start, text)
        return self._db.execute("INSERT OR IGNORE INTO value VALUES (?, ?, ?, ?, ?)", row).rowcount == 1

    def _text(self, key: str, value: Any) -> str:
        return self._serde.dumps(value, f"the key {key!r}")


_MANY = (
    "SELECT place.key, text FROM json_each(?) place CROSS JOIN value "
    "ON space = ? AND point = place.value AND value.key = place.key AND start = 0"
)


class Reader:
    """Reads values back, each once, however many checkpoints share it.

    Args:
        serde: Reads them.
        many: Whether it is for many checkpoints; what they share is copied for each.
    """

    def __init__(self, serde: Serde, many: bool = False) -> None:
        self._serde, self._many = serde, many
        self._seen: dict[tuple[int, str, int], Any] = {}

    def read(self, db: sqlite3.Connection, space: int, places: Map, lists: Mapping[str, list[Any]]) -> dict[str, Any]:
        """The values of a map, and `lists` for those of its lists that are known already."""
        new = {key: n for key, n in places.items() if type(n) is int and (space, key, n) not in self._seen}
        if new:
            for key, text in db.execute(_MANY, (text_of(new), space)):
                self._seen[space, key, new[key]] = self._serde.loads(text)
        found: dict[str, Any] = {}
        for key, place in places.items():
            if type(place) is int:
                found[key] = self._plain(self._seen[space, key, place])
            else:
                found[key] = lists[key][: place[1]] if key in lists else self._list(db, space, key, *place)
        return found

    def _plain(self, value: Any) -> Any:
        return isolated(value) if self._many else value

    def _list(self, db: sqlite3.Connection, space: int, key: str, began: int, length: int) -> list[Any]:
        items, are_shared = self._seen.get((space, key, began), ([], False))
        if len(items) < length or not self._many:
            items = self._serde.loads(joined(texts(db, space, began, key, length)))
            are_shared = self._many and are_unchanging(items)
            self._seen[space, key, began] = (items, are_shared)
        part: list[Any] = items[:length]
        return part if are_shared else self._plain(part)


def texts(db: sqlite3.Connection, space: int, began: int, key: str, length: int) -> list[str]:
    """The rows of a value: one, or for a list those of the first so many items."""
    query = "SELECT text FROM value WHERE space = ? AND point = ? AND key = ? AND start < ? ORDER BY start"
    return [text for (text,) in db.execute(query, (space, began, key, length))]


def joined(lists: Iterable[str]) -> str:
    """The JSON text of several lists, none of them empty, one after the other.

    >>> joined(["[1,2]", "[3]"])
    '[1,2,3]'
    """
    return f"[{','.join([text[1:-1] for text in lists])}]"


_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def text_of(places: Map) -> str:
    """A map as text."""
    return _compact(places)


def places_in(text: str) -> Map:
    """A map from its text."""
    found: Map = json.loads(text)
    return found
