"""Threads can be listed, forgotten, copied and cut short."""

from __future__ import annotations

from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.testing.expecting import expect, place, plain, steps_of, take, value_of

__all__ = ["CHECKS"]


def _talk(saver: BaseCheckpointSaver, thread: str, steps: int = 3) -> list[dict[str, Any]]:
    """A thread with a list that grows, a key that was written once, and something that its tasks did."""
    configs, items = [place(thread)], list[str]()
    for step in range(steps):
        items = [*items, f"{thread}{step}"]
        values = {"x": items, "once": thread, "last": step}
        configs.append(take(saver, configs[-1], values, {"x", "last"} if step else None, step=step))
        saver.put_writes(configs[-1], [("returned", step)], "a")
    return configs[1:]


def _whole(saver: BaseCheckpointSaver, thread: str, ns: str = "") -> list[Any]:
    return [plain(kept) for kept in saver.list(place(thread, ns))]


def threads_are_listed_in_the_order_they_began(saver: BaseCheckpointSaver) -> None:
    """Each once, however many graphs it nests."""
    for thread, ns in (("b", ""), ("a", ""), ("b", "node:1"), ("c", ""), ("a", "")):
        take(saver, place(thread, ns), {"x": 1})

    expect([*saver.threads()], ["b", "a", "c"], "the threads")


def a_deleted_thread_is_gone_with_its_nested_graphs(saver: BaseCheckpointSaver) -> None:
    """The others are not, and it may begin anew."""
    _talk(saver, "1")
    take(saver, place("1", "node:1"), {"x": "inner"})
    _talk(saver, "2")
    other = _whole(saver, "2")

    saver.delete_thread("1")

    expect(saver.get_tuple(place("1")), None, "its root")
    expect(saver.get_tuple(place("1", "node:1")), None, "its nested graph")
    expect(_whole(saver, "2"), other, "the other thread")
    expect([*saver.threads()], ["2"], "the threads")
    take(saver, place("1"), {"x": "anew"})
    expect([kept.checkpoint.values for kept in saver.list(place("1"))], [{"x": "anew"}], "the thread begun anew")


def a_copy_is_whole_and_goes_its_own_way(saver: BaseCheckpointSaver) -> None:
    """Nested graphs and what tasks did included."""
    configs = _talk(saver, "1")
    take(saver, place("1", "node:1"), {"x": ["inner"]})
    _talk(saver, "3")
    before, inner = _whole(saver, "1"), _whole(saver, "1", "node:1")

    saver.copy_thread("1", "2")

    expect(_whole(saver, "2"), before, "the copy")
    expect(_whole(saver, "2", "node:1"), inner, "the copy of the nested graph")
    newest = saver.get_tuple(place("2"))
    mine = take(saver, newest.config if newest else place("2"), {"x": ["10", "11", "12", "mine"]}, step=3)
    take(saver, configs[-1], {"x": ["10", "11", "12", "theirs"]}, step=3)
    saver.put_writes(mine, [("returned", "mine")], "a")
    expect(value_of(saver, place("2")), ["10", "11", "12", "mine"], "the copy after it went on")
    expect(value_of(saver, place("1")), ["10", "11", "12", "theirs"], "the source after it went on")
    saver.delete_thread("1")
    expect(_whole(saver, "2")[1:], before, "the copy after its source was deleted")
    expect(_whole(saver, "2", "node:1"), inner, "its nested graph")


def a_copy_takes_the_place_of_what_was_there(saver: BaseCheckpointSaver) -> None:
    """Nothing of the old one shines through."""
    _talk(saver, "1")
    _talk(saver, "2", steps=5)
    take(saver, place("2", "node:1"), {"x": "inner"})
    before = _whole(saver, "1")

    saver.copy_thread("1", "2")
    saver.copy_thread("1", "1")

    expect(_whole(saver, "2"), before, "the copy")
    expect(saver.get_tuple(place("2", "node:1")), None, "a nested graph of what was there")
    expect(_whole(saver, "1"), before, "a thread copied onto itself")


def old_checkpoints_can_be_forgotten(saver: BaseCheckpointSaver) -> None:
    """Of these threads or of all; what is left is as it was, and goes on."""
    for thread in ("1", "2"):
        _talk(saver, thread, steps=6)
    newest, other = plain(saver.get_tuple(place("1"))), _whole(saver, "2")

    saver.prune(["1"])

    left = [*saver.list(place("1"))]
    expect(len(left), 1, "the checkpoints left")
    expect({**plain(left[0]), "parent": None}, {**newest, "parent": None}, "the one left")
    expect(_whole(saver, "2"), other, "the other thread")
    take(saver, left[0].config, {**left[0].checkpoint.values, "x": [*left[0].checkpoint.values["x"], "new"]}, {"x"})
    expect(value_of(saver, place("1")), [*newest["checkpoint"][1]["x"], "new"], "the list after it went on")
    expect(value_of(saver, place("1"), "once"), "1", "a key that was written long ago")
    saver.prune(keep=2)
    expect(steps_of([*saver.list(place("2"))]), [5, 4], "what keep=2 leaves")
    saver.prune(["2"], strategy="delete")
    expect([*saver.threads()], ["1"], "the threads after one was pruned by 'delete'")


def graphs_nested_in_what_was_forgotten_are_forgotten(saver: BaseCheckpointSaver) -> None:
    """Those called at a checkpoint that is left are not, nor those that keep one history."""
    root = place()
    for step in range(3):
        root = take(saver, root, {"x": step}, step=step)
        around = {"": root["configurable"]["checkpoint_id"]}
        take(saver, place(ns=f"node:{step}"), {"x": step}, parents=around)
        take(saver, place(ns=f"node:{step}|deeper:1"), {"x": step}, parents=around)
        take(saver, place(ns="lasting"), {"x": step}, parents=around)

    saver.prune()

    there = [ns for ns in ("node:0", "node:1", "node:1|deeper:1", "node:2", "node:2|deeper:1", "lasting")
             if saver.get_tuple(place(ns=ns))]  # fmt: skip
    expect(there, ["node:2", "node:2|deeper:1", "lasting"], "the nested graphs left")


def a_wrong_way_to_forget_is_refused(saver: BaseCheckpointSaver) -> None:
    """Before anything is forgotten."""
    _talk(saver, "1")
    before = _whole(saver, "1")
    for wrong in ({"strategy": "keep_oldest"}, {"keep": 0}):
        try:
            saver.prune(**wrong)
        except ValueError:
            continue
        raise AssertionError(f"prune(**{wrong}) was taken; ValueError was expected")
    expect(_whole(saver, "1"), before, "the thread")


CHECKS = [
    threads_are_listed_in_the_order_they_began,
    a_deleted_thread_is_gone_with_its_nested_graphs,
    a_copy_is_whole_and_goes_its_own_way,
    a_copy_takes_the_place_of_what_was_there,
    old_checkpoints_can_be_forgotten,
    graphs_nested_in_what_was_forgotten_are_forgotten,
    a_wrong_way_to_forget_is_refused,
]
