"""LangGraph's savers to keep our threads in: in memory, in a file, in a real PostgreSQL; blocking and awaited."""

from __future__ import annotations

import os

import pytest

from .places import Place
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


@pytest.fixture
def place(request, tmp_path):
    """Where threads are kept, of the kind that a test asks for by `indirect=True`."""
    address = request.getfixturevalue("postgres") if "postgres" in request.param else None
    return Place(request.param, tmp_path / "threads.db", address)
