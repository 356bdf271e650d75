"""Lesson 01 as an app, served by Voilà: a person sees no code, answers both questions, and the run goes on."""

import os
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from .harness import PROJECT, free_port
from .other_front_ends import ANSWERS, LESSON, answer_and_see, wait_until_up


@pytest.fixture
def app(tmp_path):
    """The address of the lesson, served from a folder of its own."""
    shutil.copy(LESSON, tmp_path / "lesson.ipynb")
    port = free_port()
    own = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    command = [sys.executable, "-m", "voila", "--no-browser", "--progressive_rendering=True", f"--port={port}"]
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--token=", "lesson.ipynb"],
            cwd=tmp_path,
            env={**os.environ, **own, "PYTHONPATH": str(PROJECT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until_up(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(30)


def test_the_first_lesson_is_an_app(browser, app):
    page = browser.new_page(viewport={"width": 1100, "height": 1400})

    page.goto(app, timeout=60_000, wait_until="commit")
    answer_and_see(page, last=2)

    for answer in ANSWERS:
        expect(page.get_by_text(answer).first).to_be_visible()
    expect(page.get_by_text("StateGraph(State)")).to_have_count(0)
    page.close()
