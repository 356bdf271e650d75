"""The rows of the live list that stand below each other, a page of them at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

import ipywidgets as widgets

from hilnb.waiting import Waiting
from hilnb.widgets import listed_page
from hilnb.widgets.asking import close
from hilnb.widgets.listed import Listed
from hilnb.widgets.row import Do, Looks, Row
from hilnb.widgets.tables import Table
from hilnb.widgets.waiting_list import Pending

A_PAGE = 50
"""Rows that are made at a time: each takes a browser some 10 ms."""


class Rows:
    """Rows, each with what its thread asks and a button that opens it.

    Args:
        found: The list they stand in.
        lock: Held while rows come and go.
        do: Carries out what takes time.
        changed: Called when there is something new to say.

    Attributes:
        by_thread: The rows as they stand below each other, by their threads.
        done: What the rows said that are no more, of those that were answered here.
        box: The rows with what belongs to them.
    """

    def __init__(
        self, found: Pending, lock: threading.RLock, do: Do, changed: Callable[[], None], table: Table | None = None
    ) -> None:
        self.table = table
        self._found, self._lock, self._do, self._changed, self._looks = found, lock, do, changed, Looks()
        self._most = A_PAGE
        self._waiting: Sequence[Waiting] = ()
        self.by_thread: dict[str, Row] = {}
        self.done: list[Listed] = []
        self._grid = widgets.GridBox().add_class("hilnb-rows").add_class("hilnb-lines")
        self.show_more = widgets.Button()
        self.show_more.on_click(lambda _: self._unfold())
        self._foot = widgets.HBox([self.show_more]).add_class("hilnb-actions")
        self.box = self._arranged()

    def _arranged(self) -> widgets.VBox:
        titles = widgets.HTML(listed_page.titles()).add_class("hilnb-cells")
        return widgets.VBox([widgets.GridBox([titles]).add_class("hilnb-rows"), self._grid, self._foot])

    @property
    def unmade(self) -> list[Waiting]:
        """The threads that wait and have no row yet."""
        return [waiting for waiting in self._waiting if waiting.thread_id not in self.by_thread]

    @property
    def listed(self) -> list[Listed]:
        """All of them as rows of a list, also those that are not made."""
        return [*(row.listed for row in self.by_thread.values()), *map(self._found.listed, self.unmade)]

    def take(self, found: Pending, waiting: Sequence[Waiting]) -> None:
        """Show what waits now; a row in which something may be typed stays whatever was found."""
        self._found, self._waiting = found, waiting
        now = {each.thread_id: each for each in waiting}
        kept = {}
        for thread, row in self.by_thread.items():
            if row.is_in_use or (row.run is None and thread in now):
                row.take(found, now.get(thread, row.waiting), self.table)
                kept[thread] = row
        self._show(kept)

    def _show(self, kept: Mapping[str, Row]) -> None:
        """Put the rows in their order; make those that belong on this page, and let go of the others."""
        old, self.by_thread = self.by_thread, {}
        for place, waiting in enumerate(self._in_order({row.waiting.thread_id: row.waiting for row in kept.values()})):
            row = kept.get(waiting.thread_id)
            if place < self._most and row is None:
                row = Row(self._found, waiting, self.table, self._do, self._row_changed, self._looks)
            if row is not None and (place < self._most or row.is_wanted):
                self.by_thread[waiting.thread_id] = row
        self._arrange()
        for thread, row in old.items():
            if self.by_thread.get(thread) is not row:
                self.done += [row.listed] if row.listed.answered else []
                for part in row.parts:
                    close(part)
        self._changed()

    def _in_order(self, kept: Mapping[str, Waiting]) -> Iterable[Waiting]:
        """What waits, the longest first, and then the threads of other rows."""
        found = {waiting.thread_id: waiting for waiting in self._waiting}
        return [*found.values(), *(waiting for thread, waiting in kept.items() if thread not in found)]

    def _arrange(self) -> None:
        self._grid.children = tuple(part for row in self.by_thread.values() for part in row.parts)
        rest = len(self.unmade)
        self.show_more.description = f"Show {min(A_PAGE, rest)} more of {rest}"
        self._foot.layout.display = None if rest else "none"

    def _row_changed(self, row: Row) -> None:
        with self._lock:
            if row.place is not None and row.place not in self._grid.children and row in self.by_thread.values():
                self._arrange()
        self._changed()

    def _unfold(self) -> None:
        with self._lock:
            self._most += A_PAGE
            self._show(self.by_thread)
