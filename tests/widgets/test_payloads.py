"""What kind of answer a question wants: the payloads of LangChain's one-by-one approvals and of MCP servers."""

from __future__ import annotations

import json

import pytest

from hilnb.payloads import Data, Requested, SeveralElicitations, ToolCallApproval, kind_of

APPROVE = {"properties": {"type": {"const": "approve", "type": "string"}}, "required": ["type"], "type": "object"}
REJECT = {
    "properties": {"type": {"const": "reject", "type": "string"}, "message": {"type": "string"}},
    "required": ["type"],
    "type": "object",
}
ONE_OF_TWO = {
    "$defs": {"ApproveDecision": APPROVE, "RejectDecision": REJECT},
    "discriminator": {"propertyName": "type", "mapping": {"approve": "#/$defs/ApproveDecision"}},
    "oneOf": [{"$ref": "#/$defs/ApproveDecision"}, {"$ref": "#/$defs/RejectDecision"}],
}

CALL = {"type": "tool_approval", "tool_call_id": "1", "name": "send", "args": {"to": "Ann"}, "description": "Send?"}

FORM = {"key": "who", "message": "Who are you?", "mode": "form", "requested_schema": {"type": "object"}}
PAGE = {"key": "pay", "message": "Pay there.", "mode": "url", "url": "https://example.org/pay"}


def asked_by_mcp(*requests):
    return {"type": "mcp_elicitation", "tool_name": "book", "requests": list(requests)}


@pytest.mark.parametrize(
    ("schema", "allowed"),
    [
        (ONE_OF_TWO, ("approve", "reject")),
        (APPROVE, ("approve",)),
        (None, ("approve", "edit", "reject", "respond")),
    ],
    ids=["some", "one", "no schema"],
)
def test_what_may_be_decided_about_one_call_stands_in_its_schema(schema, allowed):
    kind = kind_of(CALL, schema)

    assert isinstance(kind, ToolCallApproval)
    assert [(each.name, each.args, each.allowed) for each in kind.actions] == [("send", {"to": "Ann"}, allowed)]


def test_one_call_is_answered_with_one_decision():
    kind = kind_of(CALL, ONE_OF_TWO)

    assert kind.answer([{"type": "approve"}]) == {"type": "approve"}
    assert kind.decisions({"type": "reject", "message": "No."}) == [{"type": "reject", "message": "No."}]
    assert kind.decline("Nobody looked.") == {"type": "reject", "message": "Nobody looked."}
    with pytest.raises(ValueError, match="'respond' is not allowed for it; allowed: approve, reject"):
        kind.decisions({"type": "respond", "message": "Done."})


def test_a_call_whose_schema_takes_no_decision_is_data():
    assert isinstance(kind_of(CALL, {"type": "object"}), Data)


def test_a_server_may_ask_several_things_by_form_and_by_page():
    kind = kind_of(asked_by_mcp(FORM, PAGE))

    assert kind == SeveralElicitations(
        (
            Requested("who", "Who are you?", {"type": "object"}),
            Requested("pay", "Pay there.", None, "https://example.org/pay"),
        ),
        "book",
    )


def test_a_server_gets_a_response_under_every_key():
    kind = kind_of(asked_by_mcp(FORM, PAGE))
    typed = {"responses": {"who": {"action": "accept", "content": {"name": "Ada"}}, "pay": {"action": "cancel"}}}

    assert kind.read(json.dumps(typed)) == typed
    assert kind.decline("") == {"responses": {"who": {"action": "decline"}, "pay": {"action": "decline"}}}
    for wrong in ({"who": {"action": "accept"}}, {"who": {"action": "accept"}, "pay": {"action": "yes"}}):
        with pytest.raises(ValueError, match=r"the response to 'pay' is .*accept, decline, cancel.*looks like this"):
            kind.read(json.dumps({"responses": wrong}))


@pytest.mark.parametrize(
    "requests",
    [[], [FORM, FORM], [{**FORM, "mode": "voice"}], [{**PAGE, "url": 5}], ["who"], [{**FORM, "key": None}]],
    ids=["none", "twice one key", "another mode", "no address", "no object", "no key"],
)
def test_what_is_not_all_understood_is_data(requests):
    assert isinstance(kind_of(asked_by_mcp(*requests)), Data)
