"""Tools that remember what they did."""

import pytest

from hilnb.prebuilt import ask_human
from hilnb.tools import tool


@pytest.fixture
def ran():
    """What the tools were called with."""
    return []


@pytest.fixture
def tools(ran):
    @tool
    def send(to: str, copies: int = 1) -> str:
        """Send it."""
        ran.append((to, copies))
        return f"sent to {to}"

    @tool
    def look(what: str) -> str:
        """Look at it."""
        ran.append(what)
        return f"saw {what}"

    return [send, look, ask_human]
