"""The lessons in JupyterLite: Python runs in the page, the site is a folder of files, and no other host is there."""

import json
from pathlib import Path

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

from tests.lite.page import LitePage, served  # noqa: E402

LESSONS = Path(__file__).parents[2] / "notebooks"


def cells_of(lesson):
    """A function that says where a cell of the lesson stands, by how its source begins."""
    sources = ["".join(cell["source"]) for cell in json.loads((LESSONS / lesson).read_text())["cells"]]
    return lambda piece: next(n for n, source in enumerate(sources) if source.startswith(piece))


@pytest.fixture
def open_page(browser, lite_site, _opened):
    """Open a notebook of the site, or its first page."""
    with served(lite_site) as address:

        def open_it(notebook=""):
            page = LitePage(browser, address, notebook)
            _opened.append(page)
            return page

        yield open_it
        for page in _opened:
            page.close()


def test_the_first_page_leads_to_the_lessons(open_page):
    index = open_page()

    expect(index.page.get_by_role("heading", name="The lessons")).to_be_visible()
    expect(index.page.get_by_alt_text("The graph of lesson 1", exact=True)).to_be_visible()
    index.page.get_by_role("link", name="1. Wait for a person").click()

    expect(index.page.get_by_role("heading", name="Wait for a person", exact=True)).to_be_visible(timeout=60_000)
    assert (index.refused, index.script_errors) == ([], [])


def test_lesson_1_is_answered_by_hand_with_no_host_but_the_site(open_page):
    cell = cells_of("01_wait_for_user_input.ipynb")
    asked, again = cell("run = hilnb.ask("), cell("run = hilnb.run(")
    lesson = open_page("01_wait_for_user_input.ipynb")
    lesson.clear_outputs()

    lesson.walk(0, asked)
    expect(lesson.output(cell("graph")).locator("svg").get_by_text("human_feedback")).to_be_visible(timeout=60_000)
    expect(lesson.text(asked, "Please provide feedback:")).to_be_visible(timeout=60_000)
    lesson.field(asked).fill("straight on")
    lesson.button(asked).click()
    lesson.expect_finished(asked)

    lesson.walk(asked + 1, again)
    expect(lesson.output(asked + 2)).to_contain_text("{'input': 'hello world', 'user_feedback': 'straight on'}")
    expect(lesson.text(again, "Please provide feedback:")).to_be_visible(timeout=60_000)
    lesson.field(again).fill("round the corner")
    lesson.field(again).press("Enter")
    lesson.expect_finished(again)

    lesson.walk(again + 1, again + 1)
    expect(lesson.output(again + 1)).to_contain_text("{'input': 'hello again', 'user_feedback': 'round the corner'}")
    expect(lesson.page.locator('[data-mime-type="application/vnd.jupyter.error"]')).to_have_count(0)
    assert (lesson.refused, lesson.script_errors) == ([], [])


def test_nothing_is_chosen_in_a_form_before_a_person_does_it(open_page):
    asked = cells_of("04_typed_questions.ipynb")("trip =")
    lesson = open_page("04_typed_questions.ipynb")
    lesson.clear_outputs()
    lesson.walk(0, asked)
    form = lesson.output(asked)

    expect(form.get_by_label("garden", exact=True)).not_to_be_checked(timeout=60_000)
    form.get_by_label("City", exact=True).fill("Bergen")
    form.get_by_label("Nights", exact=True).fill("2")
    form.get_by_label("garden", exact=True).check()
    lesson.button(asked).click()

    lesson.expect_finished(asked)
    expect(lesson.text(asked, "room='garden'").first).to_be_visible()
    assert (lesson.refused, lesson.script_errors) == ([], [])


def test_a_file_on_the_drive_of_the_page_is_refused_and_one_under_tmp_is_advised(open_page):
    opened = cells_of("09_over_a_restart.ipynb")("builder = StateGraph(Order)")
    lesson = open_page("09_over_a_restart.ipynb")
    lesson.clear_outputs()

    lesson.walk(0, opened)

    expect(lesson.output(opened)).to_contain_text(
        "JupyterLite's drive cannot hold one. A path under /tmp can", timeout=60_000
    )
