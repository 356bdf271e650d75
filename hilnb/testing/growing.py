"""Lists that grow, as conversations do: exact at every length, and no larger than what was added."""

from __future__ import annotations

from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.testing.expecting import expect, place, take, value_of

__all__ = ["CHECKS"]


def _grow(saver: BaseCheckpointSaver, config: dict[str, Any], *lists: list[Any]) -> list[dict[str, Any]]:
    configs = []
    for items in lists:
        config = take(saver, config, {"x": items})
        configs.append(config)
    return configs


def a_list_is_read_at_every_length_it_had(saver: BaseCheckpointSaver) -> None:
    """Growing by none, one, or many."""
    lists: list[list[Any]] = [[], ["a"], ["a"], ["a", "b", "c"], ["a", "b", "c", {"d": [1]}], [*"abc", {"d": [1]}, "e"]]
    configs = _grow(saver, place(), *lists)

    expect([value_of(saver, config) for config in configs], lists, "by id")
    expect([one.checkpoint.values["x"] for one in saver.list(place())], lists[::-1], "listed")


def branches_grow_from_an_old_length(saver: BaseCheckpointSaver) -> None:
    """Each its own way; also from a saver that was asked for the old one first."""
    first, second = _grow(saver, place(), ["a"], ["a", "b"])
    (branch,) = _grow(saver, first, ["a", "c"])
    old = value_of(saver, first)
    (other,) = _grow(saver, first, [*old, "d", "e"])
    (same,) = _grow(saver, first, ["a", "b"])
    (further,) = _grow(saver, second, ["a", "b", "f"])

    found = [value_of(saver, config) for config in (first, second, branch, other, same, further)]
    expected = [["a"], ["a", "b"], ["a", "c"], ["a", "d", "e"], ["a", "b"], ["a", "b", "f"]]
    expect(found, expected, "the branches")


def a_list_may_be_replaced(saver: BaseCheckpointSaver) -> None:
    """Shorter, with another beginning, emptied, by something that is no list, and grown again."""
    lists: list[Any] = [["a", "b"], ["a"], ["x", "b"], ["x", "b", "c"], [], ["n"], "text", ["n"], None, []]
    configs = _grow(saver, place(), *lists)

    expect([value_of(saver, config) for config in configs], lists, "the values")
    expect([one.checkpoint.values["x"] for one in saver.list(place())], lists[::-1], "the values listed")


def equal_items_of_other_types_keep_their_types(saver: BaseCheckpointSaver) -> None:
    """1, True and 1.0 are equal, and still not the same."""
    lists: list[list[Any]] = [
        [1],
        [True],
        [True, 0],
        [1.0, 0],
        [1.0, 0, 0.0],
        [1.0, False, 0.0],
        [[1]],
        [[True]],
        [(1,)],
        [[1]],
    ]
    configs = _grow(saver, place(), *lists)

    expect([repr(value_of(saver, config)) for config in configs], [*map(repr, lists)], "the values")


def an_item_may_change_in_place(saver: BaseCheckpointSaver) -> None:
    """The list that was kept before has it as it was."""
    items: list[Any] = [{"n": 1}]
    (first,) = _grow(saver, place(), items)
    items[0]["n"] = 2
    items.append("new")
    (second,) = _grow(saver, first, items)
    items[0]["n"] = 3
    (third,) = _grow(saver, second, items)

    found = [value_of(saver, config) for config in (first, second, third)]
    expect(found, [[{"n": 1}], [{"n": 2}, "new"], [{"n": 3}, "new"]], "the lists")


def a_thread_takes_the_room_of_what_was_added(saver: BaseCheckpointSaver) -> None:
    """Twice as many steps take about twice the room, though the list of each is longer than the one before."""
    sizes, config, items = [saver.size()], place(), list[str]()
    for step in range(120):
        items = [*items, f"{step}" + "x" * 100]
        config = take(saver, config, {"x": items, "large": "y" * 10_000}, {"x"} if step else None)
        if step in (59, 119):
            sizes.append(saver.size())

    first_half, second_half = sizes[1] - sizes[0], sizes[2] - sizes[1]
    expect(second_half < 1.5 * first_half, True, f"60 steps took {first_half} bytes, the next 60 {second_half}; linear")
    expect(value_of(saver, place()), items, "the list")


CHECKS = [
    a_list_is_read_at_every_length_it_had,
    branches_grow_from_an_old_length,
    a_list_may_be_replaced,
    equal_items_of_other_types_keep_their_types,
    an_item_may_change_in_place,
    a_thread_takes_the_room_of_what_was_added,
]
