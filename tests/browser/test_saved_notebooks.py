"""A lesson exported to HTML, in a browser that runs no script and reaches no network."""

from __future__ import annotations

from pathlib import Path

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "07_time_travel.ipynb"


@pytest.fixture
def page(browser, tmp_path):
    """The lesson as `jupyter nbconvert --to html` writes it, at the width of a small window."""
    from nbconvert import HTMLExporter

    (tmp_path / "lesson.html").write_text(HTMLExporter().from_filename(str(LESSON))[0])
    context = browser.new_context(java_script_enabled=False, offline=True, viewport={"width": 900, "height": 1000})
    page = context.new_page()
    page.goto((tmp_path / "lesson.html").as_uri(), wait_until="commit")
    yield page
    context.close()


def test_an_exported_lesson_shows_picture_question_and_answer_without_scripts(page):
    record = page.locator(".hilnb").filter(has_text="Rome for 300 euros: shall we go?").first

    expect(record.locator("svg").get_by_text("ask", exact=True)).to_be_visible()
    expect(record.locator("img")).to_be_hidden()  # the spare picture
    expect(record.get_by_text("Rome for 300 euros: shall we go?")).to_be_visible()
    expect(record.get_by_text("yes", exact=True)).to_be_visible()
    expect(page.get_by_text("Loading widget")).to_have_count(0)
    expect(page.locator(".hilnb-moments").last).to_contain_text("The state was changed by hand")
