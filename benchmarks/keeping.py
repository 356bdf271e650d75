"""Keeping: whether a thread is kept, and where."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, TypeAlias

__all__ = ["Keep", "Keeping", "State", "new_file"]

Keeping: TypeAlias = Literal["none", "memory", "sqlite"]
"""Where threads are kept."""

State: TypeAlias = dict[str, Any]

Keep: TypeAlias = Callable[[State], None]
"""Keeps the state after a step; a loop has None where nothing is kept."""


def new_file(room: ExitStack) -> str:
    """The path of a file that is not there yet, in a folder that goes when `room` is closed."""
    folder = room.enter_context(tempfile.TemporaryDirectory())
    return str(Path(folder, "threads.sqlite"))
