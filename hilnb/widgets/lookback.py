"""`inspect`: look back at a thread, checkpoint by checkpoint, and go another way from any of them."""

from __future__ import annotations

import contextvars
from collections.abc import Mapping
from typing import Any

from hilnb.engines import engine_of
from hilnb.widgets import past
from hilnb.widgets.background import in_background
from hilnb.widgets.console import check, config_of_thread, options_of
from hilnb.widgets.inside import drawn
from hilnb.widgets.session import NO_OPTIONS, Run
from hilnb.widgets.updating import update_state
from hilnb.widgets.wait import acknowledge_widget_messages, running_kernel, takes_clicks


def inspect(graph: Any, thread: Mapping[str, Any] | str | int, *, context: Any = None) -> Inspection:
    """Look back at a thread: its checkpoints one by one, with the picture, the state, and what changed.

    As the last line of a cell it shows a slider over the checkpoints. From each of them the run can go on another way:
    as it was, with a question asked anew, or with another state. What happened before stays, as a branch of its own
    (semantics: LangGraph's time travel). Printed it is a table, and so it is where nobody can click.

    Args:
        graph: The compiled graph the thread belongs to.
        thread: The thread, by its id or as a config; a config with a `checkpoint_ns` is a nested graph's thread.
        context: What the nodes of a run that goes on from here find as `runtime.context`.

    Returns:
        The thread as it was at this moment.

    Raises:
        ValueError: No thread is named, or nothing is kept of it.
        TypeError: It is not a compiled graph.
        SaverError: Its saver is one of LangGraph's, and is awaited on the event loop that waits here.
    """
    check(graph, ())
    config, named = config_of_thread(thread)
    if not named:
        raise ValueError(f"inspect(graph, {thread!r}): which thread? Give its id, for example inspect(graph, '1').")
    config["configurable"].pop("checkpoint_id", None)
    return Inspection(graph, config, options_of(context))


class Inspection:
    """A thread to look back at.

    Attributes:
        graph: The graph.
        config: The thread's config.
        timeline: Its moments and branches.
        run: The run that went another way from here last; None before the first.
    """

    def __init__(self, graph: Any, config: Mapping[str, Any], options: Mapping[str, Any] = NO_OPTIONS) -> None:
        self.graph, self.config, self._options = graph, config, options
        self._engine = engine_of(graph)
        self.run: Run | None = None
        self.read_again()

    def read_again(self) -> None:
        """Take in what has happened meanwhile."""
        self.timeline = past.read_timeline(self._engine, self.config)
        self._turns = self._engine.turns(self.config)

    @property
    def is_nested(self) -> bool:
        """Whether it is the thread of a graph inside a node: there one can look, and not go another way."""
        return bool(self.config["configurable"].get("checkpoint_ns"))

    @property
    def name(self) -> str:
        """What is looked at."""
        if not self.is_nested:
            return f"Thread {str(self.config['configurable']['thread_id'])!r}"
        return f"Inside {' › '.join(self._nodes_around)}"

    @property
    def drawing(self) -> Any:
        """The graph's picture."""
        return drawn(self._engine.inside(self._nodes_around))

    def is_newest(self, number: int) -> bool:
        """Whether nothing was kept after the moment at this place."""
        return number == len(self.timeline.moments) - 1

    def again(self, number: int) -> list[str]:
        """In words, which of the nodes that led to a moment started more than once, and because of what."""
        moment = self.timeline.moments[number]
        at = {moment.parent} if moment.source == "loop" else set()
        at |= {moment.id} if self.is_newest(number) else set()
        return [str(ran) for ran in self._turns if ran.at in at]

    def run_from(self, number: int) -> Run:
        """A run from a moment on; it has yet to begin."""
        do = in_background(contextvars.copy_context())
        self.run = Run(self.graph, self._config_at(number), do=do, options=self._options)
        self.run.where = "inspect"
        return self.run

    def begin(self, run: Run, number: int) -> None:
        """Set out from a moment; a question that is still open there is not asked anew, but put up."""
        if self.is_newest(number) and self.timeline.moments[number].asked:
            run.look()
        else:
            run.start(None)

    def change(self, number: int, values: Mapping[str, Any]) -> None:
        """Change the state at a moment: a branch begins with the changed one.

        Raises:
            Exception: What the graph raises where it cannot take the values.
        """
        update_state(self._engine, self._config_at(number), values, self.timeline.moments[number].next)
        self.read_again()

    def __repr__(self) -> str:
        return past.as_text(self.timeline, self.name)

    def _ipython_display_(self) -> None:
        from IPython.display import display  # there is an IPython that calls this

        kernel = running_kernel()
        if kernel is not None and takes_clicks(kernel):
            from hilnb.widgets.inspector import Inspector  # ipywidgets takes 0.3 s to import, and a terminal needs none

            acknowledge_widget_messages(kernel)
            Inspector(self).show()
        elif kernel is not None:
            static = past.as_html(self.timeline, self.name)
            display({"text/html": static, "text/plain": repr(self)}, raw=True)  # type: ignore[no-untyped-call]
        else:
            print(self)

    @property
    def _nodes_around(self) -> list[str]:
        """The nodes in which the graph stands, the outermost first."""
        ns = self.config["configurable"].get("checkpoint_ns", "")
        return [part.partition(":")[0] for part in ns.split("|")] if ns else []

    def _config_at(self, number: int) -> dict[str, Any]:
        """The caller's config, for a moment; for the newest one as it is, as there is nothing to branch from."""
        own, at = self.config["configurable"], self.timeline.moments[number].config["configurable"]
        return {**self.config, "configurable": dict(own) if self.is_newest(number) else {**own, **at}}
