"""The ContextVar a running task lives in: how `interrupt()` finds the node that called it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Running(ABC):
    """What the code of a node can reach of its own run: the task that it is.

    Attributes:
        run: The call: its `config`, `runtime`, `pausable`, `nested`, `heard` and others; see `graph.thread.Run`.
        thread: The thread in hand, with its `saver`; see `graph.thread.Thread`.
        place: The place in the plan that it fills.
        node: What runs, where that is in this process; see `graph.spec.Node`.
        resumed: Whether the task goes on with what an earlier run began.
        modes: What somebody listens to.
        answers: Every answer given to this task so far, by question id; under "" one for the next question it asks, as
            `{"answer": …}`, and once it was asked with its id as `"by"`.
        tell: Hands `(ns, mode, event)` to the listeners at once; None when nobody listens.
        over: Tells when nobody waits for the task any more, because its run was left.
        pushed: What the node has written before it returned: `(key, value)`.
        pushed_beside: What the tasks it called have written so.
        calls: The futures of the tasks the node's code has called in this attempt.
        attempt: 1 for the first, one more for each retry.
        began: When the first attempt did, by `time.time`; None before somebody asked.
        beat: When the node last said that it is alive, by `time.monotonic`; None before it has.
        writing_is_life: Whether what the node writes to a stream is a sign of life too.
        asked: How many questions the node's code has come to in this attempt.
        children: How many graphs the node's code has called in this attempt.
        loop: Runs it, in an async run.
        pausing: The pause on its way out, to notice a node that swallowed it.
        error: What an error handler is to handle.
        is_away: Whether the node's code runs in another process than the run.
    """

    run: Any
    thread: Any
    place: Any
    node: Any
    modes: Collection[str]

    # What hardly any task has is the same for all until it is set: making a task is a good part of what a step costs.
    resumed: bool = False
    answers: Any = NOTHING
    tell: Callable[[tuple[tuple[str, ...], str, Any]], None] | None = None
    over: Left | None = None
    pushed: Sequence[tuple[str, Any]] = ()
    pushed_beside: Sequence[tuple[str, Any]] = ()
    calls: Sequence[Any] = ()
    attempt: int = 1
    began: float | None = None
    beat: float | None = None
    writing_is_life: bool = True
    asked: int = 0
    children: int = 0
    loop: AbstractEventLoop | None = None
    pausing: BaseException | None = None
    error: Any = None
    is_away: bool = False

    @property
    @abstractmethod
    def ns(self) -> tuple[str, ...]:
        """Where the task stands: `("node:task_id", …)`, outermost first."""

    @property
    @abstractmethod
    def id(self) -> str:
        """Stable for as long as its superstep is not over."""

    @property
    @abstractmethod
    def keeps_records(self) -> bool:
        """Whether what it does is kept at once."""

    @property
    @abstractmethod
    def remembers(self) -> bool:
        """Whether it knows what it has done when it starts again."""

    @property
    @abstractmethod
    def depth(self) -> int:
        """How many turns wait for this one, itself included."""

    @property
    def parents(self) -> dict[str, str]:
        """The checkpoint each graph around stands at, by namespace."""
        return {**self.run.parents, "|".join(self.thread.ns): self.thread.point}

    def push(self, key: str, value: Any) -> None:
        """Write before the node returns."""
        if not isinstance(self.pushed, list):
            self.pushed = []
        self.pushed.append((key, value))

    @abstractmethod
    def inside(self, place: str) -> Running:
        """The same task for a part of its code that asks and calls on its own."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """What the config's metadata says of the task."""

    def full_config(self) -> dict[str, Any]:
        """The config as the node gets it: with what there is to know of thread and task among its metadata."""
        config: dict[str, Any] = self.run.config
        about = config.get("configurable", {})
        of_thread = {"thread_id": about["thread_id"]} if "thread_id" in about else {}
        return {
            **config,
            "configurable": about,
            "metadata": {**of_thread, **config.get("metadata", {}), **self.about()},
        }


class Left:
    """Whether a run was left: nobody waits for its tasks any more.

    Attributes:
        is_left: Whether it was.
        wake: Called when it is left from outside, to end the wait for a busy task.
    """

    __slots__ = ("is_left", "wake")

    def __init__(self) -> None:
        self.is_left = False
        self.wake: Callable[[], object] | None = None

    def leave(self) -> None:
        """Leave the run, from any thread: it does and keeps nothing more, and its busy tasks are not waited for."""
        self.is_left = True
        if self.wake is not None:
            self.wake()


current: ContextVar[Running | None] = ContextVar("hilnb_running", default=None)
around_runs: ContextVar[Left | None] = ContextVar("hilnb_around_runs", default=None)
"""By which whoever began a run from outside may leave it."""


def running(caller: str) -> Running:
    """The running task.

    Raises:
        RuntimeError: `caller` was not called from the code of a running node.
    """
    here = current.get()
    if here is None:
        raise RuntimeError(
            f"{caller} was called outside a running node. Call it inside a function that was added with add_node(), "
            "in the thread or task that runs the node. (A node of a LangGraph graph takes it from langgraph.)"
        )
    return here
