"""Quiet: whether other processes left the machine alone meanwhile."""

from __future__ import annotations

import os
import time
from pathlib import Path

__all__ = ["Watch"]

_MOST = 0.5
"""How many processors' time all other processes together may have used."""

_STAT = Path("/proc/stat")


class Watch:
    """Watches the other processes from the moment it is made; sees nothing, and so finds it quiet, outside Linux."""

    def __init__(self) -> None:
        self._began, self._others = time.perf_counter(), _seconds_of_others()

    def was_quiet(self) -> bool:
        """Whether they have used little since."""
        return _seconds_of_others() - self._others < _MOST * (time.perf_counter() - self._began)


def _seconds_of_others() -> float:
    """Processor time that was used by others than this process and those it has waited for."""
    if not _STAT.exists():
        return 0.0
    user, nice, system, _, _, irq, softirq, steal, *_ = map(int, _STAT.read_text().split("\n")[0].split()[1:])
    everyone = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    return everyone - sum(os.times()[:4])
