"""Approvals as agent-inbox and LangGraph's prebuilt agents ask for them: HumanInterrupts, one or a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hilnb.payloads.approvals import DECISIONS, Action, Asked, action_of, decision, one_each, wrong

__all__ = ["InboxApproval", "inbox_approval"]

WORDS = {"approve": "accept", "reject": "ignore", "respond": "response", "edit": "edit"}
"""What agent-inbox calls the decisions."""

OURS = {theirs: ours for ours, theirs in WORDS.items()}

CONFIG = {"reject": "allow_ignore", "respond": "allow_respond", "edit": "allow_edit", "approve": "allow_accept"}
"""How its config says that a decision is allowed."""


class InboxApproval(Asked):
    """Asked with HumanInterrupts, one or a list, answered with a list of HumanResponses."""

    def request(self) -> list[dict[str, Any]]:
        """A list of HumanInterrupts."""
        return [
            {
                "action_request": {"action": each.name, "args": each.args},
                "config": {key: ours in each.allowed for ours, key in CONFIG.items()},
                "description": each.description,
            }
            for each in self.actions
        ]

    def answer(self, decisions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """A list, also where a single HumanInterrupt asks: so agent-inbox answers."""
        return [{"type": WORDS[each["type"]], "args": _args(each)} for each in decisions]

    def decisions(self, answer: Any) -> list[dict[str, Any]]:
        """What a list of HumanResponses decides."""
        # Its own page shows a list of one, and some of its users send the response alone.
        given = [answer] if isinstance(answer, Mapping) else answer
        listed = one_each(given, self.actions, answer, "[…]", '{"type": "accept", "args": None}')
        return [
            decision(_as_decision(each, action, place), action, place)
            for place, (each, action) in enumerate(zip(listed, self.actions), 1)
        ]


def inbox_approval(value: Any) -> InboxApproval | None:
    """The approval that a HumanInterrupt, or a list of them, wants."""
    requests = [value] if isinstance(value, Mapping) else value
    if not isinstance(requests, (list, tuple)) or not requests:
        return None
    actions = [_action(request) for request in requests]
    known = tuple(action for action in actions if action is not None)
    return InboxApproval(known) if len(known) == len(actions) else None


def _action(request: Any) -> Action | None:
    action, config = (
        request.get(key) if isinstance(request, Mapping) else None for key in ("action_request", "config")
    )
    if not isinstance(action, Mapping) or not isinstance(config, Mapping):
        return None
    allowed = [each for each in DECISIONS if config.get(CONFIG[each])]
    return action_of(action.get("action"), action.get("args"), allowed, request.get("description"))


def _args(decided: Mapping[str, Any]) -> Any:
    if decided["type"] == "edit":
        action = decided["edited_action"]
        return {"action": action["name"], "args": action["args"]}
    return decided.get("message")


def _as_decision(given: Any, action: Action, place: int) -> Any:
    """A HumanResponse as a Decision, as far as it is one."""
    if not isinstance(given, Mapping) or given.get("type") not in OURS:
        raise wrong(place, action, f"{given!r:.200} is no HumanResponse; its type is one of {', '.join(OURS)}")
    kind, args = OURS[given["type"]], given.get("args")
    if kind == "edit":
        name, edited = (args.get("action"), args.get("args")) if isinstance(args, Mapping) else (None, None)
        return {"type": kind, "edited_action": {"name": name, "args": edited}}
    # An echo of the action is common; another action in its place would run unseen, or not run though it was accepted.
    if kind == "approve" and args is not None and args != {"action": action.name, "args": action.args}:
        raise wrong(place, action, f"it accepts {args!r:.200}, which is not what was asked; to change it, answer edit")
    return {"type": kind, "message": args} if kind == "respond" or isinstance(args, str) else {"type": kind}
