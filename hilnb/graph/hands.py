"""Threads that wait for work: many nodes of one superstep, each in a thread."""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Callable

__all__ = ["Hands"]


class Hands:
    """A few threads, started when they are first needed.

    A `ThreadPoolExecutor` does the same, but also makes a future for each piece of work. Nobody would ask it anything,
    and it takes longer than handing over the work and waking the thread. As with one, the interpreter exits when what
    has begun is done.

    Args:
        most: How many threads there may be; what is more waits until one of them is free.
        name: Of the threads.
    """

    def __init__(self, most: int, name: str) -> None:
        self.most = most
        self.name = name
        self.free = 0  # threads that wait for work; below zero: pieces of work that wait for a thread
        self.threads: list[threading.Thread] = []
        self.work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self.lock = threading.Lock()
        atexit.register(self.dismiss)

    def give(self, work: Callable[[], None], times: int) -> None:
        """Have so many threads do this work, which must not raise."""
        with self.lock:
            self.free -= times
            while self.free < 0 and len(self.threads) < self.most:
                self.free += 1
                name = f"{self.name}_{len(self.threads)}"
                # Daemons, for others would be waited for before `dismiss` can tell them to end.
                self.threads.append(threading.Thread(target=self._serve, name=name, daemon=True))
                self.threads[-1].start()
        for _ in range(times):
            self.work.put(work)

    def _serve(self) -> None:
        while work := self.work.get():
            work()
            with self.lock:
                self.free += 1

    def dismiss(self) -> None:
        """End the threads, once they have done what was given to them before."""
        for _ in self.threads:
            self.work.put(None)
        for thread in self.threads:
            thread.join()
