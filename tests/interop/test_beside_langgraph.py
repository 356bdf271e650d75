"""Threads of hilnb's and of LangGraph's, called the same, in one place: neither is in the other's way."""

import langgraph.graph
import langgraph.types
import pytest

from hilnb import END, START, Command
from hilnb.interop.langgraph import saver

from .graphs import THREAD, State, asking

pytestmark = pytest.mark.parametrize("place", ["memory", "sqlite", "postgres"], indirect=True)


def langgraphs_own():
    """A graph of LangGraph's that asks."""
    builder = langgraph.graph.StateGraph(State)
    builder.add_node("ask", lambda state: {"said": [langgraph.types.interrupt("Go?")]})
    builder.add_edge(START, "ask").add_edge("ask", END)
    return builder


def test_what_is_done_to_our_threads_leaves_langgraphs_alone(place):
    with place.open() as kept:
        theirs, ours = langgraphs_own().compile(checkpointer=kept), saver(kept)
        graph = asking().compile(checkpointer=ours)
        theirs.invoke({"said": ["theirs"]}, THREAD)
        before = [*kept.list(THREAD)]

        graph.invoke({"said": ["ours"]}, THREAD)
        graph.invoke(Command(resume="yes"), THREAD)
        ours.copy_thread("1", "2")
        ours.prune()
        listed = [found.checkpoint.values["said"] for found in ours.list(None)]
        ours.delete_thread("1")

        assert listed == [["ours", "yes"]] * 2
        assert [*ours.threads()] == ["2"]
        assert [*kept.list(THREAD)] == before
        assert theirs.invoke(langgraph.types.Command(resume="go"), THREAD) == {"said": ["theirs", "go"]}


def test_what_is_done_to_langgraphs_threads_leaves_ours_alone(place):
    with place.open() as kept:
        theirs, ours = langgraphs_own().compile(checkpointer=kept), saver(kept)
        graph = asking().compile(checkpointer=ours)
        graph.invoke({"said": []}, THREAD)
        before = [*ours.list(THREAD)]

        theirs.invoke({"said": ["theirs"]}, THREAD)
        kept.delete_thread("1")

        assert [*ours.list(THREAD)] == before
        assert graph.invoke(Command(resume="yes"), THREAD) == {"said": ["yes"]}


def test_langgraphs_own_saver_can_list_what_is_ours(place):
    with place.open() as kept:
        graph = asking().compile(checkpointer=saver(kept))
        graph.invoke({"said": ["ours"]}, THREAD)

        found = [*kept.list(None)]

        assert {each.config["configurable"]["thread_id"] for each in found} == {"hilnb:1"}
        assert [each.metadata["step"] for each in found] == [0, -1]
