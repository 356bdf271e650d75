"""The live list of waiting threads: tables of questions of the same form, and a row for each of the others."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from functools import partial

import ipywidgets as widgets

from hilnb.waiting import Waiting
from hilnb.widgets import editing, listed_page, page, table_page
from hilnb.widgets.at_most import AtMost
from hilnb.widgets.background import later
from hilnb.widgets.form_style import FORM_STYLE
from hilnb.widgets.kept import Kept
from hilnb.widgets.listed import count, text
from hilnb.widgets.panel import LIVE_STYLE
from hilnb.widgets.record import is_in_memory
from hilnb.widgets.row import Do, Row
from hilnb.widgets.rows import Rows
from hilnb.widgets.tabled import TabledRows
from hilnb.widgets.tables import FEWEST, Form, form_of, table_of
from hilnb.widgets.waiting_list import Pending, question_of

AT_ONCE = 8
"""Threads that run at the same time when many are answered together."""

KEEP_EVERY = 0.3  # seconds; while many threads go on, the record is not written for each of their steps

IT_ENDED = "The kernel that listed these has ended. Run the cells that make the graph again, and: hilnb.pending(graph)."
EMPTY = "Threads that ask something show here. Refresh looks again."
LOST = "The kernel that listed these has ended, and these threads with it: they were kept in memory."


class Inbox:
    """The rows, with what stands above and below them.

    Args:
        found: The threads that wait.
        do: Carries out what takes time: a leg of a run, a look into the saver.
    """

    def __init__(self, found: Pending, do: Do) -> None:
        self._do, self._lock = do, threading.RLock()
        self._together = AtMost(do, AT_ONCE)
        self._context = contextvars.copy_context()  # the cell's, so that the record belongs to its output
        self._keep: Callable[[str, str], None] | None = None  # until it is displayed
        self._is_due = False  # whether the record is to be left soon
        self._found = found
        self._head, self._message = widgets.HTML(), widgets.HTML()
        self._empty = widgets.HTML(page.preformatted(EMPTY, "hilnb-muted"))
        self._list = widgets.VBox()
        self._others = Rows(found, self._lock, do, self._changed)
        self._above_others = widgets.HTML(page.title("Others"))
        self.tables: dict[Form, TabledRows] = {}
        self.refresh = widgets.Button(description="Refresh", tooltip="Look again what waits")
        self.refresh.on_click(lambda _: self._do(self._look))
        self.box = self._arranged()
        self._take(found)

    def show(self) -> None:
        """Display the list under the running cell."""
        self._keep = Kept(self.box, str(self._found)).leave
        self._changed()

    @property
    def rows(self) -> list[Row]:
        """The rows as they stand below each other."""
        return [row for each in self._parts for row in each.by_thread.values()]

    @property
    def _parts(self) -> list[Rows]:
        return [*self.tables.values(), self._others]

    def _arranged(self) -> widgets.VBox:
        end = widgets.HTML(f'<div class="hilnb-gone">{self._ended}</div>').add_class("hilnb-end")
        top = widgets.HBox([self._head, widgets.HBox([self.refresh]).add_class("hilnb-actions")]).add_class("hilnb-top")
        style = widgets.HTML(
            page.STYLE + LIVE_STYLE + FORM_STYLE + editing.STYLE + listed_page.LIST_STYLE + table_page.TABLED_STYLE
        )
        box = widgets.VBox([style, end, top, self._message, self._list, self._empty])
        return box.add_class("hilnb")

    def _look(self) -> None:
        try:
            found = self._found.again()
        except Exception as error:  # a closed saver, a file that is gone: said where the person looks
            self._message.value = page.alert(f"{type(error).__name__}: {error}")
            return
        self._message.value = ""
        self._take(found)

    def _take(self, found: Pending) -> None:
        """Show what waits now: the questions of the same form in tables, the others below."""
        with self._lock:
            self._found = found
            forms = self._sorted_out(found)
            for form, waiting in forms.items():
                if form is not None and form not in self.tables:
                    table = table_of([question_of(each.questions[0]) for each in waiting])
                    self.tables[form] = TabledRows(found, self._lock, self._do, self._changed, table, self._together)
            for form, rows in self.tables.items():
                rows.take(found, forms.get(form, []))
            self._others.take(found, forms.get(None, []))
            shown = [rows for rows in self._parts if rows.by_thread]
            boxes = [rows.box for rows in shown]
            if len(shown) > 1 and self._others in shown:
                boxes.insert(-1, self._above_others)
            self._list.children = tuple(boxes)
            self._changed()

    def _sorted_out(self, found: Pending) -> dict[Form | None, list[Waiting]]:
        """What waits, by the form of its question; None for what is answered by itself."""
        placed: dict[str, Form | None] = {
            thread: form
            for form, rows in [*self.tables.items(), (None, self._others)]
            for thread, row in rows.by_thread.items()
            if row.is_in_use  # something may be typed there: it stays where it is
        }
        forms: dict[Form | None, list[Waiting]] = {}
        for waiting in found:
            thread = waiting.thread_id
            forms.setdefault(placed[thread] if thread in placed else self._form(waiting), []).append(waiting)
        alone = [form for form, rows in forms.items() if len(rows) < FEWEST and form not in self.tables]
        if any(form is not None for form in alone):
            few = {waiting.thread_id for form in alone for waiting in forms.pop(form)}
            others = {waiting.thread_id for waiting in forms.get(None, [])} | few
            forms[None] = [waiting for waiting in found if waiting.thread_id in others]
        return forms

    def _form(self, waiting: Waiting) -> Form | None:
        if len(waiting.questions) != 1 or not self._found.knows(waiting):
            return None
        return form_of(question_of(waiting.questions[0]))

    def _changed(self) -> None:
        """Say how many wait, and soon keep the notebook's record as the list stands."""
        with self._lock:
            rows, unmade = self.rows, [waiting for part in self._parts for waiting in part.unmade]
            waiting = sum(row.listed.status == "asking" for row in rows) + sum(bool(each.questions) for each in unmade)
            self._head.value = listed_page.head(count(waiting), self._found.now)
            self._empty.layout.display = "none" if rows else None
            if self._keep is not None and not self._is_due:
                self._is_due = True
                later(KEEP_EVERY, partial(self._context.copy().run, self.leave_record), "hilnb list")

    def leave_record(self) -> None:
        """Keep in the notebook how the list stands, and what was answered to whom."""
        with self._lock:
            self._is_due = False
            tables = [(rows.table, [*rows.done, *rows.listed]) for rows in self.tables.values()]
            others = [*self._others.done, *self._others.listed]
            listed = [*(each for _, rows in tables for each in rows), *others]
            said = count(sum(each.status == "asking" for each in listed))
            if self._keep is not None:
                static = listed_page.static(tables, others, said, self._found.now, self._ended)
                self._keep(static, text(listed, said, self._ended))

    @property
    def _ended(self) -> str:
        return LOST if is_in_memory(self._found.saver) else IT_ENDED
