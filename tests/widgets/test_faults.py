"""What goes wrong in a run, without a screen: a question no file can keep, a flood of text."""

from __future__ import annotations

import json
import threading
from typing import Any, TypedDict

from hilnb import END, START, MemorySaver, SqliteSaver, StateGraph, interrupt
from hilnb.widgets import page
from hilnb.widgets.log import PRINT_LIMIT
from hilnb.widgets.session import Run


class State(TypedDict):
    value: Any


def started(node, saver):
    graph = StateGraph(State).add_node("node", node).add_edge(START, "node").add_edge("node", END)
    run = Run(graph.compile(saver), {"configurable": {"thread_id": "1"}}, do=lambda leg: leg())
    run.start({"value": 0})
    return run


def test_a_question_that_no_file_can_keep_fails_by_name_and_the_record_stays_readable():
    with SqliteSaver(":memory:") as saver:
        run = started(lambda state: interrupt({"lock": threading.Lock()}), saver)

        assert run.status == "failed"
        assert "holds a lock (_thread), which cannot be kept in a file" in str(run.error)
        assert "SerializationError" in page.record(run, run.graph.get_graph())
        assert json.dumps(run.transcript())


def test_a_question_only_memory_can_keep_is_asked_by_its_repr():
    run = started(lambda state: {"value": interrupt({"ids": {1}, "raw": b"\x00\xff"})}, MemorySaver())

    assert run.headline == r"node asks {'ids': {1}, 'raw': b'\x00\xff'}"
    (asked, _) = run.transcript()
    assert asked["values"] == {"ids": "{1}", "raw": r"b'\x00\xff'"}
    run.submit("go on")
    assert run.state == {"value": "go on"}


def test_of_a_hundred_thousand_lines_the_first_are_kept_and_the_run_goes_on():
    def flood(state):
        for number in range(100_000):
            run.log.write(f"line {number} \x00\ud83d\n")

    run = Run(
        StateGraph(State).add_node(flood).add_edge(START, "flood").add_edge("flood", END).compile(MemorySaver()),
        {"configurable": {"thread_id": "1"}},
        do=lambda leg: leg(),
    )
    run.start({"value": 0})

    assert run.status == "finished"
    (printed,) = [entry.value for entry in run.log.entries if entry.kind == "printed"]
    assert len(printed) < PRINT_LIMIT + 100
    assert printed.endswith("[nothing printed after the first 200,000 characters is shown]\n")
    page.record(run, run.graph.get_graph()).encode()  # a page can be sent it
