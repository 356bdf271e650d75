"""What a plan asks its driver for, and what it hears back."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hilnb.checkpoint.base import Planned
from hilnb.graph.schema import Schema
from hilnb.graph.spec import Node
from hilnb.types import Interrupt, Send

__all__ = [
    "Ask",
    "Call",
    "Effect",
    "Emit",
    "Failed",
    "Finished",
    "Outcome",
    "Part",
    "Paused",
    "Plan",
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
        schema: Of the state.
        nodes: By name, every node there is to go to.
        config: For the node's `config` parameter and `get_config()`.
        ns: Where it stands: its own `node:id` last.
        saver: Keeps the thread; None when nothing does.
        answers: Every answer given to it, by question id.
    """

    id: str
    place: Planned
    node: Node
    input: Any
    values: Mapping[str, Any]
    schema: Schema
    nodes: Mapping[str, Node]
    config: dict[str, Any]
    ns: tuple[str, ...]
    saver: Any
    answers: dict[str, Any]


# ── asked for ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Ask:
    """Call `target.method(*args)`, or await `target.amethod(*args)`, and send the result back."""

    target: Any
    method: str
    args: tuple[Any, ...]


@dataclass(slots=True)
class Emit:
    """Hand `(mode, event)` to whoever listens to the stream."""

    event: tuple[str, Any]


@dataclass(slots=True)
class Start:
    """Begin these turns. Nothing is sent back; the outcomes come with `Wait`."""

    tasks: Sequence[Task]


@dataclass(slots=True)
class Wait:
    """Send back the next outcome."""


@dataclass(slots=True)
class Call:
    """Call a function of the user's and send the result back, or throw what it raises.

    Attributes:
        function: What to call.
        args: With what.
        named: By name.
        awaits: Whether the call gives something to await.
        twin: What to await instead in an async run, where there is such a thing.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    named: dict[str, Any] = field(default_factory=dict)
    awaits: bool = False
    twin: Callable[..., Any] | None = None


# ── heard back ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Finished:
    """The node returned and its conditional edges have decided.

    Attributes:
        task: Whose outcome it is.
        writes: `(key, value)`, in the order they were written.
        goto: Where it wants to go besides its unconditional edges.
    """

    task: Task
    writes: Sequence[tuple[str, Any]]
    goto: Sequence[str | Send]


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


Outcome = Finished | Paused | Failed
Effect = Ask | Emit | Start | Wait
T = TypeVar("T")
Part = Generator[Effect, Any, T]
"""A part of a run as data: yields what is to be done, is sent what came of it, returns its result."""

Plan = Part[None]
"""A run as data; its results stand on the `Run` it was made for, since an async generator cannot return any."""

Turn = Generator[Call, Any, Outcome]
"""One task as data: yields what is to be called, is sent what came of it, returns its outcome."""
