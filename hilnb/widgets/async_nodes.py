"""Async nodes from a plain thread: one event loop for all runs of the process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any

from hilnb._context import Left
from hilnb._pyodide import IN_PYODIDE


def needs_event_loop(graph: Any) -> bool:
    """Whether the graph has async nodes, so that only `astream` can run it.

    A graph says so by `is_async`; of one that does not (LangGraph's), the nodes are looked at: those written with
    `async def` have no synchronous function.
    """
    declared = getattr(graph, "is_async", None)
    if declared is not None:
        return bool(declared)
    bound = [getattr(node, "bound", None) for node in getattr(graph, "nodes", {}).values()]
    return any(getattr(node, "func", 0) is None and getattr(node, "afunc", None) is not None for node in bound)


def wait_on_event_loop(work: Coroutine[Any, Any, Any], left: Left | None = None) -> Any:
    """Do `work` on the shared loop, under the caller's context, and return its result.

    Called from any thread but the loop's own. The loop is never closed: an async client, made once and used by many
    runs, is bound to it.

    Args:
        work: What to do.
        left: By which another thread may end it.

    Raises:
        CancelledError: Another thread did.
        RuntimeError: In Pyodide, where no other thread could do it, when the work has to wait for something.
    """
    if IN_PYODIDE:
        return _at_once(work)
    future = asyncio.run_coroutine_threadsafe(work, _event_loop())
    if left is not None:
        left.wake = future.cancel
        if left.is_left:
            future.cancel()
    try:
        return future.result()
    finally:
        future.cancel()  # no effect when done; stops the nodes when Ctrl-C ended the wait


def _at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """Do work that waits for nothing: a saver's does not, where there are no threads it could wait for."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    work.close()
    raise RuntimeError(
        "async nodes cannot be waited for here: Python in a browser has no other thread to run them. In a notebook use "
        "hilnb.run(graph, input), or await graph.ainvoke(input, config)."
    )


@cache
def _event_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="hilnb async nodes", daemon=True).start()
    return loop
