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
        """What the node reads, with `steps_left` supersteps allowed, this one included."""
        return steps_left == 1 if self.fact == "last" else steps_left


IsLastStep = Annotated[bool, Managed("last")]
"""Whether `recursion_limit` ends the run after this superstep."""

RemainingSteps = Annotated[int, Managed("left")]
"""How many supersteps `recursion_limit` still allows, this one included."""
