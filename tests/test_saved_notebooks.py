"""A lesson as it is read without a kernel: on GitHub, in nbviewer, exported to a page whose scripts never run."""

from __future__ import annotations

import ast
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

FOLDER = Path(__file__).parent.parent / "notebooks"
INDEX = FOLDER / "00_index.ipynb"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LESSONS = [path for path in NOTEBOOKS if path != INDEX]
UNSEEN = {"script", "style", "svg", "head"}
"""What is taken out, with all that is in it, by a page that trusts nobody; classes and inline styles go as well."""
MACHINE = re.compile(r"(?<![\w.])(?:/(?:home|root|tmp|work|usr|Users|opt|var|private)/|[A-Z]:\\)[\w.\\/-]*")
THE_PICTURE = "data:image/svg+xml;base64,"

over_the_notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
over_the_lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


class Page(HTMLParser):
    """What is left of HTML without scripts, styles, classes and inline pictures.

    Attributes:
        text: The text, in order.
        images: The images, by where they come from.
        links: Where the links lead.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.images: list[str] = []
        self.links: list[str] = []
        self._pieces: list[str] = []
        self._hidden: list[str] = []
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return " ".join(self._pieces)

    def handle_starttag(self, tag, attrs):
        if tag in UNSEEN:
            self._hidden.append(tag)
        if tag == "img":
            self.images.append(dict(attrs)["src"])
        if tag == "a":
            self.links.append(dict(attrs).get("href", ""))

    def handle_endtag(self, tag):
        if tag in UNSEEN:
            assert self._hidden.pop() == tag

    def handle_data(self, data):
        if not self._hidden:
            self._pieces.append(data)


@cache
def saved(path):
    return nbformat.read(path, 4)


@cache
def exported(path):
    """The lesson as `jupyter nbconvert --to html` writes it, with scripts off."""
    html, _ = HTMLExporter().from_filename(str(path))
    return Page(html)


def code_cells(path):
    return [cell for cell in saved(path).cells if cell.cell_type == "code"]


def outputs(path):
    return [output for cell in code_cells(path) for output in cell.outputs]


def records(path):
    """The runs that were shown, each as text and as the page that is left of it."""
    for output in outputs(path):
        data = output.get("data", {})
        if re.match(r"Run( of thread .*)?: ", data.get("text/plain", "")):
            yield data["text/plain"], Page(data["text/html"])


def told(transcript):
    """The lines of a transcript that tell a question, its options or an answer."""
    label = ""
    start = min(line.find(word) for line in transcript.splitlines() for word in ("asked  ", "answer  ") if word in line)
    for line in transcript.splitlines():
        label = line[start : start + 8].strip() or label
        if label in ("asked", "answer"):
            yield line[start + 8 :]


def words(text):
    return re.findall(r"\w+", text)


def in_order(lines, text):
    """The first of the lines that does not stand in a text after those before it; None when all do."""
    left = f" {' '.join(words(text))} "
    for line in filter(words, lines):
        _, found, left = left.partition(f" {' '.join(words(line))} ")
        if not found:
            return line
        left = f" {left}"
    return None


@over_the_lessons
def test_the_picture_is_there_without_scripts(path):
    pictures = [image for image in exported(path).images if image.startswith(THE_PICTURE)]

    assert pictures


@over_the_lessons
def test_each_question_stands_with_its_options_and_its_answer_in_order_without_styles(path):
    for transcript, page in records(path):
        assert in_order(told(transcript), page.text) is None


@over_the_lessons
def test_the_exported_page_tells_every_question_and_answer(path):
    lines = [line for transcript, _ in records(path) for line in told(transcript)]

    assert lines
    assert in_order(lines, exported(path).text) is None


@over_the_lessons
def test_the_answers_given_beforehand_are_told(path):
    for cell in code_cells(path):
        given = re.search(r"unattended=(\[.*?\])\)", cell.source, flags=re.DOTALL)
        answers = literal(given[1]) if given else []
        shown = " ".join(Page(output.get("data", {}).get("text/html", "")).text for output in cell.outputs)
        assert in_order([str(answer) for answer in answers if not isinstance(answer, dict)], shown) is None


def literal(code):
    try:
        return ast.literal_eval(code)
    except ValueError:  # answers that have a name
        return []


@over_the_notebooks
def test_nothing_needs_a_kernel_or_a_script_to_be_seen(path):
    kinds = {kind for output in outputs(path) for kind in output.get("data", {})}

    assert "application/vnd.jupyter.widget-view+json" not in kinds
    assert "widgets" not in saved(path).metadata
    assert "Loading widget" not in exported(path).text
    assert "Error displaying widget" not in exported(path).text


@over_the_notebooks
def test_no_path_of_a_machine_is_kept(path):
    kept = re.sub(rf"{THE_PICTURE}[A-Za-z0-9+/=]*", "", path.read_text())

    assert MACHINE.findall(kept) == []


@over_the_notebooks
def test_images_come_with_the_notebook_and_from_no_other_place(path):
    links = [image for image in exported(path).images if not image.startswith("data:")]

    assert [image for image in links if re.match(r"[a-z]+:|/", image)] == []
    assert [image for image in links if not (FOLDER / image).is_file()] == []


@over_the_notebooks
def test_an_error_is_shown_only_where_the_lesson_wants_one(path):
    for cell in code_cells(path):
        if "raises-exception" not in cell.metadata.get("tags", []):
            assert [output.ename for output in cell.outputs if output.output_type == "error"] == []
            assert "Traceback (most recent call last)" not in str(cell.outputs)


@over_the_notebooks
def test_it_was_run_from_top_to_bottom_and_says_nothing_of_who_ran_it(path):
    counts = [cell.execution_count for cell in code_cells(path)]

    assert counts == [*range(1, len(counts) + 1)]
    assert saved(path).metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert {key for cell in saved(path).cells for key in cell.metadata} <= {"tags"}


def test_the_index_leads_to_every_lesson_in_order_by_its_title_and_picture():
    source = "".join(cell.source for cell in saved(INDEX).cells)
    rows = re.findall(r'<img src="(pictures/.*?)".*\[\d+\. (.*?)\]\((.*?)\)', source)
    ready = [row for row in rows if (FOLDER / row[2]).exists()]

    assert ready == [(f"pictures/{path.name[:2]}.png", title(path), path.name) for path in LESSONS]


def title(path):
    return saved(path).cells[0].source.partition("\n")[0].removeprefix("# ")
