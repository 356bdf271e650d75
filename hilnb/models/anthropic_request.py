"""A conversation as the body of a request to Anthropic's API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hilnb.messages.base import kind_of
from hilnb.messages.frozen import thaw
from hilnb.models.anthropic_blocks import blocks_of
from hilnb.models.question import Question

__all__ = ["request_of"]

Blocks = list[dict[str, Any]]
_ROLES = {"human": "user", "tool": "user", "ai": "assistant", "system": "system"}


def request_of(question: Question) -> dict[str, Any]:
    """The request's fields; the question's options are among them under the API's names.

    Raises:
        ValueError: The API would refuse the conversation: it begins with the model's words, a message of the person's
            is empty, or tool calls and tool messages do not belong together.
    """
    options = dict(question.options)
    if stop := options.pop("stop", None):
        options["stop_sequences"] = [stop] if isinstance(stop, str) else list(stop)
    if not options.get("tools"):
        options.pop("tools", None)  # a model that was bound to none
    messages = list(question.messages)
    first = next((n for n, message in enumerate(messages) if kind_of(message) != "system"), len(messages))
    system = _system(messages[:first])
    turns = list(_turns(messages[first:]))
    if not turns:
        raise ValueError("the model was asked nothing: there are only instructions. Add a message of the person's.")
    _check(turns)
    return {**options, **({"system": system} if system else {}), "messages": [_brief(turn) for turn in turns]}


def _system(messages: Sequence[Any]) -> str | Blocks:
    """The instructions: text as text, everything else as blocks."""
    if len(messages) == 1 and isinstance(messages[0].content, str):
        return messages[0].content
    return [block for message in messages for block in blocks_of(message.content)]


def _turns(messages: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Who says what in turn: neighbours of one role become one turn, in which tool results come first."""
    answered = {message.tool_call_id for message in messages if kind_of(message) == "tool"}
    turn: dict[str, Any] | None = None
    for message in messages:
        for role, blocks in _said(message, answered):
            if turn is not None and turn["role"] == role:
                turn["content"] += blocks
                continue
            if turn is not None:
                yield _with_results_first(turn)
            turn = {"role": role, "content": blocks}
    if turn is not None:
        yield _with_results_first(turn)


def _with_results_first(turn: dict[str, Any]) -> dict[str, Any]:
    return {**turn, "content": sorted(turn["content"], key=lambda block: block.get("type") != "tool_result")}


def _said(message: Any, answered: set[str]) -> Iterator[tuple[str, Blocks]]:
    """The message as a part of a turn; as two, when it also has to be answered."""
    kind = kind_of(message)
    if kind not in _ROLES:
        raise ValueError(f"{message!r:.200}: a model is not told messages of type {kind!r}. Leave it out.")
    if kind == "ai":
        blocks = [*_calls_as_they_are_now(message)]
        if blocks:  # a model may say nothing; the API takes no empty turn
            yield "assistant", blocks
        unread = [_told_as_unreadable(call) for call in _unread(message) if call["id"] not in answered]
        if unread:
            yield "user", unread
    elif kind == "tool":
        yield "user", [_result(message)]
    else:
        blocks = blocks_of(message.content)
        if not blocks:
            raise ValueError(f"{message!r:.200} is empty, and the API refuses that. Leave it out, or say something.")
        yield _ROLES[kind], blocks


def _result(message: Any) -> dict[str, Any]:
    content = message.content if isinstance(message.content, str) else blocks_of(message.content)
    failed = {"is_error": True} if message.status == "error" else {}
    return {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": content, **failed}


def _calls_as_they_are_now(message: Any) -> Iterator[dict[str, Any]]:
    """The model's blocks; a tool call as `tool_calls` has it, where a person may have changed its arguments."""
    calls = {call["id"]: call for call in message.tool_calls}
    unread = {call["id"]: {**call, "args": {}} for call in _unread(message)}
    told = set()
    for block in blocks_of(message.content):
        call = {**calls, **unread}.get(block.get("id"))
        if block.get("type") == "tool_use" and call is not None:
            block = {**block, "name": call["name"], "input": thaw(call["args"])}
        told.add(block.get("id"))
        yield block
    for id, call in {**calls, **unread}.items():
        if id not in told:
            yield {"type": "tool_use", "id": id, "name": call["name"], "input": thaw(call["args"])}


def _unread(message: Any) -> Iterator[Mapping[str, Any]]:
    """The calls whose arguments could not be read, but for those that nobody can answer."""
    return (call for call in message.invalid_tool_calls if call["id"] and call["name"])


def _told_as_unreadable(call: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a call that was never run: the model reads what was wrong, and can call again."""
    text = f"The tool was not run: {call['error'] or 'the arguments are not a JSON object'}. They were: {call['args']}"
    return {"type": "tool_result", "tool_use_id": call["id"], "content": text, "is_error": True}


def _brief(turn: dict[str, Any]) -> dict[str, Any]:
    """The turn with text alone as text."""
    match turn["content"]:
        case [{"type": "text", "text": text} as block] if len(block) == 2:
            return {**turn, "content": text}
    return turn


def _check(turns: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what the API is known to refuse.

    Raises:
        ValueError: The conversation begins with the model's words, a tool call has no answer where it has to be, or a
            tool message answers no call.
    """
    if turns[0]["role"] == "assistant":
        raise ValueError(
            "the conversation begins with the model's words, and the API wants the person's first. Where messages were "
            "cut, trim_messages(…, start_on='human') cuts at the right place."
        )
    before: Blocks = []
    for turn in (*turns, {"content": []}):
        calls = {block["id"]: block for block in before if block.get("type") == "tool_use"}
        results = [block["tool_use_id"] for block in turn["content"] if block.get("type") == "tool_result"]
        open_calls = [call for id, call in calls.items() if id not in results]
        if open_calls:
            args = json.dumps(open_calls[0]["input"], ensure_ascii=False, default=str)
            raise ValueError(
                f"the model's call of {open_calls[0]['name']!r} (id {open_calls[0]['id']!r}) has no answer right after "
                "it, and the API refuses that. Add a ToolMessage with its id as tool_call_id; or take the call out of "
                f"the message's tool_calls and content. Its arguments: {args:.200}"
            )
        stray = [id for id in results if id not in calls]
        if stray:
            raise ValueError(
                f"a ToolMessage answers {stray[0]!r}, which is no call of the model's message before it"
                f"{_those(calls)}. The API refuses that: keep the message with the call too, or leave this one out."
            )
        before = turn["content"]


def _those(calls: Mapping[str, Any]) -> str:
    return f" (its calls: {', '.join(map(repr, calls))})" if calls else ""
