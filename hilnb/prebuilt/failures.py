"""Which failures of a tool the model is told of, and in which words (semantics and words: what LangGraph's say)."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Collection, Mapping
from typing import Any

from hilnb._context import Running
from hilnb.tools import ToolException, wrong_arguments

__all__ = [
    "HandleToolErrors",
    "ToolInvocationError",
    "as_invocation_error",
    "only_wrong_arguments",
    "raised_by",
    "told",
    "unknown_tool",
    "unreadable",
]

HandleToolErrors = bool | str | Callable[..., str] | type[Exception] | tuple[type[Exception], ...]
"""True for every failure, some words for every failure, the kinds of failures, or a function that finds the words."""


class ToolInvocationError(ToolException):
    """A model's arguments do not fit the tool.

    Args:
        call: The tool call.
        source: What the tool raised.
        wrong: What is wrong, a line each.
    """

    def __init__(self, call: Mapping[str, Any], source: Exception, wrong: Collection[str]) -> None:
        self.tool_name, self.tool_kwargs, self.source = call["name"], call["args"], source
        listed = "\n".join(wrong)
        self.message = (
            f"Error invoking tool '{call['name']}' with kwargs {call['args']} with error:\n {listed}\n"
            " Please fix the error and try again."
        )
        super().__init__(self.message)


def as_invocation_error(error: Exception, call: Mapping[str, Any], hidden: Collection[str]) -> Exception:
    """The error itself; where it is about arguments that the model fills in, one that it can learn from."""
    wrong = wrong_arguments(error, hidden)
    return ToolInvocationError(call, error, wrong) if wrong else error


def only_wrong_arguments(error: ToolInvocationError) -> str:
    """Tell the model only of arguments that do not fit; everything else is the program's business."""
    return error.message


def unknown_tool(name: str, tools: Collection[str]) -> str:
    """What the model hears when it calls a tool there is not."""
    return f"Error: {name} is not a valid tool, try one of [{', '.join(tools)}]."


def raised_by(name: str, here: Running | None) -> str:
    """What is noted on a failure that is raised: whose it is, and how to go on."""
    kept = here is not None and here.thread.saver is not None
    again = ", and the thread stands before it: invoke(None, config) runs it again" if kept else ""
    return (
        f"Tool {name!r} raised this{again}. To have the model told of it in place of raising it: "
        "ToolNode(tools, handle_tool_errors=True)."
    )


def unreadable(call: Mapping[str, Any]) -> str:
    """What the model hears of a call whose arguments could not be read."""
    why = call["error"] or "the arguments are not a JSON object"
    return f"Error: the tool was not run: {why}. The arguments were: {call['args']}"


def told(error: Exception, handle: HandleToolErrors) -> str | None:
    """What the model is told of a failure; None when it is raised."""
    if handle is False or not isinstance(error, _kinds(handle)):
        return None
    if isinstance(handle, str):
        return handle
    if callable(handle) and not isinstance(handle, type):
        return handle(error)
    return f"Error: {error!r}\n Please fix your mistakes."


def _kinds(handle: HandleToolErrors) -> tuple[type[Exception], ...]:
    """The failures that the model is told of."""
    if isinstance(handle, tuple):
        return handle
    if isinstance(handle, type):
        return (handle,)
    if isinstance(handle, (bool, str)):
        return (Exception,)
    first = next(iter(inspect.signature(handle).parameters), None)
    try:
        hint = typing.get_type_hints(handle).get(first or "")
    except NameError:  # an annotation that cannot be read tells nothing
        hint = None
    kinds = tuple(kind for kind in typing.get_args(hint) or (hint,) if isinstance(kind, type))
    return kinds or (Exception,)
