"""What holds for every test, wherever it stands."""

import os

import pytest

os.environ.pop("ANTHROPIC_API_KEY", None)  # no test talks to the network, nor do the kernels of the notebooks


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Under `-n 2 --dist loadfile`: a file stays together, and all that needs the one browser or the site."""
    from xdist.scheduler import LoadFileScheduling

    class OneBrowser(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "browser" if file.startswith(("tests/browser/", "tests/lite/")) else file

    return OneBrowser(config, log)
