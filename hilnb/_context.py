"""The ContextVar a running task lives in: how `interrupt()` finds the node that called it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


@dataclass(slots=True)
class Running:
    """What the code of a node can reach of its own run.

    Attributes:
        ns: Where the task stands: `("node:task_id", …)`, outermost first.
        config: The config the node was called with.
        saver: Keeps the thread; None when nothing does.
        pausable: Whether a pause can be resumed: the outermost graph keeps its thread.
        answers: Every answer given to this task so far, by question id; under "" one for the next question it asks, as
            `{"answer": …}`, and once it was asked with its id as `"by"`.
        resumed: Whether the task goes on with what an earlier run began.
        parents: The checkpoint each graph around stands at, by namespace.
        modes: What somebody listens to.
        nested: Whether the listeners hear nested graphs too.
        about: Tells what the config's metadata says of the task.
        tell: Hands `(ns, mode, event)` to the listeners at once; None when nobody listens.
        over: Set when nobody waits for the task any more, because its run was left.
        runtime: The parts of `Runtime` that the call was made with.
        heard: The ids of the messages that the listeners know already.
        pushed: What the node has written before it returned: `(key, value)`.
        pushed_beside: What the tasks it called have written so.
        at_the_end: Whether only the last checkpoint of each call is kept.
        attempt: 1 for the first, one more for each retry.
        beat: When the node last said that it is alive, by `time.monotonic`; None before it has.
        writing_is_life: Whether what the node writes to a stream is a sign of life too.
        asked: How many questions the node's code has come to in this attempt.
        children: How many graphs the node's code has called in this attempt.
        part_of: The thread, the run and the place in the plan that this turn belongs to.
        calls: The futures of the tasks the node's code has called in this attempt.
        depth: How many turns wait for this one, itself included.
        loop: Runs it, in an async run.
        pausing: The pause on its way out, to notice a node that swallowed it.
    """

    ns: tuple[str, ...]
    config: dict[str, Any]
    saver: Any
    pausable: bool
    answers: dict[str, Any]
    resumed: bool = False
    parents: dict[str, str] = field(default_factory=dict)
    modes: Collection[str] = ()
    nested: bool = False
    about: Callable[[], dict[str, Any]] = dict
    tell: Callable[[tuple[tuple[str, ...], str, Any]], None] | None = None
    over: Event | None = None
    runtime: Any = None
    heard: set[str | None] = field(default_factory=set)
    pushed: list[tuple[str, Any]] = field(default_factory=list)
    pushed_beside: list[tuple[str, Any]] = field(default_factory=list)
    at_the_end: bool = False
    attempt: int = 1
    beat: float | None = None
    writing_is_life: bool = True
    asked: int = 0
    children: int = 0
    part_of: Any = None
    calls: list[Any] = field(default_factory=list)
    depth: int = 0
    loop: AbstractEventLoop | None = None
    pausing: BaseException | None = field(default=None, repr=False)

    def full_config(self) -> dict[str, Any]:
        """The config as the node gets it: with what there is to know of the task among its metadata."""
        thread = {key: id for key, id in self.config.get("configurable", {}).items() if key == "thread_id"}
        return {**self.config, "metadata": {**thread, **self.config.get("metadata", {}), **self.about()}}


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
