"""`inspect`: look back at a thread, checkpoint by checkpoint, and go another way from any of them."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from hilnb.timeline import Timeline
from hilnb.widgets import editing, page, past
from hilnb.widgets.console import _check, _in_background, _thread_config
from hilnb.widgets.editing import Editor
from hilnb.widgets.kept import Kept
from hilnb.widgets.panel import LIVE_STYLE, Panel
from hilnb.widgets.record import one_line
from hilnb.widgets.session import Run
from hilnb.widgets.updating import update_state
from hilnb.widgets.wait import acknowledge_widget_messages, running_kernel, takes_clicks

STYLE = """<style>
.hilnb .hilnb-time { align-items: center; flex-flow: row wrap; gap: 6px; margin: 2px 0 8px; }
.hilnb .hilnb-time .widget-slider { flex: 1 1 160px; width: auto; min-width: 120px; margin: 0 4px; }
.hilnb .hilnb-time .widget-label { width: auto; }
.hilnb .hilnb-compare .widget-dropdown { width: auto; }
.hilnb .hilnb-compare .widget-label { width: auto; margin-right: 8px; }
.hilnb .hilnb-compare, .hilnb .hilnb-onward:not(:empty) { border-top: 1px solid var(--jp-border-color2, #e0e0e0);
  margin-top: 10px; padding-top: 8px; }
</style>"""

ANEW = "A new branch begins here. What came after this moment stays as it is."


def inspect(graph: Any, thread: Mapping[str, Any] | str | int) -> Inspection:
    """Look back at a thread: its checkpoints one by one, with the picture, the state, and what changed.

    As the last line of a cell it shows a slider over the checkpoints. From each of them the run can go on another way:
    as it was, with a question asked anew, or with another state. What happened before stays, as a branch of its own
    (semantics: LangGraph's time travel). Printed it is a table, and so it is where nobody can click.

    Args:
        graph: The compiled graph the thread belongs to.
        thread: The thread, by its id or as a config; a config with a `checkpoint_ns` is a nested graph's thread.

    Returns:
        The thread as it was at this moment.

    Raises:
        ValueError: No thread is named, or nothing is kept of it.
        TypeError: It is not a compiled graph.
    """
    _check(graph, ())
    config, named = _thread_config(None, thread) if isinstance(thread, Mapping) else _thread_config(thread, None)
    if not named:
        raise ValueError(f"inspect(graph, {thread!r}): which thread? Give its id, for example inspect(graph, '1').")
    config["configurable"].pop("checkpoint_id", None)
    return Inspection(graph, config)


class Inspection:
    """A thread to look back at.

    Attributes:
        graph: The graph.
        config: The thread's config.
        is_nested: Whether it is the thread of a graph inside a node: there one can look, and not go another way.
        timeline: Its moments and branches.
        run: The run that went another way from here last; None before the first.
    """

    def __init__(self, graph: Any, config: Mapping[str, Any]) -> None:
        self.graph, self.config = graph, config
        self.is_nested = bool(config["configurable"].get("checkpoint_ns"))
        self.timeline = past.read_timeline(graph, config)
        self.run: Run | None = None

    @property
    def thread_id(self) -> str:
        """The thread's id."""
        return str(self.config["configurable"]["thread_id"])

    @property
    def drawing(self) -> Any:
        """The graph's picture."""
        graph = self.graph
        for part in self.config["configurable"].get("checkpoint_ns", "").split("|") if self.is_nested else ():
            graph = graph.nodes[part.partition(":")[0]].nested
        return graph.get_graph()

    def branch(self, number: int) -> Run:
        """A run from a moment on, as a branch of its own, that has yet to start."""
        config = {**self.config, "configurable": dict(self.timeline.moments[number].config["configurable"])}
        self.run = Run(self.graph, config, do=_in_background(contextvars.copy_context()))
        return self.run

    def read_again(self) -> None:
        """Take in what has happened meanwhile."""
        self.timeline = past.read_timeline(self.graph, self.config)

    def __repr__(self) -> str:
        return past.as_text(self.timeline, self.thread_id)

    def _ipython_display_(self) -> None:
        kernel = running_kernel()
        if kernel is not None and takes_clicks(kernel):
            acknowledge_widget_messages(kernel)
            Inspector(self).show()
        elif kernel is not None:
            static = past.as_html(self.timeline, self.thread_id)
            display({"text/html": static, "text/plain": repr(self)}, raw=True)  # type: ignore[no-untyped-call]
        else:
            print(self)


class Inspector:
    """The widgets: a slider over the moments, the one that is chosen, and what can be done from there."""

    def __init__(self, inspection: Inspection) -> None:
        self._of = inspection
        self._lock = threading.RLock()  # a run that went another way tells of its end from its own thread
        self._keep: Callable[[str, str], None] = lambda static, text: None  # inside another, that one's is what stays
        self._drawing = inspection.drawing
        self._picture, self._moment, self._state = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._head, self._hint, self._columns = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._back, self._forth = _button("Back", lambda: self._move(-1)), _button("Forward", lambda: self._move(1))
        self._slider = widgets.IntSlider(min=1, max=1, description="Moment", continuous_update=True)
        self._slider.observe(lambda _: self._paint(), "value")
        self._on = _button("Go on from here", self._go_on)
        self._past = _Past(self)
        self._editor = Editor(self._past, lambda: None)
        self._edit = _button("Change the state…", self._editor.toggle)
        self._inside = _button("Look inside", self._look_inside)
        self._branches = (_choice("Compare branch"), _choice("with"))
        for choice in self._branches:
            choice.observe(lambda _: self._paint_columns(), "value")
        self._onward = widgets.VBox()
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
        time = widgets.HBox([self._back, self._slider, self._forth])
        actions = widgets.HBox([self._inside] if self._of.is_nested else [self._on, self._edit, self._inside])
        left = widgets.VBox([self._picture])
        side = widgets.VBox([self._moment, self._state, actions, self._hint, self._editor.box])
        body = widgets.HBox([left, side])
        self._compare = widgets.VBox([widgets.HBox(self._branches), self._columns])
        styles = widgets.HTML(page.STYLE + LIVE_STYLE + editing.STYLE + past.STYLE + STYLE)
        box = widgets.VBox([styles, self._head, time, body, self._compare, self._onward])
        for widget, names in (
            (time, "time actions"),
            (actions, "actions"),
            (self._state, "moment"),
            (left, "left"),
            (side, "side"),
            (body, "body"),
            (self._compare, "compare"),
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
        moment = self.timeline.moments[number]
        self._head.value = page.title(past.heading(self.timeline, self._of.thread_id))
        self._back.disabled, self._forth.disabled = number == 0, number == len(self.timeline.moments) - 1
        self._picture.value = page.drawn(
            self._drawing.draw_svg, self.timeline.marks(number), self.timeline.times(number)
        )
        self._moment.value, self._state.value = past.moment_html(self.timeline, number), past.state_html(moment)
        self._on.description = "Ask again from here" if moment.asked else "Go on from here"
        self._on.layout.display = None if moment.next else "none"
        self._hint.value = page.preformatted(ANEW, "hilnb-muted") if moment.next and not self._of.is_nested else ""
        self._inside.layout.display = None if moment.inside else "none"
        self._inside.description = f"Look inside {next(iter(moment.inside), '')}"
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
        run = self._of.branch(self.number)
        Panel(run).show_in(self._onward)
        paint, before = run.changed, "running"

        def changed(entry: Any) -> None:
            nonlocal before
            paint(entry)
            if run.status != before:
                before = run.status
                if before != "running":
                    self.read_again()

        run.changed = changed
        run.start(None)

    def _look_inside(self) -> None:
        inside = next(iter(self.timeline.moments[self.number].inside.values()))
        inspector = Inspector(Inspection(self._of.graph, {"configurable": dict(inside["configurable"])}))
        inspector.show_in(self._onward)

    def read_again(self, *, go_to_the_end: bool = False) -> None:
        """Take in what has happened to the thread meanwhile."""
        with self._lock:
            self._of.read_again()
            self.take_in(len(self.timeline.moments) - 1 if go_to_the_end else None)
            self._leave()

    def _leave(self) -> None:
        self._keep(past.as_html(self.timeline, self._of.thread_id), repr(self._of))

    def change(self, values: Mapping[str, Any]) -> None:
        """Change the state of the moment that is looked at: a branch begins with the changed one.

        Raises:
            Exception: What the graph raises where it cannot take the values.
        """
        config = {"configurable": dict(self.timeline.moments[self.number].config["configurable"])}
        update_state(self._of.graph, config, values)


class _Past:
    """The state of the moment that is looked at, for the editor."""

    status = "stopped"

    def __init__(self, inspector: Inspector) -> None:
        self._inspector = inspector
        self.edit_refused = ""

    @property
    def state(self) -> Any:
        """That state."""
        return self._inspector.timeline.moments[self._inspector.number].values

    def edit(self, values: Mapping[str, Any], saved: Callable[[], None]) -> None:
        """Write it as a new checkpoint, and look at that."""
        try:
            self._inspector.change(values)
        except Exception as error:
            self.edit_refused = one_line(error)
            self._inspector.take_in()
            return
        self.edit_refused = ""
        saved()
        self._inspector.read_again(go_to_the_end=True)


def _button(word: str, action: Callable[[], None]) -> widgets.Button:
    button = widgets.Button(description=word)
    button.on_click(lambda _: action())
    return button


def _choice(word: str) -> widgets.Dropdown:
    return widgets.Dropdown(options=[], description=word)
