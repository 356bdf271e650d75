"""A tool: it has a name, a description and a schema, and answers a model's tool call with a message."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_type_hints

from hilnb import _context
from hilnb.errors import did_you_mean
from hilnb.messages import BaseMessage, ToolMessage
from hilnb.tools.arguments import (
    ArgsSchema,
    as_json,
    call_schema,
    read_schema,
    schema_from,
    validated,
    wrong_arguments,
)
from hilnb.tools.docstring import read_docstring
from hilnb.tools.injected import InjectedToolArg, InjectedToolCallId, mark_of
from hilnb.types import Command

__all__ = [
    "BaseTool",
    "InjectedToolArg",
    "InjectedToolCallId",
    "ToolException",
    "is_final",
    "message_content",
    "read_hints",
]

ResponseFormat = Literal["content", "content_and_artifact"]
BLOCKS = ["text", "image_url", "image", "json", "search_result", "custom_tool_call_output", "document", "file"]
"""The types of content blocks that a tool's message may hold."""


class ToolException(Exception):  # noqa: N818 - LangChain's name
    """For a tool to raise: it cannot do what was asked."""


HandleError = bool | str | Callable[..., str] | None
"""False raises it; True tells the model what it says; text tells the model that; a function finds the words."""


class BaseTool:
    """Something a model may call (names and fields: langchain-core's class of this name).

    `tool` makes one of a function. A subclass says what it is called and what it is for, and has a method `_run`, an
    async one `_arun`, or both; what it is made with besides are fields that it has annotated:

        class Shout(BaseTool):
            name: str = "shout"
            description: str = "Say it louder."
            mark: str = "!"

            def _run(self, text: str) -> str:
                return text.upper() + self.mark

    Args:
        fields: Values for the fields, in place of those of the class.

    Attributes:
        name: What the model calls it by.
        description: What the model reads.
        return_direct: Whether the result ends an agent's work.
        response_format: With "content_and_artifact" the function returns two things: what the model reads, and what is
            for the program.
        handle_tool_error: What becomes of a ToolException.
        handle_validation_error: What becomes of arguments that do not fit.
        tags: Yours.
        metadata: Yours.
        extras: What a model's API is told besides.

    Raises:
        ValueError: There is no name, no description or no method, or a field is not annotated.
    """

    name: str
    description: str
    return_direct: bool = False
    response_format: ResponseFormat = "content"
    handle_tool_error: HandleError = False
    handle_validation_error: HandleError = False
    tags: list[str] | None = None
    metadata: dict[str, Any] | None = None
    extras: dict[str, Any] | None = None

    _run: Callable[..., Any] | None = None
    _arun: Callable[..., Any] | None = None

    def __init__(self, **fields: Any) -> None:
        known = {name for kind in type(self).__mro__ for name in vars(kind).get("__annotations__", ())}
        for name, value in fields.items():
            if name not in known | {"args_schema"}:
                raise ValueError(f"{type(self).__name__} has no field {name!r}{did_you_mean(name, known)}.")
            setattr(self, name, value)
        for name in ("name", "description"):
            if not hasattr(self, name):
                raise ValueError(f"{type(self).__name__} needs a {name}: write `{name}: str = …` into the class.")
        of_class = type(self).args_schema
        own = fields.get("args_schema", None if of_class is BaseTool.args_schema else of_class)
        self._set_up(self._run, self._arun, self.name, self.description, own, parse_docstring=False)

    def _set_up(
        self,
        func: Callable[..., Any] | None,
        coroutine: Callable[..., Any] | None,
        name: str | None,
        description: str | None,
        args_schema: Any,
        *,
        parse_docstring: bool,
    ) -> None:
        given = func or coroutine
        if given is None or (not hasattr(given, "__name__") and name is None):
            raise ValueError(f"a tool needs a function with a name, got {given!r}.")
        self.func, self.coroutine = func, coroutine
        self.name = name or given.__name__
        self._hints = read_hints(given)
        self._parameters = {
            key: parameter
            for key, parameter in inspect.signature(given).parameters.items()
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            and key not in self._configs
            and key not in _LANGCHAINS_OWN
        }
        self._own_schema = None if args_schema is None else read_schema(args_schema)
        self._doc = inspect.cleandoc(given.__doc__ or "")
        self._said: dict[str, str] = {}
        if parse_docstring:
            self._doc, self._said = read_docstring(self.name, given.__doc__, list(self._parameters))
        self.description = self._describe(given, description, parse_docstring)

    def _describe(self, given: Callable[..., Any], description: str | None, parsed: bool) -> str:
        schema = self._own_schema
        of_schema = schema.get("description") if isinstance(schema, dict) else schema and schema.__doc__
        text = description or (self._doc if parsed else given.__doc__) or of_schema
        if text is None:
            raise ValueError(
                f"tool {self.name!r}: Function must have a docstring if description not provided. The model reads it "
                'to know what the tool is for: write one, or tool(description="…").'
            )
        return (text if description else textwrap.dedent(text)).strip()

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

    @property
    def is_single_input(self) -> bool:
        """Whether it has one argument."""
        return len(self.args) == 1

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
        call = _call_of(input)
        if self.func is None:
            raise NotImplementedError(
                f"tool {self.name!r} does not support sync invocation: its function is async. Use ainvoke."
            )
        try:
            result = self.func(**self._read(input, call, config))
        except Exception as error:
            return self._failed(error, call)
        return self._answer(result, call)

    async def ainvoke(self, input: str | Mapping[str, Any], config: Mapping[str, Any] | None = None) -> Any:
        """`invoke`, awaited; a plain function runs in a thread."""
        call = _call_of(input)
        try:
            arguments = self._read(input, call, config)
            if self.coroutine is not None:
                result = await self.coroutine(**arguments)
            else:
                assert self.func is not None
                result = await asyncio.to_thread(self.func, **arguments)
        except Exception as error:
            return self._failed(error, call)
        return self._answer(result, call)

    def run(self, tool_input: str | Mapping[str, Any]) -> Any:
        """`invoke`, as older programs call it."""
        return self.invoke(tool_input)

    async def arun(self, tool_input: str | Mapping[str, Any]) -> Any:
        """`ainvoke`, as older programs call it."""
        return await self.ainvoke(tool_input)

    def _read(
        self, input: str | Mapping[str, Any], call: Mapping[str, Any] | None, config: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """The arguments for the function."""
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
        return {**checked, **dict.fromkeys(self._configs, found)}

    def _failed(self, error: Exception, call: Mapping[str, Any] | None) -> Any:
        """What the model is told of a failure; what it is not told of is raised."""
        handle: HandleError = False
        words = ""
        if isinstance(error, ToolException):
            handle, words = self.handle_tool_error, str(error.args[0]) if error.args else "Tool execution error"
        elif wrong_arguments(error) is not None:
            handle, words = self.handle_validation_error, "Tool input validation error"
        if not handle:
            raise error
        if not isinstance(handle, bool):
            words = handle if isinstance(handle, str) else handle(error)
        if call is None or call["id"] is None:
            return words
        return ToolMessage(words, tool_call_id=call["id"], name=self.name, status="error")

    def _answer(self, result: Any, call: Mapping[str, Any] | None) -> Any:
        artifact = None
        if self.response_format == "content_and_artifact":
            if not isinstance(result, tuple) or len(result) != 2:
                raise ValueError(
                    f"tool {self.name!r} has response_format='content_and_artifact', so its function has to return two "
                    f"things, the content and the artifact; it returned {result!r:.200}."
                )
            result, artifact = result
        if call is None or call["id"] is None or is_final(result):
            return result
        return ToolMessage(message_content(result), tool_call_id=call["id"], name=self.name, artifact=artifact)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, description={self.description!r})"


_NO_CONFIG: Mapping[str, Any] = {"configurable": {}, "metadata": {}, "tags": []}
"""What a function may look into without asking whether it is there."""


_LANGCHAINS_OWN = ("run_manager", "callbacks")
"""Parameters that LangChain fills in and no model hears of; here they keep their defaults."""


def _call_of(input: Any) -> Mapping[str, Any] | None:
    """The tool call, when that is what came."""
    return input if isinstance(input, Mapping) and input.get("type") == "tool_call" else None


class _RunnableConfig:
    """Has the name of the annotation that asks for the config, ours or LangChain's."""


_RunnableConfig.__name__ = "RunnableConfig"


def read_hints(function: Any) -> dict[str, Any]:
    """A function's annotations, marks included."""
    inner = function.func if isinstance(function, functools.partial) else function
    return get_type_hints(inner if inspect.isroutine(inner) else type(inner).__call__, include_extras=True)


def is_final(result: Any) -> bool:
    """Whether a result goes to the graph as it is."""
    if isinstance(result, list) and result:
        return all(map(is_final, result))
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
