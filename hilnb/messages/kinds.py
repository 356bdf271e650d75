"""Who speaks: the person, the model, a tool, the instructions; and the mark that removes a message."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal, TypedDict

from hilnb.messages.base import BaseMessage
from hilnb.messages.frozen import NO_LIST, FrozenList

__all__ = [
    "AIMessage",
    "HumanMessage",
    "InvalidToolCall",
    "RemoveMessage",
    "SystemMessage",
    "ToolCall",
    "ToolMessage",
    "UsageMetadata",
]


class ToolCall(TypedDict):
    """A model's wish to have a tool run. Its `id` is what the tool's message answers to."""

    name: str
    args: dict[str, Any]
    id: str | None
    type: Literal["tool_call"]


class InvalidToolCall(TypedDict):
    """A tool call whose arguments are not valid JSON."""

    name: str | None
    args: str | None
    id: str | None
    error: str | None
    type: Literal["invalid_tool_call"]


class UsageMetadata(TypedDict, total=False):
    """How many tokens a call of the model took; the details break the first two numbers down."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_token_details: dict[str, int]
    output_token_details: dict[str, int]


class HumanMessage(BaseMessage):
    """What the person said."""

    type = "human"


class SystemMessage(BaseMessage):
    """What the model is told about its task, before anyone speaks."""

    type = "system"


class AIMessage(BaseMessage):
    """What the model said.

    Args:
        content: As for every message.
        tool_calls: The tools it wants to run: dicts with `name`, `args` (a dict) and `id`.
        invalid_tool_calls: Those whose arguments could not be read: `args` is the text, `error` says why.
        usage_metadata: `input_tokens`, `output_tokens`, `total_tokens`.
    """

    type = "ai"
    tool_calls: list[ToolCall]
    invalid_tool_calls: list[InvalidToolCall]
    usage_metadata: UsageMetadata | None

    _defaults: ClassVar[dict[str, Any]] = {
        **BaseMessage._defaults,
        "tool_calls": NO_LIST,
        "invalid_tool_calls": NO_LIST,
        "usage_metadata": None,
    }

    def __init__(self, content: Any = None, content_blocks: list[Any] | None = None, **given: Any) -> None:
        if content is None and content_blocks and "tool_calls" not in given:
            blocks = [block for block in content_blocks if isinstance(block, dict)]
            given["tool_calls"] = [block for block in blocks if block.get("type") == "tool_call"]
        super().__init__(content, content_blocks, **given)

    def _settle(self, fields: dict[str, Any]) -> None:
        super()._settle(fields)
        as_openai = self.type == AIMessage.type and fields["additional_kwargs"].get("tool_calls")
        if as_openai and not fields["tool_calls"] and not fields["invalid_tool_calls"]:
            fields["tool_calls"], fields["invalid_tool_calls"] = read_openai_calls(as_openai)
        if type(fields["tool_calls"]) is not FrozenList:
            fields["tool_calls"] = [self._call(call) for call in self._listed("tool_calls", fields)]
        if type(fields["invalid_tool_calls"]) is not FrozenList:
            calls = self._listed("invalid_tool_calls", fields)
            fields["invalid_tool_calls"] = [{**_INVALID, **call, "type": "invalid_tool_call"} for call in calls]
        usage = fields["usage_metadata"]
        if usage is not None and not (
            isinstance(usage, Mapping) and all(isinstance(usage.get(name), int) for name in _USAGE)
        ):
            raise self._wrong("usage_metadata", usage, f"it has to be a dict of numbers: {', '.join(_USAGE)}")

    def _listed(self, name: str, fields: dict[str, Any]) -> Iterable[Any]:
        calls = fields[name]
        if not isinstance(calls, (list, tuple)) or not all(isinstance(call, Mapping) for call in calls):
            raise self._wrong(name, calls, "it has to be a list of dicts")
        return calls

    def _call(self, call: Mapping[str, Any]) -> dict[str, Any]:
        if set(call) - {"type"} != {"name", "args", "id"}:
            rule = "a tool call has exactly the keys 'name', 'args' and 'id' (and 'type')"
        elif not isinstance(call["name"], str) or not isinstance(call["id"], (str, type(None))):
            rule = "a tool call's name has to be text, and its id text or None"
        elif not isinstance(call["args"], dict):
            rule = "a tool call's args have to be a dict; json.loads() makes one of JSON text"
        else:
            return {"name": call["name"], "args": call["args"], "id": call["id"], "type": "tool_call"}
        raise self._wrong("tool_calls", [call], rule)

    def pretty_repr(self, html: bool = False) -> str:
        """The message under a headline, with its tool calls and their arguments below."""
        lines = [super().pretty_repr(html).strip()]
        for title, calls in (("Tool Calls:", self.tool_calls), ("Invalid Tool Calls:", self.invalid_tool_calls)):
            lines += [title] if calls else []
            for call in calls:
                lines += _call_lines(call)
        return "\n".join(lines).strip()


def _call_lines(call: Mapping[str, Any]) -> Iterable[str]:
    yield f"  {call['name']} ({call['id']})"
    yield f" Call ID: {call['id']}"
    if call.get("error"):
        yield f"  Error: {call['error']}"
    yield "  Args:"
    if isinstance(call["args"], Mapping):
        yield from (f"    {name}: {value}" for name, value in call["args"].items())
    else:
        yield f"    {call['args']}"


_USAGE = ("input_tokens", "output_tokens", "total_tokens")
_INVALID = {"type": "invalid_tool_call", "id": None, "name": None, "args": None, "error": None}


def read_openai_calls(calls: Iterable[Mapping[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Tool calls in OpenAI's form as ours: the valid ones, and those whose arguments are not a JSON object."""
    valid: list[Any] = []
    invalid: list[Any] = []
    for call in calls:
        name, text = call["function"]["name"], call["function"]["arguments"]
        try:
            args = json.loads(text, strict=False)
        except ValueError:
            args = None
        if isinstance(args, dict):
            valid.append({"name": name or "", "args": args, "id": call.get("id")})
        else:
            invalid.append({"name": name, "args": text, "id": call.get("id")})
    return valid, invalid


class ToolMessage(BaseMessage):
    """What a tool returned.

    Args:
        content: What the model gets to read. Anything that is neither text nor a list becomes text.
        tool_call_id: The id of the tool call it answers.
        artifact: What the tool made besides, for your program and not for the model. Shared, not copied.
        status: "success" or "error".
    """

    type = "tool"
    tool_call_id: str
    artifact: Any
    status: Literal["success", "error"]

    _defaults: ClassVar[dict[str, Any]] = {
        **BaseMessage._defaults,
        "tool_call_id": None,
        "artifact": None,
        "status": "success",
    }
    _left_out_of_repr = ("additional_kwargs", "response_metadata")

    def _settle(self, fields: dict[str, Any]) -> None:
        content = fields["content"]
        if isinstance(content, (list, tuple)):
            fields["content"] = [block if isinstance(block, (str, dict)) else str(block) for block in content]
        elif not isinstance(content, str):
            fields["content"] = str(content)
        super()._settle(fields)
        if fields["tool_call_id"] is None:
            raise self._wrong("tool_call_id", None, "it has to be the id of the tool call that is answered")
        fields["tool_call_id"] = str(fields["tool_call_id"])
        if fields["status"] not in ("success", "error"):
            raise self._wrong("status", fields["status"], "it has to be 'success' or 'error'")


class RemoveMessage(BaseMessage):
    """Given to `add_messages` in place of a message: the message with this id is taken out.

    Args:
        id: The id of the message to remove.
    """

    type = "remove"

    def __init__(self, id: str, **given: Any) -> None:
        self._fill({"content": "", **given, "id": id})

    def _settle(self, fields: dict[str, Any]) -> None:
        super()._settle(fields)
        if fields["content"]:
            raise self._wrong("content", fields["content"], "it only says what to remove, and has no content")
