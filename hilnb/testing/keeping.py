"""What was kept is there, whole, and by name."""

from __future__ import annotations

from hilnb.checkpoint.base import BaseCheckpointSaver, Checkpoint, Planned, new_id
from hilnb.errors import AnsweredError
from hilnb.testing.expecting import expect, place, plain, take, value_of

__all__ = ["CHECKS"]


def nothing_is_found_where_nothing_was_kept(saver: BaseCheckpointSaver) -> None:
    """An unknown thread is empty, and may be forgotten."""
    expect(saver.get_tuple(place()), None, "get_tuple of an unknown thread")
    expect(saver.get(place()), None, "get of an unknown thread")
    expect([*saver.list(place())], [], "list of an unknown thread")
    expect([*saver.threads()], [], "threads of an empty saver")
    saver.delete_thread("nobody")
    saver.copy_thread("nobody", "somebody")
    expect([*saver.threads()], [], "threads after an unknown one was copied")


def a_checkpoint_comes_back_as_it_was_put(saver: BaseCheckpointSaver) -> None:
    """State, frontier, joins, what ran, metadata."""
    frontier = (Planned("work", ("__pregel_push", 0, False), {"arg": [1]}), Planned("b", ("__pregel_pull", "b")))
    joins = {(("a", "b"), "c"): frozenset({"a"}), ((), "d"): frozenset[str]()}
    point = Checkpoint(new_id(), {"x": 1, "items": ["a"], "none": None}, frontier, joins, ("a", "a"))
    metadata = {"source": "input", "step": -1, "parents": {"": "id"}, "mine": ["tag"]}

    config = saver.put(place(), point, dict(metadata), set(point.values))

    kept = saver.get_tuple(place())
    about = {"thread_id": "1", "checkpoint_ns": "", "checkpoint_id": point.id}
    expect(config, {"configurable": about}, "what put returns")
    whole = (point.id, point.values, frontier, joins, ("a", "a"))
    expected: dict[str, object] = {
        "config": config,
        "checkpoint": whole,
        "metadata": metadata,
        "parent": None,
        "writes": [],
    }
    expect(plain(kept), expected, "the checkpoint")
    expect(saver.get(place()), kept and kept.checkpoint, "get")


def the_newest_is_handed_out_and_older_ones_by_id(saver: BaseCheckpointSaver) -> None:
    """Without `checkpoint_id` a config names the newest."""
    first = take(saver, place(), {"x": "first"})
    second = take(saver, first, {"x": "second"})
    unknown = {"configurable": {**first["configurable"], "checkpoint_id": new_id()}}

    expect(value_of(saver, place()), "second", "the newest")
    expect(value_of(saver, first), "first", "the one named by id")
    expect(value_of(saver, second), "second", "the newest, named by id")
    expect(saver.get_tuple(unknown), None, "an id that is not there")


def a_checkpoint_names_its_parent(saver: BaseCheckpointSaver) -> None:
    """Also where a thread branches."""
    first = take(saver, place(), {"x": 1})
    second = take(saver, first, {"x": 2})
    third = take(saver, first, {"x": 3})

    parents = [kept.parent_config for one in (first, second, third) if (kept := saver.get_tuple(one))]
    expect(parents, [None, first, first], "the parents")


def only_changed_keys_are_written(saver: BaseCheckpointSaver) -> None:
    """The others are the parent's, also on a branch."""
    first = take(saver, place(), {"x": 1, "y": "a", "log": [1]})
    second = take(saver, first, {"x": 2, "y": "a", "log": [1]}, {"x"})
    third = take(saver, second, {"x": 2, "y": "b", "log": [1, 2]}, {"y", "log"})
    branch = take(saver, first, {"x": 1, "y": "c", "log": [1]}, {"y"})
    added = take(saver, third, {"x": 2, "y": "b", "log": [1, 2], "new": 0}, {"new"})

    found = [kept.values for one in (first, second, third, branch, added) if (kept := saver.get(one))]
    expected = [
        {"x": 1, "y": "a", "log": [1]},
        {"x": 2, "y": "a", "log": [1]},
        {"x": 2, "y": "b", "log": [1, 2]},
        {"x": 1, "y": "c", "log": [1]},
        {"x": 2, "y": "b", "log": [1, 2], "new": 0},
    ]
    expect(found, expected, "the states")


def what_tasks_do_is_kept_in_order_and_replaced_in_place(saver: BaseCheckpointSaver) -> None:
    """Each kind of a task once, where it was first kept; the same twice is the same as once."""
    config = take(saver, place(), {"x": 1})
    saver.put_writes(config, [("asked", ["q"]), ("told:1", 1)], "b")
    saver.put_writes(config, [("returned", ([("x", 2)], []))], "a")
    saver.put_writes(config, [("asked", ["again"])], "b")
    saver.put_writes(config, [("asked", ["again"])], "b")

    kept = saver.get_tuple(place())
    expected = [("b", "asked", ["again"]), ("b", "told:1", 1), ("a", "returned", ([("x", 2)], []))]
    expect(kept and [*map(tuple, kept.pending_writes)], expected, "pending_writes")


def a_put_also_keeps_what_the_parents_tasks_did(saver: BaseCheckpointSaver) -> None:
    """`put(…, writes)` is `put_writes` on the parent, in the same stroke."""
    first = take(saver, place(), {"x": 1})
    saver.put_writes(first, [("asked", "q")], "a")
    second = take(saver, first, {"x": 2}, writes=[("a", "asked", "r"), ("a", "returned", 2), ("b", "returned", 3)])

    found = [[*map(tuple, kept.pending_writes)] for one in (first, second) if (kept := saver.get_tuple(one))]
    expect(found, [[("a", "asked", "r"), ("a", "returned", 2), ("b", "returned", 3)], []], "pending_writes")


def the_first_answer_stands(saver: BaseCheckpointSaver) -> None:
    """`put_writes(first=True)` keeps all or nothing."""
    config = take(saver, place(), {"x": 1})
    saver.put_writes(config, [("told:1", "yes")], "a", first=True)
    saver.put_writes(config, [("told:1", "other task")], "b", first=True)
    try:
        saver.put_writes(config, [("told:2", "no"), ("told:1", "no")], "a", first=True)
    except AnsweredError:
        pass
    else:
        raise AssertionError("a second answer was taken; AnsweredError was expected")

    kept = saver.get_tuple(config)
    expected = [("a", "told:1", "yes"), ("b", "told:1", "other task")]
    expect(kept and [*map(tuple, kept.pending_writes)], expected, "pending_writes")


def nested_graphs_are_kept_apart(saver: BaseCheckpointSaver) -> None:
    """By `checkpoint_ns`."""
    root = take(saver, place(), {"x": "root"})
    inner = take(saver, place(ns="node:1"), {"x": "inner"}, parents={"": root["configurable"]["checkpoint_id"]})
    saver.put_writes(inner, [("asked", "q")], "a")

    expect(value_of(saver, place()), "root", "the root")
    expect(value_of(saver, place(ns="node:1")), "inner", "the nested graph")
    expect(saver.get_tuple(place(ns="node:2")), None, "another nested graph")
    expect(len([*saver.list(place())]), 1, "checkpoints of the root")
    expect(len([*saver.list(place(ns="node:1"))]), 1, "checkpoints of the nested graph")


CHECKS = [
    nothing_is_found_where_nothing_was_kept,
    a_checkpoint_comes_back_as_it_was_put,
    the_newest_is_handed_out_and_older_ones_by_id,
    a_checkpoint_names_its_parent,
    only_changed_keys_are_written,
    what_tasks_do_is_kept_in_order_and_replaced_in_place,
    a_put_also_keeps_what_the_parents_tasks_did,
    the_first_answer_stands,
    nested_graphs_are_kept_apart,
]
