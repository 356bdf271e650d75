"""The lessons as a newcomer meets them: opened in JupyterLab, run, and each form filled in by hand.

The answers are others than those the lessons give themselves where nobody is there.
"""

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


def expect_clean(lesson):
    """Nothing failed, in the page or in a cell."""
    expect(lesson.page.locator('[data-mime-type="application/vnd.jupyter.error"]')).to_have_count(0)
    expect(lesson.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]')).to_have_count(0)
    assert not lesson.script_errors


def test_lesson_1_is_walked_cell_by_cell_from_the_picture_to_the_final_state(server, open_notebook):
    lesson, cell = open_lesson("01_wait_for_user_input.ipynb", server, open_notebook)
    asked, again = cell("run = hilnb.ask("), cell("run = hilnb.run(")
    picture, after = cell("graph"), cell("graph.get_state(thread).next")

    lesson.walk(0, asked)

    expect(lesson.output(picture).locator("svg").get_by_text("human_feedback")).to_be_visible()
    expect(lesson.output(after)).to_contain_text("('human_feedback',)")
    expect(lesson.text(asked, "Please provide feedback:")).to_be_visible()
    lesson.field(asked).fill("straight on")
    lesson.button(asked).click()

    lesson.expect_finished(asked)
    lesson.walk(asked + 1, again)
    expect(lesson.output(asked + 2)).to_contain_text("{'input': 'hello world', 'user_feedback': 'straight on'}")

    lesson.field(again).fill("round the corner")
    lesson.button(again).dblclick()

    lesson.expect_finished(again)
    lesson.walk(again + 1, again + 1)
    expect(lesson.output(again + 1)).to_contain_text("{'input': 'hello again', 'user_feedback': 'round the corner'}")
    expect_clean(lesson)


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
    expect_clean(lesson)


def test_lesson_3_does_what_was_decided_about_each_letter(server, open_notebook):
    lesson, cell = open_lesson("03_approve_edit_or_reject.ipynb", server, open_notebook)
    first, second, letters = cell("agree ="), cell("saturday ="), cell("bo =")

    def decide(index, decision, label="", text=""):
        """Choose a decision on the call that is shown; write the text where the label says."""
        form = lesson.output(index)
        form.get_by_label(decision, exact=True).check()
        if label:
            form.get_by_label(label, exact=True).fill(text)
        lesson.button(index).click()

    lesson.run_all()
    expect(lesson.button(first)).to_be_visible(timeout=20_000)
    expect(lesson.text(first, "Dear Ann, please come to my party on Friday.").last).to_be_visible()
    decide(first, "Reject", "Reason", "No party.")
    lesson.expect_finished(first)
    expect(lesson.output(first + 1)).to_contain_text("'decision': 'reject'")

    decide(second, "Edit", "Arguments", '{"to": "Ann", "text": "Sunday!"}')
    lesson.expect_finished(second)
    expect(lesson.text(second, "In the post: Sunday!")).to_be_visible()

    expect(lesson.text(letters, "Now Ann's letter.")).to_be_visible()
    decide(letters, "Reject", "Reason", "Ann has moved.")
    expect(lesson.text(letters, "Now Bo's letter.")).to_be_visible()
    decide(letters, "Approve")
    expect(lesson.text(letters, "Now Cleo's letter.")).to_be_visible()
    decide(letters, "Edit", "Arguments", '{"to": "Cleo", "text": "Cleo, bring a cake."}')

    lesson.expect_finished(letters)
    told, sent = (lesson.output(n) for n in (letters + 3, letters + 5))
    expect(told).to_contain_text("The reason: Ann has moved.")
    expect(told).to_contain_text("success: The letter to Cleo is in the post.")
    expect(sent).to_contain_text("Dear Bo, please come to my party on Friday.\nCleo, bring a cake.")
    expect_clean(lesson)


def test_lesson_4_says_what_is_wrong_with_an_answer_and_takes_the_next(server, open_notebook):
    lesson, cell = open_lesson("04_typed_questions.ipynb", server, open_notebook)
    trip, guests, price, both = cell("trip ="), cell("class Party"), cell("graph = StateGraph(Night)"), cell("run = ")

    def fill(index, label, text):
        lesson.output(index).get_by_label(label, exact=True).fill(text)

    lesson.run_all()
    expect(lesson.button(trip)).to_be_visible(timeout=20_000)
    fill(trip, "City", "Bergen")
    fill(trip, "Nights", "two")
    for chosen in ("garden", "No"):
        lesson.output(trip).get_by_label(chosen, exact=True).check()
    lesson.button(trip).click()
    expect(lesson.text(trip, "whole number").last).to_be_visible()
    fill(trip, "Nights", "2")
    lesson.button(trip).click()
    lesson.expect_finished(trip)
    state = "Trip(city='Bergen', nights=2, room='garden', breakfast=False)"
    expect(lesson.output(trip + 1)).to_contain_text(state)

    fill(guests, "Adults", "0")
    fill(guests, "Children", "2")
    lesson.button(guests).click()
    expect(lesson.text(guests, "At least one adult has to come along.")).to_be_visible()
    fill(guests, "Adults", "2")
    lesson.button(guests).click()
    lesson.expect_finished(guests)
    expect(lesson.output(guests + 1)).to_contain_text("Guests(adults=2, children=2)")

    lesson.field(price).fill("79")
    lesson.button(price).click()
    expect(lesson.text(price, "There is nothing for 79.")).to_be_visible()
    lesson.field(price).fill("100")
    lesson.button(price).click()
    lesson.expect_finished(price)
    expect(lesson.output(price + 3)).to_contain_text("ask_price started 3 times")

    fill(both, "Answer", "4")
    lesson.button(both).last.click()
    expect(lesson.text(both, "1 of 2 answered.")).to_be_visible()
    lesson.output(both).get_by_label("garden", exact=True).check()
    lesson.button(both).click()
    lesson.expect_finished(both)
    expect(lesson.output(both + 1)).to_contain_text("{'room': 'garden', 'seats': 4}")
    expect_clean(lesson)
