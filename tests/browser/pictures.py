"""Remake the pictures of README and docs/ from runs in a real browser: python -m tests.browser.pictures [name …]

Each as it stands in the docs, and under docs/screens/ dark and narrow.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.harness import CHROMIUM_FLAGS, PROJECT, JupyterServer, NotebookPage, find_chromium

DOCS = PROJECT / "docs"
VARIANTS = (("", "Light", 1180), ("dark", "Dark", 1180), ("narrow", "Light", 600))

THREE = """
import operator
from typing import Annotated, TypedDict
import hilnb
from hilnb import START, MemorySaver, StateGraph, interrupt
from hilnb.prebuilt import ToolApproval

class State(TypedDict):
    said: Annotated[list, operator.add]

def ask_name(state):
    return {"said": [interrupt("Your name?")]}

def choose(state):
    return {"said": [interrupt({"question": "Which city?", "options": ["Rome", "Oslo"]})]}

def approve(state):
    request = {"name": "send_mail", "args": {"to": "Ann", "text": "Hello"}, "description": "A mail to the customer."}
    review = {"action_name": "send_mail", "allowed_decisions": ["approve", "edit", "reject"]}
    return {"said": [interrupt({"action_requests": [request], "review_configs": [review]})]}

builder = StateGraph(State)
for node in (ask_name, choose, approve):
    builder.add_node(node).add_edge(START, node.__name__)
graph = builder.compile(checkpointer=MemorySaver())
"""


def code_of(page: str) -> list[str]:
    """The Python code of a page, piece by piece."""
    return re.findall(r"```python\n(.*?)```", (PROJECT / page).read_text(), flags=re.DOTALL)


def readme(notebook: NotebookPage) -> None:
    """An answer is being typed."""
    expect(notebook.text(1, "Please improve: All about bees.")).to_be_visible()
    notebook.field(1).fill("Bees dance to tell where flowers are.")


def form(notebook: NotebookPage) -> None:
    """A form that is filled in in part, after Submit."""
    notebook.button(1).wait_for()
    shown = notebook.output(1)
    shown.get_by_label("Name", exact=True).fill("Ada")
    shown.get_by_label("Nights", exact=True).fill("99")
    shown.get_by_label("sea", exact=True).check()
    shown.get_by_label("boat", exact=True).check()
    notebook.button(1).click()
    expect(notebook.text(1, "Must be at most 14.")).to_be_visible()


def questions(notebook: NotebookPage) -> None:
    """Two of three questions are answered."""
    shown = notebook.output(1)
    shown.get_by_label("Answer", exact=True).first.fill("Ada")
    shown.get_by_role("button", name="Submit").first.click()
    expect(notebook.text(1, "1 of 3 answered")).to_be_visible()
    shown.get_by_label("Oslo", exact=True).check()
    shown.get_by_role("button", name="Submit").first.click()
    shown.get_by_label("Approve", exact=True).check()
    expect(notebook.text(1, "2 of 3 answered")).to_be_visible()


def run_panel(notebook: NotebookPage) -> None:
    """A run that goes step by step, its state being edited."""
    while not notebook.field(1).is_visible():
        if notebook.button(1, "Step").is_visible():
            notebook.button(1, "Step").click()
        notebook.page.wait_for_timeout(200)
    notebook.field(1).fill("Bees!")
    notebook.button(1).click()
    expect(notebook.text(1, "Next: shout")).to_be_visible()
    notebook.button(1, "Edit the state").click()


def looking_back(notebook: NotebookPage) -> None:
    """A question was answered anew; both branches stand side by side."""
    for _ in range(2):
        notebook.button(1, "Back").click()
    notebook.button(1, "Ask again from here").click()
    notebook.field(1).fill("no")
    notebook.button(1).click()
    expect(notebook.text(1, "Branch 2", exact=True)).to_be_visible()
    expect(notebook.text(1, "Finished", exact=True)).to_be_visible()


def pending(notebook: NotebookPage) -> None:
    """One of two waiting threads is open."""
    notebook.button(1, "Answer").first.click()
    expect(notebook.button(1)).to_be_visible()


def many_at_once(notebook: NotebookPage) -> None:
    """Three of five calls are ticked."""
    notebook.button(1, "Thread").click()
    expect(notebook.button(1, "Thread ↑")).to_be_visible()
    for number in (1, 2, 4):
        notebook.output(1).get_by_label(f"Tick letter {number}", exact=True).check()
    expect(notebook.button(1, "Approve the ticked (3)")).to_be_visible()


Scene = tuple[Callable[[], list[str]], Callable[[NotebookPage], None]]


def _readme_cells() -> list[str]:
    graph, run = code_of("README.md")[0].split("run = hilnb.run(")
    return [graph, "run = hilnb.run(" + run.splitlines()[0]]


SCENES: dict[str, Scene] = {
    "run": (_readme_cells, readme),
    "forms": (
        lambda: [code_of("docs/forms.md")[0].partition("answer = ")[0], 'run = hilnb.run(graph, {"messages": []})'],
        form,
    ),
    "questions": (
        lambda: [THREE, 'run = hilnb.run(graph, {}, deadline={"approve": hilnb.Deadline(600, deny=True)})'],
        questions,
    ),
    "run-panel": (
        lambda: [
            code_of("docs/run-panel.md")[0].partition("run = ")[0],
            'run = hilnb.run(graph, {"topic": "bees"}, thread_id="1", step=True)',
        ],
        run_panel,
    ),
    "looking-back": (lambda: [code_of("docs/looking-back.md")[0], 'hilnb.inspect(graph, "trip")'], looking_back),
    "many-at-once": (lambda: [code_of("docs/many-at-once.md")[0], "hilnb.pending(graph)"], many_at_once),
    "pending": (lambda: [code_of("docs/pending.md")[0], "hilnb.pending(graph)"], pending),
}


def main(names: list[str]) -> None:
    """Take the pictures of these scenes; of all when none is named."""
    (DOCS / "screens").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, JupyterServer(Path(home)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        for variant, theme, width in VARIANTS:
            server.use_theme(f"JupyterLab {theme}")
            for name in names or SCENES:
                cells, act = SCENES[name]
                where = DOCS / "screens" / f"{name}-{variant}.png" if variant else DOCS / f"{name}.png"
                server.write(f"{name}-{theme}-{width}.ipynb", [cell.strip() for cell in cells()])
                notebook = NotebookPage(browser, server, f"{name}-{theme}-{width}.ipynb", width, 1400)
                notebook.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
                notebook.run_all()
                act(notebook)
                cell = notebook.page.locator(".jp-Notebook .jp-Cell").nth(1)
                expect(cell.locator(".hilnb svg, .hilnb .hilnb-tabled").first).to_be_visible()
                cell.screenshot(path=where, scale="css")
                notebook.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
