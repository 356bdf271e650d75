"""The beginning of a JSON text, read as far as it goes: a tool call's arguments while they stream in."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["read_partial_json"]


def read_partial_json(text: str) -> Any:
    """What the text says so far; None when it is not the beginning of JSON.

    >>> read_partial_json('{"query": "weather in S')
    {'query': 'weather in S'}
    >>> read_partial_json('{"a": [1, 2], "b": tr')
    {'a': [1, 2]}
    """
    try:
        return json.loads(text, strict=False)
    except ValueError:
        pass
    closing, in_string, escaped, safe = _scan(text)
    if closing is None:
        return None
    if in_string:
        text = text[: len(text) - escaped] + '"'
    # What is cut off at most is a half key, number or word: back to the comma or bracket before it.
    for end in range(len(text), safe - 1, -1):
        try:
            return json.loads(text[:end] + closing, strict=False)
        except ValueError:
            continue
    return None


def _scan(text: str) -> tuple[str | None, bool, bool, int]:
    """What closes the open brackets, whether the text ends in a string, in an escape, and where it is safe to cut."""
    closing: list[str] = []
    in_string = escaped = False
    safe = len(text)
    for position, char in enumerate(text):
        if in_string:
            escaped, in_string = char == "\\" and not escaped, char != '"' or escaped
        elif char == '"':
            in_string = True
        elif char in "{[":
            closing.append("}" if char == "{" else "]")
            safe = position + 1
        elif char in "}]":
            if not closing or closing.pop() != char:
                return None, False, False, 0
            safe = position + 1
        elif char == ",":
            safe = position
    return "".join(reversed(closing)), in_string, escaped, safe
