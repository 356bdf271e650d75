"""Whatever people write for a message, made into one: text, `("user", "text")`, dicts; and back into dicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hilnb.errors import did_you_mean
from hilnb.messages.base import BaseMessage, is_message
from hilnb.messages.chunks import AIMessageChunk, HumanMessageChunk, SystemMessageChunk, ToolMessageChunk
from hilnb.messages.kinds import AIMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage, read_openai_calls

__all__ = [
    "AnyMessage",
    "MessageLikeRepresentation",
    "convert_to_messages",
    "message_to_dict",
    "messages_from_dict",
    "messages_to_dict",
]

AnyMessage = (
    AIMessage
    | HumanMessage
    | SystemMessage
    | ToolMessage
    | AIMessageChunk
    | HumanMessageChunk
    | SystemMessageChunk
    | ToolMessageChunk
)
"""What a list of messages holds."""

MessageLikeRepresentation = BaseMessage | str | Sequence[Any] | Mapping[str, Any]
"""What `convert_to_messages` takes for a message."""

_ROLES: dict[str, type[BaseMessage]] = {
    "human": HumanMessage,
    "user": HumanMessage,
    "ai": AIMessage,
    "assistant": AIMessage,
    "system": SystemMessage,
    "developer": SystemMessage,
    "tool": ToolMessage,
    "remove": RemoveMessage,
}
_OF_CHUNKS = {cls.type: cls for cls in (AIMessageChunk, HumanMessageChunk, SystemMessageChunk, ToolMessageChunk)}


def convert_to_messages(messages: Any) -> list[Any]:
    """A list of messages from whatever stands for them (semantics: langchain-core's function of this name).

    Each may be a message, also one of LangChain's, which stays as it is; text, said by the person; a pair
    `("user", "text")`; or a dict with `role` (or `type`) and `content`. A single text, dict or message makes one.

    >>> convert_to_messages([("system", "Be brief."), "Hello"])[1].type
    'human'

    Raises:
        NotImplementedError: An item is none of these.
        ValueError: A role is not known, a dict lacks role or content, or a field holds what it cannot hold.
    """
    if hasattr(messages, "to_messages"):  # what a LangChain prompt template makes
        return list(messages.to_messages())
    if isinstance(messages, (str, Mapping)) or is_message(messages):
        messages = [messages]
    return [_to_message(item) for item in messages]


def _to_message(item: Any) -> Any:
    if isinstance(item, BaseMessage):
        return item
    if isinstance(item, str):
        return HumanMessage(item)
    if isinstance(item, Mapping):
        return _from_dict(item)
    if is_message(item):
        return item
    if isinstance(item, Sequence) and len(item) == 2 and isinstance(item[0], str):
        return _from_role(item[0], {"content": item[1]})
    # LangChain raises this kind of error here, and programs may wait for it.
    raise NotImplementedError(
        f"{item!r:.200} ({type(item).__name__}) cannot be made into a message. A message is written as text, as "
        '("user", "text"), as {"role": "user", "content": "text"}, or as HumanMessage("text").'
    )


def _from_dict(given: Mapping[str, Any]) -> Any:
    fields = dict(given)
    role = fields.pop("role", None) or fields.pop("type", None)
    if role is None or "content" not in fields:
        raise ValueError(
            f"A message as a dict has the keys 'role' and 'content'; got {dict(given)!r:.200}. "
            'For example: {"role": "user", "content": "text"}.'
        )
    if fields["content"] is None:
        fields["content"] = ""
    return _from_role(role, fields)


def _from_role(role: str, fields: dict[str, Any]) -> Any:
    cls = _ROLES.get(role)
    if cls is None:
        raise ValueError(
            f"Unexpected message type: {role!r}{did_you_mean(role, _ROLES)}. Use one of {', '.join(map(repr, _ROLES))}."
        )
    # What the class does not know is the provider's: it goes where LangChain puts it.
    foreign = {name: fields.pop(name) for name in [*fields] if name not in cls._defaults}
    calls = foreign.pop("tool_calls", None) or fields.get("tool_calls") or ()
    if any("function" in call for call in calls):
        fields["tool_calls"], fields["invalid_tool_calls"] = read_openai_calls(calls)
    developer = {"__openai_role__": "developer"} if role == "developer" else {}
    own = fields.pop("additional_kwargs", None) or {}
    return cls(**fields, additional_kwargs={**foreign, **own, **developer})


def message_to_dict(message: Any) -> dict[str, Any]:
    """The message as `{"type": …, "data": {its fields}}`."""
    return {"type": message.type, "data": message.model_dump()}


def messages_to_dict(messages: Iterable[Any]) -> list[dict[str, Any]]:
    """Each message as `{"type": …, "data": {its fields}}`."""
    return [message_to_dict(message) for message in messages]


def messages_from_dict(messages: Iterable[Mapping[str, Any]]) -> list[Any]:
    """The messages that `messages_to_dict` wrote down.

    Raises:
        ValueError: A type is not known.
    """
    made = []
    for message in messages:
        cls = _ROLES.get(message["type"]) or _OF_CHUNKS.get(message["type"])
        if cls is None or cls.type != message["type"]:
            known = [kind.type for kind in {*_ROLES.values(), *_OF_CHUNKS.values()}]
            raise ValueError(f"Got unexpected message type: {message['type']!r}{did_you_mean(message['type'], known)}.")
        made.append(cls(**message["data"]))
    return made
