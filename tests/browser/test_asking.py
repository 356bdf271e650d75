"""Three questions at once, a rule for a tool, a deadline: in JupyterLab, in a real browser."""

from __future__ import annotations

import pytest

from tests.engines import IMPORTS

expect = pytest.importorskip("playwright.sync_api").expect

EVIL = '<img src=x onerror="window.hacked=1">'

GRAPH = f"""
import operator
from typing import Annotated, TypedDict

import hilnb
from hilnb import Deadline
from hilnb.testing import ManualClock

EVIL = '{EVIL}'

class State(TypedDict):
    said: Annotated[list, operator.add]

def approval(*tools):
    requests = [{{"name": tool, "args": {{"to": EVIL}}}} for tool in tools]
    configs = [{{"action_name": tool, "allowed_decisions": ["approve", "reject"]}} for tool in tools]
    return {{"action_requests": requests, "review_configs": configs}}

def name(state):
    return {{"said": [interrupt("Your name?")]}}

def draft(state):
    return {{"said": [interrupt({{"draft": EVIL, "score": 1}})]}}

def mail(state):
    return {{"said": [interrupt(approval("send")), interrupt(approval("send")), interrupt(approval("send", "delete"))]}}

builder = StateGraph(State)
for node in (name, draft, mail):
    builder.add_node(node).add_edge(START, node.__name__)
graph = builder.compile(checkpointer=MemorySaver())
clock = ManualClock()
"""

START = 'run = hilnb.run(graph, {"said": []}, deadline={"mail": Deadline(90, deny=True, clock=clock)})'


def test_three_questions_a_rule_and_a_deadline(open_notebook, engine):
    cells = [IMPORTS[engine.name] + GRAPH, START, "clock.advance(30)", "clock.advance(60)", "print(run.state['said'])"]
    notebook = open_notebook(cells, name=f"asking-{engine.name}.ipynb")
    notebook.run_cell(0)
    expect(notebook.page.locator(".jp-InputPrompt").nth(0)).to_contain_text("[1]")
    notebook.run_cell(1)
    panel = notebook.output(1)
    expect(notebook.text(1, "0 of 3 answered.")).to_be_visible()
    expect(notebook.text(1, EVIL).first).to_be_visible()

    expect(panel.get_by_label("Answer", exact=True).first).to_be_focused()
    notebook.page.keyboard.type("Ada")
    notebook.page.keyboard.press("Enter")
    expect(notebook.text(1, "name asks: Your name? → Ada")).to_be_visible()
    panel.get_by_role("textbox").filter(visible=True).last.fill("fine")
    notebook.button(1).first.click()
    expect(notebook.text(1, "2 of 3 answered.")).to_be_visible()

    notebook.run_cell(2)
    expect(panel.get_by_role("timer")).to_contain_text("1:00 left. Then it is denied.")
    panel.get_by_label("Approve", exact=True).check()
    always = panel.get_by_label("Always allow: runs every later call of this tool in this run, whatever its arguments")
    expect(always).not_to_be_checked()
    always.check()
    notebook.button(1).last.click()

    expect(notebook.text(1, "send: approved by your rule")).to_be_visible()
    expect(notebook.text(1, "Approved by your rule, unless you decide otherwise.")).to_be_visible()
    expect(panel.get_by_role("radio", checked=True)).to_have_count(1)
    notebook.button(1, "Take back").click()
    expect(panel.get_by_role("radio", checked=True)).to_have_count(0)

    notebook.run_cell(3)
    expect(panel.get_by_role("timer")).to_contain_text("0:30 left.")
    notebook.run_cell(3)
    notebook.expect_finished(1)
    expect(notebook.text(1, "Nobody answered within 90 seconds").last).to_be_visible()
    notebook.run_cell(4)
    expect(notebook.output(4)).to_contain_text("'type': 'reject', 'message': 'Nobody answered within 90 seconds.'")
    assert notebook.page.evaluate("window.hacked") is None
    assert not notebook.script_errors
