"""Calls of Anthropic's API over its SDK, whole or streamed, blocking or awaited; the one place that has the key."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from hilnb.errors import ModelError
from hilnb.models.anthropic_errors import broken_off, explained
from hilnb.models.secrets import Secret, known_secrets

__all__ = ["Connection"]

Body = Mapping[str, Any]


class Connection:
    """Sends requests. What it gives back, and what it raises, is free of the key.

    No error of the SDK's goes out, not as a cause either: what is around it, requests and headers, holds the key, and
    notebooks print that ("%xmode Verbose").

    Args:
        key: Of the API; where None, the SDK looks for one (ANTHROPIC_API_KEY, its own profiles).
        settings: Of the SDK's client: `base_url`, `timeout`, `max_retries`.

    Raises:
        ModelError: The key holds a character that no key has.
    """

    def __init__(self, key: Secret | None, settings: Mapping[str, Any]) -> None:
        if key is not None and not _can_be_sent(key):
            raise ModelError(
                "The api_key is empty, or holds a space, a line break or a character outside ASCII, which no key does. "
                "Copy it again; getpass.getpass().strip() takes off what is around it."
            )
        self._key = key
        self._settings = dict(settings)

    def send(self, request: Body) -> dict[str, Any]:
        """The API's reply.

        Raises:
            ModelError: There is none.
        """
        try:
            return _plain(self._client.messages.create(**_arguments(request)))
        except Exception as error:  # whatever it is, it must not carry the key
            problem = self._explained(error, request)
        raise problem

    async def asend(self, request: Body) -> dict[str, Any]:
        """`send`, awaited."""
        try:
            async with self._async_client() as client:
                return _plain(await client.messages.create(**_arguments(request)))
        except Exception as error:  # as in `send`
            problem = self._explained(error, request)
        raise problem

    def events(self, request: Body) -> Iterator[dict[str, Any]]:
        """Yield the events of a streamed reply.

        Raises:
            ModelError: It did not come to its end.
        """
        problem: ModelError
        count, last = 0, None
        try:
            with self._client.messages.create(**_arguments(request), stream=True) as events:
                for event in events:
                    count, last = count + 1, event.type
                    yield _plain(event)
            if last == "message_stop":
                return
            problem = broken_off(count)
        except Exception as error:  # as in `send`
            problem = self._explained(error, request, count)
        raise problem

    async def aevents(self, request: Body) -> AsyncIterator[dict[str, Any]]:
        """`events`, awaited."""
        problem: ModelError
        count, last = 0, None
        try:
            async with (
                self._async_client() as client,
                await client.messages.create(**_arguments(request), stream=True) as events,
            ):
                async for event in events:
                    count, last = count + 1, event.type
                    yield _plain(event)
            if last == "message_stop":
                return
            problem = broken_off(count)
        except Exception as error:  # as in `send`
            problem = self._explained(error, request, count)
        raise problem

    def secrets(self) -> set[str]:
        """What must not be shown."""
        return known_secrets(self._key)

    @cached_property
    def _client(self) -> Any:
        sdk = _sdk()
        http = sdk.DefaultHttpxClient(verify=_certificates())
        client = sdk.Anthropic(**self._credentials(), **self._settings, http_client=http)
        weakref.finalize(self, client.close)
        return client

    def _async_client(self) -> Any:
        """A client for one call: its connections belong to the event loop, which may be another one the next time."""
        sdk = _sdk()
        http = sdk.DefaultAsyncHttpxClient(verify=_certificates())
        return sdk.AsyncAnthropic(**self._credentials(), **self._settings, http_client=http)

    def _credentials(self) -> dict[str, str]:
        return {} if self._key is None else {"api_key": self._key.reveal()}

    def _explained(self, error: Exception, request: Body, events: int = 0) -> ModelError:
        if events and _is_a_broken_line(error):
            return broken_off(events)
        if isinstance(error, ImportError):
            return ModelError(str(error))
        return explained(error, request, self.secrets())

    def __getstate__(self) -> dict[str, Any]:
        """What a copy in another process gets: not the key, which it takes from its own environment."""
        return {"_key": None, "_settings": self._settings}


def _is_a_broken_line(error: Exception) -> bool:
    """Whether it is how a stream ends too early: the HTTP library's own error, or half an event."""
    of_http = type(error).__module__.partition(".")[0] == "httpx2" and "Timeout" not in type(error).__name__
    return of_http or isinstance(error, ValueError)


def _can_be_sent(key: Secret) -> bool:
    text = key.reveal()
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _sdk() -> Any:
    try:
        import anthropic  # slow to import, and an extra
    except ImportError:
        raise ImportError('ChatAnthropic needs the SDK "anthropic": pip install "anthropic>=2".') from None
    return anthropic


@cache
def _certificates() -> Any:
    """Whom to trust, read once: that takes 50 ms, nearly all of what it takes to make a client."""
    import httpx2  # what the SDK is built on

    return httpx2.create_ssl_context()


def _arguments(request: Body) -> dict[str, Any]:
    """The request as the SDK's arguments; for what it has none (temperature, a newer API's fields) is `extra_body`."""
    known = inspect.signature(_sdk().resources.messages.Messages.create).parameters
    own = {name: value for name, value in request.items() if name in known}
    others = {name: value for name, value in request.items() if name not in known}
    return {**own, "extra_body": {**own.get("extra_body", {}), **others}} if others else own


def _plain(made: Any) -> dict[str, Any]:
    """One of the SDK's objects as the API's JSON."""
    plain: dict[str, Any] = made.to_dict(warnings=False)
    return plain
