"""Interrupts of graphs that are run by hand: LangGraph's and hilnb's own, answered with their Command."""

from __future__ import annotations

import operator
from typing import Annotated, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver as TheirSaver
from langgraph.graph import StateGraph as TheirGraph
from langgraph.types import Command as TheirCommand
from langgraph.types import interrupt as their_interrupt

from hilnb import MemorySaver, StateGraph, interrupt
from hilnb.types import Command
from tests.payloads.asked import answered

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    said: Annotated[list, operator.add]


def graph_of(builder, ask, saver):
    builder = builder(State)
    for name in ("first", "second"):
        builder.add_node(name, lambda state, name=name: {"said": [ask(f"{name}?")]})
        builder.set_entry_point(name)
    return builder.compile(checkpointer=saver)


@pytest.fixture(params=["hilnb", "langgraph"])
def engine(request):
    ours = request.param == "hilnb"
    made = (StateGraph, interrupt, MemorySaver()) if ours else (TheirGraph, their_interrupt, TheirSaver())
    return graph_of(*made), Command if ours else TheirCommand


@pytest.mark.parametrize(
    "take", [lambda graph, result: result, lambda graph, result: result["__interrupt__"]], ids=["result", "list"]
)
def test_all_questions_are_answered_with_the_command_of_their_engine(engine, take):
    graph, command = engine
    result = graph.invoke({"said": []}, THREAD)

    reply = answered(take(graph, result), "one", "two")

    assert type(reply) is command
    assert graph.invoke(reply, THREAD)["said"] == ["one", "two"]


def test_a_snapshot_of_the_state_asks_what_it_waits_for(engine):
    graph, _ = engine
    graph.invoke({"said": []}, THREAD)

    reply = answered(graph.get_state(THREAD), "one", "two")

    assert graph.invoke(reply, THREAD)["said"] == ["one", "two"]


def test_one_of_several_is_answered_alone(engine):
    graph, _ = engine
    first, _ = graph.invoke({"said": []}, THREAD)["__interrupt__"]

    reply = answered(first, "one")

    assert reply.resume == {first.id: "one"}


def test_a_typed_result_of_langgraph_asks():
    graph = graph_of(TheirGraph, their_interrupt, TheirSaver())

    reply = answered(graph.invoke({"said": []}, THREAD, version="v2"), "one", "two")

    assert graph.invoke(reply, THREAD)["said"] == ["one", "two"]


def test_a_state_that_waits_for_nothing_is_an_error(engine):
    graph, _ = engine

    with pytest.raises(ValueError, match="waits for no answer"):
        answered(graph.get_state(THREAD))


def test_an_answer_is_made_into_the_class_that_the_node_names():
    def node(state):
        return {"said": [interrupt("How many?", response_schema=int) + 1]}

    graph = StateGraph(State).add_node(node).set_entry_point("node").compile(checkpointer=MemorySaver())
    result = graph.invoke({"said": []}, THREAD)

    reply = answered(result, 5)

    assert graph.invoke(reply, THREAD)["said"] == [6]
    with pytest.raises(ValueError, match="valid integer"):
        answered(result, "many")
