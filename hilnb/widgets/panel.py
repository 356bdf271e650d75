"""The live widgets of a run: the picture with its marks, the log, the open questions; at the end, its record."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from hilnb.widgets import asking, editing, page
from hilnb.widgets.actions import Actions
from hilnb.widgets.asking import Asking, close
from hilnb.widgets.background import later
from hilnb.widgets.brief import end_of
from hilnb.widgets.editing import Editor
from hilnb.widgets.form_style import FORM_STYLE
from hilnb.widgets.inside import Inside
from hilnb.widgets.log import Entry
from hilnb.widgets.prompt import when_shown
from hilnb.widgets.question import Question
from hilnb.widgets.record import how_to_go_on, transcript
from hilnb.widgets.session import Run

NOTHING_RUNS_THERE = (
    "If nothing runs there any more: hilnb.run(graph, None, thread_id={!r}) goes on here, with the answer from there."
)

LEFT_AT = (
    "Nobody waits for {0} any more: what it still prints or returns is not used. When the run goes on, it starts again."
)

PAINT_EVERY = 0.08  # seconds; what happens meanwhile goes out in one message

TICK = 1.0  # seconds between two looks at the clock

FOCUS_WITHIN = 2.0
"""Seconds in which a question may take the cursor, counted from the person's last act in this panel.

The kernel cannot know who types where. Later the person may be writing in another cell, and half a line of code,
with its Enter, must not land in an answer.
"""

NOTHING = {"text/html": page.NOTHING, "text/plain": ""}

LIVE_STYLE = """<style>
.hilnb.widget-vbox, .hilnb .widget-vbox, .hilnb .widget-hbox { overflow: visible; }
.hilnb .hilnb-log { overflow: auto; flex-direction: column-reverse; max-height: 24em; }
.hilnb .hilnb-log > * { flex: none; }
.hilnb .hilnb-actions { gap: 6px; margin: 8px 0 2px; flex-flow: row wrap; }
.hilnb .hilnb-actions .jupyter-button { width: auto; height: 26px; line-height: 24px; margin: 0; padding: 0 12px;
  background: none; border: 1px solid var(--jp-border-color1, #bdbdbd); border-radius: 3px; box-shadow: none; }
.hilnb .hilnb-actions .jupyter-button:hover { background: var(--jp-layout-color2, #eee); box-shadow: none; }
.hilnb .hilnb-actions .jupyter-button:focus-visible, .hilnb .hilnb-left :focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 2px; }
.hilnb .hilnb-left { flex: 0 1 auto; max-width: 100%; }
.hilnb .hilnb-left .widget-checkbox { width: auto; height: 24px; margin: 4px 0 0; }
.hilnb .hilnb-left .widget-checkbox label { display: flex; align-items: center; }
.hilnb .hilnb-left .widget-checkbox input { margin: 0 8px 0 0; }
.hilnb .hilnb-hint { margin-top: 8px; }
.hilnb .hilnb-form { border-left: 3px solid var(--jp-warn-color1, #ef6c00); padding: 2px 0 2px 12px;
  margin: 10px 0 4px; }
.hilnb .hilnb-form .widget-label { width: auto; margin-right: 8px; }
.hilnb .hilnb-form input, .hilnb .hilnb-form textarea { min-width: 0; }
.hilnb .hilnb-form textarea { font-family: var(--jp-code-font-family, monospace); }
.hilnb .hilnb-form .widget-radio { width: auto; height: auto; align-items: flex-start; }
.hilnb .hilnb-form .widget-radio-box { width: auto; height: auto; padding: 0; margin: 0; }
.hilnb .hilnb-form .widget-radio-box label { width: auto; height: auto; margin: 0; white-space: normal;
  overflow-wrap: anywhere; }
.hilnb .hilnb-form .widget-radio-box label { display: flex; flex-direction: row-reverse; justify-content: flex-end; }
.hilnb .hilnb-form .widget-radio-box input { flex: none; align-self: center; margin: 0 6px 0 0; }
.hilnb .hilnb-form .hilnb-decision { display: flex; flex-flow: row wrap; gap: 0 8px; margin: 2px 0; }
.hilnb .hilnb-form .hilnb-decision .widget-label { line-height: 20px; height: auto; }
.hilnb .hilnb-decision .widget-radio-box { display: flex; flex-flow: row wrap; gap: 0 18px; margin: 0; }
.hilnb .hilnb-action { margin-top: 6px; padding: 8px 0 4px; border-top: 1px solid var(--jp-border-color2, #e0e0e0); }
.hilnb .hilnb-form :focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 2px; }
.hilnb .widget-html, .hilnb .widget-box { max-width: 100%; }
.hilnb .widget-html, .hilnb .widget-html-content { line-height: 1.45; height: auto; margin: 0; }
.hilnb .hilnb-shown { margin: -1.5em 0 0 calc(14.5em + 12px); }
@container (max-width: 480px) { .hilnb .hilnb-shown { margin-left: calc(11.5em + 12px); } }
.hilnb .hilnb-shown:not(:has(.jp-OutputArea-child)) { display: none; }
.hilnb-panel:not(.jupyter-widgets-disconnected) > .hilnb-end { display: none; }
.hilnb.jupyter-widgets-disconnected::before, .hilnb .jupyter-widgets-disconnected::before { content: none; }
.hilnb .jupyter-widgets-disconnected.jupyter-button { display: none; }
.hilnb.jupyter-widgets-disconnected .hilnb-dot { background: var(--jp-ui-font-color3, #9e9e9e); }
.hilnb.jupyter-widgets-disconnected .hilnb-head b { font-size: 0; }
.hilnb.jupyter-widgets-disconnected .hilnb-head b::before { content: attr(data-left);
  font-size: var(--jp-ui-font-size1, 13px); }
.hilnb.jupyter-widgets-disconnected > :not(.hilnb-end) { filter: grayscale(1); opacity: 0.75; }
</style>"""
"""Its last lines are for a kernel that has ended: the panel says so, and what was typed stays to be copied."""


class Panel:
    """Shows one run, and keeps it shown.

    Painting is always from the run's present state, by a timer thread, at most every 80 ms: the graph never waits
    for the screen, and a thousand prints are a few messages.
    """

    def __init__(self, run: Run) -> None:
        self._run, self._inside = run, Inside(run.graph)
        self._context = contextvars.copy_context()  # the cell's, so that updates belong to its output
        self._lock = threading.RLock()
        self._is_due = self._ticks = False  # whether it is to be painted soon, and in a second anyway
        self._began = time.monotonic()
        self._over = False
        self._last_act = time.monotonic()
        self._asking = Asking(run, self._answer)
        self._spare_of = ""  # the status in which the spare record was left
        self._is_seen = False
        self._handle: Any = None  # of its own display; none when it is embedded
        self._end, self._head = widgets.HTML(), widgets.HTML()
        self._picture, self._chunks = widgets.HTML(), widgets.VBox()
        self._hint = widgets.HTML()
        self._actions = Actions(run, self._acted)
        self._all = False  # whether the beginning of a long log is shown, too
        self._show_all = self._actions.add("Show all", "Show the whole log", self._unfold)
        self._editor = Editor(run, self._acted)
        self._edit = self._actions.add("Edit the state…", "Change what the nodes will find", self._editor.toggle)
        self._show_inside = widgets.Checkbox(description="Show inside", indent=False, value=self._inside.is_wanted)
        self._show_inside.observe(self._open_or_close, "value")
        self.box = self._arranged()
        run.changed = self._changed

    def show(self) -> None:
        """Display the panel under the running cell."""
        self._paint()
        bundle = dict(self.box._repr_mimebundle_() or {})
        bundle["text/plain"] = f"{self._run.title}: its form needs the kernel, and ipywidgets where Jupyter runs."
        when_shown(self.box, self._seen)
        with self._lock:  # nothing is painted before both are there
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            # JupyterLab shows no other form of a bundle whose widget it misses, so the spare is a display of its own.
            self._spare = display(NOTHING, raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def embed(self) -> widgets.VBox:
        """The panel, to be shown inside another widget, which leaves a record of its own in the notebook."""
        self._paint()
        return self.box

    def _arranged(self) -> widgets.VBox:
        log = widgets.VBox([self._chunks])  # reversed by its style: a log that scrolls stays at its end
        side = widgets.VBox([log, self._asking.box, self._hint, self._actions.box, self._editor.box])
        picture = widgets.VBox([self._picture, self._show_inside] if self._inside.is_there else [self._picture])
        body = widgets.HBox([picture, side])
        style = widgets.HTML(page.STYLE + LIVE_STYLE + FORM_STYLE + editing.STYLE + asking.STYLE)
        box = widgets.VBox([style, self._end, self._head, body])
        for widget, name in (
            (log, "log"),
            (side, "side"),
            (body, "body"),
            (self._end, "end"),
            (box, "panel"),
            (picture, "left"),
        ):
            widget.add_class(f"hilnb-{name}")
        box.add_class("hilnb")
        return box

    def _changed(self, _: Entry | None) -> None:
        with self._lock:
            if not self._is_due and not self._over:
                self._is_due = True
                self._later(PAINT_EVERY, self._paint)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        # A copy, as one context cannot be entered by two timers at once.
        later(seconds, partial(self._context.copy().run, action), "hilnb panel")

    def _paint(self) -> None:
        with self._lock:
            self._is_due = False
            if self._over:
                return
            if self._run.status == "finished":
                self._leave_record()
                return
            self._leave_spare()
            self._head.value, self._end.value = page.head(self._run, self._at_work()), page.gone(self._run)
            self._picture.value = page.picture(self._run, self._inside.drawing.draw_svg)
            self._paint_log()
            self._asking.paint(take_cursor=time.monotonic() - self._last_act < FOCUS_WITHIN)
            hint = self._what_to_know()
            self._hint.value = hint and page.preformatted(hint, "hilnb-muted hilnb-hint")
            self._actions.paint()
            self._editor.paint()
            self._edit.layout.display = None if self._editor.is_useful else "none"

    def _what_to_know(self) -> str:
        if self._run.status == "elsewhere":
            return NOTHING_RUNS_THERE.format(self._run.thread_id)
        return LEFT_AT.format(", ".join(self._run.left_at)) if self._run.left_at else ""

    def _at_work(self) -> float:
        """How many seconds the run has been at work since it last stood; it is painted again when that has changed."""
        if self._run.status != "running":
            self._began = time.monotonic()
        elif not self._ticks:
            self._ticks = True
            self._later(TICK, self._tick)
        return time.monotonic() - self._began

    def _tick(self) -> None:
        self._ticks = False
        self._changed(None)

    def _paint_log(self) -> None:
        """One HTML widget for each stretch of text, and after it an Output for what a node displayed then."""
        entries = [e for e in self._run.log.entries if e.kind != "question" or e.value not in self._run.questions]
        children = list(self._chunks.children)
        is_cut = False
        for index, stretch in enumerate(_stretches(entries)):
            if not self._all:
                stretch, left_out = end_of(stretch)
                if left_out:
                    is_cut = True
                    stretch.insert(0, Entry("note", "", f"{left_out:,} earlier lines are not shown"))
            if 2 * index == len(children):
                children += [widgets.HTML(), widgets.Output()]
                children[-1].add_class("hilnb-shown")
            children[2 * index].value = page.rows(stretch, live=True)
            if stretch[-1].kind == "shown" and not children[2 * index + 1].outputs:
                displayed = {"output_type": "display_data", "data": stretch[-1].value, "metadata": {}}
                children[2 * index + 1].outputs = (displayed,)
        self._chunks.children = tuple(children)
        self._show_all.layout.display = None if is_cut else "none"

    def _answer(self, question: Question, answer: Any, allow: Collection[str]) -> None:
        self._acted()
        self._run.answer(question, answer, allow=allow)

    def _acted(self) -> None:
        self._last_act = time.monotonic()

    def _unfold(self) -> None:
        self._all = True
        self._changed(None)

    def _open_or_close(self, change: dict[str, Any]) -> None:
        self._inside.is_wanted = change["new"]
        self._changed(None)

    def _seen(self) -> None:
        self._is_seen = self._run.on_screen = True
        self._changed(None)

    def _leave_spare(self) -> None:
        """Keep in the notebook, unseen, how the run stands: for when the notebook is opened and the kernel is gone."""
        status = self._run.status
        if self._is_seen and status != self._spare_of:  # before, the page would show it for a moment
            self._spare_of = status
            html, (said, code) = page.spare(self._run, self._inside.drawing), how_to_go_on(self._run)
            text = f"{transcript(self._run)}\n\n{said}\n{code}".rstrip()
            self._spare.update({"text/html": html, "text/plain": text}, raw=True)

    def _leave_record(self) -> None:
        """Replace the widgets, in place, by what stays when the notebook is saved and opened again."""
        self._over = True
        static = page.record(self._run, self._inside.drawing)
        if self._handle is not None:
            self._spare.update(NOTHING, raw=True)  # first: beside the panel it is not seen to go
            self._handle.update({"text/html": static, "text/plain": transcript(self._run)}, raw=True)
        # A page that was loaded again meanwhile misses that update, and still shows the widget.
        old, self.box.children = self.box.children, (widgets.HTML(static),)
        for child in old:
            close(child)


def _stretches(entries: list[Entry]) -> Iterator[list[Entry]]:
    """The entries, cut after each display."""
    start = 0
    for index, entry in enumerate(entries, 1):
        if entry.kind == "shown" or index == len(entries):
            yield entries[start:index]
            start = index
