"""Small graphs that many tests use."""

import operator
from typing import Annotated, TypedDict

from hilnb.checkpoint.memory import MemorySaver
from hilnb.graph import END, START, StateGraph
from hilnb.types import interrupt

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    text: str
    log: Annotated[list, operator.add]


def chain(saver=True, schema=State, **nodes):
    """Nodes one after the other."""
    builder, before = StateGraph(schema), START
    for name, action in nodes.items():
        builder.add_node(name, action).add_edge(before, name)
        before = name
    return builder.add_edge(before, END).compile(checkpointer=MemorySaver() if saver is True else saver or None)


def side_by_side(saver=True, **nodes):
    """Nodes in one superstep, joined by `last`."""
    builder = StateGraph(State).add_node("last", log("last"))
    for name, action in nodes.items():
        builder.add_node(name, action).add_edge(START, name)
    return builder.add_edge(list(nodes), "last").compile(checkpointer=MemorySaver() if saver is True else saver or None)


def log(word):
    """A node that logs a word."""
    return lambda state: {"log": [word]}


def ask(question):
    """A node that asks and logs the answer."""
    return lambda state: {"log": [interrupt(question)]}
