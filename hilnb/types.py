"""The words of a graph: what nodes say to the run (`interrupt`, `Command`, `Send`) and what the run says back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from hilnb import _context
from hilnb.errors import GraphInterrupt

__all__ = [
    "Command",
    "Interrupt",
    "PregelTask",
    "Send",
    "StateSnapshot",
    "StreamMode",
    "interrupt",
]

StreamMode = Literal["values", "updates", "tasks"]
"""What a stream tells: the whole state after each step, each node's update, or each task's start and end."""

NodeName = TypeVar("NodeName", bound=str)


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A question a node asks (semantics: LangGraph's class of this name).

    Two questions are equal when value, id and schema are; `ns`, `resumable` and `when` are what older releases of
    LangGraph offered and are kept for the code that reads them.

    Attributes:
        value: What was handed to `interrupt()`.
        id: 32 hex digits; stays the same for as long as the question is open.
        response_schema: What an answer has to look like, as JSON Schema; None when any answer will do.
        ns: Where the question was asked: `["node:task_id", …]`, outermost graph first.
    """

    value: Any
    id: str = ""
    response_schema: dict[str, Any] | None = None
    ns: Sequence[str] = field(default=(), compare=False, repr=False, kw_only=True)
    resumable: bool = field(default=True, compare=False, repr=False, kw_only=True)
    when: Literal["during"] = field(default="during", compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Send:
    """Run `node` in the next superstep with `arg` as its whole input, as often as it is sent.

    Attributes:
        node: The node's name.
        arg: What the node gets in place of the state.
    """

    node: str
    arg: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Command(Generic[NodeName]):
    """From a node: update the state and go somewhere. From outside: answer a question.

    Attributes:
        update: What to merge into the state: a dict, or a list of `(key, value)` pairs.
        goto: Where to go next, besides the node's own edges: a node's name, a `Send`, or several of them.
        resume: The answer to the one open question, or a dict from question ids to answers.
    """

    update: Any = None
    resume: Any = None
    goto: Send | NodeName | Sequence[Send | NodeName] = ()

    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"


class PregelTask(NamedTuple):
    """One node's turn in a superstep, as `get_state` shows it.

    Attributes:
        id: Stable for as long as the superstep is not over.
        name: The node's name.
        path: `("__pregel_pull", node)` for an edge, `("__pregel_push", n, False)` for the n-th `Send` of the step.
        error: The exception's repr when the last attempt failed.
        interrupts: The questions this task asks.
        state: Always None; a nested graph's state, in LangGraph.
        result: What the node wrote, by key; None while it has not finished.
    """

    id: str
    name: str
    path: tuple[str | int | bool, ...]
    error: str | None = None
    interrupts: tuple[Interrupt, ...] = ()
    state: None = None
    result: dict[str, Any] | None = None


class StateSnapshot(NamedTuple):
    """A thread at one moment (semantics: LangGraph's class of this name).

    Attributes:
        values: The state, by key.
        next: The names of the nodes that run next; empty at the end.
        config: Names exactly this checkpoint.
        metadata: `source` ("input" or "loop"), `step` (-1 for the first input), `parents`; None for an unknown thread.
        created_at: ISO 8601, UTC.
        parent_config: Names the checkpoint before this one.
        tasks: The turns of the superstep that runs next.
        interrupts: The open questions of all those tasks.
    """

    values: dict[str, Any]
    next: tuple[str, ...]
    config: dict[str, Any]
    metadata: Mapping[str, Any] | None
    created_at: str | None
    parent_config: dict[str, Any] | None
    tasks: tuple[PregelTask, ...]
    interrupts: tuple[Interrupt, ...]


def question_id(ns: Sequence[str], number: int) -> str:
    """The id of the `number`-th question a task asks: the same in every attempt, so an answer finds its question."""
    place = "|".join(ns) if number == 0 else f"{'|'.join(ns)}|{number}"
    return hashlib.blake2b(place.encode(), digest_size=16).hexdigest()


def interrupt(value: Any) -> Any:
    """Ask a person: pause the run with a question, and return the answer when the run is resumed.

    The node starts again from its first line when the answer arrives; the n-th call in a node gets the answer to the
    n-th question, and an answer is never used for another one (semantics: LangGraph's function of this name).

    Args:
        value: The question: a string, or whatever the person is to see.

    Returns:
        What `Command(resume=…)` brought.

    Raises:
        GraphInterrupt: The question has no answer yet. Let it pass.
        RuntimeError: Not called from a running node, or the graph has no checkpointer to keep the pause.
    """
    here = _context.running("interrupt()")
    question = Interrupt(value, question_id(here.ns, here.asked), ns=here.ns)
    here.asked += 1
    if question.id in here.answers:
        return here.answers[question.id]
    if here.saver is None:
        raise RuntimeError(
            f"interrupt({value!r}) has to pause, but the graph keeps no state to come back to. "
            "Compile it with one: builder.compile(checkpointer=MemorySaver())."
        )
    here.pausing = GraphInterrupt((question,))
    raise here.pausing
