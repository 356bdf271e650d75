"""The main job on both engines: a graph runs before a person, asks, and goes on with the answers."""

from __future__ import annotations

import asyncio
import operator
from typing import Annotated, TypedDict

import pytest
from pydantic import BaseModel, field_validator

import hilnb
from hilnb.widgets.asking import Asking
from hilnb.widgets.inbox import Inbox
from hilnb.widgets.session import Run

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    said: Annotated[list[str], operator.add]


class Context(TypedDict):
    city: str


def says(word):
    return lambda state: {"said": [word]}


def inside(engine, nodes, history=None):
    """A graph to be a node of another one."""
    return chain(engine, nodes, history)


def chain(engine, nodes, saver=(), **how):
    """A graph of nodes, by name, one after the other."""
    builder = engine.StateGraph(State).add_sequence([*nodes.items()]).add_edge(engine.START, next(iter(nodes)))
    return builder.compile(checkpointer=engine.MemorySaver() if saver == () else saver, **how)


def asks(engine, *questions):
    return lambda state: {"said": [engine.interrupt(question) for question in questions]}


def started(graph, given=(), **how):
    run = Run(graph, THREAD, do=lambda leg: leg(), **how)
    run.start({"said": [*given]})
    return run


def test_a_run_is_asked_for_answered_and_told(engine):
    graph = chain(engine, {"draft": says("draft"), "review": asks(engine, "Good?")})

    run = hilnb.run(graph, {"said": []}, thread_id="1", unattended=["yes"])

    assert (run.status, run.state) == ("finished", {"said": ["draft", "yes"]})
    assert str(run) == (
        "Run of thread '1': finished\n"
        "draft   update  {'said': ['draft']}\n"
        "review  asked   Good?\n"
        "        answer  yes\n"
        "        update  {'said': ['yes']}\n"
        "state           {'said': ['draft', 'yes']}"
    )


def test_a_breakpoint_of_the_graph_stops_the_run_until_it_is_told_to_go_on(engine):
    nodes = {"draft": says("draft"), "review": asks(engine, "Good?"), "send": says("sent")}
    run = started(chain(engine, nodes, interrupt_after=["draft"], interrupt_before=["send"]))
    assert (run.status, run.headline) == ("stopped", "stopped before review")

    run.retry()
    assert run.headline == "review asks 'Good?'"
    run.submit("yes")
    assert (run.headline, run.state["said"]) == ("stopped before send", ["draft", "yes"])
    run.retry()

    assert (run.status, run.state["said"]) == ("finished", ["draft", "yes", "sent"])


def test_a_breakpoint_of_the_run_holds_in_each_of_its_legs(engine):
    nodes = {"draft": says("draft"), "review": asks(engine, "Good?"), "send": says("sent")}
    graph = chain(engine, nodes)

    run = hilnb.run(graph, {"said": []}, thread_id="1", interrupt_before="send", unattended=["yes"])

    assert (run.headline, run.state["said"]) == ("stopped before send", ["draft", "yes"])
    assert hilnb.run(graph, None, thread_id="1").state["said"] == ["draft", "yes", "sent"]


def test_a_thread_that_a_breakpoint_has_stopped_is_not_asked_for(engine):
    graph = chain(engine, {"draft": says("draft"), "send": says("sent")}, interrupt_before=["send"])
    graph.invoke({"said": []}, THREAD)

    with pytest.raises(ValueError, match="waits for no answer: it stands before send"):
        hilnb.ask(graph, "1")


@pytest.mark.parametrize("history", ["its parent's", "one for all calls", "a saver of its own"])
def test_two_questions_of_a_graph_inside_are_told_and_marked_with_their_path(engine, history):
    saver = {"its parent's": None, "one for all calls": True, "a saver of its own": engine.MemorySaver()}[history]
    inner = inside(engine, {"draft": says("draft"), "review": asks(engine, "Good?", "Sure?")}, saver)
    run = started(chain(engine, {"writer": inner, "send": says("sent")}))
    (question,) = run.questions
    assert (question.who, run.headline) == ("writer › review", "writer › review asks 'Good?'")
    assert run.marks["writer:review"] == run.marks["writer"] == "waiting"

    run.submit("yes")
    assert run.headline == "writer › review asks 'Sure?'"
    run.submit("very")

    assert run.state["said"] == ["draft", "yes", "very", "sent"]
    assert "writer › review  asked   Good?" in str(run)
    assert run.marks["writer:draft"] == "done"


def test_a_graph_inside_that_keeps_nothing_is_asked_for_by_the_node_that_holds_it(engine):
    run = started(chain(engine, {"writer": inside(engine, {"review": asks(engine, "Good?")}, False)}))
    assert run.questions[0].node == "writer"

    run.submit("yes")

    assert run.state["said"] == ["yes"]


def test_a_graph_that_a_node_calls_asks_too(engine):
    inner = inside(engine, {"review": asks(engine, "Good?")})
    run = started(chain(engine, {"writer": lambda state: {"said": inner.invoke({"said": []})["said"]}}))
    assert run.questions[0].node == "writer"

    run.submit("yes")

    assert run.state["said"] == ["yes"]


def side_by_side(engine, ran):
    def node(name):
        def ask(state):
            ran.append(name)
            return {"said": [engine.interrupt(f"{name}?")]}

        return ask

    builder = engine.StateGraph(State)
    for name in ("a", "b"):
        builder.add_node(name, node(name)).add_edge(engine.START, name)
    return builder.compile(checkpointer=engine.MemorySaver())


def test_questions_side_by_side_are_answered_in_any_order_and_each_node_resumes_once(engine):
    ran = []
    run = started(side_by_side(engine, ran))
    asking = Asking(run, lambda question, answer, allow: run.answer(question, answer, allow=allow))
    asking.paint(take_cursor=False)
    a, b = asking._forms.values()
    b.control.value = "B"
    b.submit.click()
    assert (run.status, sorted(ran)) == ("asking", ["a", "b"])

    a.control.value = "A"
    a.submit.click()

    assert (run.status, run.state["said"]) == ("finished", ["A", "B"])
    assert sorted(ran) == ["a", "a", "b", "b"]


def test_each_task_of_a_node_that_was_sent_several_times_is_answered(engine):
    def review(state):
        return {"said": [engine.interrupt(state["said"][0])]}

    builder = engine.StateGraph(State).add_node(review)
    sent = [engine.Send("review", {"said": [text]}) for text in ("bees", "wasps")]
    builder.add_conditional_edges(engine.START, lambda state: sent)
    run = started(builder.compile(checkpointer=engine.MemorySaver()))

    for question in run.questions:
        run.answer(question, f"{question.value}!")

    assert run.state["said"] == ["bees!", "wasps!"]


class Town(BaseModel):
    city: str

    @field_validator("city")
    @classmethod
    def known(cls, city):
        if city != "Oslo":
            raise ValueError("no such city")
        return city


def asks_for_a_town(engine):
    return lambda state: {"said": [engine.interrupt("Where?", response_schema=Town).city]}


def test_a_schema_of_the_answer_makes_the_form_and_its_class_has_the_last_word(engine):
    run = started(chain(engine, {"ask": asks_for_a_town(engine)}))
    assert run.questions[0].schema["properties"] == {"city": {"title": "City", "type": "string"}}

    if engine.name == "hilnb":  # it knows before anything runs
        with pytest.raises(ValueError, match="city is refused: no such city"):
            run.submit({"city": "Rome"})
    else:
        run.submit({"city": "Rome"})
        assert "This answer was refused, and the question is asked again." in str(run)
        assert "city is refused: no such city" in str(run)
    assert (run.status, run.error) == ("asking", None)
    run.submit({"city": "Oslo"})

    assert run.state["said"] == ["Oslo"]


def test_a_schema_that_is_json_is_what_the_form_is_made_of(engine):
    wanted = {"type": "object", "properties": {"sure": {"type": "boolean"}}, "required": ["sure"]}
    run = started(chain(engine, {"ask": lambda s: {"said": [str(engine.interrupt("?", response_schema=wanted))]}}))
    assert run.questions[0].schema == wanted

    run.submit({"sure": True})

    assert run.state["said"] == ["{'sure': True}"]


def test_async_nodes_in_a_graph_inside_are_awaited(engine):
    async def review(state):
        await asyncio.sleep(0)
        return {"said": [engine.interrupt("Good?")]}

    graph = chain(engine, {"writer": inside(engine, {"review": review}), "send": says("sent")})
    run = started(graph)
    assert run.headline == "writer › review asks 'Good?'"

    run.submit("yes")

    assert run.state["said"] == ["yes", "sent"]
    ((_, config),) = hilnb.inspect(graph, "1").timeline.moments[1].inside
    assert "review asked 'Good?'" in str(hilnb.inspect(graph, config))


def with_context(engine):
    def ask(state, runtime):
        return {"said": [f"{runtime.context['city']}: {engine.interrupt('Go?')}"]}

    ask.__annotations__["runtime"] = engine.Runtime
    builder = engine.StateGraph(State, context_schema=Context).add_node(ask).add_edge(engine.START, "ask")
    return builder.compile(checkpointer=engine.MemorySaver())


def test_each_leg_of_a_run_finds_the_context(engine):
    graph, oslo = with_context(engine), {"city": "Oslo"}

    run = hilnb.run(graph, {"said": []}, thread_id="1", context=oslo, unattended=["yes"])
    graph.invoke({"said": []}, {"configurable": {"thread_id": "2"}}, context=oslo)
    asked = hilnb.ask(graph, "2", context={"city": "Rome"}, unattended=["no"])

    assert (run.state["said"], asked.state["said"]) == (["Oslo: yes"], ["Rome: no"])


def test_a_thread_that_is_answered_in_the_list_finds_the_context(engine):
    graph = with_context(engine)
    graph.invoke({"said": []}, THREAD, context={"city": "Oslo"})
    (row,) = Inbox(hilnb.pending(graph, context={"city": "Rome"}), lambda leg: leg()).rows

    row.toggle()
    row.run.submit("yes")

    assert row.run.state["said"] == ["Rome: yes"]


def test_a_node_that_failed_with_its_answer_is_not_asked_for_again(engine):
    tries = []

    def ask(state):
        answer = engine.interrupt("Go?")
        tries.append(answer)
        if len(tries) == 1:
            raise ValueError("not now")
        return {"said": [answer]}

    run = started(chain(engine, {"ask": ask}))
    run.submit("yes")
    assert run.status == "failed"
    with pytest.raises(ValueError, match="waits for no answer: it stands before ask"):
        hilnb.ask(run.graph, "1")
    seen = Run(run.graph, THREAD, do=lambda leg: leg())
    seen.look()

    seen.retry()

    assert (seen.status, seen.state["said"], tries) == ("finished", ["yes"], ["yes", "yes"])


def test_a_failure_inside_a_graph_after_an_answer_is_not_asked_for_again(engine):
    def ask(state):
        raise ValueError(engine.interrupt("Go?"))

    run = started(chain(engine, {"writer": inside(engine, {"ask": ask})}))
    run.submit("no")
    assert run.headline == "failed in writer › ask: ValueError: no"

    seen = Run(run.graph, THREAD, do=lambda leg: leg())
    seen.look()

    assert (seen.status, seen.questions) == ("stopped", ())
    assert hilnb.pending(run.graph) == []
