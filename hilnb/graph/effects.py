"""What a plan asks its driver for, and what it hears back."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hilnb._context import Running
from hilnb.checkpoint.base import Planned
from hilnb.errors import NodeError
from hilnb.graph.spec import Action, Node, Program
from hilnb.types import Interrupt, Send, TimeoutPolicy

__all__ = [
    "Ask",
    "Call",
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
    "Turn",
    "Wait",
]


@dataclass(slots=True)
class Task:
    """One node's turn, with everything it needs to run anywhere.

    Attributes:
        id: Stable for as long as its superstep is not over.
        place: The place in the plan it fills.
        node: What to run.
        input: What the node gets.
        values: The state at the start of the superstep, for the node's conditional edges; not to be changed.
        program: The graph it is part of.
        steps_left: How many supersteps the run may still take, this one included.
        here: What the node's code can reach.
        error: What an error handler is to handle.
    """

    id: str
    place: Planned
    node: Node
    input: Any
    values: Mapping[str, Any]
    program: Program
    steps_left: int
    here: Running
    error: NodeError | None = None

    @property
    def is_pushed(self) -> bool:
        """Whether a Send made it."""
        return self.place.path[0] == "__pregel_push"


Event = tuple[tuple[str, ...], str, Any]
"""Where it happened (the graph's namespace), the stream mode, what happened."""

# ── asked for ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Ask:
    """Call `target.method(*args, **named)`, or await `target.amethod(*args, **named)`, and send the result back."""

    target: Any
    method: str
    args: tuple[Any, ...]
    named: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Emit:
    """Hand `(namespace, mode, event)` to whoever listens to the stream."""

    event: Event


@dataclass(slots=True)
class Start:
    """Begin these turns. Nothing is sent back; the outcomes come with `Wait`.

    Attributes:
        tasks: What to run.
        live: Whether somebody listens to what the nodes say while they run.
    """

    tasks: Sequence[Task]
    live: bool = False


@dataclass(slots=True)
class Wait:
    """Send back the next outcome, or the next thing a running node says."""


@dataclass(slots=True)
class Call:
    """Call a function of the user's and send the result back, or throw what it raises.

    Attributes:
        action: What to call.
        args: With what.
        named: By name.
        timeout: How long it may take, in an async run.
        here: What its code can reach, where that matters.
    """

    action: Action
    args: tuple[Any, ...]
    named: dict[str, Any] = field(default_factory=dict)
    timeout: TimeoutPolicy | None = None
    here: Running | None = None


# ── heard back ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Finished:
    """The node returned and its conditional edges have decided.

    Attributes:
        task: Whose outcome it is.
        writes: `(key, value)`, in the order they were written.
        goto: Where it wants to go besides its unconditional edges.
        cached: Whether it did not run, because an earlier result was used.
    """

    task: Task
    writes: Sequence[tuple[str, Any]]
    goto: Sequence[str | Send]
    cached: bool = False


@dataclass(slots=True)
class Paused:
    """The node asks a person."""

    task: Task
    interrupts: tuple[Interrupt, ...]


@dataclass(slots=True)
class Failed:
    """The node or one of its conditional edges raised."""

    task: Task
    error: BaseException


@dataclass(slots=True)
class Said:
    """What a node that is still running says: an event, to be passed on at once."""

    event: Event


Outcome = Finished | Paused | Failed
Effect = Ask | Emit | Start | Wait
T = TypeVar("T")
Part = Generator[Effect, Any, T]
"""A part of a run as data: yields what is to be done, is sent what came of it, returns its result."""

Plan = Part[None]
"""A run as data; its results stand on the `Run` it was made for, since an async generator cannot return any."""

Turn = Generator[Call, Any, Outcome]
"""One task as data: yields what is to be called, is sent what came of it, returns its outcome."""
