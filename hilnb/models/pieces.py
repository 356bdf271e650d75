"""A model's message cut into the pieces it streams in, and joined again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hilnb.messages import AIMessage, AIMessageChunk

__all__ = ["cut", "joined", "plain_content", "read_arguments", "text_or_blocks"]

_WORDS = re.compile(r"\S+\s*|\s+")
_ONLY_WHILE_STREAMING = ("index", "partial_json")


def cut(message: AIMessage) -> Iterator[AIMessageChunk]:
    """The message in pieces: its text word by word, then its tool calls; the last piece has what is known at the end.

    >>> [chunk.content for chunk in cut(AIMessage("Hello, my dear"))]
    ['Hello, ', 'my ', 'dear', '']
    """
    who: dict[str, Any] = {"id": message.id, "name": message.name}
    for content in _cut_content(message.content):
        yield AIMessageChunk(content, **who)
    empty: Any = "" if isinstance(message.content, str) else []
    calls = [(call, json.dumps(call["args"], ensure_ascii=False)) for call in message.tool_calls]
    calls += [(call, call["args"] or "") for call in message.invalid_tool_calls]  # type: ignore[misc]
    for index, (call, args) in enumerate(calls):
        named = {"name": call["name"], "id": call["id"], "args": "", "index": index}
        yield AIMessageChunk(empty, **who, tool_call_chunks=[named])
        yield AIMessageChunk(empty, **who, tool_call_chunks=[{"args": args, "index": index}])
    known = {name: value for name, value in vars(message).items() if name not in _SAID_BEFORE}
    yield AIMessageChunk(empty, **known, chunk_position="last")


_SAID_BEFORE = ("content", "tool_calls", "invalid_tool_calls")


def _cut_content(content: Any) -> Iterator[Any]:
    if isinstance(content, str):
        yield from _WORDS.findall(content)
        return
    for index, block in enumerate(content):
        block = {"type": "text", "text": block} if isinstance(block, str) else block
        if block.get("type") == "text":
            words = _WORDS.findall(block["text"])
            first = {**block, "text": words[0] if words else "", "index": index}
            yield [first]
            yield from ([{"type": "text", "text": word, "index": index}] for word in words[1:])
        else:
            yield [{**block, "index": index}]


def joined(chunks: Sequence[AIMessageChunk]) -> AIMessage:
    """The message that the pieces of a whole stream make: the same as if it had come in one piece.

    A tool call whose arguments are not a JSON object by now is an invalid one.
    """
    first, *others = chunks
    total = first + others
    calls: list[Any] = []
    invalid: list[Any] = []
    for piece in total.tool_call_chunks:
        args, error = read_arguments(piece["args"])
        if args is None or not piece["name"]:
            invalid.append({"name": piece["name"], "args": piece["args"], "id": piece["id"], "error": error})
        else:
            calls.append({"name": piece["name"], "args": args, "id": piece["id"]})
    fields = {name: value for name, value in vars(total).items() if name not in _OF_PIECES}
    fields |= {"tool_calls": calls, "invalid_tool_calls": invalid}
    return AIMessage(**{**fields, "content": plain_content(total.content, {call["id"]: call for call in calls})})


_OF_PIECES = ("tool_call_chunks", "chunk_position")


def read_arguments(text: str | None) -> tuple[dict[str, Any] | None, str | None]:
    """A tool call's arguments; or None and what is wrong with their text.

    >>> read_arguments('{"n": 1}')
    ({'n': 1}, None)
    >>> read_arguments('[1]')
    (None, 'the arguments are no JSON object')
    """
    try:
        args = json.loads(text or "{}", strict=False)
    except ValueError as error:
        return None, f"the arguments are not valid JSON: {error}"
    return (args, None) if isinstance(args, dict) else (None, "the arguments are no JSON object")


def plain_content(content: Any, calls: Mapping[Any, Any]) -> Any:
    """Content without what only streaming needs, in the form that it has when it comes in one piece.

    Args:
        content: Of a model's message.
        calls: The message's tool calls, by id.
    """
    if isinstance(content, str):
        return content
    blocks = []
    for part in content:
        if isinstance(part, str):
            blocks += [{"type": "text", "text": part}] if part else []
            continue
        block = {name: value for name, value in part.items() if name not in _ONLY_WHILE_STREAMING}
        if "partial_json" in part:
            args, _ = read_arguments(part["partial_json"])
            block["input"] = args or {}
        if block.get("id") in calls and block.get("type") == "tool_use":
            block["input"] = calls[block["id"]]["args"]
        blocks.append(block)
    return text_or_blocks(blocks)


def text_or_blocks(blocks: list[Any]) -> Any:
    """Text alone as a string, as langchain-anthropic has it; anything else as it is.

    >>> text_or_blocks([{"type": "text", "text": "Hello"}])
    'Hello'
    """
    if not blocks:
        return ""
    alone = len(blocks) == 1 and blocks[0].get("type") == "text" and not blocks[0].get("citations")
    return blocks[0]["text"] if alone else blocks
