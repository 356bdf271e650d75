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


def test_lesson_2_takes_the_city_that_was_typed_into_the_search_and_the_final_answer(server, open_notebook):
    lesson, cell = open_lesson("02_agent_that_asks.ipynb", server, open_notebook)
    asked, wait, said = cell("request = "), cell("state = await run"), cell("for message in state")

    lesson.run_all()

    expect(lesson.output(cell("graph")).locator("svg").get_by_text("ask_human")).to_be_visible()
    expect(lesson.output(cell("import os"))).to_contain_text("Who answers: ScriptedModel(stand_in)")
    expect(lesson.text(asked, "Which city are you in?", exact=True)).to_be_visible()
    expect(lesson.text(asked, "AskHuman(question='Which city are you in?')")).to_be_visible()
    expect(lesson.page.locator(".jp-InputPrompt").nth(wait)).to_contain_text("[*]")

    lesson.field(asked).fill("Reykjavík")
    lesson.button(asked).click()

    lesson.expect_finished(asked)
    expect(lesson.text(asked, "search(query='weather in Reykjavík')")).to_be_visible()
    expect(lesson.text(asked, "This is what I found about the weather in Reykjavík: sunny")).to_be_visible()
    expect(lesson.output(said)).to_contain_text("This is what I found about the weather in Reykjavík: sunny")
    expect(lesson.output(cell("state = graph.invoke"))).to_contain_text("weather in Oslo")
    assert not lesson.script_errors
