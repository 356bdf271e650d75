"""Anything that describes a tool, in the one form a model's API is told it in."""

from __future__ import annotations

import inspect
from typing import Any, TypedDict

from hilnb.tools.arguments import as_json, read_schema
from hilnb.tools.tool import tool

__all__ = ["ToolDefinition", "tool_definition"]


class ToolDefinition(TypedDict):
    """A tool, as a model gets to know it.

    Attributes:
        name: What to call it by.
        description: What it is for.
        parameters: The JSON Schema of its arguments.
    """

    name: str
    description: str
    parameters: dict[str, Any]


def tool_definition(given: Any) -> ToolDefinition:
    """What a model is told of a tool.

    Args:
        given: A tool, ours or LangChain's; a function; a pydantic model class or a TypedDict, whose docstring says what
            it is for.

    Raises:
        TypeError: It is none of these.
        ValueError: It is a function without docstring.
    """
    if hasattr(given, "tool_call_schema"):
        return _defined(given.name, given.description, as_json(given.tool_call_schema))
    if isinstance(given, type):
        schema = as_json(read_schema(given))
        return _defined(schema.get("title", given.__name__), inspect.cleandoc(given.__doc__ or ""), schema)
    if not callable(given):
        raise TypeError(f"no tool: {given!r}. Give a tool, a function, a pydantic model class or a TypedDict.")
    return tool_definition(tool(given))


def _defined(name: str, description: str, schema: dict[str, Any]) -> ToolDefinition:
    parameters = {key: part for key, part in schema.items() if key not in ("title", "description")}
    return {"name": name, "description": description, "parameters": parameters}
