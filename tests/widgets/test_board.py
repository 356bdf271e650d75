"""How the nodes of a run stand: also in nested graphs, in loops, and where one runs many times at once."""

from __future__ import annotations

import operator
import threading
from typing import Annotated, TypedDict

import pytest

from hilnb import END, START, MemorySaver, Send, StateGraph, interrupt
from hilnb.widgets import page
from hilnb.widgets.inside import Inside
from hilnb.widgets.session import Run

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    said: Annotated[list[str], operator.add]
    topic: str


def started(graph, do=lambda leg: leg()):
    run = Run(graph, THREAD, do=do)
    run.start({"said": [], "topic": "bees"})
    return run


def draft(state):
    print("drafting")
    return {"said": ["draft"], "topic": "wasps"}


def review(state):
    return {"said": [interrupt("Good?")]}


def nested(engine="hilnb"):
    make, saver, asking = StateGraph, MemorySaver, review
    if engine == "langgraph":
        from langgraph.checkpoint.memory import InMemorySaver as saver
        from langgraph.graph import StateGraph as make
        from langgraph.types import interrupt as ask

        asking = lambda state: {"said": [ask("Good?")]}  # noqa: E731
    inner = (
        make(State)
        .add_node(draft)
        .add_node("review", asking)
        .add_edge(START, "draft")
        .add_edge("draft", "review")
        .compile()
    )
    return make(State).add_node("writer", inner).add_edge(START, "writer").compile(checkpointer=saver())


@pytest.mark.parametrize("engine", ["hilnb", "langgraph"])
def test_a_question_in_a_nested_graph_is_told_and_marked_with_its_path(engine):
    run = started(nested(engine))

    (question,) = run.questions
    assert (question.node, question.who) == ("writer", "writer › review")
    assert run.headline == "writer › review asks 'Good?'"
    assert run.marks == {
        "__start__": "done",
        "writer": "waiting",
        "writer:draft": "done",
        "writer:review": "waiting",
    }
    assert "writer › draft" in [entry.node for entry in run.log.entries]


def test_a_nested_question_is_answered_by_the_name_of_any_node_around_it():
    for name in ("writer", "review", "writer › review"):
        run = started(nested())
        run.submit("yes", to=name)
        assert (run.status, run.marks["writer:review"]) == ("finished", "done")


def test_looking_at_a_paused_thread_finds_the_nested_question():
    graph = nested()
    started(graph)
    run = Run(graph, THREAD, do=lambda leg: leg())

    run.look()

    assert run.headline == "writer › review asks 'Good?'"


def test_a_failure_inside_is_told_once_with_its_path():
    def broken(state):
        raise ValueError("no")

    inner = StateGraph(State).add_node(broken).add_edge(START, "broken").compile()
    run = started(
        StateGraph(State).add_node("outer", inner).add_edge(START, "outer").compile(checkpointer=MemorySaver())
    )

    assert run.headline == "failed in outer › broken: ValueError: no"


def test_an_update_that_replaces_a_value_is_told_as_the_difference_and_one_that_adds_as_it_is():
    run = started(nested())
    run.submit("yes")

    text = str(run)
    assert "update  said: + 1 item" in text
    assert "topic: 'bees' → 'wasps'" in text
    assert "{'said': ['yes']}" in text


def test_a_graph_with_nested_ones_is_opened_where_that_is_not_too_much():
    inside = Inside(nested())

    assert inside.is_there
    assert "writer:review" in inside.drawing.nodes
    inside.is_wanted = False
    assert "writer" in inside.drawing.nodes


def test_nodes_that_ran_more_than_once_are_counted_in_picture_and_record():
    def again(state):
        return {"said": ["x"]}

    builder = StateGraph(State).add_node(again).add_edge(START, "again")
    builder.add_conditional_edges("again", lambda state: "again" if len(state["said"]) < 3 else END, ["again", END])
    run = started(builder.compile(checkpointer=MemorySaver()))

    assert run.times == {("again",): 3}
    assert "turns          again ×3" in str(run)
    record = page.record(run, run.graph.get_graph())
    assert record.count("×3</text>") == 1
    assert "again ×3" in record


def test_a_fan_out_says_how_far_it_is():
    go_on, last = threading.Event(), threading.Semaphore(0)

    def work(state):
        if state["topic"] == "1":
            interrupt("Sure?")
        if int(state["topic"]) > 3:
            last.release()
            go_on.wait(10)
        return {"said": [state["topic"]]}

    builder = StateGraph(State).add_node(work)
    builder.add_conditional_edges(START, lambda state: [Send("work", {"topic": str(n)}) for n in range(6)], ["work"])
    run = Run(builder.compile(checkpointer=MemorySaver()), THREAD, do=lambda leg: threading.Thread(target=leg).start())
    halfway = threading.Event()
    run.changed = lambda entry: halfway.set() if run.progress == ["work: 3 of 6 done, 1 waiting"] else None

    run.start({"said": [], "topic": ""})

    assert halfway.wait(10)
    go_on.set()
    run.wait_until_standing()
    assert (run.progress, run.times) == ([], {("work",): 6})


def test_the_time_at_work_is_shown_while_it_lasts_and_never_in_the_record():
    run = started(nested())

    assert "65 s" not in page.head(run)
    assert "1:05 min" in page.head(run, 65)
    assert "min<" not in page.record(run, run.graph.get_graph())
