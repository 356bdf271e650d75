"""The size of a graph: what a step costs in a graph of 1,000 nodes, divided by what it costs in one of 100."""

from __future__ import annotations

from benchmarks.measure import Spread, take_turns
from benchmarks.workloads import chain

__all__ = ["cost_of_size"]


def cost_of_size(engine: str, rounds: int) -> Spread:
    """The ratio of the two, with the MemorySaver; the two graphs take turns.

    Raises:
        AssertionError: The engine gave or kept something else.
    """
    small, large = 100, 1000
    measured = take_turns({str(nodes): (chain(nodes, "memory", goal=None), engine) for nodes in (small, large)}, rounds)
    whole = measured.ratio(str(large), str(small))
    return Spread(*(ratio * small / large for ratio in (whole.low, whole.median, whole.high)))
