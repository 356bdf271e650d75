"""What every test may ask for: a graph run in both worlds."""

import asyncio
import os
from pathlib import Path

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.checkpoint.sqlite import SqliteSaver
from tests.engines import ENGINES, names_of


@pytest.fixture(params=["sync", "async"])
def run(request):
    """Invoke a graph, once blocking and once on an event loop."""

    def invoke(graph, given, config=None):
        if request.param == "sync":
            return graph.invoke(given, config)
        return asyncio.run(graph.ainvoke(given, config))

    return invoke


@pytest.fixture(params=["memory", "sqlite"])
def saver(request):
    """A fresh saver, once in memory and once in a SQLite database."""
    if request.param == "memory":
        yield MemorySaver()
        return
    with SqliteSaver(":memory:") as saver:
        yield saver


@pytest.fixture(params=ENGINES)
def engine(request):
    """The names a graph is made of, once hilnb's and once LangGraph's."""
    if request.param == "langgraph":
        pytest.importorskip("langgraph.checkpoint.sqlite")
    return names_of(request.param)


@pytest.fixture(scope="session")
def lite_site(tmp_path_factory):
    """The JupyterLite site, built anew when HILNB_LITE=required; else the one in the folder that HILNB_LITE names."""
    wanted = os.environ.get("HILNB_LITE")
    if not wanted:
        pytest.skip("pip fetches packages to build the site: set HILNB_LITE=required, or to the folder of a built one")
    if wanted != "required":
        return Path(wanted).resolve()
    from tests.lite.site import build

    return build(tmp_path_factory.mktemp("lite"))
