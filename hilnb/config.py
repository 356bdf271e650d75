"""What a node can ask about the run it is part of."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypedDict

from hilnb import _context

__all__ = ["RunnableConfig", "get_config", "get_store", "get_stream_writer"]


class RunnableConfig(TypedDict, total=False):
    """What a run is called with besides its input (the part of LangChain's type that hilnb reads).

    Attributes:
        configurable: `thread_id` names the thread; every other key is yours.
        recursion_limit: The most supersteps one call may take; 10007 when not given.
        max_concurrency: The most nodes that run at the same time, in each graph; 64 when not given, and without limit
            where nodes are awaited.
        metadata: Kept with every checkpoint.
        tags: Yours.
    """

    configurable: dict[str, Any]
    recursion_limit: int
    max_concurrency: int
    metadata: dict[str, Any]
    tags: list[str]


def get_config() -> dict[str, Any]:
    """The config the running node was called with.

    Raises:
        RuntimeError: Not called from a running node.
    """
    return _context.running("get_config()").full_config()


def get_store() -> Any:
    """The store the graph was compiled with.

    Raises:
        RuntimeError: Not called from a running node.
    """
    runtime = _context.running("get_store()").run.runtime
    return None if runtime is None else runtime.store


def get_stream_writer() -> Callable[[Any], None]:
    """A function that hands what it is given to the listeners of stream mode "custom", at once.

    Raises:
        RuntimeError: Not called from a running node.
    """
    here = _context.running("get_stream_writer()")

    def write(chunk: Any) -> None:
        if here.writing_is_life:
            here.beat = time.monotonic()
        if here.tell is not None and "custom" in here.modes:
            here.tell((here.ns[:-1], "custom", chunk))

    return write
