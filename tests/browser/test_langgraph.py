"""The page about LangGraph's graphs, in a real browser: the panel shows one and asks for it."""

import re
from pathlib import Path

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

PAGE = (Path(__file__).parents[2] / "docs" / "langgraph.md").read_text()
GRAPH, RUN, *_ = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


AWAITED = """
from typing import TypedDict
import aiosqlite
import hilnb
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt

class State(TypedDict):
    text: str

async def review(state):
    return {"text": interrupt("Please improve: " + state["text"])}

saver = AsyncSqliteSaver(await aiosqlite.connect("awaited.sqlite"))
graph = StateGraph(State).add_node(review).add_edge(START, "review").compile(checkpointer=saver)
"""


def test_a_saver_that_is_awaited_serves_while_a_cell_keeps_the_kernel_busy(open_notebook):
    start = 'run = hilnb.run(graph, {"text": "bees"}, thread_id="1")'
    cells = [
        AWAITED,
        f"{start}\nrun.wait_until_standing()\nprint(hilnb.pending(graph))",
        'run.submit("Bees dance.")\nrun.wait_until_standing()',
        'hilnb.inspect(graph, "1")',
        "await saver.conn.close()",
    ]
    notebook = open_notebook(cells)

    notebook.run_all()

    expect(notebook.text(3, "After review, because of an answer; the end", exact=True)).to_be_visible(timeout=60_000)
    expect(notebook.text(1, "1 thread waits for an answer.")).to_be_visible()
    notebook.expect_finished(1)
    assert not notebook.script_errors


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
