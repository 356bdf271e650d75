"""A chat model that follows a script: no key, no network, the same words every time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from hilnb.errors import ModelError
from hilnb.messages import AIMessage, AIMessageChunk, convert_to_messages, message_chunk_to_message
from hilnb.models.base import ChatModel
from hilnb.models.pieces import cut
from hilnb.models.question import Question

__all__ = ["ScriptedModel"]

Line = str | AIMessage | Mapping[str, Any] | Exception


class ScriptedModel(ChatModel):
    """Answers from a list, one reply a call, or by a function of the messages; it streams word by word.

    `bind_tools` and `bind` give models that go on in the same list. The list is used from its beginning when the cell
    that made the model runs again.

    Args:
        replies: Text, messages, dicts with `content` and `tool_calls`, or exceptions, which are raised; or a function
            that is given the messages and returns one of these.
        pause: Seconds before each piece of a stream: a person can watch the words come, as they do from a real model.
        tags: As for every model.

    >>> model = ScriptedModel(["Hello!", {"content": "", "tool_calls": [{"name": "add", "args": {"a": 1}, "id": "1"}]}])
    >>> model.invoke("Hi").content
    'Hello!'
    >>> model.invoke("Add it").tool_calls[0]["name"]
    'add'
    """

    def __init__(
        self,
        replies: Iterable[Line] | Callable[[list[Any]], Line],
        *,
        pause: float = 0,
        tags: Sequence[str] | None = None,
    ) -> None:
        super().__init__(tags=tags)
        self._pause = pause
        self._script = _Followed(replies) if callable(replies) else _Listed(replies)

    def _answer(self, question: Question) -> AIMessage:
        return self._script.next(question)

    def _pieces(self, question: Question) -> Iterator[AIMessageChunk]:
        for piece in cut(self._script.next(question)):
            time.sleep(self._pause)
            yield piece

    async def _apieces(self, question: Question) -> AsyncIterator[AIMessageChunk]:
        for piece in cut(self._script.next(question)):
            await asyncio.sleep(self._pause)
            yield piece

    def _shown(self) -> list[str]:
        return [self._script.shown()]


class _Followed:
    """A script that is a function."""

    def __init__(self, function: Callable[[list[Any]], Line]) -> None:
        self._function = function

    def next(self, question: Question) -> AIMessage:
        return _read(self._function(list(question.messages)))

    def shown(self) -> str:
        return getattr(self._function, "__name__", "a function")


class _Listed:
    """A script that is a list, and the place reached in it; all models that are bound copies share it."""

    def __init__(self, replies: Iterable[Line]) -> None:
        if isinstance(replies, (str, Mapping)):
            raise TypeError(f"ScriptedModel({replies!r:.100}): give a list of replies: ScriptedModel([…]).")
        self._replies = list(replies)
        self._used = 0
        self._lock = threading.Lock()

    def next(self, question: Question) -> AIMessage:
        with self._lock:
            place, self._used = self._used, min(self._used + 1, len(self._replies))
        if place == len(self._replies):
            raise ModelError(
                f"ScriptedModel has {len(self._replies)} {'reply' if place == 1 else 'replies'}, all used, and was "
                f"asked once more: {_last_words(question)}. Add a reply to its list, or give it a function of the "
                "messages."
            )
        return _read(self._replies[place])

    def shown(self) -> str:
        return f"{self._used} of {len(self._replies)} replies used"

    def __getstate__(self) -> dict[str, Any]:
        return {"_replies": self._replies, "_used": self._used}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())


def _last_words(question: Question) -> str:
    last = question.messages[-1]
    return f"{last.type} message {str(last.content)!r:.200}"


def _read(line: Any) -> AIMessage:
    """A reply of the script as a message; one that is an error is raised."""
    if isinstance(line, BaseException) or (isinstance(line, type) and issubclass(line, BaseException)):
        raise line
    if isinstance(line, str):
        return AIMessage(line)
    if isinstance(line, Mapping):
        [message] = convert_to_messages([{"role": "assistant", "content": "", **line}])
    else:
        message = message_chunk_to_message(line)
    if not isinstance(message, AIMessage):
        raise TypeError(
            f"ScriptedModel: {line!r:.200} is no reply of a model. Give text, an AIMessage, a dict with 'content' and "
            "'tool_calls', or an exception to raise."
        )
    return message
