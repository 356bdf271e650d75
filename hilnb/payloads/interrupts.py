"""The interrupts of a graph that the program runs by hand, LangGraph's or hilnb's: answered with a `Command`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from hilnb.payloads.inquiry import Inquiry

__all__ = ["interrupts_of"]


def interrupts_of(asked: Any) -> Inquiry | None:
    """What the interrupts ask that a graph's result, a snapshot of its state, a list, or a single one brings.

    Raises:
        ValueError: It is a result or a snapshot, and brings none.
    """
    found = _found(asked)
    if found is None or not all(_is_interrupt(each) for each in found):
        return None
    if not found:
        raise ValueError(f"ask({type(asked).__name__}): its graph waits for no answer.")
    # Beside the class of the interrupt, as the engines know their own Command only.
    command = sys.modules[type(found[0]).__module__].Command
    ids = [each.id for each in found]
    return Inquiry(found, lambda answers, _: command(resume=dict(zip(ids, answers))), "the graph")


def _found(asked: Any) -> tuple[Any, ...] | None:
    if isinstance(asked, Mapping):
        return tuple(asked["__interrupt__"]) if "__interrupt__" in asked else None
    if hasattr(asked, "interrupts") and (hasattr(asked, "value") or hasattr(asked, "tasks")):
        return tuple(asked.interrupts)
    return (tuple(asked) or None) if isinstance(asked, (list, tuple)) else (asked,)


def _is_interrupt(each: Any) -> bool:
    return type(each).__name__ == "Interrupt" and hasattr(each, "value") and hasattr(each, "id")
