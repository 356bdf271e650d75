"""`pending`: what waits in a saver, as a list, as text, as HTML, and as rows to answer in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from hilnb import END, START, Command, Interrupt, MemorySaver, SqliteSaver, StateGraph, interrupt, pending
from hilnb.waiting import Waiting
from hilnb.widgets import listed_page
from hilnb.widgets.async_nodes import wait_on_event_loop
from hilnb.widgets.inbox import Inbox
from hilnb.widgets.rows import A_PAGE
from hilnb.widgets.waiting_list import Pending

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class State(TypedDict):
    text: str


def review(state):
    return {"text": interrupt(f"Improve {state['text']}")}


def sign(state):
    if state["text"] == "both":
        interrupt("Sign it?")


def letters(saver):
    """A question inside a nested graph and, for the text "both", one beside it."""
    inner = StateGraph(State).add_node(review).add_edge(START, "review").compile()
    builder = StateGraph(State).add_node("letter", inner).add_node(sign)
    return builder.add_edge(START, "letter").add_edge(START, "sign").compile(checkpointer=saver)


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


def test_the_questions_and_ids_are_those_of_the_state_also_from_the_saver_alone():
    graph = begun(letters(MemorySaver()), "bees", "both")

    found = {each.thread_id: {asked.id for asked in each.questions} for each in pending(graph)}

    stands = {thread: {asked.id for asked in graph.get_state(config(thread)).interrupts} for thread in ("bees", "both")}
    assert found == stands
    assert list(pending(graph.checkpointer)) == list(pending(graph))
    assert words(pending(graph)) == [
        ("bees", (("letter › review", "Improve bees"),), ""),
        ("both", (("letter › review", "Improve both"), ("sign", "Sign it?")), ""),
    ]


def test_after_a_restart_a_file_has_the_same_questions_under_the_same_ids(tmp_path):
    with SqliteSaver(tmp_path / "threads.sqlite") as saver:
        before = list(pending(begun(letters(saver), "bees", "both")))

    with SqliteSaver(tmp_path / "threads.sqlite") as saver:
        assert list(pending(saver)) == before
        assert list(pending(letters(saver))) == before


def test_only_what_still_asks_is_listed():
    graph = begun(letters(MemorySaver()), "bees", "both", "wasps")
    first = next(asked for asked in graph.get_state(config("both")).interrupts if asked.value == "Sign it?")

    graph.invoke(Command(resume={first.id: "yes"}), config("both"))
    graph.invoke(Command(resume="done"), config("wasps"))
    graph.invoke({"text": "flies"}, config("stopped"), interrupt_before=["letter", "sign"])

    assert [(thread, lines) for thread, lines, _ in words(pending(graph))] == [
        ("bees", (("letter › review", "Improve bees"),)),
        ("both", (("letter › review", "Improve both"),)),
    ]


def test_the_one_that_has_waited_longest_stands_first():
    graph = begun(letters(MemorySaver()), "a", "b")

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

    graph = begun(letters(Counting()), "a", "b")
    read.clear()

    pending(graph)

    assert read == ["a", "b"]


def test_a_thread_of_another_graph_is_listed_with_a_word():
    saver = MemorySaver()
    other = StateGraph(State).add_node("elsewhere", review).add_edge(START, "elsewhere").compile(checkpointer=saver)
    begun(other, "foreign")

    assert words(pending(letters(saver))) == [
        ("foreign", (("elsewhere", "Improve foreign"),), "not a node of this graph")
    ]
    assert "(not a node of this graph) Improve foreign" in str(pending(letters(saver)))


@dataclass
class Bee:
    name: str


class OfBees(TypedDict):
    bee: Bee


def test_a_thread_whose_classes_nobody_named_yet_does_not_hide_the_others(tmp_path):
    with SqliteSaver(tmp_path / "threads.sqlite") as saver:
        begun(letters(saver), "bees")
        other = StateGraph(OfBees).add_node("look", lambda state: interrupt("Well?")).add_edge(START, "look")
        other.compile(checkpointer=saver).invoke({"bee": Bee("Maya")}, config("maya"))

    with SqliteSaver(tmp_path / "threads.sqlite") as saver:
        readable, unread = pending(letters(saver))
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


def test_where_nothing_waits_it_says_so():
    assert str(pending(letters(MemorySaver()))) == "No thread waits for an answer."


def test_foreign_text_is_escaped_in_row_and_record():
    found = Pending([waits("<i>1</i>", timedelta(), ("<b>&", ["<u>:1"]))], MemorySaver(), None, NOW)
    rows = list(map(found.listed, found))

    for html in (listed_page.cells(rows[0]), listed_page.record(rows, found.said, NOW, found.hint)):
        assert not {"<i>", "<b>&", "<u>"} & {html[n : n + length] for n in range(len(html)) for length in (3, 4)}
        assert "&lt;b&gt;&amp;" in html
        assert "2026-05-01 12:00:00 UTC" in html


def test_a_graph_without_a_saver_and_a_saver_that_is_not_ours_are_refused():
    with pytest.raises(ValueError, match=r"this graph has no checkpointer.*SqliteSaver"):
        pending(letters(None))
    with pytest.raises(TypeError, match=r"this is a builtins\.dict\. hilnb\.MemorySaver"):
        pending({})


def test_a_row_opens_its_run_is_answered_and_says_how_it_went_on():
    inbox = Inbox(pending(begun(letters(MemorySaver()), "bees", "both")), inline)
    bees, both = inbox.rows

    bees.toggle()
    bees.run.submit("Bees dance.")
    both.toggle()
    both.run.submit("yes", to="sign")

    assert bees.listed.lines == (("", "Answered, and finished"),)
    assert bees.run.state == {"text": "Bees dance."}
    assert len(both.listed.lines) == 2  # the other question of the thread is still open
    assert "1 thread waits" in inbox._head.value


def test_a_row_whose_run_asks_on_shows_the_next_question():
    builder = StateGraph(State).add_node("first", review).add_node("second", review)
    graph = builder.add_edge(START, "first").add_edge("first", "second").compile(checkpointer=MemorySaver())
    [row] = Inbox(pending(begun(graph, "bees")), inline).rows
    row.toggle()

    row.run.submit("wasps")

    assert row.listed.lines == (("second", "Improve wasps"),)


def test_refresh_brings_what_is_new_drops_what_is_done_and_keeps_what_is_typed():
    graph = begun(letters(MemorySaver()), "a", "b", "c")
    inbox = Inbox(pending(graph), inline)
    a, b, c = inbox.rows
    a.toggle()
    a.run.submit("done")
    b.toggle()
    form = b.place
    b.toggle()  # folded, with what may be typed there
    graph.invoke(Command(resume="elsewhere"), config("c"))
    begun(graph, "d")

    inbox.refresh.click()

    assert [row.listed.thread for row in inbox.rows] == ["b", "d"]
    assert inbox.rows[0] is b
    assert b.place is form
    assert all(part.comm is None for part in c.parts)  # freed


def test_a_refresh_that_fails_says_why_and_leaves_the_list(tmp_path):
    saver = SqliteSaver(tmp_path / "threads.sqlite")
    inbox = Inbox(pending(begun(letters(saver), "bees")), inline)
    saver.close()

    inbox.refresh.click()

    assert "closed" in inbox._message.value
    assert len(inbox.rows) == 1


def test_of_many_threads_a_page_is_made_at_a_time():
    inbox = Inbox(pending(begun(letters(MemorySaver()), *map(str, range(A_PAGE + 10)))), inline)
    [table] = inbox.tables.values()
    first = (len(inbox.rows), table.show_more.description)

    table.show_more.click()

    assert first == (A_PAGE, "Show 10 more of 10")
    assert len(inbox.rows) == A_PAGE + 10
    assert f"{A_PAGE + 10} threads wait" in inbox._head.value


def test_an_async_graph_is_answered_in_its_row():
    async def ask(state):
        return {"text": interrupt("Name?")}

    builder = StateGraph(State).add_node(ask).add_edge(START, "ask").add_edge("ask", END)
    graph = builder.compile(checkpointer=MemorySaver())
    inbox = Inbox(pending(graph), inline)
    assert "No thread waits" in inbox._head.value
    wait_on_event_loop(graph.ainvoke({"text": ""}, config("1")))
    inbox.refresh.click()
    [row] = inbox.rows
    row.toggle()
    row.run.submit("Maya")

    assert row.run.state == {"text": "Maya"}


def test_where_nobody_can_click_a_static_record_is_displayed():
    setup = "from tests.widgets.test_pending import *; graph = begun(letters(MemorySaver()), 'bees')"
    cells = [new_code_cell(source) for source in (setup, "pending(graph)", "print(pending(graph))")]
    notebook = new_notebook(cells=cells)

    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()

    [shown], [printed] = (map(nbformat.from_dict, cell.outputs) for cell in notebook.cells[1:])
    assert set(shown["data"]) == {"text/html", "text/plain"}
    assert "<td>letter › review</td><td>Improve bees</td>" in shown["data"]["text/html"]
    assert printed["text"].startswith("1 thread waits for an answer.\nthread  node")
