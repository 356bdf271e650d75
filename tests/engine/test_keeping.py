"""What a saver keeps: each checkpoint as it was, whatever nodes do to what they were given."""

import asyncio
import threading
from typing import Annotated, TypedDict

import pytest

from hilnb.checkpoint.base import new_id
from hilnb.checkpoint.frozen import isolated
from hilnb.types import Command, interrupt
from tests.engine.graphs import THREAD, ask, chain, log


def test_a_node_that_changes_its_state_in_place_cannot_change_the_past(run, saver):
    def careless(state):
        state["log"].append("smuggled")
        return {"text": "done"}

    graph = chain(saver, one=log("1"), two=careless)

    run(graph, {"text": "x"}, THREAD)

    before = [snapshot for snapshot in graph.get_state_history(THREAD) if snapshot.next == ("two",)]
    assert before[0].values["log"] == ["1"]


def test_changing_a_snapshot_does_not_change_the_thread(run, saver):
    graph = chain(saver, one=log("1"))
    run(graph, {"text": "x"}, THREAD)["log"].append("mine")

    graph.get_state(THREAD).values["log"].append("mine")

    assert graph.get_state(THREAD).values["log"] == ["1"]


def test_an_answer_is_kept_as_it_was_given(run, saver):
    answer = {"tags": ["a"]}
    graph = chain(saver, one=lambda s: {"log": [interrupt("1")]}, two=lambda s: {"log": [interrupt("2")]})
    run(graph, {"text": "x"}, THREAD)
    run(graph, Command(resume=answer), THREAD)

    answer["tags"].append("b")

    assert graph.get_state(THREAD).values["log"] == [{"tags": ["a"]}]


def test_what_cannot_be_copied_is_kept_and_its_key_is_named(run):
    lock = threading.Lock()
    graph = chain(one=lambda s: {"text": lock}, two=ask("ok?"))

    with pytest.warns(UserWarning, match="holds a .* that cannot be copied"):
        run(graph, {"text": "x"}, THREAD)

    assert graph.get_state(THREAD).values["text"] is lock


def test_a_value_that_contains_itself_is_copied():
    knot = []
    knot.append(knot)

    copy = isolated(knot)

    assert copy[0] is copy
    assert copy is not knot


@pytest.mark.parametrize("value", [[1, [2]], {"a": {"b": [1]}}, ({"a": 1}, [2]), {1, 2}, frozenset({1}), b"x", None])
def test_copies_are_equal_and_of_the_same_type(value):
    copy = isolated(value)

    assert copy == value
    assert type(copy) is type(value)


def test_ids_sort_in_the_order_they_were_made():
    ids = [new_id() for _ in range(1000)]

    assert ids == sorted(set(ids))


def test_a_deleted_thread_is_unknown(run, saver):
    graph = chain(saver, one=log("1"))
    run(graph, {"text": "x"}, THREAD)

    saver.delete_thread("1")
    saver.delete_thread("nobody")

    assert graph.get_state(THREAD).metadata is None


def test_threads_do_not_see_each_other(run, saver):
    graph = chain(saver, one=ask("ok?"))
    other = {"configurable": {"thread_id": "2"}}
    run(graph, {"text": "x"}, THREAD)
    run(graph, {"text": "y"}, other)

    run(graph, Command(resume="yes"), THREAD)

    assert graph.get_state(other).next == ("one",)


def test_history_can_be_cut_short(run, saver):
    graph = chain(saver, one=log("1"), two=log("2"))
    run(graph, {"text": "x"}, THREAD)

    assert [s.metadata["step"] for s in graph.get_state_history(THREAD, limit=2)] == [2, 1]


def test_an_old_checkpoint_is_shown_as_it_was(run, saver):
    graph = chain(saver, one=ask("ok?"))
    run(graph, {"text": "x"}, THREAD)
    paused = graph.get_state(THREAD)
    run(graph, Command(resume="yes"), THREAD)

    recorded = graph.get_state(paused.config)

    assert recorded.next == ("one",)
    assert recorded.tasks[0].result == {"log": ["yes"]}
    assert recorded.interrupts == paused.interrupts


def test_a_saver_is_read_alike_with_and_without_await(saver):
    graph = chain(saver, one=log("1"), two=log("2"))
    graph.invoke({"text": "x"}, THREAD)

    async def read():
        return [kept async for kept in saver.alist(THREAD, limit=2)], await saver.aget(THREAD)

    assert asyncio.run(read()) == (list(saver.list(THREAD, limit=2)), saver.get(THREAD))
    assert saver.get(THREAD).values["log"] == ["1", "2"]
    assert saver.get({"configurable": {"thread_id": "unknown"}}) is None


def test_nested_graphs_are_found_alike_with_and_without_await():
    graph = chain(inner=chain(False, one=log("1")))

    async def found():
        return [found async for found in graph.aget_subgraphs()]

    assert asyncio.run(found()) == list(graph.get_subgraphs())
    assert [name for name, _ in graph.get_subgraphs()] == ["inner"]


def test_an_awaited_run_that_is_left_keeps_its_last_checkpoint_where_only_that_is_kept(saver):
    graph = chain(saver, one=log("1"), two=log("2"))

    async def leave():
        async for _ in graph.astream({"text": "x"}, THREAD, durability="exit"):
            break

    asyncio.run(leave())

    assert graph.get_state(THREAD).values == {"text": "x", "log": ["1"]}
    assert graph.invoke(None, THREAD)["log"] == ["1", "2"]


@pytest.mark.parametrize("durability", ["sync", "exit"])
def test_an_update_that_cannot_be_merged_is_a_failure_to_try_again_however_it_is_kept(saver, durability):
    said = []

    def merge(old, new):
        if new == ["two"] and len(said) == 1:
            raise ValueError("not yet")
        return old + new

    class Merged(TypedDict):
        log: Annotated[list, merge]

    def two(state):
        said.append("two")
        return {"log": ["two"]}

    graph = chain(saver, Merged, one=log("one"), two=two)

    with pytest.raises(ValueError, match="not yet"):
        graph.invoke({"log": []}, THREAD, durability=durability)

    [task] = graph.get_state(THREAD).tasks
    assert (task.name, task.error) == ("two", "ValueError('not yet')")
    assert graph.invoke(None, THREAD, durability=durability) == {"log": ["one", "two"]}
