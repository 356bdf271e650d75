"""A model's answer put into a form: a pydantic object, or a dict that follows a schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from hilnb.errors import ModelError
from hilnb.messages import AIMessage
from hilnb.messages.frozen import thaw

__all__ = ["RawAnswer", "StructuredModel"]


class RawAnswer(TypedDict):
    """What `include_raw=True` gives.

    Attributes:
        raw: The model's message.
        parsed: The answer in its form; None when it has none.
        parsing_error: Why it has none.
    """

    raw: AIMessage
    parsed: Any
    parsing_error: Exception | None


class StructuredModel:
    """A model that answers in a form. `with_structured_output` makes it.

    Args:
        model: The model, told of the form as of a tool.
        name: The tool's name.
        schema: The form: a pydantic model class, of which the answer is an instance; with anything else it is a dict.
        include_raw: Whether to give the model's message too, and errors in place of raising them.
    """

    def __init__(self, model: Any, name: str, schema: Any, *, include_raw: bool) -> None:
        self._model, self._name, self._schema, self._include_raw = model, name, schema, include_raw

    def invoke(self, input: Any, config: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """The answer in its form; with `include_raw`, a dict with `raw`, `parsed` and `parsing_error`.

        Raises:
            ModelError: The model gave no such answer, or one that does not fit.
        """
        return self._read(self._model.invoke(input, config, **more))

    async def ainvoke(self, input: Any, config: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """`invoke`, awaited."""
        return self._read(await self._model.ainvoke(input, config, **more))

    def _read(self, message: AIMessage) -> Any:
        if not self._include_raw:
            return self._parsed(message)
        try:
            return RawAnswer(raw=message, parsed=self._parsed(message), parsing_error=None)
        except ModelError as error:
            return RawAnswer(raw=message, parsed=None, parsing_error=error)

    def _parsed(self, message: AIMessage) -> Any:
        args = next((call["args"] for call in message.tool_calls if call["name"] == self._name), None)
        if args is None:
            raise ModelError(
                f"The model did not answer in the form {self._name!r} {_instead(message)}. Say in the prompt that it "
                "is to call this tool, or ask again; include_raw=True gives its message."
            )
        args = thaw(args)
        if not hasattr(self._schema, "model_validate"):
            return args
        try:
            return self._schema.model_validate(args)
        except ValueError as error:  # pydantic's
            raise ModelError(
                f"The model's answer does not fit {self._name!r}: {error}. Ask again, or loosen the class; "
                "include_raw=True gives its message."
            ) from error

    def __repr__(self) -> str:
        return f"{self._model!r}.with_structured_output({self._name})"


def _instead(message: AIMessage) -> str:
    if message.invalid_tool_calls:
        return f"that can be read: {message.invalid_tool_calls[0]['error']}"
    if message.text:
        return f"but said: {str(message.text)!r:.200}"
    return f"and said nothing (stop_reason {message.response_metadata.get('stop_reason')!r})"
