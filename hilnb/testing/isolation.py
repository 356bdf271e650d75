"""Nobody can change what is kept: not by what they gave, not by what they got, and two answers never both count."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver, Planned
from hilnb.errors import AnsweredError
from hilnb.testing.expecting import expect, place, plain, take, value_of

__all__ = ["CHECKS"]

MANY = 8


def what_was_given_may_be_changed_later(saver: BaseCheckpointSaver) -> None:
    """Values, the input of a turn, what a task did."""
    values: dict[str, Any] = {"x": ["a"], "deep": {"b": [{"c": {1}}]}}
    arg, write = {"tags": ["a"]}, ["said"]
    config = take(saver, place(), values, next=(Planned("work", ("__pregel_push", 0, False), arg),))
    saver.put_writes(config, [("returned", write)], "a")
    before = plain(saver.get_tuple(config))

    values["x"].append("b")
    values["deep"]["b"][0]["c"].add(2)
    values["new"] = 1
    arg["tags"].append("b")
    write.append("more")

    expect(before["checkpoint"][1], {"x": ["a"], "deep": {"b": [{"c": {1}}]}}, "the values")
    expect(plain(saver.get_tuple(config)), before, "the checkpoint afterwards")


def what_was_handed_out_may_be_changed(saver: BaseCheckpointSaver) -> None:
    """By `get_tuple` and by `list`."""
    arg = {"tags": ["a"]}
    values = {"x": [{"n": 1}], "texts": ["t"], "deep": {"b": [1]}}
    config = take(saver, place(), values, next=(Planned("work", ("__pregel_push", 0, False), arg),))
    saver.put_writes(config, [("returned", ["said"])], "a")
    take(saver, config, values, ())
    before = [plain(kept) for kept in saver.list(place())]

    for kept in [saver.get_tuple(config), saver.get_tuple(place()), *saver.list(place())]:
        if kept is not None:
            kept.checkpoint.values["x"][0]["n"] = 2
            kept.checkpoint.values["texts"].append("mine")
            kept.checkpoint.values["deep"]["b"].append(2)
            kept.checkpoint.values["new"] = 1
            kept.metadata["step"] = 99
            for turn in kept.checkpoint.next:
                turn.arg["tags"].append("b")
            for _, _, value in kept.pending_writes:
                value.append("more")

    expect([plain(kept) for kept in saver.list(place())], before, "the checkpoints afterwards")
    expect(value_of(saver, place(), "texts"), ["t"], "a list of texts")


def of_many_answers_at_once_one_is_kept(saver: BaseCheckpointSaver) -> None:
    """And who gave it is the only one who is not told otherwise."""
    config = take(saver, place(), {"x": 1})
    won: list[int] = []

    def answer(n: int) -> None:
        try:
            saver.put_writes(config, [("told:1", n)], "a", first=True)
            won.append(n)
        except AnsweredError:
            pass

    _all_at_once(answer)

    kept = saver.get_tuple(config)
    expect(len(won), 1, "the number of winners")
    expect(kept and [*map(tuple, kept.pending_writes)], [("a", "told:1", won[0])], "the answer kept")


def many_threads_are_kept_at_once(saver: BaseCheckpointSaver) -> None:
    """Each whole."""

    def run(n: int) -> None:
        config, items = place(str(n)), list[int]()
        for step in range(5):
            items = [*items, n]
            config = take(saver, config, {"x": items}, writes=[("a", "returned", n)] if step else ())

    _all_at_once(run)

    expect(sorted(saver.threads()), sorted(map(str, range(MANY))), "the threads")
    for n in range(MANY):
        expect(value_of(saver, place(str(n))), [n] * 5, f"the list of thread {n}")
        expect(len([*saver.list(place(str(n)))]), 5, f"the checkpoints of thread {n}")


def _all_at_once(work: Callable[[int], None]) -> None:
    barrier, failed = threading.Barrier(MANY), list[Exception]()

    def begin(n: int) -> None:
        barrier.wait()
        try:
            work(n)
        except Exception as error:
            failed.append(error)

    workers = [threading.Thread(target=begin, args=(n,)) for n in range(MANY)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise failed[0]


CHECKS = [
    what_was_given_may_be_changed_later,
    what_was_handed_out_may_be_changed,
    of_many_answers_at_once_one_is_kept,
    many_threads_are_kept_at_once,
]
