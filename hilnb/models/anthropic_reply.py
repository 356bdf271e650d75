"""What Anthropic's API replies, as messages: a whole reply, and the events of a streamed one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hilnb.messages import AIMessage, AIMessageChunk
from hilnb.models.pieces import read_arguments, text_or_blocks

__all__ = ["EventReader", "message_of", "usage_of"]


def message_of(reply: Mapping[str, Any]) -> AIMessage:
    """A whole reply as a message (shapes: langchain-anthropic's).

    Args:
        reply: The API's JSON.
    """
    blocks = [_without_nothing(block) for block in reply.get("content") or ()]
    calls: list[Any] = []
    invalid: list[Any] = []
    for block in blocks:
        if block.get("type") != "tool_use":
            continue
        named = {"name": block.get("name"), "id": block.get("id")}
        if isinstance(block.get("input"), dict) and block.get("name"):
            calls.append({**named, "args": block["input"]})
        else:
            text = json.dumps(block.get("input"), ensure_ascii=False)
            invalid.append({**named, "args": text, "error": read_arguments(text)[1] or "the call has no name"})
    usage = reply.get("usage") or {}
    return AIMessage(
        text_or_blocks(blocks),
        tool_calls=calls,
        invalid_tool_calls=invalid,
        usage_metadata=usage_of(usage),
        response_metadata=_metadata(reply),
    )


def _metadata(reply: Mapping[str, Any]) -> dict[str, Any]:
    """All that a reply says besides its content, and who gave it."""
    said = {name: value for name, value in reply.items() if name not in ("content", "role", "type")}
    always = {name: reply.get(name) for name in ("stop_reason", "stop_sequence")}
    model = {"model_name": reply["model"]} if "model" in reply else {}
    return {**_without_nothing(said), **always, **model, "model_provider": "anthropic"}


def _without_nothing(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def usage_of(usage: Mapping[str, Any]) -> Any:
    """The token counts; what was read from and written to the API's cache counts as input.

    >>> usage_of({"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": 10})["total_tokens"]
    17
    """
    read, made = usage.get("cache_read_input_tokens"), usage.get("cache_creation_input_tokens")
    by_age = {name: usage["cache_creation"][name] for name in _AGES if name in (usage.get("cache_creation") or ())}
    details = _without_nothing({"cache_read": read, "cache_creation": made}) | by_age
    if sum(by_age.values()):
        details["cache_creation"] = 0  # said by age already
        made = sum(by_age.values())
    input_tokens = (usage.get("input_tokens") or 0) + (read or 0) + (made or 0)
    output_tokens = usage.get("output_tokens") or 0
    counts: dict[str, Any] = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    counts |= {"total_tokens": input_tokens + output_tokens, "input_token_details": details}
    thought = (usage.get("output_tokens_details") or {}).get("thinking_tokens")
    return counts | ({} if thought is None else {"output_token_details": {"reasoning": thought}})


_AGES = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


class EventReader:
    """Makes pieces of a message of the events of one stream (shapes: langchain-anthropic's).

    Args:
        as_text: Whether text is told as text, and not in blocks: where the request had no tools, thinking or citations.
    """

    def __init__(self, *, as_text: bool) -> None:
        self._as_text = as_text
        self._usage: dict[str, Any] = {}
        self._calls: set[int] = set()

    def read(self, event: Mapping[str, Any]) -> AIMessageChunk | None:
        """The piece that an event is; None for one that says nothing."""
        match event:
            case {"type": "message_start", "message": message}:
                self._usage = dict(message.get("usage") or {})
                model = {"model_name": message["model"]} if "model" in message else {}
                said = {name: value for name, value in message.items() if name in ("id", "model")}
                return self._chunk(None, response_metadata={**said, **model})
            case {"type": "content_block_start", "index": index, "content_block": block}:
                return self._begin(index, _without_nothing(block))
            case {"type": "content_block_delta", "index": index, "delta": delta}:
                return self._go_on(index, delta)
            case {"type": "message_delta", "delta": delta}:
                return self._end(event, delta)
        return None

    def _begin(self, index: int, block: dict[str, Any]) -> AIMessageChunk | None:
        match block:
            case {"type": "tool_use"}:
                self._calls.add(index)
                # The arguments come in later events; an API that knows them already sends none.
                args = json.dumps(block["input"]) if block.get("input") else ""
                piece = {"index": index, "id": block.get("id"), "name": block.get("name"), "args": args}
                return self._chunk({**block, "index": index}, tool_call_chunks=[piece])
            case {"type": "text"}:
                return self._text(index, block) if block.get("text") else None
            case {"type": "thinking"} if not block.get("thinking") and not block.get("signature"):
                return None
        return self._chunk({**block, "index": index})

    def _text(self, index: int, block: Mapping[str, Any]) -> AIMessageChunk:
        return self._chunk(block["text"] if self._as_text else {**block, "type": "text", "index": index})

    def _go_on(self, index: int, delta: Mapping[str, Any]) -> AIMessageChunk | None:
        match delta:
            case {"type": "text_delta", "text": text}:
                return self._text(index, {"text": text})
            case {"type": "citations_delta", "citation": citation}:
                return self._chunk({"type": "text", "citations": [citation], "index": index})
            case {"type": "thinking_delta", "thinking": thinking}:
                return self._chunk({"type": "thinking", "thinking": thinking, "index": index})
            case {"type": "signature_delta", "signature": signature}:
                return self._chunk({"type": "thinking", "thinking": "", "signature": signature, "index": index})
            case {"type": "input_json_delta", "partial_json": text}:
                pieces = [{"index": index, "args": text}] if index in self._calls else []
                return self._chunk({**delta, "index": index}, tool_call_chunks=pieces)
        return None

    def _end(self, event: Mapping[str, Any], delta: Mapping[str, Any]) -> AIMessageChunk:
        usage = {**self._usage, **_without_nothing(event.get("usage") or {})}
        always = {name: delta.get(name) for name in ("stop_reason", "stop_sequence")}
        about = {**_without_nothing(delta), **always, "usage": _without_nothing(usage)}
        return self._chunk(None, usage_metadata=usage_of(usage), response_metadata=about, chunk_position="last")

    def _chunk(self, part: Any, **fields: Any) -> AIMessageChunk:
        nothing: Any = "" if self._as_text else []
        content = nothing if part is None else part if isinstance(part, str) else [part]
        fields["response_metadata"] = {**fields.get("response_metadata", {}), "model_provider": "anthropic"}
        return AIMessageChunk(content, **fields)
