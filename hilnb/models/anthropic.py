"""Claude, over Anthropic's SDK."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from hilnb.errors import ModelError
from hilnb.messages import AIMessage, AIMessageChunk
from hilnb.models.anthropic_reply import EventReader, message_of
from hilnb.models.anthropic_request import request_of
from hilnb.models.base import ChatModel
from hilnb.models.connection import Connection
from hilnb.models.pieces import joined
from hilnb.models.question import Question
from hilnb.models.secrets import Secret

__all__ = ["DEFAULT_MODEL", "ChatAnthropic"]

DEFAULT_MODEL = "claude-sonnet-5-5"
"""The model where neither the program nor the environment variable HILNB_MODEL names one."""

_NOT_FORCED = ("claude-fable-5-1", "claude-opus-5-5", "claude-sonnet-5-5")
"""Models whose API refuses a `tool_choice` that forces a tool."""

_OTHER_NAMES = {
    "anthropic_api_key": "api_key=…",
    "anthropic_api_url": "base_url=…",
    "model_name": "model=…",
    "max_tokens_to_sample": "max_tokens=…",
    "default_request_timeout": "timeout=…",
    "stop_sequences": "invoke(…, stop=[…]) or bind(stop=[…])",
    "default_headers": "extra_headers={…}",
    "betas": 'extra_headers={"anthropic-beta": "…"}',
    "model_kwargs": "the fields themselves, metadata={…} for one",
    "streaming": "stream(…) in place of invoke(…)",
}
"""LangChain's names for what has another here. As fields of the request they would be refused, and the key be shown."""

_MOST_IN_ONE_PIECE = 21_333
"""The most `max_tokens` for which the SDK waits for a whole reply; beyond, it wants a stream."""


class ChatAnthropic(ChatModel):
    """Claude as a chat model (names: langchain-anthropic's class of this name).

    The key comes from the environment variable ANTHROPIC_API_KEY, from `api_key`, or from where else Anthropic's SDK
    looks. It is shown nowhere, and does not travel with a pickled model. The SDK is loaded at the first call.

    Args:
        model: The model's id; by default that in the environment variable HILNB_MODEL, else `DEFAULT_MODEL`.
        max_tokens: The most tokens of a reply, thinking included. A reply that is cut warns.
        temperature: As the API's; models differ in whether they take it. Likewise `top_p` and `top_k`.
        top_p: See `temperature`.
        top_k: See `temperature`.
        thinking: As the API's: `{"type": "adaptive"}`, or `{"type": "enabled", "budget_tokens": …}`.
        timeout: Seconds to wait for the API; the SDK's ten minutes when None.
        max_retries: How often the SDK tries again after an overload, a rate limit or a broken connection.
        base_url: Where the API is; the SDK's default when None.
        api_key: The key. Let the person type it, `getpass.getpass()`: what stands in a cell is saved with it.
        tags: Told with its words; "nostream" keeps them out of stream mode "messages".
        fields: Other fields of the API's request, for every call: `metadata`, `service_tier`, `output_config` …

    Raises:
        ModelError: The key holds a character that no key has.
        TypeError: A field is one of LangChain's names for what has another here; the error says which.

    >>> ChatAnthropic("claude-sonnet-5-5", max_tokens=100)
    ChatAnthropic(model='claude-sonnet-5-5', max_tokens=100)
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        max_tokens: int = 16_000,
        temperature: float | None = None,
        top_p: float | None = None,
        top_k: int | None = None,
        thinking: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        max_retries: int = 2,
        base_url: str | None = None,
        api_key: str | None = None,
        tags: Sequence[str] | None = None,
        **fields: Any,
    ) -> None:
        # A traceback shows what the arguments hold by then: the key is in none of them when anything can go wrong.
        key, api_key = None if api_key is None else Secret(api_key), None
        self.model = model or os.environ.get("HILNB_MODEL") or DEFAULT_MODEL
        self.max_tokens = max_tokens
        misnamed = [name for name in fields if name in _OTHER_NAMES]
        if misnamed:
            fields.clear()
            raise TypeError(f"ChatAnthropic({misnamed[0]}=…): write {_OTHER_NAMES[misnamed[0]]}.")
        sampling = {"temperature": temperature, "top_p": top_p, "top_k": top_k, "thinking": thinking}
        super().__init__(tags=tags, **sampling, **fields)
        settings = {"base_url": base_url, "timeout": timeout, "max_retries": max_retries}
        given = {name: value for name, value in settings.items() if value is not None}
        self._connection = Connection(key, given)

    def _answer(self, question: Question) -> AIMessage:
        request = self._request(question)
        if request["max_tokens"] > _MOST_IN_ONE_PIECE:
            return joined(list(self._pieces(question)))
        return message_of(self._connection.send(request))

    async def _aanswer(self, question: Question) -> AIMessage:
        request = self._request(question)
        if request["max_tokens"] > _MOST_IN_ONE_PIECE:
            return joined([chunk async for chunk in self._apieces(question)])
        return message_of(await self._connection.asend(request))

    def _pieces(self, question: Question) -> Iterator[AIMessageChunk]:
        request = self._request(question)
        reading = _Reading(request)
        try:
            for event in self._connection.events(request):
                yield from reading.take(event)
        except ModelError as error:
            error.partial = reading.so_far()
            raise

    async def _apieces(self, question: Question) -> AsyncIterator[AIMessageChunk]:
        request = self._request(question)
        reading = _Reading(request)
        try:
            async for event in self._connection.aevents(request):
                for chunk in reading.take(event):
                    yield chunk
        except ModelError as error:
            error.partial = reading.so_far()
            raise

    def _request(self, question: Question) -> dict[str, Any]:
        return {"model": self.model, "max_tokens": self.max_tokens, **request_of(question)}

    def _about(self, question: Question) -> dict[str, Any]:
        options = {"model": self.model, "max_tokens": self.max_tokens, **question.options}
        said = {"ls_model_name": options["model"], "ls_temperature": options.get("temperature")}
        said |= {f"ls_{name}": options[name] for name in ("max_tokens", "stop") if name in options}
        return {**super()._about(question), "ls_provider": "anthropic", **said}

    def _forces_tools(self) -> bool:
        thinks = (self.kwargs.get("thinking") or {}).get("type") in ("enabled", "adaptive")
        return not thinks and not self.model.startswith(_NOT_FORCED)

    def _secrets(self) -> set[str]:
        return self._connection.secrets()

    def _shown(self) -> list[str]:
        return [f"model={self.model!r}", f"max_tokens={self.max_tokens}"]


class _Reading:
    """One stream as it is read: its pieces so far."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._reader = EventReader(as_text=not _needs_blocks(request))
        self._chunks: list[AIMessageChunk] = []

    def take(self, event: Mapping[str, Any]) -> Iterator[AIMessageChunk]:
        chunk = self._reader.read(event)
        if chunk is not None:
            self._chunks.append(chunk)
            yield chunk

    def so_far(self) -> AIMessage | None:
        return joined(self._chunks) if self._chunks else None


def _needs_blocks(request: Mapping[str, Any]) -> bool:
    """Whether the reply may hold more than text."""
    cited = any(
        isinstance(block, Mapping) and block.get("type") == "document" and block.get("citations", {}).get("enabled")
        for turn in request["messages"]
        for block in turn["content"]
    )
    return bool(request.get("tools") or request.get("mcp_servers") or request.get("thinking") or cited)
