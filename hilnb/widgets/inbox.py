"""The live list of waiting threads: a row for each, which opens to be answered in place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import ipywidgets as widgets

from hilnb.waiting import Waiting
from hilnb.widgets import editing, listed_page, page
from hilnb.widgets.asking import close
from hilnb.widgets.kept import Kept
from hilnb.widgets.listed import Listed, count, text, went_on
from hilnb.widgets.log import Entry
from hilnb.widgets.panel import FOCUS_WITHIN, LIVE_STYLE, Panel
from hilnb.widgets.record import is_in_memory
from hilnb.widgets.session import Run
from hilnb.widgets.waiting_list import Pending

A_PAGE = 50
"""Rows that are made at a time: a browser takes some 50 ms for each."""

Do = Callable[[Callable[[], None]], None]

IT_ENDED = "The kernel that listed these has ended. Run the cells that make the graph again, and: hilnb.pending(graph)."
EMPTY = "Threads that ask something show here. Refresh looks again."
LOST = "The kernel that listed these has ended, and these threads with it: they were kept in memory."


class Looks:
    """The layout and the styles of the rows. All share them: each one made is a message to the page."""

    def __init__(self) -> None:
        self.layout, self.text, self.button = widgets.Layout(), widgets.HTML().style, widgets.Button().style


class Row:
    """One thread: what it asks, a button that opens its run below, and from then on how that goes on.

    Args:
        found: The list it stands in.
        waiting: The thread.
        do: Carries out a leg of the run; in the background.
        changed: Called when the row says something new.
        looks: What all rows share.
    """

    def __init__(self, found: Pending, waiting: Waiting, do: Do, changed: Callable[[], None], looks: Looks) -> None:
        self._do, self._changed = do, changed
        self.run: Run | None = None
        self._has_looked = False  # whether the run knows where the thread stands
        self._set_out = 0.0  # when the run went on with an answer
        self._is_open = False
        self._cells = widgets.HTML(layout=looks.layout, style=looks.text).add_class("hilnb-cells")
        self._button = widgets.Button(layout=looks.layout, style=looks.button)
        self._button.on_click(lambda _: self.toggle())
        line = widgets.HBox([self._cells, self._button], layout=looks.layout)
        line.add_class("hilnb-actions").add_class("hilnb-line")
        self.box = widgets.VBox([line], layout=looks.layout).add_class("hilnb-item")
        self.listed: Listed
        self.take(found, waiting)

    @property
    def is_in_use(self) -> bool:
        """Whether the thread was opened, and has not come to its end: something may be typed there."""
        return self.run is not None and self.run.status != "finished"

    def take(self, found: Pending, waiting: Waiting) -> None:
        """Show what was found of the thread just now."""
        self._found, self._waiting = found, waiting
        self._paint()

    def toggle(self) -> None:
        """Open the thread's run below, or fold it; what was typed there stays."""
        self._is_open = not self._is_open
        if self.run is None:
            self._open()
        self.box.children[1].layout.display = None if self._is_open else "none"
        self._paint()
        self._changed()

    def _open(self) -> None:
        config = {"configurable": {"thread_id": self._waiting.thread_id}}
        self.run = run = Run(self._found.graph, config, do=self._do, options=self._found.options)
        run.where = "pending"
        panel = Panel(run)
        paint_panel = run.changed

        def changed(entry: Entry | None) -> None:
            paint_panel(entry)
            self._follow(run)

        run.changed = changed
        self.box.children += (widgets.VBox([panel.embed()]).add_class("hilnb-place"),)
        run.look()

    def _follow(self, run: Run) -> None:
        """The run has done something; called from the thread it runs in."""
        self._has_looked = self._has_looked or run.status != "running"
        if run.status == "running" and self.listed.status == "asking":
            self._set_out = time.monotonic()
        was = self.listed
        self._paint()
        if self.listed == was:
            return
        self._changed()
        if self.listed.status == "finished" and time.monotonic() - self._set_out < FOCUS_WITHIN:
            self._button.focus()  # the cursor was in the form, which is gone; from here it is one Tab to the next row

    def _paint(self) -> None:
        listed, thread = self._newest(), self._waiting.thread_id
        opens = "Answer" if listed.status == "asking" else "Show"
        self._button.description = "Fold" if self._is_open else opens
        self._button.tooltip = f"{self._button.description} thread {thread}"
        (self._button.add_class if listed.note else self._button.remove_class)("hilnb-unseen")
        self.listed = listed
        self._cells.value = listed_page.cells(listed)

    def _newest(self) -> Listed:
        """The thread as its run knows it; as it was found, as long as that is the same."""
        run, asked = self.run, {question.id for question in self._waiting.questions}
        if run is None or not self._has_looked or {question.id for question in run.questions} == asked:
            return self._found.listed(self._waiting)
        return went_on(self._waiting.thread_id, run)


class Inbox:
    """The rows, with what stands above and below them.

    Args:
        found: The threads that wait.
        do: Carries out what takes time: a leg of a run, a look into the saver.
    """

    def __init__(self, found: Pending, do: Do) -> None:
        self._do, self._lock = do, threading.RLock()
        self._rows: dict[str, Row] = {}
        self._looks = Looks()
        self._keep: Callable[[str, str], None] = lambda static, text: None  # until it is displayed
        self._most = A_PAGE  # rows that are shown
        self._head, self._message = widgets.HTML(), widgets.HTML()
        self._empty = widgets.HTML(page.preformatted(EMPTY, "hilnb-muted"))
        titles = widgets.HTML(listed_page.titles()).add_class("hilnb-cells")
        self._titles = widgets.HBox([titles]).add_class("hilnb-line")
        self._list = widgets.VBox()
        self.refresh = widgets.Button(description="Refresh", tooltip="Look again what waits")
        self.refresh.on_click(lambda _: self._do(self._look))
        self.show_more = widgets.Button()
        self.show_more.on_click(lambda _: self._unfold())
        self._found = found
        self.box = self._arranged()
        self._take(found)

    def show(self) -> None:
        """Display the list under the running cell."""
        self._keep = Kept(self.box, str(self._found)).leave
        self._changed()

    @property
    def rows(self) -> list[Row]:
        """The rows as they stand below each other."""
        return [*self._rows.values()]

    def _arranged(self) -> widgets.VBox:
        end = widgets.HTML(f'<div class="hilnb-gone">{self._ended}</div>').add_class("hilnb-end")
        top = widgets.HBox([self._head, widgets.HBox([self.refresh]).add_class("hilnb-actions")]).add_class("hilnb-top")
        more = widgets.HBox([self.show_more]).add_class("hilnb-actions")
        style = widgets.HTML(page.STYLE + LIVE_STYLE + editing.STYLE + listed_page.LIST_STYLE)
        box = widgets.VBox([style, end, top, self._message, self._list, self._empty, more])
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
        """Show what waits now; a row in which something may be typed stays whatever was found."""
        with self._lock:
            self._found = found
            old, self._rows = self._rows, {}
            for waiting in found[: self._most]:
                row = old.get(waiting.thread_id)
                if row is None or (row.run is not None and not row.is_in_use):
                    row = Row(found, waiting, self._do, self._changed, self._looks)
                else:
                    row.take(found, waiting)
                self._rows[waiting.thread_id] = row
            self._rows |= {thread: row for thread, row in old.items() if row.is_in_use and thread not in self._rows}
            self._list.children = (self._titles, *[row.box for row in self._rows.values()])
            for thread, row in old.items():
                if self._rows.get(thread) is not row:
                    close(row.box)
            self._changed()

    def _unfold(self) -> None:
        self._most += A_PAGE
        self._do(self._look)

    def _changed(self) -> None:
        """Say how many wait, and keep the notebook's record as the list stands."""
        with self._lock:
            unmade = [waiting for waiting in self._found if waiting.thread_id not in self._rows]
            listed = [*(row.listed for row in self.rows), *map(self._found.listed, unmade)]
            said = count(sum(each.status == "asking" for each in listed))
            self._head.value = listed_page.head(said, self._found.now)
            self._titles.layout.display = None if listed else "none"
            self._empty.layout.display = "none" if listed else None
            self.show_more.description = f"Show {min(A_PAGE, len(unmade))} more of {len(unmade)}"
            self.show_more.layout.display = None if unmade else "none"
            static = listed_page.static(listed, said, self._found.now, self._ended)
            self._keep(static, text(listed, said, self._ended))

    @property
    def _ended(self) -> str:
        return LOST if is_in_memory(self._found.saver) else IT_ENDED
