"""What goes wrong is told early, and what had finished is not run again."""

import sqlite3
import subprocess
import sys

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver

from hilnb import Command
from hilnb.errors import SaverError
from hilnb.interop.langgraph import saver

from .graphs import THREAD, asking


class PowerCut(InMemorySaver):
    """Loses power before it puts a checkpoint, once somebody says so."""

    def __init__(self):
        super().__init__()
        self.due = []

    def put(self, *given):
        if self.due:
            self.due.pop()
            raise OSError("power cut")
        return super().put(*given)


def test_between_what_a_task_did_and_the_next_checkpoint_nothing_is_lost():
    ran = []
    kept = PowerCut()

    def after(state):
        ran.append(state["said"])
        kept.due.append(True)

    graph = asking(after).compile(checkpointer=saver(kept))
    graph.invoke({"said": []}, THREAD)
    with pytest.raises(OSError, match="power cut"):
        graph.invoke(Command(resume="yes"), THREAD)

    state = asking(after).compile(checkpointer=saver(kept)).invoke(None, THREAD)

    assert state == {"said": ["yes"]}
    assert ran == [["yes"]]


def test_values_are_found_though_others_have_forgotten_what_wrote_them(tmp_path):
    with SqliteSaver.from_conn_string(str(tmp_path / "t.db")) as kept:
        mine, other = saver(kept), saver(kept)
        graph = asking().compile(checkpointer=mine)
        graph.invoke({"said": ["first"]}, THREAD)

        other.prune()
        graph.invoke(Command(resume="yes"), THREAD)

        assert graph.get_state(THREAD).values == {"said": ["first", "yes"]}
        assert [len(each.values["said"]) for each in graph.get_state_history(THREAD)] == [2, 2, 1]


def test_tables_that_are_not_there_are_told(server):
    import psycopg
    from langgraph.checkpoint.postgres import PostgresSaver

    with psycopg.connect(server, autocommit=True, options="-c search_path=nowhere") as connection:
        graph = asking().compile(checkpointer=saver(PostgresSaver(connection)))

        with pytest.raises(SaverError, match=r"PostgresSaver cannot keep .* Call PostgresSaver.setup\(\) once"):
            graph.invoke({"said": []}, THREAD)


def test_a_connection_that_does_not_commit_is_refused(server):
    import psycopg
    from langgraph.checkpoint.postgres import PostgresSaver

    with psycopg.connect(server) as connection, pytest.raises(SaverError, match="Connect with autocommit=True"):
        saver(PostgresSaver(connection))


def test_a_pool_of_connections_will_do(postgres):
    from langgraph.checkpoint.postgres import PostgresSaver
    from psycopg_pool import ConnectionPool

    with ConnectionPool(postgres, min_size=1, kwargs={"autocommit": True}) as pool:
        ours = saver(PostgresSaver(pool))
        graph = asking().compile(checkpointer=ours)
        graph.invoke({"said": []}, THREAD)
        graph.invoke(Command(resume="yes"), THREAD)
        ours.prune()

        assert graph.get_state(THREAD).values == {"said": ["yes"]}
        assert ours.size() > 0


def test_a_closed_file_is_told():
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    graph = asking().compile(checkpointer=saver(SqliteSaver(connection)))
    connection.close()

    with pytest.raises(SaverError, match="SqliteSaver cannot keep the thread, or give it back: Cannot operate"):
        graph.invoke({"said": []}, THREAD)


def test_a_saver_that_forgets_is_refused():
    class ShallowSaver(BaseCheckpointSaver):
        pass

    with pytest.raises(SaverError, match="keeps only the newest checkpoint"):
        saver(ShallowSaver())


def test_what_is_no_saver_is_refused():
    with pytest.raises(TypeError, match="a saver of LangGraph's is needed"):
        saver(InMemorySaver)


def test_a_saver_whose_tables_nobody_knows_says_what_it_cannot():
    class Forwarding(BaseCheckpointSaver):
        """Somebody else's: all it has are the calls of the contract."""

        def __init__(self):
            super().__init__()
            self.get_tuple, self.list, self.put, self.put_writes, self.delete_thread = (
                getattr(kept, name) for name in ("get_tuple", "list", "put", "put_writes", "delete_thread")
            )

    kept = InMemorySaver()
    ours = saver(Forwarding())
    graph = asking().compile(checkpointer=ours)

    graph.invoke({"said": []}, THREAD)

    assert graph.invoke(Command(resume="yes"), THREAD) == {"said": ["yes"]}
    for refused in (ours.prune, ours.size):
        with pytest.raises(NotImplementedError, match=r"saver\(Forwarding\) cannot"):
            refused()
    ours.prune(strategy="delete")
    assert [*ours.threads()] == []


def test_without_langgraph_the_import_says_what_to_install():
    code = "import sys; sys.modules['langgraph'] = None; import hilnb.interop.langgraph"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr

    assert 'pip install "langgraph>=1.2"' in said.splitlines()[-1]
