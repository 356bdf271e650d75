"""From a list of messages another one: some of them, or neighbours joined; and the conversation as text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from hilnb.messages.base import BaseMessage, is_message, kind_of
from hilnb.messages.chunks import message_chunk_to_message
from hilnb.messages.convert import convert_to_messages
from hilnb.messages.kinds import AIMessage, RemoveMessage, ToolMessage
from hilnb.messages.merging import add_usage, merge_contents, merge_dicts
from hilnb.messages.step import or_step

__all__ = ["Kinds", "filter_messages", "get_buffer_string", "is_kind", "merge_message_runs"]

Kinds = str | type[BaseMessage] | Sequence[str | type[BaseMessage]]
"""Types of messages: their names ("human"), their classes, or a list of both."""


def is_kind(message: Any, kinds: Kinds) -> bool:
    """Whether the message is of one of the kinds; a class also stands for its subclasses."""
    return any(
        message.type == kind
        if isinstance(kind, str)
        else isinstance(message, kind) or (not isinstance(message, BaseMessage) and message.type == kind.type)
        for kind in ([kinds] if isinstance(kinds, (str, type)) else kinds)
    )


@or_step
def filter_messages(
    messages: Any,
    *,
    include_names: Collection[str] = (),
    exclude_names: Collection[str] = (),
    include_types: Kinds = (),
    exclude_types: Kinds = (),
    include_ids: Collection[str] = (),
    exclude_ids: Collection[str] = (),
    exclude_tool_calls: Collection[str] | bool | None = None,
) -> list[Any]:
    """The messages that match (semantics: langchain-core's function of this name).

    Args:
        messages: Anything `convert_to_messages` takes; without them it gives a step that takes them later.
        include_names: Keep those with one of these names. With several includes, one that matches is enough; with
            none, everything not excluded is kept.
        exclude_names: Leave out those with one of these names; an exclude beats an include.
        include_types: Keep those of these kinds.
        exclude_types: Leave out those of these kinds.
        include_ids: Keep those with these ids.
        exclude_ids: Leave out those with these ids.
        exclude_tool_calls: Leave out these tool calls (True: all) and what answers them; an AI message stays with the
            calls it has left, and goes when it has none left.
    """
    kept = []
    for message in convert_to_messages(messages):
        if message.name in (exclude_names or ()) or message.id in (exclude_ids or ()):
            continue
        if exclude_types and is_kind(message, exclude_types):
            continue
        if exclude_tool_calls:
            message = _without_calls(message, exclude_tool_calls)
        if message is not None and (
            not (include_names or include_types or include_ids)
            or message.name in (include_names or ())
            or (include_types and is_kind(message, include_types))
            or message.id in (include_ids or ())
        ):
            kept.append(message)
    return kept


def _without_calls(message: Any, ids: Collection[str] | bool) -> Any:
    """The message without some tool calls; None when nothing of it is left."""
    if is_kind(message, ToolMessage):
        return None if ids is True or message.tool_call_id in ids else message  # type: ignore[operator]
    calls = getattr(message, "tool_calls", None)
    if not calls:
        return message
    left = [] if ids is True else [call for call in calls if call["id"] not in ids]  # type: ignore[operator]
    if not left or len(left) == len(calls):
        return message if left else None
    content = message.content
    if isinstance(content, list):
        gone = {call["id"] for call in calls} - {call["id"] for call in left}
        content = [block for block in content if not _is_call_of(block, gone)]
    return message.model_copy(update={"tool_calls": left, "content": content})


def _is_call_of(block: Any, ids: Collection[str]) -> bool:
    return isinstance(block, Mapping) and block.get("type") in ("tool_use", "tool_call") and block.get("id") in ids


@or_step
def merge_message_runs(messages: Any, *, chunk_separator: str = "\n") -> list[Any]:
    """The messages with neighbours of one kind made into one; those of tools and those that remove stay as they are.

    Args:
        messages: Anything `convert_to_messages` takes; without them it gives a step that takes them later.
        chunk_separator: Stands between two texts that are joined.
    """
    merged: list[Any] = []
    for message in map(message_chunk_to_message, convert_to_messages(messages)):
        if not merged or type(merged[-1]) is not type(message) or is_kind(message, (ToolMessage, RemoveMessage)):
            merged.append(message)
        else:
            merged[-1] = _joined(merged[-1], message, chunk_separator)
    return merged


def _joined(first: Any, second: Any, separator: str) -> Any:
    contents = [first.content, second.content]
    if all(isinstance(content, str) and content for content in contents):
        contents.insert(1, separator)
    update = {
        "content": merge_contents(contents[0], contents[1:]),
        "additional_kwargs": merge_dicts(first.additional_kwargs, second.additional_kwargs),
        "name": first.name if first.name == second.name else None,
    }
    if is_kind(first, AIMessage):
        for calls in ("tool_calls", "invalid_tool_calls"):
            update[calls] = [*getattr(first, calls), *getattr(second, calls)]
        update["id"] = second.id if first.id is None else first.id
        update["usage_metadata"] = add_usage([first.usage_metadata, second.usage_metadata])
    return first.model_copy(update=update)


def get_buffer_string(
    messages: Iterable[Any],
    human_prefix: str = "Human",
    ai_prefix: str = "AI",
    *,
    system_prefix: str = "System",
    tool_prefix: str = "Tool",
    message_separator: str = "\n",
) -> str:
    r"""The conversation as text, one line a message: who, and what was said.

    >>> get_buffer_string(convert_to_messages(["Hello", ("ai", "Hi")]))
    'Human: Hello\nAI: Hi'
    """
    prefixes = {"human": human_prefix, "ai": ai_prefix, "system": system_prefix, "tool": tool_prefix}
    lines = []
    for message in messages:
        prefix = prefixes.get(kind_of(message)) if is_message(message) else None
        if prefix is None:
            raise ValueError(f"Got unsupported message type: {message!r:.200}. convert_to_messages makes messages.")
        calls = getattr(message, "tool_calls", None)
        lines.append(f"{prefix}: {message.text}{calls or ''}")
    return message_separator.join(lines)
