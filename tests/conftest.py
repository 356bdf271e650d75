"""What every test may ask for: a graph run in both worlds."""

import asyncio

import pytest


@pytest.fixture(params=["sync", "async"])
def run(request):
    """Invoke a graph, once blocking and once on an event loop."""

    def invoke(graph, given, config=None):
        if request.param == "sync":
            return graph.invoke(given, config)
        return asyncio.run(graph.ainvoke(given, config))

    return invoke
