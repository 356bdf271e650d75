"""What LangGraph's saver may read and write for us: bytes and plain data. No pickle, no class made by name."""

from __future__ import annotations

from typing import Any

import ormsgpack  # LangGraph's own dependency
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

__all__ = ["serde_for"]


class _Plain:
    """A LangGraph serializer for the little we hand over: values are text already, as bytes.

    What it writes LangGraph's own reads too, so that whoever lists all threads of a database stumbles over nothing.
    """

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Bytes as they are, anything else as MessagePack without extensions."""
        return ("bytes", obj) if isinstance(obj, bytes) else ("msgpack", ormsgpack.packb(obj))

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """What `dumps_typed` was given; an empty dict for what it cannot have written."""
        kind, content = data
        if kind == "bytes":
            return content
        try:
            return ormsgpack.unpackb(content) if kind == "msgpack" else {}
        except ValueError:  # an extension: an object of LangGraph's own
            return {}


def serde_for(saver: BaseCheckpointSaver[Any]) -> Any:
    """The serializer for a saver: ours in place of LangGraph's own, inside its encryption; somebody else's stays.

    LangGraph's own makes objects of any class that a row names, unless it was told not to, and pickles if it was told
    to. A serializer of the user's own is there for a reason that we do not know.
    """
    theirs = saver.serde
    if type(theirs) is JsonPlusSerializer:
        return _Plain()
    if type(theirs) is EncryptedSerializer and type(theirs.serde) is JsonPlusSerializer:
        return EncryptedSerializer(theirs.cipher, _Plain())
    return theirs
