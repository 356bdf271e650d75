"""Growth: how time and kept memory grow with an agent's conversation; each point in a process of its own.

`python -m benchmarks.growth ENGINE TURNS` is that process; it prints the point as JSON.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import tracemalloc
from dataclasses import asdict, dataclass

from benchmarks.job import Job, Workload
from benchmarks.measure import repeats_for, sample, slope
from benchmarks.workloads import agent

__all__ = ["Growth", "Point", "measure_growth"]

TURNS = (50, 100, 200, 400, 800, 1600, 3200)
MOST = {"langgraph": 400}
"""Where an engine stops: LangGraph keeps the whole list in each checkpoint, so 3,200 turns would take gigabytes."""

_SAMPLES = 3


@dataclass(frozen=True)
class Point:
    """One length of conversation.

    Attributes:
        seconds: The median time of a call with so many turns.
        kept: Bytes that the thread holds on to after it.
    """

    seconds: float
    kept: int


@dataclass(frozen=True)
class Growth:
    """How an engine grows: its points, by turns.

    The exponents are those of the best fit over all points.
    """

    points: dict[int, Point]

    @property
    def of_time(self) -> float:
        """The exponent of the time."""
        return slope({turns: point.seconds for turns, point in self.points.items()})

    @property
    def of_memory(self) -> float:
        """The exponent of the kept memory."""
        return slope({turns: point.kept for turns, point in self.points.items()})


def measure_growth(engine: str) -> Growth:
    """Measure all points of an engine, one process after the other.

    Raises:
        subprocess.CalledProcessError: An engine gave or kept something else; its message is on stderr.
    """
    points = {}
    for turns in TURNS:
        if turns <= MOST.get(engine, TURNS[-1]):
            command = [sys.executable, "-m", "benchmarks.growth", engine, str(turns)]
            told = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
            points[turns] = Point(**json.loads(told))
    return Growth(points)


def measure_point(engine: str, turns: int) -> Point:
    """Measure one point in this process: the time first, as tracing every allocation takes time too.

    Raises:
        AssertionError: The engine gave or kept something else.
    """
    workload = agent(turns, "memory", goal=None)
    job = workload.job(engine)
    sample(workload, job)  # what is set up at the first call is not the conversation's
    repeats = repeats_for(workload, job)
    seconds = statistics.median(sample(workload, job, repeats) for _ in range(_SAMPLES))
    return Point(seconds, _kept(workload, job))


def _kept(workload: Workload, job: Job) -> int:
    """The bytes that one more thread keeps; it is read back."""
    tracemalloc.start()
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    workload.check(job, job.run("traced"))
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    workload.read_back(job, "traced")
    return after - before


if __name__ == "__main__":
    print(json.dumps(asdict(measure_point(sys.argv[1], int(sys.argv[2])))))
