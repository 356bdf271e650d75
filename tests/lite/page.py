"""A page of the JupyterLite site in Chromium, with the site alone to talk to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Route, expect

from tests.browser.harness import NotebookPage, free_port


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Give the address of the site, which any server of files can serve."""
    port = free_port()
    command = [sys.executable, "-u", "-m", "http.server", str(port), "--bind=127.0.0.1", f"--directory={site}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline().startswith("Serving"), "it did not start"
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


class LitePage(NotebookPage):
    """A notebook of the site, in a page that reaches no other host.

    Args:
        address: Where the site is.
        notebook: Which one to open; the one that the site itself opens when empty.

    Attributes:
        refused: What was asked of other hosts.
    """

    def __init__(
        self, browser: Browser, address: str, notebook: str = "", width: int = 1200, height: int = 1000
    ) -> None:
        self.refused: list[str] = []
        self.script_errors: list[str] = []
        self._address = address
        self._context = browser.new_context(
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            proxy={"server": "http://127.0.0.1:9", "bypass": "127.0.0.1"},  # nobody is there: no way out
        )
        self._context.route("**/*", self._only_here)
        self.page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        self.page.goto(f"{address}lab/index.html?path=notebooks/{notebook}" if notebook else address)
        self._wait_until_ready()

    def clear_outputs(self) -> None:
        """Take away what the notebook was saved with."""
        self.page.get_by_role("menuitem", name="Edit").click()
        self.page.get_by_role("menuitem", name="Clear Outputs of All Cells").click()
        expect(self.page.locator(".jp-Cell-outputArea .jp-OutputArea-child")).to_have_count(0)

    def close(self) -> None:
        """Close the page; its kernel ends with it."""
        self._context.close()

    def _only_here(self, route: Route) -> None:
        if route.request.url.startswith(self._address):
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()

    def _wait_until_ready(self) -> None:
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
        expect(self.page.locator(".jp-StatusBar-Widget")).to_contain_text("Idle", timeout=120_000)
