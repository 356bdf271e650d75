"""Questions and answers of a known kind in words, for a record and a terminal."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from hilnb.masking import masked, masked_text
from hilnb.payloads import Action, Approval, Choice, Data, Elicitation, Form, Kind, Requested
from hilnb.widgets.told import told
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
    if isinstance(kind, Elicitation):
        return "\n".join(map(_requested, kind.requests))
    return ""


def answered(kind: Kind, answer: Any, by_rule: Collection[str] = ()) -> str:
    """The answer; "" where it says itself, or is not what was asked for.

    Args:
        kind: The kind of the question.
        answer: What was answered.
        by_rule: The tools that the person had allowed before.
    """
    try:
        kind.check(answer)
    except ValueError:  # given from code: the node that asks says what it thinks of it
        return ""
    if isinstance(kind, Choice):
        return visible(kind.label(answer) or "")
    if isinstance(kind, Elicitation):
        pairs = zip(kind.requests, kind.responses(answer))
        return "\n".join(f"{_key(request)}{_responded(response, request)}" for request, response in pairs)
    if isinstance(kind, Approval):
        places = enumerate(zip(kind.decisions(answer), kind.actions), 1)
        return "\n".join(
            f"{_number(place, kind)}{_decided(given, action, action.name in by_rule)}"
            for place, (given, action) in places
        )
    if isinstance(kind, Form):
        return "\n".join(told(kind.tree, masked(answer)))
    return ""


def how_to_type(kind: Kind) -> str:
    """What may be typed in a terminal, where that is more than words."""
    if isinstance(kind, Approval):
        allowed = "; ".join(f"{visible(action.name)}: {', '.join(action.allowed)}" for action in kind.actions)
        return f"(a decision for each action, as JSON; allowed are {allowed})"
    if isinstance(kind, Elicitation):
        return f"(as JSON; this answers nothing: {json.dumps(kind.decline(''), ensure_ascii=False)})"
    if isinstance(kind, Form):
        return "(part by part; what is optional may stay empty, and in brackets stands what Enter alone gives)"
    if isinstance(kind, Data):
        return "(JSON; anything else is text)" if kind.schema is None else "(as JSON)"
    return ""


def _number(place: int, kind: Approval) -> str:
    return f"{place}. " if len(kind.actions) > 1 else ""


def _requested(request: Requested) -> str:
    lines = [f"{_key(request)}{visible(request.message)}"]
    lines += [f"{visible(name)}: {_about(value)}" for name, value in request.about.items()]
    lines += [visible(request.url)] if request.url else []
    lines += [f"as JSON of this form: {as_json(request.schema)}"] if request.schema is not None else []
    return "\n".join(lines)


def _about(value: Any) -> str:
    return visible(masked_text(value)) if isinstance(value, str) else as_json(masked(value))


def _key(request: Requested) -> str:
    return f"{visible(request.key)}: " if request.key else ""


def _responded(response: Mapping[str, Any], request: Requested) -> str:
    if response["action"] != "accept":
        return {"decline": "declined", "cancel": "cancelled"}[response["action"]]
    content, wanted = response.get("content"), request.wanted
    if wanted is None:
        return "done"
    lines = list(told(wanted.tree, masked(content))) if isinstance(wanted, Form) else [as_json(masked(content))]
    return "\n  ".join(["", *lines] if len(lines) > 1 and request.key else lines)


def _wanted(place: int, action: Action, kind: Approval) -> str:
    described = f"{visible(masked_text(action.description))}\n" if action.description else ""
    return f"{_number(place, kind)}{visible(action.name)}\n{described}{as_json(masked(action.args))}"


def _decided(decision: Mapping[str, Any], action: Action, by_rule: bool) -> str:
    name, said = visible(action.name), decision.get("message", "")
    message = masked_text(said) if isinstance(said, str) else as_json(masked(said))
    match decision["type"]:
        case "approve":
            return f"{name}: approved{' by your rule' if by_rule else ''}"
        case "edit":
            edited = decision["edited_action"]
            return f"{name}: edited, to run as {visible(edited['name'])} {as_json(masked(edited['args']))}"
        case "reject":
            return f"{name}: rejected{f', because: {message}' if message else ''}"
        case _:
            return f"{name}: not run, answered with: {message}"
