"""The folder that Binder builds from: it is whole, and its pins cover what the lessons import."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
BINDER = ROOT / "binder"
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
README, PLACES = (ROOT / "README.md").read_text(), (ROOT / "docs" / "places.md").read_text()
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


def test_with_the_jupyterlab_of_binders_image_the_notebook_above_it_is_replaced():
    assert {"jupyterlab", "notebook"} <= {*map(plain, PINNED)}


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


def test_repo2docker_builds_on_this_python_and_takes_every_file():
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "."], cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    # It is content with any folder; what it makes of this one is in the Dockerfile it prints.
    version = (BINDER / "runtime.txt").read_text().strip().removeprefix("python-")
    assert f"Building conda environment for python={version}" in done.stderr
    lines = [line.removeprefix("RUN ").removesuffix(" && \\") for line in done.stdout.splitlines()]
    steps = [
        "apt-get install --yes --no-install-recommends graphviz",
        '${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"',
        "COPY --chown=0:0 src/ ${REPO_DIR}/",
        "./binder/postBuild",
    ]
    assert [line for line in lines if line in steps] == steps


def test_the_badge_opens_the_first_lesson_at_the_address_that_places_tells():
    [(picture, address)] = re.findall(r"\[!\[[^\]]+\]\(([^)]+)\)\]\((https://mybinder\.org/[^)]+)\)", README)

    assert re.findall(r"https://mybinder\.org/[^\s)`]+", PLACES) == [address]
    url = urlsplit(address)
    assert re.fullmatch(r"/v2/gh/[\w.-]+/[\w.-]+/HEAD", url.path)
    assert parse_qs(url.query) == {"labpath": ["notebooks/01_wait_for_user_input.ipynb"]}
    assert ROOT / "notebooks/01_wait_for_user_input.ipynb" in LESSONS
    assert ElementTree.parse(ROOT / picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"
