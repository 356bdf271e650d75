"""What stays of a run: deterministic text, and HTML in which nothing foreign is markup."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest

from hilnb import END, START, MemorySaver, SqliteSaver, StateGraph, interrupt
from hilnb.widgets import page
from hilnb.widgets.inside import Inside
from hilnb.widgets.log import Entry
from hilnb.widgets.record import VALUE_LIMIT, as_python, how_to_go_on, one_line, readable, transcript
from hilnb.widgets.session import Run

EVIL = "<img src=x onerror=alert(1)>"


class State(TypedDict):
    value: Any


def one_node(node, name="node", saver=None):
    builder = StateGraph(State).add_node(name, node).add_edge(START, name).add_edge(name, END)
    return builder.compile(checkpointer=saver or MemorySaver())


def played(node, *answers, name="node", named=True, saver=None):
    run = Run(one_node(node, name, saver), {"configurable": {"thread_id": "7"}}, named=named, do=lambda leg: leg())
    run.start({"value": 0})
    for answer in answers:
        run.submit(answer)
    return run


def html_of(run):
    return page.record(run, run.graph.get_graph())


def test_the_transcript_reads_node_by_node():
    run = played(lambda state: {"value": interrupt("How much?")}, "5 €")

    assert transcript(run).splitlines() == [
        "Run of thread '7': finished",
        "node   asked   How much?",
        "       answer  5 €",
        "       update  value: 0 → '5 €'",
        "state          {'value': '5 €'}",
    ]


def test_the_same_run_twice_leaves_the_same_record():
    runs = [played(lambda state: {"value": interrupt("?")}, "yes", named=False) for _ in range(2)]
    runs[1].config["configurable"]["thread_id"] = "made up"

    assert transcript(runs[0]) == transcript(runs[1])
    assert html_of(runs[0]) == html_of(runs[1])


def test_the_text_of_an_error_has_no_file_paths():
    def broken(state):
        raise ValueError("boom")

    assert "node   error   ValueError: boom\n" in transcript(played(broken))


def test_the_traceback_begins_at_the_node():
    def broken(state):
        raise ValueError("boom")

    run = played(broken)
    with pytest.raises(ValueError, match="boom"):
        raise run.error  # as awaiting the run does
    trace = run.log.entries[-1].value.traceback

    assert trace.count("  File ") == 1
    assert ", in broken" in trace


@pytest.mark.parametrize("where", ["question", "answer", "update", "error", "node"])
def test_foreign_text_is_never_markup(where):
    def node(state):
        if where == "error":
            raise ValueError(EVIL)
        answer = interrupt(EVIL if where == "question" else "?")
        return {"value": EVIL if where == "update" else answer}

    run = played(node, *([EVIL] if where != "error" else []), name=EVIL if where == "node" else "node")
    record = html_of(run)

    assert "&lt;img src=x onerror=alert(1)&gt;" in record
    assert "<img src=x" not in record


def test_the_spare_record_of_a_paused_run_is_hidden_and_says_how_to_go_on():
    with SqliteSaver(":memory:") as saver:
        run = played(lambda state: {"value": interrupt(EVIL)}, saver=saver)

    spare = page.spare(run, run.graph.get_graph())

    assert '<div class="hilnb hilnb-spare mathjax_ignore tex2jax_ignore" hidden>' in spare
    assert "Run the cells that make the graph again, and go on with:" in spare
    assert "run = hilnb.ask(graph, &#x27;7&#x27;)" in spare
    assert "&lt;img src=x onerror=alert(1)&gt;" in spare
    assert "<img src=x" not in spare


def test_how_to_go_on_depends_on_where_the_run_stands_and_what_keeps_it():
    def broken(state):
        raise ValueError("boom")

    with SqliteSaver(":memory:") as saver:
        assert how_to_go_on(played(broken, saver=saver))[1] == "run = hilnb.run(graph, None, thread_id='7')"
    assert how_to_go_on(played(broken)) == (
        "The kernel that ran this has ended, and thread '7' with it: it was kept in memory. A SqliteSaver keeps "
        "threads in a file.",
        "",
    )


def test_printed_markup_is_text():
    assert "<img" not in page.rows([Entry("printed", "node", EVIL)])


def test_a_picture_that_cannot_be_drawn_leaves_the_marks_as_text():
    def draw(**how):
        raise ImportError("no Graphviz <here>")

    shown = page.picture(played(lambda state: None), draw)

    assert "node: done" in shown
    assert "no Graphviz &lt;here&gt;" in shown


def test_displayed_images_and_html_are_kept_and_other_displays_become_text():
    def shown(data):
        return page.rows([Entry("shown", "node", data)])

    assert 'src="data:image/png;base64,iVBO"' in shown({"image/png": "iVBO", "text/plain": "<Figure>"})
    assert "<table></table>" in shown({"text/html": "<table></table>", "text/plain": "a frame"})
    assert "&lt;b&gt;" in shown({"text/markdown": "<b>", "text/plain": "Markdown object"})


def test_values_are_readable():
    class Odd:
        def __repr__(self):
            raise RuntimeError("no")

    loop: list[Any] = []
    loop.append(loop)
    assert readable("line 1\nline 2") == "line 1\nline 2"
    assert readable({"ä": [1, None]}) == '{\n  "ä": [\n    1,\n    null\n  ]\n}'
    assert readable({(1, 2): "x"}) == "{(1, 2): 'x'}"
    assert readable(loop).startswith("[<Recursion on list")
    assert as_python(Odd()) == "<a Odd whose repr raises RuntimeError>"
    assert one_line(Odd()) == "<a Odd whose text raises RuntimeError>"
    assert one_line("x" * 200).endswith("…")
    assert readable("x" * (VALUE_LIMIT + 5)).endswith("x … [5 more characters]")


def test_a_run_that_waited_when_its_kernel_ended_does_not_say_that_it_waits():
    run = played(lambda state: {"value": interrupt("Name?")})

    head = page.spare(run, run.graph.get_graph()).partition("</b>")[0]

    assert head.endswith(">Left unfinished: node asks &#x27;Name?&#x27;")


def test_what_is_wrong_is_said_in_the_colour_of_errors_and_what_is_not_is_quiet():
    assert "hilnb-error" in page.alert("Type an answer first.")
    assert "hilnb-error" not in page.alert("Answered.", "hilnb-muted")


def test_a_graph_of_langgraphs_is_drawn_with_its_marks():
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import StateGraph as Theirs

    graph = Theirs(dict).add_node("node", lambda state: {}).add_edge("__start__", "node").compile(InMemorySaver())
    run = Run(graph, {"configurable": {"thread_id": "1"}}, do=lambda leg: leg())
    run.start({"a": 1})

    html = page.record(run, Inside(graph).drawing)

    assert "hil-done" in html
    assert "no picture" not in html
