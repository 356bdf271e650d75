"""Many threads at once in JupyterLab: a batch with its bar, a table whose rows are ticked and answered together."""

from __future__ import annotations

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

LETTERS = """
from typing import TypedDict
import hilnb
from hilnb import START, MemorySaver, StateGraph, interrupt

class State(TypedDict):
    to: str
    copies: int
    sent: str

def send(state):
    request = {"name": "send_mail", "args": {"to": state["to"], "copies": state["copies"]}}
    review = {"action_name": "send_mail", "allowed_decisions": ["approve", "edit", "reject"]}
    [decision] = interrupt({"action_requests": [request], "review_configs": [review]})["decisions"]
    return {"sent": str(decision)}

graph = StateGraph(State).add_node(send).add_edge(START, "send").compile(checkpointer=MemorySaver())
names = ["Ann", "Bo", "Cy", "Di", "Ed"]
"""
BATCH = 'hilnb.batch(graph, {f"letter {n}": {"to": names[n], "copies": 12 - 3 * n} for n in range(5)})'
SENT = """
for n in range(5):
    print(n, graph.get_state({"configurable": {"thread_id": f"letter {n}"}}).values.get("sent"))
"""


def test_a_batch_has_a_bar_and_its_questions_are_approved_rejected_and_edited_in_one_table(open_notebook):
    notebook = open_notebook([LETTERS, BATCH, "hilnb.pending(graph)", SENT], name="many.ipynb")
    notebook.run_cell(0)
    notebook.run_cell(1)
    expect(notebook.text(1, "5/5 [")).to_be_visible(timeout=20_000)
    expect(notebook.text(1, "5 threads: 5 wait.")).to_be_visible()
    notebook.run_cell(2)
    table = notebook.output(2)

    notebook.button(2, "copies").click()
    expect(notebook.button(2, "copies ↑")).to_be_visible()
    expect(table.locator(".hilnb-asked .hilnb-id").filter(visible=True)).to_have_text(
        [f"letter {n}" for n in (4, 3, 2, 1, 0)]
    )
    for n in (0, 2, 4):
        table.get_by_label(f"Tick letter {n}", exact=True).check()
    notebook.button(2, "Approve the ticked (3)").click()
    expect(notebook.text(2, "approved · finished")).to_have_count(3)
    table.get_by_label("Tick letter 1", exact=True).check()
    table.get_by_label("Reason", exact=True).fill("Bo has it already")
    notebook.button(2, "Reject the ticked (1)").click()
    expect(notebook.text(2, "rejected, because: Bo has it already · finished")).to_be_visible()
    notebook.button(2, "Answer").click()
    table.get_by_label("Edit", exact=True).check()
    table.get_by_label("Arguments", exact=True).fill('{"to": "Dora", "copies": 1}')
    notebook.button(2).click()

    expect(notebook.text(2, "No thread waits for an answer")).to_be_visible()
    notebook.run_cell(3)
    sent = notebook.output(3)
    expect(sent).to_contain_text("1 {'type': 'reject', 'message': 'Bo has it already'}")
    expect(sent).to_contain_text("3 {'type': 'edit', 'edited_action': {'name': 'send_mail', 'args': {'to': 'Dora'")
    for n in (0, 2, 4):
        expect(sent).to_contain_text(f"{n} {{'type': 'approve'}}")
    expect(table.locator(".hilnb-spare")).to_contain_text("edited, to run as send_mail")  # a moment later
    notebook.save()
    notebook.close()

    again = open_notebook(name="many.ipynb")
    expect(again.text(1, "5/5 [")).to_be_visible()
    record = again.output(2).locator("table.hilnb-table").filter(visible=True)
    expect(record.locator("tbody tr").filter(has_text="letter 1").locator("td").nth(3)).to_contain_text("Bo has it")
    expect(record.locator("tbody tr")).to_have_count(5)
    assert notebook.script_errors == []


def test_a_table_is_worked_through_by_keyboard(open_notebook):
    notebook = open_notebook([LETTERS, BATCH, "hilnb.pending(graph)"])
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.run_cell(2)
    keyboard, table = notebook.page.keyboard, notebook.output(2)
    expect(notebook.button(2, "Answer")).to_have_count(5)

    notebook.button(2, "Refresh").focus()
    keyboard.press("Tab")
    expect(table.get_by_label("Tick all that are shown", exact=True)).to_be_focused()
    keyboard.press("Space")
    expect(notebook.button(2, "Approve the ticked (5)")).to_be_enabled()
    for head in ("Thread", "to", "copies", "State"):
        keyboard.press("Tab")
        expect(notebook.button(2, head)).to_be_focused()
        if head == "Thread":
            keyboard.press("Enter")
            expect(notebook.button(2, "Thread ↑")).to_be_focused()
    keyboard.press("Tab")
    expect(table.get_by_label("Tick letter 0", exact=True)).to_be_focused()
    keyboard.press("Space")
    expect(notebook.button(2, "Approve the ticked (4)")).to_be_enabled()
    table.get_by_label("Reason", exact=True).focus()
    keyboard.type("not today")
    keyboard.press("Enter")

    expect(notebook.text(2, "rejected, because: not today · finished")).to_have_count(4)
    expect(notebook.text(2, "1 thread waits for an answer")).to_be_visible()
    expect(notebook.button(2, "Thread ↑")).to_be_focused()
