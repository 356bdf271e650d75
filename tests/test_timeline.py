"""A thread looked back at: moments, branches, what changed."""

from importlib import import_module
from typing import TypedDict

import pytest

import hilnb
from hilnb.constants import END, START
from hilnb.differences import told
from hilnb.timeline import Timeline

THREAD = {"configurable": {"thread_id": "1"}}


class Trip(TypedDict, total=False):
    city: str
    approved: str
    booked: bool


def plan(state):
    return {"city": "Oslo"}


def asking(engine):
    def ask(state):
        return {"approved": engine.interrupt("Book it?")}

    return ask


def book(state):
    return {"booked": state["approved"] == "yes"}


def answered(engine, *answers):
    builder = engine.StateGraph(Trip).add_sequence([plan, asking(engine), book])
    graph = builder.add_edge(START, "plan").compile(checkpointer=engine.MemorySaver())
    graph.invoke({"city": "?"}, THREAD)
    for answer in answers:
        graph.invoke(engine.Command(resume=answer), THREAD)
    return graph


def answered_anew(engine, graph, answer):
    asked = next(each for each in graph.get_state_history(THREAD) if each.next == ("ask",))
    graph.invoke(None, asked.config)
    graph.invoke(engine.Command(resume=answer), THREAD)


def test_each_checkpoint_says_what_led_to_it_and_what_came_next(engine):
    timeline = hilnb.inspect(answered(engine, "yes"), "1").timeline

    assert [moment.headline for moment in timeline.moments] == [
        "an input came; the input is taken in next",
        "the input was taken in; next: plan",
        "after plan; ask asked",
        "after ask, because of an answer; next: book",
        "after book; the end",
    ]


def test_what_changed_is_what_the_state_before_had_not(engine):
    timeline = hilnb.inspect(answered(engine, "yes"), "1").timeline

    changes = [told(timeline.changes(number)) for number in range(len(timeline.moments))]

    assert changes == ["", "city: '?'", "city: '?' → 'Oslo'", "approved: 'yes'", "booked: True"]


def test_marks_show_the_nodes_as_they_stood(engine):
    timeline = hilnb.inspect(answered(engine, "yes"), "1").timeline

    assert timeline.marks(2) == {START: "done", "plan": "done", "ask": "waiting"}
    assert timeline.marks(4) == {START: "done", "plan": "done", "ask": "done", "book": "done", END: "done"}


def test_a_question_answered_anew_is_a_branch_of_its_own(engine):
    graph = answered(engine, "yes")
    answered_anew(engine, graph, "no")

    timeline = hilnb.inspect(graph, "1").timeline

    first, second = timeline.branches
    assert [timeline.moments[branch[-1]].values["booked"] for branch in (first, second)] == [True, False]
    assert timeline.moments[timeline.parting(0, 1)].headline == "after plan; ask asked"
    assert timeline.branches_of(first[-1]) == [0]
    assert timeline.branches_of(0) == [0, 1]


def test_a_changed_state_is_a_branch_of_its_own(engine):
    graph = answered(engine, "yes")
    asked = next(each for each in graph.get_state_history(THREAD) if each.next == ("ask",))
    graph.update_state(asked.config, {"city": "Rome"})

    timeline = hilnb.inspect(graph, "1").timeline

    newest = timeline.moments[-1]
    assert newest.headline.startswith("the state was changed by hand")
    assert told(timeline.changes(len(timeline.moments) - 1)) == "city: 'Oslo' → 'Rome'"
    assert len(timeline.branches) == 2


def test_an_open_question_has_no_answer_yet(engine):
    (asked,) = hilnb.inspect(answered(engine), "1").timeline.moments[-1].asked

    assert (asked.node, asked.value, asked.answer) == ("ask", "Book it?", ())


def test_an_answer_that_is_not_kept_is_not_said_to_be_missing(engine):
    builder = engine.StateGraph(Trip).add_sequence([plan, asking(engine), book])
    graph = builder.add_edge(START, "plan").compile(checkpointer=engine.MemorySaver())
    graph.invoke({"city": "?"}, THREAD, durability="exit")
    assert "ask asked 'Book it?'; no answer yet" in str(hilnb.inspect(graph, "1"))

    graph.invoke(engine.Command(resume="yes"), THREAD, durability="exit")

    kept = {"hilnb": " and was answered 'yes'", "langgraph": "; the answer was not kept"}[engine.name]
    assert f"ask asked 'Book it?'{kept}" in str(hilnb.inspect(graph, "1"))


def test_a_workflow_and_its_task_are_asked_and_told(engine):
    func = import_module({"hilnb": "hilnb.func", "langgraph": "langgraph.func"}[engine.name])

    @func.task
    def check(city):
        return engine.interrupt(f"Is {city} right?")

    @func.entrypoint(checkpointer=engine.MemorySaver())
    def travel(city):
        return [engine.interrupt("Ready?"), check(city).result()]

    travel.invoke("Oslo", THREAD)
    assert [each.questions[0].value for each in hilnb.pending(travel)] == ["Ready?"]

    run = hilnb.ask(travel, "1", unattended=["yes", "no"])

    assert run.state == ["yes", "no"]
    assert "travel asked 'Is Oslo right?' and was answered 'no'" in str(hilnb.inspect(travel, "1"))


def test_a_node_that_failed_is_named_with_its_error(engine):
    def fail(state):
        raise ValueError("no hotel")

    graph = engine.StateGraph(Trip).add_node(fail).add_edge(START, "fail").compile(checkpointer=engine.MemorySaver())
    with pytest.raises(ValueError, match="no hotel"):
        graph.invoke({}, THREAD)

    newest = hilnb.inspect(graph, "1").timeline.moments[-1]

    assert newest.after == "fail failed"
    assert "no hotel" in newest.failed["fail"]


def test_nothing_asked_for_gives_an_empty_timeline():
    assert Timeline.of([], {}).branches == ()
