"""The steps of a run: which nodes had their turn, in what order, and how often each of them started."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hilnb.constants import START
from hilnb.engines import engine_of
from hilnb.reasons import Ran, why
from hilnb.widgets.past import read_timeline
from hilnb.widgets.session import Run

__all__ = ["Steps", "in_order", "spelled", "starts_of", "steps_of"]

Steps = Sequence[tuple[str, ...]]
"""The nodes of each superstep, START left out."""

FIRST, LAST = 8, 3
"""Steps that are told of a long way."""


def steps_of(run: Run) -> Steps:
    """The supersteps of a run that are done, since the thread's last input; none when nothing was kept."""
    try:
        timeline = read_timeline(engine_of(run.graph), run.config)
    except ValueError:
        return ()
    moments = timeline.since_input(len(timeline.moments) - 1)
    return [ran for moment in moments if (ran := tuple(name for name in moment.ran if name != START))]


def starts_of(run: Run, steps: Steps) -> tuple[Counter[str], list[Ran]]:
    """How often each node of a run started, and the turns of nodes that started more than once."""
    timeline = read_timeline(engine_of(run.graph), run.config)
    moments = timeline.since_input(len(timeline.moments) - 1)
    again = [ran for ran in why(run.graph, run.config) if ran.at in {moment.id for moment in moments}]
    counted = Counter(name for step in steps for name in step)
    for ran in again:
        counted[ran.node] += ran.times - 1
    return counted, again


def in_order(steps: Steps, wanted: Sequence[str]) -> bool:
    """Whether these are the steps; nodes that ran side by side may be listed in any order.

    >>> in_order([("plan",), ("a", "b")], ["plan", "b", "a"]), in_order([("a",), ("b",)], ["b", "a"])
    (True, False)
    """
    at = 0
    for step in steps:
        if sorted(wanted[at : at + len(step)]) != sorted(step):
            return False
        at += len(step)
    return at == len(wanted)


def spelled(steps: Steps) -> str:
    """The steps as a way; of a long one both ends.

    >>> spelled([("plan",), ("search", "search", "ask")]), spelled([])
    ('plan → search ×2 + ask', 'nowhere')
    """
    names = [" + ".join(f"{name} ×{n}" if n > 1 else name for name, n in Counter(step).items()) for step in steps]
    if len(names) > FIRST + LAST + 1:
        names[FIRST:-LAST] = ["…"]
    return " → ".join(names) or "nowhere"
