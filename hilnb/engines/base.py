"""`Engine`: what the screens ask of a graph beyond running it, and what is the same on every engine."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Collection, Coroutine, Generator, Mapping, Sequence
from typing import Any

from hilnb import _context
from hilnb._context import Left
from hilnb.engines.event_loop import wait_on_event_loop
from hilnb.reasons import Ran
from hilnb.types import Command

__all__ = ["Engine", "Path", "path_at"]

Path = tuple[str, ...]
"""A node by its name, after the names of the nodes whose graphs it stands in, the outermost first."""


def path_at(ns: Sequence[str]) -> Path:
    """The nodes that a place names.

    >>> path_at(["outer:1f1eb6a1", "inner:1f1eb6a2"])
    ('outer', 'inner')
    >>> path_at(["outer", "1", "inner:1f1eb6a2"])  # a graph with a history of its own, called a second time in one turn
    ('outer', 'inner')
    """
    return tuple(part.partition(":")[0] for part in ns if not part.isdigit())


class Engine:
    """Speaks for a graph. This one knows no engine: it asks the graph itself, by the names that both engines have.

    Every call blocks; a graph that has to be awaited is so on an event loop in another thread.

    Args:
        graph: A compiled graph.

    Attributes:
        graph: The graph.
        saver: What keeps its threads, as it was given.
    """

    is_moved = False
    """Whether the graph is awaited on a loop of hilnb's own, and on no other."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.saver = getattr(graph, "checkpointer", None)  # a graph on a server has none here

    @property
    def is_awaited(self) -> bool:
        """Whether only the awaited calls of the graph can be used."""
        return bool(self.graph.is_async)

    @property
    def loop(self) -> AbstractEventLoop | None:
        """The event loop it has to be awaited on; None for any."""
        return None

    def wait(self, work: Coroutine[Any, Any, Any], left: Left | None = None) -> Any:
        """What an awaited call returns; blocks until then.

        Args:
            work: The call.
            left: By which another thread may end it.
        """
        try:
            loop = self.loop
        except BaseException:
            work.close()
            raise
        return wait_on_event_loop(work, left, loop)

    def see_that_it_goes_on(self) -> None:
        """See that a run goes on while this thread waits for it.

        Raises:
            SaverError: It does not.
        """

    # ── the thread ────────────────────────────────────────────────────────────────────────────────────────────────────

    def stream(self, given: Any, config: Mapping[str, Any], **options: Any) -> Generator[Any, None, None]:
        """The events of a run, as the graph's own `stream` has them."""
        events: Generator[Any, None, None] = self.graph.stream(given, config, **options)
        return events

    def astream(self, given: Any, config: Mapping[str, Any], **options: Any) -> AsyncGenerator[Any, None]:
        """`stream`, awaited."""
        events: AsyncGenerator[Any, None] = self.graph.astream(given, config, **options)
        return events

    def saved_state(self, config: Mapping[str, Any]) -> Any:
        """The thread's newest snapshot, with those of the graphs in its nodes."""
        if self.is_awaited:
            return self.wait(self.graph.aget_state(config, subgraphs=True))
        return self.graph.get_state(config, subgraphs=True)

    def history(self, config: Mapping[str, Any], limit: int | None = None) -> list[Any]:
        """The thread's snapshots, newest first; at most so many."""
        if not self.is_awaited:
            return list(self.graph.get_state_history(config, limit=limit))

        async def listed() -> list[Any]:
            return [snapshot async for snapshot in self.graph.aget_state_history(config, limit=limit)]

        found: list[Any] = self.wait(listed())
        return found

    def update(self, config: Mapping[str, Any], values: Any) -> None:
        """Write values, or a Command, as the node that ran last would."""
        if self.is_awaited:
            self.wait(self.graph.aupdate_state(config, values))
        else:
            self.graph.update_state(config, values)

    # ── what the engines have names of their own for ──────────────────────────────────────────────────────────────────

    def command(self, **said: Any) -> Any:
        """A Command of the engine's."""
        return Command(**said)

    def resuming(self, answers: Mapping[str, Any], places: Mapping[str, str]) -> Any:
        """The input that answers.

        Args:
            answers: The answers to all that is open, by the ids of the questions.
            places: For each question that no graph inside is known to ask, its `node:task`.
        """
        return self.command(resume=dict(answers))

    def at_work(self) -> Path:
        """The node whose code is running here; empty where that is no node's."""
        here = _context.current.get()
        return () if here is None else (*path_at(here.thread.ns), here.place.name)

    @property
    def added(self) -> Collection[str]:
        """The keys to which an update is added; at any other it replaces what is there."""
        return ()

    @property
    def added_by_graph(self) -> dict[Path, Collection[str]]:
        """The same of the graph, at `()`, and of those in its nodes, by the node's path."""
        inner = self.graph.get_subgraphs(recurse=True)
        return {(): self.added, **{tuple(place.split("|")): type(self)(each).added for place, each in inner}}

    def inside(self, path: Sequence[str]) -> Any:
        """The graph at a path of nodes; with an empty one the graph itself."""
        return dict(self.graph.get_subgraphs(recurse=True))["|".join(path)] if path else self.graph

    # ── what is kept ──────────────────────────────────────────────────────────────────────────────────────────────────

    def answers(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """What was told to a thread's questions, by their ids; also in the graphs in its nodes, where that is known."""
        return {}

    def turns(self, config: Mapping[str, Any]) -> Sequence[Ran]:
        """The turns of nodes that started more than once, and because of what; none where that is not kept."""
        return ()

    def refuses(self, error: BaseException) -> bool:
        """Whether a run has ended with this error because an answer was refused, and its question is as open as before.

        hilnb's engine refuses an answer before anything is run with it.
        """
        return False
