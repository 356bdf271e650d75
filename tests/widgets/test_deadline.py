"""A question that waits only so long: what its answer is then, and who is first."""

from __future__ import annotations

import operator
import threading
from typing import Annotated, TypedDict

import pytest

from hilnb import END, START, Deadline, MemorySaver, Send, StateGraph, interrupt, run
from hilnb.testing import ManualClock
from hilnb.widgets import DeadlinePassedError
from hilnb.widgets.deadline import deadlines_of
from hilnb.widgets.question import NothingAskedError
from hilnb.widgets.record import transcript
from hilnb.widgets.session import Run

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    said: Annotated[list, operator.add]


def asking(value, schema=None, name="ask"):
    builder = StateGraph(State).add_node(name, lambda state: {"said": [interrupt(value, response_schema=schema)]})
    return builder.add_edge(START, name).add_edge(name, END).compile(checkpointer=MemorySaver())


def started(graph, deadline, **options):
    made = Run(graph, THREAD, do=lambda leg: leg(), deadline_of=deadlines_of(deadline, graph), **options)
    made.start({"said": []})
    return made


def approval(*allowed):
    config = {"action_name": "send", "allowed_decisions": list(allowed)}
    return {"action_requests": [{"name": "send", "args": {"to": "Ann"}}], "review_configs": [config]}


@pytest.fixture
def clock():
    return ManualClock()


def test_when_the_time_is_over_the_declared_default_is_the_answer(clock):
    made = started(asking("Your name?"), Deadline(60, default="nobody", clock=clock))

    clock.advance(59)
    assert (made.status, made.questions[0].time_left) == ("asking", 1)
    clock.advance(1)

    assert made.state == {"said": ["nobody"]}
    assert "Nobody answered within 60 seconds what ask asks: the declared default was used." in transcript(made)


def test_none_is_a_default_like_any_other(clock):
    made = started(asking("Your name?"), Deadline(60, default=None, clock=clock))

    clock.advance(60)

    assert made.state == {"said": [None]}


def test_who_answers_in_time_is_first_and_the_deadline_does_nothing(clock):
    made = started(asking("Your name?"), Deadline(60, default="nobody", clock=clock))
    question = made.questions[0]

    made.submit("Ada")
    clock.advance(60)
    made.expire(question)

    assert made.state == {"said": ["Ada"]}
    assert "Nobody answered" not in transcript(made)


def test_of_a_deadline_and_an_answer_at_the_same_moment_the_first_counts(clock):
    legs = []
    graph, deadline = asking("Your name?"), Deadline(60, default="nobody", clock=clock)
    made = Run(graph, THREAD, do=legs.append, deadline_of=lambda question: deadline)
    made.start({"said": []})
    legs.pop()()
    question = made.questions[0]

    clock.advance(60)
    with pytest.raises(NothingAskedError, match="has its answer already: 'nobody'"):
        made.answer(question, "Ada")
    made.expire(question)

    (leg,) = legs
    leg()
    assert made.state == {"said": ["nobody"]}


def test_an_approval_is_denied_with_the_reason_on_every_action(clock):
    made = started(asking(approval("approve", "reject")), Deadline(900, deny=True, clock=clock))

    clock.advance(900)

    assert made.state["said"] == [{"decisions": [{"type": "reject", "message": "Nobody answered within 15 minutes."}]}]
    assert "send: rejected, because: Nobody answered within 15 minutes." in transcript(made)


def test_an_mcp_server_is_declined(clock):
    asked = {"key": "who", "message": "Who?", "mode": "form", "requested_schema": {"type": "object"}}
    graph = asking({"type": "mcp_elicitation", "tool_name": "book", "requests": [asked]})
    made = started(graph, Deadline(60, deny=True, clock=clock))

    clock.advance(60)

    assert made.state["said"] == [{"responses": {"who": {"action": "decline"}}}]


def test_where_the_schema_takes_none_that_is_the_denial(clock):
    schema = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    made = started(asking("How many?", schema), Deadline(60, deny=True, clock=clock))

    clock.advance(60)

    assert made.state["said"] == [None]


def test_without_a_fallback_the_run_fails_and_the_question_stays_open(clock):
    graph = asking("Your name?")
    made = started(graph, Deadline(60, clock=clock))

    clock.advance(60)

    assert made.status == "failed"
    assert isinstance(made.error, DeadlinePassedError)
    assert "Nobody answered within 60 seconds what ask asks: 'Your name?'" in str(made.error)
    assert [each.value for each in graph.get_state(THREAD).interrupts] == ["Your name?"]
    made.retry()
    assert made.questions[0].time_left == 60
    made.submit("Ada")
    assert made.state == {"said": ["Ada"]}


@pytest.mark.parametrize(
    ("value", "schema", "declared", "why"),
    [
        (
            approval("approve", "reject"),
            None,
            {"default": {"decisions": [{"type": "approve"}]}},
            "it would run send though nobody approved it; only a person may",
        ),
        (
            approval("edit"),
            None,
            {"default": {"decisions": [{"type": "edit", "edited_action": {"name": "send", "args": {}}}]}},
            "it would run send though nobody approved it",
        ),
        (approval("approve"), None, {"default": "yes"}, "it is 'yes'. Answer"),
        (approval("approve", "edit"), None, {"deny": True}, "send may not be rejected; allowed: approve, edit"),
        ("Your name?", None, {"deny": True}, "the node that asks could not tell a refusal from any other answer"),
        ("Which?", {"enum": ["a", "b"]}, {"default": "c"}, "'c' is none of a, b"),
    ],
    ids=["approves", "edits", "no decision", "no reject", "plain text", "no option"],
)
def test_a_fallback_that_cannot_be_used_is_refused_as_soon_as_the_question_comes(clock, value, schema, declared, why):
    graph = asking(value, schema)

    made = started(graph, Deadline(60, **declared, clock=clock))

    assert made.status == "failed"
    assert why in str(made.error)
    assert "cannot answer ask: " in str(made.error)
    assert "deadline={'ask': hilnb.Deadline(…)}" in str(made.error)
    assert len(graph.get_state(THREAD).interrupts) == 1


@pytest.mark.parametrize(
    ("make", "error", "why"),
    [
        (lambda: Deadline(0), ValueError, "give the seconds to wait, more than 0"),
        (lambda: Deadline("60"), TypeError, "the seconds are a number"),
        (lambda: Deadline(60, default="x", deny=True), ValueError, "a denial is the answer, or the default"),
        (lambda: run(asking("?"), {}, deadline=60), TypeError, "give hilnb.Deadline"),
        (lambda: run(asking("?"), {}, deadline={"aks": Deadline(60)}), ValueError, "no node is called so.*'ask'"),
    ],
    ids=["no time", "text", "both", "a number", "no such node"],
)
def test_a_deadline_that_says_nothing_is_refused_when_it_is_declared(make, error, why):
    with pytest.raises(error, match=why):
        make()


def test_each_node_may_have_its_own_deadline_and_the_others_wait_for_ever(clock):
    builder = StateGraph(State)
    for name in ("quick", "slow", "patient"):
        builder.add_node(name, lambda state, name=name: {"said": [interrupt(name)]}).add_edge(START, name)
    graph = builder.compile(checkpointer=MemorySaver())
    quick, slow = Deadline(10, default="q", clock=clock), Deadline(20, default="s", clock=clock)
    made = started(graph, {"quick": quick, "slow": slow})

    assert [question.time_left for question in made.questions] == [10, 20, None]
    clock.advance(15)
    assert [question.answer for question in made.questions] == ["q", None, None]
    clock.advance(15)
    assert [question.answered for question in made.questions] == [True, True, False]
    made.submit("p", to="patient")

    assert sorted(made.state["said"]) == ["p", "q", "s"]


def test_a_deadline_names_a_node_of_a_nested_graph_too(clock):
    inner = StateGraph(State).add_node("ask", lambda state: {"said": [interrupt("?")]}).add_edge(START, "ask").compile()
    graph = StateGraph(State).add_node("sub", inner).add_edge(START, "sub").compile(checkpointer=MemorySaver())
    made = started(graph, {"ask": Deadline(5, default="late", clock=clock)})

    clock.advance(5)

    assert made.state["said"] == ["late"]


def test_many_questions_put_up_together_have_one_alarm(clock):
    builder = StateGraph(State).add_node("work", lambda state: {"said": [interrupt("?")]})
    builder.add_conditional_edges(START, lambda state: [Send("work", {}) for _ in range(30)], ["work"])
    started(builder.compile(checkpointer=MemorySaver()), Deadline(60, default="late", clock=clock))

    assert len(clock._alarms) == 1


def test_where_nobody_can_answer_the_fallback_is_used_at_once(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    made = run(asking("Your name?"), {"said": []}, deadline=Deadline(3600, default="nobody"))

    assert made.state == {"said": ["nobody"]}
    assert "the declared default was used" in capsys.readouterr().out


def test_in_a_terminal_an_answer_after_the_time_is_not_used(monkeypatch, capsys, clock):
    def slow(prompt):
        clock.advance(61)
        return "Ada"

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", slow)

    made = run(asking("Your name?"), {"said": []}, deadline=Deadline(60, default="nobody", clock=clock))

    assert made.state == {"said": ["nobody"]}
    printed = capsys.readouterr().out
    assert "(answer within 1:00; the time is looked at when you press Enter)" in printed
    assert "Too late: the time is over, and this answer is not used." in printed


def test_the_machines_clock_rings_by_itself():
    ended = threading.Event()
    graph, deadline = asking("Your name?"), Deadline(0.01, default="nobody")
    made = Run(graph, THREAD, do=lambda leg: leg(), deadline_of=lambda question: deadline)
    made.changed = lambda entry: made.status == "finished" and ended.set()

    made.start({"said": []})

    assert ended.wait(20)
    assert made.state == {"said": ["nobody"]}
