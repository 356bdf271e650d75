"""The payload LangChain's HumanInTheLoopMiddleware asks a person with, and the answer it expects (names: its own)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NotRequired, TypedDict

__all__ = [
    "Action",
    "ActionRequest",
    "ApproveDecision",
    "Decision",
    "DecisionType",
    "EditDecision",
    "HITLRequest",
    "HITLResponse",
    "InterruptOnConfig",
    "RejectDecision",
    "RespondDecision",
    "ReviewConfig",
]

DecisionType = Literal["approve", "edit", "reject", "respond"]
"""What a person can decide about an action."""


class Action(TypedDict):
    """What is to be done: a tool's name and its arguments."""

    name: str
    args: dict[str, Any]


class ActionRequest(TypedDict):
    """What is to be done, as the person is asked about it. (`prebuilt.interrupt` has another class of this name.)"""

    name: str
    args: dict[str, Any]
    description: NotRequired[str]


class ReviewConfig(TypedDict):
    """What the person may decide about the action at the same place."""

    action_name: str
    allowed_decisions: list[DecisionType]
    args_schema: NotRequired[dict[str, Any]]


class HITLRequest(TypedDict):
    """The question: several actions, and as many ReviewConfigs in the same order."""

    action_requests: list[ActionRequest]
    review_configs: list[ReviewConfig]


class ApproveDecision(TypedDict):
    """Run it as it was shown."""

    type: Literal["approve"]


class EditDecision(TypedDict):
    """Run this in its place."""

    type: Literal["edit"]
    edited_action: Action


class RejectDecision(TypedDict):
    """Do not run it; the message is the reason."""

    type: Literal["reject"]
    message: NotRequired[str]


class RespondDecision(TypedDict):
    """Do not run it; the message is its result."""

    type: Literal["respond"]
    message: str


Decision = ApproveDecision | EditDecision | RejectDecision | RespondDecision
"""What was decided about one action."""


class HITLResponse(TypedDict):
    """The answer: a decision for each action, in their order."""

    decisions: list[Decision]


class InterruptOnConfig(TypedDict):
    """How the calls of one tool are approved.

    Attributes:
        allowed_decisions: What the person may decide.
        description: More for the person to read, or a function that makes it of the tool call, the state and the
            runtime.
    """

    allowed_decisions: list[DecisionType]
    description: NotRequired[str | Callable[[Any, Any, Any], str]]
