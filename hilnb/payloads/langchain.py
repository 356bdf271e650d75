"""Approvals as LangChain's HumanInTheLoopMiddleware asks for them: one request for a batch of calls, or one each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hilnb.payloads.approvals import DECISIONS, Action, Approval, Asked, action_of, decision, one_each

__all__ = ["HITLApproval", "ToolCallApproval", "hitl_approval", "tool_call_approval"]


class HITLApproval(Asked):
    """Asked with a HITLRequest, answered with a HITLResponse."""

    def request(self) -> dict[str, Any]:
        """A HITLRequest."""
        return {
            "action_requests": [
                {"name": each.name, "args": each.args, "description": each.description} for each in self.actions
            ],
            "review_configs": [
                {"action_name": each.name, "allowed_decisions": list(each.allowed)} for each in self.actions
            ],
        }

    def answer(self, decisions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A HITLResponse."""
        return {"decisions": list(decisions)}

    def decisions(self, answer: Any) -> list[dict[str, Any]]:
        """What a HITLResponse decides."""
        given = answer.get("decisions") if isinstance(answer, Mapping) else None
        listed = one_each(given, self.actions, answer, '{"decisions": […]}', '{"type": "approve"}')
        return [decision(each, action, place) for place, (each, action) in enumerate(zip(listed, self.actions), 1)]


class ToolCallApproval(Approval):
    """Asked with a ToolApprovalRequest, one for each call, and answered with one decision."""

    def answer(self, decisions: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The decision itself."""
        return decisions[0]

    def decisions(self, answer: Any) -> list[dict[str, Any]]:
        """The decision, in a list."""
        return [decision(answer, self.actions[0], 1)]


def hitl_approval(value: Any) -> HITLApproval | None:
    """The approval that a HITLRequest wants."""
    if not isinstance(value, Mapping):
        return None
    requests, configs = value.get("action_requests"), value.get("review_configs")
    if not isinstance(requests, list) or not isinstance(configs, list) or not requests:
        return None
    actions = [_action(request, place, configs) for place, request in enumerate(requests)]
    known = tuple(action for action in actions if action is not None)
    return HITLApproval(known) if len(known) == len(actions) else None


def tool_call_approval(value: Any, schema: Mapping[str, Any] | None) -> ToolCallApproval | None:
    """The approval that a ToolApprovalRequest wants; what may be decided stands in its `response_schema`."""
    if not isinstance(value, Mapping) or value.get("type") != "tool_approval":
        return None
    allowed = DECISIONS if schema is None else tuple(_types(schema))
    action = action_of(value.get("name"), value.get("args"), allowed, _description(value))
    return ToolCallApproval((action,)) if action is not None else None


def _action(request: Any, place: int, configs: list[Any]) -> Action | None:
    if not isinstance(request, Mapping):
        return None
    # The config at the same place is the action's; who wrote one for each tool is understood, too.
    name = request.get("name")
    for config in [*configs[place : place + 1], *configs]:
        if isinstance(config, Mapping) and config.get("action_name") == name:
            allowed = config.get("allowed_decisions")
            return action_of(name, request.get("args"), allowed, _description(request))
    return None


def _description(request: Mapping[str, Any]) -> Any:
    """The description, without the list of name and arguments with which LangChain ends it: they are shown anyway."""
    said = request.get("description")
    listed = f"\n\nTool: {request.get('name')}\nArgs: {request.get('args')}"
    return said.removesuffix(listed) if isinstance(said, str) else said


def _types(schema: Mapping[str, Any]) -> Iterator[Any]:
    """The types of decision that a schema, of one or of several, takes."""
    definitions = schema.get("$defs")
    for each in schema.get("oneOf") or schema.get("anyOf") or [schema]:
        if isinstance(each, Mapping) and isinstance(definitions, Mapping) and "$ref" in each:
            each = definitions.get(str(each["$ref"]).removeprefix("#/$defs/"))
        properties = each.get("properties") if isinstance(each, Mapping) else None
        kind = properties.get("type") if isinstance(properties, Mapping) else None
        if isinstance(kind, Mapping):
            yield kind.get("const")
