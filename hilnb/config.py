"""What a node can ask about the run it is part of."""

from __future__ import annotations

from typing import Any, TypedDict

from hilnb import _context

__all__ = ["RunnableConfig", "get_config"]


class RunnableConfig(TypedDict, total=False):
    """What a run is called with besides its input (the part of LangChain's type that hilnb reads).

    Attributes:
        configurable: `thread_id` names the thread; every other key is yours.
        recursion_limit: The most supersteps one call may take; 10007 when not given.
    """

    configurable: dict[str, Any]
    recursion_limit: int


def get_config() -> dict[str, Any]:
    """The config the running node was called with.

    Raises:
        RuntimeError: Not called from a running node.
    """
    return _context.running("get_config()").config
