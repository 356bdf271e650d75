"""A person stops a run, steps through it and mends its state: in JupyterLab, in a real browser."""

from __future__ import annotations

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

TRIP = """
import operator, time
from pathlib import Path
from typing import Annotated, Any, TypedDict
import hilnb
from hilnb import END, START, MemorySaver, Send, StateGraph

class State(TypedDict):
    city: str
    said: Annotated[list, operator.add]

def plan(state):
    print("planning")
    return {"city": state["city"].strip()}

def work(state):
    while state["city"] == "2" and not Path("go").exists(): time.sleep(0.05)
    return {"said": [state["city"]]}

def travel(state):
    if "Rom" == state["city"]: raise ValueError("no such city")
    return {"said": ["there"]}

builder = StateGraph(State).add_node(plan).add_node(work).add_node(travel)
builder.add_edge(START, "plan").add_edge("work", "travel").add_edge("travel", END)
builder.add_conditional_edges("plan", lambda state: [Send("work", {"city": str(n)}) for n in range(3)], ["work"])
graph = builder.compile(checkpointer=MemorySaver())
"""


def test_a_run_is_stopped_continued_and_mended(open_notebook, server):
    server.use_theme("JupyterLab Dark")
    start = 'run = hilnb.run(graph, {"city": " Rom", "said": []}, thread_id="1")'
    notebook = open_notebook([TRIP, start], width=600)
    notebook.run_all()
    panel = notebook.output(1)
    expect(panel).to_contain_text("work: 2 of 3 done")
    expect(panel.locator(".hil-times").get_by_text("×3").filter(visible=True)).to_be_visible()

    notebook.button(1, "Stop").click()

    expect(panel.get_by_role("status")).to_contain_text("Stopped while work was at work", timeout=3_000)
    expect(notebook.text(1, "Nobody waits for work any more")).to_be_visible()
    assert panel.evaluate("output => output.scrollWidth - output.clientWidth") <= 0
    notebook.create_file("go")
    notebook.button(1, "Continue").click()
    expect(panel.get_by_role("status")).to_contain_text("Failed in travel")
    expect(notebook.text(1, "city: ' Rom' → 'Rom'")).to_be_visible()

    notebook.button(1, "Edit the state").click()
    box = panel.get_by_label("city", exact=True)
    box.fill("Rome")
    notebook.button(1, "Save").click()
    expect(panel.get_by_role("alert")).to_contain_text("This is not JSON")
    box.fill('"Rome"')
    notebook.button(1, "Save").click()
    expect(panel.get_by_role("status")).to_contain_text("Stopped before travel")
    notebook.button(1, "Continue").click()
    notebook.expect_finished(1)
    expect(panel).to_contain_text("work ×3")
    assert not notebook.script_errors
    server.use_theme("JupyterLab Light")


def test_a_teacher_steps_through_a_run_by_keyboard(open_notebook):
    start = 'run = hilnb.run(graph, {"city": "Oslo", "said": []}, thread_id="1", step=True)'
    notebook = open_notebook([TRIP.replace('== "2"', '== "9"'), start])
    notebook.run_all()
    status = notebook.output(1).get_by_role("status")
    expect(status).to_contain_text("Next: plan")

    notebook.button(1, "Step").focus()
    for coming in ("work", "travel"):
        notebook.page.keyboard.press("Space")
        expect(status).to_contain_text(f"Next: {coming}")
        expect(notebook.button(1, "Step")).to_be_focused()
    notebook.page.keyboard.press("Tab")
    notebook.page.keyboard.press("Enter")

    notebook.expect_finished(1)
    assert not notebook.script_errors
