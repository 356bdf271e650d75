"""Objects of other libraries as plain data, with the names they have on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

__all__ = ["as_data", "unwrapped"]

WRAPPED = "__copilotkit_interrupt_value__"
"""Under which CopilotKit hides what is asked."""


def as_data(value: Any) -> Any:
    """The value with the pydantic models and dataclasses in it as dicts; anything else as it is.

    >>> from hilnb.types import Interrupt
    >>> as_data([Interrupt("Go on?", id="1")])
    [{'value': 'Go on?', 'id': '1', 'response_schema': None}]
    """
    try:
        return _plain(value)
    except Exception:  # models are foreign code, and a value may contain itself: then it is shown by its repr
        return value


def unwrapped(value: Any) -> Any:
    """What is asked, without what CopilotKit wraps around it."""
    return value[WRAPPED] if isinstance(value, Mapping) and WRAPPED in value else value


def _plain(value: Any) -> Any:
    if isinstance(value, type):
        return value
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value
