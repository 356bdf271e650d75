"""A scripted human drives a graph to its end, and complains of what does not fit."""

from __future__ import annotations

import asyncio
from typing import TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import StateGraph as LangGraphsStateGraph
from langgraph.types import interrupt as langgraphs_interrupt

from hilnb import START, MemorySaver, StateGraph, interrupt
from hilnb.errors import NobodyCanAnswerError
from hilnb.testing import ScriptedHuman


class State(TypedDict, total=False):
    name: str
    age: str


@pytest.fixture(params=["hilnb", "langgraph"])
def graph(request):
    """Two nodes that ask side by side, in either library."""
    ours = request.param == "hilnb"
    kind, asks, saver = (
        (StateGraph, interrupt, MemorySaver) if ours else (LangGraphsStateGraph, langgraphs_interrupt, InMemorySaver)
    )
    builder = kind(State)
    builder.add_node("ask_name", lambda state: {"name": asks("Name?")})
    builder.add_node("ask_age", lambda state: {"age": asks({"question": "Age?", "hint": "in years"})})
    builder.add_edge(START, "ask_name")
    builder.add_edge(START, "ask_age")
    return builder.compile(checkpointer=saver())


@pytest.fixture(params=["invoke", "ainvoke"])
def play(request):
    def played(human, graph):
        if request.param == "invoke":
            return human.invoke(graph, {})
        return asyncio.run(human.ainvoke(graph, {}))

    return played


@pytest.mark.parametrize(
    "answers",
    [
        {"Age?": "12", "Name?": "Ada"},
        ["12", "Ada"],
        lambda question: "Ada" if question == "Name?" else "12",
    ],
    ids=["dict", "list", "function"],
)
def test_it_answers_to_the_end(graph, play, answers):
    human = ScriptedHuman(answers)

    state = play(human, graph)

    first, second = human.asked
    assert "Name?" in (first, second)
    if isinstance(answers, list):  # in the order of the questions, which is each library's own
        assert {state["name"], state["age"]} == {"Ada", "12"}
    else:
        assert state == {"name": "Ada", "age": "12"}
    assert human.unused == []


def test_an_unexpected_question_is_named(graph, play):
    with pytest.raises(NobodyCanAnswerError, match=r"ask_age asks .*Age\?.*no answer to it is left"):
        play(ScriptedHuman({"Name?": "Ada"}), graph)


def test_unused_answers_are_named(graph, play):
    human = ScriptedHuman({"Age?": "12", "Name?": "Ada", "Where?": "here"})

    with pytest.raises(AssertionError, match=r"nobody asked for: \{'Where\?': 'here'\}"):
        play(human, graph)


def test_an_answer_of_a_dict_is_for_one_asking():
    def ask_twice(state):
        return {"name": interrupt("Name?"), "age": interrupt("Name?")}

    graph = StateGraph(State).add_node(ask_twice).add_edge(START, "ask_twice").compile(checkpointer=MemorySaver())

    with pytest.raises(NobodyCanAnswerError, match=r"Asked before: \['Name\?'\]; answers left: \{\}"):
        ScriptedHuman({"Name?": "Ada"}).invoke(graph, {})


def test_a_thread_of_ones_own_is_gone_on_with(graph):
    config = {"configurable": {"thread_id": "1"}}
    graph.invoke({}, config)

    state = ScriptedHuman({"Age?": "12", "Name?": "Ada"}).invoke(graph, None, config)

    assert state == graph.get_state(config).values == {"name": "Ada", "age": "12"}


def test_a_text_is_no_list_of_answers():
    with pytest.raises(TypeError, match=r"ScriptedHuman\('yes'\): give a list of answers, ScriptedHuman\(\['yes'\]\)"):
        ScriptedHuman("yes")
