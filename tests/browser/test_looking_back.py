"""Looking back at a thread, and going another way from there: in JupyterLab, in a real browser."""

from __future__ import annotations

import pytest

from tests.engines import IMPORTS

expect = pytest.importorskip("playwright.sync_api").expect

GRAPH = """
from typing import TypedDict
import hilnb

class Trip(TypedDict, total=False):
    city: str
    approved: str
    booked: bool

def plan(state):
    return {"city": "Oslo <img src=x onerror='window.attacked = true'>"}

def ask_person(state):
    return {"approved": interrupt("Book it?")}

def book(state):
    return {"booked": state["approved"] == "yes"}

builder = StateGraph(Trip).add_sequence([plan, ask_person, book]).add_edge(START, "plan")
graph = builder.compile(checkpointer=in_a_file("trip-ENGINE.sqlite"))
graph.invoke({}, {"configurable": {"thread_id": "trip"}})
graph.invoke(Command(resume="yes"), {"configurable": {"thread_id": "trip"}})
"""

LOOK = "hilnb.inspect(graph, 'trip')"


def test_a_question_is_asked_again_by_keyboard_and_both_branches_are_seen_also_when_reopened(open_notebook, engine):
    cells = [IMPORTS[engine.name] + GRAPH.replace("ENGINE", engine.name), LOOK]
    notebook = open_notebook(cells, name=f"trip-{engine.name}.ipynb")
    notebook.run_all()
    expect(notebook.text(1, "After book; the end", exact=True)).to_be_visible(timeout=30_000)

    slider = notebook.output(1).get_by_role("slider")
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    expect(notebook.text(1, "After plan; ask_person asked", exact=True)).to_be_visible()
    notebook.button(1, "Ask again from here").press("Enter")
    notebook.field(1).fill("no")
    notebook.field(1).press("Enter")

    expect(notebook.text(1, "booked: True → False")).to_be_visible(timeout=20_000)
    expect(notebook.text(1, "Thread 'trip': 8 moments on 2 branches", exact=True)).to_be_visible()
    assert not notebook.page.evaluate("() => window.attacked")
    assert notebook.script_errors == []
    notebook.save()
    notebook.close()

    again = open_notebook(name=f"trip-{engine.name}.ipynb")

    expect(again.text(1, "Thread 'trip': 8 moments on 2 branches", exact=True)).to_be_visible(timeout=20_000)
    expect(again.text(1, "ask_person asked 'Book it?' and was answered 'no'", exact=True)).to_be_visible()
    assert not again.page.evaluate("() => window.attacked")
