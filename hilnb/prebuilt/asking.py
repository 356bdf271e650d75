"""A tool with which a model asks the person at the notebook."""

from __future__ import annotations

from typing import Any

from hilnb.tools import tool
from hilnb.types import interrupt

__all__ = ["ask_human"]


@tool(parse_docstring=True)
def ask_human(question: str, choices: list[str] | None = None) -> Any:
    """Ask the person you work for, and wait for the answer.

    Use it when you need to know something that only they can say, or when they have to choose.

    Args:
        question: What you want to know, in words they understand without having read anything else.
        choices: The possible answers, when there are only a few.
    """
    return interrupt(question, response_schema={"type": "string", "enum": choices} if choices else None)
