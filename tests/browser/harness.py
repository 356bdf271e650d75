"""A private JupyterLab, and notebooks opened in headless Chromium: what the browser tests stand on."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, Locator, Page, expect

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SESSION = "window.jupyterapp.shell.currentWidget.context.sessionContext"
PROJECT = Path(__file__).resolve().parents[2]


def find_chromium() -> str | None:
    """The browser to use: $CHROMIUM, or the first one on PATH."""
    named = os.environ.get("CHROMIUM")
    return named if named else next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


class JupyterServer:
    """JupyterLab on 127.0.0.1 with a token; its settings and workspaces live in `home` and nowhere else.

    Args:
        home: An empty folder; notebooks go to `home/notebooks`.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "notebooks"
        self.folder.mkdir(parents=True)
        self._home, self._token, self._port = home, secrets.token_hex(16), free_port()
        self._write_settings("apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False})

    def __enter__(self) -> JupyterServer:
        self._log = (self._home / "server.log").open("w")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *(
                    "--LabApp.expose_app_in_browser=True",
                    "--ServerApp.ip=127.0.0.1",
                    f"--ServerApp.port={self._port}",
                    "--ServerApp.port_retries=0",
                ),
                *(f"--IdentityProvider.token={self._token}", f"--ServerApp.root_dir={self.folder}"),
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=self._environment(),
        )
        self._wait_until_up()
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)  # it ends its kernels first
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def write(self, name: str, cells: list[str]) -> None:
        """Save a notebook with one code cell per string."""
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = new_notebook(metadata={"kernelspec": kernel}, cells=[new_code_cell(source) for source in cells])
        nbformat.write(notebook, self.folder / name)

    def use_theme(self, theme: str) -> None:
        """Set the theme of pages opened from now on."""
        self._write_settings("apputils-extension/themes", {"theme": theme})

    def url(self, notebook: str) -> str:
        """Where a notebook opens, in a workspace of its own: no tabs of another test come back."""
        place = f"lab/workspaces/{secrets.token_hex(4)}/tree/{notebook}"
        return f"http://127.0.0.1:{self._port}/{place}?token={self._token}&reset"

    def _write_settings(self, plugin: str, values: dict[str, object]) -> None:
        file = self._home / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))

    def _environment(self) -> dict[str, str]:
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        settings = {name: str(self._home / folder) for name, folder in folders.items()}
        path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
        return {**os.environ, **settings, "PYTHONPATH": path}

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 60
        status = f"http://127.0.0.1:{self._port}/api/status?token={self._token}"
        while True:
            try:
                urllib.request.urlopen(status, timeout=5).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    said = (self._home / "server.log").read_text()[-3000:]
                    raise RuntimeError(f"JupyterLab did not start:\n{said}") from None
                time.sleep(0.1)


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class NotebookPage:
    """One notebook, open in a browser page with a kernel of its own.

    Attributes:
        page: The Playwright page.
        script_errors: Uncaught errors of the page's scripts.
    """

    def __init__(
        self, browser: Browser, server: JupyterServer, notebook: str, width: int = 1200, height: int = 1000
    ) -> None:
        self._folder = server.folder
        self._context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        self.page: Page = self._context.new_page()
        self.script_errors: list[str] = []
        self.page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        self.page.goto(server.url(notebook))
        self._wait_until_ready()

    def run_all(self) -> None:
        """Press Run All, and do not wait."""
        self._command("notebook:run-all-cells")

    def run_cell(self, index: int) -> None:
        """Run one cell, and do not wait."""
        # In one go: between the two a prompt could take the focus, and its cell would be the active one again.
        self.page.evaluate(
            """index => {
                window.jupyterapp.shell.currentWidget.content.activeCellIndex = index;
                window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            index,
        )

    def walk(self, first: int, last: int) -> None:
        """Click a cell and press Shift+Enter until another one runs; do not wait."""
        self.page.locator(".jp-Notebook .jp-Cell").nth(first).locator(".jp-Cell-inputWrapper .jp-InputPrompt").click()
        for _ in range(first, last + 1):
            self.page.keyboard.press("Shift+Enter")

    def interrupt(self) -> None:
        """Press Interrupt Kernel."""
        self._command("notebook:interrupt-kernel")

    def restart(self) -> None:
        """Restart the kernel, and wait until it is ready."""
        self.page.evaluate(f"() => {SESSION}.session.kernel.restart()")
        self._wait_until_ready()

    def reload(self) -> None:
        """Load the page again; the kernel stays."""
        self.page.reload()
        self._wait_until_ready()

    def create_file(self, name: str) -> None:
        """Make a file beside the notebook, for a cell that waits for one."""
        (self._folder / name).touch()

    def save(self) -> None:
        """Save the notebook, and wait until it is on disk."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save').then(() => null)")

    def output(self, index: int) -> Locator:
        """All that a cell shows below its code."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputWrapper")

    def text(self, index: int, text: str, *, exact: bool = False) -> Locator:
        """A text that can be seen under a cell; beside a live panel lies its spare record, unseen."""
        return self.output(index).get_by_text(text, exact=exact).filter(visible=True)

    def field(self, index: int) -> Locator:
        """The answer's text box under a cell."""
        return self.output(index).get_by_label("Answer", exact=True)

    def button(self, index: int, name: str = "Submit") -> Locator:
        """A button under a cell."""
        return self.output(index).get_by_role("button", name=name)

    def expect_finished(self, index: int) -> None:
        """Wait until the record of a finished run stands under a cell."""
        expect(self.output(index).get_by_role("status")).to_contain_text("Finished", timeout=20_000)

    def close(self) -> None:
        """End the kernel and close the page, once."""
        if self.page.is_closed():
            return
        self.page.evaluate(f"() => {SESSION}.shutdown()")
        self._context.close()

    def _wait_until_ready(self) -> None:
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        idle = f"{SESSION}.session.kernel.status === 'idle'"
        self.page.wait_for_function(
            f"() => {{ try {{ return {idle} }} catch (error) {{ return false }} }}", timeout=60_000
        )

    def _command(self, name: str) -> None:
        self.page.evaluate("name => { window.jupyterapp.commands.execute(name) }", name)
