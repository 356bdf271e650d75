"""Questions and answers of a known kind in words, for a record and a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hilnb.masking import masked, masked_text
from hilnb.payloads import Action, Approval, Choice, Data, Kind
from hilnb.widgets.visible import as_json, visible


def asked(kind: Kind, value: str) -> str:
    r"""What is asked; "" where the question's value says it all.

    >>> asked(Choice((("Rome", "Rome"), ("Oslo", "Oslo"))), "Which city?")
    'Which city?\n(Rome, Oslo)'
    """
    if isinstance(kind, Choice):
        return f"{value}\n({', '.join(visible(label) for label, _ in kind.options)})"
    if isinstance(kind, Approval):
        return "\n".join(_wanted(place, action, kind) for place, action in enumerate(kind.actions, 1))
    return ""


def answered(kind: Kind, answer: Any) -> str:
    """The answer; "" where it says itself, or is not what was asked for."""
    if isinstance(kind, Choice):
        return visible(kind.label(answer) or "")
    if isinstance(kind, Approval):
        decisions = kind.decisions(answer) or []
        places = enumerate(zip(decisions, kind.actions), 1)
        return "\n".join(f"{_number(place, kind)}{_decided(given, action)}" for place, (given, action) in places)
    return ""


def how_to_type(kind: Kind) -> str:
    """What may be typed in a terminal, where that is more than words."""
    if isinstance(kind, Approval):
        allowed = "; ".join(f"{visible(action.name)}: {', '.join(action.allowed)}" for action in kind.actions)
        return f"(a decision for each action, as JSON; allowed are {allowed})"
    if isinstance(kind, Data):
        return "(JSON; anything else is text)" if kind.schema is None else "(as JSON)"
    return ""


def _number(place: int, kind: Approval) -> str:
    return f"{place}. " if len(kind.actions) > 1 else ""


def _wanted(place: int, action: Action, kind: Approval) -> str:
    described = f"{visible(masked_text(action.description))}\n" if action.description else ""
    return f"{_number(place, kind)}{visible(action.name)}\n{described}{as_json(masked(action.args))}"


def _decided(decision: Mapping[str, Any], action: Action) -> str:
    name, message = visible(action.name), masked_text(decision.get("message") or "")
    match decision["type"]:
        case "approve":
            return f"{name}: approved"
        case "edit":
            edited = decision["edited_action"]
            return f"{name}: edited, to run as {visible(edited['name'])} {as_json(masked(edited['args']))}"
        case "reject":
            return f"{name}: rejected{f', because: {message}' if message else ''}"
        case _:
            return f"{name}: not run, answered with: {message}"
