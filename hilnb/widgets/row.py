"""One thread of the live list: what it asks, a button that opens its run below, and from then on how that goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets as widgets

from hilnb.waiting import Waiting
from hilnb.widgets import listed_page, table_page
from hilnb.widgets.listed import Answered, Listed, answered_in, line_of, went_on
from hilnb.widgets.log import Entry
from hilnb.widgets.panel import FOCUS_WITHIN, Panel
from hilnb.widgets.question import NothingAskedError, Question, RefusedAnswerError
from hilnb.widgets.record import answer_text, one_line, question_text
from hilnb.widgets.session import Run
from hilnb.widgets.tables import Table, text_of
from hilnb.widgets.visible import visible
from hilnb.widgets.waiting_list import Pending, question_of

Do = Callable[[Any], None]
"""Carries out a piece of work, such as a leg of a run."""

GONE = "Not used: answered elsewhere first, or begun anew"


class Looks:
    """The layout and the styles of the rows. All share them: each one made is a message to the page."""

    def __init__(self) -> None:
        self.layout, self.text, self.button = widgets.Layout(), widgets.HTML().style, widgets.Button().style
        self.tick = widgets.Checkbox().style


@dataclass(frozen=True)
class Sent:
    """An answer that is on its way to a thread.

    Attributes:
        seen: The question that the person has seen.
        answer: The answer.
    """

    seen: Question
    answer: Any


class Row:
    """One thread, as cells of a grid: a box to tick where it stands in a table, what it asks, the button, its run.

    Args:
        found: The list it stands in.
        waiting: The thread.
        table: The table it stands in, if it does.
        do: Carries out a leg of the run; in the background.
        changed: Called with the row when it says something new, or is ticked.
        looks: What all rows share.

    Attributes:
        run: The run of the thread, once there is one.
        waiting: The thread, as it was found.
        listed: What the row shows.
        tick: The box to tick; None where there is no table.
        place: What is open below it.
    """

    def __init__(
        self,
        found: Pending,
        waiting: Waiting,
        table: Table | None,
        do: Do,
        changed: Callable[[Row], None],
        looks: Looks,
    ) -> None:
        self._do, self._changed, self._lock = do, changed, threading.Lock()
        self.run: Run | None = None
        self.place: widgets.Box | None = None
        self.listed: Listed
        self._carry_out = do
        self._has_looked = False  # whether the run knows where the thread stands
        self._set_out = 0.0  # when the run went on with an answer
        self._is_open = False
        self._sent: Sent | None = None  # until the run has taken it
        self._said, self._problem = "", ""  # the answer that was sent, in words; why it was not used
        self._handed: Question | None = None  # the question that took it
        self._cells = widgets.HTML(layout=looks.layout, style=looks.text).add_class("hilnb-cells")
        self._button = widgets.Button(layout=looks.layout, style=looks.button)
        self._button.on_click(lambda _: self.toggle())
        self.tick = None
        if table is not None:
            self.tick = widgets.Checkbox(indent=False, layout=looks.layout, style=looks.tick).add_class("hilnb-tick")
        self.take(found, waiting, table)
        if self.tick is not None:
            self.tick.observe(lambda _: self._changed(self), "value")

    @property
    def parts(self) -> list[widgets.Widget]:
        """Its widgets, as they stand in the grid."""
        return [each for each in (self.tick, self._cells, self._button, self.place) if each is not None]

    @property
    def is_in_use(self) -> bool:
        """Whether the thread was opened or answered, and has not come to its end: something may be typed there."""
        return self.run is not None and self.run.status != "finished"

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be seen on whatever page it belongs: it was opened or answered, or is ticked."""
        return self.run is not None or self.is_ticked

    @property
    def question(self) -> Question | None:
        """What it asks, as far as one knows here; None when that is nothing, or several things."""
        asked = self._found_asked if self.run is None or not self._has_looked else self.run.questions
        return asked[0] if len(asked) == 1 else None

    @property
    def may_be_ticked(self) -> bool:
        """Whether its question can be answered together with those of the table, and nobody is doing so."""
        is_free = self._sent is None and self.listed.status == "asking" and not self.listed.note
        return self._table is not None and is_free and self._table.takes(self.question)

    @property
    def is_ticked(self) -> bool:
        """Whether it is to be answered with the others."""
        return self.tick is not None and self.tick.value and self.may_be_ticked

    def take(self, found: Pending, waiting: Waiting, table: Table | None) -> None:
        """Show what was found of the thread just now."""
        self._found, self.waiting, self._table = found, waiting, table
        self._found_asked = tuple(map(question_of, waiting.questions))
        if self.run is None:
            self._problem = ""
        self._paint()

    def toggle(self) -> None:
        """Open the thread's run below, or fold it; what was typed there stays."""
        self._is_open, self._carry_out = not self._is_open, self._do
        if self.run is None:
            self._begin()
        if self.place is None:
            self._open()
        if self.place is not None:
            self.place.layout.display = None if self._is_open else "none"
        self._paint()
        self._changed(self)

    def untick(self) -> None:
        """Take it from those that are to be answered."""
        if self.tick is not None:
            self.tick.value = False

    def send(self, seen: Question, answer: Any, do: Do) -> None:
        """Answer the question that the person has seen; if the thread asks another one by now, it is not used.

        Args:
            seen: The question.
            answer: The answer.
            do: Carries out the legs of the run that follow from it.
        """
        with self._lock:
            self._sent, self._handed, self._problem = Sent(seen, answer), None, ""
        self._said, self._carry_out = answer_text(seen, answer), do
        self._paint()
        if self.run is None:
            self._begin()
        elif self._has_looked:
            self._deliver(self.run)

    def _begin(self) -> None:
        config = {"configurable": {"thread_id": self.waiting.thread_id}}
        # Who answers many at once decides how many legs run at the same time; who has opened a row does not wait.
        self.run = run = Run(
            self._found.graph, config, do=lambda work: self._carry_out(work), options=self._found.options
        )
        run.where = "pending"
        run.changed = lambda entry: self._follow(run)
        run.look()

    def _open(self) -> None:
        run = self.run
        if run is None:
            return
        panel = Panel(run)
        paint_panel = run.changed

        def changed(entry: Entry | None) -> None:
            paint_panel(entry)
            self._follow(run)

        run.changed = changed
        self.place = widgets.VBox([panel.embed()]).add_class("hilnb-place")
        self._follow(run)  # it may have done something meanwhile, and nobody listened

    def _deliver(self, run: Run) -> None:
        """Hand over what was sent, if the run stands at the question that the person has seen."""
        with self._lock:
            sent, self._sent = self._sent, None
        if sent is None:
            return
        if run.error is not None:
            if self.place is None:
                self.run, self._has_looked = None, False  # it could not even look, and may be tried again
            self._say_not_used(f"Not sent: {one_line(run.error)}")
            return
        # Also what it says: releases of LangGraph before 1.2.20 have one id for all questions of a task.
        same = [
            each
            for each in run.questions
            if each.id == sent.seen.id and question_text(each) == question_text(sent.seen)
        ]
        try:
            if not same:
                raise NothingAskedError(GONE)
            self._handed = same[0]
            run.answer(same[0], sent.answer)
        except NothingAskedError:
            self._say_not_used(GONE)
        except RefusedAnswerError as problem:
            self._say_not_used(f"Not used: {problem}")

    def _say_not_used(self, problem: str) -> None:
        self._said, self._problem = "", problem
        self._paint()
        self._changed(self)

    def _follow(self, run: Run) -> None:
        """The run has done something; called from the thread it runs in."""
        self._has_looked = self._has_looked or run.status != "running"
        if run.status == "running" and self.listed.status == "asking":
            self._set_out = time.monotonic()
        if run.status != "running":
            self._deliver(run)
        if self.run is not run:
            return
        was = self.listed
        self._paint()
        if self.listed == was:
            return
        self._changed(self)
        is_over = self.listed.status == "finished" and self._is_open
        if is_over and time.monotonic() - self._set_out < FOCUS_WITHIN:
            self._button.focus()  # the cursor was in the form, which is gone; from here it is one Tab to the next row

    def _paint(self) -> None:
        listed, thread = self._newest(), self.waiting.thread_id
        opens = "Answer" if listed.status == "asking" else "Show"
        self._button.description = "Fold" if self._is_open else opens
        self._button.tooltip = f"{self._button.description} thread {thread}"
        (self._button.add_class if listed.note else self._button.remove_class)("hilnb-unseen")
        self.listed = listed
        self._cells.value = table_page.cells(listed, self._table) if self._table else listed_page.cells(listed)
        if self.tick is not None:
            self.tick.description = f"Tick {visible(thread)}"
            self.tick.disabled = not self.may_be_ticked
            self.tick.value = self.tick.value and self.may_be_ticked

    def _newest(self) -> Listed:
        """The thread as its run knows it; as it was found, as long as that is the same."""
        run, asked = self.run, {question.id for question in self.waiting.questions}
        if run is None or not self._has_looked or {question.id for question in run.questions} == asked:
            listed = self._found.listed(self.waiting)
        else:
            listed = went_on(self.waiting.thread_id, run)
        return listed if self._table is None else self._in_table(listed, self._table)

    def _in_table(self, listed: Listed, table: Table) -> Listed:
        """The same with its cells, which go on showing what was answered."""
        answered = tuple(
            replace(
                told, answer=table.said(told.answer), cells=cells_of(table, question) if table.takes(question) else ()
            )
            for told, question in zip(listed.answered, answered_in(self.run) if self.run else ())
        )
        is_on_its_way = self._sent is not None or (self.run is not None and self.run.status == "running")
        if is_on_its_way and self._said:
            listed = replace(listed, status="running")
        asked = self.question or (self._found_asked[0] if self._found_asked else None)
        cells = cells_of(table, asked) if asked is not None else ()
        if not table.takes(self.question):
            cells = next((told.cells for told in reversed(answered) if told.cells), cells)
        return replace(listed, answered=answered, cells=cells, went=self._went(listed, answered, table))

    def _went(self, listed: Listed, answered: tuple[Answered, ...], table: Table) -> str:
        """What became of the answer."""
        if self._problem:
            return self._problem
        if self._handed is not None and self._handed.refused:
            return GONE
        said = answered[-1].answer if answered else table.said(self._said)
        match listed.status:
            case "asking" if not said:
                return ""
            case "asking" if table.takes(self.question):
                return f"{said} · asks again"
            case "asking":
                return f"{said} · asks something else: {'; '.join(line_of(each)[1] for each in self._open_now)}"
            case "finished":
                return f"{said} · finished" if said else listed.lines[0][1]
        headline = self.run.headline if self.run is not None and self._has_looked else ""
        said = said or "Answered elsewhere"
        return f"{said} · {'on its way' if headline in ('', 'running') else headline}"

    @property
    def _open_now(self) -> tuple[Question, ...]:
        return self.run.questions if self.run is not None else ()


def cells_of(table: Table, question: Question) -> tuple[str, ...]:
    """What the cells of a table say of a question."""
    return tuple(map(text_of, table.cells(question)))
