"""The lessons as a newcomer meets them: opened in JupyterLab, Run All, and the form filled in by hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

LESSONS = Path(__file__).resolve().parents[2] / "notebooks"


def open_lesson(name, server, open_notebook):
    """The lesson as it lies in the repository, and where its cells stand, by a piece of their source."""
    shutil.copy(LESSONS / name, server.folder / name)
    sources = ["".join(cell["source"]) for cell in json.loads((LESSONS / name).read_text())["cells"]]

    def index(piece: str) -> int:
        return next(n for n, source in enumerate(sources) if source.startswith(piece))

    return open_notebook(name=name), index


def test_lesson_1_runs_by_hand_from_the_picture_to_the_final_state(server, open_notebook):
    lesson, cell = open_lesson("01_wait_for_user_input.ipynb", server, open_notebook)
    asked, again = cell("run = hilnb.ask("), cell("run = hilnb.run(")
    picture, after = cell("graph"), cell("graph.get_state(thread).next")

    lesson.run_all()

    expect(lesson.output(picture).locator("svg").get_by_text("human_feedback")).to_be_visible()
    expect(lesson.output(after)).to_contain_text("('human_feedback',)")
    expect(lesson.text(asked, "Please provide feedback:")).to_be_visible()
    lesson.field(asked).fill("go to step 3!")
    lesson.button(asked).click()

    lesson.expect_finished(asked)
    state = "{'input': 'hello world', 'user_feedback': 'go to step 3!'}"
    expect(lesson.output(asked + 2)).to_contain_text(state)

    lesson.field(again).fill("and again!")
    lesson.button(again).dblclick()

    lesson.expect_finished(again)
    expect(lesson.output(again + 1)).to_contain_text("{'input': 'hello again', 'user_feedback': 'and again!'}")
    assert not lesson.script_errors
