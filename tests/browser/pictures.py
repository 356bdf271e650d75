"""Remake the pictures of README and docs/forms.md from a run in a real browser: python -m tests.browser.pictures"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.harness import CHROMIUM_FLAGS, PROJECT, JupyterServer, NotebookPage, find_chromium

PICTURE = PROJECT / "docs" / "run.png"
FORM = PROJECT / "docs" / "forms.png"


def readme_cells() -> list[str]:
    """README's twenty lines, cut into cells: the graph, its picture, the run, its end."""
    code, _ = re.findall(r"```python\n(.*?)```", (PROJECT / "README.md").read_text(), flags=re.DOTALL)
    graph, run = code.split("run = hilnb.run(")
    start, wait = ("run = hilnb.run(" + run).strip().splitlines()
    return [graph.strip(), start, wait]


def forms_cells() -> list[str]:
    """The first code of docs/forms.md: the graph, and its run before a person."""
    code = re.findall(r"```python\n(.*?)```", (PROJECT / "docs" / "forms.md").read_text(), flags=re.DOTALL)[0]
    return [code.partition("answer = ")[0], 'run = hilnb.run(graph, {"messages": []})']


def take_form(notebook: NotebookPage) -> None:
    """Fill in a part of the form, press Submit, and take the picture."""
    notebook.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    notebook.run_all()
    notebook.button(1).wait_for()
    form = notebook.output(1)
    form.get_by_label("Name", exact=True).fill("Ada")
    form.get_by_label("Nights", exact=True).fill("99")
    form.get_by_label("sea", exact=True).check()
    form.get_by_label("boat", exact=True).check()
    notebook.button(1).click()
    expect(notebook.text(1, "Must be at most 14.")).to_be_visible()
    panel = notebook.page.locator(".jp-Notebook .jp-Cell").nth(1)
    panel.screenshot(path=FORM, scale="css")


def main() -> None:
    """Run README's code up to its question, and take the picture; then the form's."""
    PICTURE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, JupyterServer(Path(home)) as server, sync_playwright() as playwright:
        server.write("readme.ipynb", readme_cells())
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        notebook = NotebookPage(browser, server, "readme.ipynb", 1180, 960)
        notebook.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
        notebook.run_all()
        expect(notebook.text(1, "Please improve: All about bees.")).to_be_visible()
        notebook.field(1).fill("Bees dance to tell where flowers are.")
        panel = notebook.page.locator(".jp-Notebook .jp-Cell").nth(1)
        expect(panel.locator("svg").first).to_be_visible()
        panel.screenshot(path=PICTURE, scale="css")
        notebook.close()
        server.write("forms.ipynb", forms_cells())
        notebook = NotebookPage(browser, server, "forms.ipynb", 1180, 1100)
        take_form(notebook)
        notebook.close()
        browser.close()


if __name__ == "__main__":
    main()
