"""LangGraph's savers to keep our threads in: in memory, in a file, in a real PostgreSQL; blocking and awaited."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import contextmanager

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from .postgres import find_programs, running_server


@pytest.fixture(scope="session")
def server():
    """A PostgreSQL with LangGraph's tables; without one the tests are skipped, or fail when HILNB_POSTGRES=required."""
    missing = pytest.fail if os.environ.get("HILNB_POSTGRES") == "required" else pytest.skip
    try:
        from langgraph.checkpoint.postgres import PostgresSaver
    except ImportError as error:
        missing(f"these tests need LangGraph's PostgresSaver: {error}")
    programs = find_programs()
    if programs is None:
        missing("these tests need PostgreSQL: apt-get install postgresql")
    started = running_server(programs)
    try:
        address = started.__enter__()
    except (KeyError, OSError, RuntimeError) as error:
        missing(f"PostgreSQL does not start: {error}")
    with PostgresSaver.from_conn_string(address) as saver:
        saver.setup()
    yield address
    started.__exit__(None, None, None)


@pytest.fixture
def postgres(server):
    """The address of a PostgreSQL whose tables are empty."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("TRUNCATE checkpoints, checkpoint_blobs, checkpoint_writes")
    return server


@contextmanager
def on_a_loop(opened):
    """What an `async with` gives, made on a loop that runs in another thread."""
    loop = asyncio.new_event_loop()
    worker = threading.Thread(target=loop.run_forever)
    worker.start()

    def wait(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    context = opened()
    try:
        yield wait(context.__aenter__())
        wait(context.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        worker.join()
        loop.close()


class Place:
    """Where threads are kept: `open()` gives a saver of LangGraph's on it for a `with` block, each time another one."""

    def __init__(self, kind, path, address):
        self.kind, self.path, self.address = kind, path, address
        self._memory = InMemorySaver()

    @contextmanager
    def open(self):
        if self.kind == "memory":
            yield self._memory
        elif self.kind == "sqlite":
            with SqliteSaver.from_conn_string(str(self.path)) as saver:
                yield saver
        elif self.kind == "async sqlite":
            with on_a_loop(lambda: AsyncSqliteSaver.from_conn_string(str(self.path))) as saver:
                yield saver
        elif self.kind == "postgres":
            from langgraph.checkpoint.postgres import PostgresSaver

            with PostgresSaver.from_conn_string(self.address) as saver:
                yield saver
        elif self.kind == "postgres pool":
            from langgraph.checkpoint.postgres import PostgresSaver
            from psycopg_pool import ConnectionPool

            with ConnectionPool(self.address, min_size=1, max_size=4, kwargs={"autocommit": True}) as pool:
                yield PostgresSaver(pool)
        else:
            from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

            with on_a_loop(lambda: AsyncPostgresSaver.from_conn_string(self.address)) as saver:
                yield saver


@pytest.fixture
def place(request, tmp_path):
    """Where threads are kept, of the kind that a test asks for by `indirect=True`."""
    address = request.getfixturevalue("postgres") if "postgres" in request.param else None
    return Place(request.param, tmp_path / "threads.db", address)
