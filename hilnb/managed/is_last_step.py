"""Keys of the state that the run fills in: they are read like any other key, and never stored."""

from __future__ import annotations

from typing import Annotated

__all__ = ["IsLastStep", "Managed", "RemainingSteps"]


class Managed:
    """Marks a key as filled in by the run.

    Args:
        fact: "last" for whether this is the last superstep allowed, "left" for how many are.
    """

    def __init__(self, fact: str) -> None:
        self.fact = fact

    def value(self, steps_left: int) -> bool | int:
        """What the node reads, with `steps_left` supersteps before the limit, this one included.

        One of them is never to be used: a run that is not over when it reaches its limit fails.
        """
        return steps_left == 2 if self.fact == "last" else steps_left - 1


IsLastStep = Annotated[bool, Managed("last")]
"""Whether this is the last superstep that may run without reaching `recursion_limit`."""

RemainingSteps = Annotated[int, Managed("left")]
"""How many supersteps may still run, this one included, without reaching `recursion_limit`."""
