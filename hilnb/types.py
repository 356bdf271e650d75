"""The words of a graph: what nodes say to the run (`interrupt`, `Command`, `Send`) and what the run says back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import GenericAlias
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from hilnb import _context
from hilnb.errors import INVALID_RESUME, GraphInterrupt
from hilnb.former import warn_of
from hilnb.parts import (
    CheckpointPayload,
    CheckpointStreamPart,
    CheckpointTask,
    CustomStreamPart,
    DebugPayload,
    DebugStreamPart,
    MessagesStreamPart,
    StreamPart,
    TaskPayload,
    TaskResultPayload,
    TasksStreamPart,
    UpdatesStreamPart,
    ValuesStreamPart,
)

__all__ = [
    "All",
    "CachePolicy",
    "CheckpointPayload",
    "CheckpointStreamPart",
    "CheckpointTask",
    "Checkpointer",
    "Command",
    "CustomStreamPart",
    "DebugPayload",
    "DebugStreamPart",
    "Durability",
    "GraphOutput",
    "Interrupt",
    "MessagesStreamPart",
    "Overwrite",
    "PregelTask",
    "RetryPolicy",
    "Send",
    "StateSnapshot",
    "StateUpdate",
    "StreamMode",
    "StreamPart",
    "StreamWriter",
    "TaskPayload",
    "TaskResultPayload",
    "TasksStreamPart",
    "TimeoutPolicy",
    "UpdatesStreamPart",
    "ValuesStreamPart",
    "default_retry_on",
    "interrupt",
]

All = Literal["*"]
"""Every node."""

Durability = Literal["sync", "async", "exit"]
"""When checkpoints are kept: "exit" keeps only the one a call ends with; the other two keep each at once."""

StreamMode = Literal["values", "updates", "messages", "custom", "tasks", "checkpoints", "debug"]
"""What a stream tells.

The whole state after each step; each node's update; messages and their tokens; what nodes write themselves; each task's
start and end; each checkpoint; or the last two with a time.
"""

StreamWriter = Callable[[Any], None]
"""Hands what a node gives it to the listeners of stream mode "custom"."""

NodeName = TypeVar("NodeName", bound=str)


@dataclass(frozen=True)
class Interrupt:
    """A question a node asks (semantics: LangGraph's class of this name).

    Two questions are equal when value, id and schema are, and these are all its fields: what `asdict` gives goes into
    JSON. `ns`, `resumable` and `when` are what older releases of LangGraph offered, kept for the code that reads them.

    Attributes:
        value: What was handed to `interrupt()`.
        id: 32 hex digits; stays the same for as long as the question is open.
        response_schema: What an answer has to look like, as JSON Schema; None when any answer will do.
        ns: Where the question was asked: `["node:task_id", …]`, outermost graph first.
        answer_type: The class an answer is made into, where the node named one.
    """

    value: Any
    id: str = "placeholder-id"
    response_schema: dict[str, Any] | None = None
    # Written as ClassVars, and set by __init__: so they are no fields.
    ns: ClassVar[Sequence[str]] = ()
    resumable: ClassVar[bool] = True
    when: ClassVar[Literal["during"]] = "during"
    answer_type: ClassVar[Any] = None

    def __init__(
        self, value: Any, id: str = "placeholder-id", response_schema: dict[str, Any] | None = None, **more: Any
    ) -> None:
        for name in more:
            if name not in ("ns", "resumable", "when", "answer_type"):
                raise TypeError(f"Interrupt() got an unexpected keyword argument {name!r}")
        self.__dict__.update(more, value=value, id=id, response_schema=response_schema)  # the class is frozen

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)

    @property
    def interrupt_id(self) -> str:
        """What `id` was called in 2025."""
        warn_of("Interrupt.interrupt_id", "id")
        return self.id


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeoutPolicy:
    """How long an async node may take (semantics: LangGraph's class of this name).

    Attributes:
        run_timeout: Seconds (or a timedelta) that one attempt may take.
        idle_timeout: Seconds without a sign of life: `runtime.heartbeat()`, or something it streams.
        refresh_on: "heartbeat" takes only `runtime.heartbeat()` as a sign of life.
    """

    run_timeout: float | timedelta | None = None
    idle_timeout: float | timedelta | None = None
    refresh_on: Literal["auto", "heartbeat"] = "auto"

    @classmethod
    def coerce(cls, value: float | timedelta | TimeoutPolicy | None) -> TimeoutPolicy | None:
        """The policy a number of seconds or a timedelta stands for, its times in seconds; None when nothing is limited.

        Raises:
            ValueError: A time is not above 0, or `refresh_on` is not one of its two words.
        """
        policy = value if isinstance(value, TimeoutPolicy | None) else cls(run_timeout=value)
        if policy is None or policy.run_timeout is policy.idle_timeout is None:
            return None
        if policy.refresh_on not in ("auto", "heartbeat"):
            raise ValueError(f"refresh_on must be 'auto' or 'heartbeat', not {policy.refresh_on!r}")
        run, idle = _seconds("run_timeout", policy.run_timeout), _seconds("idle_timeout", policy.idle_timeout)
        return cls(run_timeout=run, idle_timeout=idle, refresh_on=policy.refresh_on)


def _seconds(name: str, time: float | timedelta | None) -> float | None:
    if time is None:
        return None
    if not isinstance(time, int | float | timedelta):
        raise ValueError(f"{name}={time!r}: give seconds, a number or a timedelta")
    seconds = time.total_seconds() if isinstance(time, timedelta) else float(time)
    if seconds <= 0:
        raise ValueError(f"{name}={time!r}: a node needs more than no time; {name} must be greater than 0")
    return seconds


@dataclass(frozen=True, slots=True)
class Send:
    """Run `node` in the next superstep with `arg` as its whole input, as often as it is sent.

    Attributes:
        node: The node's name.
        arg: What the node gets in place of the state.
        timeout: How long this turn of an async node may take; as its node says when None.

    >>> Send("review", {"page": 1})
    Send(node='review', arg={'page': 1})
    """

    node: str
    arg: Any
    timeout: TimeoutPolicy | None = None

    def __init__(self, node: str, arg: Any, *, timeout: float | timedelta | TimeoutPolicy | None = None) -> None:
        object.__setattr__(self, "node", node)  # the class is frozen
        object.__setattr__(self, "arg", arg)
        object.__setattr__(self, "timeout", None if timeout is None else TimeoutPolicy.coerce(timeout))

    def __repr__(self) -> str:
        """Without the timeout when there is none."""
        limit = "" if self.timeout is None else f", timeout={self.timeout!r}"
        return f"Send(node={self.node!r}, arg={self.arg!r}{limit})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Command(Generic[NodeName]):
    """From a node: update the state and go somewhere. From outside: answer a question.

    Attributes:
        graph: None for this graph; `Command.PARENT` for the one around it.
        update: What to merge into the state: a dict, or a list of `(key, value)` pairs.
        goto: Where to go next, besides the node's own edges: a node's name, a `Send`, or several of them.
        resume: The answer to the one open question, or a dict from question ids to answers.
    """

    graph: str | None = None
    update: Any = None
    resume: Any = None
    goto: Send | NodeName | Sequence[Send | NodeName] = ()

    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"

    def __repr__(self) -> str:
        """What it says, and nothing else.

        >>> Command(goto="review", resume=False)
        Command(resume=False, goto='review')
        """
        said = {"graph": self.graph, "update": self.update, "resume": self.resume, "goto": self.goto or None}
        return f"Command({', '.join(f'{name}={value!r}' for name, value in said.items() if value is not None)})"


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Replaces the value of a key that has a reducer; one per key and superstep.

    Attributes:
        value: The new value.
        type: Tells what it is when it comes back as JSON.
    """

    value: Any
    type: Literal["__overwrite__"] = "__overwrite__"


class StateUpdate(NamedTuple):
    """One update of `bulk_update_state`.

    Attributes:
        values: What to merge into the state.
        as_node: The node that is taken to have written it.
        task_id: Ignored; LangGraph names the task it is written for.
    """

    values: Any
    as_node: str | None = None
    task_id: str | None = None


Checkpointer: TypeAlias = Any
"""For annotations: a saver, True, False or None. (Savers stand below this module, so it cannot name their class.)"""


@dataclass(frozen=True, slots=True)
class GraphOutput:
    """What `invoke(…, version="v2")` returns.

    Attributes:
        value: The state at the end, as an instance of the output schema where that is a class.
        interrupts: The open questions.
    """

    value: Any
    interrupts: tuple[Interrupt, ...] = ()

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)

    # To be read like the dict that `invoke` returns without a version, as programs being moved over do.

    def __contains__(self, key: object) -> bool:
        if key == "__interrupt__":
            return bool(self.interrupts)
        return key in (self.value if isinstance(self.value, dict) else vars(self.value))

    def __getitem__(self, key: str) -> Any:
        if key == "__interrupt__":
            return self.interrupts
        return (self.value if isinstance(self.value, dict) else vars(self.value))[key]


def default_retry_on(error: BaseException) -> bool:
    """Whether trying again may help: yes, unless the error is a mistake in the program or a refused request."""
    if isinstance(error, ConnectionError):
        return True
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return bool(status >= 500)
    mistakes = (
        *(ValueError, TypeError, ArithmeticError, ImportError, LookupError, NameError, SyntaxError, RuntimeError),
        *(ReferenceError, StopIteration, StopAsyncIteration, OSError),
    )
    return not isinstance(error, mistakes)


class RetryPolicy(NamedTuple):
    """How often a node that failed is tried again, and when.

    Attributes:
        initial_interval: Seconds before the second attempt.
        backoff_factor: By what each wait is longer than the one before.
        max_interval: The longest wait, in seconds.
        max_attempts: All attempts, the first included.
        jitter: Whether up to a second is added at random.
        retry_on: The exceptions to try again after, or a function that says so.
    """

    initial_interval: float = 0.5
    backoff_factor: float = 2.0
    max_interval: float = 128.0
    max_attempts: int = 3
    jitter: bool = True
    retry_on: type[Exception] | Sequence[type[Exception]] | Callable[[Exception], bool] = default_retry_on


def _cache_key(value: Any) -> str:
    """A key for a node's input: equal inputs have equal keys."""
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{key!r}:{_cache_key(value[key])}' for key in sorted(value, key=repr))}}}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}[{','.join(_cache_key(item) for item in value)}]"
    return repr(value)


@dataclass(frozen=True, kw_only=True, slots=True)
class CachePolicy:
    """Use a node's earlier result when its input is the same.

    Attributes:
        key_func: Makes the key from the node's input.
        ttl: Seconds a result stays good; for ever when None.
    """

    key_func: Callable[..., str | bytes] = _cache_key
    ttl: int | None = None


class PregelTask(NamedTuple):
    """One node's turn in a superstep, as `get_state` shows it.

    Attributes:
        id: Stable for as long as the superstep is not over.
        name: The node's name.
        path: `("__pregel_pull", node)` for an edge, `("__pregel_push", n, False)` for the n-th `Send` of the step.
        error: The exception's repr when the last attempt failed.
        interrupts: The questions this task asks.
        state: Of a nested graph: the config that names it, or its snapshot when that was asked for.
        result: What the node wrote, by key; None while it has not finished.
    """

    id: str
    name: str
    path: tuple[str | int | bool, ...]
    error: str | None = None
    interrupts: tuple[Interrupt, ...] = ()
    state: Any = None
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


def question_id(ns: Sequence[str], number: int, again: int = 0) -> str:
    """The id of the `number`-th question a task asks: the same in every attempt, so an answer finds its question."""
    place = "|".join([*ns, *([str(number)] if number or again else []), *([str(again)] if again else [])])
    return hashlib.blake2b(place.encode(), digest_size=16).hexdigest()


def interrupt(value: Any, *, response_schema: dict[str, Any] | type | None = None) -> Any:
    """Ask a person: pause the run with a question, and return the answer when the run is resumed.

    The node starts again from its first line when the answer arrives; the n-th call in a node gets the answer to the
    n-th question, and an answer is never used for another one (semantics: LangGraph's function of this name).

    Args:
        value: The question: a string, or whatever the person is to see.
        response_schema: What an answer has to look like. A JSON Schema is shown and not checked; a pydantic model, a
            TypedDict or a dataclass is checked before anything runs, and the answer is made into it.

    Returns:
        What `Command(resume=…)` brought.

    Raises:
        GraphInterrupt: The question has no answer yet. Let it pass.
        RuntimeError: Not called from a running node, or the graph has no checkpointer to keep the pause.
        ImportError: A class was given as schema, and pydantic is not installed.
    """
    here = _context.running("interrupt()")
    kind = None if isinstance(response_schema, dict) else response_schema
    shown: Any = response_schema if kind is None else _adapter(kind).json_schema()
    number, again = here.asked, 0
    here.asked += 1
    question = Interrupt(value, question_id(here.ns, number), shown, ns=here.ns, answer_type=kind)
    spare = here.answers.get("")
    # The first who asks takes it, for every task that could: they share the dict.
    if question.id not in here.answers and spare and spare.setdefault("by", question.id) == question.id:
        return checked(question, spare["answer"])
    while question.id in here.answers:
        try:
            return checked(question, here.answers[question.id])
        except ValueError:  # it could not be checked when it was given, as its type does not go into a file: ask again
            again += 1
            question = Interrupt(value, question_id(here.ns, number, again), shown, ns=here.ns, answer_type=kind)
    if not here.run.pausable:
        raise RuntimeError(
            f"interrupt({value!r}) has to pause, but the graph keeps no state to come back to. "
            "Compile it with one: builder.compile(checkpointer=MemorySaver())."
        )
    here.pausing = GraphInterrupt((question,))
    raise here.pausing


def checked(question: Interrupt, answer: Any) -> Any:
    """The answer as the question wants it.

    Raises:
        pydantic.ValidationError: It does not fit; `errors.is_invalid_resume` knows it again.
    """
    if question.answer_type is None:
        return answer
    try:
        return _adapter(question.answer_type).validate_python(answer)
    except ValueError as error:
        error.add_note(INVALID_RESUME)
        raise


def _adapter(kind: Any) -> Any:
    try:
        from pydantic import TypeAdapter
    except ImportError:
        raise ImportError("a class as response_schema needs pydantic: `pip install pydantic`.") from None
    return TypeAdapter(kind)
