"""`once`: a side effect before a question happens once, however often its node starts again."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from hilnb import _context

__all__ = ["ONCE", "once", "was_done"]

ONCE = "once:"
"""The kind of record, followed by the key; its value is the result in a tuple of one."""

T = TypeVar("T")


@overload
def once(key: str, function: Callable[[], Awaitable[T]]) -> Awaitable[T]: ...
@overload
def once(key: str, function: Callable[[], T]) -> T: ...
def once(key: str, function: Callable[[], Any]) -> Any:
    """Call a function, unless this turn of the node has called it before; the result in either case.

    A node starts again from its first line when its question is answered, when it is retried after a failure, and when
    its run goes on after a crash. What stands before the question runs again each time, but not inside `once`::

        def order(state):
            receipt = once("charge", lambda: charge(state["card"]))
            return {"note": interrupt(f"Charged, receipt {receipt}. Which colour?")}

    The result is kept with the node's turn as soon as the function has returned. So it is called a second time only if
    the process dies in between; and in a fork, or when the node's turn comes again, which are turns of their own.

    Args:
        key: Tells the calls of one turn apart.
        function: Called without arguments. An async one is to be awaited: `await once("charge", charge)`.

    Returns:
        What the function returned, the first time. From a file it comes back equal, not as the same object.

    Raises:
        RuntimeError: Not called from a running node, or from a graph that keeps nothing inside one that does.
        TypeError: The key is no string, or the function cannot be called.
        SerializationError: The saver cannot keep the result. The function has been called, and will be again.
    """
    here = _context.running("once()")
    if not isinstance(key, str) or not callable(function):
        raise TypeError(f"once({key!r}, {function!r}): give a key, a string, and a function to call.")
    if not here.remembers:
        raise RuntimeError(
            f"once({key!r}) has nowhere to keep its result: this graph keeps nothing, inside one that does, so it "
            "starts again from its first node. Compile it without checkpointer=False."
        )
    kept = here.thread.records.get((here.id, ONCE + key))
    if inspect.iscoroutinefunction(function):
        return _await_once(here, key, function, kept)
    if kept is None:
        kept = (function(),)
        if here.keeps_records:
            here.thread.saver.put_writes(here.thread.config, [(ONCE + key, kept)], here.id)
        here.thread.records[here.id, ONCE + key] = kept
    return kept[0]


def was_done(key: str) -> bool:
    """Whether `once` has called its function under this key in this turn of the node."""
    here = _context.running("was_done()")
    return (here.id, ONCE + key) in here.thread.records


async def _await_once(here: _context.Running, key: str, function: Callable[[], Awaitable[Any]], kept: Any) -> Any:
    if kept is None:
        kept = (await function(),)
        if here.keeps_records:
            await here.thread.saver.aput_writes(here.thread.config, [(ONCE + key, kept)], here.id)
        here.thread.records[here.id, ONCE + key] = kept
    return kept[0]
