"""Runs of the OpenAI Agents SDK that stop at tool calls: decided about in a form, and run on."""

from __future__ import annotations

import asyncio

import pytest
from agents import Runner, RunState

from hilnb import Deadline, ask
from hilnb.payloads import inquiry_of
from tests.payloads.asked import answered, form_for, html_of, standing
from tests.payloads.scripted_agents import clerk

APPROVE, REJECT = {"type": "approve"}, {"type": "reject", "message": "Bob has it."}
TWO_CALLS = [("send", {"to": "Ann", "copies": 2}), ("send", {"to": "Bob"})]


def run(agent, given):
    return asyncio.run(Runner.run(agent, given))


def outputs(result):
    return [item.output for item in result.new_items if item.type == "tool_call_output_item"]


@pytest.mark.parametrize("take", [lambda result: result, lambda result: result.to_state()], ids=["result", "state"])
def test_what_is_approved_runs_and_what_is_rejected_does_not(take):
    ran = []
    agent = clerk(TWO_CALLS, "Done.", ran=ran)
    stopped = run(agent, "Send it.")

    state = answered(take(stopped), {"decisions": [APPROVE, REJECT]})
    result = run(agent, state)

    assert isinstance(state, RunState)
    assert (ran, result.final_output) == ([("Ann", 2)], "Done.")
    assert outputs(result) == ["sent 2 to Ann", "Bob has it."]


def test_a_rejection_without_a_reason_has_the_words_of_the_sdk():
    agent = clerk(TWO_CALLS[:1], "Done.", ran=[])

    state = answered(run(agent, "Send it."), {"decisions": [{"type": "reject"}]})

    assert outputs(run(agent, state)) == ["Tool execution was not approved."]


def test_the_form_shows_each_call_as_it_will_run_and_cannot_edit_it():
    stopped = run(clerk(TWO_CALLS, ran=[]), "Send it.")

    form, answers = form_for(stopped)
    for row, decision in zip(form.field.rows, ("approve", "reject")):
        row.choice.value = decision
    form.submit.click()

    shown = html_of(form.box)
    assert answers == [{"decisions": [APPROVE, {"type": "reject"}]}]
    assert "Asked by Clerk." in shown
    assert "&quot;copies&quot;: 2" in shown
    assert [label for label, _ in form.field.rows[0].choice.options] == ["Approve", "Reject"]


def test_arguments_that_are_no_json_are_shown_as_they_are():
    form, _ = form_for(run(clerk([("send", '{"to": "Ann"')], ran=[]), "Send it."))

    assert "&quot;arguments&quot;: &quot;{\\&quot;to\\&quot;: \\&quot;Ann\\&quot;&quot;" in html_of(form.box)


def test_a_tool_that_is_always_allowed_is_not_asked_about_again():
    ran = []
    agent = clerk(TWO_CALLS[:1], [("send", {"to": "Cem"})], "Done.", ran=ran)
    asked = standing(inquiry_of(run(agent, "Send it.")))

    asked.answer(asked.questions[0], {"decisions": [APPROVE]}, allow=["send"])
    result = run(agent, asked.state)

    assert (result.interruptions, ran) == ([], [("Ann", 2), ("Cem", 1)])


def test_a_deadline_rejects_with_its_reason():
    agent = clerk(TWO_CALLS[:1], "Done.", ran=[])

    state = ask(run(agent, "Send it."), deadline=Deadline(60, deny=True)).state

    assert outputs(run(agent, state)) == ["Nobody answered within 60 seconds."]


def test_an_answer_that_does_not_decide_is_refused_and_tells_the_state_nothing():
    stopped = run(clerk(TWO_CALLS, ran=[]), "Send it.")

    with pytest.raises(ValueError, match="one decision to make for each of 2 actions"):
        answered(stopped, {"decisions": [APPROVE]})
    with pytest.raises(ValueError, match="'edit' is not allowed"):
        answered(stopped, {"decisions": [{"type": "edit"}, APPROVE]})


def test_a_run_that_stopped_at_nothing_and_calls_without_their_run_are_errors():
    finished = run(clerk("Done.", ran=[]), "Hello")
    stopped = run(clerk(TWO_CALLS, ran=[]), "Send it.")

    with pytest.raises(ValueError, match="stopped at no tool call"):
        ask(finished)
    with pytest.raises(ValueError, match="give the result itself"):
        ask(stopped.interruptions)
