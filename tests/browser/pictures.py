"""Remake README's picture from a real run in a real browser: python -m tests.browser.pictures"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.harness import CHROMIUM_FLAGS, PROJECT, JupyterServer, NotebookPage, find_chromium

PICTURE = PROJECT / "docs" / "run.png"


def readme_cells() -> list[str]:
    """README's twenty lines, cut into cells: the graph, its picture, the run, its end."""
    code, _ = re.findall(r"```python\n(.*?)```", (PROJECT / "README.md").read_text(), flags=re.DOTALL)
    graph, run = code.split("run = hilnb.run(")
    start, wait = ("run = hilnb.run(" + run).strip().splitlines()
    return [graph.strip(), start, wait]


def main() -> None:
    """Run README's code up to its question, and take the picture."""
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
        browser.close()


if __name__ == "__main__":
    main()
