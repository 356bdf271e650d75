"""Our messages as LangChain's, so that its chat models read a conversation of ours.

Nothing of LangChain is imported unless the program has imported it already.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hilnb.messages.base import BaseMessage

__all__ = ["as_langchain", "make_readable"]


def make_readable() -> None:
    """Let LangChain's models take messages of ours wherever they take a dict or a pair.

    What they are given goes through one function of langchain-core's, which knows its own class and refuses others. It
    has no door for them, so we stand before it. Where it is not there any more, nothing happens.
    """
    utils = import_module("langchain_core.messages.utils")
    convert: Any = getattr(utils, "_convert_to_message", None)
    if convert is None or hasattr(convert, "reads_ours"):
        return

    def read(message: Any) -> Any:
        return convert(as_langchain(message) if isinstance(message, BaseMessage) else message)

    read.reads_ours = True  # type: ignore[attr-defined]
    utils._convert_to_message = read  # type: ignore[attr-defined]


def as_langchain(message: BaseMessage) -> Any:
    """The same message as an instance of LangChain's class of this name, or of the nearest for a class of your own."""
    theirs = import_module("langchain_core.messages")
    names = (kind.__name__ for kind in type(message).__mro__)
    cls = next(getattr(theirs, name) for name in names if hasattr(theirs, name))
    fields = {name: value for name, value in message.model_dump().items() if name != "type"}
    return cls(**fields)
