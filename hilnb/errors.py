"""Every exception hilnb raises on purpose, and the one helper that makes their messages kind.

::

    BaseException
    └── GraphBubbleUp            leaves a node without being a failure
        └── GraphInterrupt       a node asks a person: what `interrupt()` raises
    ValueError
    ├── GraphError               the graph itself is wrong: an unknown node, a name used twice
    └── UnknownInterruptError    an answer names a question that nobody is asking
    RecursionError
    └── GraphRecursionError      a run took more supersteps than `recursion_limit`
    Exception
    ├── InvalidUpdateError       a node returned what cannot be merged into the state
    └── EmptyInputError          there is nothing to start from

The names are LangGraph's, so `except` lines move over unchanged. One base differs: a pause is a BaseException here, so
that a node's own `except Exception` cannot swallow it and lose the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

__all__ = [
    "EmptyInputError",
    "GraphBubbleUp",
    "GraphError",
    "GraphInterrupt",
    "GraphRecursionError",
    "InvalidUpdateError",
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


def did_you_mean(word: object, choices: Iterable[object]) -> str:
    """A half-sentence that names the nearest choice, or nothing when none is near.

    >>> did_you_mean("stpe_1", ["step_1", "step_2"])
    " (did you mean 'step_1'?)"
    >>> did_you_mean("x", ["step_1"])
    ''
    """
    near = get_close_matches(str(word), [str(choice) for choice in choices], n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
