"""The ContextVar a running task lives in: how `interrupt()` finds the node that called it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Running:
    """What the code of a node can reach of its own run.

    Attributes:
        ns: Where the task stands: `("node:task_id", …)`, outermost first.
        config: The config the node was called with.
        saver: Keeps the thread; None when nothing does, and then nothing can pause.
        answers: Every answer given to this task so far, by question id.
        asked: How many questions the node's code has come to in this attempt.
        children: How many graphs the node's code has called in this attempt.
        pausing: The pause on its way out, to notice a node that swallowed it.
    """

    ns: tuple[str, ...]
    config: dict[str, Any]
    saver: Any
    answers: dict[str, Any]
    asked: int = 0
    children: int = 0
    pausing: BaseException | None = field(default=None, repr=False)


current: ContextVar[Running | None] = ContextVar("hilnb_running", default=None)


def running(caller: str) -> Running:
    """The running task.

    Raises:
        RuntimeError: `caller` was not called from the code of a running node.
    """
    here = current.get()
    if here is None:
        raise RuntimeError(
            f"{caller} was called outside a running node. Call it inside a function that was added with add_node(), "
            "in the thread or task that runs the node."
        )
    return here
