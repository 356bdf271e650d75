"""Every saver of LangGraph's keeps every promise of the contract."""

import pytest

from hilnb.interop.langgraph import saver
from hilnb.testing import SAVER_CHECKS

KINDS = ["memory", "sqlite", "async sqlite", "postgres", "async postgres"]


@pytest.mark.parametrize("place", KINDS, indirect=True)
@pytest.mark.parametrize("check", SAVER_CHECKS, ids=lambda check: check.__name__)
def test_a_saver_keeps_the_promise(check, place):
    with place.open() as kept:
        check(saver(kept))
