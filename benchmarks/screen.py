"""What a person waits for, measured in a real JupyterLab with a real browser: python -m benchmarks.screen

By hand, not in the tests: the numbers belong to a machine. `docs/screen-measured.md` has the last ones.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.harness import CHROMIUM_FLAGS, JupyterServer, NotebookPage, find_chromium

ANSWERS = 30
EVENTS = 1_000

IMPORTS = """
import json, operator, time
from typing import Annotated, TypedDict
import hilnb
from hilnb import END, START, MemorySaver, StateGraph, interrupt

times = []

class State(TypedDict):
    count: Annotated[int, operator.add]
"""

ASKING = (
    IMPORTS
    + """
def ask(state):
    interrupt(f"Question {state['count']}")
    times.append(time.time() * 1000)
    return {"count": 1}

builder = StateGraph(State).add_node(ask).add_edge(START, "ask")
graph = builder.add_conditional_edges("ask", lambda s: "ask" if s["count"] < ANSWERS else END).compile(MemorySaver())
"""
)

CHAIN = (
    IMPORTS
    + """
def node(name):
    def run(state):
        times.append((name, time.time() * 1000))
        time.sleep(0.3)
    return run

builder = StateGraph(State)
names = [START, *(f"node_{n}" for n in range(NODES)), END]
for name in names[1:-1]:
    builder.add_node(name, node(name))
for before, after in zip(names, names[1:]):
    builder.add_edge(before, after)
graph = builder.compile(checkpointer=MemorySaver())
"""
)

BUSY = (
    IMPORTS
    + """
def step(state):
    print("step", state["count"])
    return {"count": 1}

builder = StateGraph(State).add_node(step).add_edge(START, "step")
graph = builder.add_conditional_edges("step", lambda s: "step" if s["count"] < EVENTS else END).compile(MemorySaver())
"""
)

START_RUN = 'run = hilnb.run(graph, {"count": 0}, thread_id="1", config={"recursion_limit": 5000})'
TELL = "print(json.dumps(times))"

NOTE_CLICKS = """() => {
    const now = () => performance.timeOrigin + performance.now();
    window.clicks = [];
    document.addEventListener('click', event => {
        if (event.target.closest('.hilnb-form button')) window.clicks.push(now());
    }, true);
}"""

NOTE_PAINTS = """() => {
    const now = () => performance.timeOrigin + performance.now();
    window.painted = [];
    let last = '';
    new MutationObserver(() => {
        const name = document.querySelector('.hilnb-panel .hil-now text')?.textContent;
        if (!name || name === last) return;
        last = name;
        requestAnimationFrame(() => requestAnimationFrame(() => window.painted.push([name, now()])));
    }).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""


def main() -> None:
    """Measure, and print one row of a table for each figure."""
    with tempfile.TemporaryDirectory() as home, JupyterServer(Path(home)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        print(row("Submit to the node's next line", from_submit(browser, server)), flush=True)
        for nodes in (20, 100):
            print(row(f"event to painted picture, {nodes} nodes", to_paint(browser, server, nodes)), flush=True)
        for name, value in memory(browser, server).items():
            print(f"| {name} | {value} |", flush=True)
        browser.close()


def row(name: str, milliseconds: Sequence[float]) -> str:
    """Median, 95th percentile and worst, as a row of Markdown."""
    ordered = sorted(milliseconds)
    at_95 = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
    return f"| {name} | {statistics.median(ordered):.0f} | {at_95:.0f} | {ordered[-1]:.0f} | {len(ordered)} |"


def from_submit(browser: Browser, server: JupyterServer) -> list[float]:
    """Milliseconds from a click on Submit to the line after `interrupt()`."""
    notebook = opened(browser, server, ASKING.replace("ANSWERS", str(ANSWERS)), TELL)
    notebook.page.evaluate(NOTE_CLICKS)
    notebook.run_cell(0)
    notebook.run_cell(1)
    for number in range(ANSWERS):
        expect(notebook.text(1, f"Question {number}", exact=True).last).to_be_visible()
        notebook.field(1).fill("yes")
        notebook.button(1).click()
    notebook.expect_finished(1)
    times, clicks = told(notebook), notebook.page.evaluate("() => window.clicks")
    notebook.close()
    return [there - click for there, click in zip(times, clicks, strict=True)]


def to_paint(browser: Browser, server: JupyterServer, nodes: int) -> list[float]:
    """Milliseconds from a node's first line to the frame after the one with its mark in the picture."""
    notebook = opened(browser, server, CHAIN.replace("NODES", str(nodes)), TELL)
    notebook.page.evaluate(NOTE_PAINTS)
    notebook.run_cell(0)
    notebook.run_cell(1)
    expect(notebook.output(1).get_by_role("status")).to_contain_text("Finished", timeout=120_000)
    painted = dict(notebook.page.evaluate("() => window.painted"))
    began = dict(told(notebook))
    notebook.close()
    # The first has the panel itself to build; a node that a slow page left out has no time.
    return [painted[name] - began[name] for name in list(began)[1:] if name in painted]


def memory(browser: Browser, server: JupyterServer) -> dict[str, str]:
    """What the page holds before a run and after one of a thousand steps, each with a printed line and an update."""
    notebook = opened(browser, server, BUSY.replace("EVENTS", str(EVENTS)), "run.status")
    notebook.run_cell(0)
    before = held(notebook)
    notebook.run_cell(1)
    expect(notebook.output(1).get_by_role("status")).to_contain_text("Finished", timeout=120_000)
    after = held(notebook)
    notebook.close()
    return {
        "heap of the page before, MB": f"{before['JSHeapUsedSize'] / 1e6:.1f}",
        f"heap of the page after {EVENTS} steps, MB": f"{after['JSHeapUsedSize'] / 1e6:.1f}",
        "nodes of the page, before and after": f"{before['Nodes']:.0f}, {after['Nodes']:.0f}",
    }


def held(notebook: NotebookPage) -> dict[str, float]:
    """The page's own counts, after its garbage is collected."""
    session = notebook.page.context.new_cdp_session(notebook.page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics: list[dict[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return {each["name"]: each["value"] for each in metrics}


def opened(browser: Browser, server: JupyterServer, graph: str, last: str) -> NotebookPage:
    """A notebook with a graph, its run and a last cell."""
    server.write("measured.ipynb", [graph, START_RUN, last])
    return NotebookPage(browser, server, "measured.ipynb")


def told(notebook: NotebookPage) -> Any:
    """What the last cell prints, as JSON."""
    notebook.run_cell(2)
    output = notebook.output(2).locator("pre")
    output.wait_for()
    return json.loads(output.inner_text())


if __name__ == "__main__":
    main()
