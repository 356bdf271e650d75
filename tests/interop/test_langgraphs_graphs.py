"""Graphs of LangGraph's on the screens: listed, asked for and looked back at, on each of LangGraph's savers."""

from __future__ import annotations

import asyncio
import contextvars
import operator
import subprocess
import sys
from typing import Annotated, TypedDict

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt

import hilnb
from hilnb.errors import SaverError
from hilnb.interop.langgraph import saver
from hilnb.widgets.background import in_background
from hilnb.widgets.session import Run

from .graphs import THREAD
from .graphs import asking as ours


class State(TypedDict):
    said: Annotated[list[str], operator.add]


def ask(state):
    return {"said": [interrupt("Go?")]}


async def ask_awaited(state):
    return ask(state)


def asking(kept, node=ask):
    builder = StateGraph(State).add_node("ask", node).add_node("after", lambda state: {"said": ["after"]})
    return builder.add_edge(START, "ask").add_edge("ask", "after").compile(checkpointer=kept)


def config(thread):
    return {"configurable": {"thread_id": thread}}


def worked_through(graph):
    """All that the screens do with two threads; what was seen on the way."""
    run = Run(graph, config("2"), do=lambda leg: leg())
    run.start({"said": []})
    listed = [(each.thread_id, *(asked.value for asked in each.questions)) for each in hilnb.pending(graph)]
    alone = str(hilnb.pending(graph.checkpointer))
    asked = hilnb.ask(graph, "1", unattended=["yes"])
    past = str(hilnb.inspect(graph, "1"))
    inspection = hilnb.inspect(graph, "1")
    at = next(n for n, moment in enumerate(inspection.timeline.moments) if moment.asked)
    inspection.change(at, {"said": ["by hand"]})
    branches = len(inspection.timeline.branches)
    run.submit("no")
    return listed, alone, asked.state, past, branches, run.state


SEEN = (
    [("1", "Go?"), ("2", "Go?")],
    "2 threads wait for an answer.\n"
    "thread  node  question  waits since\n"
    "1       ask   Go?       just now\n"
    "2       ask   Go?       just now\n"
    "To answer them here, give the graph: hilnb.pending(graph).",
    {"said": ["yes", "after"]},
    "Thread '1': 4 moments\n"
    "   1  an input came; the input is taken in next\n"
    "      said: []\n"
    "   2  the input was taken in; ask asked\n"
    "      ask asked 'Go?' and was answered 'yes'\n"
    "   3  after ask, because of an answer; next: after\n"
    "      said: + 1 item\n"
    "        + 'yes'\n"
    "   4  after after; the end\n"
    "      said: + 1 item\n"
    "        + 'after'",
    2,
    {"said": ["no", "after"]},
)


PLACES = ["memory", "sqlite", "async sqlite", "postgres", "async postgres"]
AWAITED = ["memory", "async sqlite", "async postgres"]  # LangGraph's others cannot keep a graph with async nodes


@pytest.mark.parametrize(
    ("place", "node"),
    [*((place, ask) for place in PLACES), *((place, ask_awaited) for place in AWAITED)],
    indirect=["place"],
)
def test_threads_are_listed_asked_for_and_looked_back_at(place, node):
    with place.open() as kept:
        graph = asking(kept, node)
        Run(graph, config("1"), do=lambda leg: leg()).start({"said": []})

        assert worked_through(graph) == SEEN


@pytest.mark.parametrize("node", [ask, ask_awaited])
def test_a_file_that_is_awaited_serves_also_where_its_own_loop_runs(tmp_path, node):
    async def work():  # as in a notebook's cell
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "t.db")) as kept:
            graph = asking(kept, node)
            await graph.ainvoke({"said": []}, config("1"))
            seen = worked_through(graph)
            return seen, (await graph.aget_state(config("2"))).values

    assert asyncio.run(work()) == (SEEN, {"said": ["no", "after"]})


def test_a_database_that_is_awaited_is_refused_where_its_own_loop_runs(postgres):
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

    async def work():
        async with AsyncPostgresSaver.from_conn_string(postgres) as kept:
            graph = asking(kept)
            await graph.ainvoke({"said": []}, config("1"))
            for look in (hilnb.pending, lambda graph: hilnb.ask(graph, "1"), lambda graph: hilnb.inspect(graph, "1")):
                with pytest.raises(SaverError, match="take LangGraph's saver of the same kind without Async"):
                    look(graph)

    asyncio.run(work())


def test_a_run_on_such_a_database_goes_on_while_its_loop_is_free(postgres):
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

    async def work():  # as in a notebook
        async with AsyncPostgresSaver.from_conn_string(postgres) as kept:
            run = Run(asking(kept), config("1"), do=in_background(contextvars.copy_context()))
            run.start({"said": []})
            with pytest.raises(SaverError, match="would wait for itself here"):
                run.wait_until_standing()
            await asyncio.to_thread(run.wait_until_standing)
            run.submit("yes")
            return await run

    assert asyncio.run(work()) == {"said": ["yes", "after"]}


@pytest.mark.parametrize("place", ["memory", "sqlite", "postgres"], indirect=True)
def test_hilnbs_threads_in_the_same_place_are_not_listed_with_langgraphs(place):
    with place.open() as kept:
        asking(kept).invoke({"said": []}, config("theirs"))
        graph = ours().compile(checkpointer=saver(kept))
        graph.invoke({"said": []}, config("ours"))

        assert [each.thread_id for each in hilnb.pending(kept)] == ["theirs"]
        assert [each.thread_id for each in hilnb.pending(graph)] == ["ours"]


@pytest.mark.parametrize("place", ["memory", "sqlite", "postgres"], indirect=True)
def test_of_known_savers_one_checkpoint_of_each_thread_is_read(place, monkeypatch):
    with place.open() as kept:
        graph = asking(kept)
        for thread in ("1", "2"):
            graph.invoke({"said": []}, config(thread))
        ours().compile(checkpointer=saver(kept)).invoke({"said": []}, config("hilnb's"))

        read = []
        get = type(kept).get_tuple
        monkeypatch.setattr(type(kept), "get_tuple", lambda self, config: read.append(config) or get(self, config))
        monkeypatch.setattr(type(kept), "list", None)

        hilnb.pending(graph)

    assert sorted(each["configurable"]["thread_id"] for each in read) == ["1", "2"]


class Elsewhere(BaseCheckpointSaver):
    """A saver that nobody here has heard of."""

    def __init__(self, kept):
        super().__init__(serde=kept.serde)
        self._kept = kept

    def get_tuple(self, config):
        return self._kept.get_tuple(config)

    def list(self, config, **chosen):
        return self._kept.list(config, **chosen)

    def put(self, *given):
        return self._kept.put(*given)

    def put_writes(self, *given):
        self._kept.put_writes(*given)


def test_an_unknown_saver_is_asked_for_all_that_it_keeps():
    graph = asking(Elsewhere(InMemorySaver()))
    graph.invoke({"said": []}, THREAD)

    assert [each.thread_id for each in hilnb.pending(graph)] == ["1"]


def test_a_database_that_is_closed_says_so(tmp_path):
    with SqliteSaver.from_conn_string(str(tmp_path / "t.db")) as kept:
        graph = asking(kept)

    with pytest.raises(SaverError, match="closed"):
        hilnb.pending(graph)


def test_a_tool_that_is_only_awaited_makes_its_graph_an_awaited_one():
    from langchain_core.messages import AIMessage
    from langchain_core.tools import tool
    from langgraph.graph import MessagesState
    from langgraph.prebuilt import ToolNode

    @tool
    async def book(city: str) -> str:
        """Book a flight."""
        return interrupt(f"Book {city}?")

    builder = StateGraph(MessagesState).add_node("tools", ToolNode([book])).add_edge(START, "tools")
    call = {"name": "book", "args": {"city": "Oslo"}, "id": "1", "type": "tool_call"}
    graph = builder.compile(checkpointer=InMemorySaver())

    run = hilnb.run(graph, {"messages": [AIMessage("", tool_calls=[call])]}, unattended=["booked"])

    assert run.state["messages"][-1].content == "booked"


def test_importing_hilnb_and_running_its_own_graphs_imports_nothing_of_langgraphs():
    code = """
import sys
import hilnb
from hilnb import START, MemorySaver, StateGraph, interrupt
graph = StateGraph(dict).add_node("ask", lambda state: interrupt("Go?")).add_edge(START, "ask")
graph = graph.compile(checkpointer=MemorySaver())
graph.invoke({}, {"configurable": {"thread_id": "1"}})
hilnb.pending(graph), hilnb.ask(graph, "1", unattended=[{}]), hilnb.inspect(graph, "1")
print([name for name in sys.modules if name.partition(".")[0] in ("langgraph", "langchain_core")])
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
