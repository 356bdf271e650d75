"""A graph's job: the same few lines around every graph, whichever library compiles it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from benchmarks.engines import Library
from benchmarks.job import Job
from benchmarks.keeping import Keeping, new_file

__all__ = ["config_of", "graph_job"]

_INPUT = "__start__"
"""What is next, after the checkpoint of what a call was given."""


def config_of(thread: str) -> dict[str, Any]:
    """The config of a thread. No workload may end at the limit of supersteps."""
    return {"configurable": {"thread_id": thread}, "recursion_limit": 1_000_000}


def graph_job(
    library: Library,
    builder: Any,
    run: Callable[[Callable[[Any], Any]], Any],
    keeping: Keeping,
    *,
    method: str = "invoke",
    levels: int = 0,
    result: Callable[[Any], Any] = lambda given: given,
) -> Job:
    """Compile a graph into a job.

    Args:
        library: Whose graph it is.
        builder: The graph before `compile`.
        run: Gets the graph's `method` with the thread filled in, and does the work with it.
        keeping: Which saver to compile it with.
        method: "invoke", "ainvoke" or "stream".
        levels: How many graphs deep a node of it is; their states are read back too.
        result: Makes what `run` gives into what is compared.
    """
    with ExitStack() as room:
        graph = builder.compile(checkpointer=_saver(library, keeping, room))
        close = room.pop_all().close
    options = {"durability": "sync"} if keeping == "sqlite" else {}
    call = getattr(graph, method)

    def on_thread(thread: str) -> Any:
        config = config_of(thread)
        return run(lambda given: call(given, config, **options))

    def history(thread: str) -> Iterator[Any]:
        return _states(graph, config_of(thread), levels)

    job = Job(on_thread, result, close=close, awaits=method == "ainvoke")
    return job if keeping == "none" else replace(job, history=history, forget=graph.checkpointer.delete_thread)


def _states(graph: Any, config: dict[str, Any], levels: int) -> Iterator[Any]:
    """The states that a thread kept, newest first; those of a subgraph stand after the state that its node made."""
    place, snapshot = config["configurable"], None
    for snapshot in graph.get_state_history(config):
        # What a call was given is kept too, before it is merged: its state is the one before.
        if snapshot.next == (_INPUT,):
            continue
        if levels:
            for task in snapshot.tasks:
                names = [place.get("checkpoint_ns"), f"{task.name}:{task.id}"]
                below = {**place, "checkpoint_ns": "|".join(filter(None, names))}
                yield from _states(graph, {"configurable": below}, levels - 1)
        yield snapshot.values
    assert snapshot is not None, "nothing was kept"
    assert snapshot.next == (_INPUT,), "the oldest checkpoint is what the first call was given"


def _saver(library: Library, keeping: Keeping, room: ExitStack) -> Any:
    if keeping == "none":
        return None
    if keeping == "memory":
        return library.MemorySaver()
    return room.enter_context(library.open_sqlite(new_file(room)))
