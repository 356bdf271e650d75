"""What happened in a run, in order: plain entries, written from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from hilnb.engines import Path
from hilnb.widgets.board import spoken
from hilnb.widgets.conversation import is_piece

PRINT_LIMIT = 200_000
"""Characters of printed text a run keeps; more would slow the browser and swell the notebook."""

ENTRY_LIMIT = 1_000
"""Entries a run keeps; the oldest go first."""

NEIGHBOURS = 64
"""As many nodes can print side by side and still have their text in one piece each."""

Kind = Literal["printed", "shown", "message", "update", "changes", "question", "error", "note"]


@dataclass(frozen=True)
class Entry:
    """One thing that happened.

    Attributes:
        kind: What it was; decides what `value` is: printed text, a displayed mimebundle, a message (or
            what has come of one), a node's update, `Changes`, a `Question`, a `Failure`, or a note of ours.
        node: The node it happened in, "" for none.
        value: See `kind`.
    """

    kind: Kind
    node: str
    value: Any


@dataclass(frozen=True)
class Failure:
    """An exception as text, read where it happened: awaiting the run raises it again, and adds to its traceback."""

    summary: str
    traceback: str


@dataclass(frozen=True)
class Changes:
    """What an update changes in the state, as text, written when it came: the state goes on changing."""

    text: str
    update: Any


class Log:
    """The entries of one run.

    Args:
        changed: Called after each change, from the thread that made it, with the entry when it is a whole new one.
        at_work: The node whose code is running here; empty when nobody knows.
    """

    def __init__(self, changed: Callable[[Entry | None], None], at_work: Callable[[], Path] = tuple) -> None:
        self.speaker = ""  # the nodes that run now
        self._dropped = 0
        self._changed, self._at_work, self._lock = changed, at_work, threading.Lock()
        self._entries: list[Entry] = []
        self._known: dict[str, Any] = {}  # whole messages by their id
        self._heard: dict[str | None, list[Any]] = {}  # pieces that are not yet in their entries, by message
        self._printed = 0

    @property
    def entries(self) -> list[Entry]:
        """The entries so far, oldest first; a copy, which begins with a note when older ones are gone."""
        with self._lock:
            self._add_up()
            gone = [Entry("note", "", f"{self._dropped:,} earlier entries are not kept")] if self._dropped else []
            return gone + self._entries

    def add(self, kind: Kind, node: str, value: Any) -> None:
        """Append one entry."""
        entry = Entry(kind, node, value)
        with self._lock:
            self._append(entry)
        self._changed(entry)

    def write(self, text: str) -> None:
        """Take printed text; what a node prints in one go is one entry, also while others print beside it."""
        node = self._whose()
        with self._lock:
            room = PRINT_LIMIT - self._printed
            if not text or room < 0:
                return
            self._printed += len(text)
            if len(text) > room:
                text = text[:room] + f"\n[nothing printed after the first {PRINT_LIMIT:,} characters is shown]\n"
            place = self._last_of(node)
            if place is not None and self._entries[place].kind == "printed":
                self._entries[place] = Entry("printed", node, self._entries[place].value + text)
            else:
                self._append(Entry("printed", node, text))
        self._changed(None)

    def show(self, data: dict[str, Any]) -> None:
        """Take a displayed mimebundle."""
        self.add("shown", self._whose(), data)

    def hear(self, node: str, piece: Any) -> None:
        """Take the next piece of a message that a model is saying."""
        with self._lock:
            place = self._said_so_far(piece.id)
            if place is None:
                self._append(Entry("message", node, piece))
            else:
                # Added up when somebody looks: after each piece it would take time that grows with the square.
                self._heard.setdefault(piece.id, []).append(piece)
        self._changed(None)

    def say(self, node: str, message: Any) -> None:
        """Take a whole message, in place of its pieces where those were heard; one that is known is not told again."""
        if message.id is not None and self._known.get(message.id) == message:
            return  # a node may return the conversation so far along with what is new
        entry = Entry("message", node, message)
        with self._lock:
            place = self._said_so_far(message.id)
            self._heard.pop(message.id, None)
            if place is None:
                self._append(entry)
            else:
                self._entries[place] = entry
        self.know([message])
        self._changed(entry)

    def know(self, messages: Iterable[Any]) -> None:
        """Take notice of messages that need not be told."""
        self._known.update((message.id, message) for message in messages if message.id is not None)

    def _add_up(self) -> None:
        for id, pieces in self._heard.items():
            place = self._said_so_far(id)
            if place is not None:
                entry = self._entries[place]
                self._entries[place] = Entry("message", entry.node, entry.value + pieces)
        self._heard.clear()

    def _said_so_far(self, id: str | None) -> int | None:
        """The place of a message that is being said, when that is not long ago."""
        for place in self._recent():
            entry = self._entries[place]
            if entry.kind == "message" and entry.value.id == id and is_piece(entry.value):
                return place
        return None

    def _whose(self) -> str:
        """The node whose code is running here; where nobody knows, the nodes that run now."""
        return spoken(self._at_work()) or self.speaker

    def _last_of(self, node: str) -> int | None:
        """The place of the node's last entry, when that is not long ago."""
        return next((place for place in self._recent() if self._entries[place].node == node), None)

    def _recent(self) -> range:
        """The places of the last entries, newest first."""
        return range(len(self._entries) - 1, max(len(self._entries) - 1 - NEIGHBOURS, -1), -1)

    def _append(self, entry: Entry) -> None:
        self._entries.append(entry)
        if len(self._entries) > ENTRY_LIMIT:
            del self._entries[0]
            self._dropped += 1
