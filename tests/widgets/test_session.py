"""`Run`: legs, answers and guards, without a screen."""

from __future__ import annotations

import asyncio
import operator
import sys
import threading
from itertools import pairwise
from types import SimpleNamespace
from typing import Annotated, TypedDict

import pytest

from hilnb import END, START, ask
from hilnb.widgets import capture
from hilnb.widgets.question import NothingAskedError
from hilnb.widgets.session import ANSWERED_ELSEWHERE, Run
from tests.engines import names_of

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    input: str
    said: Annotated[list[str], operator.add]


def inline(leg):
    leg()


def chain(engine, *nodes):
    builder = engine.StateGraph(State)
    names = [START, *(node.__name__ for node in nodes), END]
    for node in nodes:
        builder.add_node(node)
    for start, end in pairwise(names):
        builder.add_edge(start, end)
    return builder.compile(checkpointer=engine.MemorySaver())


def greet(state):
    print("hello")


def asking(engine):
    def ask_name(state):
        return {"said": [engine.interrupt("Your name?")]}

    return ask_name


def started(graph, do=inline):
    run = Run(graph, THREAD, do=do)
    run.start({"input": "x"})
    return run


def side_by_side(engine, *nodes):
    builder = engine.StateGraph(State)
    for node in nodes:
        builder.add_node(node)
        builder.add_edge(START, node.__name__)
        builder.add_edge(node.__name__, END)
    return builder.compile(checkpointer=engine.MemorySaver())


def test_a_run_stands_at_the_question_and_ends_with_the_answer_in_its_state(engine):
    run = started(chain(engine, greet, asking(engine)))
    assert (run.status, run.questions[0].node, run.questions[0].value) == ("asking", "ask_name", "Your name?")

    run.submit("Ada")

    assert run.status == "finished"
    assert run.state == {"input": "x", "said": ["Ada"]}


def test_the_state_so_far_can_be_read_at_a_question(engine):
    def prepare(state):
        return {"said": ["prepared"]}

    assert started(chain(engine, prepare, asking(engine))).state == {"input": "x", "said": ["prepared"]}


def test_an_empty_answer_from_code_counts(engine):
    run = started(chain(engine, asking(engine)))

    run.submit("")

    assert run.state["said"] == [""]


def test_an_answer_after_the_end_is_refused_with_the_reason(engine):
    run = started(chain(engine, asking(engine)))
    run.submit("Ada")

    with pytest.raises(NothingAskedError, match=r"submit\('Bob'\): nothing is asked; <Run of thread '1': finished>"):
        run.submit("Bob")


def test_the_second_of_two_answers_is_refused_and_nothing_runs_twice(engine):
    legs = []
    run = started(chain(engine, asking(engine)), do=legs.append)
    legs.pop()()
    question = run.questions[0]

    run.answer(question, "Ada")
    with pytest.raises(NothingAskedError, match="ask_name has its answer already: 'Ada'"):
        run.answer(question, "Bob")

    assert len(legs) == 1


def test_an_answer_to_a_question_answered_elsewhere_is_not_used(engine):
    ran = []

    def after(state):
        ran.append(state["said"])

    graph = chain(engine, asking(engine), after)
    run = started(graph)
    question = run.questions[0]
    graph.invoke(engine.Command(resume="by hand"), THREAD)

    run.submit("too late")

    assert question.refused == ANSWERED_ELSEWHERE
    assert run.status == "finished"
    assert run.state["said"] == ["by hand"]
    assert ran == [["by hand"]]
    assert "too late" in str(run)


def test_when_the_thread_moved_on_to_another_question_that_one_is_asked(engine):
    def ask_city(state):
        return {"said": [engine.interrupt("Your city?")]}

    graph = chain(engine, asking(engine), ask_city)
    run = started(graph)
    graph.invoke(engine.Command(resume="by hand"), THREAD)

    run.submit("too late")

    assert [question.value for question in run.questions] == ["Your city?"]
    run.submit("Turin")
    assert run.state["said"] == ["by hand", "Turin"]


def test_of_two_runs_that_answer_one_question_at_once_one_is_used(engine):
    entered, let_go = threading.Event(), threading.Event()
    ran = []

    def slow(state):
        ran.append(engine.interrupt("Go?"))
        entered.set()
        let_go.wait(10)

    graph = chain(engine, slow)
    first = started(graph)
    second = Run(graph, THREAD, do=inline)
    second.look()
    (asked_first,), (asked_second,) = first.questions, second.questions
    one = threading.Thread(target=first.submit, args=("one",))
    one.start()
    entered.wait(10)
    two = threading.Thread(target=second.submit, args=("two",))
    two.start()
    let_go.set()
    one.join(10)
    two.join(10)

    assert ran == ["one"]
    assert (asked_first.refused, asked_second.refused) == ("", ANSWERED_ELSEWHERE)
    assert second.status == "finished"


def test_parallel_questions_are_answered_in_any_order_and_each_node_resumes_once(engine):
    ran = []

    def left(state):
        ran.append("left")
        return {"said": ["left " + engine.interrupt("L?")]}

    def right(state):
        ran.append("right")
        return {"said": ["right " + engine.interrupt("R?")]}

    run = started(side_by_side(engine, left, right))
    assert sorted(question.node for question in run.questions) == ["left", "right"]
    ran.clear()

    run.submit("r", to="right")
    assert (run.status, ran) == ("asking", [])
    run.submit("l", to="left")

    assert sorted(ran) == ["left", "right"]
    assert run.state["said"] == ["left l", "right r"]


def test_an_answer_that_could_be_for_two_questions_is_refused_naming_both(engine):
    def left(state):
        engine.interrupt("L?")

    def right(state):
        engine.interrupt("R?")

    run = started(side_by_side(engine, left, right))

    with pytest.raises(NothingAskedError, match=r"say which open question.*left.*right"):
        run.submit("?")


def test_a_failing_node_is_reported_and_retry_goes_on_from_the_last_state(engine):
    attempts = []

    def flaky(state):
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("no such city")
        return {"said": ["found"]}

    run = started(chain(engine, greet, flaky))
    assert (run.status, str(run.error)) == ("failed", "no such city")
    assert run.headline == "failed in flaky: ValueError: no such city"
    assert run.marks["flaky"] == "failed"

    run.retry()

    assert run.status == "finished"
    assert run.state["said"] == ["found"]
    assert run.error is None


def test_retry_where_nothing_failed_is_refused(engine):
    with pytest.raises(NothingAskedError, match="asks 'Your name"):
        started(chain(engine, asking(engine))).retry()


def test_awaiting_a_failed_run_raises_what_the_node_raised(engine):
    def broken(state):
        raise KeyError("lost")

    run = started(chain(engine, broken))

    async def wait():
        return await run

    with pytest.raises(KeyError, match="lost"):
        asyncio.run(wait())


def test_awaiting_in_plain_asyncio_gives_the_final_state(engine):
    graph = chain(engine, asking(engine))

    async def main():
        run = started(graph, do=lambda leg: threading.Thread(target=leg).start())
        run.wait_until_standing()
        asyncio.get_running_loop().call_soon(run.submit, "Ada")
        return await run

    assert asyncio.run(main())["said"] == ["Ada"]


def test_async_nodes_run_with_a_question_on_one_loop(engine):
    loops = []

    async def fetch(state):
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())

    async def fetch_again(state):
        loops.append(asyncio.get_running_loop())
        return {"said": ["done"]}

    run = started(chain(engine, fetch, asking(engine), fetch_again))
    run.submit("Ada")

    assert run.state["said"] == ["Ada", "done"]
    assert loops[0] is loops[1]


def test_what_parallel_nodes_print_is_kept_apart(engine, monkeypatch):
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    capture.install(SimpleNamespace(publish=lambda data: None))
    both = threading.Barrier(2)

    def left(state):
        print("left", end=" ")
        both.wait(10)
        print("again")

    def right(state):
        both.wait(10)
        print("right")

    run = started(side_by_side(engine, left, right))

    assert sorted((e.node, e.value) for e in run.log.entries if e.kind == "printed") == [
        ("left", "left again\n"),
        ("right", "right\n"),
    ]


def test_marks_follow_the_run(engine):
    run = started(chain(engine, greet, asking(engine)))
    assert run.marks == {"__start__": "done", "greet": "done", "ask_name": "waiting"}

    run.submit("Ada")

    assert run.marks == {"__start__": "done", "greet": "done", "ask_name": "done", "__end__": "done"}


def test_the_repr_says_where_the_run_stands(engine):
    run = started(chain(engine, asking(engine)))

    assert repr(run) == "<Run of thread '1': ask_name asks 'Your name?'>"


def test_the_repr_leaves_out_an_id_that_nobody_chose():
    asked = ask("Which city?", unattended=["Rome"])

    assert repr(asked) == "<Run: finished>"


def test_why_tells_what_started_again_also_while_the_run_asks():
    engine = names_of("hilnb")

    def ask_both(state):
        return {"said": [engine.interrupt("Your name?"), engine.interrupt("Your city?")]}

    run = started(chain(engine, greet, ask_both))
    assert str(run.why()) == "Every node that ran started once."
    run.submit("Ada")
    assert run.status == "asking"

    (again,) = run.why()

    assert str(again) == "ask_both started twice in step 2: it began, then it was answered 'Ada'."


def test_langgraph_graphs_with_async_nodes_are_recognised():
    from langgraph.graph import StateGraph as Theirs

    from hilnb.engines import engine_of

    async def node(state):
        pass

    def plain(state):
        pass

    built = [Theirs(State).add_node("n", each).add_edge(START, "n").compile() for each in (node, plain)]
    assert [engine_of(graph).is_awaited for graph in built] == [True, False]


def test_looking_at_a_paused_thread_marks_what_ran_before(engine):
    graph = chain(engine, greet, asking(engine))
    graph.invoke({"input": "x"}, THREAD)
    run = Run(graph, THREAD, do=inline)

    run.look()

    assert run.marks == {"__start__": "done", "greet": "done", "ask_name": "waiting"}


def test_awaiting_a_failed_run_shows_the_nodes_frame_and_no_engines(engine):
    def breaks(state):
        raise ValueError("boom")

    run = started(chain(engine, breaks))

    async def wait():
        await run

    for _ in range(2):
        with pytest.raises(ValueError, match="boom") as caught:
            asyncio.run(wait())
        assert caught.traceback[-1].name == "breaks"
        assert "drive" not in [frame.name for frame in caught.traceback]
