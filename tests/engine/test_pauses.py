"""Where hilnb speaks and LangGraph is silent, and what a pause must never do."""

import asyncio
import contextvars
from typing import Literal

import pytest
from pydantic import BaseModel

from hilnb.checkpoint.memory import MemorySaver
from hilnb.checkpoint.sqlite import SqliteSaver
from hilnb.errors import AnsweredError, GraphBubbleUp, UnknownInterruptError, is_invalid_resume
from hilnb.graph import START, StateGraph
from hilnb.types import Command, Interrupt, interrupt
from tests.engine.graphs import THREAD, State, ask, chain, log, side_by_side


def test_only_the_answered_task_runs_again(run):
    ran = []

    def asks(name):
        return lambda state: ran.append(name) or {"log": [interrupt(name)]}

    graph = side_by_side(a=asks("a"), b=asks("b"), work=lambda s: ran.append("work"))
    asked = run(graph, {"text": "x"}, THREAD)["__interrupt__"]
    ran.clear()

    left = run(graph, Command(resume={asked[1].id: "B"}), THREAD)["__interrupt__"]
    done = run(graph, Command(resume="A"), THREAD)

    assert [question.value for question in left] == ["a"]
    assert ran == ["b", "a"]
    assert done["log"] == ["A", "B", "last"]


def test_an_unknown_id_is_refused_and_nothing_runs(run):
    ran = []
    graph = chain(one=lambda s: ran.append(1) or {"log": [interrupt("ok?")]})
    (asked,) = run(graph, {"text": "x"}, THREAD)["__interrupt__"]

    with pytest.raises(UnknownInterruptError, match=f"'{'0' * 32}'.*Open questions: {asked.id}"):
        run(graph, Command(resume={"0" * 32: "yes"}), THREAD)

    assert ran == [1]
    assert graph.get_state(THREAD).interrupts == (asked,)


def test_an_answered_question_cannot_be_answered_again(run):
    graph = chain(one=lambda s: {"log": [interrupt("one"), interrupt("two")]})
    (first,) = run(graph, {"text": "x"}, THREAD)["__interrupt__"]
    run(graph, Command(resume={first.id: 1}), THREAD)

    with pytest.raises(UnknownInterruptError):
        run(graph, Command(resume={first.id: "other"}), THREAD)

    assert run(graph, Command(resume=2), THREAD)["log"] == [1, 2]


def test_going_on_without_an_answer_asks_the_open_question_again(run):
    graph = chain(one=lambda s: {"log": [interrupt("one"), interrupt("two")]})
    run(graph, {"text": "x"}, THREAD)
    run(graph, Command(resume="first"), THREAD)

    again = run(graph, None, THREAD)["__interrupt__"]

    assert [question.value for question in again] == ["two"]
    assert run(graph, Command(resume="second"), THREAD)["log"] == ["first", "second"]


def test_an_answer_of_none_is_given_by_id(run):
    graph = chain(one=lambda s: {"log": [interrupt("ok?")]})
    (asked,) = run(graph, {"text": "x"}, THREAD)["__interrupt__"]

    assert run(graph, Command(resume={asked.id: None}), THREAD)["log"] == [None]


def test_a_dict_is_an_answer_like_any_other(run):
    graph = chain(one=ask("ok?"))
    run(graph, {"text": "x"}, THREAD)

    assert run(graph, Command(resume={"city": "Bonn"}), THREAD)["log"] == [{"city": "Bonn"}]


def test_an_answer_given_before_a_failure_is_not_asked_for_again(run):
    tries = []

    def node(state):
        answer = interrupt("ok?")
        tries.append(answer)
        if len(tries) == 1:
            raise ValueError("after the answer")
        return {"log": [answer]}

    graph = chain(one=node)
    run(graph, {"text": "x"}, THREAD)
    with pytest.raises(ValueError, match="after the answer"):
        run(graph, Command(resume="yes"), THREAD)
    paused = graph.get_state(THREAD)

    result = run(graph, None, THREAD)

    assert paused.interrupts == ()
    assert paused.tasks[0].error == "ValueError('after the answer')"
    assert result["log"] == ["yes"]


def test_a_pause_shows_no_error_of_an_earlier_attempt(run):
    tries = []

    def node(state):
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("first")
        return {"log": [interrupt("ok?")]}

    graph = chain(one=node)
    with pytest.raises(ValueError, match="first"):
        run(graph, {"text": "x"}, THREAD)
    run(graph, None, THREAD)

    (task,) = graph.get_state(THREAD).tasks
    assert (task.error, len(task.interrupts)) == (None, 1)


def test_except_exception_in_a_node_does_not_swallow_a_pause(run):
    def node(state):
        try:
            return {"log": [interrupt("ok?")]}
        except Exception:
            return {"log": ["swallowed"]}

    graph = chain(one=node)
    run(graph, {"text": "x"}, THREAD)

    assert run(graph, Command(resume="yes"), THREAD)["log"] == ["yes"]


def test_a_bare_except_that_swallows_a_pause_is_said(run):
    def node(state):
        try:
            interrupt("ok?")
        except BaseException:
            return {"log": ["swallowed"]}

    with pytest.warns(UserWarning, match="node 'one' called interrupt.*swallowed the pause"):
        assert run(chain(one=node), {"text": "x"}, THREAD)["log"] == ["swallowed"]


def test_a_pause_without_a_checkpointer_says_what_to_add(run):
    with pytest.raises(
        RuntimeError, match=r"interrupt\('ok\?'\) has to pause.*compile\(checkpointer=MemorySaver\(\)\)"
    ):
        run(chain(saver=False, one=ask("ok?")), {"text": "x"})


def test_an_answer_nobody_asked_for_is_said(run):
    graph = chain(one=log("1"))
    run(graph, {"text": "x"}, THREAD)

    with pytest.warns(UserWarning, match="thread '1' is not waiting for an answer"):
        assert run(graph, Command(resume="yes"), THREAD) == {"text": "x", "log": ["1"]}


def test_an_answer_to_an_unknown_thread_is_said(run):
    with pytest.warns(UserWarning, match="thread 'typo' has not begun"):
        run(chain(one=log("1")), Command(resume="yes"), {"configurable": {"thread_id": "typo"}})


def test_an_empty_command_is_refused(run):
    graph = chain(one=ask("ok?"))
    run(graph, {"text": "x"}, THREAD)

    with pytest.raises(Exception, match=r"Command\(resume=\{id: None\}\)"):
        run(graph, Command(), THREAD)


def test_interrupt_outside_a_node_says_where_it_belongs():
    with pytest.raises(RuntimeError, match=r"interrupt\(\) was called outside a running node"):
        interrupt("ok?")


def test_a_pause_begun_in_one_world_is_answered_in_the_other():
    graph = chain(one=ask("ok?"))
    graph.invoke({"text": "x"}, THREAD)

    assert asyncio.run(graph.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]


def test_a_question_keeps_its_id_while_it_is_open(run):
    graph = chain(one=lambda s: {"log": [interrupt("one"), interrupt("two")]})
    first = run(graph, {"text": "x"}, THREAD)["__interrupt__"]
    again = run(graph, None, THREAD)["__interrupt__"]

    second = run(graph, Command(resume=1), THREAD)["__interrupt__"]

    assert first == again
    assert first[0].id != second[0].id
    assert len(first[0].id) == 32


def test_an_interrupt_has_what_older_code_reads():
    graph = chain(one=ask("ok?"))
    (asked,) = graph.invoke({"text": "x"}, THREAD)["__interrupt__"]

    assert (asked.resumable, asked.when) == (True, "during")
    assert [place.split(":")[0] for place in asked.ns] == ["one"]
    assert repr(asked) == f"Interrupt(value='ok?', id='{asked.id}', response_schema=None)"
    assert asked == Interrupt("ok?", asked.id)


def test_a_graph_inside_a_node_pauses_that_node_and_goes_on_where_it_was(run):
    ran = []
    inner = chain(saver=False, first=lambda s: ran.append("first"), second=ask("inner?"))
    outer = chain(one=log("1"), child=inner, last=log("last"))
    (asked,) = run(outer, {"text": "x"}, THREAD)["__interrupt__"]

    result = run(outer, Command(resume="yes"), THREAD)

    assert [place.split(":")[0] for place in asked.ns] == ["child", "second"]
    assert ran == ["first"]
    assert result["log"] == ["1", "1", "yes", "last"]


def test_graphs_called_inside_a_node_keep_their_own_places(run):
    def node(state):
        return {"log": [inner.invoke({"text": n})["log"][0] for n in "ab"]}

    inner = chain(saver=False, q=lambda s: {"log": [interrupt(s["text"])]})
    graph = chain(one=node)

    first = graph.invoke({"text": "x"}, THREAD)["__interrupt__"]
    second = graph.invoke(Command(resume="A"), THREAD)["__interrupt__"]

    assert [question.value for question in first + second] == ["a", "b"]
    assert graph.invoke(Command(resume="B"), THREAD)["log"] == ["A", "B"]


def test_two_questions_two_graphs_deep_are_answered_by_id(run):
    leaf = side_by_side(saver=False, a=ask("a?"), b=ask("b?"))
    graph = chain(middle=chain(saver=False, leaf=leaf))
    asked = {question.value: question.id for question in run(graph, {"text": "x"}, THREAD)["__interrupt__"]}

    left = run(graph, Command(resume={asked["b?"]: "B"}), THREAD)["__interrupt__"]
    result = run(graph, Command(resume={asked["a?"]: "A"}), THREAD)

    assert [question.value for question in left] == ["a?"]
    assert result["log"] == ["A", "B", "last"]


def test_what_a_node_sets_in_its_context_stays_there(run):
    seen = contextvars.ContextVar("seen", default="nothing")
    graph = chain(one=lambda s: seen.set("one") and None, two=lambda s: {"log": [seen.get()]})

    assert run(graph, {"text": "x"}, THREAD)["log"] == ["nothing"]


def test_a_pause_is_no_exception():
    assert not issubclass(GraphBubbleUp, Exception)


def test_an_async_node_pauses_and_resumes():
    async def node(state):
        await asyncio.sleep(0)
        return {"log": [interrupt("ok?")]}

    graph = StateGraph(State).add_node("one", node).add_edge(START, "one")
    graph = graph.compile(checkpointer=chain(x=log("x")).checkpointer)

    asyncio.run(graph.ainvoke({"text": "x"}, THREAD))

    assert asyncio.run(graph.ainvoke(Command(resume="yes"), THREAD))["log"] == ["yes"]


def test_another_answer_to_an_old_question_makes_a_branch(run):
    graph = chain(one=ask("ok?"), two=log("2"))
    run(graph, {"text": "x"}, THREAD)
    paused = graph.get_state(THREAD).config
    run(graph, Command(resume="yes"), THREAD)
    ended = graph.get_state(THREAD).config

    result = run(graph, Command(resume="no"), paused)

    assert result["log"] == ["no", "2"]
    assert graph.get_state(ended).values["log"] == ["yes", "2"]


def test_an_answer_that_does_not_fit_is_refused_before_anything_runs(run, saver):
    class Approval(BaseModel):
        ok: bool

    ran = []
    graph = chain(saver, one=lambda s: ran.append(1) or {"log": [interrupt("ok?", response_schema=Approval)]})
    (asked,) = run(graph, {"text": "x"}, THREAD)["__interrupt__"]

    with pytest.raises(ValueError, match="ok") as caught:
        run(graph, Command(resume={"ok": "perhaps"}), THREAD)

    assert is_invalid_resume(caught.value)
    assert ran == [1]
    assert asked.response_schema["properties"]["ok"]["type"] == "boolean"
    assert run(graph, Command(resume={"ok": True}), THREAD)["log"] == [Approval(ok=True)]


def test_a_paused_error_handler_is_asked_and_the_node_does_not_run_again(run):
    ran = []

    def fails(state):
        ran.append("node")
        raise ValueError("boom")

    def handle(state, error):
        return {"log": [interrupt(str(error.error))]}

    builder = StateGraph(State).add_node("one", fails, error_handler=handle).add_edge(START, "one")
    graph = builder.compile(checkpointer=MemorySaver())
    (asked,) = run(graph, {"text": "x"}, THREAD)["__interrupt__"]

    result = run(graph, Command(resume="never mind"), THREAD)

    assert asked.value == "boom"
    assert result["log"] == ["never mind"]
    assert ran == ["node"]


def test_an_answer_that_could_not_be_checked_when_it_was_given_is_asked_for_again(run):
    with SqliteSaver(":memory:") as saver:  # Literal[...] is no class, so a file does not know it
        graph = chain(
            saver, one=lambda s: {"log": [interrupt("?", response_schema=Literal["yes", "no"]), interrupt("more?")]}
        )
        run(graph, {"text": "x"}, THREAD)
        run(graph, Command(resume="perhaps"), THREAD)
        (again,) = graph.get_state(THREAD).interrupts
        run(graph, Command(resume={again.id: "yes"}), THREAD)

        assert again.value == "?"
        assert run(graph, Command(resume="that is all"), THREAD)["log"] == ["yes", "that is all"]


def test_of_two_who_answer_several_questions_at_once_one_is_first_with_all(run, saver):
    graph = side_by_side(a=ask("a?"), b=ask("b?"), saver=saver)
    run(graph, {"text": "x"}, THREAD)
    state = graph.get_state(THREAD)
    one, two = state.interrupts
    task = next(task.id for task in state.tasks if two in task.interrupts)
    keep = saver.put_records

    def overtaken(config, records, *, first=False):
        if first:  # somebody else has read the thread before us, and answers one of the two now
            keep(config, [(task, f"told:{two.id}", "theirs")], first=True)
        keep(config, records, first=first)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saver, "put_records", overtaken)
        with pytest.raises(AnsweredError):
            run(graph, Command(resume={one.id: "ours", two.id: "ours"}), THREAD)

    assert [question.id for question in graph.get_state(THREAD).interrupts] == [one.id]
    assert run(graph, Command(resume={one.id: "ours"}), THREAD)["log"] == ["ours", "theirs", "last"]
