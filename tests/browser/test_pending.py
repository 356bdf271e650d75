"""Threads that wait in a file, listed after the kernel has ended and answered in place: in JupyterLab, by keyboard."""

from __future__ import annotations

import pytest

from tests.engines import IMPORTS

expect = pytest.importorskip("playwright.sync_api").expect

GRAPH = """
from typing import TypedDict
import hilnb

class State(TypedDict):
    text: str

def review(state):
    return {"text": interrupt("Please improve: " + state["text"])}

builder = StateGraph(State).add_node(review).add_edge(START, "review").add_edge("review", END)
graph = builder.compile(checkpointer=in_a_file("pending-ENGINE.sqlite"))
"""

FILL = """
for text in ("bees", "wasps"):
    graph.invoke({"text": text}, {"configurable": {"thread_id": text}})
"""


def test_after_a_restart_the_list_shows_what_waits_and_a_row_is_answered_by_keyboard(open_notebook, engine):
    setup = IMPORTS[engine.name] + GRAPH.replace("ENGINE", engine.name)
    notebook = open_notebook([setup, FILL, "hilnb.pending(graph)"], name=f"pending-{engine.name}.ipynb")
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.run_cell(2)
    answer = notebook.output(2).get_by_role("button", name="Answer", exact=True)
    expect(answer).to_have_count(2)

    notebook.restart()
    expect(notebook.text(2, "The kernel that listed these has ended")).to_be_visible()
    expect(answer).to_have_count(0)
    notebook.run_cell(0)
    notebook.run_cell(2)
    expect(notebook.text(2, "Please improve: wasps", exact=True)).to_be_visible()
    answer.first.press("Enter")
    expect(notebook.field(2).first).to_be_focused()
    notebook.page.keyboard.type("Bees dance.")
    notebook.page.keyboard.press("Enter")

    expect(notebook.text(2, "Bees dance. · finished")).to_be_visible()
    expect(notebook.text(2, "1 thread waits for an answer")).to_be_visible()
    expect(notebook.button(2, "Fold")).to_be_focused()
    # A moment later: the panel below has no buttons any more, among them one that Tab would find first.
    expect(notebook.output(2).locator(".hilnb-place").get_by_role("button")).to_have_count(0)
    expect(notebook.output(2).locator(".hilnb-spare")).to_contain_text("Bees dance.")
    notebook.page.keyboard.press("Tab")
    expect(notebook.output(2).get_by_label("Tick wasps", exact=True)).to_be_focused()
    notebook.page.keyboard.press("Tab")
    expect(answer).to_be_focused()
    notebook.save()
    notebook.close()

    again = open_notebook(name=f"pending-{engine.name}.ipynb")
    expect(again.text(2, "Please improve: wasps")).to_be_visible()
    expect(again.text(2, "Bees dance.")).to_be_visible()
    expect(again.text(2, "Error displaying widget")).to_have_count(0)
