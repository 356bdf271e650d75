"""A thread's checkpoints can be listed and chosen from."""

from __future__ import annotations

from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.testing.expecting import expect, place, steps_of, take

__all__ = ["CHECKS"]


def _five(saver: BaseCheckpointSaver) -> list[dict[str, Any]]:
    configs = [place()]
    for step in range(5):
        source = "update" if step in (1, 3) else "loop"
        configs.append(take(saver, configs[-1], {"x": step}, step=step, source=source))
    return configs[1:]


def all_are_listed_newest_first(saver: BaseCheckpointSaver) -> None:
    """With their values."""
    configs = _five(saver)

    kept = [*saver.list(place())]
    expect([one.config for one in kept], configs[::-1], "the configs")
    expect([one.checkpoint.values["x"] for one in kept], [4, 3, 2, 1, 0], "the values")


def some_are_chosen_by_limit_before_filter_and_id(saver: BaseCheckpointSaver) -> None:
    """Each alone, and together."""
    configs = _five(saver)

    expect(steps_of([*saver.list(place(), limit=2)]), [4, 3], "limit=2")
    expect(steps_of([*saver.list(place(), limit=0)]), [], "limit=0")
    expect(steps_of([*saver.list(place(), before=configs[2])]), [1, 0], "before the third")
    expect(steps_of([*saver.list(place(), filter={"source": "update"})]), [3, 1], "filter by source")
    expect(steps_of([*saver.list(place(), filter={"source": "update", "step": 1})]), [1], "filter by both")
    expect(steps_of([*saver.list(place(), filter={"source": "update"}, limit=1)]), [3], "filter and limit=1")
    expect(steps_of([*saver.list(place(), filter={"mine": 1})]), [], "filter by what is not there")
    everything = saver.list(place(), filter={"source": "loop"}, before=configs[4], limit=1)
    expect(steps_of([*everything]), [2], "filter, before and limit together")
    expect(steps_of([*saver.list(configs[1])]), [1], "a config with an id")


def all_threads_are_listed_without_a_config(saver: BaseCheckpointSaver) -> None:
    """Nested graphs too; a config that names a thread lists its root only."""
    for step, where in enumerate((place("1"), place("2"), place("1", "node:1"))):
        take(saver, where, {"x": 0}, step=step)

    expect(sorted(steps_of([*saver.list(None)])), [0, 1, 2], "all")
    expect(sorted(steps_of([*saver.list(None, filter={"step": 1})])), [1], "of all, filtered")
    expect(steps_of([*saver.list({"configurable": {"thread_id": "1"}})]), [0], "of a thread")


def a_thread_may_go_on_while_it_is_listed(saver: BaseCheckpointSaver) -> None:
    """Who reads does not keep others from writing."""
    configs = _five(saver)
    listed = saver.list(place())
    first = next(iter(listed))

    take(saver, configs[-1], {"x": 5}, step=5)

    expect(steps_of([first]), [4], "the first")
    expect(steps_of([*saver.list(place(), limit=1)]), [5], "the newest")
    expect(len([*listed]) >= 4, True, "the others are there")


def what_is_listed_has_what_its_tasks_did(saver: BaseCheckpointSaver) -> None:
    """Each its own."""
    configs = _five(saver)
    saver.put_writes(configs[1], [("returned", 1)], "a")

    expect([len(one.pending_writes) for one in saver.list(place())], [0, 0, 0, 1, 0], "the number of records")


CHECKS = [
    all_are_listed_newest_first,
    some_are_chosen_by_limit_before_filter_and_id,
    all_threads_are_listed_without_a_config,
    a_thread_may_go_on_while_it_is_listed,
    what_is_listed_has_what_its_tasks_did,
]
