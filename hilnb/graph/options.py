"""Reading what a node is added with: names, policies, timeouts, and where annotations say that it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from hilnb.errors import GraphError
from hilnb.graph.spec import Action
from hilnb.types import Command, RetryPolicy, TimeoutPolicy

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = [
    "Retry",
    "Timeout",
    "checked_executor",
    "checked_limit",
    "command_targets",
    "destinations_of",
    "limit",
    "literal_targets",
    "plain",
    "policies",
]

Timeout = float | timedelta | TimeoutPolicy
Retry = RetryPolicy | Sequence[RetryPolicy]


def plain(name: str) -> str:
    """A node's name; an Enum of names stands for its value."""
    return str(name.value) if type(name) is not str and isinstance(name, Enum) else name


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


def checked_executor(executor: Executor | None) -> Executor | None:
    """An executor that calls nodes' functions.

    Raises:
        TypeError: It is none. (Its class is not asked for: the module that has it takes long to load.)
    """
    if executor is not None and not (hasattr(executor, "submit") and hasattr(executor, "shutdown")):
        raise TypeError(
            f"executor={executor!r} is no concurrent.futures.Executor. Give a pool of threads or processes, or "
            "hilnb.interop.dask.executor(client)."
        )
    if hasattr(executor, "get_executor"):
        raise TypeError(f"executor={executor!r} is a Dask client. Give hilnb.interop.dask.executor(client).")
    return executor


def destinations_of(given: Mapping[str, str] | Sequence[str] | None, hint: Any) -> Mapping[str, str | None]:
    """Where a node's Commands may go, with labels: as given, else as its return annotation says."""
    if given and isinstance(given, Mapping):
        return {**given}
    return dict.fromkeys(given or (() if hint is None else command_targets(hint)))


def literal_targets(hint: Any) -> tuple[str, ...] | None:
    """The nodes that a return annotation `Literal["a", "b"]` names."""
    return get_args(hint) if get_origin(hint) is Literal else None


def command_targets(hint: Any) -> tuple[str, ...]:
    """The nodes that a return annotation `Command[Literal["a", "b"]]` names, alone or as one of several in a union."""
    choices = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    for choice in choices:
        targets = get_args(choice) if get_origin(choice) is Command else ()
        if targets and get_origin(targets[0]) is Literal:
            return get_args(targets[0])
    return ()
