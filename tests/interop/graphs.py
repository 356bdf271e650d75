"""The graph of these tests: a node asks, another goes on."""

from __future__ import annotations

import operator
from typing import Annotated, TypedDict

from hilnb import END, START, StateGraph, interrupt

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    said: Annotated[list[str], operator.add]


def asking(after=lambda state: None):
    """A builder of hilnb's: `ask` asks "Go?", then comes `after`."""
    builder = StateGraph(State)
    builder.add_node("ask", lambda state: {"said": [interrupt("Go?")]}).add_node("after", after)
    return builder.add_edge(START, "ask").add_edge("ask", "after").add_edge("after", END)
