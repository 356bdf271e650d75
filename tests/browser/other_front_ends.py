"""Lesson 01 before a person in other front ends and on other kernels: python -m tests.browser.other_front_ends FOLDER

Run by hand, with network: it makes an environment for each version in FOLDER (or takes those that are there), runs
the lesson in each front end on each kernel with a browser at it, and prints a table. Pictures go to FOLDER, too.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.harness import CHROMIUM_FLAGS, PROJECT, find_chromium, free_port

KERNELS = ("6.31.0", "7.2.0", "7.4.0")
LESSON = PROJECT / "notebooks" / "01_wait_for_user_input.ipynb"
ANSWERS = ("go to step 3!", "and again!")
RUN_ALL = {
    "JupyterLab": "() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }",
    "Notebook 7": "() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }",
}


def main(folder: Path) -> None:
    """Make the environments, and try every front end with every kernel."""
    make_environments(folder)
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        for front_end, check in FRONT_ENDS.items():
            for kernel in KERNELS:
                rows.append((front_end, kernel, tried(check, browser, folder, kernel)))
                print("{:20} ipykernel {:8} {}".format(*rows[-1]), flush=True)
        browser.close()


def tried(check: Callable[[Browser, Path, str], str], browser: Browser, folder: Path, kernel: str) -> str:
    """What came of it, in a line."""
    began = time.monotonic()
    try:
        said = check(browser, folder, kernel)
    except AssertionError as error:
        said = "FAILED: " + " ".join(str(error).split())[:160]
    return f"{said} ({time.monotonic() - began:.0f} s)"


def make_environments(folder: Path) -> None:
    """One environment for the front ends, and one for each kernel, which the first knows by name."""
    needed = {"fronts": ["jupyterlab", "notebook>=7", "voila"], **{f"k{v}": [f"ipykernel=={v}"] for v in KERNELS}}
    for name, packages in needed.items():
        if (folder / name).exists():
            continue
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
        pip = [folder / name / "bin" / "pip", "install", "-q", *packages, "ipywidgets", str(PROJECT)]
        subprocess.run(pip, check=True)
        if name != "fronts":
            install = ["ipykernel", "install", "--prefix", str(folder / "fronts"), "--name", name]
            subprocess.run([folder / name / "bin" / "python", "-m", *install], check=True)


@contextmanager
def serving(folder: Path, kernel: str, *command: str):
    """A front end that serves a folder with the lesson for this kernel; gives its address and token."""
    home = folder / "home" / secrets.token_hex(4)
    (home / "notebooks").mkdir(parents=True)
    notebook = nbformat.read(LESSON, 4)
    notebook.metadata["kernelspec"] = {"name": f"k{kernel}", "display_name": kernel, "language": "python"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    nbformat.write(notebook, home / "notebooks" / "lesson.ipynb")
    port, token = free_port(), secrets.token_hex(16)
    own = {
        name: str(home / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    }
    environment = {
        **os.environ,
        **own,
        "PYTHONPATH": str(PROJECT),
        "PATH": f"{folder / 'fronts' / 'bin'}:{os.environ['PATH']}",
    }
    settings = [f"--port={port}", f"--IdentityProvider.token={token}"] if "voila" in command else [
        *(f"--ServerApp.port={port}", f"--IdentityProvider.token={token}", "--allow-root"),
        *("--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"),
        f"--ServerApp.root_dir={home / 'notebooks'}",
    ]  # fmt: skip
    with (home / "server.log").open("w") as log:
        python = str(folder / "fronts" / "bin" / "python")
        server = subprocess.Popen(
            [python, "-m", *command, "--no-browser", *settings],
            cwd=home / "notebooks", env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        wait_until_up(port)
        yield f"http://127.0.0.1:{port}", token
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def wait_until_up(port: int) -> None:
    """Return when something answers at the port."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not start")


def in_jupyter(app: str, module: str, path: str) -> Callable[[Browser, Path, str], str]:
    """Run All in JupyterLab or Notebook 7, with an answer for each question."""

    def check(browser: Browser, folder: Path, kernel: str) -> str:
        with serving(folder, kernel, module) as (address, token):
            page = browser.new_page(viewport={"width": 1100, "height": 1400})
            page.goto(f"{address}/{path}/lesson.ipynb?token={token}")
            page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)
            session = "window.jupyterapp.shell.currentWidget.context.sessionContext"
            idle = (
                f"() => {{ try {{ return {session}.session.kernel.status === 'idle' }} catch (e) {{ return false }} }}"
            )
            page.wait_for_function(idle, timeout=60_000)
            page.evaluate(RUN_ALL[app])
            answer_and_see(page, last=2)
            page.screenshot(path=folder / f"{app} {kernel}.png")
            page.evaluate(f"() => {session}.shutdown()")
            page.context.close()
        return "asked twice, waited, finished twice"

    return check


def in_voila(*options: str, whole: bool) -> Callable[[Browser, Path, str], str]:
    """The lesson as an app: it asks under the page, and goes on there."""

    def check(browser: Browser, folder: Path, kernel: str) -> str:
        with serving(folder, kernel, "voila", *options, "lesson.ipynb") as (address, token):
            page = browser.new_page(viewport={"width": 1100, "height": 1400})
            page.goto(f"{address}/?token={token}", timeout=120_000, wait_until="commit")
            name = f"Voila {' '.join(options)} {kernel}.png"
            try:
                answer_and_see(page, last=2 if whole else 1)
                if not whole:
                    expect(page.get_by_text("the page ends here")).to_be_visible()
            finally:
                page.screenshot(path=folder / name, full_page=True)
            page.context.close()
        return "asked twice, waited, finished twice" if whole else "asked, finished; the page says why it ends there"

    return check


def answer_and_see(page: Page, last: int) -> None:
    """Answer the questions one after the other, as a person does."""
    for number, answer in enumerate(ANSWERS[:last], 1):
        field = page.get_by_label("Answer", exact=True)
        field.wait_for(timeout=60_000)
        field.press_sequentially(answer, delay=20)
        page.get_by_role("button", name="Submit").click()
        finished = page.get_by_role("status").filter(has_text="Finished").filter(visible=True)
        expect(finished).to_have_count(number, timeout=30_000)


FRONT_ENDS = {
    "JupyterLab": in_jupyter("JupyterLab", "jupyterlab", "lab/tree"),
    "Notebook 7": in_jupyter("Notebook 7", "notebook", "notebooks"),
    "Voilà": in_voila(whole=False),
    "Voilà, progressive": in_voila("--progressive_rendering=True", whole=True),
}


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
