"""Approvals of LangChain's own middleware, in both of its modes, in an agent that is run by hand."""

from __future__ import annotations

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver

from hilnb.payloads import HITLApproval, ToolCallApproval, inquiry_of, kind_of
from tests.payloads.asked import answered, form_for, standing

THREAD = {"configurable": {"thread_id": "1"}}
EDITED = {"name": "send", "args": {"to": "Bo", "copies": 3, "cc": None}}
DECISIONS = [
    {"type": "approve"},
    {"type": "edit", "edited_action": EDITED},
    {"type": "reject", "message": "No."},
    {"type": "respond", "message": "It is sent already."},
]


class Model(GenericFakeChatModel):
    def bind_tools(self, tools, **options):
        return self


class Clerk:
    """An agent that wants to send four times at once, and what it ran."""

    def __init__(self, mode):
        self.ran = []
        call = {"name": "send", "args": {"to": "Ann", "copies": 2, "cc": None}}
        calls = AIMessage("", tool_calls=[{**call, "id": str(n)} for n in range(4)])
        middleware = HumanInTheLoopMiddleware(interrupt_on={"send": True}, interrupt_mode=mode)
        model, saver = Model(messages=iter([calls, AIMessage("Done.")])), InMemorySaver()
        self.agent = create_agent(model, [self.send_tool()], middleware=[middleware], checkpointer=saver)

    def send_tool(self):
        def send(to: str, copies: int, cc: str | None) -> str:
            """Send the report."""
            self.ran.append((to, copies, cc))
            return "sent"

        return send

    def run(self, given):
        return self.agent.invoke(given, THREAD)


@pytest.fixture(params=["batched", "per_call"])
def clerk(request):
    return Clerk(request.param)


def test_name_and_arguments_are_not_said_twice(clerk):
    (asked, *_) = start(clerk)["__interrupt__"]

    (action, *_) = kind_of(asked.value, asked.response_schema).actions

    assert action.description == "Tool execution requires approval"


def start(clerk):
    return clerk.run({"messages": [("user", "Send it.")]})


def test_every_decision_is_heard_by_the_middleware(clerk):
    stopped = start(clerk)
    batched = len(stopped["__interrupt__"]) == 1

    reply = answered(stopped, *([{"decisions": DECISIONS}] if batched else DECISIONS))
    state = clerk.run(reply)

    assert sorted(clerk.ran) == [("Ann", 2, None), ("Bo", 3, None)]
    assert state["messages"][-1].content == "Done."
    assert "It is sent already." in [message.content for message in state["messages"]]


def test_the_form_makes_the_same_answer_with_every_type_kept(clerk):
    form, answers = form_for(start(clerk))
    for row, decided in zip(form.field.rows, DECISIONS[1:2] * 4):
        row.choice.value = decided["type"]
        row.arguments.value = row.arguments.value.replace("Ann", "Bo").replace("2", "3")

    form.submit.click()

    decision = DECISIONS[1]
    assert answers == [{"decisions": [decision] * 4} if len(form.field.rows) == 4 else decision]
    assert isinstance(form.question.kind, (HITLApproval, ToolCallApproval))


def test_nothing_is_offered_that_nobody_would_keep_to(clerk):
    assert not standing(inquiry_of(start(clerk))).rules.are_kept
