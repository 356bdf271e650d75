"""The names every graph has, and the tag that keeps a model quiet."""

from __future__ import annotations

__all__ = ["END", "START", "TAG_NOSTREAM"]

START = "__start__"
"""The source of the edges a run begins with. It is not a node: nothing of yours runs there."""

END = "__end__"
"""The target that means: nothing follows."""

TAG_NOSTREAM = "nostream"
"""A chat model with this tag is not heard in stream mode "messages"."""
