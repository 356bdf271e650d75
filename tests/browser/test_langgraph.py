"""The page about LangGraph's graphs, in a real browser: the panel shows one and asks for it."""

import re
from pathlib import Path

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

PAGE = (Path(__file__).parents[2] / "docs" / "langgraph.md").read_text()
GRAPH, RUN, _ = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_a_graph_of_langgraphs_is_drawn_and_asked_for(open_notebook):
    notebook = open_notebook([GRAPH, RUN.replace("print(run)", "await run")])
    notebook.run_cell(0)
    expect(notebook.page.locator(".jp-InputPrompt").nth(0)).to_contain_text("[1]", timeout=60_000)  # a slow import
    notebook.run_cell(1)

    expect(notebook.output(1).locator("svg .hil-waiting").filter(visible=True).first).to_be_visible()
    notebook.field(1).fill("Bees dance.")
    notebook.button(1).click()

    notebook.expect_finished(1)
    expect(notebook.text(1, "{'topic': 'bees', 'text': 'Bees dance.'}").first).to_be_visible()
