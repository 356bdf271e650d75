"""Async nodes from a plain thread: one event loop for all runs of the process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any

from hilnb._context import Left
from hilnb._pyodide import IN_PYODIDE

__all__ = ["event_loop", "wait_on_event_loop"]


def wait_on_event_loop(
    work: Coroutine[Any, Any, Any], left: Left | None = None, loop: asyncio.AbstractEventLoop | None = None
) -> Any:
    """Do `work` on the shared loop, under the caller's context, and return its result.

    Called from any thread but the loop's own. The loop is never closed: an async client, made once and used by many
    runs, is bound to it.

    Args:
        work: What to do.
        left: By which another thread may end it.
        loop: A loop to do it on in place of the shared one.

    Raises:
        CancelledError: Another thread did.
        RuntimeError: In Pyodide, where no other thread could do it, when the work has to wait for something.
    """
    if IN_PYODIDE:
        return _at_once(work)
    future = asyncio.run_coroutine_threadsafe(work, loop or event_loop())
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
def event_loop() -> asyncio.AbstractEventLoop:
    """The shared loop, which runs in a thread of its own."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="hilnb async nodes", daemon=True).start()
    return loop
