"""A conversation as a key of the state: new messages are added, and messages with a known id replace the old ones."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypedDict, overload

from hilnb import _context
from hilnb.messages import (
    AnyMessage,
    BaseMessage,
    BaseMessageChunk,
    MessageLikeRepresentation,
    RemoveMessage,
    convert_to_messages,
    message_chunk_to_message,
)
from hilnb.messages.openai import as_openai_messages

__all__ = ["REMOVE_ALL_MESSAGES", "Messages", "MessagesState", "add_messages", "push_message"]

Messages = list[MessageLikeRepresentation] | MessageLikeRepresentation
"""What `add_messages` takes: a list of messages or of what stands for them, or one of these."""

REMOVE_ALL_MESSAGES = "__remove_all__"
"""`RemoveMessage(REMOVE_ALL_MESSAGES)` takes out all messages before it."""

Format = Literal["langchain-openai"]


@overload
def add_messages(left: Messages, right: Messages, *, format: Format | None = None) -> list[Any]: ...
@overload
def add_messages(*, format: Format | None = None) -> Callable[[Messages, Messages], list[Any]]: ...
def add_messages(left: Any = None, right: Any = None, *, format: Format | None = None) -> Any:
    """Merge two lists of messages by id (semantics: LangGraph's function of this name).

    A message with a known id replaces the one that has it, others go to the end; a `RemoveMessage` takes out the one it
    names. Text, pairs and dicts become messages, chunks become whole messages, and a message without an id gets one: in
    the result, for a message itself does not change. Neither list is changed.

    As a reducer: `messages: Annotated[list[AnyMessage], add_messages]`, or with `add_messages(format=…)`.

    Args:
        left: What is there.
        right: What is new.
        format: "langchain-openai" rewrites content blocks into the form OpenAI's API takes.

    Returns:
        A new list of messages; without `left` and `right`, a reducer with this format.

    Raises:
        ValueError: Only one of the two is given, a `RemoveMessage` names an unknown id, the format is unknown, or a
            message is not written as it has to be.
    """
    if format and format != "langchain-openai":
        raise ValueError(f"Unrecognized {format=}. Expected one of 'langchain-openai', None.")
    if left is None and right is None:
        return functools.partial(add_messages, format=format)
    if left is None or right is None:
        missing = "left" if left is None else "right"
        raise ValueError(
            f"Must specify non-null arguments for both 'left' and 'right': {missing!r} is None. "
            "For no messages give an empty list."
        )
    merged = _merged(left if isinstance(left, list) else [left], right if isinstance(right, list) else [right])
    return as_openai_messages(merged) if format else merged


class _Conversation:
    """A merged list as we know it: the messages, whole and with ids, and the set of these ids.

    The last message keeps it. So when it comes back as `left`, which it does once a step, comparing two lists of the
    same objects is all that has to be done with it, and a long conversation costs next to nothing per message.
    """

    __slots__ = ("ids", "messages")

    def __init__(self, messages: list[Any]) -> None:
        self.messages = messages
        self.ids = {message.id for message in messages}

    def keep(self) -> list[Any]:
        """A copy of the messages, for the caller."""
        if self.messages and isinstance(self.messages[-1], BaseMessage):
            object.__setattr__(self.messages[-1], "_conversation", [self])
        return self.messages.copy()


def _conversation(left: list[Any]) -> _Conversation:
    """What we know of the list; it is taken away from the message, as two forks must not both write on one."""
    try:
        known: _Conversation = left[-1]._conversation.pop()  # a list's pop is atomic
    except (AttributeError, IndexError):
        pass  # an empty list, or one that does not come from here
    else:
        if known.messages == left:
            return known
    return _Conversation([_with_id(message) for message in _finished(left)])


def _merged(left: list[Any], right: list[Any]) -> list[Any]:
    right = [_with_id(message) for message in _finished(right)]
    ids = [message.id for message in right]
    if REMOVE_ALL_MESSAGES in ids:
        after = len(ids) - ids[::-1].index(REMOVE_ALL_MESSAGES)
        left, right, ids = [], right[after:], ids[after:]
    known = _conversation(left)
    new = set(ids)
    if len(new) == len(ids) and new.isdisjoint(known.ids) and not any(map(_removes, right)):
        known.messages += right
        known.ids |= new
    else:
        known = _Conversation(_merged_by_id(known.messages, right))
    return known.keep()


def _finished(messages: list[Any]) -> list[Any]:
    """The list itself when it holds nothing but whole messages, as it nearly always does."""
    if all(map(_is_whole, set(map(type, messages)))):
        return messages
    return [message_chunk_to_message(message) for message in convert_to_messages(messages)]


def _is_whole(kind: type) -> bool:
    ours = issubclass(kind, BaseMessage) and not issubclass(kind, BaseMessageChunk)
    return ours or (kind.__module__.startswith("langchain_core.messages") and not kind.__name__.endswith("Chunk"))


def _with_id(message: Any) -> Any:
    if message.id is not None:
        return message
    if isinstance(message, BaseMessage):
        return message.with_id(_new_id())
    message.id = _new_id()  # LangChain's messages do change, and LangGraph gives them their ids like this
    return message


def _new_id() -> str:
    """A random UUID, as text: making the object first takes twice as long."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"


_VARIANT = dict(zip("0123456789abcdef", "89ab" * 4))


def _removes(message: Any) -> bool:
    return bool(message.type == RemoveMessage.type)


def _merged_by_id(left: list[Any], right: list[Any]) -> list[Any]:
    merged = list(left)
    place = {message.id: index for index, message in enumerate(merged)}
    removed = set()
    for message in right:
        index = place.get(message.id)
        if _removes(message):
            if index is None:
                raise ValueError(
                    f"Attempting to delete a message with an ID that doesn't exist ({message.id!r}). "
                    "RemoveMessage takes the id of a message that is there, or REMOVE_ALL_MESSAGES."
                )
            removed.add(message.id)
        elif index is None:
            place[message.id] = len(merged)
            merged.append(message)
        else:
            removed.discard(message.id)
            merged[index] = message
    return [message for message in merged if message.id not in removed]


class MessagesState(TypedDict):
    """A state that is a conversation; subclass it to add keys of your own."""

    messages: Annotated[list[AnyMessage], add_messages]


def push_message(message: MessageLikeRepresentation, *, state_key: str | None = "messages") -> AnyMessage:
    """Write a message while the node still runs: stream mode "messages" tells it at once.

    Args:
        message: A message, or what `convert_to_messages` makes one of. It needs an id, to be told only once.
        state_key: The key it is written to when the node has finished; none when None.

    Returns:
        The message.

    Raises:
        RuntimeError: Not called from a running node.
        ValueError: The message has no id.
    """
    here = _context.running("push_message()")
    made: Any = convert_to_messages([message])[0]
    if made.id is None:
        raise ValueError(f"push_message({message!r}): Message ID is required, so that it is told only once.")
    if here.tell is not None and "messages" in here.modes:
        here.run.heard.add(made.id)
        here.tell((here.ns[:-1], "messages", (made, here.full_config()["metadata"])))
    if state_key is not None:
        here.push(state_key, made)
    said: AnyMessage = made
    return said
