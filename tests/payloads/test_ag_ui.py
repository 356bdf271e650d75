"""Interrupts of the AG-UI protocol, from its own types and from the wire, answered with the entries that resume."""

from __future__ import annotations

import json

import pytest
from ag_ui.core import (
    Interrupt,
    ResumeEntry,
    RunAgentInput,
    RunFinishedEvent,
    RunFinishedInterruptOutcome,
    RunFinishedSuccessOutcome,
)
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.ui.ag_ui._interrupt import approval_to_interrupt

from hilnb import Deadline, ask
from hilnb.payloads import Resumption, kind_of
from tests.payloads.asked import answered, form_for, html_of

AGE = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
HOW_OLD = Interrupt(id="a", reason="input_required", message="How old?", response_schema=AGE)
ANYTHING = Interrupt(id="b", reason="confirm", metadata={"step": 3}, expires_at="2030-01-01T00:00:00Z")
OUTCOME = RunFinishedInterruptOutcome(interrupts=[HOW_OLD, ANYTHING])
EVENT = RunFinishedEvent(thread_id="1", run_id="2", outcome=OUTCOME)

ENTRIES = [
    {"interruptId": "a", "status": "resolved", "payload": {"age": 36}},
    {"interruptId": "b", "status": "cancelled"},
]


@pytest.mark.parametrize("asked", [EVENT, OUTCOME, [HOW_OLD, ANYTHING]], ids=["event", "outcome", "list"])
def test_objects_are_answered_with_objects(asked):
    resume = answered(asked, ENTRIES)

    assert resume == [
        ResumeEntry(interrupt_id="a", status="resolved", payload={"age": 36}),
        ResumeEntry(interrupt_id="b", status="cancelled"),
    ]
    sent = RunAgentInput(thread_id="1", run_id="3", messages=[], resume=resume).model_dump(mode="json", by_alias=True)
    assert sent["resume"] == ENTRIES


@pytest.mark.parametrize("asked", [EVENT, OUTCOME, HOW_OLD], ids=["event", "outcome", "one"])
def test_what_came_over_the_wire_is_answered_as_it_is_sent(asked):
    wire = json.loads(asked.model_dump_json(by_alias=True))
    entries = ENTRIES[: 1 if asked is HOW_OLD else 2]

    assert answered(wire, entries) == entries


def test_the_spelling_of_python_is_read_too():
    spelt = [{"interrupt_id": "a", "status": "resolved", "payload": {"age": 36}}]

    assert answered(HOW_OLD.model_dump(), spelt) == spelt
    assert answered(HOW_OLD, [ResumeEntry.model_validate(spelt[0])]) == [ResumeEntry.model_validate(spelt[0])]


def test_responses_go_there_and_come_back():
    kind = kind_of(OUTCOME)
    table = [
        {"a": {"action": "accept", "content": {"age": 36}}, "b": {"action": "accept", "content": None}},
        {"a": {"action": "cancel"}, "b": {"action": "accept", "content": [1, "two", {"three": None}]}},
    ]

    assert isinstance(kind, Resumption)
    assert [kind.responses(kind.answer(each)) for each in table] == [list(each.values()) for each in table]


def test_the_form_asks_by_schema_and_for_data_where_there_is_none():
    form, answers = form_for(EVENT)
    how_old, anything = form.field.rows
    how_old._content.inputs[0].value = "36"
    anything._content.control.value = "null"

    form.submit.click()

    shown = html_of(form.box)
    assert answers == [[ENTRIES[0], {"interruptId": "b", "status": "resolved", "payload": None}]]
    assert "How old?" in shown
    assert "2030-01-01T00:00:00Z" in shown
    assert [label for label, _ in how_old.choice.options] == ["Answer", "Cancel"]


def test_the_form_of_an_approval_of_pydantic_ai():
    interrupt = approval_to_interrupt(ToolCallPart("send", {"to": "Ann"}, "1"), {})

    form, answers = form_for(interrupt)
    approved = form.field.rows[0]._content.inputs[0]
    approved.index = 0
    form.submit.click()

    assert [each[0]["payload"] for each in answers] == [{"approved": True}]


def test_a_deadline_cancels():
    assert ask(HOW_OLD, deadline=Deadline(60, deny=True)).state == [ResumeEntry(interrupt_id="a", status="cancelled")]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"age": 36}, "Answer a list of entries"),
        ([], "no entry with the interruptId 'a'"),
        ([{"interruptId": "a", "status": "open"}], "the status of 'a' is \"open\""),
        ([{"interruptId": "a", "status": "resolved", "payload": {"age": "old"}}], "does not fit"),
        ([{"interruptId": "a", "status": "resolved"}], "does not fit"),
    ],
)
def test_an_answer_that_does_not_resume_is_refused(answer, why):
    with pytest.raises(ValueError, match=why):
        answered(HOW_OLD, answer)


def test_an_event_of_a_run_that_waits_for_nothing_is_an_error():
    with pytest.raises(ValueError, match="waits for nothing"):
        ask(RunFinishedEvent(thread_id="1", run_id="2", outcome=RunFinishedSuccessOutcome()))


def test_what_only_looks_like_an_interrupt_is_data():
    order = {"id": "5", "reason": "late", "amount": 3}

    assert answered(order, "wait") == "wait"
    assert not isinstance(kind_of({"id": "5", "reason": "late"}), Resumption)
