"""What goes wrong around a run: two panels on one thread, a page loaded again, text that no page can show."""

from __future__ import annotations

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

ASKING = """
from typing import TypedDict
import hilnb
from hilnb import END, START, MemorySaver, StateGraph, interrupt

ran = []

class State(TypedDict):
    text: str

def ask(state):
    answer = interrupt("Go on?")
    print("half a pair: \\ud83d, binary: \\x00\\x1b[31m")
    ran.append(answer)
    return {"text": answer}

builder = StateGraph(State).add_node(ask).add_edge(START, "ask").add_edge("ask", END)
graph = builder.compile(checkpointer=MemorySaver())
"""


def test_a_page_loaded_again_and_a_second_panel_keep_the_question_and_what_was_typed(open_notebook):
    start = 'run = hilnb.run(graph, {"text": ""}, thread_id="1")'
    notebook = open_notebook([ASKING, start, "other = hilnb.ask(graph, '1')", "print(ran, run.status, other.status)"])
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.field(1).wait_for()
    notebook.run_cell(2)
    notebook.field(1).fill("first")
    notebook.field(2).fill("second")
    notebook.save()

    notebook.reload()

    expect(notebook.field(1)).to_have_value("first")
    expect(notebook.field(2)).to_have_value("second")
    notebook.button(2).click()
    expect(notebook.text(2, "Finished")).to_be_visible(timeout=20_000)
    expect(notebook.text(2, "half a pair: \\ud83d")).to_be_visible()
    notebook.button(1).click()
    expect(notebook.text(1, "it was answered elsewhere first").first).to_be_visible(timeout=20_000)
    notebook.run_cell(3)
    expect(notebook.output(3)).to_contain_text("['second'] finished finished")
