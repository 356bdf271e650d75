"""A state as LangGraph's channels: what a step changes is written, and of a list that grows mostly what is new.

A value is in the channel `=key`. A list is in pieces, `0=key`, `40=key`, …, named by where they begin. New items are a
new piece; it takes in the pieces before it that are less than twice as long. So a list of n items has about log n
pieces, and each item is written about log n times, however long the list becomes.

A channel's version is the id of the checkpoint that wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import is_
from typing import Any, NamedTuple

from hilnb.checkpoint.frozen import are_unchanging
from hilnb.checkpoint.serde import Serde
from hilnb.errors import SerializationError

__all__ = ["Layout", "Piece", "Step", "read_values"]


class Piece(NamedTuple):
    """A part of a list, as its text was kept: from which item, how many, bytes of text, and its digest."""

    start: int
    length: int
    size: int
    digest: bytes


@dataclass
class Layout:
    """Where the values of a checkpoint are.

    Attributes:
        versions: By channel, the checkpoint that wrote it.
        pieces: By key of a list, its pieces in order.
        lists: By key, the items of lists of what cannot change; of those it is enough to hold the same objects.
        began: The first checkpoint of the graph's thread.
    """

    versions: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    lists: dict[str, list[Any]] = field(default_factory=dict)
    began: str = ""


class Step:
    """Writes the values of a new checkpoint on top of its parent's.

    Args:
        before: The parent's.
        checkpoint_id: The new one.
        serde: Writes values.

    Attributes:
        after: The layout of the new checkpoint.
        texts: What is to be written, by channel.
    """

    def __init__(self, before: Layout, checkpoint_id: str, serde: Serde) -> None:
        self.after = Layout({**before.versions}, {**before.pieces}, {**before.lists}, before.began or checkpoint_id)
        self.texts: dict[str, bytes] = {}
        self._id, self._serde = checkpoint_id, serde

    def write(self, values: Mapping[str, Any], changed: Collection[str]) -> None:
        """Write the values of these keys.

        Raises:
            SerializationError: One of them cannot be kept.
        """
        for key in changed:
            if type(values[key]) is list:
                self._write_list(key, values[key])
            else:
                self._drop(key)
                self.add(f"={key}", self._text(key, values[key]))

    def add(self, channel: str, text: bytes) -> None:
        """Write a channel."""
        self.texts[channel] = text
        self.after.versions[channel] = self._id

    def _drop(self, key: str) -> None:
        self.after.lists.pop(key, None)
        self.after.versions.pop(f"={key}", None)
        for piece in self.after.pieces.pop(key, ()):
            del self.after.versions[f"{piece.start}={key}"]

    def _write_list(self, key: str, items: list[Any]) -> None:
        known = self.after.lists.get(key, [])
        same = len(known) if len(known) <= len(items) and all(map(is_, known, items)) else 0
        pieces = self._unchanged(key, items, same)
        kept = {f"{piece.start}={key}": self.after.versions[f"{piece.start}={key}"] for piece in pieces}
        self._drop(key)
        self.after.versions |= kept
        if not pieces or _end(pieces) < len(items):
            self._append(key, items, pieces)
        self.after.pieces[key] = pieces
        if are_unchanging(items[same:]):
            self.after.lists[key] = items[:]

    def _unchanged(self, key: str, items: list[Any], same: int) -> list[Piece]:
        """The first pieces of the parent's list, as far as they hold what the new one begins with."""
        found: list[Piece] = []
        for piece in self.after.pieces.get(key, ()):
            end = piece.start + piece.length
            if end > len(items):
                break
            if end > same and _digest(self._text(key, items[piece.start : end])) != piece.digest:
                break
            found.append(piece)
        return found

    def _append(self, key: str, items: list[Any], pieces: list[Piece]) -> None:
        """Add the items that these pieces do not hold, in a piece that takes in the short ones before it."""
        start = end = _end(pieces)
        text = self._list_text(key, items, start)
        size = len(text)
        while pieces and pieces[-1].size < 2 * size:
            taken = pieces.pop()
            del self.after.versions[f"{taken.start}={key}"]
            start, size = taken.start, size + taken.size
        if start < end:
            text = self._text(key, items[start:])
        pieces.append(Piece(start, len(items) - start, len(text), _digest(text)))
        self.add(f"{start}={key}", text)

    def _list_text(self, key: str, items: list[Any], start: int) -> bytes:
        try:
            return self._text(key, items[start:])
        except SerializationError:
            self._text(key, items)  # to name the place in all of the list
            raise

    def _text(self, key: str, value: Any) -> bytes:
        return self._serde.dumps(value, f"the key {key!r}").encode()


def _end(pieces: list[Piece]) -> int:
    return pieces[-1].start + pieces[-1].length if pieces else 0


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()


def read_values(texts: Mapping[str, bytes], serde: Serde) -> tuple[dict[str, Any], dict[str, list[Piece]]]:
    """The values in these channels, by key, and the pieces that lists were in.

    >>> read_values({"=x": b"1", "0=log": b'["a"]', "1=log": b'["b"]'}, Serde())[0]
    {'x': 1, 'log': ['a', 'b']}
    """
    values: dict[str, Any] = {}
    pieces: dict[str, list[Piece]] = {}
    for start, key, text in sorted(_parts(texts), key=lambda part: part[0]):
        value = serde.loads(text.decode())
        if start < 0:
            values[key] = value
        else:
            pieces.setdefault(key, []).append(Piece(start, len(value), len(text), _digest(text)))
            values.setdefault(key, []).extend(value)
    return values, pieces


def _parts(texts: Mapping[str, bytes]) -> list[tuple[int, str, bytes]]:
    split = [(*channel.partition("=")[::2], text) for channel, text in texts.items() if "=" in channel]
    return [(int(start) if start else -1, key, text) for start, key, text in split]
