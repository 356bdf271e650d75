"""The names of mid-2025, for tutorials written then: each still works, and says what it is called now."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from hilnb.errors import did_you_mean

__all__ = ["renamed", "warn_of"]


def renamed(call: str, given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What was given by a former name, by the name of today.

    Args:
        call: Who was called, for the message.
        given: The keywords that the call does not know.
        names: Former names to today's.

    Raises:
        TypeError: A keyword was never one.
    """
    for name in given:
        if name not in names:
            near = did_you_mean(name, names.values())
            raise TypeError(f"{call} got an unexpected keyword argument {name!r}{near}.")
        warn_of(f"{call}: {name}", names[name], stacklevel=4)
    return {names[name]: value for name, value in given.items()}


def warn_of(former: str, today: str, stacklevel: int = 3) -> None:
    """Say what a name is called now, to whoever used it: by default the caller of the caller."""
    warnings.warn(f"{former} is called {today} now.", DeprecationWarning, stacklevel=stacklevel)
