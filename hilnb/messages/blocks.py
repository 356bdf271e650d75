"""A message's content as LangChain's standard blocks, whatever form a model's API gave it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hilnb.messages.frozen import thaw

__all__ = ["standard_blocks"]

_KNOWN = {"text", "text-plain", "reasoning", "refusal", "image", "audio", "video", "file", "non_standard"}
_KNOWN |= {"tool_call", "tool_call_chunk", "invalid_tool_call"}
_KNOWN |= {"server_tool_call", "server_tool_call_chunk", "server_tool_result"}

_DATA = re.compile(r"data:(?P<kind>[^;]+);base64,(?P<data>.*)", re.DOTALL)


def standard_blocks(message: Any) -> list[dict[str, Any]]:
    """The blocks of the content, then the tool calls that are not among them (semantics: langchain-core's property).

    A block that only one API knows stands inside one of type "non_standard".
    """
    content = [message.content] if isinstance(message.content, str) else message.content
    reasons = message.additional_kwargs.get("reasoning_content")
    blocks = [{"type": "reasoning", "reasoning": reasons}] if isinstance(reasons, str) else []
    blocks += [_standard(thaw(part)) for part in content if part != ""]
    said = {block.get("id") for block in blocks if block["type"] == "tool_call"}
    return blocks + [call for call in _calls(message) if call.get("id") is None or call["id"] not in said]


def _calls(message: Any) -> Iterator[dict[str, Any]]:
    """The tool calls; of a message that still streams, their pieces."""
    pieces = getattr(message, "tool_call_chunks", None)
    streams = pieces and message.chunk_position != "last"
    yield from thaw(pieces if streams else getattr(message, "tool_calls", []))


def _standard(part: Any) -> dict[str, Any]:
    match part:
        case str():
            return {"type": "text", "text": part}
        case {"type": "image_url", "image_url": {"url": str(url)} | str(url)}:
            return {"type": "image", **_data(url)}
        case {"type": "input_audio", "input_audio": {"data": data, "format": form}}:
            return {"type": "audio", "base64": data, "mime_type": f"audio/{form}"}
        case {"type": "file", "file": Mapping() as file}:
            named = {"extras": {"filename": file["filename"]}} if "filename" in file else {}
            return {"type": "file", **({"file_id": file["file_id"]} if "file_id" in file else _data(file)), **named}
        case {"source_type": "base64", "data": data}:
            return {**_without(part, "source_type", "data"), "base64": data}
        case {"source_type": "url"}:
            return _without(part, "source_type")
        case {"type": kind} if kind in _KNOWN:
            return dict(part)
        case {"text": text} if "type" not in part:
            return {"type": "text", "text": text}
    return {"type": "non_standard", "value": part}


def _data(given: Any) -> dict[str, Any]:
    """Where the bytes are: in a data URL, or at an address."""
    url = given if isinstance(given, str) else given.get("file_data", "")
    found = _DATA.fullmatch(url)
    return {"base64": found["data"], "mime_type": found["kind"]} if found else {"url": url}


def _without(part: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in names}
