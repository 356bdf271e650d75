"""A person decides about a model's tool calls, and chooses: in JupyterLab, in a real browser."""

from __future__ import annotations

import subprocess
import sys

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

EVIL = '<img src=x onerror="window.hacked=1">'

APPROVAL = f"""
import hilnb
from hilnb import MemorySaver
from hilnb.models import ScriptedModel
from hilnb.prebuilt import ToolApproval, ask_human, create_react_agent

ran = []

def send(to: str, text: str, copies: int) -> str:
    "Send a text."
    ran.append((to, text, copies))
    return "sent"

def delete(path: str) -> str:
    "Delete a file."
    ran.append(path)
    return "gone"

EVIL = '{EVIL}<script>window.hacked=1</script></pre></div>'
calls = [
    {{"name": "send", "args": {{"to": "Ann", "text": EVIL, "copies": 1}}, "id": "1"}},
    {{"name": "delete", "args": {{"path": EVIL + chr(0x202E)}}, "id": "2"}},
]
model = ScriptedModel([{{"content": "", "tool_calls": calls}}, "Done."])
approval = ToolApproval({{"send": {{"allowed_decisions": ["approve", "edit"], "description": EVIL}}, "delete": True}})
agent = create_react_agent(model, [send, delete], post_model_hook=approval, checkpointer=MemorySaver())
"""

START = 'run = hilnb.run(agent, {"messages": [("user", "Go.")]}, thread_id="1")'


def test_one_call_is_edited_and_one_rejected_and_exactly_that_runs(open_notebook, server):
    notebook = open_notebook([APPROVAL, START, "print(ran)\nprint(run.state['messages'])"], name="forms.ipynb")
    notebook.run_cell(0)
    notebook.run_cell(1)
    form = notebook.output(1)
    expect(notebook.text(1, "‹U+202E›").last).to_be_visible()
    expect(form.get_by_role("radio", checked=True)).to_have_count(0)
    expect(form.get_by_role("radio")).to_have_count(6)

    notebook.button(1).click()
    expect(notebook.text(1, "Decide about this action first.")).to_have_count(2)
    form.get_by_label("Edit", exact=True).first.check()
    arguments = form.get_by_label("Arguments", exact=True).filter(visible=True)
    arguments.fill("{")
    form.get_by_label("Reject", exact=True).check()
    form.get_by_label("Reason", exact=True).fill("Keep it.")
    notebook.button(1).click()
    expect(notebook.text(1, "The arguments are not JSON")).to_be_visible()
    arguments.fill('{"to": "Bo", "text": "Hello", "copies": 2}')
    notebook.button(1).dblclick()

    notebook.expect_finished(1)
    expect(notebook.text(1, "delete: rejected, because: Keep it.")).to_be_visible()
    notebook.run_cell(2)
    expect(notebook.output(2)).to_contain_text("[('Bo', 'Hello', 2)]")
    expect(notebook.output(2)).to_contain_text("The reason: Keep it.")
    assert notebook.page.evaluate("window.hacked") is None
    expect(form.locator("iframe, script, img[src=x]")).to_have_count(0)
    assert not notebook.script_errors

    notebook.save()
    exported = export(server.folder / "forms.ipynb")
    assert "&lt;img src=x onerror=" in exported
    assert EVIL not in exported.partition("Finished")[2]
    assert "delete: rejected, because: Keep it." in exported


def test_a_choice_is_made_with_the_keyboard_alone(open_notebook):
    call = '{"name": "ask_human", "args": {"question": "Which city?", "choices": ["Rome", "Oslo"]}, "id": "1"}'
    asker = f"""{APPROVAL}
model = ScriptedModel([{{"content": "", "tool_calls": [{call}]}}, "Good."])
agent = create_react_agent(model, [ask_human], checkpointer=MemorySaver())
"""
    notebook = open_notebook([asker, START, "print(repr(run.state['messages'][2].content))"])
    notebook.run_cell(0)
    expect(notebook.page.locator(".jp-InputPrompt").nth(0)).to_contain_text("[1]")
    notebook.run_cell(1)
    expect(notebook.output(1).get_by_label("Rome", exact=True)).to_be_focused()

    keyboard = notebook.page.keyboard
    keyboard.press("Tab")
    keyboard.press("Space")
    expect(notebook.output(1).get_by_label("Oslo", exact=True)).to_be_checked()
    keyboard.press("Tab")
    keyboard.press("Enter")

    notebook.expect_finished(1)
    notebook.run_cell(2)
    expect(notebook.output(2)).to_contain_text("'Oslo'")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_an_approval_fits_a_narrow_window(open_notebook, server, theme):
    server.use_theme(theme)
    notebook = open_notebook([APPROVAL, START], name=f"forms {theme}.ipynb", width=600)
    notebook.run_all()
    notebook.button(1).wait_for()

    overflow = notebook.output(1).evaluate("output => output.scrollWidth - output.clientWidth")

    assert overflow <= 0
    server.use_theme("JupyterLab Light")


def export(notebook) -> str:
    """The notebook as a page of HTML."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--stdout", "--log-level=ERROR", str(notebook)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
