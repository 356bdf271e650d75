"""Which engine a graph, or a saver, belongs to. LangGraph is imported only for one of LangGraph's."""

from __future__ import annotations

from typing import Any

from hilnb.engines.base import Engine
from hilnb.engines.event_loop import wait_on_event_loop
from hilnb.engines.own import OwnEngine
from hilnb.waiting import Waiting, in_order, waiting_threads

__all__ = ["engine_of", "waiting_in"]


def engine_of(graph: Any) -> Engine:
    """The adapter for a graph's engine."""
    if _is_langgraphs(graph):
        from hilnb.engines.langgraphs import LangGraphEngine

        return LangGraphEngine(graph)
    return OwnEngine(graph) if hasattr(graph, "program") else Engine(graph)


def waiting_in(saver: Any, graph: Any = None) -> list[Waiting]:
    """The threads of a saver that wait for an answer, longest first; at the end those that cannot be read.

    Args:
        saver: A saver of hilnb's or LangGraph's.
        graph: The graph they are threads of, where it is known.

    Raises:
        TypeError: It is no saver.
        NotImplementedError: The saver does not list its threads.
    """
    if _is_langgraphs(saver):
        from hilnb.engines.langgraphs import threads_that_wait

        return in_order(threads_that_wait(saver, () if graph is None else graph.nodes))
    if not hasattr(saver, "athreads"):
        raise TypeError(
            f"pending() lists the threads of a saver, or of a graph compiled with one; this is a "
            f"{type(saver).__module__}.{type(saver).__name__}. hilnb.MemorySaver, hilnb.SqliteSaver and LangGraph's "
            "savers list theirs."
        )
    if graph is not None:
        saver.introduce(*graph.program.annotations)  # its classes, before the first run after a restart
    found: list[Waiting] = wait_on_event_loop(waiting_threads(saver))
    return found


def _is_langgraphs(made: Any) -> bool:
    return any(kind.__module__.startswith("langgraph.") for kind in type(made).__mro__)
