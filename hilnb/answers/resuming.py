"""From answers to the input that resumes a graph, hilnb's or LangGraph's."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from hilnb.types import Command

__all__ = ["resuming"]


def resuming(graph: Any, answers: Mapping[str, Any]) -> Any:
    """The input that answers; LangGraph takes any Command but its own for a new input, and begins again.

    Args:
        graph: The graph that asks.
        answers: Its answers, by the ids of the interrupts.
    """
    theirs = any(kind.__module__.startswith("langgraph.") for kind in type(graph).__mro__)
    made = sys.modules["langgraph.types"].Command if theirs else Command
    return made(resume=answers)
