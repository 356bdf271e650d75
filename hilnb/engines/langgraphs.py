"""LangGraph's engine, for the screens: a compiled graph of LangGraph's with any of LangGraph's savers."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from langgraph import errors
from langgraph.config import get_config
from langgraph.types import Command

from hilnb.engines.base import Engine, Path, path_at
from hilnb.engines.event_loop import event_loop
from hilnb.interop.langgraph.asked import ids_of, open_threads, told
from hilnb.interop.langgraph.keepers import is_awaited, keeper_of, on_loop, other_loop
from hilnb.waiting import Waiting

__all__ = ["LangGraphEngine", "threads_that_wait"]


_MOST_QUESTIONS = 100
"""That a turn of a node has asked before, where it is found out whether it is the node itself that asks."""

_WITH_REDUCER = ("BinaryOperatorAggregate", "DeltaChannel")


class LangGraphEngine(Engine):
    """Speaks for a graph of LangGraph's.

    A saver that is awaited lives on the event loop it was made on: in a notebook the kernel's, which stands still while
    a cell runs. One for a file is awaited on our own loop instead; for any other the kernel's has to be free.
    """

    def __init__(self, graph: Any) -> None:
        super().__init__(graph)
        self._saver = _within_reach(self.saver)
        if self._saver is not self.saver:
            self.is_moved = True
            self.graph = graph.copy({"checkpointer": self._saver})

    @cached_property
    def is_awaited(self) -> bool:
        """Whether its saver, one of its nodes or a node inside these has no other than awaited calls."""
        inner = [each for _, each in self.graph.get_subgraphs(recurse=True)]
        return is_awaited(self._saver) or any(map(_has_async_nodes, (self.graph, *inner)))

    @property
    def loop(self) -> AbstractEventLoop | None:
        """The saver's; None for any.

        Raises:
            SaverError: It runs in this thread, or no more.
        """
        return other_loop(self._saver) if is_awaited(self._saver) else None

    def see_that_it_goes_on(self) -> None:
        """See that the saver's loop does not run in this thread, which is about to wait.

        Raises:
            SaverError: It does.
        """
        _ = self.loop

    def command(self, **said: Any) -> Any:
        """LangGraph takes any Command but its own for a new input, and begins again."""
        return Command(**said)

    def resuming(self, answers: Mapping[str, Any], places: Mapping[str, str]) -> Any:
        """The input that answers; by no id where LangGraph would find none.

        A graph that a node holds and that keeps nothing (`checkpointer=False`) asks under another id each time.
        """
        question, answer = next(iter(answers.items()))
        is_lost = question in places and question not in ids_of(places[question], _MOST_QUESTIONS)
        if len(answers) > 1 or not is_lost or answer is None or isinstance(answer, dict):  # a dict may look like ids
            return super().resuming(answers, places)
        return self.command(resume=answer)

    def at_work(self) -> Path:
        """The node whose code is running here; empty where that is no node's."""
        try:
            about = get_config().get("metadata", {})
        except RuntimeError:  # outside of any node
            return ()
        place = about.get("langgraph_checkpoint_ns")
        return path_at(place.split("|")) if place else ()

    @property
    def added(self) -> Collection[str]:
        """The keys with a reducer."""
        channels = getattr(self.graph, "channels", {}).items()
        return [name for name, channel in channels if type(channel).__name__ in _WITH_REDUCER]

    def saved_state(self, config: Mapping[str, Any]) -> Any:
        """The thread's newest snapshot, without the questions of nodes that failed with their answers.

        LangGraph shows these as open; but it has kept the answer, and takes no other.
        """
        saved = super().saved_state(config)
        if not any(task.error and task.interrupts for task in saved.tasks):
            return saved
        answered = self.answers(config)
        tasks = tuple(_still_open(task, answered) for task in saved.tasks)
        return saved._replace(tasks=tasks, interrupts=tuple(each for task in tasks for each in task.interrupts))

    def answers(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """What the thread was told, by the ids of the questions; of several that one turn of a node asked, the last."""
        thread = str(config["configurable"]["thread_id"])
        found: dict[str, Any] = keeper_of(self._saver, self.saver).do(told(thread))
        return found

    def refuses(self, error: BaseException) -> bool:
        """Whether `interrupt(…, response_schema=)` has refused an answer: nothing of it is kept."""
        known = getattr(errors, "is_invalid_resume", None)  # an older release of LangGraph does not mark these
        return known is not None and bool(known(error))


def threads_that_wait(saver: Any, names: Collection[str] = ()) -> list[Waiting]:
    """The threads of a saver of LangGraph's that ask; not those of hilnb's that it may keep, too.

    Args:
        saver: The saver.
        names: The nodes of the graph, where there is one.
    """
    return [Waiting(*found) for found in keeper_of(_within_reach(saver), saver).do(open_threads(names))]


def _within_reach(saver: Any) -> Any:
    """The saver; one that is awaited on our own loop, where that can be."""
    return on_loop(saver, event_loop()) if is_awaited(saver) else saver


def _still_open(task: Any, answered: Collection[str]) -> Any:
    state = task.state
    if hasattr(state, "tasks"):
        state = state._replace(tasks=tuple(_still_open(each, answered) for each in state.tasks))
    return task._replace(interrupts=tuple(each for each in task.interrupts if each.id not in answered), state=state)


def _has_async_nodes(graph: Any) -> bool:
    """Whether a node, or a tool of a node, is written with `async def` alone: those have no synchronous function."""
    return any(
        getattr(each, "func", 0) is None and getattr(each, afunc, None) is not None
        for node in graph.nodes.values()
        for each, afunc in _functions(getattr(node, "bound", None))
    )


def _functions(bound: Any) -> Iterator[tuple[Any, str]]:
    yield bound, "afunc"
    for tool in getattr(bound, "tools_by_name", {}).values():
        yield tool, "coroutine"
