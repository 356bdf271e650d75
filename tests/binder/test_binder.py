"""The folder that Binder builds from: it is whole, and its pins cover what the lessons import."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
BINDER = ROOT / "binder"
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PINNED = re.findall(r"^([\w.-]+)==[\w.!+]+$", (BINDER / "requirements.txt").read_text(), flags=re.MULTILINE)


def plain(name):
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported_by(path):
    """The top-level modules that a lesson imports."""
    cells = [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    names = set()
    for node in (node for cell in cells for node in ast.walk(ast.parse(cell, mode="exec"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.partition(".")[0])
    return names


def test_every_requirement_is_pinned_and_the_project_is_none():
    lines = [line for line in (BINDER / "requirements.txt").read_text().splitlines() if not line.startswith("#")]

    assert len(PINNED) == len(lines) > 50
    assert "hilnb" not in map(plain, PINNED)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_pins_cover_every_import_of_a_lesson(path):
    owners = packages_distributions()
    foreign = imported_by(path) - sys.stdlib_module_names - {"hilnb"}

    assert {name for name in foreign if {*map(plain, owners[name])}.isdisjoint(map(plain, PINNED))} == set()


def test_the_pins_cover_what_hilnb_itself_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [line for line in project["dependencies"] if "emscripten'" not in line or "!=" in line]
    extras = [*project["optional-dependencies"]["lab"], *project["optional-dependencies"]["anthropic"]]
    needed = {plain(re.match(r"[\w.-]+", line)[0]) for line in [*lines, *extras]} - {"hilnb"}

    assert needed - {*map(plain, PINNED)} == set()


def test_the_python_is_one_that_hilnb_runs_on():
    major, minor = re.fullmatch(r"python-(\d+)\.(\d+)\n?", (BINDER / "runtime.txt").read_text()).groups()

    assert (int(major), int(minor)) >= (3, 11)
    assert (BINDER / "apt.txt").read_text().split() == ["graphviz"]


def test_what_binder_runs_may_be_run_and_stops_at_the_first_failure():
    listed = subprocess.run(
        ["git", "ls-files", "-s", "binder/postBuild"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert listed.startswith("100755 ")
    text = (BINDER / "postBuild").read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    assert text.index("set -euo pipefail") < text.index("--no-deps") < text.index("binder/check.py")


def test_a_form_is_put_up_and_answered_by_the_check_of_the_build():
    done = subprocess.run([sys.executable, BINDER / "check.py"], cwd=ROOT, capture_output=True, text=True)

    assert done.stdout == "a graph was drawn, a form came up, and the run went on with the answer\n", done.stderr
