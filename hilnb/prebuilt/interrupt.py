"""The payload agent-inbox and LangGraph's prebuilt agents ask a person with, and the answer they expect."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["ActionRequest", "HumanInterrupt", "HumanInterruptConfig", "HumanResponse"]


class HumanInterruptConfig(TypedDict):
    """What the person may do: nothing, answer in words, change the arguments, let it run."""

    allow_ignore: bool
    allow_respond: bool
    allow_edit: bool
    allow_accept: bool


class ActionRequest(TypedDict):
    """What is to be done: its name and its arguments."""

    action: str
    args: dict[str, Any]


class HumanInterrupt(TypedDict):
    """The question: `answer = interrupt([HumanInterrupt(…)])[0]`.

    Attributes:
        action_request: What is to be done.
        config: What the person may do.
        description: More about it, for the person.
    """

    action_request: ActionRequest
    config: HumanInterruptConfig
    description: str | None


class HumanResponse(TypedDict):
    """The answer.

    Attributes:
        type: What the person chose.
        args: None for "accept" and "ignore", the words of a "response", the changed action of an "edit".
    """

    type: Literal["accept", "ignore", "response", "edit"]
    args: str | ActionRequest | None
