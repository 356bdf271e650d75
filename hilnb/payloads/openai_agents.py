"""The tool calls at which a run of the OpenAI Agents SDK stops: approved or rejected on its `RunState`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hilnb.payloads.approvals import Action, arguments_in
from hilnb.payloads.data import as_data
from hilnb.payloads.inquiry import Inquiry, Standalone
from hilnb.payloads.langchain import HITLApproval

__all__ = ["interruptions_of"]


def interruptions_of(asked: Any) -> Inquiry | None:
    """What a result of a run, streamed or not, or its state asks. The reply is the state, to be run again.

    Raises:
        ValueError: The run stopped at no call, or only the calls were given.
    """
    if isinstance(asked, (list, tuple)) and any(getattr(each, "type", "") == "tool_approval_item" for each in asked):
        raise ValueError("ask(result.interruptions): give the result itself; what is decided is told to its state.")
    if hasattr(asked, "interruptions") and hasattr(asked, "to_state"):
        state = asked.to_state()
    elif hasattr(asked, "get_interruptions") and hasattr(asked, "approve") and hasattr(asked, "reject"):
        state = asked
    else:
        return None
    items = state.get_interruptions()
    if not items:
        raise ValueError(f"ask({type(asked).__name__}): this run stopped at no tool call; its interruptions are empty.")
    approval = HITLApproval(tuple(map(_action, items)))

    def reply(answers: list[Any], always: Collection[str]) -> Any:
        for item, action, decided in zip(items, approval.actions, approval.decisions(answers[0])):
            if decided["type"] == "approve":
                state.approve(item, always_approve=action.name in always)
            else:
                state.reject(item, rejection_message=decided.get("message"))
        return state

    return Inquiry((Standalone(approval.request()),), reply, "the agent", takes_rules=True)


def _action(item: Any) -> Action:
    name = str(getattr(item, "qualified_name", None) or item.name or "a tool without a name")
    written = item.arguments
    # A shell call has no arguments, but what it runs is in it.
    args = arguments_in(as_data(item.raw_item) if written is None else written)
    return Action(name, args, ("approve", "reject"), f"Asked by {item.agent.name}.")
