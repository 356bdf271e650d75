"""What is said in a run: the messages in its states and updates, ours or LangChain's, and the words a screen shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hilnb.masking import masked
from hilnb.messages.base import is_message, kind_of

SPEAKERS = {"human": "human", "ai": "AI", "system": "system", "tool": "tool"}
"""How a screen calls who speaks. A message of another kind, a `RemoveMessage`, says nothing."""

_SAID_OTHERWISE = ("text", "thinking", "tool_use", "tool_call", "input_json_delta")


class _Messages:
    """Stands for messages where they need not be shown once more."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __repr__(self) -> str:
        return f"<{self._count} message{'' if self._count == 1 else 's'}>"


def messages_in(value: Any) -> list[Any]:
    """The messages that a state's key holds, or a node gives it; none where it is anything else.

    >>> from hilnb.messages import AIMessage
    >>> messages_in([AIMessage("Hello")])
    [AIMessage(content='Hello', additional_kwargs={}, response_metadata={}, tool_calls=[], invalid_tool_calls=[])]
    >>> messages_in(["Hello"])
    []
    """
    items = value if isinstance(value, (list, tuple)) else [value]
    return list(items) if all(is_message(item) and kind_of(item) in SPEAKERS for item in items) else []


def taken_apart(update: Any) -> tuple[list[Any], Any]:
    """The messages of a node's update, and what else there is in it."""
    if not isinstance(update, Mapping):
        return [], update
    messages = [message for value in update.values() for message in messages_in(value)]
    return messages, {key: value for key, value in update.items() if not messages_in(value)}


def without_silence(update: Mapping[Any, Any], conversations: Mapping[str, Any]) -> dict[Any, Any]:
    """The update without the keys at which it adds no message to a conversation: ToolNode may have nothing to say.

    >>> from hilnb.messages import AIMessage
    >>> without_silence({"messages": [], "files": []}, {"messages": [AIMessage("Hello")], "files": []})
    {'files': []}
    """

    def says(key: Any, value: Any) -> bool:
        return not isinstance(value, list) or bool(value) or not messages_in(conversations.get(key, []))

    return {key: value for key, value in update.items() if says(key, value)}


def before_and_new(state: Any, given: Any) -> tuple[list[Any], list[Any]]:
    """The messages of a state that has just taken in an input: those it had before, and those that came with it.

    >>> from hilnb.messages import AIMessage, HumanMessage
    >>> before, new = before_and_new({"messages": [AIMessage("Hello"), HumanMessage("Hi")]}, {"messages": ["Hi"]})
    >>> len(before), [message.text for message in new]
    (1, ['Hi'])
    """
    before: list[Any] = []
    new: list[Any] = []
    for key, value in state.items() if isinstance(state, Mapping) else ():
        messages, came = messages_in(value), given.get(key, []) if isinstance(given, Mapping) else []
        count = len(came) if isinstance(came, list) else 1
        before += messages[: len(messages) - count]
        new += messages[len(messages) - count :]
    return before, new


def in_brief(state: Any) -> Any:
    """The state with its messages only counted: the log shows what they say.

    >>> from hilnb.messages import AIMessage
    >>> in_brief({"messages": [AIMessage("Hello")], "city": "Oslo"})
    {'messages': <1 message>, 'city': 'Oslo'}
    """
    if not isinstance(state, Mapping):
        return state
    counts = {key: len(messages_in(value)) for key, value in state.items()}
    return {key: _Messages(counts[key]) if counts[key] else value for key, value in state.items()}


def is_piece(message: Any) -> bool:
    """Whether it is a piece of a message that a model is still saying, or a sum of such pieces."""
    return str(message.type).endswith("Chunk")


def words_of(message: Any) -> Iterator[tuple[str, str]]:
    """What a message says, as label and text: thoughts, text, and each tool call as a call in Python.

    >>> from hilnb.messages import AIMessage
    >>> call = {"name": "search", "args": {"query": "weather in Oslo"}, "id": "1"}
    >>> list(words_of(AIMessage("Let me see.", tool_calls=[call])))
    [('AI', 'Let me see.'), ('calls', "search(query='weather in Oslo')")]
    """
    blocks = [block for block in message.content if isinstance(block, dict)]
    thoughts = "".join(str(block.get("thinking", "")) for block in blocks)
    others = [f"[{block.get('type')}]" for block in blocks if block.get("type") not in _SAID_OTHERWISE]
    calls = list(getattr(message, "tool_calls", ()))
    unreadable = list(getattr(message, "invalid_tool_calls", ()))
    if thoughts:
        yield "thinks", thoughts
    text = "\n".join(filter(None, [str(message.text), *others]))
    if text or not (thoughts or calls or unreadable):
        yield SPEAKERS[kind_of(message)], text
    for call in calls:
        yield (
            "calls",
            f"{call['name']}({', '.join(f'{name}={value!r}' for name, value in masked(call['args']).items())})",
        )
    for call in unreadable:
        yield "calls", f"{call['name']}(…) with arguments that cannot be read: {call['args']}"
