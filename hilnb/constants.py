"""The names every graph has, and the tags that keep models and nodes quiet."""

from __future__ import annotations

from typing import Any

from hilnb.former import warn_of

__all__ = ["END", "START", "TAG_HIDDEN", "TAG_NOSTREAM"]

START = "__start__"
"""The source of the edges a run begins with. It is not a node: nothing of yours runs there."""

END = "__end__"
"""The target that means: nothing follows."""

TAG_NOSTREAM = "nostream"
"""A chat model with this tag is not heard in stream mode "messages"."""

TAG_HIDDEN = "langsmith:hidden"
"""A call with this tag in its config does not tell of its nodes: neither tasks nor updates."""


def __getattr__(name: str) -> Any:
    if name in ("Send", "Interrupt"):  # at home here until mid-2025
        from hilnb import types

        warn_of(f"hilnb.constants.{name}", f"hilnb.types.{name}")
        return getattr(types, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
