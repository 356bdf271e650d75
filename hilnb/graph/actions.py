"""Reading a function: its name, whether it is awaited, which parameters the run fills in."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

from hilnb._context import NOTHING
from hilnb.graph.spec import Action

__all__ = ["annotation_of", "hints_of", "name_of", "read_action", "wanted_by"]

FILLED_IN = frozenset({"config", "runtime", "store", "writer", "previous", "error"})


def read_action(action: Any) -> Action:
    """How to call a function, or an object with `invoke` and `ainvoke`: LangChain's, or a compiled graph."""
    if type(action) is FunctionType and not action.__dict__:  # as nearly all are: its code tells whether it is awaited
        code = action.__code__
        wants = wanted_by(action, after=1) if code.co_argcount + code.co_kwonlyargcount > 1 else ()
        return Action(action, action, bool(code.co_flags & inspect.CO_COROUTINE), wants)
    if hasattr(action, "thread_at"):
        return Action(action.invoke, action, False, (), action.ainvoke)  # it knows itself where it is called
    if not callable(action) or hasattr(action, "ainvoke"):
        return Action(action.invoke, action, False, ("config",), action.ainvoke)
    return Action(action, action, _is_async(action), wanted_by(action, after=1))


def name_of(action: Any) -> str:
    """The name a function gives the node it becomes."""
    if hasattr(action, "get_name"):
        return str(action.get_name())
    return getattr(action, "__name__", None) or type(action).__name__


def _is_async(action: Any) -> bool:
    inner = action.func if isinstance(action, functools.partial) else action
    return inspect.iscoroutinefunction(inner) or (
        not isinstance(inner, FunctionType) and inspect.iscoroutinefunction(type(inner).__call__)
    )


def _parameters(action: Any) -> Sequence[str]:
    """The names of a function's parameters; none of a built-in that does not tell."""
    if type(action) is FunctionType and not action.__dict__:  # nothing wraps it: asking its code is far faster
        code = action.__code__
        return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    try:
        return list(inspect.signature(action).parameters)
    except (ValueError, TypeError):
        return ()


def wanted_by(action: Any, *, after: int = 0) -> tuple[str, ...]:
    """The parameters that the run fills in, the first ones left out."""
    named = _parameters(action)[after:]
    return tuple([name for name in named if name in FILLED_IN]) if named else ()


def hints_of(action: Any) -> Mapping[str, Any]:
    """What a function's annotations say, by parameter and "return"; nothing when they cannot be read."""
    function = action
    if type(action) is not FunctionType:
        inner = action.func if isinstance(action, functools.partial) else action
        function = inner if inspect.isroutine(inner) else type(inner).__call__
    if not getattr(function, "__annotations__", None):
        return NOTHING
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError, AttributeError):  # an annotation that cannot be read tells nothing
        return NOTHING


def annotation_of(action: Any, hints: Mapping[str, Any]) -> Any:
    """The annotation of a function's first parameter, None when it has none or it cannot be read.

    A `functools.partial` tells none, as in LangGraph: its node reads the whole state.
    """
    if not hints or isinstance(action, functools.partial):
        return None
    parameters = _parameters(action)
    return hints.get(parameters[0]) if parameters else None
