"""`pending`: what waits in a saver, as a list, as text, as HTML, and as rows to answer in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from hilnb import END, START, Interrupt, MemorySaver, SqliteSaver, pending
from hilnb.engines.event_loop import wait_on_event_loop
from hilnb.waiting import Waiting
from hilnb.widgets import listed_page
from hilnb.widgets.inbox import Inbox
from hilnb.widgets.rows import A_PAGE
from hilnb.widgets.waiting_list import Pending
from tests.engines import names_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class State(TypedDict):
    text: str


def reviewing(engine):
    def review(state):
        return {"text": engine.interrupt(f"Improve {state['text']}")}

    return review


def letters(engine, saver=None, history=None):
    """A question inside a nested graph and, for the text "both", one beside it."""

    def sign(state):
        if state["text"] == "both":
            engine.interrupt("Sign it?")

    inner = engine.StateGraph(State).add_node(reviewing(engine)).add_edge(START, "review").compile(history)
    builder = engine.StateGraph(State).add_node("letter", inner).add_node(sign)
    builder.add_edge(START, "letter").add_edge(START, "sign")
    return builder.compile(checkpointer=engine.MemorySaver() if saver is None else saver)


OURS = names_of("hilnb")


def config(thread):
    return {"configurable": {"thread_id": thread}}


def begun(graph, *threads):
    for thread in threads:
        graph.invoke({"text": thread}, config(thread))
    return graph


def inline(leg):
    leg()


def words(found):
    return [(row.thread, row.lines, row.note) for row in map(found.listed, found)]


def test_the_questions_and_ids_are_those_of_the_state_also_from_the_saver_alone(engine):
    graph = begun(letters(engine), "bees", "both")

    found = {each.thread_id: {asked.id for asked in each.questions} for each in pending(graph)}

    stands = {thread: {asked.id for asked in graph.get_state(config(thread)).interrupts} for thread in ("bees", "both")}
    assert found == stands
    assert list(pending(graph.checkpointer)) == list(pending(graph))
    assert words(pending(graph)) == [
        ("bees", (("letter › review", "Improve bees"),), ""),
        ("both", (("letter › review", "Improve both"), ("sign", "Sign it?")), ""),
    ]


def test_after_a_restart_a_file_has_the_same_questions_under_the_same_ids(engine, tmp_path):
    with engine.in_a_file(tmp_path / "threads.sqlite") as saver:
        before = list(pending(begun(letters(engine, saver), "bees", "both")))

    with engine.in_a_file(tmp_path / "threads.sqlite") as saver:
        assert list(pending(saver)) == before
        assert list(pending(letters(engine, saver))) == before


@pytest.mark.parametrize("history", [None, True, False])
def test_where_a_graph_inside_keeps_its_history_makes_no_difference(engine, history):
    graph = letters(engine, history=history)
    begun(graph, "both")

    [(_, lines, note)] = words(pending(graph))

    assert note == ""
    assert [question for _, question in lines] == ["Improve both", "Sign it?"]
    assert [node.partition(" ")[0] for node, _ in lines] == ["letter", "sign"]
    assert lines[0][0] == "letter › review" or (engine.name, history) == ("langgraph", False)


def test_a_node_that_asks_again_waits_with_its_new_question(engine):
    def ask(state):
        return {"text": engine.interrupt("First?") + engine.interrupt("Second?")}

    builder = engine.StateGraph(State).add_node(ask).add_edge(START, "ask")
    graph = begun(builder.compile(checkpointer=engine.MemorySaver()), "1")
    graph.invoke(engine.Command(resume="a"), config("1"))

    [waiting] = pending(graph)

    assert words(pending(graph)) == [("1", (("ask", "Second?"),), "")]
    graph.invoke(engine.Command(resume={waiting.questions[0].id: "b"}), config("1"))
    assert graph.get_state(config("1")).values == {"text": "ab"}


def test_each_task_of_a_node_that_runs_several_times_is_listed(engine):
    builder = engine.StateGraph(State).add_node("review", reviewing(engine))
    sent = [engine.Send("review", {"text": text}) for text in ("bees", "wasps")]
    builder.add_conditional_edges(START, lambda state: sent)
    graph = begun(builder.compile(checkpointer=engine.MemorySaver()), "1")

    [(_, lines, _)] = words(pending(graph))

    assert {*lines} == {("review", "Improve bees"), ("review", "Improve wasps")}


def test_a_thread_that_has_finished_or_failed_is_not_listed(engine):
    def ask(state):
        if engine.interrupt("Go?") == "no":
            raise ValueError("no")

    builder = engine.StateGraph(State).add_node(ask).add_edge(START, "ask")
    graph = begun(builder.compile(checkpointer=engine.MemorySaver()), "done", "failed")
    graph.invoke(engine.Command(resume="yes"), config("done"))
    with pytest.raises(ValueError, match="no"):
        graph.invoke(engine.Command(resume="no"), config("failed"))

    assert pending(graph) == []


def test_only_what_still_asks_is_listed(engine):
    graph = begun(letters(engine), "bees", "both", "wasps")
    first = next(asked for asked in graph.get_state(config("both")).interrupts if asked.value == "Sign it?")

    graph.invoke(engine.Command(resume={first.id: "yes"}), config("both"))
    graph.invoke(engine.Command(resume="done"), config("wasps"))
    graph.invoke({"text": "flies"}, config("stopped"), interrupt_before=["letter", "sign"])

    assert [(thread, lines) for thread, lines, _ in words(pending(graph))] == [
        ("bees", (("letter › review", "Improve bees"),)),
        ("both", (("letter › review", "Improve both"),)),
    ]


def test_the_one_that_has_waited_longest_stands_first(engine):
    graph = begun(letters(engine), "a", "b")

    graph.invoke({"text": "again"}, config("a"))

    assert [each.thread_id for each in pending(graph)] == ["b", "a"]


def test_one_checkpoint_of_each_thread_is_read_and_no_history():
    read = []

    class Counting(MemorySaver):
        def get_tuple(self, config):
            read.append(config["configurable"]["thread_id"])
            return super().get_tuple(config)

        def list(self, config, **chosen):
            raise AssertionError("a history was read")

    graph = begun(letters(OURS, Counting()), "a", "b")
    read.clear()

    pending(graph)

    assert read == ["a", "b"]


def test_a_thread_of_another_graph_is_listed_with_a_word(engine):
    saver = engine.MemorySaver()
    other = engine.StateGraph(State).add_node("elsewhere", reviewing(engine)).add_edge(START, "elsewhere")
    begun(other.compile(checkpointer=saver), "foreign")

    assert words(pending(letters(engine, saver))) == [
        ("foreign", (("elsewhere", "Improve foreign"),), "not a node of this graph")
    ]
    assert "(not a node of this graph) Improve foreign" in str(pending(letters(engine, saver)))


@dataclass
class Bee:
    name: str


class OfBees(TypedDict):
    bee: Bee


def test_a_thread_whose_classes_nobody_named_yet_does_not_hide_the_others(tmp_path):
    with SqliteSaver(tmp_path / "threads.sqlite") as saver:
        begun(letters(OURS, saver), "bees")
        other = OURS.StateGraph(OfBees).add_node("look", lambda state: OURS.interrupt("Well?")).add_edge(START, "look")
        other.compile(checkpointer=saver).invoke({"bee": Bee("Maya")}, config("maya"))

    with SqliteSaver(tmp_path / "threads.sqlite") as saver:
        readable, unread = pending(letters(OURS, saver))
        text = str(pending(saver))
        known = pending(other.compile(checkpointer=saver))

    assert (readable.thread_id, unread.thread_id, unread.questions) == ("bees", "maya", ())
    assert "1 thread waits" in text
    assert "(cannot be read here)" in text
    assert [each.unread for each in known] == ["", ""]


def waits(thread, ago, *questions):
    return Waiting(thread, NOW - ago, tuple(Interrupt(value, "1" * 32, ns=ns) for value, ns in questions))


def test_printed_it_is_a_table_and_says_how_to_answer():
    found = [
        waits("7", timedelta(hours=30), ("Go on?\nReally?", ["review:1"])),
        waits(
            "letter-8", timedelta(minutes=3), ("a\x1b[31m" + "b" * 70, ["outer:1", "inner:2"]), ("Sign?", ["sign:3"])
        ),
    ]

    assert str(Pending(found, MemorySaver(), None, NOW)).splitlines() == [
        "2 threads wait for an answer.",
        "thread    node           question                                                      waits since",
        "7         review         Go on? Really?                                                1 day ago",
        f"letter-8  outer › inner  a‹U+001B›[31m{'b' * 46}…  3 minutes ago",
        "          sign           Sign?",
        "To answer them here, give the graph: hilnb.pending(graph).",
    ]


def test_where_nothing_waits_it_says_so(engine):
    assert str(pending(letters(engine))) == "No thread waits for an answer."


def test_foreign_text_is_escaped_in_row_and_record():
    found = Pending([waits("<i>1</i>", timedelta(), ("<b>&", ["<u>:1"]))], MemorySaver(), None, NOW)
    rows = list(map(found.listed, found))

    for html in (listed_page.cells(rows[0]), listed_page.record(rows, found.said, NOW, found.hint)):
        assert not {"<i>", "<b>&", "<u>"} & {html[n : n + length] for n in range(len(html)) for length in (3, 4)}
        assert "&lt;b&gt;&amp;" in html
        assert "2026-05-01 12:00:00 UTC" in html


def test_a_graph_without_a_saver_and_a_saver_that_is_not_ours_are_refused():
    with pytest.raises(ValueError, match=r"this graph has no checkpointer.*SqliteSaver"):
        pending(letters(OURS, False))
    with pytest.raises(TypeError, match=r"this is a builtins\.dict\. hilnb\.MemorySaver"):
        pending({})


def test_a_row_opens_its_run_is_answered_and_says_how_it_went_on(engine):
    inbox = Inbox(pending(begun(letters(engine), "bees", "both")), inline)
    bees, both = inbox.rows

    bees.toggle()
    bees.run.submit("Bees dance.")
    both.toggle()
    both.run.submit("yes", to="sign")

    assert bees.listed.lines == (("", "Answered, and finished"),)
    assert bees.run.state == {"text": "Bees dance."}
    assert len(both.listed.lines) == 2  # the other question of the thread is still open
    assert "1 thread waits" in inbox._head.value


def test_a_row_whose_run_asks_on_shows_the_next_question(engine):
    builder = engine.StateGraph(State).add_node("first", reviewing(engine)).add_node("second", reviewing(engine))
    graph = builder.add_edge(START, "first").add_edge("first", "second").compile(checkpointer=engine.MemorySaver())
    [row] = Inbox(pending(begun(graph, "bees")), inline).rows
    row.toggle()

    row.run.submit("wasps")

    assert row.listed.lines == (("second", "Improve wasps"),)


def test_refresh_brings_what_is_new_drops_what_is_done_and_keeps_what_is_typed(engine):
    graph = begun(letters(engine), "a", "b", "c")
    inbox = Inbox(pending(graph), inline)
    a, b, c = inbox.rows
    a.toggle()
    a.run.submit("done")
    b.toggle()
    form = b.place
    b.toggle()  # folded, with what may be typed there
    graph.invoke(engine.Command(resume="elsewhere"), config("c"))
    begun(graph, "d")

    inbox.refresh.click()

    assert [row.listed.thread for row in inbox.rows] == ["b", "d"]
    assert inbox.rows[0] is b
    assert b.place is form
    assert all(part.comm is None for part in c.parts)  # freed


def test_a_refresh_that_fails_says_why_and_leaves_the_list(engine, tmp_path):
    with engine.in_a_file(tmp_path / "threads.sqlite") as saver:
        inbox = Inbox(pending(begun(letters(engine, saver), "bees")), inline)

    inbox.refresh.click()

    assert "closed" in inbox._message.value
    assert len(inbox.rows) == 1


def test_of_many_threads_a_page_is_made_at_a_time(engine):
    inbox = Inbox(pending(begun(letters(engine), *map(str, range(A_PAGE + 10)))), inline)
    [table] = inbox.tables.values()
    first = (len(inbox.rows), table.show_more.description)

    table.show_more.click()

    assert first == (A_PAGE, "Show 10 more of 10")
    assert len(inbox.rows) == A_PAGE + 10
    assert f"{A_PAGE + 10} threads wait" in inbox._head.value


def test_an_async_graph_is_answered_in_its_row(engine):
    async def ask(state):
        return {"text": engine.interrupt("Name?")}

    builder = engine.StateGraph(State).add_node(ask).add_edge(START, "ask").add_edge("ask", END)
    graph = builder.compile(checkpointer=engine.MemorySaver())
    inbox = Inbox(pending(graph), inline)
    assert "No thread waits" in inbox._head.value
    wait_on_event_loop(graph.ainvoke({"text": ""}, config("1")))
    inbox.refresh.click()
    [row] = inbox.rows
    row.toggle()
    row.run.submit("Maya")

    assert row.run.state == {"text": "Maya"}


def test_where_nobody_can_click_a_static_record_is_displayed():
    setup = "from tests.widgets.test_pending import *; graph = begun(letters(OURS), 'bees')"
    cells = [new_code_cell(source) for source in (setup, "pending(graph)", "print(pending(graph))")]
    notebook = new_notebook(cells=cells)

    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()

    [shown], [printed] = (map(nbformat.from_dict, cell.outputs) for cell in notebook.cells[1:])
    assert set(shown["data"]) == {"text/html", "text/plain"}
    assert "<td>letter › review</td><td>Improve bees</td>" in shown["data"]["text/html"]
    assert printed["text"].startswith("1 thread waits for an answer.\nthread  node")
