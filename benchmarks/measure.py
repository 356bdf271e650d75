"""The measurement: engines take turns at the same work, and each round gives one ratio."""

from __future__ import annotations

import asyncio
import gc
import itertools
import math
import statistics
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from benchmarks.job import ENGINES, Job, Workload
from benchmarks.quiet import Watch

__all__ = ["Measured", "Spread", "measure", "repeats_for", "rotated", "sample", "slope", "take_turns", "work_checked"]

LONG_ENOUGH = 0.04
"""Seconds that a sample is to take, roughly; work that is shorter is repeated within it."""

_FEW = 3
"""Quiet rounds below which there is no choosing among rounds."""

_names = itertools.count()


@dataclass(frozen=True)
class Spread:
    """A median, and the quartiles around it."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of some values.

        >>> Spread.of([4, 1, 3, 2, 5])
        Spread(low=2.0, median=3.0, high=4.0)
        """
        known = [*values]
        return cls(*statistics.quantiles(known, method="inclusive")) if len(known) > 1 else cls(*known * 3)


@dataclass(frozen=True)
class Measured:
    """What some jobs took, round by round.

    Attributes:
        seconds: By the job's name, one number per round; in any unit, as only ratios are told.
        quiet: For each round, whether other processes left the machine alone.
    """

    seconds: Mapping[str, list[float]]
    quiet: list[bool]

    @property
    def used(self) -> list[bool]:
        """The rounds that count: the quiet ones, or all of them where fewer than three were quiet."""
        return self.quiet if sum(self.quiet) >= _FEW else [True] * len(self.quiet)

    def ratio(self, one: str, other: str) -> Spread:
        """The spread of the per-round ratios of two jobs."""
        ratios = (a / b for a, b in zip(self.seconds[one], self.seconds[other]))
        return Spread.of(itertools.compress(ratios, self.used))


def measure(workload: Workload, rounds: int) -> Measured:
    """Let the engines take turns at a workload (see `take_turns`)."""
    return take_turns({engine: (workload, engine) for engine in ENGINES}, rounds)


def take_turns(entries: Mapping[str, tuple[Workload, str]], rounds: int) -> Measured:
    """Let some jobs take turns: the first, the second, the third, then the second, the third, the first, and so on.

    Every result is compared with plain values. What was kept is read back in a run before the first round and in one
    after the last; that, preparing the graphs and forgetting the threads is not timed.

    Args:
        entries: By name, a workload and the engine that is to do it.
        rounds: How often each gets its turn.

    Raises:
        MissingError: An engine has no such part.
        AssertionError: An engine gave or kept something else.
    """
    with ExitStack() as room:
        jobs: dict[str, tuple[Workload, Job]] = {}
        for name, (workload, engine) in entries.items():
            jobs[name] = workload, workload.job(engine)
            room.callback(jobs[name][1].close)
        for entry in jobs.values():
            sample(*entry, reads_back=True)
        repeats = {name: repeats_for(*entry) for name, entry in jobs.items()}
        seconds: dict[str, list[float]] = {name: [] for name in jobs}
        quiet = []
        for turn in range(rounds):
            watch = Watch()
            for name in rotated(jobs, turn):
                seconds[name].append(sample(*jobs[name], repeats[name]))
            quiet.append(watch.was_quiet())
        for entry in jobs.values():
            sample(*entry, reads_back=True)
    return Measured(seconds, quiet)


def rotated(names: Iterable[str], turn: int) -> list[str]:
    """The names in the order of this turn, so that each is first, last and in between equally often.

    >>> rotated("abc", 1)
    ['b', 'c', 'a']
    """
    known = [*names]
    first = turn % len(known)
    return known[first:] + known[:first]


def repeats_for(workload: Workload, job: Job) -> int:
    """How often to repeat the work within a sample, for the sample to be long enough."""
    repeats = 1
    while (seconds := sample(workload, job, repeats)) * repeats < LONG_ENOUGH / 10:
        repeats *= 10  # too short to be told from a hiccup
    return math.ceil(LONG_ENOUGH / seconds)


def sample(workload: Workload, job: Job, repeats: int = 1, *, reads_back: bool = False) -> float:
    """Do the work as `work_checked` does, on a clean slate; the seconds of one.

    The collector has nothing left to do when the clock starts, and is on while it runs, for every engine.

    Raises:
        AssertionError: The engine gave or kept something else.
    """
    gc.collect()
    return work_checked(workload, job, repeats, reads_back=reads_back)


def work_checked(workload: Workload, job: Job, repeats: int = 1, *, reads_back: bool = False) -> float:
    """Do the work so many times, each on a thread of its own, and check each result; the seconds of one.

    Raises:
        AssertionError: The engine gave or kept something else.
    """
    threads = [f"thread {next(_names)}" for _ in range(repeats)]
    seconds, results = asyncio.run(_time_awaited(job, threads)) if job.awaits else _time(job, threads)
    for result in results:
        workload.check(job, result)
    if reads_back:
        workload.read_back(job, threads[-1])
    for thread in threads:
        job.forget(thread)
    return seconds / repeats


def _time(job: Job, threads: list[str]) -> tuple[float, list[Any]]:
    began = time.perf_counter()
    results = [job.run(thread) for thread in threads]
    return time.perf_counter() - began, results


async def _time_awaited(job: Job, threads: list[str]) -> tuple[float, list[Any]]:
    began = time.perf_counter()
    results = [await job.run(thread) for thread in threads]
    return time.perf_counter() - began, results


def slope(points: Mapping[int, float]) -> float:
    """The exponent k of the n^k that fits the points best (least squares of the logarithms).

    >>> round(slope({1: 3.0, 2: 12.0, 4: 48.0}), 3)
    2.0
    """
    logs = [(math.log(n), math.log(value)) for n, value in points.items()]
    return statistics.linear_regression(*zip(*logs)).slope
