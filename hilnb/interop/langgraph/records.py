"""What the tasks of a checkpoint have done, as LangGraph's writes: a log of entries, each whole or not there.

An entry is one write, so it is kept in one stroke. Its task id is a name nobody else uses; but what has to be first is
written as `first 0`, `first 1`, …: LangGraph's savers leave a write alone that is there already. So of two who write
the same of these at once, one is kept, and both see whose when they read it back. Nobody needs a lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hilnb.checkpoint.base import Record, go_on_after
from hilnb.checkpoint.serde import Serde
from hilnb.checkpoint.sqlite.turns import record_text

__all__ = ["CHANNEL", "Entry", "entries_in", "entry_text", "records_in", "slot"]

CHANNEL = "hilnb"

_head = json.JSONEncoder(separators=(",", ":")).encode


class Entry(NamedTuple):
    """One stroke: when it was made, and by `(task id, kind)` the text of what is kept. Texts have no line breaks."""

    stamp: str
    slot: str
    texts: dict[tuple[str, str], str]


def slot(entries: Sequence[Entry]) -> str:
    """The next name for what has to be first."""
    return f"first {sum(entry.slot.startswith('first ') for entry in entries)}"


def entry_text(stamp: str, records: Iterable[Record], serde: Serde) -> bytes:
    """An entry, line by line: its stamp, then for each record whose it is and what.

    Raises:
        SerializationError: A record cannot be kept.
    """
    lines = [stamp]
    for task, kind, value in records:
        lines += [_head([task, kind]), record_text(kind, value, serde)]
    return "\n".join(lines).encode()


def entries_in(writes: Iterable[tuple[str, str, Any]] | None) -> list[Entry]:
    """The entries among LangGraph's writes, in the order in which they were made."""
    found = []
    for name, channel, content in writes or ():
        if channel == CHANNEL and isinstance(content, bytes):
            stamp, *lines = content.decode().split("\n")
            go_on_after(stamp)
            heads = [tuple(json.loads(head)) for head in lines[::2]]
            found.append(Entry(stamp, name, dict(zip(heads, lines[1::2]))))
    return sorted(found)


def records_in(entries: Iterable[Entry], serde: Serde) -> list[Record]:
    """Each kind of each task once, in the order in which they were first kept, as it was last kept."""
    texts: dict[tuple[str, str], str] = {}
    for entry in entries:
        texts |= entry.texts
    return [(task, kind, serde.loads(text)) for (task, kind), text in texts.items()]
