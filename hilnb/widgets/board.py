"""How the nodes of a run stand: who is at work, asks, failed or is done, and how often each has run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from hilnb.engines.base import Path, path_at

ATTENTION = ("done", "now", "waiting", "failed")
"""The marks; of a node that ran, or runs, several times the one that needs most attention counts."""


class Turn(NamedTuple):
    """One turn of a node, and its mark."""

    path: Path
    mark: str


def path_of(ns: Sequence[str], node: str) -> Path:
    """The path of a node in the graph that stands at `ns`.

    >>> path_of(("outer:1f1eb6a1",), "inner")
    ('outer', 'inner')
    """
    return (*path_at(ns), node)


def spoken(path: Path) -> str:
    """The path as a person reads it.

    >>> spoken(("outer", "inner"))
    'outer › inner'
    """
    return " › ".join(path)


class Board:
    """The turns of a run, by their task's id."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}
        self._together: dict[tuple[str, ...], list[str]] = {}  # by graph, the tasks of its last superstep

    @property
    def marks(self) -> dict[str, str]:
        """The mark of each node, by its id in a picture."""
        turns = sorted(self._turns.copy().values(), key=lambda turn: ATTENTION.index(turn.mark))
        return {":".join(turn.path): turn.mark for turn in turns}

    @property
    def times(self) -> dict[Path, int]:
        """How often each node has had its turn, where that is more than once."""
        counted = Counter(turn.path for turn in self._turns.copy().values())
        return {path: count for path, count in counted.items() if count > 1}

    def marked(self, mark: str) -> list[str]:
        """The nodes with this mark, as a person reads them; one whose graph holds another of them is left out."""
        paths = dict.fromkeys(turn.path for turn in self._turns.copy().values() if turn.mark == mark)
        around = {path[:depth] for path in paths for depth in range(1, len(path))}
        return [spoken(path) for path in paths if path not in around]

    @property
    def progress(self) -> list[str]:
        """How far each node is that runs several times in the present superstep, a line each."""
        lines: list[str] = []
        for tasks in self._together.copy().values():
            turns = [self._turns[task] for task in tasks.copy() if task in self._turns]
            if any(turn.mark == "now" for turn in turns):
                lines += _lines(turns)
        return lines

    def begin(self, ns: tuple[str, ...], node: str, task: str) -> None:
        """A task is about to run; one that finished in an earlier leg is told of again, and stays done."""
        together = self._together.setdefault(ns, [])
        if not any(each in self._turns and self._turns[each].mark == "now" for each in together):
            together.clear()
        together.append(task)
        if task not in self._turns or self._turns[task].mark != "done":
            self._turns[task] = Turn(path_of(ns, node), "now")

    def end(self, ns: tuple[str, ...], node: str, task: str, mark: str) -> None:
        """A task has finished, failed or asked."""
        self._turns[task] = Turn(path_of(ns, node), mark)

    def settle(self, tasks: Iterable[Any], going_on: Collection[str]) -> None:
        """Take over where the saved thread stands: what it does not name any more is done."""
        settled = {task: Turn(turn.path, "done") for task, turn in self._turns.items()}
        _settle(settled, tasks, going_on, ())
        self._turns = settled

    def fail(self) -> None:
        """The run has failed: what was at work is not any more."""
        self._turns = {task: turn for task, turn in self._turns.items() if turn.mark in ("failed", "done")}

    def look_back(self, tasks: Iterable[Any]) -> None:
        """Take in the tasks of an old snapshot."""
        self._turns |= {task.id: Turn((task.name,), "done") for task in tasks if task.result is not None}


def _lines(turns: list[Turn]) -> Iterable[str]:
    total = Counter(turn.path for turn in turns)
    done = Counter(turn.path for turn in turns if turn.mark == "done")
    asking = Counter(turn.path for turn in turns if turn.mark == "waiting")
    for path, count in total.items():
        if count > 1:
            waiting = f", {asking[path]} waiting" if asking[path] else ""
            yield f"{spoken(path)}: {done[path]} of {count} done{waiting}"


def _settle(settled: dict[str, Turn], tasks: Iterable[Any], going_on: Collection[str], around: Path) -> None:
    for task in tasks:
        path = (*around, task.name)
        if task.interrupts:
            settled[task.id] = Turn(path, "waiting")
        elif not around and task.name in going_on:
            settled[task.id] = Turn(path, "now")
        elif task.result is None:
            settled.pop(task.id, None)
        _settle(settled, getattr(task.state, "tasks", ()), (), path)
