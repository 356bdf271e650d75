"""The pages in docs/reference say what the code says."""

import pytest

from tests import reference
from tests.compat import test_names

PAGES = reference.pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_what_the_docstrings_say(name):
    kept = reference.FOLDER / name

    assert kept.exists(), f"{name} is missing: python -m tests.reference"
    assert kept.read_text() == PAGES[name], f"{name} is stale: python -m tests.reference"


def test_there_are_no_other_pages():
    assert {path.name for path in reference.FOLDER.iterdir()} == PAGES.keys()


def test_every_public_name_says_what_it_is():
    assert reference.without_docstring() == []


def test_the_paths_of_langgraph_have_a_page_each():
    assert {*test_names.MODULES} <= {*reference.MODULES}
