"""A live table of questions of the same form: heads to sort by, boxes to tick, one answer for all that are ticked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets as widgets

from hilnb.payloads import Approval
from hilnb.waiting import LAST, Waiting
from hilnb.widgets import table_page
from hilnb.widgets.actions import button
from hilnb.widgets.bars import AnswerBar, Bar, DecisionBar
from hilnb.widgets.listed import Listed
from hilnb.widgets.question import Question
from hilnb.widgets.row import Do, Row, cells_of
from hilnb.widgets.rows import Rows
from hilnb.widgets.tables import Table, in_order, table_of
from hilnb.widgets.visible import visible
from hilnb.widgets.waiting_list import Pending, question_of

UP, DOWN = " ↑", " ↓"


class TabledRows(Rows):
    """The rows of one table.

    Args:
        found, lock, do, changed: As for `Rows`.
        table: What the rows have in common.
        together: Carries out the legs of the runs that are answered together.
    """

    table: Table

    def __init__(
        self,
        found: Pending,
        lock: threading.RLock,
        do: Do,
        changed: Callable[[], None],
        table: Table,
        together: Do,
    ) -> None:
        self._together = together
        self._sorted_by: int | None = None  # the place of a head
        self._downwards = False
        self._counting = False  # whether boxes are ticked from here, and not by the person
        self._title = widgets.HTML()
        self._heads = widgets.GridBox().add_class("hilnb-columns")
        self.tick_all = widgets.Checkbox(description="Tick all that are shown", indent=False).add_class("hilnb-tick")
        self.tick_all.observe(self._tick_or_untick, "value")
        bar = DecisionBar if isinstance(table.first.kind, Approval) else AnswerBar
        self.bar: Bar = bar(table.first, self.answer_ticked)
        super().__init__(found, lock, do, changed, table)

    @property
    def ticked(self) -> list[Row]:
        """The rows whose box is ticked."""
        return [row for row in self.by_thread.values() if row.is_ticked]

    @property
    def heads(self) -> list[widgets.Button]:
        """The buttons that sort."""
        return list(self._heads.children)

    @property
    def listed(self) -> list[Listed]:
        """As for any rows, each with its cells."""
        unmade = [
            replace(self._found.listed(each), cells=cells_of(self.table, question_of(each.questions[0])))
            for each in self.unmade
        ]
        return [*(row.listed for row in self.by_thread.values()), *unmade]

    def take(self, found: Pending, waiting: Sequence[Waiting]) -> None:
        """As for any rows; what they have in common may have more columns now."""
        if waiting:
            self.table = table_of([question_of(each.questions[0]) for each in waiting])
        super().take(found, waiting)
        self._paint_heads()

    def answer_ticked(self, answer: Callable[[Question], Any]) -> int:
        """Answer each row that is ticked by itself, with the answer to what its row shows.

        Args:
            answer: The answer to a question.

        Returns:
            How many there are; a second click finds none.
        """
        with self._lock:
            chosen = [(row, row.question) for row in self.ticked]
            sent = [(row, question, answer(question)) for row, question in chosen if question is not None]
            for row, _ in chosen:
                row.untick()
        for row, question, given in sent:  # not under the lock: the runs are told of in other threads
            row.send(question, given, self._together)
        if sent:
            self.heads[0].focus()  # the button that was pressed takes no more presses, and would lose the cursor
        return len(sent)

    def sort_by(self, head: int) -> None:
        """Sort by a column, upwards; by the same one again, downwards.

        Args:
            head: 0 is the thread, the last one how it stands.
        """
        with self._lock:
            self._downwards = head == self._sorted_by and not self._downwards
            self._sorted_by = head
            self._paint_heads()
            self._show(self.by_thread)

    def _arranged(self) -> widgets.VBox:
        columns = widgets.Box([self._heads]).add_class("hilnb-cells")
        heads = widgets.GridBox([self.tick_all, columns]).add_class("hilnb-heads")
        box = widgets.VBox([self._title, heads, self._grid, self._foot, self.bar.box])
        return box.add_class("hilnb-tabled")

    def _arrange(self) -> None:
        super()._arrange()
        self._count()

    def _in_order(self, kept: Mapping[str, Waiting]) -> Iterable[Waiting]:
        waiting = super()._in_order(kept)
        if self._sorted_by is None:
            return waiting
        return in_order(waiting, self._value, downwards=self._downwards)

    def _value(self, waiting: Waiting) -> Any:
        """What a thread is sorted by."""
        if self._sorted_by in (None, 0):
            return waiting.thread_id
        if self._sorted_by == len(self.table.columns) + 1:
            return (waiting.since or LAST).timestamp()
        row = self.by_thread.get(waiting.thread_id)
        asked = (row.question if row else None) or question_of(waiting.questions[0])
        return self.table.cells(asked)[self._sorted_by - 1]

    def _paint_heads(self) -> None:
        names = ("Thread", *map(visible, self.table.columns), "State")
        if len(self._heads.children) != len(names):
            self._heads.children = tuple(button(name, partial(self.sort_by, place)) for place, name in enumerate(names))
        for place, (head, name) in enumerate(zip(self._heads.children, names)):
            mark = (DOWN if self._downwards else UP) if place == self._sorted_by else ""
            head.description, head.tooltip = f"{name}{mark}", f"Sort by {name}"
        self._heads.layout.grid_template_columns = table_page.columns_of(self.table)

    def _row_changed(self, row: Row) -> None:
        super()._row_changed(row)
        self._count()

    def _tick_or_untick(self, change: dict[str, Any]) -> None:
        with self._lock:
            if self._counting:
                return
            self._counting = True
            for row in self.by_thread.values():
                if row.tick is not None:
                    row.tick.value = change["new"] and row.may_be_ticked
            self._counting = False
            self._count()

    def _count(self) -> None:
        """Say how many are ticked, and how many wait."""
        with self._lock:
            if self._counting:
                return
            self._counting = True
            ticked = len(self.ticked)
            open_now = sum(row.may_be_ticked for row in self.by_thread.values())
            self.tick_all.value = 0 < ticked == open_now
            self.tick_all.disabled = not open_now
            self._title.value = table_page.title(self.table, open_now + len(self.unmade))
            self.bar.count(ticked)
            self._counting = False
