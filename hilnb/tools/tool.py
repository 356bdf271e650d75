"""A tool: a function with a name, a description and a schema, which answers a model's tool call with a message."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_type_hints, overload

from hilnb import _context
from hilnb.messages import BaseMessage, ToolMessage
from hilnb.tools.arguments import ArgsSchema, as_json, call_schema, read_schema, schema_from, validated
from hilnb.tools.docstring import read_docstring
from hilnb.tools.injected import InjectedToolCallId, mark_of
from hilnb.types import Command

__all__ = ["StructuredTool", "ToolException", "message_content", "read_hints", "tool"]

ResponseFormat = Literal["content", "content_and_artifact"]
BLOCKS = ["text", "image_url", "image", "json", "search_result", "custom_tool_call_output", "document", "file"]
"""The types of content blocks that a tool's message may hold."""


class ToolException(Exception):  # noqa: N818 - LangChain's name
    """For a tool to raise: it cannot do what was asked."""


class StructuredTool:
    """A function a model may call (names and arguments: langchain-core's class of this name). `tool` makes them.

    Args:
        func: The function; None when there is only an async one.
        coroutine: Its async twin.
        name: What the model calls it by; the function's name when None.
        description: What the model reads; the docstring when None.
        args_schema: A pydantic model class, a TypedDict or a JSON Schema in place of the function's signature.
        return_direct: Whether the result ends an agent's work.
        response_format: With "content_and_artifact" the function returns two things: what the model reads, and what is
            for the program.
        parse_docstring: Whether the docstring, in Google's style, describes the arguments.

    Raises:
        ValueError: There is no function or no description, or the docstring cannot be parsed.
        TypeError: The schema is none.
    """

    def __init__(
        self,
        func: Callable[..., Any] | None = None,
        coroutine: Callable[..., Any] | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        args_schema: Any = None,
        return_direct: bool = False,
        response_format: ResponseFormat = "content",
        parse_docstring: bool = False,
    ) -> None:
        given = func or coroutine
        if given is None or (not hasattr(given, "__name__") and name is None):
            raise ValueError(f"a tool needs a function with a name, got {given!r}.")
        self.func, self.coroutine = func, coroutine
        self.name: str = name or given.__name__
        self.return_direct, self.response_format = return_direct, response_format
        self._hints = read_hints(given)
        self._parameters = {
            key: parameter
            for key, parameter in inspect.signature(given).parameters.items()
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) and key not in self._configs
        }
        self._own_schema = None if args_schema is None else read_schema(args_schema)
        self._doc = inspect.cleandoc(given.__doc__ or "")
        self._said: dict[str, str] = {}
        if parse_docstring:
            self._doc, self._said = read_docstring(self.name, given.__doc__, list(self._parameters))
        self.description = self._describe(given, description, parse_docstring)

    def _describe(self, given: Callable[..., Any], description: str | None, parsed: bool) -> str:
        schema = self._own_schema
        of_schema = schema.get("description") if isinstance(schema, dict) else getattr(schema, "__doc__", None)
        text = description or (self._doc if parsed else given.__doc__) or of_schema
        if text is None:
            raise ValueError(
                f"tool {self.name!r}: Function must have a docstring if description not provided. The model reads it "
                'to know what the tool is for: write one, or tool(description="…").'
            )
        return (text if description else textwrap.dedent(text)).strip()

    @classmethod
    def from_function(
        cls, func: Callable[..., Any] | None = None, coroutine: Callable[..., Any] | None = None, **options: Any
    ) -> StructuredTool:
        """A tool of a function, of an async one, or of both; the options are those of the class."""
        return cls(func, coroutine, **options)

    # ── what it takes ─────────────────────────────────────────────────────────────────────────────────────────────────

    @functools.cached_property
    def args_schema(self) -> ArgsSchema:
        """All its arguments: a pydantic model class; without pydantic, or where one was given, a JSON Schema."""
        if self._own_schema is not None:
            return self._own_schema
        return schema_from(self.name, self._doc, self._parameters, self._hints, self._said)

    @functools.cached_property
    def tool_call_schema(self) -> ArgsSchema:
        """The arguments the model fills in, in the same form."""
        return call_schema(self.args_schema, self.name, self.description, self.injected)

    @property
    def args(self) -> dict[str, Any]:
        """The JSON Schema of each argument the model fills in."""
        return dict(as_json(self.tool_call_schema).get("properties", {}))

    def get_input_jsonschema(self) -> dict[str, Any]:
        """The JSON Schema of all its arguments."""
        return as_json(self.args_schema)

    @functools.cached_property
    def annotations(self) -> dict[str, Any]:
        """The annotations of its arguments, marks included."""
        fields = {} if isinstance(self.args_schema, dict) else self.args_schema.model_fields
        of_schema = {key: field.rebuild_annotation() for key, field in fields.items()} if self._own_schema else {}
        return {**{key: hint for key, hint in self._hints.items() if key != "return"}, **of_schema}

    @functools.cached_property
    def injected(self) -> frozenset[str]:
        """The arguments that the program fills in."""
        return frozenset(key for key, hint in self.annotations.items() if mark_of(hint))

    @property
    def _configs(self) -> list[str]:
        """The parameters that get the run's config."""
        return [key for key, hint in self._hints.items() if mark_of(hint, _RunnableConfig)]

    # ── calling it ────────────────────────────────────────────────────────────────────────────────────────────────────

    def invoke(self, input: str | Mapping[str, Any], config: Mapping[str, Any] | None = None) -> Any:
        """Call the function.

        Args:
            input: The arguments, by name; a single one as text; or a model's tool call.
            config: For a parameter annotated with RunnableConfig; that of the running node when None.

        Returns:
            What the function returns; for a tool call, as a ToolMessage. Messages and Commands stay as they are.

        Raises:
            ValueError: The arguments do not fit (pydantic's ValidationError, where it is installed), or it needs a tool
                call and did not get one.
            NotImplementedError: The function is async.
        """
        arguments, call = self._read(input, config)
        if self.func is None:
            raise NotImplementedError(
                f"tool {self.name!r} does not support sync invocation: its function is async. Use ainvoke."
            )
        return self._answer(self.func(**arguments), call)

    async def ainvoke(self, input: str | Mapping[str, Any], config: Mapping[str, Any] | None = None) -> Any:
        """`invoke`, awaited; a plain function runs in a thread."""
        arguments, call = self._read(input, config)
        if self.coroutine is not None:
            return self._answer(await self.coroutine(**arguments), call)
        assert self.func is not None
        return self._answer(await asyncio.to_thread(self.func, **arguments), call)

    def run(self, tool_input: str | Mapping[str, Any]) -> Any:
        """`invoke`, as older programs call it."""
        return self.invoke(tool_input)

    async def arun(self, tool_input: str | Mapping[str, Any]) -> Any:
        """`ainvoke`, as older programs call it."""
        return await self.ainvoke(tool_input)

    def _read(
        self, input: str | Mapping[str, Any], config: Mapping[str, Any] | None
    ) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
        """The arguments for the function, and the tool call when there is one."""
        call = input if isinstance(input, Mapping) and input.get("type") == "tool_call" else None
        if isinstance(input, str):
            values = {next(iter(self.args), "input"): input}
        else:
            values = dict(input if call is None else call["args"])
        for key in self.injected:
            if mark_of(self.annotations[key], InjectedToolCallId):
                if call is None:
                    raise ValueError(
                        f"tool {self.name!r} wants the id of its call, so it has to be invoked with a tool call: "
                        '{"name": …, "args": {…}, "id": …, "type": "tool_call"}.'
                    )
                values[key] = call["id"]
        checked = validated(self.args_schema, self.name, values, self.injected, check=self._own_schema is None)
        here = _context.current.get()
        found = config if config is not None else here.full_config() if here is not None else {}
        found = {**_NO_CONFIG, **found}
        return {**checked, **dict.fromkeys(self._configs, found)}, call

    def _answer(self, result: Any, call: Mapping[str, Any] | None) -> Any:
        artifact = None
        if self.response_format == "content_and_artifact":
            if not isinstance(result, tuple) or len(result) != 2:
                raise ValueError(
                    f"tool {self.name!r} has response_format='content_and_artifact', so its function has to return two "
                    f"things, the content and the artifact; it returned {result!r:.200}."
                )
            result, artifact = result
        if call is None or call["id"] is None or _is_final(result):
            return result
        return ToolMessage(message_content(result), tool_call_id=call["id"], name=self.name, artifact=artifact)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, description={self.description!r})"


_NO_CONFIG: Mapping[str, Any] = {"configurable": {}, "metadata": {}, "tags": []}
"""What a function may look into without asking whether it is there."""


class _RunnableConfig:
    """Has the name of the annotation that asks for the config, ours or LangChain's."""


_RunnableConfig.__name__ = "RunnableConfig"


def read_hints(function: Any) -> dict[str, Any]:
    """A function's annotations, marks included."""
    inner = function.func if isinstance(function, functools.partial) else function
    return get_type_hints(inner if inspect.isroutine(inner) else type(inner).__call__, include_extras=True)


def _is_final(result: Any) -> bool:
    """Whether a result goes to the graph as it is."""
    if isinstance(result, list) and result:
        return all(map(_is_final, result))
    return isinstance(result, Command) or (isinstance(result, BaseMessage) and result.type == "tool")


def message_content(result: Any) -> str | list[Any]:
    """A tool's result as the content of a message: text, content blocks, JSON, or what `str` makes of it."""
    if isinstance(result, str) or (isinstance(result, list) and all(map(_is_block, result))):
        return result
    try:
        return json.dumps(result, ensure_ascii=False)
    except (TypeError, ValueError):  # not JSON's; or it holds itself
        return str(result)


def _is_block(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, dict) and part.get("type") in BLOCKS)


@overload
def tool(name_or_callable: Callable[..., Any], /, **options: Any) -> StructuredTool: ...
@overload
def tool(name_or_callable: str | None = None, /, **options: Any) -> Callable[[Callable[..., Any]], StructuredTool]: ...
def tool(name_or_callable: Any = None, /, **options: Any) -> Any:
    """Make a function a tool: `@tool`, `@tool("name")`, `@tool(return_direct=True)`, `tool(function)`.

    Args:
        name_or_callable: The function, or a name for the tool in place of the function's.
        options: `description`, `args_schema`, `return_direct`, `response_format`, `parse_docstring`, as for
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
