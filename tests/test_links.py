"""Every relative link, anchor and picture of the pages and lessons leads somewhere, and what they name is there."""

import ast
import html
import importlib.util
import json
import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parent.parent

LINK = re.compile(r"!?\[(?P<text>(?:[^\[\]]|!?\[[^\]]*\]\([^)]*\))*)\]\((?P<target>[^()\s]+(?:\([^()]*\))?)\)")
PICTURE = re.compile(r"<img [^>]*src=\"(?P<target>[^\"]+)\"")


def pages():
    """Every Markdown page and notebook that is in the repository or about to be."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md", "*.ipynb"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in sorted({*names}) if (ROOT / name).exists()]


@cache
def prose(page):
    """The Markdown of a page, or of a notebook's cells, without blocks of code."""
    text = page.read_text()
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return re.sub(r"(?ms)^ *```.*?^ *```", "", text)


def links(page):
    """`(text, target)` of every relative link and picture."""
    text = prose(page)
    nested = [match for match in LINK.finditer(text) for match in (match, *LINK.finditer(match["text"]))]
    found = [(match["text"], match["target"]) for match in nested]
    found += [("", match["target"]) for match in PICTURE.finditer(text)]
    return [(said, unquote(target)) for said, target in found if not re.match(r"[a-z]+:", target)]


@cache
def anchors(page):
    """The anchors of a page's headings: GitHub's, and for a notebook Jupyter's."""
    headings = re.findall(r"(?m)^#+ +(.*?) *$", prose(page))
    if page.suffix == ".ipynb":
        return {heading.replace(" ", "-") for heading in headings}
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", html.unescape(heading)) for heading in headings]
    found = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain]
    again = [f"{one}-{found[:n].count(one)}" for n, one in enumerate(found) if one in found[:n]]
    return {*found, *again}


@cache
def defined(path):
    """The names a Python file defines: `name`, and `Class.name` for what is in a class."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        for one in names_of(node):
            names.add(one)
            names.update(f"{one}.{inner}" for part in getattr(node, "body", []) for inner in names_of(part))
    return names


def names_of(node):
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def name_of(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_every_link_leads_somewhere(page):
    for _, target in links(page):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page

        assert there.exists(), f"{target}: there is no {path}"
        if anchor:
            assert there.suffix in (".md", ".ipynb"), f"{target}: only pages and notebooks have anchors"
            assert anchor in anchors(there), f"{target}: no heading of {there.name} is #{anchor}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_what_a_link_to_a_source_file_names_is_defined_there(page):
    for text, target in links(page):
        if target.endswith(".py") and (named := re.fullmatch(r"`([\w.]+)`", text)):
            names = defined((page.parent / target).resolve())

            assert named[1].endswith(".py") or named[1] in names, f"{target} defines no {named[1]}"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_the_modules_that_commands_run_are_there(page):
    for module in re.findall(r"python -m ([a-z_.]+[a-z_])", page.read_text()):
        assert importlib.util.find_spec(module), f"python -m {module}"
