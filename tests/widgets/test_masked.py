"""Secrets on the screen: masked in all that is shown or kept, and real in all that runs."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest

from hilnb import END, START, MemorySaver, StateGraph, interrupt
from hilnb.messages import AIMessage
from hilnb.widgets import page
from hilnb.widgets.blocking import Terminal
from hilnb.widgets.forms import form_of
from hilnb.widgets.log import Entry
from hilnb.widgets.question import Question
from hilnb.widgets.record import transcript
from hilnb.widgets.session import Run

SECRET = "hunter2-and-more"
KEY = "sk-ant-api03-0123456789abcdef"
ARGS = {"to": "Ann", "password": SECRET, "note": f"use {KEY} there"}


class State(TypedDict, total=False):
    password: str
    messages: list[Any]


def hitl(args):
    request = {"name": "send", "args": args, "description": f"With {KEY}."}
    config = {"action_name": "send", "allowed_decisions": ["approve", "edit"]}
    return {"action_requests": [request], "review_configs": [config]}


def everywhere(state):
    call = {"name": "login", "args": ARGS, "id": "1"}
    decided = interrupt(hitl(ARGS))["decisions"][0]
    assert decided["edited_action"]["args"]["password"] == SECRET
    interrupt({"question": "Go on?", "login": {"api_key": SECRET}})
    interrupt(f"Is {KEY} right?")
    return {"password": SECRET, "messages": [AIMessage(f"It is {KEY}", tool_calls=[call])]}


def fail(state):
    raise ValueError(f"no entry for password={SECRET!r} or {KEY}")


def graph():
    builder = StateGraph(State).add_node(everywhere).add_node(fail, metadata={"api_key": SECRET, "note": KEY})
    builder.add_edge(START, "everywhere").add_edge("everywhere", "fail").add_edge("fail", END)
    return builder.compile(checkpointer=MemorySaver())


@pytest.fixture
def told(capsys):
    """A run with secrets in every place, and what a terminal said of it."""
    run = Run(graph(), {"configurable": {"thread_id": "1"}}, do=lambda leg: leg())
    run.changed = Terminal().tell
    run.log.write(f"printed: password={SECRET} and {KEY}")
    run.start({"password": SECRET})
    for answer in ({"decisions": [{"type": "edit", "edited_action": {"name": "send", "args": ARGS}}]}, "yes", KEY):
        assert SECRET not in run.headline
        assert KEY not in run.headline
        run.submit(answer)
    return run


def test_no_secret_is_in_the_record_or_the_transcript_or_the_terminal(told, capsys):
    drawing = told.graph.get_graph()
    shown = [
        *(page.record(told, drawing), page.spare(told, drawing), page.rows(told.log.entries, live=True)),
        *(drawing.draw_svg(), drawing.draw_mermaid(), drawing.draw_dot()),
        *(transcript(told), repr(told), capsys.readouterr().out),
    ]

    for text in shown:
        assert SECRET not in text
        assert KEY not in text
    assert told.state["password"] == SECRET


def test_editing_beside_a_masked_argument_keeps_its_real_value():
    answers = []
    form = form_of(Question("0" * 32, "node", hitl(ARGS)), lambda question, answer: answers.append(answer))
    (row,) = form.field.rows
    row.choice.value = "edit"
    assert SECRET not in row.arguments.value

    row.arguments.value = row.arguments.value.replace("Ann", "Bo")
    form.submit.click()

    assert answers[0]["decisions"][0]["edited_action"]["args"] == {**ARGS, "to": "Bo"}


def test_a_placeholder_moved_elsewhere_is_sent_back_at_its_row():
    answers = []
    form = form_of(Question("0" * 32, "node", hitl(ARGS)), lambda question, answer: answers.append(answer))
    (row,) = form.field.rows
    row.choice.value, row.arguments.value = "edit", '{"to": "‹masked›"}'

    form.submit.click()

    assert answers == []
    assert "write the value itself" in row.message.value


def test_an_answer_asked_for_as_a_password_is_not_kept():
    question = Question("0" * 32, "node", "Password?", {"type": "string", "format": "password"})
    question.answered, question.answer = True, "short"

    assert "short" not in page.rows([Entry("question", "node", question)])


def test_the_terminal_takes_no_placeholder_for_a_value(capsys):
    typed = iter(["‹masked›", "yes"])

    assert Terminal(lambda prompt: next(typed)).answer(Question("0" * 32, "node", "?")) == "yes"
    assert "type the value itself" in capsys.readouterr().out
