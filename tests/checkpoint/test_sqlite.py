"""A SQLite file: what it says when it cannot be used, what it refuses to keep, and what a step costs on disk."""

import asyncio
import operator
import sqlite3
import stat
import threading
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import pytest

from hilnb.checkpoint import base
from hilnb.checkpoint.base import Checkpoint, Planned, new_id
from hilnb.checkpoint.sqlite import SqliteSaver
from hilnb.checkpoint.sqlite.aio import AsyncSqliteSaver
from hilnb.errors import SaverError, SerializationError
from hilnb.graph import MessagesState
from hilnb.messages import AIMessage
from hilnb.testing.expecting import place, take, value_of
from hilnb.types import Command
from tests.engine.graphs import THREAD, ask, chain, log


@pytest.fixture
def path(tmp_path):
    """A file with a thread that waits for an answer."""
    path = tmp_path / "threads.db"
    with SqliteSaver(path) as saver:
        chain(saver, one=log("1"), two=ask("ok?")).invoke({"text": "x" * 9000}, THREAD)
    return path


def refused(path, why, opened=SqliteSaver):
    """Opening it raises an error that says so, and the file stays as it was."""
    before = path.read_bytes()
    with pytest.raises(SaverError, match=why) as told:
        opened(path)
    assert path.name in str(told.value)
    assert path.read_bytes() == before


# ── files that cannot be used ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_of_a_newer_version_is_refused(path):
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    refused(path, r"was written by a newer version of hilnb \(format 99, this one knows up to 1\). Update hilnb")


def test_the_database_of_another_application_is_refused(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (name)")
    connection.close()

    refused(path, r"is the database of another application \(its tables: customers\). Choose another path")


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 1000)

    refused(path, "it is no SQLite database")


def test_a_damaged_file_is_told_when_the_damage_is_met(path):
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    before = path.read_bytes()

    with SqliteSaver(path) as saver, pytest.raises(SaverError, match=r"it is damaged. Use a copy of it; .*rescues"):
        saver.get_tuple(THREAD)

    assert path.read_bytes() == before


def test_a_read_only_file_can_be_read_and_says_so_when_it_is_written(path):
    before = path.read_bytes()
    with SqliteSaver(f"file:{path}?mode=ro") as saver:
        graph = chain(saver, one=log("1"), two=ask("ok?"))

        with pytest.raises(SaverError, match=r"it can only be read. Get the right to write to the file and its folder"):
            graph.invoke(Command(resume="yes"), THREAD)

        assert graph.get_state(THREAD).interrupts[0].value == "ok?"
    assert path.read_bytes() == before


def test_a_file_that_somebody_keeps_locked_says_so(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with SqliteSaver(sqlite3.connect(path, timeout=0)) as saver:
        graph = chain(saver, one=log("1"), two=ask("ok?"))

        with pytest.raises(SaverError, match=r"another program has been writing to it for too long. Let it finish"):
            graph.invoke(Command(resume="yes"), THREAD)

        other.execute("ROLLBACK")
        assert graph.invoke(Command(resume="yes"), THREAD)["log"] == ["1", "yes"]
    other.close()


def test_a_full_disk_is_told_and_the_thread_goes_on_when_there_is_room(path):
    connection = sqlite3.connect(path)
    with SqliteSaver(connection) as saver:
        graph = chain(saver, one=log("1"), two=ask("ok?"), three=lambda s: {"text": "y" * 100_000})
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0] + 2}")
        with pytest.raises(SaverError, match=r"the disk is full. Make room, and go on from where the thread was"):
            graph.invoke(Command(resume="yes"), THREAD)
        assert graph.get_state(THREAD).next == ("three",)

        connection.execute("PRAGMA max_page_count = 1000000")

        assert graph.invoke(None, THREAD)["text"] == "y" * 100_000


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(SaverError, match=r"cannot be made: there is no folder '.*nowhere'. Make it first"):
        SqliteSaver(tmp_path / "nowhere" / "threads.db")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(SaverError, match=r"it cannot be opened. Is its folder there, and may you write to both\?"):
        SqliteSaver(tmp_path)


def test_a_closed_saver_says_so(path):
    saver = SqliteSaver(path)
    saver.close()
    saver.close()

    with pytest.raises(SaverError, match=r"the saver is closed. Open another one"):
        saver.threads()


def test_a_connection_bound_to_a_thread_is_told_when_another_thread_uses_it(tmp_path):
    with SqliteSaver(sqlite3.connect(tmp_path / "threads.db")) as saver, pytest.raises(SaverError, match="same thread"):
        asyncio.run(saver.athreads())


def test_only_its_owner_may_read_a_new_file(path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


# ── values that cannot be kept ────────────────────────────────────────────────────────────────────────────────────────


def test_a_value_that_cannot_be_kept_is_refused_by_name_and_nothing_is_kept(run, tmp_path):
    with SqliteSaver(tmp_path / "threads.db") as saver:
        graph = chain(saver, one=log("1"), two=lambda s: {"text": "new", "log": [{"lock": threading.Lock()}]})

        with pytest.raises(SerializationError, match=r"the key 'log'.*\[\d\]\['lock'\]"):
            run(graph, {"text": "old"}, THREAD)

        state = graph.get_state(THREAD)
        assert (state.values, state.next) == ({"text": "old", "log": ["1"]}, ("two",))


def test_the_place_in_a_list_that_has_grown_is_named(tmp_path):
    with SqliteSaver(tmp_path / "threads.db") as saver:
        first = take(saver, place(), {"x": [1, 2]})

        with pytest.raises(SerializationError, match=r"the key 'x'.*\[2\]"):
            take(saver, first, {"x": [1, 2, object()]})


def test_an_input_that_cannot_be_kept_is_named(tmp_path):
    with SqliteSaver(tmp_path / "threads.db") as saver:
        with pytest.raises(SerializationError, match=r"^the run's input\['text'\]"):
            chain(saver, work=lambda s: {}).invoke({"text": object()}, THREAD)
        assert saver.threads() == []

        turn = Planned("work", ("__pregel_push", 0, False), [object()])
        with pytest.raises(SerializationError, match=r"^the input of 'work'\[0\]"):
            take(saver, place(), {"x": 1}, next=(turn,))


@dataclass
class Visit:
    where: str


def test_types_of_your_own_are_registered(path):
    with SqliteSaver(path) as saver, pytest.raises(SerializationError, match=r"Visit"):
        take(saver, place("2"), {"x": Visit("Rome")})

    with SqliteSaver(path, types=[Visit]) as saver:
        take(saver, place("2"), {"x": Visit("Rome")})
        assert value_of(saver, place("2")) == Visit("Rome")

    with SqliteSaver(path) as saver:
        with pytest.raises(SerializationError, match=r"Visit, which is not registered"):
            saver.get_tuple(place("2"))
        saver.register(Visit)
        assert value_of(saver, place("2")) == Visit("Rome")


def test_after_a_refusal_the_thread_is_read_as_it_was(path):
    with SqliteSaver(path) as saver:
        first = take(saver, place("2"), {"x": ["a"], "y": 0})
        with pytest.raises(SerializationError):
            take(saver, first, {"x": ["other"], "y": object()}, ["x", "y"])

        assert value_of(saver, place("2")) == ["a"]


# ── what a step costs ─────────────────────────────────────────────────────────────────────────────────────────────────


def commits(saver, work):
    """How many transactions that write it takes."""
    seen = []
    saver._file._connection.set_trace_callback(seen.append)
    work()
    saver._file._connection.set_trace_callback(None)
    return seen.count("BEGIN IMMEDIATE")


def test_a_step_is_one_commit_with_what_the_step_before_did(path):
    with SqliteSaver(path) as saver:
        first = take(saver, place("2"), {"x": [1]})

        assert commits(saver, lambda: take(saver, first, {"x": [1, 2]}, writes=[("a", "returned", 1)] * 3)) == 1


class Wide(TypedDict, total=False):
    one: int
    large: str
    log: Annotated[list[Any], operator.add]


def rows(path):
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT key, text FROM value").fetchall()
    connection.close()
    return found


def test_a_step_that_writes_one_key_stores_one_key(tmp_path):
    with SqliteSaver(tmp_path / "threads.db") as saver:
        graph = chain(saver, Wide, a=lambda s: {"one": 1}, b=lambda s: {"log": [{"n": 1}]}, c=lambda s: {"log": [2, 3]})
        graph.invoke({"large": "x" * 100, "log": ["begun"]}, THREAD)

    assert sorted(rows(tmp_path / "threads.db")) == [
        ("large", f'"{"x" * 100}"'),
        ("log", '["begun"]'),
        ("log", "[2,3]"),
        ("log", '[{"n":1}]'),
        ("one", "1"),
    ]


@pytest.mark.parametrize("saver_of_each_turn", ["the same", "a new one"])
def test_a_conversation_stores_each_message_once(tmp_path, saver_of_each_turn):
    saver = SqliteSaver(tmp_path / "threads.db")
    for turn in range(10):
        if saver_of_each_turn == "a new one":
            saver.close()
            saver = SqliteSaver(tmp_path / "threads.db")
        graph = chain(saver, MessagesState, chat=lambda s: {"messages": [AIMessage(f"{len(s['messages'])}")]})
        graph.invoke({"messages": [("user", f"turn {turn}")]}, THREAD)
    saver.close()

    assert len(rows(tmp_path / "threads.db")) == 20


def test_a_list_of_what_can_change_grows_too(tmp_path):
    with SqliteSaver(tmp_path / "threads.db", types=[Visit]) as saver:
        config, items = place(), []
        for n in range(5):
            items = [*items, Visit(f"{n}")]
            config = take(saver, config, {"x": items})

        assert [len(kept.checkpoint.values["x"]) for kept in saver.list(place())] == [5, 4, 3, 2, 1]
    assert len(rows(tmp_path / "threads.db")) == 5


def test_the_room_of_a_deleted_thread_is_used_again(path):
    with SqliteSaver(path) as saver:
        before = saver.size()
        take(saver, place("2"), {"x": "x" * 100_000})
        grown = saver.size()
        saver.delete_thread("2")

        assert before + 100_000 < grown
        assert saver.size() < before + 20_000


def test_another_process_may_delete_and_go_on_meanwhile(path):
    with SqliteSaver(path) as mine, SqliteSaver(path) as other:
        first = take(mine, place("2"), {"x": ["a"], "y": 1})
        second = take(other, first, {"x": ["a", "b"], "y": 1}, {"x"})
        third = take(mine, first, {"x": ["a", "c"], "y": 1}, {"x"})
        assert [value_of(mine, config) for config in (first, second, third)] == [["a"], ["a", "b"], ["a", "c"]]

        other.delete_thread("2")
        take(mine, third, {"x": ["a", "c", "d"], "y": 1}, {"x"})

        assert other.get(place("2")).values == {"x": ["a", "c", "d"], "y": 1}


def test_a_clock_that_is_set_back_does_not_hide_what_comes_next(path, monkeypatch):
    monkeypatch.setattr(base.time, "time_ns", lambda: 0)
    monkeypatch.setattr(base, "_last", 0)  # as in a new process
    with SqliteSaver(path) as saver:
        graph = chain(saver, one=log("1"), two=ask("ok?"))

        graph.invoke(Command(resume="yes"), THREAD)

        assert graph.get_state(THREAD).values["log"] == ["1", "yes"]
        assert graph.get_state(THREAD).next == ()


def test_a_checkpoint_is_put_once(path):
    with SqliteSaver(path) as saver:
        point, about = Checkpoint(new_id(), {"x": 1}), {"source": "loop", "step": 0, "parents": {}}
        saver.put(place("2"), point, about, {"x"})

        with pytest.raises(SaverError, match="a checkpoint of this id is kept already"):
            saver.put(place("2"), point, about, {"x"})


def test_records_of_a_deleted_checkpoint_are_refused(path):
    with SqliteSaver(path) as saver:
        gone = {"configurable": {"thread_id": "1", "checkpoint_ns": "", "checkpoint_id": new_id()}}

        with pytest.raises(ValueError, match=r"has no checkpoint .*: it was deleted meanwhile"):
            saver.put_writes(gone, [("returned", 1)], "a")


# ── LangGraph's ways to open it ───────────────────────────────────────────────────────────────────────────────────────


def test_it_opens_as_langgraph_does(run):
    with SqliteSaver.from_conn_string(":memory:") as saver:
        graph = chain(saver, one=ask("ok?"))
        run(graph, {"text": "x"}, THREAD)

        assert run(graph, Command(resume="yes"), THREAD)["log"] == ["yes"]


def test_it_opens_asynchronously_as_langgraph_does(tmp_path):
    async def talk():
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "threads.db")) as saver:
            graph = chain(saver, one=ask("ok?"))
            await graph.ainvoke({"text": "x"}, THREAD)
            return await graph.ainvoke(Command(resume="yes"), THREAD)

    assert asyncio.run(talk())["log"] == ["yes"]
