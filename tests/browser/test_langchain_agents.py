"""LangChain's agents on LangGraph, with a scripted model: from question to end in JupyterLab, in a real browser."""

from __future__ import annotations

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
pytest.importorskip("langchain.agents")

MODEL = """
import hilnb
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver

class Scripted(GenericFakeChatModel):
    def bind_tools(self, tools, **options):
        return self

def calls(name, **args):
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": "1", "type": "tool_call"}])
"""

WITH_MIDDLEWARE = """
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware

sent = []

def send_mail(to: str, text: str) -> str:
    \"\"\"Send a mail.\"\"\"
    sent.append((to, text))
    return f"sent to {to}"

turns = iter([calls("send_mail", to="Ann", text="Hello"), AIMessage("Ann has her mail.")])
model = Scripted(messages=turns, disable_streaming=True)
review = HumanInTheLoopMiddleware(interrupt_on={"send_mail": {"allowed_decisions": ["approve", "edit", "reject"]}})
agent = create_agent(model, [send_mail], middleware=[review], checkpointer=InMemorySaver())
"""

REACT = """
from langgraph.prebuilt import create_react_agent
from langgraph.types import interrupt

def book(city: str) -> str:
    \"\"\"Book a hotel, when a person agrees.\"\"\"
    answer = interrupt({"question": f"Book a hotel in {city}?", "options": ["yes", "no"]})
    return f"{city}: {answer}"

model = Scripted(messages=iter([calls("book", city="Oslo"), AIMessage("It is booked.")]), disable_streaming=True)
agent = create_react_agent(model, [book], checkpointer=InMemorySaver())
"""

START = 'run = hilnb.run(agent, {"messages": [("user", "Write to Ann.")]}, thread_id="1")'


def test_an_agent_with_langchains_middleware_is_asked_for_edited_and_ends(open_notebook, server):
    server.use_theme("JupyterLab Dark")
    notebook = open_notebook([MODEL + WITH_MIDDLEWARE, START, "print(sent)", 'hilnb.inspect(agent, "1")'])
    server.use_theme("JupyterLab Light")
    notebook.run_cell(0)
    expect(notebook.page.locator(".jp-InputPrompt").nth(0)).to_contain_text("[1]", timeout=60_000)  # a slow import
    notebook.run_cell(1)
    panel = notebook.output(1)
    expect(panel.get_by_role("status")).to_contain_text("Waiting for your answer", timeout=20_000)
    expect(panel.locator("svg .hil-waiting").filter(visible=True).first).to_be_visible()

    panel.get_by_label("Edit", exact=True).check()
    panel.get_by_label("Arguments", exact=True).fill('{"to": "Bo", "text": "Hello"}')
    notebook.button(1).click()

    notebook.expect_finished(1)
    expect(notebook.text(1, "Ann has her mail.").first).to_be_visible()
    notebook.run_cell(2)
    expect(notebook.output(2)).to_contain_text("[('Bo', 'Hello')]")
    notebook.run_cell(3)
    expect(notebook.output(3).get_by_role("slider")).to_be_visible(timeout=20_000)
    expect(notebook.text(3, "the end").first).to_be_visible()
    assert not notebook.script_errors


def test_a_react_agent_whose_tool_asks_is_listed_and_answered_in_its_row(open_notebook):
    start = 'agent.invoke({"messages": [("user", "Book it.")]}, {"configurable": {"thread_id": "1"}}); None'
    notebook = open_notebook([MODEL + REACT, start, "hilnb.pending(agent)"])
    notebook.run_cell(0)
    expect(notebook.page.locator(".jp-InputPrompt").nth(0)).to_contain_text("[1]", timeout=60_000)
    notebook.run_cell(1)
    notebook.run_cell(2)
    expect(notebook.text(2, "Book a hotel in Oslo?").first).to_be_visible(timeout=20_000)

    notebook.button(2, "Answer").press("Enter")
    notebook.output(2).get_by_label("yes", exact=True).check()
    notebook.button(2).click()

    expect(notebook.text(2, "Answered, and finished")).to_be_visible(timeout=20_000)
    expect(notebook.text(2, "It is booked.").first).to_be_visible()
    assert not notebook.script_errors
