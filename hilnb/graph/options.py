"""Reading what a node is added with: names, policies, timeouts, and where annotations say that it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from hilnb.errors import GraphError
from hilnb.graph.actions import returned_by
from hilnb.graph.spec import Action
from hilnb.types import Command, RetryPolicy, TimeoutPolicy

__all__ = [
    "Retry",
    "Timeout",
    "checked_limit",
    "command_targets",
    "labelled",
    "limit",
    "literal_targets",
    "plain",
    "policies",
]

Timeout = float | timedelta | TimeoutPolicy
Retry = RetryPolicy | Sequence[RetryPolicy]


def plain(name: str) -> str:
    """A node's name; an Enum of names stands for its value."""
    return str(name.value) if isinstance(name, Enum) else name


def policies(policy: Retry | None) -> tuple[RetryPolicy, ...]:
    """The retry policies, one or several.

    Raises:
        TypeError: One of them is none, or does not say what to try again after.
    """
    if policy is None:
        return ()
    found = tuple(policy) if isinstance(policy, Sequence) and not isinstance(policy, RetryPolicy) else (policy,)
    for each in found:
        if not isinstance(each, RetryPolicy):
            raise TypeError(f"retry_policy={each!r} is no RetryPolicy. Write RetryPolicy(max_attempts=3).")
        on: Any = each.retry_on
        if not (all(isinstance(kind, type) for kind in on) if isinstance(on, Sequence) else callable(on)):
            raise TypeError(
                f"RetryPolicy(retry_on={on!r}): retry_on must be an Exception class, a list or tuple of "
                "Exception classes, or a callable that is given the exception."
            )
    return found


def limit(where: str, timeout: Timeout | None) -> TimeoutPolicy | None:
    """A timeout with its times in seconds.

    Raises:
        GraphError: A time is not above 0, or no time.
    """
    try:
        return TimeoutPolicy.coerce(timeout)
    except (TypeError, ValueError) as error:
        raise GraphError(f"{where}: {error}.") from None


def checked_limit(where: str, timeout: Timeout | None, action: Action) -> TimeoutPolicy | None:
    """A timeout with its times in seconds, for a function that can be stopped.

    Raises:
        GraphError: A time is not above 0, or the function is a plain one.
    """
    found = limit(where, timeout)
    if found is not None and not action.awaits and action.twin is None:
        raise GraphError(f"{where}: timeout={timeout!r} needs an async function; a plain one cannot be stopped.")
    return found


def labelled(destinations: Mapping[str, str] | Sequence[str] | None) -> dict[str, str | None]:
    """Destinations with their labels, None for those without."""
    if isinstance(destinations, Mapping):
        return dict(destinations)
    return dict.fromkeys(destinations or ())


def literal_targets(path: Any) -> tuple[str, ...] | None:
    """The nodes that a `-> Literal["a", "b"]` annotation names."""
    hint = returned_by(path)
    return get_args(hint) if get_origin(hint) is Literal else None


def command_targets(action: Any) -> tuple[str, ...]:
    """The nodes that a `-> Command[Literal["a", "b"]]` annotation names, alone or as one of several in a union."""
    hint = returned_by(action)
    choices = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for choice in choices:
        targets = get_args(choice) if get_origin(choice) is Command else ()
        if targets and get_origin(targets[0]) is Literal:
            return get_args(targets[0])
    return ()
