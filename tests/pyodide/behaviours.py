"""What must hold in Pyodide; `test_pyodide` has all of it run there once, and tells it function by function."""

import asyncio
import json
import operator
import threading
import traceback
from contextvars import copy_context
from itertools import pairwise
from types import SimpleNamespace
from typing import Annotated, TypedDict

import pytest

import hilnb
from hilnb import END, START, Command, MemorySaver, Send, SqliteSaver, StateGraph, interrupt
from hilnb.func import entrypoint, task
from hilnb.widgets import NobodyCanAnswerError, NothingAskedError
from hilnb.widgets.background import in_background
from hilnb.widgets.inbox import Inbox
from hilnb.widgets.wait import running_kernel

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    said: Annotated[list, operator.add]


def hello(state):
    print("hello")
    return {"said": ["hello"]}


def ask(state):
    return {"said": [interrupt("Go on?")]}


async def slow(state):
    await asyncio.sleep(0.01)
    return {"said": ["slow"]}


def chain(*nodes, saver=None):
    builder = StateGraph(State)
    for name, node in nodes:
        builder.add_node(name, node)
    for start, end in pairwise([START, *(name for name, _ in nodes), END]):
        builder.add_edge(start, end)
    return builder.compile(checkpointer=saver or MemorySaver())


def questions():
    return chain(("hello", hello), ("ask", ask))


def slow_questions():
    return chain(("slow", slow), ("ask", ask), ("again", slow))


def before_a_person():
    """What JupyterLite's kernel looks like from inside: a shell, and who sent the cell."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    parent = {"content": {"allow_stdin": True}}
    shell.kernel = SimpleNamespace(interpreter=shell, get_parent=lambda: parent)


async def until(holds):
    """Let everybody else have their turn until something holds."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def asking(graph, **options):
    run = hilnb.run(graph, {"said": []}, thread_id="1", **options)
    await until(lambda: run.status != "running")
    assert run.status == "asking", run
    return run


def there_are_no_threads_here():
    with pytest.raises(RuntimeError, match="can't start new thread"):
        threading.Thread(target=print).start()


def a_chain_pauses_and_goes_on_with_the_answer():
    graph = questions()

    graph.invoke({"said": []}, THREAD)

    assert graph.invoke(Command(resume="yes"), THREAD) == {"said": ["hello", "yes"]}


def sent_tasks_run_one_after_the_other_in_their_order():
    ran = []
    builder = StateGraph(State).add_node("work", lambda number: ran.append(number) or {"said": [number]})
    builder.add_conditional_edges(START, lambda state: [Send("work", n) for n in range(100)]).add_edge("work", END)

    state = builder.compile().invoke({"said": []})

    assert ran == state["said"] == list(range(100))


def what_failed_beside_others_is_told_and_theirs_is_kept():
    def fail(state):
        raise ValueError("broken")

    builder = StateGraph(State).add_node(hello).add_node(fail).add_edge(START, "hello").add_edge(START, "fail")
    graph = builder.compile(checkpointer=MemorySaver())

    with pytest.raises(ValueError) as refused:
        graph.invoke({"said": []}, THREAD)

    assert str(refused.value) == "broken"
    assert [kept for kept in graph.get_state(THREAD).tasks if kept.result] == [graph.get_state(THREAD).tasks[0]]


async def an_async_graph_runs_its_plain_nodes_too():
    builder = StateGraph(State).add_node(slow).add_node(hello).add_edge(START, "slow").add_edge(START, "hello")

    state = await builder.compile().ainvoke({"said": []})

    assert sorted(state["said"]) == ["hello", "slow"]


def a_graph_in_a_node_pauses_and_goes_on():
    inner = StateGraph(State).add_node(ask).add_edge(START, "ask").compile()
    graph = chain(("inner", inner), ("hello", hello))

    graph.invoke({"said": []}, THREAD)

    assert graph.invoke(Command(resume="yes"), THREAD)["said"][-2:] == ["yes", "hello"]


def a_function_calls_tasks_and_is_asked():
    @task
    def double(number):
        return 2 * number

    @entrypoint(checkpointer=MemorySaver())
    def flow(numbers):
        return [future.result() for future in map(double, numbers)], interrupt("Go on?")

    flow.invoke([1, 2], THREAD)

    assert flow.invoke(Command(resume="yes"), THREAD) == ([2, 4], "yes")


async def a_file_keeps_a_thread():
    with SqliteSaver("threads.sqlite") as saver:
        await chain(("hello", hello), ("ask", ask), saver=saver).ainvoke({"said": []}, THREAD)

    with SqliteSaver("threads.sqlite") as saver:
        graph = chain(("hello", hello), ("ask", ask), saver=saver)

        assert graph.invoke(Command(resume="yes"), THREAD) == {"said": ["hello", "yes"]}


def a_graph_is_drawn():
    bundle = questions()._repr_mimebundle_()

    assert "<svg" in bundle["text/html"]
    assert "hello" in bundle["text/html"]
    assert "hello → ask" in bundle["text/plain"]


def a_script_answers_beforehand():
    run = hilnb.run(questions(), {"said": []}, unattended=["yes"])

    assert run.state == {"said": ["hello", "yes"]}


def an_exercise_is_checked():
    before_a_person()

    check = hilnb.exercise(questions(), {"said": []}, answers=["yes"], path=["hello", "ask"])

    assert check, check.text


def a_script_with_async_nodes_is_told_how():
    with pytest.raises(RuntimeError) as refused:
        hilnb.run(slow_questions(), {"said": []}, unattended=["yes"])

    assert "await graph.ainvoke(input, config)" in str(refused.value)


async def a_run_asks_and_goes_on_with_the_answer():
    before_a_person()
    run = await asking(questions())

    run.submit("yes")

    assert await run == {"said": ["hello", "yes"]}
    assert [entry.value for entry in run.log.entries if entry.kind == "printed"] == ["hello\n"]


async def a_run_of_async_nodes_asks_and_goes_on_with_the_answer():
    before_a_person()
    run = await asking(slow_questions())

    run.submit("yes")

    assert await run == {"said": ["slow", "yes", "slow"]}


async def a_cell_that_waits_for_a_click_says_that_none_can_come():
    before_a_person()
    run = hilnb.run(questions(), {"said": []})

    with pytest.raises(NobodyCanAnswerError) as refused:
        await run

    assert "answer in the form above first, and run this cell then" in str(refused.value)


async def an_answer_in_the_cell_that_started_the_run_is_refused_at_once():
    before_a_person()
    run = hilnb.run(questions(), {"said": []})

    with pytest.raises(NothingAskedError) as refused:
        run.submit("yes")

    assert "use another one" in str(refused.value)


async def a_failure_is_raised_by_the_one_who_waits():
    before_a_person()

    def fail(state):
        raise ValueError("broken")

    run = hilnb.run(chain(("fail", fail)), {"said": []})

    with pytest.raises(ValueError) as refused:
        await run

    assert str(refused.value) == "broken"


async def a_run_is_stopped_while_a_node_waits_and_goes_on():
    before_a_person()
    began = []

    async def endless(state):
        began.append("endless")
        await asyncio.sleep(3600 if len(began) == 1 else 0)
        return {"said": ["ended"]}

    run = hilnb.run(chain(("endless", endless)), {"said": []})
    await until(lambda: began)
    run.stop()
    await until(lambda: run.status == "stopped")
    run.retry()

    assert await run == {"said": ["ended"]}


async def two_runs_with_one_question_do_not_wait_for_each_other_for_ever():
    before_a_person()
    graph = slow_questions()
    first = await asking(graph)
    second = hilnb.ask(graph, "1")
    await until(lambda: second.status == "asking")

    first.submit("first")
    second.submit("second")

    assert (await first)["said"] == ["slow", "first", "slow"]
    await until(lambda: second.status != "running")
    assert second.state["said"] == ["slow", "first", "slow"]


async def a_deadline_answers():
    before_a_person()
    run = await asking(questions(), deadline=hilnb.Deadline(0.05, default="too late"))

    await until(lambda: run.status == "finished")

    assert run.state == {"said": ["hello", "too late"]}


def a_batch_runs_one_thread_after_the_other():
    before_a_person()

    done = hilnb.batch(questions(), {"1": {"said": []}, "2": {"said": []}})

    assert list(done.waiting) == ["1", "2"]


async def a_batch_of_async_nodes_is_awaited():
    done = await hilnb.abatch(slow_questions(), {"1": {"said": []}, "2": {"said": []}})

    assert list(done.waiting) == ["1", "2"]


async def many_waiting_threads_are_answered_together():
    graph = questions()
    hilnb.batch(graph, {"1": {"said": []}, "2": {"said": []}})
    inbox = Inbox(hilnb.pending(graph), in_background(copy_context()))
    [table] = inbox.tables.values()
    table.tick_all.value = True
    table.bar.field.control.value = "yes"

    table.bar.answer.click()
    await until(lambda: all(row.listed.status == "finished" for row in inbox.rows))

    assert {row.listed.went for row in inbox.rows} == {"yes · finished"}


async def told():
    """What became of each behaviour: "" or a traceback, by its name, as JSON."""
    found = {}
    for name, function in list(globals().items()):
        if name not in BEHAVIOURS:
            continue
        try:
            waits = function()
            if asyncio.iscoroutine(waits):
                await waits
            found[name] = ""
        except BaseException:
            found[name] = traceback.format_exc()
        if (kernel := running_kernel()) is not None:
            del kernel.interpreter.kernel
    return json.dumps(found)


_HELPERS = (hello, ask, slow, chain, questions, slow_questions, before_a_person, until, asking, told)
BEHAVIOURS = [
    name
    for name, function in globals().items()
    if getattr(function, "__module__", "") == __name__ and function not in (State, *_HELPERS)
]
