"""Several questions at once on the screen, rules, countdowns: the widgets driven from code."""

from __future__ import annotations

import operator
from typing import Annotated, TypedDict

import ipywidgets as widgets
import pytest
from pydantic import BaseModel, field_validator

from hilnb import START, Deadline, MemorySaver, Send, StateGraph, interrupt
from hilnb.func import task
from hilnb.testing import ManualClock
from hilnb.widgets.asking import Asking
from hilnb.widgets.deadline import deadlines_of
from hilnb.widgets.record import transcript
from hilnb.widgets.session import Run
from hilnb.widgets.tree import tree

THREAD = {"configurable": {"thread_id": "1"}}
BOTH = ("approve", "reject")


class Age(BaseModel):
    years: int

    @field_validator("years")
    @classmethod
    def not_negative(cls, years):
        if years < 0:
            raise ValueError("nobody is so young")
        return years


class State(TypedDict):
    said: Annotated[list, operator.add]


def hitl(*actions, allowed=BOTH):
    requests = [{"name": name, "args": args} for name, args in actions]
    configs = [{"action_name": name, "allowed_decisions": list(allowed)} for name, _ in actions]
    return {"action_requests": requests, "review_configs": configs}


def side_by_side(**nodes):
    """A graph of nodes beside each other; each asks its questions one after the other."""
    builder = StateGraph(State)
    for name, questions in nodes.items():
        builder.add_node(name, lambda state, questions=questions: {"said": [interrupt(each) for each in questions]})
        builder.add_edge(START, name)
    return builder.compile(checkpointer=MemorySaver())


def shown(graph, deadline=None, **given):
    run = Run(graph, THREAD, do=lambda leg: leg(), deadline_of=deadlines_of(deadline, graph))
    run.start({"said": [], **given})
    return run, Asking(run, lambda question, answer, allow: run.answer(question, answer, allow=allow))


def forms(asking):
    asking.paint(take_cursor=False)
    return list(asking._forms.values())


def texts(box):
    """All the HTML in a widget."""
    inner = [texts(child) for child in getattr(box, "children", ())]
    return "".join([box.value if isinstance(box, widgets.HTML) else "", *inner])


def test_a_rule_approves_every_later_call_of_its_tool_and_says_so_each_time():
    run, asking = shown(side_by_side(agent=[hitl(("send", {"n": n})) for n in range(3)]))
    (form,) = forms(asking)
    (row,) = form.field.rows
    row.choice.value = "approve"
    row.always.value = True

    form.submit.click()

    assert run.status == "finished"
    assert run.state["said"] == [{"decisions": [{"type": "approve"}]}] * 3
    text = transcript(run)
    assert text.count("send: approved by your rule") == 2
    assert "Your rule: runs every later call of send in this run, whatever its arguments, without asking." in text


def test_a_rule_is_off_by_default_and_only_where_approve_is_chosen():
    run, asking = shown(side_by_side(agent=[hitl(("send", {})), hitl(("send", {}))]))
    (form,) = forms(asking)
    (row,) = form.field.rows
    assert not row.always.value
    assert row.always.layout.display == "none"
    row.choice.value = "approve"
    assert row.always.layout.display == "flex"
    row.always.value = True
    row.choice.value = "reject"

    form.submit.click()

    assert run.rules.tools == ()
    assert run.status == "asking"


def test_where_approving_is_not_allowed_there_is_no_rule():
    _, asking = shown(side_by_side(agent=[hitl(("send", {}), allowed=["edit", "reject"])]))
    (form,) = forms(asking)

    assert form.field.rows[0].always not in form.field.inputs


def test_a_batch_with_another_tool_asks_for_that_one_and_shows_the_other_as_decided():
    both = hitl(("send", {}), ("delete", {}))
    run, asking = shown(side_by_side(agent=[hitl(("send", {})), both]))
    run.answer(run.questions[0], {"decisions": [{"type": "approve"}]}, allow=["send"])

    (form,) = forms(asking)
    send, delete = form.field.rows
    assert (send.choice.value, delete.choice.value) == ("approve", None)
    assert "Approved by your rule" in send.rule.value
    delete.choice.value = "reject"
    form.submit.click()

    assert run.state["said"][1] == {"decisions": [{"type": "approve"}, {"type": "reject"}]}
    assert "1. send: approved by your rule" in transcript(run)


def test_a_rule_that_is_taken_back_leaves_its_calls_to_the_person_at_once():
    both = hitl(("send", {}), ("delete", {}))
    run, asking = shown(side_by_side(agent=[hitl(("send", {})), both, hitl(("send", {}))]))
    run.answer(run.questions[0], {"decisions": [{"type": "approve"}]}, allow=["send"])
    (form,) = forms(asking)
    (rule,) = asking._rows.children
    said, button = rule.children
    assert "runs every later call of send in this run" in said.value

    button.click()
    asking.paint(take_cursor=False)

    send, delete = form.field.rows
    assert (send.choice.value, send.rule.value) == (None, "")
    assert asking._rows.children == ()
    send.choice.value = delete.choice.value = "approve"
    form.submit.click()
    assert run.status == "asking"
    assert "send: approved by your rule" not in transcript(run)
    assert "You took your rule back: calls of send are asked about again." in transcript(run)


def test_a_rule_is_the_runs_and_not_the_threads():
    graph = side_by_side(agent=[hitl(("send", {})), hitl(("send", {}))])
    run, _ = shown(graph)
    run.answer(run.questions[0], {"decisions": [{"type": "approve"}]}, allow=["send"])
    assert run.status == "finished"

    again, _ = shown(graph)

    assert again.status == "asking"


def test_a_run_that_a_rule_keeps_at_work_can_be_stopped():
    ran = []

    def work(state):
        interrupt(hitl(("send", {"n": len(ran)})))
        ran.append("work")
        assert len(ran) < 20, "it was not stopped"
        if len(ran) == 3:
            run.stop()
        return {"said": ["sent"]}

    builder = StateGraph(State).add_node(work).add_edge(START, "work").add_edge("work", "work")
    run, _ = shown(builder.compile(checkpointer=MemorySaver()))

    run.answer(run.questions[0], {"decisions": [{"type": "approve"}]}, allow=["send"])

    assert (run.status, len(ran)) == ("stopped", 3)


def test_questions_name_their_node_and_the_nodes_around_it():
    inner = side_by_side(ask=["Inner?"]).builder.compile()
    outer = StateGraph(State).add_node("sub", inner).add_edge(START, "sub").compile(checkpointer=MemorySaver())
    run, asking = shown(outer)

    assert (run.questions[0].node, run.questions[0].who) == ("sub", "sub › ask")
    assert "sub › ask asks" in forms(asking)[0].box.children[0].value
    run.submit("yes", to="ask")
    assert run.state["said"] == ["yes"]


def test_what_one_run_of_a_node_asks_at_once_stands_in_one_form():
    @task
    def ask(n):
        return interrupt(f"{n}?")

    def node(state):
        return {"said": [call.result() for call in [ask(n) for n in range(3)]]}

    graph = StateGraph(State).add_node(node).add_edge(START, "node").compile(checkpointer=MemorySaver())
    run, asking = shown(graph)
    (form,) = forms(asking)
    assert "node asks 3 things at once" in form.box.children[0].value
    first, second, third = form.field.fields
    first.control.value, third.control.value = "a", "c"

    form.submit.click()
    assert run.status == "asking"
    assert form.control is second.control
    assert first.control.value == "a"
    second.control.value = "b"
    form.submit.click()

    assert run.status == "finished"
    assert run.state["said"] == ["a", "b", "c"]


def test_an_answer_that_its_type_refuses_is_said_beside_its_question_and_none_is_sent():
    @task
    def ask(question, answer_type):
        return interrupt(question, response_schema=answer_type)

    def node(state):
        calls = [ask("Age?", Age), ask("Name?", str)]
        return {"said": [call.result() for call in calls]}

    graph = StateGraph(State).add_node(node).add_edge(START, "node").compile(checkpointer=MemorySaver())
    run, asking = shown(graph)
    (form,) = forms(asking)
    age, name = form.field.fields
    age.control.value, name.control.value = "-1", "Ada"

    form.submit.click()
    assert [question.answered for question in run.questions] == [False, False]
    assert (form.submit.disabled, name.control.value) == (False, "Ada")
    assert "nobody is so young" in texts(form.box)
    age.control.value = "36"
    form.submit.click()

    assert run.state["said"] == [Age(years=36), "Ada"]


def test_thirty_questions_are_counted_and_those_answered_take_a_line_each():
    builder = StateGraph(State).add_node("work", lambda state: {"said": [interrupt(f"{state['n']}?")]})
    builder.add_conditional_edges(START, lambda state: [Send("work", {"n": n}) for n in range(30)], ["work"])
    run, asking = shown(builder.compile(checkpointer=MemorySaver()))
    every = forms(asking)
    assert len(every) == 30
    assert "hilnb-many" in asking._list._dom_classes

    for form in every[:3]:
        form.control.value = "yes"
        form.submit.click()
    asking.paint(take_cursor=False)

    assert asking._count.value.startswith("3 of 30 answered")
    assert "work asks: 0? → yes" in every[0].box.children[0].value
    assert (every[0].field.box.layout.display, every[3].field.box.layout.display) == ("none", None)
    for question in run.questions[3:]:
        run.answer(question, "no")
    assert run.state["said"] == ["yes"] * 3 + ["no"] * 27


def test_what_was_typed_for_a_question_answered_from_code_stays_to_be_read():
    run, asking = shown(side_by_side(a=["A?"], b=["B?"]))
    one, _ = forms(asking)
    one.control.value = "half a sen"

    run.submit("from code", to="a")
    asking.paint(take_cursor=False)

    assert (one.control.value, one.control.disabled, one.field.box.layout.display) == ("half a sen", True, None)


def test_the_time_left_is_said_each_minute_and_then_each_second():
    clock = ManualClock()
    graph = side_by_side(a=["A?"], b=["B?"])
    run, asking = shown(graph, Deadline(600, default="late", clock=clock))
    one, two = forms(asking)
    (label,) = asking._time.children
    assert (one.foot.children, two.foot.children) == ((), ())
    said = []
    label.observe(lambda change: said.append(change["new"].partition("<pre>")[2].partition(" left")[0]), "value")
    assert "10:00 left. Then the answer is &#x27;late&#x27;." in label.value

    clock.advance(597)

    assert said[:8] == ["9:00", "8:00", "7:00", "6:00", "5:00", "4:00", "3:00", "2:00"]
    assert len(said) == 8 + 117
    run.submit("a", to="a")
    asking.paint(take_cursor=False)
    assert (asking._time.children, two.foot.children) == ((), (label,))
    clock.advance(3)
    assert run.state["said"] == ["a", "late"]
    asking.paint(take_cursor=False)
    assert clock._alarms == {}


def test_a_server_is_answered_declined_and_cancelled_one_by_one():
    form = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    requests = [
        {"key": "who", "message": "Who <b>?", "mode": "form", "requested_schema": form},
        {"key": "pay", "message": "Pay.", "mode": "url", "url": "https://example.org/<pay>"},
        {"key": "odd", "message": "Odd.", "mode": "url", "url": "javascript:alert(1)"},
    ]
    run, asking = shown(side_by_side(book=[{"type": "mcp_elicitation", "tool_name": "book", "requests": requests}]))
    (shown_form,) = forms(asking)
    who, pay, odd = shown_form.field.rows
    assert "Who &lt;b&gt;?" in who.box.children[0].value
    assert 'href="https://example.org/&lt;pay&gt;"' in pay.box.children[0].value
    assert "href" not in odd.box.children[0].value

    shown_form.submit.click()
    assert who.message.value == ""  # its form says it, beside the part that is missing
    assert "Fill this in first." in texts(who.box)
    assert "Choose a response first." in pay.message.value
    who.control.value = "Ada"
    pay.choice.value, odd.choice.value = "decline", "cancel"
    shown_form.submit.click()

    assert run.state["said"] == [
        {
            "responses": {
                "who": {"action": "accept", "content": {"name": "Ada"}},
                "pay": {"action": "decline"},
                "odd": {"action": "cancel"},
            }
        }
    ]
    text = transcript(run)
    assert "pay: Pay.\n" in text
    assert "pay: declined\n" in text
    assert "odd: cancelled\n" in text
    assert "who: Name: Ada\n" in text


@pytest.mark.parametrize("allowed", [BOTH, ("approve",)])
def test_a_call_asked_about_alone_is_answered_with_one_decision(allowed):
    variants = [{"properties": {"type": {"const": each}}, "type": "object"} for each in allowed]
    schema = {"oneOf": variants} if len(variants) > 1 else variants[0]
    value = {"type": "tool_approval", "tool_call_id": "1", "name": "send", "args": {}, "description": "Send?"}
    builder = StateGraph(State).add_node("tools", lambda state: {"said": [interrupt(value, response_schema=schema)]})
    run, asking = shown(builder.add_edge(START, "tools").compile(checkpointer=MemorySaver()))
    (form,) = forms(asking)
    (row,) = form.field.rows
    assert [each for _, each in row.choice.options] == list(allowed)

    row.choice.value = "approve"
    form.submit.click()

    assert run.state["said"] == [{"type": "approve"}]


def test_a_graph_of_langgraphs_is_answered_as_well():
    theirs = pytest.importorskip("langgraph.graph")
    types = pytest.importorskip("langgraph.types")
    saver = pytest.importorskip("langgraph.checkpoint.memory").InMemorySaver()
    builder = theirs.StateGraph(State)
    for name in ("a", "b"):
        builder.add_node(name, lambda state, name=name: {"said": [types.interrupt(name)]}).add_edge(theirs.START, name)
    run, asking = shown(builder.compile(checkpointer=saver))

    for form, answer in zip(forms(asking), ["A", "B"]):
        form.control.value = answer
        form.submit.click()

    assert run.status == "finished"
    assert run.state["said"] == ["A", "B"]


def test_data_of_an_unknown_shape_is_shown_as_a_tree_and_is_never_markup():
    value = {"<b>": "<img src=x onerror=1>", "long": "x" * 400, "none": None, "items": [1, {"deep": True}]}
    _, asking = shown(side_by_side(node=[value]))
    (form,) = forms(asking)

    said = form.box.children[0].value

    assert "&lt;b&gt;</span> &lt;img src=x onerror=1&gt;" in said
    assert "<details><summary>" in said  # the long text is folded
    assert "<details open><summary>" in said  # a short list is not
    assert "400 characters" in said


def test_a_tree_of_a_value_that_contains_itself_ends():
    value = {"name": "loop"}
    value["again"] = value

    assert len(tree(value)) < 10_000
