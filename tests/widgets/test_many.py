"""`batch`: many threads of a graph of hilnb's or LangGraph's, blocking and awaited."""

from __future__ import annotations

import asyncio
import io
import re
import signal
import sqlite3
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TypedDict

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver as TheirSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

import hilnb
from hilnb import Command, SqliteSaver, pending
from hilnb.widgets import progress
from hilnb.widgets.many import abatch, batch
from hilnb.widgets.wait import WaitInterrupted
from tests.compat.libraries import Library

TRIED_AGAIN = "The same call tries again what failed, with the input that it began with."


class State(TypedDict):
    text: str
    said: str


@pytest.fixture(params=["hilnb", "langgraph"])
def library(request):
    return Library(request.param)


@pytest.fixture(params=[batch, abatch], ids=["blocking", "awaited"])
def many(request):
    def call(*args, **options):
        made = request.param(*args, **options)
        return asyncio.run(made) if asyncio.iscoroutine(made) else made

    return call


def letters(library, prepare=lambda state: None, saver=None, **options):
    """Prepare a text, and then ask about one that begins with "ask"; fail at one that begins with "fail"."""

    def review(state):
        if state["text"].startswith("fail"):
            raise ValueError(f"no {state['text']}")
        return {"said": library.interrupt("ok?") if state["text"].startswith("ask") else "fine"}

    builder = library.StateGraph(State).add_node("prepare", prepare).add_node("review", review)
    builder.add_edge(library.START, "prepare").add_edge("prepare", "review")
    return builder.compile(checkpointer=saver or library.MemorySaver(), **options)


def config(thread):
    return {"configurable": {"thread_id": thread}}


def test_each_thread_is_told_where_it_stands_and_one_that_fails_stops_no_other(library, many):
    graph = letters(library)
    inputs = {f"{n}": {"text": word} for n, word in enumerate(["fine", "fail", "ask", "fine"])}

    done = many(graph, inputs)

    assert done.finished == {"0": {"text": "fine", "said": "fine"}, "3": {"text": "fine", "said": "fine"}}
    assert {thread: str(error) for thread, error in done.failed.items()} == {"1": "no fail"}
    assert [asked.value for asked in done.waiting["2"]] == ["ok?"]
    assert str(done).splitlines() == [
        "4 threads: 2 finished, 1 wait, 1 failed.",
        "failed: 1: ValueError: no fail",
        TRIED_AGAIN,
        "To answer those that wait: hilnb.pending(graph).",
    ]


def test_the_same_call_goes_on_and_does_nothing_twice(library, many):
    prepared, texts = [], {"a": "fine", "b": "fail", "c": "ask"}
    graph = letters(library, lambda state: prepared.append(state["text"]))
    many(graph, {thread: {"text": text} for thread, text in texts.items()})
    graph.update_state(config("b"), {"text": "mended"}, as_node="prepare")

    done = many(graph, {thread: {"text": text} for thread, text in texts.items()})

    assert sorted(prepared) == ["ask", "fail", "fine"]
    assert (list(done.finished), list(done.waiting), done.before) == (["a", "b"], ["c"], 1)
    assert "1 had finished before, and did not run again." in str(done)


def test_a_thread_that_waits_is_not_asked_again(library, many):
    asked = []

    def ask(state):
        asked.append(state["text"])
        return {"said": library.interrupt("ok?")}

    builder = library.StateGraph(State).add_node(ask).add_edge(library.START, "ask")
    graph = builder.compile(checkpointer=library.MemorySaver())

    for _ in range(2):
        done = many(graph, {"a": {"text": "once"}})

    assert (list(done.waiting), asked) == (["a"], ["once"])


def test_an_answered_question_is_finished_in_the_next_call(library, many):
    graph, inputs = letters(library), {"a": {"text": "ask"}}
    [asked] = many(graph, inputs).waiting["a"]
    command = Command if library.name == "hilnb" else library.Command

    graph.invoke(command(resume={asked.id: "yes"}), config("a"))

    assert many(graph, inputs).finished == {"a": {"text": "ask", "said": "yes"}}


def test_two_hundred_threads_end_each_with_its_own_state(library, many):
    inputs = {f"{n}": {"text": "ask" if n % 4 == 0 else f"{n}"} for n in range(200)}

    done = many(letters(library), inputs)

    assert (len(done.finished), len(done.waiting)) == (150, 50)
    assert all(state["text"] == thread for thread, state in done.finished.items())
    assert list(done.finished) == [thread for thread in inputs if int(thread) % 4]


@pytest.mark.parametrize("name", ["hilnb", "langgraph"])
def test_threads_are_kept_in_a_file_also_when_many_run_at_the_same_time(tmp_path, name):
    file = tmp_path / "threads.sqlite"
    inputs = {f"{n}": {"text": "ask" if n % 2 else "fine"} for n in range(40)}

    for _ in range(2):
        kept = SqliteSaver(file) if name == "hilnb" else TheirSaver(sqlite3.connect(file, check_same_thread=False))
        with closing(kept.conn if name == "langgraph" else kept):
            done = batch(letters(Library(name), saver=kept), inputs)

    assert (len(done.finished), len(done.waiting), done.before) == (20, 20, 20)


def test_threads_in_langgraphs_awaited_file_run_at_the_same_time(tmp_path):
    library = Library("langgraph")

    async def prepare(state):
        await asyncio.sleep(0)

    async def run_all():
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "threads.sqlite")) as saver:
            graph = letters(library, prepare, saver)
            return await abatch(graph, {f"{n}": {"text": f"fine {n}"} for n in range(20)})

    done = asyncio.run(run_all())

    assert done.failed == {}
    assert len(done.finished) == 20


def test_a_thread_that_is_at_work_elsewhere_is_not_begun_beside_it(library, many):
    at_work, may_end, began = threading.Event(), threading.Event(), []

    def prepare(state):
        began.append(state["text"])
        at_work.set()
        may_end.wait(20)

    graph, inputs = letters(library, prepare), {"a": {"text": "fine"}}
    with ThreadPoolExecutor(1) as elsewhere:
        first = elsewhere.submit(batch, graph, inputs)
        at_work.wait(20)
        second = many(graph, inputs)
        may_end.set()

        assert list(first.result().finished) == ["a"]
    assert second.stopped == {"a": ("prepare",)}
    assert began == ["fine"]
    assert many(graph, inputs).before == 1


def test_a_question_in_a_nested_graph_waits_with_its_thread(library, many):
    inner = library.StateGraph(State).add_node("ask", lambda state: {"said": library.interrupt("ok?")})
    outer = library.StateGraph(State).add_node("inner", inner.add_edge(library.START, "ask").compile())
    graph = outer.add_edge(library.START, "inner").compile(checkpointer=library.MemorySaver())

    for _ in range(2):
        done = many(graph, {"a": {"text": "fine"}})

    assert [asked.value for asked in done.waiting["a"]] == ["ok?"]


def test_no_more_run_at_the_same_time_than_it_is_told(library, many):
    lock, now, most = threading.Lock(), [], []
    both = threading.Barrier(2)

    def prepare(state):
        with lock:
            now.append(1)
            most.append(len(now))
        both.wait(10)  # passes only when two are in here
        with lock:
            now.pop()

    many(letters(library, prepare), {f"{n}": {"text": "fine"} for n in range(8)}, max_concurrency=2)

    assert max(most) == 2


def test_a_thread_at_a_breakpoint_is_left_there_also_by_the_next_call(library, many):
    ran = []
    graph = letters(library, lambda state: ran.append(state["text"]), interrupt_before=["prepare"])

    for _ in range(2):
        done = many(graph, {"a": {"text": "fine"}})

    assert (done.stopped, ran) == ({"a": ("prepare",)}, [])


def test_a_breakpoint_in_a_nested_graph_is_kept_to_as_well(library, many):
    ran = []
    inner = library.StateGraph(State).add_node("work", lambda state: ran.append(1)).add_edge(library.START, "work")
    outer = library.StateGraph(State).add_node("inner", inner.compile(interrupt_before=["work"]))
    graph = outer.add_edge(library.START, "inner").compile(checkpointer=library.MemorySaver())

    for _ in range(2):
        done = many(graph, {"a": {"text": "fine"}})

    assert (list(done.stopped), ran) == (["a"], [])


def test_an_async_graph_is_run_by_both(library, many):
    async def prepare(state):
        await asyncio.sleep(0)

    done = many(letters(library, prepare), {"a": {"text": "fine"}, "b": {"text": "ask"}})

    assert (list(done.finished), list(done.waiting)) == (["a"], ["b"])


def test_after_an_interrupt_the_same_call_goes_on_from_there(library):
    prepared, interrupted = [], []

    def prepare(state):
        prepared.append(state["text"])
        if state["text"] == "2" and not interrupted:
            interrupted.append(True)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    graph = letters(library, prepare)
    inputs = {f"{n}": {"text": f"{n}"} for n in range(6)}

    with pytest.raises(WaitInterrupted, match=r"stopped at \d of 6 threads: .*The same call goes on from there\."):
        batch(graph, inputs, max_concurrency=1)
    saved = {thread: graph.get_state(config(thread)) for thread in inputs}
    kept = [thread for thread in inputs if saved[thread].metadata and not saved[thread].next]
    done = batch(graph, inputs, max_concurrency=1)

    assert len(done.finished) == 6
    assert {"0", "1"} <= {*kept} < {*inputs}
    assert done.before == len(kept)
    assert [prepared.count(thread) for thread in kept] == [1] * len(kept)


def test_an_awaited_batch_that_is_cancelled_goes_on_with_the_same_call(library):
    reached, finished = asyncio.Event(), []

    async def prepare(state):
        if state["text"] == "3" and not reached.is_set():
            reached.set()
            await asyncio.Event().wait()
        finished.append(state["text"])

    graph = letters(library, prepare)
    inputs = {f"{n}": {"text": f"{n}"} for n in range(6)}

    async def cancelled():
        work = asyncio.ensure_future(abatch(graph, inputs, max_concurrency=2))
        await reached.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(cancelled())
    saved = {thread: graph.get_state(config(thread)) for thread in inputs}
    kept = [thread for thread in inputs if saved[thread].metadata and not saved[thread].next]
    done = batch(graph, inputs)

    assert len(done.finished) == 6
    assert done.before == len(kept) < 6
    assert {"0", "1", "2"} & {*kept}  # two run at a time, so one of these has let "3" begin
    assert [finished.count(thread) for thread in kept] == [1] * len(kept)
    assert {*finished} == {*inputs}


def test_those_that_wait_are_in_the_list_of_what_waits():
    graph = letters(Library("hilnb"))

    batch(graph, {"a": {"text": "ask"}, "b": {"text": "fine"}})

    assert [waiting.thread_id for waiting in pending(graph)] == ["a"]


def test_more_config_is_for_all_of_them(many):
    seen = []
    graph = letters(Library("hilnb"), lambda state, config: seen.append(config["configurable"]["colour"]))

    many(graph, {"a": {"text": "fine"}, "b": {"text": "fine"}}, config={"configurable": {"colour": "red"}})

    assert seen == ["red", "red"]


def test_nodes_find_the_context_that_was_given(library, many):
    seen = []

    def look(state, runtime: library.Runtime):
        seen.append(runtime.context)

    look.__annotations__["runtime"] = library.Runtime
    graph = library.StateGraph(State, context_schema=dict).add_node(look).add_edge(library.START, "look")

    many(graph.compile(checkpointer=library.MemorySaver()), {"a": {"text": "fine"}}, context={"colour": "red"})

    assert seen == [{"colour": "red"}]


def test_what_cannot_be_run_is_refused_before_anything_runs(many):
    graph = letters(Library("hilnb"))

    with pytest.raises(TypeError, match=r'Give each its thread.*"letter 1"'):
        many(graph, [{"text": "fine"}])
    with pytest.raises(ValueError, match="two of the ids are the same text"):
        many(graph, {1: {"text": "a"}, "1": {"text": "b"}})
    with pytest.raises(ValueError, match="different threads"):
        many(graph, {"a": {"text": "a"}}, config=config("b"))
    with pytest.raises(ValueError, match="has no checkpointer"):
        many(graph.builder.compile(), {"a": {"text": "a"}})
    for most in (0, -1, "8"):
        with pytest.raises(ValueError, match="give a whole number of threads, at least 1"):
            many(graph, {"a": {"text": "a"}}, max_concurrency=most)


def test_many_failures_are_counted_and_the_first_are_told():
    done = batch(letters(Library("hilnb")), {f"{n}": {"text": "fail"} for n in range(8)})

    assert str(done).splitlines()[-2:] == ["failed: 3 more, see .failed", TRIED_AGAIN]
    assert str(hilnb.batch(letters(Library("hilnb")), {})) == "0 threads: nothing to do."


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_in_a_terminal_a_bar_counts_them(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())

    batch(letters(Library("hilnb")), {"a": {"text": "fine"}, "b": {"text": "ask"}})

    last = re.split(r"[\r\n]+", sys.stderr.getvalue().strip())[-1]
    assert "2/2" in last
    assert "1 finished, 1 wait" in last


@pytest.mark.parametrize(("stream", "wanted"), [(Terminal, False), (io.StringIO, True)], ids=["unwanted", "file"])
def test_there_is_no_bar_where_it_is_not_wanted_or_output_goes_to_a_file(monkeypatch, stream, wanted):
    monkeypatch.setattr(sys, "stderr", stream())

    batch(letters(Library("hilnb")), {"a": {"text": "fine"}}, progress=wanted)

    assert sys.stderr.getvalue() == ""


def test_where_nobody_looks_at_a_notebook_there_is_no_bar(monkeypatch, capsys):
    monkeypatch.setattr(progress, "running_kernel", lambda: object())
    monkeypatch.setattr(progress, "takes_clicks", lambda kernel: False)

    batch(letters(Library("hilnb")), {"a": {"text": "fine"}})

    assert capsys.readouterr() == ("", "")
