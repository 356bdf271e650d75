"""A model's words on their way into stream mode "messages", when a node's code asks it and somebody listens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hilnb import _context
from hilnb.constants import TAG_NOSTREAM

__all__ = ["Voice", "voice_of"]


@dataclass(frozen=True)
class Voice:
    """Tells the listeners of a running node what its model says.

    Attributes:
        here: The running node.
        about: The metadata told with each piece.
    """

    here: _context.Running
    about: dict[str, Any]

    def say(self, chunk: Any) -> None:
        """Tell a piece; the whole message, when the node returns it, is then not told again."""
        assert self.here.tell is not None
        self.here.run.heard.add(chunk.id)
        self.here.tell((self.here.ns[:-1], "messages", (chunk, self.about)))


def voice_of(tags: Collection[str], config: Mapping[str, Any] | None, about: Mapping[str, Any]) -> Voice | None:
    """The voice for a call of a model; None when nobody listens, or a tag says that nobody is to.

    Args:
        tags: The model's own.
        config: What the call was given, with `tags` and `metadata`.
        about: What the model's metadata says of it.
    """
    here = _context.current.get()
    config = config or {}
    tags = sorted({*tags, *(config.get("tags") or ())})
    if here is None or here.tell is None or "messages" not in here.modes or TAG_NOSTREAM in tags:
        return None
    of_node = here.full_config()["metadata"]
    return Voice(here, {**of_node, **(config.get("metadata") or {}), **about, **({"tags": tags} if tags else {})})
