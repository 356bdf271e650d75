"""Tool calls as a question to a person, and the answer as decisions, in each form that people are asked in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from hilnb.prebuilt.human_in_the_loop import (
    ActionRequest,
    Decision,
    DecisionType,
    HITLRequest,
    ReviewConfig,
)
from hilnb.prebuilt.interrupt import HumanInterrupt

__all__ = ["FORMS", "Form", "Review"]


@dataclass(frozen=True)
class Review:
    """A tool call for a person to decide about.

    Attributes:
        name: The tool.
        args: Its arguments, all of them.
        allowed: What the person may decide.
        description: More for the person to read.
    """

    name: str
    args: dict[str, Any]
    allowed: Sequence[DecisionType]
    description: str


class Form(ABC):
    """A question and its answer in one framework's shape."""

    @abstractmethod
    def request(self, reviews: Sequence[Review]) -> Any:
        """The question."""

    @abstractmethod
    def decisions(self, answer: Any, reviews: Sequence[Review]) -> list[Decision]:
        """What was decided about each call, in their order.

        Raises:
            ValueError: The answer does not say it; the text says why, and what an answer looks like.
        """

    def again(self, reviews: Sequence[Review], wrong: str) -> Any:
        """The same question after an answer that could not be used: the reason stands where every form shows it."""
        said = f"The last answer could not be used, and nothing has run: {wrong}\n\n"
        return self.request([replace(reviews[0], description=said + reviews[0].description), *reviews[1:]])


class HITL(Form):
    """LangChain's: one HITLRequest, answered by one HITLResponse."""

    def request(self, reviews: Sequence[Review]) -> HITLRequest:
        return {
            "action_requests": [
                ActionRequest(name=each.name, args=each.args, description=each.description) for each in reviews
            ],
            "review_configs": [
                ReviewConfig(action_name=each.name, allowed_decisions=list(each.allowed)) for each in reviews
            ],
        }

    def decisions(self, answer: Any, reviews: Sequence[Review]) -> list[Decision]:
        given = answer.get("decisions") if isinstance(answer, Mapping) else None
        listed = _one_each(given, reviews, answer, '{"decisions": […]}', '{"type": "approve"}')
        return [_decision(each, review, place) for place, (each, review) in enumerate(zip(listed, reviews), 1)]


class Inbox(Form):
    """Agent-inbox's: a list of HumanInterrupts, answered by a list of HumanResponses."""

    def request(self, reviews: Sequence[Review]) -> list[HumanInterrupt]:
        return [
            {
                "action_request": {"action": each.name, "args": each.args},
                "config": {
                    "allow_ignore": "reject" in each.allowed,
                    "allow_respond": "respond" in each.allowed,
                    "allow_edit": "edit" in each.allowed,
                    "allow_accept": "approve" in each.allowed,
                },
                "description": each.description,
            }
            for each in reviews
        ]

    def decisions(self, answer: Any, reviews: Sequence[Review]) -> list[Decision]:
        # Its own page shows a list of one, and some of its users send the response alone.
        given = [answer] if isinstance(answer, Mapping) else answer
        listed = _one_each(given, reviews, answer, "[…]", '{"type": "accept", "args": None}')
        return [
            _decision(_from_inbox(each, review, place), review, place)
            for place, (each, review) in enumerate(zip(listed, reviews), 1)
        ]


FORMS: Mapping[str, Form] = {"hitl": HITL(), "inbox": Inbox()}
"""By the names `ToolApproval` knows them by."""

_INBOX = {"accept": "approve", "ignore": "reject", "response": "respond", "edit": "edit"}


def _one_each(given: Any, reviews: Sequence[Review], answer: Any, form: str, example: str) -> Sequence[Any]:
    """The answer's list, if it has one decision for each call."""
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"it is {answer!r:.200}. Answer {form} with a decision for each action, such as {example}.")
    if len(given) != len(reviews):
        names = ", ".join(review.name for review in reviews)
        raise ValueError(
            f"there is one decision to make for each of {len(reviews)} actions ({names}), in their order, and "
            f"{len(given)} came."
        )
    return given


def _from_inbox(given: Any, review: Review, place: int) -> Any:
    """A HumanResponse as a Decision, as far as it is one."""
    if not isinstance(given, Mapping) or given.get("type") not in _INBOX:
        raise _wrong(place, review, f"{given!r:.200} is no HumanResponse; its type is one of {', '.join(_INBOX)}")
    kind, args = _INBOX[given["type"]], given.get("args")
    if kind == "edit":
        name, edited = (args.get("action"), args.get("args")) if isinstance(args, Mapping) else (None, None)
        return {"type": kind, "edited_action": {"name": name, "args": edited}}
    # An echo of the action is common; another action in its place would run unseen, or not run though it was accepted.
    if kind == "approve" and args is not None and args != {"action": review.name, "args": review.args}:
        raise _wrong(place, review, f"it accepts {args!r:.200}, which is not what was asked; to change it, answer edit")
    return {"type": kind, "message": args} if kind == "respond" or isinstance(args, str) else {"type": kind}


def _decision(given: Any, review: Review, place: int) -> Decision:
    """One decision, if it is allowed and whole."""
    kind = given.get("type") if isinstance(given, Mapping) else None
    if kind not in get_args(DecisionType):
        known = ", ".join(get_args(DecisionType))
        raise _wrong(place, review, f"{given!r:.200} is no decision; its type is one of {known}")
    if kind not in review.allowed:
        raise _wrong(place, review, f"{kind!r} is not allowed for it; allowed: {', '.join(review.allowed)}")
    if kind == "approve":
        return {"type": "approve"}
    if kind == "edit":
        action = given.get("edited_action")
        name, args = (action.get("name"), action.get("args")) if isinstance(action, Mapping) else (None, None)
        if not isinstance(name, str) or not isinstance(args, dict):
            raise _wrong(place, review, f"an edit brings a name, text, and args, a dict; it has {action!r:.200}")
        return {"type": "edit", "edited_action": {"name": name, "args": args}}
    message = given.get("message")
    if kind == "respond":
        if not isinstance(message, str):
            raise _wrong(place, review, f"a response brings its words as text; it has {message!r:.200}")
        return {"type": "respond", "message": message}
    if not isinstance(message, (str, type(None))):
        raise _wrong(place, review, f"the reason for a rejection is text; it has {message!r:.200}")
    return {"type": "reject", "message": message} if message else {"type": "reject"}


def _wrong(place: int, review: Review, what: str) -> ValueError:
    return ValueError(f"decision {place}, about {review.name}: {what}.")
