"""Every exception hilnb raises on purpose, and the one helper that makes their messages kind.

    BaseException
    └── GraphBubbleUp            leaves a node without being a failure
        ├── GraphInterrupt       a node asks a person: what `interrupt()` raises
        │   └── NodeInterrupt    the same, raised by hand (old)
        ├── GraphDrained         a run was asked to end between two supersteps
        └── ParentCommand        a node of a nested graph tells the graph around it what to do
    ValueError
    ├── GraphError               the graph itself is wrong: an unknown node, a name used twice
    └── UnknownInterruptError    an answer names a question that nobody is asking
        └── AnsweredError        somebody else's answer was kept first
    TypeError
    └── SerializationError       a value cannot be kept in a file, or what was kept cannot be read
    RecursionError
    └── GraphRecursionError      a run took more supersteps than `recursion_limit`
    RuntimeError
    ├── NobodyCanAnswerError     a run stands at a question, and no person can answer it here
    ├── AnswersError             an answers file cannot be read, or holds answers that nobody asked for
    ├── RemoteError              a node on an executor raised what cannot travel back
    └── ModelError               a chat model gave no answer that can be used
        ├── ModelBusyError       the same call may be answered later; a ConnectionError too, so that nodes retry it
        └── CassetteError        a recorded conversation does not answer what was asked, or cannot be read
    ConnectionError
    └── WorkerLostError          the worker that ran a node is gone
    Exception
    ├── SaverError               a file cannot keep a thread, or give it back
    ├── NodeTimeoutError         a node took longer than it may
    ├── InvalidUpdateError       a node returned what cannot be merged into the state
    └── EmptyInputError          there is nothing to start from

The names are LangGraph's, so `except` lines move over unchanged. One base differs: a pause is a BaseException here, so
that a node's own `except Exception` cannot swallow it and lose the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "AnsweredError",
    "AnswersError",
    "CassetteError",
    "EmptyInputError",
    "GraphBubbleUp",
    "GraphDrained",
    "GraphError",
    "GraphInterrupt",
    "GraphRecursionError",
    "InvalidUpdateError",
    "ModelBusyError",
    "ModelError",
    "NobodyCanAnswerError",
    "NodeError",
    "NodeInterrupt",
    "NodeTimeoutError",
    "ParentCommand",
    "RemoteError",
    "SaverError",
    "SerializationError",
    "UnknownInterruptError",
    "WorkerLostError",
    "is_invalid_resume",
]


class GraphBubbleUp(BaseException):
    """Leaves a node on purpose and is handled by the run, never a failure."""


class GraphInterrupt(GraphBubbleUp):
    """A node, or a graph inside it, asks a person.

    Args:
        interrupts: The open questions.
    """

    def __init__(self, interrupts: Sequence[Any] = ()) -> None:
        super().__init__(interrupts)
        self.interrupts = tuple(interrupts)


class NodeInterrupt(GraphInterrupt):
    """A pause raised by hand, as older programs do; nothing can answer it, the node asks again each time.

    Args:
        value: What the person is to see.
        id: Ignored; there is nothing to answer.
    """

    def __init__(self, value: Any, id: str | None = None) -> None:
        super().__init__(())
        self.value = value


class GraphDrained(GraphBubbleUp, Exception):  # noqa: N818 - LangGraph's name
    """The run was asked to end, and did, between two supersteps; `invoke(None, config)` goes on.

    Args:
        reason: Why.
    """

    def __init__(self, reason: str | None = "shutdown") -> None:
        super().__init__(reason)
        self.reason = reason


class ParentCommand(GraphBubbleUp):
    """Carries a `Command(graph=Command.PARENT)` out of a nested graph.

    Args:
        command: What the graph around is to do.
    """

    def __init__(self, command: Any) -> None:
        super().__init__(command)
        self.command = command


class GraphError(ValueError):
    """The graph cannot be built or followed as it is written."""


class UnknownInterruptError(ValueError):
    """An answer is addressed to a question that is not open. Nothing was run and nothing was stored."""


class AnsweredError(UnknownInterruptError):
    """Somebody else has answered the question in the meantime; that answer stands, and this one was not used."""


class SerializationError(TypeError):
    """A value cannot be kept in a file so that it comes back as it is, or what was kept cannot be read here."""


class GraphRecursionError(RecursionError):
    """The run took as many supersteps as `recursion_limit` allows and was not at its end."""


class InvalidUpdateError(Exception):
    """What a node returned cannot be merged into the state."""


class EmptyInputError(Exception):
    """The run was given nothing to start from."""


class SaverError(Exception):
    """A file cannot keep a thread, or give it back; the file is as it was. The message says why, and what to do."""


class NobodyCanAnswerError(RuntimeError):
    """A run stands at a question, and no person can answer it here."""


class AnswersError(RuntimeError):
    """An answers file cannot be read or written, or holds answers that nobody asked for."""


class RemoteError(RuntimeError):
    """What a node on an executor raised, in words: the exception itself cannot be sent from one process to another."""


class WorkerLostError(ConnectionError):
    """The worker that ran a node is gone, and nothing came back. Whether the node had done its work is not known.

    As a ConnectionError it is one of those after which a plain `RetryPolicy()` runs the node again.
    """


class ModelError(RuntimeError):
    """A chat model gave no answer that can be used. The message says why, and what to do.

    Attributes:
        status: The HTTP status of the API's reply; None when there was none.
        partial: What the model had said before its stream broke, an AIMessage; None when it had said nothing.
    """

    status: int | None = None
    partial: Any = None


class ModelBusyError(ModelError, ConnectionError):
    """The model cannot answer now: too many requests, an overload, a broken connection. Asking again later may help."""


class CassetteError(ModelError):
    """A cassette does not hold the answer to what was asked, or its file cannot be read."""


class NodeTimeoutError(Exception):
    """A node took longer than its `timeout`.

    Args:
        node: Its name.
        elapsed: Seconds it had run.
        kind: "run" when all of it took too long, "idle" when it was silent for too long.
        idle_timeout: Seconds it may be silent.
        run_timeout: Seconds it may take.
    """

    def __init__(
        self,
        node: str,
        elapsed: float,
        *,
        kind: str,
        idle_timeout: float | None = None,
        run_timeout: float | None = None,
    ) -> None:
        limit = run_timeout if kind == "run" else idle_timeout
        what = "took longer than" if kind == "run" else "was silent for longer than"
        super().__init__(f"node {node!r} {what} its {kind}_timeout of {limit} s ({elapsed:.3g} s)")
        self.node, self.elapsed, self.kind = node, elapsed, kind
        self.timeout, self.idle_timeout, self.run_timeout = limit, idle_timeout, run_timeout


INVALID_RESUME = "The answer does not fit the question's response_schema; nothing was kept, the question is still open."
"""The note on errors about answers that do not fit: they are pydantic's, and take no other mark."""


def is_invalid_resume(error: BaseException) -> bool:
    """Whether `error` says that an answer did not fit its question's `response_schema`."""
    return INVALID_RESUME in getattr(error, "__notes__", ())


@dataclass(frozen=True)
class NodeError:
    """What an error handler is told: which node failed, and how.

    Attributes:
        node: The node's name.
        error: What it raised.
    """

    node: str
    error: BaseException


def did_you_mean(word: object, choices: Iterable[object]) -> str:
    """A half-sentence that names the nearest choice, or nothing when none is near.

    >>> did_you_mean("stpe_1", ["step_1", "step_2"])
    " (did you mean 'step_1'?)"
    >>> did_you_mean("x", ["step_1"])
    ''
    """
    from difflib import get_close_matches  # only somebody's slip needs it

    near = get_close_matches(str(word), [str(choice) for choice in choices], n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
