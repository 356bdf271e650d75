"""What the page about growing out says of new versions and late answers, tried on both libraries."""

from importlib import import_module
from typing import TypedDict

import pytest

from hilnb.errors import GraphError, UnknownInterruptError

THREAD = {"configurable": {"thread_id": "1"}}


class Refund(TypedDict, total=False):
    order: str
    said: list


class NewRefund(Refund, total=False):
    booked: bool


class Library:
    """One of the two; all its graphs keep their threads in the same place."""

    def __init__(self, name):
        self.graph, self.types = import_module(f"{name}.graph"), import_module(f"{name}.types")
        self.saver = import_module(f"{name}.checkpoint.memory").InMemorySaver()

    def asking(self, *questions, node="decide", state=Refund, then=None):
        """A graph whose first node asks these."""
        builder = self.graph.StateGraph(state)
        builder.add_node(node, lambda state: {"said": [self.types.interrupt(question) for question in questions]})
        builder.add_edge(self.graph.START, node)
        if then is not None:
            builder.add_node("then", then).add_edge(node, "then")
        return builder.compile(checkpointer=self.saver)

    def answer(self, graph, said):
        """What comes of an answer."""
        return graph.invoke(self.types.Command(resume=said), THREAD)


@pytest.fixture(params=["hilnb", "langgraph"])
def library(request):
    return Library(request.param)


def test_a_thread_goes_on_in_a_graph_with_another_node_and_another_key(library):
    library.asking("one?").invoke({"order": "B-2"}, THREAD)

    new = library.asking("one?", state=NewRefund, then=lambda state: {"booked": True})

    assert library.answer(new, "yes") == {"order": "B-2", "said": ["yes"], "booked": True}


def test_a_question_that_is_put_before_another_takes_its_answer(library):
    old = library.asking("one?", "two?")
    old.invoke({"order": "B-2"}, THREAD)
    library.answer(old, "to one")

    state = library.answer(library.asking("zero?", "one?", "two?"), "to two")

    assert [asked.value for asked in state["__interrupt__"]] == ["two?"]  # so the answer to one went to zero


def test_hilnb_says_that_the_node_a_thread_waits_in_is_gone():
    hilnb = Library("hilnb")
    hilnb.asking("one?").invoke({"order": "B-2"}, THREAD)

    with pytest.raises(GraphError, match="the thread stands before 'decide', which is no node of this graph"):
        hilnb.answer(hilnb.asking("one?", node="review"), "yes")


def test_langgraph_runs_nothing_then():
    langgraph = Library("langgraph")
    langgraph.asking("one?").invoke({"order": "B-2"}, THREAD)

    assert langgraph.answer(langgraph.asking("one?", node="review"), "yes") == {"order": "B-2"}


def answered_once(library):
    """A graph that asks in two nodes and was answered in the first; the id of that question."""
    graph = library.asking("one?", then=lambda state: {"said": [*state["said"], library.types.interrupt("two?")]})
    (first,) = graph.invoke({"order": "B-2"}, THREAD)["__interrupt__"]
    library.answer(graph, "yes")
    return graph, first.id


def test_hilnb_refuses_an_answer_to_a_closed_question():
    hilnb = Library("hilnb")
    graph, closed = answered_once(hilnb)

    with pytest.raises(UnknownInterruptError, match="is not an open question"):
        hilnb.answer(graph, {closed: "late"})


def test_langgraph_is_silent_about_it():
    langgraph = Library("langgraph")
    graph, closed = answered_once(langgraph)

    assert langgraph.answer(graph, {closed: "late"})["said"] == ["yes"]
