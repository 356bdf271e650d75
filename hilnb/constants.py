"""The two names every graph has: where it starts and where it ends."""

from __future__ import annotations

__all__ = ["END", "START"]

START = "__start__"
"""The source of the edges a run begins with. It is not a node: nothing of yours runs there."""

END = "__end__"
"""The target that means: nothing follows."""
