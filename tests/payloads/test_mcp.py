"""What an MCP server asks of its client, from the library's own types: a form, or an address."""

from __future__ import annotations

import pytest
from mcp.types import ElicitRequest, ElicitRequestFormParams, ElicitRequestURLParams, ElicitResult

from hilnb import Deadline, ask
from hilnb.payloads import OneElicitation, kind_of
from tests.payloads.asked import answered, form_for, html_of

NAME = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name"]}
FORM = ElicitRequestFormParams(message="Who <are> you?", requested_schema=NAME)
PAGE = ElicitRequestURLParams(message="Pay there.", url="https://example.org/pay", elicitation_id="1")


@pytest.mark.parametrize("asked", [FORM, ElicitRequest(params=FORM)], ids=["parameters", "request"])
@pytest.mark.parametrize(
    "answer",
    [{"action": "accept", "content": {"name": "Ada", "age": 36}}, {"action": "decline"}, {"action": "cancel"}],
    ids=lambda answer: answer["action"],
)
def test_a_form_is_answered_with_a_result_of_the_library(asked, answer):
    assert answered(asked, answer) == ElicitResult(**answer)


def test_an_address_is_answered_without_content():
    assert answered(PAGE, {"action": "accept"}) == ElicitResult(action="accept")


def test_what_came_over_the_wire_is_answered_as_it_is_sent():
    wire = ElicitRequest(params=FORM).model_dump(mode="json", by_alias=True, exclude_none=True)

    assert answered(wire, {"action": "decline"}) == {"action": "decline"}
    assert isinstance(kind_of(wire["params"]), OneElicitation)
    assert isinstance(kind_of({"message": "Who?", "requestedSchema": NAME}), OneElicitation)  # before there were modes


def test_the_form_of_a_form():
    form, answers = form_for(FORM)
    name, age = form.field.rows[0]._content.inputs
    name.value, age.value = "Ada", "36"

    form.submit.click()

    assert answers == [{"action": "accept", "content": {"name": "Ada", "age": 36}}]
    assert "Who &lt;are&gt; you?" in html_of(form.box)


def test_the_form_of_an_address_takes_nothing_for_granted():
    form, answers = form_for(PAGE)
    form.submit.click()
    assert answers == []

    form.field.rows[0].choice.value = "accept"
    form.submit.click()

    assert answers == [{"action": "accept"}]
    assert 'href="https://example.org/pay"' in html_of(form.box)


def test_an_address_that_is_not_to_the_web_is_no_link():
    form, _ = form_for(ElicitRequestURLParams(message="Go.", url="javascript:alert(1)", elicitation_id="1"))

    shown = html_of(form.box)
    assert "javascript:alert(1)" in shown
    assert "<a " not in shown


def test_a_deadline_declines():
    assert ask(FORM, deadline=Deadline(60, deny=True)).state == ElicitResult(action="decline")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"name": "Ada"}, "its action is one of accept, decline, cancel"),
        ({"action": "accept"}, "does not fit"),
        ({"action": "accept", "content": {"name": "Ada", "age": "old"}}, "does not fit"),
    ],
)
def test_an_answer_that_is_none_is_refused(answer, why):
    with pytest.raises(ValueError, match=why):
        answered(FORM, answer)
