"""Work beside the cell: in a thread of its own; in Pyodide, where there are none, on the running event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import Context

from hilnb._pyodide import IN_PYODIDE
from hilnb.widgets.steps import Work

_tasks: set[asyncio.Task[None]] = set()  # a loop alone does not keep its tasks


def in_background(context: Context) -> Callable[[Callable[[], None]], None]:
    """Do each piece of work in a thread of its own, under the cell's context; a paused run then holds no thread.

    Not in the callback of a button: that would block the kernel, or be a thread that ends with the browser page.
    """

    def begin(work: Callable[[], None]) -> None:
        if not IN_PYODIDE:
            threading.Thread(target=context.copy().run, args=(work,), name="hilnb run", daemon=True).start()
        elif isinstance(work, Work):
            task = asyncio.get_running_loop().create_task(work.awaited(), context=context.copy())
            _tasks.add(task)
            task.add_done_callback(_tasks.discard)
        else:
            asyncio.get_running_loop().call_soon(work, context=context.copy())

    return begin


def later(seconds: float, action: Callable[[], None], name: str) -> Callable[[], None]:
    """Call `action` once after so many seconds; what is returned takes that back."""
    if IN_PYODIDE:
        return asyncio.get_running_loop().call_later(seconds, action).cancel
    timer = threading.Timer(seconds, action)
    timer.name, timer.daemon = name, True
    timer.start()
    return timer.cancel
