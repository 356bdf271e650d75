"""One question, two who answer it: two runs with a saver each on one file, as in the kernels of two notebooks."""

from __future__ import annotations

import asyncio
import operator
import threading
from types import SimpleNamespace
from typing import Annotated, TypedDict

import pytest

from hilnb import END, START, Command, SqliteSaver, StateGraph, interrupt
from hilnb.errors import UnknownInterruptError
from hilnb.widgets import wait
from hilnb.widgets.actions import actions_of
from hilnb.widgets.panel import Panel
from hilnb.widgets.question import NothingAskedError
from hilnb.widgets.session import ANSWERED_ELSEWHERE, Run

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    said: Annotated[list[str], operator.add]


class Kernel:
    """A graph of one question and what follows, compiled with a saver of its own."""

    def __init__(self, saver, after):
        def ask(state):
            return {"said": [interrupt("Go?")]}

        builder = StateGraph(State).add_node(ask).add_node("after", after)
        builder.add_edge(START, "ask").add_edge("ask", "after").add_edge("after", END)
        self.saver, self.graph = saver, builder.compile(checkpointer=saver)

    def run(self):
        """The panel's run of the paused thread."""
        run = Run(self.graph, THREAD, do=lambda leg: leg())
        run.look()
        return run


@pytest.fixture
def kernels(tmp_path):
    """Two kernels whose thread waits for an answer, and the answers that `after` came to see."""
    after = SimpleNamespace(saw=[], do=lambda: None)

    def look(state):
        after.saw.append(state["said"])
        after.do()

    with SqliteSaver(tmp_path / "threads.db") as mine, SqliteSaver(tmp_path / "threads.db") as other:
        here, there = Kernel(mine, look), Kernel(other, look)
        there.graph.invoke({"said": []}, THREAD)
        yield here, there, after


def at_work(there, after):
    """The other kernel answers and stands in its next node until `finish` is called."""
    arrived, go = threading.Event(), threading.Event()

    def stand():
        arrived.set()
        go.wait(10)

    after.do = stand
    worker = threading.Thread(target=there.graph.invoke, args=(Command(resume="there"), THREAD))
    worker.start()
    arrived.wait(10)

    def finish():
        go.set()
        worker.join(10)

    return finish


def test_the_second_to_answer_is_told_and_sees_how_the_thread_went_on(kernels):
    here, there, after = kernels
    run = here.run()
    there.run().submit("there")
    (question,) = run.questions

    run.submit("here")

    assert question.refused == ANSWERED_ELSEWHERE
    assert (run.status, run.state, after.saw) == ("finished", {"said": ["there"]}, [["there"]])
    assert "answer  here\n" in str(run)
    assert "answered elsewhere" in str(run)


def test_of_two_that_both_saw_the_question_open_the_one_that_is_kept_first_counts(kernels, monkeypatch):
    here, there, after = kernels
    run = here.run()
    keep = here.saver.put_records

    def overtaken(*args, **options):
        if options.get("first") and not after.saw:
            there.graph.invoke(Command(resume="there"), THREAD)
        keep(*args, **options)

    monkeypatch.setattr(here.saver, "put_records", overtaken)

    run.submit("here")

    assert (run.status, run.state, after.saw) == ("finished", {"said": ["there"]}, [["there"]])
    assert "answered elsewhere" in str(run)
    assert "answer  here\n" in str(run)


def answered_and_asking_still(there):
    """What another kernel has kept once its node has the answer and has not come to its end."""
    saved = there.graph.get_state(THREAD)
    (task,) = saved.tasks
    there.saver.put_writes(saved.config, [(f"told:{task.interrupts[0].id}", "there")], task.id, first=True)


def test_while_the_node_is_at_work_elsewhere_nothing_here_starts_it_again(kernels):
    here, there, after = kernels
    run = here.run()
    answered_and_asking_still(there)

    run.submit("here")
    run.look_again()

    assert run.headline == "answered elsewhere, and ask has not ended there yet"
    assert run.marks == {"__start__": "done", "ask": "now"}
    with pytest.raises(NothingAskedError, match="this one: <Run of thread '1': answered elsewhere"):
        run.retry()
    assert after.saw == []

    there.graph.invoke(None, THREAD)
    run.look_again()

    assert (run.status, run.state, after.saw) == ("finished", {"said": ["there"]}, [["there"]])


def test_a_thread_whose_next_node_is_at_work_elsewhere_is_not_run_on_here(kernels):
    here, there, after = kernels
    run = here.run()
    finish = at_work(there, after)

    run.submit("here")

    assert run.headline == "answered elsewhere, and after has not ended there yet"
    finish()
    run.look_again()
    assert (run.status, after.saw) == ("finished", [["there"]])


def test_when_the_node_failed_elsewhere_the_run_can_be_gone_on_with_here(kernels):
    here, there, after = kernels
    run = here.run()

    def fail():
        after.do = lambda: None
        raise ValueError("no line")

    after.do = fail
    with pytest.raises(ValueError, match="no line"):
        there.graph.invoke(Command(resume="there"), THREAD)

    run.submit("here")
    assert run.headline == "stopped before after"
    run.retry()

    assert (run.status, run.state, after.saw) == ("finished", {"said": ["there"]}, [["there"], ["there"]])


def test_looking_again_is_for_a_run_that_goes_on_elsewhere(kernels):
    with pytest.raises(NothingAskedError, match=r"look_again\(\) is for"):
        kernels[0].run().look_again()


def test_an_unknown_interrupt_of_a_nodes_own_is_no_answer_elsewhere(kernels):
    here, _, after = kernels

    def fail():
        raise UnknownInterruptError("some other thread's")

    after.do = fail
    run = here.run()
    (question,) = run.questions

    run.submit("here")

    assert (run.status, question.refused) == ("failed", "")


def test_the_panel_says_it_plainly_and_keeps_what_was_typed(kernels):
    here, there, after = kernels
    run = here.run()
    panel = Panel(run)
    panel._paint()
    (form,) = panel._asking._forms.values()
    answered_and_asking_still(there)
    form.control.value = "<b>typed here</b>"

    form.submit.click()
    panel._paint()

    text = panel._chunks.children[0].value
    assert "Answered elsewhere, and ask has not ended there yet" in panel._head.value
    assert "&lt;b&gt;typed here&lt;/b&gt;" in text
    assert "answered elsewhere first" in text
    assert "hilnb.run(graph, None, thread_id=&#x27;1&#x27;) goes on here" in panel._hint.value
    again = panel._actions._buttons["Look again"]
    assert (list(actions_of(run)), again.layout.display, panel._asking._forms) == (["Look again"], None, {})

    there.graph.invoke(None, THREAD)
    panel._leave_record = lambda: None  # there is no cell to leave it under
    again.click()
    again.click()

    assert (run.status, after.saw) == ("finished", [["there"]])


def test_waiting_where_nobody_can_look_again_says_what_to_do(kernels, monkeypatch):
    here, there, _ = kernels
    run = here.run()
    answered_and_asking_still(there)
    run.submit("here")
    kernel = SimpleNamespace(get_parent=lambda: {"content": {"allow_stdin": False}})
    monkeypatch.setattr(wait, "running_kernel", lambda: kernel)

    async def awaited():
        await run

    with pytest.raises(wait.NobodyCanAnswerError, match=r"has not ended there yet\. run\.look_again\(\) finds out"):
        asyncio.run(awaited())
