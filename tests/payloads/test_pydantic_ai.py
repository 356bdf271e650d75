"""Tool calls that a pydantic-ai agent has deferred: decided about and answered in a form, and run on."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import TypeAdapter
from pydantic_ai import Agent, CallDeferred, DeferredToolRequests, DeferredToolResults, ToolApproved, ToolDenied
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel

from hilnb import Deadline, ask
from hilnb.payloads import DeferredCalls, kind_of
from tests.payloads.asked import answered, form_for, html_of

SEND = ToolCallPart("send", {"to": "Ann", "copies": 2, "cc": None}, "1")
LOOK_UP = ToolCallPart("look_up", '{"city": "Oslo"}', "2")


class Clerk:
    """An agent that sends after an approval, and has somebody else look things up."""

    def __init__(self, *calls):
        turns = [ModelResponse(parts=list(calls)), ModelResponse(parts=[TextPart("Done.")])]
        self.heard, self.ran = [], []
        self.agent = Agent(
            FunctionModel(lambda messages, info: self._say(messages, turns)), output_type=[str, DeferredToolRequests]
        )
        self.agent.tool_plain(requires_approval=True)(self.send)
        self.agent.tool_plain()(self.look_up)

    def send(self, to: str, copies: int = 1, cc: str | None = None) -> str:
        self.ran.append((to, copies, cc))
        return "sent"

    def look_up(self, city: str) -> str:
        raise CallDeferred(metadata={"takes": "a day"})

    def run(self):
        return asyncio.run(self.agent.run("Do it."))

    def run_on(self, stopped, results):
        return asyncio.run(self.agent.run(message_history=stopped.all_messages(), deferred_tool_results=results))

    def _say(self, messages, turns):
        self.heard = [part.content for message in messages for part in message.parts if part.part_kind == "tool-return"]
        return turns.pop(0)


@pytest.mark.parametrize("take", [lambda stopped: stopped, lambda stopped: stopped.output], ids=["result", "output"])
def test_approvals_and_results_are_one_answer(take):
    clerk = Clerk(SEND, LOOK_UP)
    stopped = clerk.run()

    results = answered(take(stopped), {"approvals": {"1": True}, "calls": {"2": {"degrees": 5, "wind": None}}})

    assert isinstance(results, DeferredToolResults)
    assert clerk.run_on(stopped, results).output == "Done."
    assert (clerk.ran, clerk.heard) == ([("Ann", 2, None)], ["sent", {"degrees": 5, "wind": None}])


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (True, True),
        (False, False),
        ({"kind": "tool-approved"}, ToolApproved()),
        ({"kind": "tool-approved", "override_args": None}, ToolApproved()),
        ({"kind": "tool-approved", "override_args": {"to": "Bo"}}, ToolApproved(override_args={"to": "Bo"})),
        ({"kind": "tool-denied", "message": "No."}, ToolDenied("No.")),
        ({"kind": "tool-denied"}, ToolDenied()),
    ],
)
def test_every_shape_of_an_approval_is_read_and_is_what_the_library_reads(given, made):
    requests = DeferredToolRequests(approvals=[SEND])
    answer = {"approvals": {"1": given}}

    results = answered(requests, answer)

    assert results.approvals == {"1": made}
    assert results == TypeAdapter(DeferredToolResults).validate_python(answer)
    assert requests.build_results(approvals=results.approvals).to_tool_call_results()


def test_decisions_go_there_and_come_back():
    kind = kind_of(DeferredToolRequests(approvals=[SEND], calls=[LOOK_UP]))
    edited = {"name": "send", "args": {"to": "Bo", "copies": 3, "cc": None}}
    table = [
        [{"type": "approve"}, {"type": "respond", "message": 5}],
        [{"type": "edit", "edited_action": edited}, {"type": "respond", "message": None}],
        [{"type": "reject", "message": "No."}, {"type": "reject", "message": "It is closed."}],
        [{"type": "reject"}, {"type": "respond", "message": "5"}],
    ]

    assert isinstance(kind, DeferredCalls)
    assert [kind.decisions(kind.answer(each)) for each in table] == table


def test_the_form_keeps_every_type_through_an_edit():
    form, answers = form_for(DeferredToolRequests(approvals=[SEND], calls=[LOOK_UP]))
    send, look_up = form.field.rows
    send.choice.value, look_up.choice.value = "edit", "respond"
    send.arguments.value = send.arguments.value.replace("Ann", "Bo")
    look_up.words.value = '{"degrees": 5, "wind": null}'

    form.submit.click()

    [answer] = answers
    assert answer["approvals"]["1"]["override_args"] == {"to": "Bo", "copies": 2, "cc": None}
    assert answer["calls"] == {"2": {"degrees": 5, "wind": None}}


@pytest.mark.parametrize(
    ("typed", "result"), [("5", 5), ('"5"', "5"), ("fine", "fine"), ("null", None), ("[1, 2.0]", [1, 2.0])]
)
def test_the_result_of_a_call_is_data_or_text(typed, result):
    form, answers = form_for(DeferredToolRequests(calls=[LOOK_UP]))
    form.field.rows[0].choice.value = "respond"
    form.field.rows[0].words.value = typed

    form.submit.click()

    assert [repr(each["calls"]["2"]) for each in answers] == [repr(result)]
    assert "This is not run here. What is the result?" in html_of(form.box)


def test_an_answer_to_a_question_of_the_model_is_words():
    form, answers = form_for(DeferredToolRequests(calls=[LOOK_UP], _kinds={"2": "question"}))
    form.field.rows[0].choice.value = "respond"
    form.field.rows[0].words.value = "5"

    form.submit.click()

    assert answers == [{"approvals": {}, "calls": {"2": "5"}}]


def test_metadata_of_a_call_is_shown():
    form, _ = form_for(Clerk(LOOK_UP).run())

    assert "takes: a day" in html_of(form.box)


def test_what_cannot_be_done_is_told_as_a_failure():
    clerk = Clerk(LOOK_UP)
    stopped = clerk.run()

    results = answered(stopped, {"calls": {"2": {"kind": "tool-failed", "message": "It is closed."}}})
    clerk.run_on(stopped, results)

    assert clerk.heard == ["It is closed."]


def test_a_deadline_denies_and_approves_nothing():
    clerk = Clerk(SEND)
    stopped = clerk.run()

    results = ask(stopped, deadline=Deadline(60, deny=True)).state
    clerk.run_on(stopped, results)

    assert (clerk.ran, clerk.heard) == ([], ["Nobody answered within 60 seconds."])
    with pytest.raises(ValueError, match="only a person may"):
        ask(stopped, deadline=Deadline(60, default={"approvals": {"1": True}}))


def test_what_json_says_of_requests_is_known_too():
    requests = TypeAdapter(DeferredToolRequests).dump_python(DeferredToolRequests(approvals=[SEND]), mode="json")

    assert isinstance(kind_of(requests), DeferredCalls)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("yes", "Answer {'approvals'"),
        ({"approvals": {}}, "there is nothing about '1' in its approvals"),
        ({"approvals": {"1": "yes"}}, "is no decision"),
        ({"approvals": {"1": {"kind": "tool-approved", "override_args": [1]}}}, "an edit brings a name"),
    ],
)
def test_an_answer_that_does_not_decide_is_refused(answer, why):
    with pytest.raises(ValueError, match=why):
        answered(DeferredToolRequests(approvals=[SEND]), answer)


def test_a_run_that_deferred_nothing_is_an_error():
    agent = Agent(FunctionModel(lambda messages, info: ModelResponse(parts=[TextPart("Done.")])))
    finished = asyncio.run(agent.run("Hello"))

    for nothing in (finished, DeferredToolRequests()):
        with pytest.raises(ValueError, match="holds no tool call"):
            ask(nothing)
