"""What a ToolNode is asked to do, and how what its tools returned becomes the graph's update."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hilnb.graph.message import REMOVE_ALL_MESSAGES
from hilnb.messages import RemoveMessage, convert_to_messages
from hilnb.messages.base import is_message, kind_of
from hilnb.types import Command, Send

__all__ = [
    "Request",
    "ToolCallRequest",
    "calls_of",
    "checked_result",
    "combined",
    "is_readable",
    "messages_in",
    "read_request",
    "unanswered",
]


@dataclass(frozen=True)
class Request:
    """What a ToolNode was given.

    Attributes:
        calls: The tool calls, in order.
        state: What the tools get as state.
        form: "list" for bare messages, "dict" for a state that holds them, "calls" for tool calls themselves.
        key: The state's key for messages.
    """

    calls: Sequence[Mapping[str, Any]]
    state: Any
    form: str
    key: str


@dataclass(frozen=True)
class ToolCallRequest:
    """What a ToolNode's `wrap_tool_call` is asked to have done (semantics: LangGraph's class of this name).

    Attributes:
        tool_call: The call: `name`, `args`, `id`.
        tool: The tool it names; None when there is none.
        state: What the tool gets as state.
        runtime: What it gets as runtime.
    """

    tool_call: Mapping[str, Any]
    tool: Any
    state: Any
    runtime: Any

    def override(self, **changes: Any) -> ToolCallRequest:
        """The same request with some parts changed."""
        return replace(self, **changes)


def messages_in(state: Any, key: str) -> Sequence[Any]:
    """The messages of a state: a list of them, or something that has one under this key."""
    if isinstance(state, list):
        return state
    found: Sequence[Any] | None = state.get(key) if isinstance(state, Mapping) else getattr(state, key, None)
    return found or []


def calls_of(message: Any) -> list[Mapping[str, Any]]:
    """What a message calls: its tool calls, then those that could not be read, which need an answer all the same.

    Raises:
        ValueError: A tool call has no id.
    """
    calls = getattr(message, "tool_calls", None) or ()
    for call in calls:
        if call["id"] is None:
            raise ValueError(f"the tool call {dict(call)} has no id, so no message can answer it. Give it one.")
    unread = [call for call in getattr(message, "invalid_tool_calls", None) or () if call["id"] is not None]
    return [*calls, *unread]


def is_readable(call: Mapping[str, Any]) -> bool:
    """Whether a call has arguments that a tool could be given."""
    return call.get("type") != "invalid_tool_call"


def unanswered(messages: Sequence[Any]) -> tuple[Any, list[Mapping[str, Any]]]:
    """The last message of a model, None when there is none, and what it calls that no message answers.

    Raises:
        ValueError: A call has no id.
    """
    answered = set()
    for message in reversed(messages):
        if is_message(message) and kind_of(message) == "ai":
            return message, [call for call in calls_of(message) if call["id"] not in answered]
        if _is_answer(message):
            answered.add(message.tool_call_id)
    return None, []


def read_request(given: Any, key: str) -> Request:
    """What is to be done: the unanswered tool calls of the last message of a model, or those that were given.

    Raises:
        ValueError: There is no message, or none of a model, or a call has no id.
    """
    if isinstance(given, Mapping) and given.get("__type") == "tool_call_with_context":
        return Request([given["tool_call"]], given["state"], "calls", key)
    if isinstance(given, list) and given and isinstance(given[-1], Mapping) and given[-1].get("type") == "tool_call":
        return Request(given, {}, "calls", key)
    messages = messages_in(given, key)
    if not messages:
        raise ValueError(f"ToolNode: No message found in input: it needs a state with messages under {key!r}.")
    message, calls = unanswered(messages)
    if message is None:
        raise ValueError("ToolNode: No AIMessage found in input: only a model's message holds tool calls.")
    return Request(calls, given, "list" if isinstance(given, list) else "dict", key)


def checked_result(result: Any, call: Mapping[str, Any], request: Request) -> Any:
    """A tool's result, if it answers the call as it has to: a message, a Command, or a list of them.

    Raises:
        TypeError: It is something else.
        ValueError: No message, or more than one, has the id of the call; or a Command's update is not of the graph's
            form.
    """
    if isinstance(result, list) and result and all(isinstance(part, Command) or _is_answer(part) for part in result):
        made = [_named(part, call, request) for part in result]
        answers = sum(_answers(part, call, request) for part in made)
        if answers != 1:
            raise ValueError(
                f"tool {call['name']!r} returned a list in which {answers} messages have tool_call_id={call['id']!r}; "
                "exactly one ToolMessage has to answer the call."
            )
        return made
    if isinstance(result, Command):
        made = _named(result, call, request)
        _check_answered(made, call, request)
        return made
    if _is_answer(result):
        return _readable(result)
    raise TypeError(
        f"tool {call['name']!r} returned {result!r:.200} (a {type(result).__module__}.{type(result).__qualname__}) "
        "for a tool call; expected a ToolMessage, a Command of hilnb.types, or a list of them."
    )


def _check_answered(command: Command[Any], call: Mapping[str, Any], request: Request) -> None:
    """A call has to be answered in the conversation it stands in, unless that is left or forgotten."""
    if command.update is None or command.graph is not None or _answers(command, call, request):
        return
    if _updated(command, request) != [RemoveMessage(REMOVE_ALL_MESSAGES)]:
        raise ValueError(
            f"tool {call['name']!r} returned a Command whose update has no message that answers the call. Add one: "
            f"Command(update={{{request.key!r}: [ToolMessage('done', tool_call_id=…)]}})."
        )


def _is_answer(part: Any) -> bool:
    return is_message(part) and kind_of(part) == "tool"


def _answers(part: Any, call: Mapping[str, Any], request: Request) -> int:
    """How many messages that answer the call this part of a result brings."""
    messages = _updated(part, request) if isinstance(part, Command) else [part]
    return sum(_fits(message, call) for message in messages)


def _fits(message: Any, call: Mapping[str, Any]) -> bool:
    return _is_answer(message) and message.tool_call_id == call["id"]


def _updated(command: Command[Any], request: Request) -> list[Any]:
    """The messages of a Command's update."""
    update = command.update
    messages = update.get(request.key, []) if isinstance(update, Mapping) else update
    return convert_to_messages(messages) if isinstance(messages, list) else []


def _named(part: Any, call: Mapping[str, Any], request: Request) -> Any:
    """A part of a result with its message's content as a model can read it, and with the tool's name on it."""
    if not isinstance(part, Command):
        return _readable(part)
    update = part.update
    if not isinstance(update, (Mapping, list)):
        return part
    if isinstance(update, list) != (request.form == "list"):
        form = "a list of messages" if request.form == "list" else f"a dict with the key {request.key!r}"
        raise ValueError(
            f"tool {call['name']!r} returned Command(update={update!r:.200}); the graph's state is {form}, and so has "
            "the update to be."
        )
    messages = [
        _with_id(message.model_copy(update={"name": call["name"]})) if _fits(message, call) else message
        for message in _updated(part, request)
    ]
    if isinstance(update, list):
        return replace(part, update=messages)
    return replace(part, update={**update, request.key: messages}) if request.key in update else part


def _readable(message: Any) -> Any:
    if isinstance(message.content, list) and any(isinstance(block, str) for block in message.content):
        message = message.model_copy(update={"content": json.dumps(message.content, ensure_ascii=False)})
    return _with_id(message)


def _with_id(message: Any) -> Any:
    """The message with an id from its birth, so that who hears of the update and who reads the state know it by one."""
    return message if message.id is not None else message.model_copy(update={"id": str(uuid.uuid4())})


def combined(results: Sequence[Any], request: Request) -> Any:
    """The update of the graph: all messages in call order; as soon as there is a Command, a list of parts."""
    flat = [part for result in results for part in (result if isinstance(result, list) else [result])]
    if not any(isinstance(part, Command) for part in flat):
        return flat if request.form == "list" else {request.key: flat}
    parts: list[Any] = []
    sends: list[Send] = []
    for part in flat:
        if not isinstance(part, Command):
            parts.append([part] if request.form == "list" else {request.key: [part]})
        elif part.graph == Command.PARENT and isinstance(part.goto, list) and _all_sends(part.goto):
            sends += part.goto  # a graph is left once, so what goes to its parent goes there together
        else:
            parts.append(part)
    return [*parts, Command(graph=Command.PARENT, goto=sends)] if sends else parts


def _all_sends(goto: Sequence[Any]) -> bool:
    return all(isinstance(target, Send) for target in goto)
