"""Messages whose content has the form OpenAI's API takes: text, text blocks, `image_url` blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hilnb.messages.base import BaseMessage, is_message, kind_of
from hilnb.messages.convert import convert_to_messages
from hilnb.messages.kinds import AIMessage, ToolMessage

__all__ = ["as_openai_messages", "convert_to_openai_messages"]

_ROLES = {"human": "user", "ai": "assistant"}


def convert_to_openai_messages(messages: Any) -> Any:
    """The messages as the dicts that OpenAI's API takes; one dict for one message.

    >>> convert_to_openai_messages([("human", "Hi")])
    [{'role': 'user', 'content': 'Hi'}]
    """
    if isinstance(messages, (str, Mapping)) or is_message(messages):
        return convert_to_openai_messages([messages])[0]
    return [_as_dict(message) for message in as_openai_messages(convert_to_messages(messages))]


def _as_dict(message: Any) -> dict[str, Any]:
    kind = kind_of(message)
    made: dict[str, Any] = {"role": _ROLES.get(kind, kind)}
    made |= {"name": message.name} if message.name else {}
    if kind == "ai" and message.tool_calls:
        made["tool_calls"] = [_as_openai_call(call) for call in message.tool_calls]
    made |= {"tool_call_id": message.tool_call_id} if kind == "tool" else {}
    return {**made, "content": message.content}


def _as_openai_call(call: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(call["args"], ensure_ascii=False)
    return {"type": "function", "id": call["id"], "function": {"name": call["name"], "arguments": arguments}}


def as_openai_messages(messages: list[Any]) -> list[Any]:
    """The messages with Anthropic's blocks rewritten; what is text already stays the same object.

    A tool use becomes a tool call, a tool result a message of its own, an image an `image_url` with its data.
    """
    return [part for message in messages for part in _rewritten(message)]


def _rewritten(message: Any) -> Iterator[Any]:
    if isinstance(message.content, str):
        yield message
        return
    blocks: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    results: list[BaseMessage] = []
    for block in message.content:
        if isinstance(block, str):
            block = {"type": "text", "text": block}
        match block:
            case {"type": "text", "text": text}:
                blocks.append({"type": "text", "text": text})
            case {"type": "tool_use", "id": id, "name": name, "input": args}:
                calls.append({"name": name, "args": args, "id": id})
            case {"type": "tool_result", "tool_use_id": id}:
                result = ToolMessage(block.get("content", ""), tool_call_id=id, id=f"{message.id}-{id}")
                results += _rewritten(result)
            case {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}:
                blocks.append(_image(f"data:{kind};base64,{data}"))
            case {"type": "image", "source": {"type": "url", "url": url}}:
                blocks.append(_image(url))
            case _:
                blocks.append(block)
    if blocks or calls or not results:
        update = _update(message, blocks, calls)
        yield message if update == {"content": message.content} else message.model_copy(update=update)
    yield from results


def _image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def _update(message: Any, blocks: list[dict[str, Any]], calls: list[dict[str, Any]]) -> dict[str, Any]:
    only_text = all(block.get("type") == "text" for block in blocks)
    content = "\n".join(block["text"] for block in blocks) if only_text else blocks
    # The calls usually stand in `tool_calls` already, as the model put them there.
    add_calls = bool(calls) and message.type == AIMessage.type and not message.tool_calls
    return {"content": content, "tool_calls": calls} if add_calls else {"content": content}
