"""One JupyterLab and one Chromium for all browser tests; a page and a kernel for each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

FAILURES = Path(__file__).parent / "failures"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
    # Last of all, so that whoever watches sees the quick ones first.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:  # type: ignore[attr-defined]
        FAILURES.mkdir(exist_ok=True)
        for number, opened in enumerate(item.funcargs.get("_opened", [])):  # type: ignore[attr-defined]
            if not opened.page.is_closed():
                opened.page.screenshot(path=FAILURES / f"{item.name}-{number}.png", full_page=True)
    return report


@pytest.fixture(scope="package")
def browser():
    """Headless Chromium; where there is none the tests are skipped, or fail when HILNB_BROWSER=required."""
    missing = pytest.fail if os.environ.get("HILNB_BROWSER") == "required" else pytest.skip
    try:
        from playwright.sync_api import sync_playwright

        from .harness import CHROMIUM_FLAGS, find_chromium
    except ImportError as error:
        missing(f"browser tests need playwright and jupyterlab: {error}")
    executable = find_chromium()
    if executable is None:
        missing("browser tests need Chromium: apt-get install chromium, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def server(browser, tmp_path_factory: pytest.TempPathFactory):
    """JupyterLab on 127.0.0.1, with settings of its own."""
    from .harness import JupyterServer

    with JupyterServer(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture
def _opened() -> list:
    return []


@pytest.fixture
def open_notebook(browser, server, request: pytest.FixtureRequest, _opened: list) -> Iterator[Callable]:
    """Write a notebook from cells (or take one written before) and open it in a page of its own."""
    from .harness import NotebookPage

    def open_it(cells: list[str] | None = None, *, name: str = "", width: int = 1200, height: int = 1000):
        name = name or f"{request.node.name}.ipynb"
        if cells is not None:
            server.write(name, cells)
        page = NotebookPage(browser, server, name, width, height)
        _opened.append(page)
        return page

    yield open_it
    for page in _opened:
        page.close()
