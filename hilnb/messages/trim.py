"""The first or the last messages that fit into a number of tokens."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, Literal

from hilnb.messages.base import BaseMessage, kind_of
from hilnb.messages.convert import convert_to_messages
from hilnb.messages.select import Kinds, is_kind
from hilnb.messages.step import or_step

__all__ = ["count_tokens_approximately", "trim_messages"]

Splitter = Callable[[str], list[str]]
Fits = Callable[[list[Any]], bool]
_ROLES = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool"}


@or_step
def trim_messages(
    messages: Any,
    *,
    max_tokens: int,
    token_counter: Any,
    strategy: Literal["first", "last"] = "last",
    allow_partial: bool = False,
    end_on: Kinds | None = None,
    start_on: Kinds | None = None,
    include_system: bool = False,
    text_splitter: Splitter | None = None,
) -> list[Any]:
    """As many messages as fit into `max_tokens` (semantics: langchain-core's function of this name).

    Args:
        messages: Anything `convert_to_messages` takes; without them it gives a step that takes them later.
        max_tokens: The most tokens that may be left.
        token_counter: Counts: a function of a list of messages (`len` counts messages), a function whose argument is
            annotated as one `BaseMessage`, "approximate", or a LangChain model.
        strategy: Keep the first or the last ones.
        allow_partial: Keep a part of the message at the edge: some of its blocks, or of its lines.
        end_on: The last message kept is of one of these kinds.
        start_on: The first message kept (after the system message) is of one of these kinds; "last" only.
        include_system: Keep the system message at the beginning; "last" only.
        text_splitter: Cuts a text into the pieces that a part is made of; by default into lines.

    Raises:
        ValueError: The options contradict one another, or `token_counter` cannot count.
    """
    if strategy == "first" and (start_on or include_system):
        raise ValueError("trim_messages: start_on and include_system go with strategy='last' only.")
    if strategy not in ("first", "last"):
        raise ValueError(f"trim_messages(strategy={strategy!r}): it has to be 'first' or 'last'.")
    count = _counter(token_counter)
    split = (text_splitter or _lines) if allow_partial else None
    given = convert_to_messages(messages)
    if strategy == "first":
        return _first_that_fit(given, lambda kept: count(kept) <= max_tokens, split, end_on)
    while given and end_on and not is_kind(given[-1], end_on):
        given.pop()
    system = given[:1] if include_system and given and given[0].type == "system" else []
    left = max(0, max_tokens - count(system)) if system else max_tokens
    return system + _last_that_fit(given[len(system) :], lambda kept: count(kept) <= left, split, start_on)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _counter(token_counter: Any) -> Callable[[list[Any]], int]:
    if token_counter == "approximate":
        return count_tokens_approximately
    if hasattr(token_counter, "get_num_tokens_from_messages"):
        counter: Callable[[list[Any]], int] = token_counter.get_num_tokens_from_messages
        return counter
    if not callable(token_counter):
        raise ValueError(
            f"trim_messages(token_counter={token_counter!r}): it has to be a function that counts the tokens of a list "
            "of messages, or 'approximate'."
        )
    parameter = next(iter(inspect.signature(token_counter).parameters.values()), None)
    if parameter is not None and parameter.annotation in (BaseMessage, "BaseMessage"):
        return lambda messages: sum(token_counter(message) for message in messages)
    return token_counter  # type: ignore[no-any-return]


def _first_that_fit(messages: list[Any], fits: Fits, split: Splitter | None, end_on: Kinds | None) -> list[Any]:
    size = _most(len(messages), lambda size: fits(messages[:size]))
    kept = messages[:size]
    if split and size < len(messages):
        part = _part(messages[size], lambda part: fits([*kept, part]), split, from_end=False)
        kept += [part] if part is not None else []
    while kept and end_on and not is_kind(kept[-1], end_on):
        kept.pop()
    return kept


def _last_that_fit(messages: list[Any], fits: Fits, split: Splitter | None, start_on: Kinds | None) -> list[Any]:
    total = len(messages)
    size = _most(total, lambda size: fits(messages[total - size :]))
    kept = messages[total - size :]
    if split and size < total:
        part = _part(messages[total - size - 1], lambda part: fits([part, *kept]), split, from_end=True)
        kept = ([part] if part is not None else []) + kept
    while kept and start_on and not is_kind(kept[0], start_on):
        del kept[0]
    return kept


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """The largest size up to `limit` that fits, by halving: a token counter may be slow."""
    if fits(limit):
        return limit
    low, high = 0, limit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _part(message: Any, fits: Callable[[Any], bool], split: Splitter, from_end: bool) -> Any:
    """The message with as much of its content as fits, from one end; None when nothing of it does."""
    content = message.content
    contents = _shorter(content, from_end)
    if not isinstance(content, str):
        content = _text_of(content[-1 if from_end else 0]) if content else ""
        contents += [content] if content else []  # as bare text a block may count less
    contents += ["".join(pieces) for pieces in _shorter(split(content), from_end)]
    parts = (message.model_copy(update={"content": content}) for content in contents)
    return next(filter(fits, parts), None)


def _shorter(pieces: Any, from_end: bool) -> list[Any]:
    """The list less one item, less two, and so on; texts are whole here."""
    sizes = [] if isinstance(pieces, str) else range(len(pieces) - 1, 0, -1)
    return [list(pieces[-size:] if from_end else pieces[:size]) for size in sizes]


def _text_of(block: Any) -> str:
    if isinstance(block, str):
        return block
    return str(block.get("text", "")) if block.get("type") == "text" else ""


def count_tokens_approximately(
    messages: Any,
    *,
    chars_per_token: float = 4.0,
    extra_tokens_per_message: float = 3.0,
    count_name: bool = True,
    tokens_per_image: int = 85,
) -> int:
    """A guess at the tokens of some messages (semantics: langchain-core's function of this name).

    Args:
        messages: Anything `convert_to_messages` takes.
        chars_per_token: How many characters make a token.
        extra_tokens_per_message: What every message costs besides.
        count_name: Whether names count.
        tokens_per_image: What a picture costs.
    """
    tokens = 0.0
    for message in convert_to_messages(messages):
        images, characters = _size(message, count_name)
        tokens += math.ceil(characters / chars_per_token) + extra_tokens_per_message + tokens_per_image * images
    return math.ceil(tokens)


def _size(message: Any, count_name: bool) -> tuple[int, int]:
    """How many pictures and characters a message has."""
    images, characters = 0, len(_ROLES.get(kind_of(message), message.type))
    characters += len(message.name or "") if count_name else 0
    for block in [message.content] if isinstance(message.content, str) else message.content:
        if isinstance(block, str):
            characters += len(block)
        elif block.get("type") in ("image", "image_url"):
            images += 1
        else:
            characters += len(block.get("text", "") if block.get("type") == "text" else repr(block))
    if isinstance(message.content, str) and getattr(message, "tool_calls", None):
        characters += len(repr(message.tool_calls))
    return images, characters + len(getattr(message, "tool_call_id", None) or "")
