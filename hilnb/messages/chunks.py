"""Pieces of a message as a model streams them: they add up with `+`, and their sum becomes the message."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any, ClassVar, Literal, Self, TypedDict

from hilnb.messages.base import BaseMessage
from hilnb.messages.frozen import NO_LIST, FrozenList
from hilnb.messages.kinds import AIMessage, HumanMessage, SystemMessage, ToolMessage
from hilnb.messages.merging import add_usage, merge_contents, merge_dicts, merge_lists
from hilnb.messages.partial_json import read_partial_json

__all__ = [
    "AIMessageChunk",
    "BaseMessageChunk",
    "HumanMessageChunk",
    "SystemMessageChunk",
    "ToolCallChunk",
    "ToolMessageChunk",
    "message_chunk_to_message",
]


class ToolCallChunk(TypedDict):
    """A piece of a tool call: `args` is a piece of JSON text, and pieces with the same `index` belong together."""

    name: str | None
    args: str | None
    id: str | None
    index: int | None
    type: Literal["tool_call_chunk"]


class BaseMessageChunk(BaseMessage):
    """A piece of a message. `chunk + chunk` and `chunk + [chunk, …]` are longer pieces.

    The list form adds many at once, in time proportional to their length; use it to collect a long stream.
    """

    def __add__(self, other: BaseMessageChunk | Sequence[BaseMessageChunk]) -> Self:
        others = other if isinstance(other, list) else [other]
        if not all(isinstance(chunk, BaseMessageChunk) for chunk in others):
            return NotImplemented
        return self._made({**vars(self), **self._sum([self, *others])})

    def _sum(self, chunks: list[Any]) -> dict[str, Any]:
        """The fields that adding changes."""
        first, *others = chunks
        return {
            "content": merge_contents(first.content, (chunk.content for chunk in others)),
            "additional_kwargs": reduce(merge_dicts, (chunk.additional_kwargs for chunk in chunks)),
            "response_metadata": reduce(merge_dicts, (chunk.response_metadata for chunk in chunks)),
        }


class HumanMessageChunk(HumanMessage, BaseMessageChunk):
    """A piece of what the person said."""

    type = "HumanMessageChunk"


class SystemMessageChunk(SystemMessage, BaseMessageChunk):
    """A piece of the instructions."""

    type = "SystemMessageChunk"


class AIMessageChunk(AIMessage, BaseMessageChunk):
    """A piece of what the model says, as it streams.

    Args:
        content: As for every message.
        tool_call_chunks: Pieces of tool calls. `tool_calls` holds what they say so far; arguments that have not ended
            yet are read as far as they go.
        chunk_position: "last" in the last piece of a message.
    """

    type = "AIMessageChunk"
    tool_call_chunks: list[ToolCallChunk]
    chunk_position: Literal["last"] | None

    _defaults: ClassVar[dict[str, Any]] = {
        **AIMessage._defaults,
        "tool_call_chunks": NO_LIST,
        "chunk_position": None,
    }

    def _settle(self, fields: dict[str, Any]) -> None:
        if fields["chunk_position"] not in (None, "last"):
            raise self._wrong("chunk_position", fields["chunk_position"], "it has to be 'last' or None")
        pieces = fields["tool_call_chunks"]
        if type(pieces) is not FrozenList:
            given = self._listed("tool_call_chunks", fields)
            pieces = fields["tool_call_chunks"] = [{**_NOTHING, **piece, "type": "tool_call_chunk"} for piece in given]
        if pieces and not fields["tool_calls"] and not fields["invalid_tool_calls"]:
            fields["tool_calls"], fields["invalid_tool_calls"] = _read_pieces(pieces)
        super()._settle(fields)
        if not pieces:
            fields["tool_call_chunks"] = [
                *(_piece(call, json.dumps(call["args"])) for call in fields["tool_calls"]),
                *(_piece(call, call["args"]) for call in fields["invalid_tool_calls"]),
            ]

    def _sum(self, chunks: list[Any]) -> dict[str, Any]:
        named = [chunk.id for chunk in chunks if chunk.id is not None]
        last = any(getattr(chunk, "chunk_position", None) == "last" for chunk in chunks)
        return {
            **super()._sum(chunks),
            "tool_call_chunks": reduce(merge_lists, [getattr(chunk, "tool_call_chunks", []) for chunk in chunks]),
            "tool_calls": NO_LIST,
            "invalid_tool_calls": NO_LIST,
            "usage_metadata": add_usage(getattr(chunk, "usage_metadata", None) for chunk in chunks),
            "id": min(named, key=_made_up, default=None),
            "chunk_position": "last" if last else None,
        }


_NOTHING = {"name": None, "args": None, "id": None, "index": None}


def _piece(call: Any, args: str | None) -> dict[str, Any]:
    return {"name": call["name"], "args": args, "id": call["id"], "index": None, "type": "tool_call_chunk"}


def _made_up(id: str) -> int:
    """A provider's id is better than the one of a LangChain run, which is better than any other made-up one."""
    return 0 if not id.startswith("lc_") else 1 if id.startswith("lc_run-") else 2


def _read_pieces(pieces: Sequence[Mapping[str, Any]]) -> tuple[list[Any], list[Any]]:
    calls: list[Any] = []
    invalid: list[Any] = []
    for piece in pieces:
        args = read_partial_json(piece["args"]) if piece["args"] else {}
        if isinstance(args, dict):
            calls.append({"name": piece["name"] or "", "args": args, "id": piece["id"]})
        else:
            invalid.append({"name": piece["name"], "args": piece["args"], "id": piece["id"], "error": None})
    return calls, invalid


class ToolMessageChunk(ToolMessage, BaseMessageChunk):
    """A piece of what a tool returns."""

    type = "ToolMessageChunk"

    def _sum(self, chunks: list[Any]) -> dict[str, Any]:
        calls = {getattr(chunk, "tool_call_id", self.tool_call_id) for chunk in chunks}
        if len(calls) > 1:
            raise ValueError(
                f"Chunks that answer different tool calls ({', '.join(map(str, calls))}) cannot be added. "
                "Add those of one tool_call_id."
            )
        artifacts = [{"artifact": getattr(chunk, "artifact", None)} for chunk in chunks]
        failed = any(getattr(chunk, "status", None) == "error" for chunk in chunks)
        return {
            **super()._sum(chunks),
            "artifact": reduce(merge_dicts, artifacts)["artifact"],
            "status": "error" if failed else "success",
        }


_WHOLE: dict[type[BaseMessage], type[BaseMessage]] = {
    AIMessageChunk: AIMessage,
    HumanMessageChunk: HumanMessage,
    SystemMessageChunk: SystemMessage,
    ToolMessageChunk: ToolMessage,
}


def message_chunk_to_message(chunk: Any) -> Any:
    """The message that a chunk, or a sum of chunks, has become; anything else as it is.

    >>> message_chunk_to_message(AIMessageChunk("Hel") + AIMessageChunk("lo")).content
    'Hello'
    """
    if not isinstance(chunk, BaseMessageChunk):
        if type(chunk).__name__.endswith("MessageChunk"):
            from langchain_core import messages  # one of LangChain's, so LangChain is there

            return messages.message_chunk_to_message(chunk)
        return chunk
    fields = {name: value for name, value in vars(chunk).items() if name not in ("tool_call_chunks", "chunk_position")}
    whole = next(whole for piece, whole in _WHOLE.items() if isinstance(chunk, piece))
    return whole._made(fields)
