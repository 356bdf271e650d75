"""A run as plain data, and what the record says of its questions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, TypedDict

from hilnb import END, START, MemorySaver, StateGraph, interrupt
from hilnb.widgets import page
from hilnb.widgets.plain import plain
from hilnb.widgets.record import transcript
from hilnb.widgets.session import Run

EVIL = "<img src=x onerror=alert(1)>"


class State(TypedDict):
    value: Any


def run_of(node):
    builder = StateGraph(State).add_node("node", node).add_edge(START, "node").add_edge("node", END)
    run = Run(builder.compile(MemorySaver()), {"configurable": {"thread_id": "7"}}, do=lambda leg: leg())
    run.start({"value": 0})
    return run


def choose(state):
    return {"value": interrupt("Which?", response_schema={"enum": ["Rome", EVIL]})}


def html_of(run):
    return page.record(run, run.graph.get_graph())


def test_a_question_tells_its_options_its_answer_who_and_when():
    before = datetime.now(UTC).replace(microsecond=0)
    run = run_of(choose)
    (asked, _) = run.transcript()
    assert (asked["answered"], "answer" in asked) == (False, False)

    run.answer(run.questions[0], "Rome")

    told, update, state = run.transcript()
    assert (told["node"], told["kind"], told["options"], told["values"]) == (
        "node",
        "question",
        ["Rome", EVIL],
        "Which?",
    )
    assert (told["answer"], told["answer_text"], told["answered_by"]) == ("Rome", "Rome", "person")
    asked_at, answered_at = (datetime.fromisoformat(told[key]) for key in ("asked_at", "answered_at"))
    assert before <= asked_at <= answered_at <= datetime.now(UTC)
    assert update == {"node": "node", "kind": "update", "values": {"value": "Rome"}}
    assert state == {"node": "", "kind": "state", "values": {"value": "Rome"}}


def test_whatever_happens_json_can_say_it():
    class Odd:
        def __repr__(self):
            raise RuntimeError("no")

    def node(state):
        raise ValueError("boom")

    loop: list[Any] = []
    loop.append(loop)
    run = run_of(node)
    run.log.write("text")
    run.log.show({"text/plain": "a table", "text/html": "<table>"})
    run.log.add("update", "node", {"odd": Odd(), "set": {1}})
    for value in (loop, float("nan"), {(1, 2): "key"}, b"\x00\xff"):
        run.log.add("update", "node", value)

    told = json.loads(json.dumps(run.transcript(), allow_nan=False))

    assert [each["kind"] for each in told] == ["error", "printed", "shown", *["update"] * 5, "state"]
    assert told[3]["values"] == {"odd": "<a Odd whose repr raises RuntimeError>", "set": "{1}"}
    assert plain({1: "one"}) == {"1": "one"}


def test_the_record_marks_the_chosen_option_and_says_when_a_person_answered():
    run = run_of(choose)
    (question,) = run.questions
    run.answer(question, EVIL)
    question.asked_at, question.answered_at = "2026-01-01T12:00:00+00:00", "2026-01-01T12:02:30+00:00"

    record = html_of(run)

    assert "<li>○ Rome</li><li>● <b>&lt;img src=x onerror=alert(1)&gt;</b></li>" in record
    assert ">2026-01-01 12:02 UTC, 2 min after the question</time>" in record
    assert "<img src=x" not in record
    assert "UTC" not in transcript(run)


def test_the_record_of_an_answer_from_code_has_no_time():
    run = run_of(choose)
    run.submit("Rome")

    assert "<time" not in html_of(run)
    assert run.transcript()[0]["answered_by"] == "code"


def test_the_record_of_a_question_with_options_tells_them_once():
    run = run_of(lambda state: {"value": interrupt({"question": "Which city?", "options": ["Rome", "Oslo"]})})
    run.submit("Oslo")

    html = html_of(run)

    assert "<pre>Which city?</pre>" in html
    assert "○ Rome" in html
    assert "&quot;options&quot;" not in html
