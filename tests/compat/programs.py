"""What the programs share: states, nodes, small graphs, and the list they are kept in."""

import dataclasses
import difflib
import itertools
import operator
from pprint import pformat
from typing import Annotated

from pydantic import BaseModel
from typing_extensions import TypedDict

from tests.compat.libraries import heard


class Programs(dict):
    """The programs of a file, by name. Use it as their decorator.

    A program is called with a library and with a Player; `awaiting` says in which worlds it makes sense.
    """

    def __call__(self, function=None, *, awaiting=(False, True)):
        """Add a program, run in both worlds unless `awaiting` names one."""
        if function is None:
            return lambda function: self(function, awaiting=awaiting)
        self[function.__name__] = (function, awaiting)
        return function

    def cases(self):
        """Every program in every world it is for: arguments and their ids, for `parametrize`."""
        pairs = [(name, world) for name, (_, worlds) in self.items() for world in worlds]
        return {"argvalues": pairs, "ids": [f"{name}-{'async' if world else 'sync'}" for name, world in pairs]}

    def heard(self, name, awaiting):
        """What a program hears on LangGraph and on hilnb."""
        program, _ = self[name]
        return heard(program, "langgraph", awaiting), heard(program, "hilnb", awaiting)


def difference(here, there):
    """The first thing two libraries tell differently, line by line."""
    for n, (mine, theirs) in enumerate(itertools.zip_longest(here, there, fillvalue="nothing more")):
        if mine != theirs:
            lines = difflib.ndiff(pformat(theirs).splitlines(), pformat(mine).splitlines())
            shown = [line for line in lines if not line.startswith("?")]
            return "\n".join([f"number {n}, - LangGraph, + hilnb {getattr(mine, 'text', '')}", *shown])
    return "nothing"


class Words(TypedDict):
    text: str
    log: Annotated[list, operator.add]


class Plain(TypedDict):
    a: str
    b: int


class Model(BaseModel):
    a: str
    b: int = 3
    log: Annotated[list, operator.add] = []


@dataclasses.dataclass
class Record:
    a: str
    b: int = 3
    log: Annotated[list, operator.add] = dataclasses.field(default_factory=list)


def thread(name):
    """The config of a thread."""
    return {"configurable": {"thread_id": name}}


def add(word):
    """A node that adds a word to the log."""
    return lambda state: {"log": [word]}


def ask(lg, question):
    """A node that asks, and logs question and answer."""
    return lambda state: {"log": [f"{question}={lg.interrupt(question)}"]}


def chain(lg, schema=Words, saver=True, **nodes):
    """Nodes one after the other."""
    builder = lg.StateGraph(schema)
    before = lg.START
    for name, action in nodes.items():
        builder.add_node(name, action)
        builder.add_edge(before, name)
        before = name
    builder.add_edge(before, lg.END)
    return builder.compile(checkpointer=lg.MemorySaver() if saver is True else saver or None)


def in_a_row(lg, builder, *names):
    """A builder with its nodes in a row, compiled."""
    before = lg.START
    for name in names:
        builder.add_edge(before, name)
        before = name
    return builder.compile(checkpointer=lg.MemorySaver())


def side_by_side(lg, **nodes):
    """Nodes in one superstep, joined by a last one."""
    builder = lg.StateGraph(Words)
    for name, action in nodes.items():
        builder.add_node(name, action)
        builder.add_edge(lg.START, name)
    builder.add_node("last", add("last"))
    builder.add_edge(list(nodes), "last")
    return builder.compile(checkpointer=lg.MemorySaver())


def routed(lg, answer, path_map=None, source="x"):
    """x, then whatever the answer says."""
    builder = lg.StateGraph(Words).add_node("x", add("x")).add_node("y", add("y")).add_node("z", add("z"))
    choose = lambda state: answer  # noqa: E731 - LangGraph names the branch after the lambda
    if source == "x":
        builder.add_edge(lg.START, "x")
    builder.add_conditional_edges(lg.START if source == "START" else "x", choose, path_map)
    return builder.compile(checkpointer=lg.MemorySaver())


def child(lg, saver=None, **nodes):
    """A graph to be a node of another: nodes one after the other, with the saver setting of a subgraph."""
    builder = lg.StateGraph(Words)
    names = [lg.START, *nodes]
    for name, action in nodes.items():
        builder.add_node(name, action)
    for before, after in zip(names, nodes):
        builder.add_edge(before, after)
    return builder.compile(checkpointer=saver)
