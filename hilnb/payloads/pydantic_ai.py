"""The tool calls that a pydantic-ai agent has deferred: to be approved, or to be given their results."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hilnb.payloads.approvals import Action, Approval, action_of, arguments_in, decision, wrong
from hilnb.payloads.data import as_data
from hilnb.payloads.inquiry import Inquiry, Standalone
from hilnb.payloads.kinds import Data, Words

__all__ = ["DeferredCalls", "deferred_calls", "deferred_requests"]

APPROVED, DENIED, FAILED = "tool-approved", "tool-denied", "tool-failed"
"""How its results say what became of a call, where that takes more than a yes or a value."""

NOT_DONE = "The person did not carry out this call."


@dataclass(frozen=True)
class DeferredCalls(Approval):
    """Asked with DeferredToolRequests, answered with DeferredToolResults, as JSON says them.

    Attributes:
        ids: The id of each action's call.
        external: The ids of those that are given their results.
    """

    ids: tuple[str, ...]
    external: frozenset[str]

    def answer(self, decisions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The results of both sorts of calls, by the id of the call."""
        approvals, calls = {}, {}
        for id, each in zip(self.ids, decisions):
            if id in self.external:
                calls[id] = _result(each)
            else:
                approvals[id] = _approval(each)
        return {"approvals": approvals, "calls": calls}

    def decisions(self, answer: Any) -> list[dict[str, Any]]:
        """What such results decide."""
        if not isinstance(answer, Mapping) or not answer.keys() & {"approvals", "calls"}:
            raise ValueError(f"it is {answer!r:.200}. Answer {{'approvals': {{id: …}}, 'calls': {{id: …}}}}.")
        return [
            self._decision(answer, id, action, place)
            for place, (id, action) in enumerate(zip(self.ids, self.actions), 1)
        ]

    def _decision(self, answer: Mapping[str, Any], id: str, action: Action, place: int) -> dict[str, Any]:
        where = "calls" if id in self.external else "approvals"
        given = answer.get(where) or {}
        if id not in given:
            raise wrong(place, action, f"there is nothing about {id!r} in its {where}")
        read = _result_read if id in self.external else _approval_read
        return decision(read(given[id], action), action, place)


def deferred_calls(value: Any) -> DeferredCalls | None:
    """The decisions and results that DeferredToolRequests want."""
    if not isinstance(value, Mapping) or not all(isinstance(value.get(key), list) for key in ("approvals", "calls")):
        return None
    calls = [*value["approvals"], *value["calls"]]
    ids = tuple(str(each.get("tool_call_id")) for each in calls if isinstance(each, Mapping))
    external = frozenset(ids[len(value["approvals"]) :])
    actions = [_action(each, value, id in external) for each, id in zip(calls, ids)]
    known = tuple(action for action in actions if action is not None)
    return DeferredCalls(known, ids, external) if known and len(known) == len(calls) == len({*ids}) else None


def deferred_requests(asked: Any) -> Inquiry | None:
    """What the requests ask, or the result of the run that ended with them. The reply is the results.

    Raises:
        ValueError: There are none, or the run ended with another output.
    """
    is_result = hasattr(asked, "all_messages") and hasattr(asked, "output")
    requests = asked.output if is_result else asked
    is_known = hasattr(requests, "approvals") and hasattr(requests, "calls")
    if not is_known and not is_result:
        return None
    data = as_data(requests)
    if not is_known or deferred_calls(data) is None:
        raise ValueError(f"ask({type(asked).__name__}): it holds no tool call to decide about.")

    def reply(answers: list[Any], _: Collection[str]) -> Any:
        from pydantic import TypeAdapter  # whoever has asked with these objects has both
        from pydantic_ai import DeferredToolResults

        return TypeAdapter(DeferredToolResults).validate_python(answers[0])

    return Inquiry((Standalone(data),), reply, "the agent")


def _action(call: Any, requests: Mapping[str, Any], is_external: bool) -> Action | None:
    if not isinstance(call, Mapping) or "tool_call_id" not in call:
        return None
    id = call["tool_call_id"]
    about = (requests.get("metadata") or {}).get(id)
    described = "\n".join(f"{key}: {each}" for key, each in about.items()) if isinstance(about, Mapping) else ""
    allowed = ("respond", "reject") if is_external else ("approve", "edit", "reject")
    action = action_of(call.get("tool_name"), arguments_in(call.get("args")), allowed, described)
    is_question = (requests.get("_kinds") or {}).get(id) == "question"
    return action and replace(action, allowed=allowed, response=Words() if is_question or not is_external else Data())


def _approval(decided: Mapping[str, Any]) -> Any:
    match decided:
        case {"type": "edit", "edited_action": {"args": args}}:
            return {"kind": APPROVED, "override_args": args}
        case {"type": "reject", "message": message}:
            return {"kind": DENIED, "message": message}
    return decided["type"] == "approve"


def _approval_read(given: Any, action: Action) -> Any:
    match given:
        case True | {"kind": "tool-approved", "override_args": None}:
            return {"type": "approve"}
        case False:
            return {"type": "reject"}
        case {"kind": "tool-approved", **more}:
            edited = {"name": action.name, "args": more.get("override_args")}
            return {"type": "edit", "edited_action": edited} if more else {"type": "approve"}
        case {"kind": "tool-denied", **more}:
            return {"type": "reject", **more}
    return given


def _result(decided: Mapping[str, Any]) -> Any:
    if decided["type"] == "respond":
        return decided["message"]
    return {"kind": FAILED, "message": decided.get("message") or NOT_DONE}


def _result_read(given: Any, action: Action) -> Any:
    match given:
        case {"kind": "tool-failed", "message": message}:
            return {"type": "reject", "message": message}
    return {"type": "respond", "message": given}
