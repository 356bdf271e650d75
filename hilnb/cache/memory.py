"""A cache in this process: nothing to set up, gone with the kernel."""

from __future__ import annotations

import copy
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hilnb.cache.base import BaseCache, FullKey, Namespace, ValueT

__all__ = ["InMemoryCache"]


class InMemoryCache(BaseCache[ValueT]):
    """Keeps results in memory, and may be used from several threads at once.

    Values are copied when they are kept and when they are handed out, so changing one changes nothing in the cache.

    Args:
        clock: Tells the time, in seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[FullKey, tuple[ValueT, float]] = {}
        self._soonest = math.inf  # no value's time is over earlier

    def get(self, keys: Sequence[FullKey]) -> dict[FullKey, ValueT]:
        """The values of those keys that are known and whose time is not over."""
        with self._lock:
            self._forget_expired()
            found = {key: self._kept[key][0] for key in keys if key in self._kept}
        return copy.deepcopy(found)

    def set(self, pairs: Mapping[FullKey, tuple[ValueT, float | None]]) -> None:
        """Keep values, each with the seconds it is good for; None is for ever.

        Raises:
            TypeError: A value cannot be copied. Nothing was kept.
        """
        own = {key: (_own(value, key), seconds) for key, (value, seconds) in pairs.items()}
        with self._lock:
            self._forget_expired()
            for key, (value, seconds) in own.items():
                end = math.inf if seconds is None else self._clock() + seconds
                self._kept[key] = (value, end)
                self._soonest = min(self._soonest, end)

    def clear(self, namespaces: Sequence[Namespace] | None = None) -> None:
        """Forget what is in these namespaces; everything when None."""
        with self._lock:
            if namespaces is None:
                self._kept.clear()
            else:
                self._kept = {key: kept for key, kept in self._kept.items() if key[0] not in namespaces}

    def _forget_expired(self) -> None:
        now = self._clock()
        if now >= self._soonest:
            self._kept = {key: kept for key, kept in self._kept.items() if now < kept[1]}
            self._soonest = min((end for _, end in self._kept.values()), default=math.inf)


def _own(value: Any, key: FullKey) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception as error:
        raise TypeError(f"{key!r}: the value cannot be copied ({error}). A cache keeps plain data.") from error
