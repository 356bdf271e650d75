"""Work for many threads at once, so much of it at the same time and no more."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from hilnb.widgets.steps import Steps, Work


class AtMost:
    """Hands work on, and holds back what is too much until other work has ended; first come, first served.

    Args:
        do: Carries out a piece of work.
        most: Pieces of work at the same time.
    """

    def __init__(self, do: Callable[[Callable[[], None]], None], most: int) -> None:
        self._do, self._free = do, most
        self._lock, self._held = threading.Lock(), deque[Work]()

    def __call__(self, work: Work) -> None:
        """Do the work now, or when there is room."""
        with self._lock:
            self._held.append(work)
        self._go_on()

    def _go_on(self) -> None:
        with self._lock:
            if not self._held or not self._free:
                return
            self._free -= 1
            work = self._held.popleft()
        self._do(Work(partial(self._done, work)))

    def _done(self, work: Work) -> Steps:
        try:
            yield from work.steps()
        finally:
            with self._lock:
                self._free += 1
            self._go_on()
