"""Lesson 02 as it is, with a key: the kernel's environment leads it to a server that speaks as the API does."""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from tests.models.programs import checked_body
from tests.models.server import Server, calls, says

LESSON = Path(__file__).parents[2] / "notebooks" / "02_agent_that_asks.ipynb"


def claude_like(body):
    """Ask, search with the answer, and tell what was found; ids are unique, as the API's are."""
    turns = len(body["messages"])
    if turns == 1:
        return calls("AskHuman", {"question": "Where are you located?"}, "I'll ask you first.", id="toolu_1")
    [result] = body["messages"][-1]["content"]
    if turns == 3:
        return calls("search", {"query": f"current weather {result['content']}"}, id="toolu_2")
    return says(f"From the search: {result['content']}")


def test_the_lesson_asks_claude_when_there_is_a_key():
    notebook = nbformat.read(LESSON, 4)

    with Server(claude_like) as server:
        key = {"ANTHROPIC_API_KEY": "canary-3f9a1c77-key", "ANTHROPIC_BASE_URL": server.url}
        NotebookClient(notebook, timeout=60, kernel_name="python3").execute(env={**os.environ, **key})

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    [who] = [cell.outputs[0].text for cell in code if "Who answers" in cell.source]
    [panel] = [cell.outputs[0].data["text/plain"] for cell in code if "hilnb.run(" in cell.source]
    assert who == "Who answers: ChatAnthropic(model='claude-sonnet-5-5', max_tokens=16000)\n"
    assert "I'll ask you first.\n           calls   AskHuman(question='Where are you located?')" in panel
    assert "From the search: current weather Lisbon: sunny" in panel
    assert "canary" not in nbformat.writes(notebook)
    assert {tool["name"] for tool in server.bodies[0]["tools"]} == {"search", "AskHuman"}
    assert len(server.bodies) == 6
    assert all(checked_body(body)["stream"] for body in server.bodies[:4])
