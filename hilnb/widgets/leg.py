"""One leg of a run: what the graph tells from one standstill to the next, and the way to leave it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from hilnb._context import Left, around_runs
from hilnb.engines import Engine
from hilnb.errors import GraphBubbleUp
from hilnb.widgets.capture import Sink
from hilnb.widgets.under_way import under_way

MODES = ["tasks", "values", "messages"]

Take = Callable[[tuple[str, ...], str, Any], None]


class Leg:
    """One leg. Its nodes print and display into it, and no more once it was left.

    A graph of hilnb's can be left while a node is busy: nobody waits for that node, and what comes of it goes nowhere.
    Another engine's ends with the superstep.

    Args:
        log: Takes what the nodes print and display.

    Attributes:
        left: By which the run of the graph may be left.
        is_left: Whether somebody wants it to end.
    """

    def __init__(self, log: Sink) -> None:
        self._log, self.left = log, Left()
        self._begun = False  # whether its input is kept
        self.is_left = False
        self._is_over = False

    def leave(self) -> None:
        """End it now; not before its input is kept, or there was nothing to go on from."""
        self.is_left = True
        if self._begun:
            self.left.leave()

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Let the runs in this block be left by `leave`, and end quietly then."""
        token = around_runs.set(self.left)
        try:
            yield
        except (GraphBubbleUp, CancelledError, asyncio.CancelledError):
            if not self.is_left:
                raise
        finally:
            self._is_over = True
            around_runs.reset(token)

    def ends_with(self, event: tuple[tuple[str, ...], str, Any]) -> bool:
        """Whether it is over with this event, because somebody has left it."""
        self._begun = True
        if self.is_left:
            self.left.leave()
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


@dataclass(frozen=True)
class Play:
    """The step of a run that takes a while: its graph runs until it stands, or until the leg is left.

    Attributes:
        leg: The leg it belongs to.
        engine: Speaks for the graph.
        given: Its input.
        config: Names the thread.
        take: Takes each event.
        options: For `graph.stream`.
    """

    leg: Leg
    engine: Engine
    given: Any
    config: Mapping[str, Any]
    take: Take
    options: Mapping[str, Any]

    def play(self) -> None:
        """Run it here; async nodes run on an event loop in a thread of its own."""
        with self.leg.leaving(), under_way(self.engine, self.config):
            if self.engine.is_awaited:
                self.engine.wait(self._listen(), self.leg.left)
                return
            with closing(self.engine.stream(self.given, self.config, **self._told)) as events:
                for event in events:
                    self.take(*event)
                    if self.leg.ends_with(event):
                        return

    async def aplay(self) -> None:
        """Run it on the running event loop; plain nodes hold that up, one at a time."""
        if self.engine.is_moved:
            await asyncio.to_thread(self.play)
            return
        with self.leg.leaving(), under_way(self.engine, self.config):
            listening = asyncio.ensure_future(self._listen())
            self.leg.left.wake = listening.cancel
            await listening

    async def _listen(self) -> None:
        events = self.engine.astream(self.given, self.config, **self._told)
        async for event in events:
            self.take(*event)
            if self.leg.ends_with(event):
                await events.aclose()
                return
            await asyncio.sleep(0)  # a click, or the screen, may be waiting for its turn

    @property
    def _told(self) -> dict[str, Any]:
        return {"stream_mode": MODES, "subgraphs": True, **self.options}
