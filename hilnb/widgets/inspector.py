"""The widgets of `inspect`: a slider over the moments of a thread, and what can be done from each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from hilnb.timeline import Timeline
from hilnb.widgets import editing, page, past
from hilnb.widgets.actions import button
from hilnb.widgets.editing import Editor
from hilnb.widgets.kept import Kept
from hilnb.widgets.lookback import Inspection
from hilnb.widgets.panel import LIVE_STYLE, Panel
from hilnb.widgets.record import one_line
from hilnb.widgets.session import Run

STYLE = """<style>
.hilnb .hilnb-time { align-items: center; flex-flow: row wrap; gap: 6px; margin: 2px 0 8px; }
.hilnb .hilnb-time .widget-slider { flex: 1 1 160px; width: auto; min-width: 120px; margin: 0 4px; }
.hilnb .hilnb-time .widget-label { width: auto; }
.hilnb .hilnb-time .widget-readout { min-width: 2.5em; width: auto; text-align: right;
  font-variant-numeric: tabular-nums; }
.hilnb .hilnb-compare .widget-dropdown { width: auto; }
.hilnb .hilnb-compare .widget-label { width: auto; margin-right: 8px; }
.hilnb .hilnb-compare, .hilnb .hilnb-onward:not(:empty) { border-top: 1px solid var(--jp-border-color2, #e0e0e0);
  margin-top: 10px; padding-top: 8px; }
</style>"""

ANEW = "A new branch begins here. What came after this moment stays as it is."

NOTHING_INSIDE = "Nothing is kept of this graph at this moment."

TYPED = "What is typed below belongs to moment {}, and Save changes that one."

DOUBLE_CLICK = 0.5  # seconds; a double click arrives as two calls, and would begin two branches


class Inspector:
    """The widgets: a slider over the moments, the one that is chosen, and what can be done from there."""

    def __init__(self, inspection: Inspection) -> None:
        self._of = inspection
        self._lock = threading.RLock()  # a run that went another way tells of its end from its own thread
        self._keep: Callable[[str, str], None] = lambda static, text: None  # inside another, that one's is what stays
        self._drawing = inspection.drawing
        self._picture, self._moment, self._state = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._head, self._hint, self._columns = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._back, self._forth = button("Back", lambda: self._move(-1)), button("Forward", lambda: self._move(1))
        self._slider = widgets.IntSlider(min=1, max=1, description="Moment", continuous_update=True)
        self._slider.observe(lambda _: self._paint(), "value")
        self._on = button("Go on from here", self._go_on)
        self._past = _Past(self, inspection)
        self._editor = Editor(self._past, lambda: None)
        self._edit = button("Change the state…", self._editor.toggle)
        self._inside = widgets.Dropdown(description="Look inside", options=[("nothing", None)])
        self._inside.observe(lambda _: self._look_inside(), "value")
        self._within = widgets.VBox()
        self._offered: Any = None  # the graphs to look into, as they were offered last
        self._pressed = -DOUBLE_CLICK
        self._branches = (_choice("Compare branch"), _choice("with"))
        for choice in self._branches:
            choice.observe(lambda _: self._paint_columns(), "value")
        self._onward = widgets.VBox()
        self._runs: list[tuple[Run, widgets.VBox]] = []  # a form somebody types in stays, also when another run begins
        self.box = self._arranged()

    @property
    def number(self) -> int:
        """The place of the moment that is looked at."""
        return int(self._slider.value) - 1

    @property
    def timeline(self) -> Timeline:
        """The thread's."""
        return self._of.timeline

    def show(self) -> None:
        """Display the inspector under the running cell."""
        self.take_in(len(self.timeline.moments) - 1)
        self._keep = Kept(self.box, repr(self._of)).leave
        self._leave()

    def show_in(self, place: widgets.Box) -> None:
        """Show the inspector inside another one."""
        self.take_in(len(self.timeline.moments) - 1)
        place.children = (self.box,)

    def take_in(self, number: int | None = None) -> None:
        """Show what the thread has become, at this moment or at the one that is looked at."""
        count, ways = len(self.timeline.moments), len(self.timeline.branches)
        self._slider.max = count
        if number is not None:
            self._slider.value = number + 1
        options = [(str(n + 1), n) for n in range(ways)]
        for choice, at in zip(self._branches, (0, ways - 1), strict=True):
            if len(choice.options) != ways:
                choice.options, choice.value = options, at
        self._compare.layout.display = None if ways > 1 else "none"
        self._paint()
        self._paint_columns()

    def _arranged(self) -> widgets.VBox:
        bar = widgets.HBox([self._back, self._slider, self._forth])
        actions = widgets.HBox([self._inside] if self._of.is_nested else [self._on, self._edit, self._inside])
        left = widgets.VBox([self._picture])
        side = widgets.VBox([self._moment, self._state, actions, self._hint, self._editor.box])
        body = widgets.HBox([left, side])
        self._compare = widgets.VBox([widgets.HBox(self._branches), self._columns])
        styles = widgets.HTML(page.STYLE + LIVE_STYLE + editing.STYLE + past.STYLE + STYLE)
        box = widgets.VBox([styles, self._head, bar, body, self._within, self._compare, self._onward])
        for widget, names in (
            (bar, "time actions"),
            (actions, "actions"),
            (self._state, "moment"),
            (left, "left"),
            (side, "side"),
            (body, "body"),
            (self._compare, "compare"),
            (self._within, "onward"),
            (self._onward, "onward"),
        ):
            for name in names.split():
                widget.add_class(f"hilnb-{name}")
        box.add_class("hilnb")
        return box

    def _paint(self) -> None:
        with self._lock:
            self._paint_moment(self.number)

    def _paint_moment(self, number: int) -> None:
        moment, of = self.timeline.moments[number], self._of
        self._head.value = page.title(past.heading(self.timeline, of.name))
        self._back.disabled, self._forth.disabled = number == 0, of.is_newest(number)
        self._picture.value = page.drawn(
            self._drawing.draw_svg, self.timeline.marks(number), self.timeline.times(number)
        )
        self._moment.value = past.moment_html(self.timeline, number, of.again(number))
        self._state.value = past.state_html(moment)
        self._paint_ways_on(number)
        if self._offered is not moment.inside:  # else what is chosen there stays
            self._offered = moment.inside
            self._inside.options = [("nothing", None), *((name, n) for n, (name, _) in enumerate(moment.inside))]
            self._inside.index = 0
        self._inside.layout.display = None if moment.inside else "none"

    def _paint_ways_on(self, number: int) -> None:
        moment, is_newest = self.timeline.moments[number], self._of.is_newest(number)
        anew = "Answer" if is_newest else "Ask again from here"
        self._on.description = anew if moment.asked else "Go on from here"
        self._on.layout.display = None if moment.next else "none"
        if self._editor.is_changed:
            hint = TYPED.format(self._past.number + 1) if self._past.number != number else ""
        else:
            hint = ANEW if moment.next and not is_newest and not self._of.is_nested else ""
            self._past.look_at(number)
            self._editor.fill_again()
        self._hint.value = hint and page.preformatted(hint, "hilnb-muted")
        self._editor.paint()

    def _paint_columns(self) -> None:
        one, other = (choice.value for choice in self._branches)
        if one is None or other is None:
            return
        same = one == other
        self._columns.value = "" if same else past.side_by_side(self.timeline, one, other)

    def _move(self, by: int) -> None:
        self._slider.value += by

    def _go_on(self) -> None:
        with self._lock:
            if time.monotonic() - self._pressed < DOUBLE_CLICK:
                return
            self._pressed = time.monotonic()
        number = self.number
        run = self._of.run_from(number)
        place = Panel(run).embed()
        self._runs = [(each, box) for each, box in self._runs if each.status != "finished"] + [(run, place)]
        self._onward.children = tuple(box for _, box in reversed(self._runs))
        paint, before = run.changed, "running"

        def changed(entry: Any) -> None:
            nonlocal before
            paint(entry)
            if run.status != before:
                before = run.status
                if before != "running":
                    self.read_again()

        run.changed = changed
        self._of.begin(run, number)

    def _look_inside(self) -> None:
        chosen = self._inside.value
        if chosen is None:
            self._within.children = ()
            return
        _, config = self.timeline.moments[self.number].inside[chosen]
        inside = {**self._of.config["configurable"], **config["configurable"]}
        try:
            found = Inspection(self._of.graph, {**self._of.config, "configurable": inside})
        except ValueError:  # the graph had not begun, or its own checkpointer keeps nothing
            self._within.children = (widgets.HTML(page.preformatted(NOTHING_INSIDE, "hilnb-muted")),)
            return
        Inspector(found).show_in(self._within)

    def read_again(self, *, go_to_the_end: bool = False) -> None:
        """Take in what has happened to the thread meanwhile."""
        with self._lock:
            self._of.read_again()
            self.take_in(len(self.timeline.moments) - 1 if go_to_the_end else None)
            self._leave()

    def _leave(self) -> None:
        self._keep(past.as_html(self.timeline, self._of.name), repr(self._of))


class _Past:
    """The state of a moment, for the editor.

    Attributes:
        number: The moment's place; while there is something typed, the one for which it was typed.
        edit_refused: Why the last edit was refused.
    """

    status = "stopped"

    def __init__(self, inspector: Inspector, inspection: Inspection) -> None:
        self._inspector, self._of = inspector, inspection
        self.number, self.edit_refused = 0, ""

    def look_at(self, number: int) -> None:
        """Stand for another moment."""
        if number != self.number:
            self.number, self.edit_refused = number, ""

    @property
    def state(self) -> Any:
        """That state."""
        return self._of.timeline.moments[self.number].values

    def edit(self, values: Mapping[str, Any], saved: Callable[[], None]) -> None:
        """Write it as a new checkpoint, and look at that."""
        try:
            self._of.change(self.number, values)
        except Exception as error:
            self.edit_refused = one_line(error)
            self._inspector.take_in()
            return
        self.edit_refused = ""
        saved()
        self._inspector.read_again(go_to_the_end=True)


def _choice(word: str) -> widgets.Dropdown:
    return widgets.Dropdown(options=[], description=word)
