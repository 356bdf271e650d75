"""A function of messages that is told its options now and its messages later: a step for a chain or a node."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Step", "or_step"]


class Step:
    """A function of messages with its options. Call it, or `invoke` it, with the messages."""

    def __init__(self, function: Callable[..., list[Any]], options: Mapping[str, Any]) -> None:
        self._function, self._options = function, options

    def __call__(self, messages: Any) -> list[Any]:
        """What the function makes of the messages."""
        return self._function(messages, **self._options)

    def invoke(self, input: Any, config: Mapping[str, Any] | None = None) -> list[Any]:
        """What the function makes of the messages; the config is LangChain's and does not matter."""
        return self(input)

    async def ainvoke(self, input: Any, config: Mapping[str, Any] | None = None) -> list[Any]:
        """`invoke`, awaited."""
        return self(input)


def or_step(function: Callable[..., list[Any]]) -> Callable[..., Any]:
    """The function, which without messages gives a step: `trim_messages(max_tokens=9, …).invoke(messages)`."""

    @functools.wraps(function)
    def either(messages: Any = None, **options: Any) -> Any:
        return Step(function, options) if messages is None else function(messages, **options)

    return either
