"""A person approves a model's tool calls before they run."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, get_args

from hilnb import _context
from hilnb.errors import did_you_mean
from hilnb.messages import ToolMessage
from hilnb.messages.frozen import thaw
from hilnb.payloads.approvals import Action, Asked
from hilnb.payloads.inbox import InboxApproval
from hilnb.payloads.langchain import HITLApproval
from hilnb.prebuilt.human_in_the_loop import DecisionType, InterruptOnConfig
from hilnb.prebuilt.requests import is_readable, messages_in, unanswered
from hilnb.prebuilt.tool_node import ToolNode
from hilnb.runtime import get_runtime
from hilnb.types import interrupt

__all__ = ["ToolApproval"]

SHAPES: Mapping[str, type[Asked]] = {"hitl": HITLApproval, "inbox": InboxApproval}


class ToolApproval:
    """A node between a model and its ToolNode: asks a person about the calls of the model's last message.

    It asks once about all calls that need it. An approved call stays as it is. An edited one takes the place of the
    model's own in the message, so the conversation holds what runs. A rejected call is answered with the reason, as an
    error; a call that is responded to, with the person's words. ToolNode runs what has no answer yet.

    In an agent it is a hook: `create_react_agent(model, tools, post_model_hook=ToolApproval({"send": True}))`. In a
    graph of your own: `builder.add_node("approve", ToolApproval({"send": True}))`, an edge from it to the ToolNode, and
    from the model `tools_condition` to it in place of the ToolNode.

    An answer that is no decision on every call runs nothing: the same question is asked again, and says why.

    Args:
        interrupt_on: From a tool's name to True, when the person may approve, edit, reject and respond; to False, when
            it runs unasked, as tools do that are not here; or to an InterruptOnConfig, which names what the person may
            decide.
        payload: What the person is asked with: "hitl", LangChain's HITLRequest; or "inbox", a list of agent-inbox's
            HumanInterrupts.
        messages_key: The key of the state that holds the messages.

    Raises:
        ValueError: An option is none, or leaves the person nothing to decide.
    """

    def __init__(
        self,
        interrupt_on: Mapping[str, bool | InterruptOnConfig],
        *,
        payload: Literal["hitl", "inbox"] = "hitl",
        messages_key: str = "messages",
    ) -> None:
        if payload not in SHAPES:
            raise ValueError(f"ToolApproval(payload={payload!r}): it has to be one of {', '.join(map(repr, SHAPES))}.")
        self._approval, self._key = SHAPES[payload], messages_key
        self._named, self._compared = list(interrupt_on), False
        self._asks = {name: _config(name, given) for name, given in interrupt_on.items() if given is not False}

    def check(self, tools: Collection[str]) -> None:
        """Refuse names that no tool has: a slip of the pen would let calls run unasked.

        Raises:
            ValueError: There is one.
        """
        for name in self._named:
            if name not in tools:
                raise ValueError(
                    f"ToolApproval: no tool is called {name!r}{did_you_mean(name, tools)}. Tools: {', '.join(tools)}."
                )

    def _compare(self) -> None:
        """Warn of such names in a graph of one's own: its tools are known when the node is first called."""
        here = _context.current.get()
        if self._compared or here is None:
            return
        self._compared = True
        given = [node.action.given for node in here.thread.program.nodes.values()]
        tools = [name for each in given if isinstance(each, ToolNode) for name in each.tools_by_name]
        for name in self._named:
            if tools and name not in tools:
                warnings.warn(
                    f"ToolApproval: no tool of this graph is called {name!r}{did_you_mean(name, tools)}, so no call is "
                    f"asked about under this name. Tools: {', '.join(tools)}.",
                    stacklevel=2,
                )

    def get_name(self) -> str:
        """The name of the node."""
        return "approve"

    def __call__(self, state: Any) -> dict[str, list[Any]] | None:
        """Ask; the message with the calls that are to run, and the answers to those that are not.

        Raises:
            ValueError: A call has no id, or that of another, so that it cannot be told what was decided about which.
        """
        self._compare()
        message, calls = unanswered(messages_in(state, self._key))
        asked = [call for call in calls if call["name"] in self._asks and is_readable(call)]
        if not asked:
            return None
        _check_ids(calls)
        decided = _decided(self._approval(tuple(self._action(call, state) for call in asked)))
        edited = {
            call["id"]: decision["edited_action"]
            for call, decision in zip(asked, decided)
            if decision["type"] == "edit"
        }
        said = [_said(call, decision) for call, decision in zip(asked, decided)]
        answers = [answer for answer in said if answer is not None]
        changed = [_with_edits(message, edited)] if edited else []
        return {self._key: [*changed, *answers]}

    def _action(self, call: Mapping[str, Any], state: Any) -> Action:
        config = self._asks[call["name"]]
        text = config.get("description", f"The model wants to call the tool {call['name']}.")
        described = text(call, state, get_runtime()) if callable(text) else text
        return Action(call["name"], thaw(call["args"]), config["allowed_decisions"], described)


def _decided(approval: Asked) -> list[dict[str, Any]]:
    """What the person decides; asked again until it can be used."""
    answer = interrupt(approval.request())
    # An answer is kept once it is given. Raising here would raise again at every start of the node.
    while True:
        try:
            return approval.decisions(answer)
        except ValueError as error:
            wrong = str(error)
        answer = interrupt(approval.again(wrong).request())


def _config(name: str, given: Any) -> InterruptOnConfig:
    known: tuple[DecisionType, ...] = get_args(DecisionType)
    if given is True:
        return {"allowed_decisions": list(known)}
    if not isinstance(given, Mapping):
        raise ValueError(f"ToolApproval: {name!r} has {given!r}; give True, False, or {{'allowed_decisions': […]}}.")
    for key in given:
        if key not in ("allowed_decisions", "description"):
            near = did_you_mean(key, ("allowed_decisions", "description"))
            raise ValueError(f"ToolApproval: {name!r} has an option {key!r}, which there is not{near}.")
    allowed = given.get("allowed_decisions")
    if not allowed or isinstance(allowed, str) or not set(allowed) <= set(known):
        raise ValueError(
            f"ToolApproval: {name!r} has allowed_decisions={allowed!r}; give a list of some of {', '.join(known)}."
        )
    return {**given, "allowed_decisions": list(allowed)}  # type: ignore[typeddict-item]


def _check_ids(calls: Sequence[Mapping[str, Any]]) -> None:
    ids = [call["id"] for call in calls]
    for call in calls:
        if ids.count(call["id"]) > 1:
            raise ValueError(
                f"ToolApproval: several tool calls of one message have the id {call['id']!r}, so a decision about one "
                "would be taken for the other. Give each its own."
            )


def _said(call: Mapping[str, Any], decision: Mapping[str, Any]) -> ToolMessage | None:
    """The answer to a call that does not run."""
    about: dict[str, Any] = {"name": call["name"], "tool_call_id": call["id"], "id": str(uuid.uuid4())}
    if decision["type"] == "respond":
        return ToolMessage(decision["message"], **about)
    if decision["type"] != "reject":
        return None
    reason = decision.get("message")
    words = f"The person rejected this call of {call['name']}, and it did not run. " + (
        f"The reason: {reason}" if reason else "Do not call it like this again unless you are asked to."
    )
    return ToolMessage(words, **about, status="error")


def _with_edits(message: Any, edited: Mapping[str, Any]) -> Any:
    """The model's message, ours or LangChain's, with some calls replaced, also where its content holds them."""
    calls = [{**call, **edited.get(call["id"], {})} for call in message.tool_calls]
    content = message.content
    if isinstance(content, list):
        content = [_edited_block(block, edited) for block in content]
    return message.model_copy(update={"tool_calls": calls, "content": content})


def _edited_block(block: Any, edited: Mapping[str, Any]) -> Any:
    key = {"tool_use": "input", "tool_call": "args"}.get(block.get("type", "")) if isinstance(block, Mapping) else None
    if key is None or block.get("id") not in edited:
        return block
    action = edited[block["id"]]
    return {**block, "name": action["name"], key: action["args"]}
