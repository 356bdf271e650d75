"""A thread in a file, and a kernel that ends while it waits: in JupyterLab, in a real browser."""

from __future__ import annotations

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

IN_A_FILE = """
from typing import TypedDict
import hilnb
from hilnb import END, START, SqliteSaver, StateGraph, interrupt

class State(TypedDict):
    text: str

def review(state):
    return {"text": interrupt("Please improve: " + state["text"])}

builder = StateGraph(State).add_node(review).add_edge(START, "review").add_edge("review", END)
graph = builder.compile(checkpointer=SqliteSaver(NAME))
"""

START_RUN = 'run = hilnb.run(graph, {"text": "bees"}, thread_id="1")'
GO_ON = "hilnb.ask(graph, '1')"


def test_after_a_restart_the_question_is_put_up_again_and_what_was_typed_can_be_copied(open_notebook):
    notebook = open_notebook([IN_A_FILE.replace("NAME", "'restart.sqlite'"), START_RUN, f"run = {GO_ON}", "await run"])
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.field(1).fill("half an answer")
    expect(notebook.text(1, GO_ON)).to_have_count(0)

    notebook.restart()

    expect(notebook.text(1, GO_ON)).to_have_count(1)
    expect(notebook.button(1)).to_have_count(0)
    expect(notebook.field(1)).to_have_value("half an answer")
    notebook.run_cell(0)
    notebook.run_cell(2)
    notebook.field(2).fill("Bees dance.")
    notebook.button(2).click()
    notebook.expect_finished(2)
    notebook.run_cell(3)
    expect(notebook.output(3)).to_contain_text("{'text': 'Bees dance.'}")


def test_a_notebook_saved_while_it_waited_shows_how_it_stood_and_how_to_go_on(open_notebook):
    cells = [IN_A_FILE.replace("NAME", "'saved.sqlite'"), START_RUN]
    notebook = open_notebook(cells, name="waiting.ipynb")
    notebook.run_all()
    notebook.field(1).wait_for()
    expect(notebook.output(1).get_by_text(GO_ON)).to_have_count(2)  # of the panel and of the spare record, both unseen
    notebook.save()
    notebook.close()

    again = open_notebook(name="waiting.ipynb")

    shown = again.output(1)
    expect(shown.get_by_role("status")).to_contain_text("Left unfinished: review asks")
    expect(again.text(1, "Please improve: bees", exact=True)).to_be_visible()
    expect(again.text(1, f"run = {GO_ON}")).to_be_visible()
    expect(again.text(1, "Error displaying widget")).to_have_count(0)
