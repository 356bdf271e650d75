"""Every exception hilnb raises on purpose, and the one helper that makes their messages kind.

::

    BaseException
    └── GraphBubbleUp            leaves a node without being a failure
        ├── GraphInterrupt       a node asks a person: what `interrupt()` raises
        │   └── NodeInterrupt    the same, raised by hand (old)
        └── ParentCommand        a node of a nested graph tells the graph around it what to do
    ValueError
    ├── GraphError               the graph itself is wrong: an unknown node, a name used twice
    └── UnknownInterruptError    an answer names a question that nobody is asking
    RecursionError
    └── GraphRecursionError      a run took more supersteps than `recursion_limit`
    TimeoutError
    └── NodeTimeoutError         a node took longer than it may
    Exception
    ├── InvalidUpdateError       a node returned what cannot be merged into the state
    └── EmptyInputError          there is nothing to start from

The names are LangGraph's, so `except` lines move over unchanged. One base differs: a pause is a BaseException here, so
that a node's own `except Exception` cannot swallow it and lose the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

__all__ = [
    "EmptyInputError",
    "GraphBubbleUp",
    "GraphError",
    "GraphInterrupt",
    "GraphRecursionError",
    "InvalidUpdateError",
    "NodeError",
    "NodeInterrupt",
    "NodeTimeoutError",
    "ParentCommand",
    "UnknownInterruptError",
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


class GraphRecursionError(RecursionError):
    """The run took as many supersteps as `recursion_limit` allows and was not at its end."""


class InvalidUpdateError(Exception):
    """What a node returned cannot be merged into the state."""


class EmptyInputError(Exception):
    """The run was given nothing to start from."""


class NodeTimeoutError(TimeoutError):
    """A node took longer than its `timeout`."""


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
    near = get_close_matches(str(word), [str(choice) for choice in choices], n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
