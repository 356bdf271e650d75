"""One leg of a run: what the graph tells from one standstill to the next, and the way to leave it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from contextlib import closing
from typing import Any

from hilnb._context import Left, around_runs
from hilnb.errors import GraphBubbleUp
from hilnb.widgets.async_nodes import needs_event_loop, wait_on_event_loop
from hilnb.widgets.capture import Sink

MODES = ["tasks", "values", "messages"]

Take = Callable[[tuple[str, ...], str, Any], None]


class Leg:
    """One leg. Its nodes print and display into it, and no more once it was left.

    A graph of hilnb's can be left while a node is busy: nobody waits for that node, and what comes of it goes nowhere.
    Another engine's ends with the superstep.

    Args:
        log: Takes what the nodes print and display.
    """

    def __init__(self, log: Sink) -> None:
        self._log, self._left = log, Left()
        self._begun = False  # whether its input is kept
        self.is_left = False  # whether somebody wants it to end
        self._is_over = False

    def leave(self) -> None:
        """End it now; not before its input is kept, or there was nothing to go on from."""
        self.is_left = True
        if self._begun:
            self._left.leave()

    def play(self, graph: Any, given: Any, config: Mapping[str, Any], take: Take, **options: Any) -> None:
        """Run the graph, handing each event to `take`, until it stands, or until this leg is left."""
        token = around_runs.set(self._left)
        options = {"stream_mode": MODES, "subgraphs": True, **options}
        try:
            if needs_event_loop(graph):
                wait_on_event_loop(self._await(graph.astream(given, config, **options), take), self._left)
            else:
                with closing(graph.stream(given, config, **options)) as events:
                    for event in events:
                        if self._ends_with(event, take):
                            return
        except (GraphBubbleUp, CancelledError):
            if not self.is_left:
                raise
        finally:
            self._is_over = True
            around_runs.reset(token)

    async def _await(self, events: Any, take: Take) -> None:
        async for event in events:
            if self._ends_with(event, take):
                await events.aclose()
                return

    def _ends_with(self, event: tuple[tuple[str, ...], str, Any], take: Take) -> bool:
        self._begun = True
        take(*event)
        if self.is_left:
            self._left.leave()
        # LangGraph has kept a step when it tells the state after it.
        return self.is_left and event[:2] == ((), "values")

    def write(self, text: str) -> None:
        """Take printed text."""
        if not (self.is_left and self._is_over):
            self._log.write(text)

    def show(self, data: dict[str, Any]) -> None:
        """Take a displayed mimebundle."""
        if not (self.is_left and self._is_over):
            self._log.show(data)
