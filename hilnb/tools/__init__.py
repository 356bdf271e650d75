"""Functions a model may call: their JSON Schema, their validation, their result as a message (names: langchain-core's).

Read in this order: injected, docstring, plain, arguments, base, tool, definition, langchain.
"""

from hilnb.tools.arguments import ArgumentsError, wrong_arguments
from hilnb.tools.base import BaseTool, ToolException, read_hints
from hilnb.tools.definition import ToolDefinition, tool_definition
from hilnb.tools.injected import InjectedToolArg, InjectedToolCallId, mark_of
from hilnb.tools.tool import StructuredTool, tool

__all__ = [
    "ArgumentsError",
    "BaseTool",
    "InjectedToolArg",
    "InjectedToolCallId",
    "StructuredTool",
    "ToolDefinition",
    "ToolException",
    "mark_of",
    "read_hints",
    "tool",
    "tool_definition",
    "wrong_arguments",
]
