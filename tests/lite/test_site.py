"""The JupyterLite site is whole: hilnb, the lessons and their Python are inside, and no other host is named."""

import json
import re
import subprocess
from hashlib import sha256
from zipfile import ZipFile

import pytest

import hilnb
from tests.lite.site import RECIPE

LESSONS = sorted((RECIPE.parent / "notebooks").glob("*.ipynb"))
OTHER_HOST = re.compile(r"(?:https?:)?//")


@pytest.fixture(scope="session")
def python(lite_site):
    """The folder with Pyodide and all wheels."""
    return lite_site / "static" / "pyodide"


@pytest.fixture(scope="session")
def packages(python):
    """What Pyodide is told about each package."""
    return json.loads((python / "pyodide-lock.json").read_text())["packages"]


def settings(site):
    """What the page is told about its kernel."""
    page = json.loads((site / "jupyter-lite.json").read_text())["jupyter-config-data"]
    return page["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]


def strings_in(value):
    """All texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings_in(each)


def test_this_hilnb_is_inside_with_all_its_modules(python, packages):
    listed = subprocess.run(["git", "ls-files", "hilnb"], cwd=RECIPE.parent, capture_output=True, text=True, check=True)

    with ZipFile(python / packages["hilnb"]["file_name"]) as wheel:
        inside = {name: wheel.read(name) for name in wheel.namelist()}

    assert packages["hilnb"]["version"] == hilnb.__version__
    for name in listed.stdout.splitlines():
        if (RECIPE.parent / name).exists():  # not deleted meanwhile
            assert inside[name] == (RECIPE.parent / name).read_bytes()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_is_inside(lite_site, lesson):
    assert (lite_site / "files" / "notebooks" / lesson.name).read_bytes() == lesson.read_bytes()
    listed = json.loads((lite_site / "api" / "contents" / "notebooks" / "all.json").read_text())["content"]
    assert lesson.name in [entry["name"] for entry in listed]


def test_what_a_lesson_links_to_is_inside(lite_site):
    for lesson in LESSONS:
        cells = json.loads(lesson.read_text())["cells"]
        for link in re.findall(r"\]\(([^)#:]+)\)", "".join("".join(cell["source"]) for cell in cells)):
            assert (lite_site / "files" / "notebooks" / link).exists(), (lesson.name, link)


def test_every_package_is_served_by_the_site_itself_unchanged(python, packages):
    for package in packages.values():
        file = python / package["file_name"]

        assert sha256(file.read_bytes()).hexdigest() == package["sha256"]
        assert set(package["depends"]) <= packages.keys()


def test_what_the_kernel_starts_with_is_among_them(lite_site, packages):
    assert {"micropip", "piplite", "pyodide-kernel", "ipykernel"} <= {
        *settings(lite_site)["loadPyodideOptions"]["packages"]
    }
    assert {*settings(lite_site)["loadPyodideOptions"]["packages"]} <= packages.keys()


def test_the_configuration_names_no_other_host(lite_site, packages):
    told = settings(lite_site)
    indexes = [lite_site / url.partition("?")[0] for url in told["pipliteUrls"]]
    read = [json.loads(index.read_text()) for index in indexes]
    for page in lite_site.rglob("jupyter-lite.json"):
        read.append(json.loads(page.read_text()))

    assert told["disablePyPIFallback"] is True
    assert (lite_site / told["pyodideUrl"]).is_file()
    assert [text for text in strings_in([*read, packages]) if OTHER_HOST.match(text)] == []
