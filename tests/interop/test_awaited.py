"""A graph that is awaited, on savers that are awaited and on those that block."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from hilnb import Command
from hilnb.errors import SaverError
from hilnb.interop.langgraph import saver

from .graphs import THREAD, asking


@asynccontextmanager
async def opened(kind, request, tmp_path):
    if kind == "memory":
        yield InMemorySaver()
    elif kind == "sqlite":
        with SqliteSaver.from_conn_string(str(tmp_path / "t.db")) as kept:
            yield kept
    elif kind == "async sqlite":
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "t.db")) as kept:
            yield kept
    else:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

        async with AsyncPostgresSaver.from_conn_string(request.getfixturevalue("postgres")) as kept:
            yield kept


@pytest.mark.parametrize("kind", ["memory", "sqlite", "async sqlite", "async postgres"])
def test_a_graph_is_awaited_from_question_to_end(kind, request, tmp_path):
    async def talk():
        async with opened(kind, request, tmp_path) as kept:
            graph = asking().compile(checkpointer=saver(kept))
            await graph.ainvoke({"said": []}, THREAD)
            asked = (await graph.aget_state(THREAD)).interrupts[0].value
            done = await graph.ainvoke(Command(resume="yes"), THREAD)
            return asked, done, len([each async for each in graph.aget_state_history(THREAD)])

    assert asyncio.run(talk()) == ("Go?", {"said": ["yes"]}, 4)


def test_a_call_that_would_wait_for_itself_is_refused(tmp_path):
    async def block():
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "t.db")) as kept:
            asking().compile(checkpointer=saver(kept)).get_state(THREAD)

    with pytest.raises(SaverError, match="AsyncSqliteSaver is awaited, and a call that blocks would wait for itself"):
        asyncio.run(block())


def test_a_saver_whose_loop_has_ended_is_refused(tmp_path):
    async def leave():
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "t.db")) as kept:
            return saver(kept)

    ours = asyncio.run(leave())

    with pytest.raises(SaverError, match="lives on the event loop it was made on, which runs no more"):
        ours.get_tuple(THREAD)
