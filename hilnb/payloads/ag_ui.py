"""What a run of the AG-UI protocol waits for: its interrupts, answered with the entries that resume it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hilnb.payloads.data import as_data
from hilnb.payloads.inquiry import Inquiry, Standalone
from hilnb.payloads.responses import Elicitation, Requested, response

__all__ = ["Resumption", "ag_ui_interrupts", "resumption"]

KNOWN = {"id", "reason", "message", "toolCallId", "responseSchema", "expiresAt", "metadata", "subagentRunId"}
"""The fields of an interrupt, as on the wire."""

STATUS = {"accept": "resolved", "cancel": "cancelled"}
"""What the protocol calls the responses."""


class Resumption(Elicitation):
    """Asked with interrupts, answered with a list of ResumeEntries, one for each."""

    def answer(self, responses: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The entries, as on the wire."""
        return [_entry(each.key, responses[each.key]) for each in self.requests]

    def responses(self, answer: Any) -> list[Mapping[str, Any]]:
        """What a list of entries responds."""
        if not isinstance(answer, (list, tuple)):
            raise ValueError(f"it is {answer!r:.200}. Answer a list of entries, one for each interrupt.")
        entries = {each.get("interruptId"): each for each in map(_on_wire, answer)}
        return [response(_response(entries.get(each.key), each.key), each) for each in self.requests]


def resumption(value: Any) -> Resumption | None:
    """The entries that a RUN_FINISHED event, or its outcome, wants when the run waits."""
    outcome = value.get("outcome", value) if isinstance(value, Mapping) else None
    if not isinstance(outcome, Mapping) or outcome.get("type") != "interrupt":
        return None
    interrupts = outcome.get("interrupts")
    if not isinstance(interrupts, (list, tuple)) or not interrupts or not all(map(_is_interrupt, interrupts)):
        return None
    requests = tuple(map(_requested, interrupts))
    return Resumption(requests) if len({each.key for each in requests}) == len(requests) else None


def ag_ui_interrupts(asked: Any) -> Inquiry | None:
    """What an event or its outcome, a list of interrupts, or a single one asks.

    Raises:
        ValueError: The run of the event waits for nothing.
    """
    data = as_data(asked)
    listed = data if isinstance(data, (list, tuple)) else [data]
    # Without its event, a dict of somebody else's may look like an interrupt; with a field more it is none.
    bare = all(_is_interrupt(each) and _on_wire(each).keys() <= KNOWN for each in listed)
    value = {"type": "interrupt", "interrupts": listed} if bare else data
    if resumption(value) is None:
        if isinstance(data, Mapping) and data.get("type") == "RUN_FINISHED":
            raise ValueError(f"ask({type(asked).__name__}): this run waits for nothing; its outcome is no interrupt.")
        return None
    first = asked[0] if isinstance(asked, (list, tuple)) else asked
    return Inquiry((Standalone(value),), _as_sent if isinstance(first, Mapping) else _as_objects, "the agent")


def _as_sent(answers: Sequence[Any], _: Any) -> Any:
    return answers[0]


def _as_objects(answers: Sequence[Any], _: Any) -> Any:
    from ag_ui.core import ResumeEntry  # whoever has asked with its objects has it

    return [ResumeEntry.model_validate(entry) for entry in answers[0]]


def _is_interrupt(each: Any) -> bool:
    wire = _on_wire(each)
    return isinstance(wire.get("id"), str) and isinstance(wire.get("reason"), str)


def _requested(interrupt: Any) -> Requested:
    wire = _on_wire(interrupt)
    schema, metadata = wire.get("responseSchema"), wire.get("metadata")
    told = {"Tool call": wire.get("toolCallId"), "To be answered before": wire.get("expiresAt"), "Metadata": metadata}
    return Requested(
        wire["id"],
        wire.get("message") or wire["reason"],
        schema if isinstance(schema, Mapping) else None,
        about={name: each for name, each in told.items() if each},
        allowed=tuple(STATUS),
    )


def _on_wire(given: Any) -> dict[str, Any]:
    """The fields under their names on the wire: Python spells `interrupt_id` what is sent as `interruptId`."""
    data = as_data(given)
    return {_camel(str(key)): each for key, each in data.items()} if isinstance(data, Mapping) else {}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)


def _entry(key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    entry = {"interruptId": key, "status": STATUS[given["action"]]}
    return {**entry, "payload": given["content"]} if given["action"] == "accept" else entry


def _response(entry: Mapping[str, Any] | None, key: str) -> Mapping[str, Any]:
    if entry is None:
        raise ValueError(f"there is no entry with the interruptId {key!r}; every interrupt needs one.")
    if entry.get("status") == "cancelled":
        return {"action": "cancel"}
    if entry.get("status") != "resolved":
        raise ValueError(f"the status of {key!r} is {json.dumps(entry.get('status'))}; it is resolved or cancelled.")
    return {"action": "accept", "content": entry.get("payload")}
