"""What a plan asks its driver for, and what it hears back."""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, final

from hilnb._context import Running
from hilnb.checkpoint.base import Planned, Record
from hilnb.errors import NodeError
from hilnb.graph.spec import Node, Program
from hilnb.graph.thread import TOLD, Run, Thread
from hilnb.types import Interrupt, Send

__all__ = [
    "Ask",
    "Effect",
    "Emit",
    "Event",
    "Failed",
    "Finished",
    "Outcome",
    "Part",
    "Paused",
    "Plan",
    "Said",
    "Start",
    "Task",
    "Wait",
]


class _Once:
    """An attribute that is worked out when it is first asked for, and then simply there.

    (`functools.cached_property` does the same, behind a lock that costs more than all the rest.)
    """

    def __init__(self, work_out: Callable[[Any], Any]) -> None:
        self.work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, task: Any, owner: type) -> Any:
        found = task.__dict__[self.name] = self.work_out(task)
        return found


class Task(Running):
    """One node's turn, with everything it needs to run anywhere.

    Args:
        thread: The thread in hand.
        run: The call it is part of.
        place: The place in the plan it fills.
        node: What to run.
        given: What the node gets.
        steps_left: How many supersteps the run may still take, this one included.
        resumed: Whether the run goes on with what an earlier one began.
        error: What an error handler is to handle.
    """

    run: Run
    thread: Thread
    place: Planned
    error: NodeError | None = None
    failures: Sequence[str] = ()
    """What the attempts of this run failed with, before the last one."""

    brought: Sequence[Record] = ()
    """What is to be kept of it that was done in another process."""

    parcel: Any = None
    """It, packed for another process (see `graph.parcel`), until it is sent."""

    _deeper: int = 1

    def __init__(
        self,
        thread: Thread,
        run: Run,
        place: Planned,
        node: Node,
        given: Any,
        steps_left: int = 0,
        resumed: bool = False,
        error: NodeError | None = None,
    ) -> None:
        self.thread, self.run, self.place, self.node, self.input = thread, run, place, node, given
        self.steps_left, self.modes = steps_left, run.modes
        if resumed:
            self.resumed = True
        if error is not None:
            self.error = error
        if thread.records or run.inherited:
            self.answers = {**(run.inherited or {}), **thread.records.get((self.id, TOLD), {})}

    @_Once
    def id(self) -> str:
        """Stable for as long as its superstep is not over."""
        return self.thread.task_id(self.place)

    @_Once
    def ns(self) -> tuple[str, ...]:
        """Where it stands: `("node:task_id", …)`, outermost first."""
        return (*self.thread.ns, f"{self.place.name}:{self.id}")

    @property
    def keeps_records(self) -> bool:
        """Whether what it does is kept at once, and not only when the call ends."""
        return self.thread.saver is not None and self.thread.unkept is None

    @property
    def remembers(self) -> bool:
        """Whether it knows what it has done when it starts again.

        Not in a graph that keeps nothing, inside one that does.
        """
        return self.thread.saver is not None or not self.run.pausable

    @property
    def depth(self) -> int:
        """How many turns wait for this one, itself included."""
        return self.run.depth + self._deeper

    @property
    def program(self) -> Program:
        """The graph it is part of."""
        return self.thread.program

    @property
    def is_pushed(self) -> bool:
        """Whether a Send made it."""
        return self.place.path[0] == "__pregel_push"

    @property
    def triggers(self) -> tuple[str, ...]:
        """What started it, as LangGraph names that."""
        return ("__pregel_push",) if self.is_pushed else self.program.triggers_of(self.node)

    def called_in(self, node: Running) -> None:
        """Be a part of the turn of the node that called it: what it asks, the node asks; so with what it writes."""
        self.ns = (*node.ns, f"{self.place.name}:{self.id}")
        self._deeper = node.depth - self.run.depth + 1
        self.answers = node.answers
        if not isinstance(node.pushed_beside, list):
            node.pushed_beside = []
        self.pushed = self.pushed_beside = node.pushed_beside

    def inside(self, place: str) -> Task:
        """The same task for a part of its code that asks and calls on its own."""
        part = copy.copy(self)
        part.ns = (*self.ns[:-1], f"{self.ns[-1]}/{place}")
        part.asked, part.children, part.pausing = 0, 0, None
        return part

    def about(self) -> dict[str, Any]:
        """What its config says of it, in LangGraph's words."""
        return {
            "langgraph_step": self.thread.step + 1,
            "langgraph_node": self.place.name,
            "langgraph_triggers": self.triggers,
            "langgraph_path": self.place.path,
            "langgraph_checkpoint_ns": "|".join(self.ns),
            **(self.node.metadata or {}),
        }


Event = tuple[tuple[str, ...], str, Any]
"""Where it happened (the graph's namespace), the stream mode, what happened."""

# ── asked for ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Ask:
    """Call `target.method(*args, **named)`, or await `target.amethod(*args, **named)`, and send the result back."""

    target: Any
    method: str
    args: tuple[Any, ...]
    named: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Emit:
    """Hand `(namespace, mode, event)` to whoever listens to the stream."""

    event: Event


@dataclass(slots=True)
class Start:
    """Begin these turns, one at least, and send back what comes first, as `Wait` does.

    Attributes:
        tasks: What to run.
        live: Whether somebody listens to what the nodes say while they run.
    """

    tasks: Sequence[Task]
    live: bool = False


@dataclass(slots=True)
class Wait:
    """Send back what has come in, a list of at least one: outcomes, and things that running nodes say."""


# ── heard back ────────────────────────────────────────────────────────────────────────────────────────────────────────


@final
@dataclass(slots=True)
class Finished:
    """The node returned and its conditional edges have decided.

    Attributes:
        task: Whose outcome it is.
        writes: `(key, value)`, in the order they were written.
        goto: Where it wants to go besides its unconditional edges.
        cached: Whether it did not run, because an earlier result was used.
        values: The state with these writes alone, where a conditional edge needed it.
    """

    task: Task
    writes: Sequence[tuple[str, Any]]
    goto: Sequence[str | Send]
    cached: bool = False
    values: dict[str, Any] | None = None


@final
@dataclass(slots=True)
class Paused:
    """The node asks a person."""

    task: Task
    interrupts: tuple[Interrupt, ...]


@final
@dataclass(slots=True)
class Failed:
    """The node or one of its conditional edges raised."""

    task: Task
    error: BaseException


@final
@dataclass(slots=True)
class Said:
    """What a node that is still running says: an event, to be passed on at once."""

    event: Event


Outcome = Finished | Paused | Failed
Effect = Ask | Emit | Start | Wait | Task
"""A `Task` alone asks to be performed while nothing else is under way, and its outcome to be sent back. What it says
while it runs is told when it has ended."""
T = TypeVar("T")
Part = Generator[Effect, Any, T]
"""A part of a run as data: yields what is to be done, is sent what came of it, returns its result."""

Plan = Part[None]
"""A run as data; its results stand on the `Run` it was made for, since an async generator cannot return any."""
