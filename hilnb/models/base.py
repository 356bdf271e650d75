"""What every chat model can do; a model of its own says only how it answers."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

from hilnb.messages import AIMessage, AIMessageChunk
from hilnb.models.listening import Voice, voice_of
from hilnb.models.pieces import joined
from hilnb.models.question import Question, question_of
from hilnb.models.secrets import known_secrets
from hilnb.models.stops import checked, warn_of_stop
from hilnb.models.structured import StructuredModel
from hilnb.models.tool_forms import tool_choice_form, tool_form

__all__ = ["ChatModel"]

Config = Mapping[str, Any]


class ChatModel(ABC):
    """Answers a conversation (names: langchain-core's `BaseChatModel`). A model does not change: `bind` makes another.

    Inside a node of a graph that somebody listens to in stream mode "messages", what it says is told piece by piece,
    whichever method is called. The tag "nostream", in `tags` or in the config's, keeps it quiet.

    A subclass has `_answer` and `_pieces`, and their async twins where it has something to wait for.

    Args:
        tags: Told with its words.
        kwargs: Options of every call.

    Attributes:
        kwargs: What is bound: `tools`, `tool_choice`, and other options of its calls.
    """

    kwargs: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, *, tags: Sequence[str] | None = None, **kwargs: Any) -> None:
        self.tags = tuple(tags or ())
        self.kwargs = {name: value for name, value in kwargs.items() if value is not None}

    # ── how it answers ────────────────────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def _answer(self, question: Question) -> AIMessage:
        """The whole answer."""

    @abstractmethod
    def _pieces(self, question: Question) -> Iterator[AIMessageChunk]:
        """The answer as it comes; its last piece is marked as the last."""

    async def _aanswer(self, question: Question) -> AIMessage:
        return self._answer(question)

    async def _apieces(self, question: Question) -> AsyncIterator[AIMessageChunk]:
        for chunk in self._pieces(question):
            yield chunk

    def _about(self, question: Question) -> dict[str, Any]:
        """What the metadata of its words says of it, in LangChain's words."""
        return {"ls_model_type": "chat"}

    def _forces_tools(self) -> bool:
        """Whether it can be made to call a tool."""
        return True

    def _secrets(self) -> set[str]:
        """What must not be written down of what it is asked and answers."""
        return known_secrets()

    # ── asking it ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def invoke(
        self, input: Any, config: Config | None = None, *, stop: str | Sequence[str] | None = None, **more: Any
    ) -> AIMessage:
        """The model's next message.

        Args:
            input: Text, said by the person; messages in any form `convert_to_messages` takes; or what a prompt template
                makes.
            config: Its `tags` and `metadata` are told with the words.
            stop: A text, or several, at which the model stops.
            more: Options of this call, in place of those that are bound.

        Raises:
            ValueError: What it is asked cannot be answered: it is empty, or a tool call has no answer.
            ModelError: There is no answer. A ModelBusyError says that asking again later may help.
        """
        question, voice = self._asked(input, config, stop, more)
        if voice is None:
            return checked(_named(self._answer(question), _new_id()))
        return checked(joined(list(self._told(question, voice))))

    async def ainvoke(
        self, input: Any, config: Config | None = None, *, stop: str | Sequence[str] | None = None, **more: Any
    ) -> AIMessage:
        """`invoke`, awaited."""
        question, voice = self._asked(input, config, stop, more)
        if voice is None:
            return checked(_named(await self._aanswer(question), _new_id()))
        return checked(joined([chunk async for chunk in self._atold(question, voice)]))

    def stream(
        self, input: Any, config: Config | None = None, *, stop: str | Sequence[str] | None = None, **more: Any
    ) -> Iterator[AIMessageChunk]:
        """Yield the model's next message in pieces, as they come; they add up with `+`.

        Args and errors are those of `invoke`. When the stream breaks, the error's `partial` is what had come.
        """
        for chunk in self._told(*self._asked(input, config, stop, more)):
            warn_of_stop(chunk.response_metadata)
            yield chunk

    async def astream(
        self, input: Any, config: Config | None = None, *, stop: str | Sequence[str] | None = None, **more: Any
    ) -> AsyncIterator[AIMessageChunk]:
        """`stream`, awaited."""
        async for chunk in self._atold(*self._asked(input, config, stop, more)):
            warn_of_stop(chunk.response_metadata)
            yield chunk

    def _asked(
        self, input: Any, config: Config | None, stop: str | Sequence[str] | None, more: Mapping[str, Any]
    ) -> tuple[Question, Voice | None]:
        question = question_of(input, {**self.kwargs, **more, **({"stop": stop} if stop else {})})
        return question, voice_of(self.tags, config, self._about(question))

    def _told(self, question: Question, voice: Voice | None) -> Iterator[AIMessageChunk]:
        id = _new_id()
        for chunk in self._pieces(question):
            yield _said(_named(chunk, id), voice)

    async def _atold(self, question: Question, voice: Voice | None) -> AsyncIterator[AIMessageChunk]:
        id = _new_id()
        async for chunk in self._apieces(question):
            yield _said(_named(chunk, id), voice)

    # ── other models made of it ───────────────────────────────────────────────────────────────────────────────────────

    def bind(self, **options: Any) -> Self:
        """The same model with options for all its calls."""
        made = object.__new__(type(self))
        made.__dict__.update(vars(self), kwargs={**self.kwargs, **options})
        return made

    def bind_tools(
        self,
        tools: Sequence[Any],
        *,
        tool_choice: Any = None,
        parallel_tool_calls: bool | None = None,
        **options: Any,
    ) -> Self:
        """The same model with tools it may call; its messages then may have `tool_calls`.

        Args:
            tools: Functions, tools, pydantic model classes, TypedDicts, or dicts in Anthropic's or OpenAI's form.
            tool_choice: "auto" (the model's choice), "any" (some tool), "none", a tool's name, or a dict of the API's.
            parallel_tool_calls: Whether it may call several tools in one message; the API's default when None.
            options: As for `bind`.

        Raises:
            TypeError: Something among the tools is none.
            ValueError: A function has no docstring, a dict no name, or `tool_choice` names no tool.
        """
        forms = [tool_form(each) for each in tools]
        choice = tool_choice_form(tool_choice, parallel_tool_calls, forms)
        return self.bind(tools=forms, tool_choice=choice, **options)

    def with_structured_output(self, schema: Any, *, include_raw: bool = False) -> StructuredModel:
        """A model that answers in a form, by calling a tool that has it; tools bound before are left out.

        Args:
            schema: A pydantic model class, of which the answer is an instance; or a TypedDict, a JSON Schema with a
                title, or a tool as a dict, and the answer is a dict.
            include_raw: Whether the result is a dict with `raw` (the message), `parsed` (the answer) and
                `parsing_error` (an error in place of raising it).

        Raises:
            TypeError: The schema is none.
            ValueError: The schema has no name.
        """
        form = tool_form(schema)
        choice = {"type": "tool", "name": form["name"]} if self._forces_tools() else None
        return StructuredModel(
            self.bind(tools=[form], tool_choice=choice), form["name"], schema, include_raw=include_raw
        )

    # A state may hold a model; it does not change, and a copy would not share its connection.
    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __repr__(self) -> str:
        tools = [str(tool.get("name")) for tool in (self.kwargs.get("tools") or ())]
        parts = [*self._shown(), *([f"tools={tools}"] if tools else [])]
        return f"{type(self).__name__}({', '.join(parts)})"

    def _shown(self) -> list[str]:
        """What its repr says of it."""
        return []


def _new_id() -> str:
    """An id for a message; in LangChain's form, which ranks below a provider's when pieces are added.

    The API's own stays in `response_metadata`: a message replaces another of its id in a state, so it has to be new
    even where a recorded or scripted answer comes twice.
    """
    return f"lc_run--{uuid.uuid4()}"


def _named(message: Any, id: str) -> Any:
    return message if message.id is not None else message.with_id(id)


def _said(chunk: AIMessageChunk, voice: Voice | None) -> AIMessageChunk:
    if voice is not None:
        voice.say(chunk)
    return chunk
