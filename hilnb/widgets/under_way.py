"""Which threads are under way in this process: what is at work is not begun a second time beside it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from hilnb.engines import Engine

_lock = threading.Lock()
_running: Counter[tuple[int, str]] = Counter()


@contextmanager
def under_way(engine: Engine, config: Mapping[str, Any]) -> Iterator[bool]:
    """Tell that a thread is under way, until the block ends.

    Args:
        engine: Speaks for its graph.
        config: Names the thread.

    Yields:
        Whether nobody else had it under way when the block began.
    """
    key = id(engine.saver), str(config["configurable"]["thread_id"])
    with _lock:
        _running[key] += 1
        is_alone = _running[key] == 1
    try:
        yield is_alone
    finally:
        with _lock:
            _running[key] -= 1
            if not _running[key]:
                del _running[key]
