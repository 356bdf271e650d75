"""Keys of the state that the run fills in."""

from hilnb.managed.is_last_step import IsLastStep, Managed, RemainingSteps

__all__ = ["IsLastStep", "Managed", "RemainingSteps"]
