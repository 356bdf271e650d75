"""A function made a tool: its name, its docstring and its signature say what a model has to know."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, overload

from hilnb.errors import did_you_mean
from hilnb.tools.base import BaseTool

__all__ = ["StructuredTool", "tool"]


class StructuredTool(BaseTool):
    """A function a model may call (names and arguments: langchain-core's class of this name). `tool` makes them.

    Args:
        func: The function; None when there is only an async one.
        coroutine: Its async twin.
        name: What the model calls it by; the function's name when None.
        description: What the model reads; the docstring when None.
        args_schema: A pydantic model class, a TypedDict or a JSON Schema in place of the function's signature.
        parse_docstring: Whether the docstring, in Google's style, describes the arguments.
        fields: Other fields of `BaseTool`: `return_direct`, `response_format`, `handle_tool_error` …

    Raises:
        ValueError: There is no function or no description, or the docstring cannot be parsed.
        TypeError: The schema is none, or a field is unknown.
    """

    def __init__(
        self,
        func: Callable[..., Any] | None = None,
        coroutine: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        args_schema: Any = None,
        parse_docstring: bool = False,
        **fields: Any,
    ) -> None:
        for field, value in fields.items():
            if field not in BaseTool.__annotations__:
                near = did_you_mean(field, BaseTool.__annotations__)
                raise TypeError(f"a tool has no option {field!r}{near}.")
            setattr(self, field, value)
        self._set_up(func, coroutine, name, description, args_schema, parse_docstring=parse_docstring)

    @classmethod
    def from_function(
        cls, func: Callable[..., Any] | None = None, coroutine: Callable[..., Any] | None = None, **options: Any
    ) -> StructuredTool:
        """A tool of a function, of an async one, or of both; the options are those of the class."""
        return cls(func, coroutine, **options)


@overload
def tool(name_or_callable: Callable[..., Any], /, **options: Any) -> StructuredTool: ...
@overload
def tool(name_or_callable: str | None = None, /, **options: Any) -> Callable[[Callable[..., Any]], StructuredTool]: ...
def tool(name_or_callable: Any = None, /, **options: Any) -> Any:
    """Make a function a tool: `@tool`, `@tool("name")`, `@tool(return_direct=True)`, `tool(function)`.

    Args:
        name_or_callable: The function, or a name for the tool in place of the function's.
        options: `description`, `args_schema`, `return_direct`, `response_format`, `parse_docstring`, `extras`, as for
            `StructuredTool`.

    Raises:
        ValueError: There is no description, or the docstring cannot be parsed.
    """
    if name_or_callable is not None and not isinstance(name_or_callable, str):
        return _tool_of(name_or_callable, None, options)
    return lambda function: _tool_of(function, name_or_callable, options)


def _tool_of(function: Any, name: str | None, options: dict[str, Any]) -> StructuredTool:
    if inspect.iscoroutinefunction(function):
        return StructuredTool(None, function, name=name, **options)
    return StructuredTool(function, None, name=name, **options)
