"""What a Google-style docstring says of a function, and of each of its arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection

__all__ = ["read_docstring"]

_SECTION = re.compile(r"(Args|Arguments|Parameters|Returns?|Yields?|Raises|Examples?|Notes?|Attributes):\s*$")
_ARGUMENT = re.compile(r"\**(?P<name>\w+)\s*(\([^)]*\))?:\s*(?P<text>.*)")


def read_docstring(function: str, text: str | None, names: Collection[str]) -> tuple[str, dict[str, str]]:
    """The description, each paragraph joined to the one before, and what is said of the arguments, by name.

    Args:
        function: The function's name, for errors.
        text: The docstring.
        names: The function's arguments.

    Raises:
        ValueError: There is no docstring, it has no section for the arguments set off by an empty line, or one in it
            is not an argument of the function.

    >>> read_docstring("add", '''Add them.
    ...
    ...     Args:
    ...         a: The first.
    ... ''', ["a", "b"])
    ('Add them.', {'a': 'The first.'})
    """
    lines = inspect.cleandoc(text or "").splitlines()
    heads = [n for n, line in enumerate(lines) if _SECTION.match(line)]
    start = next((n for n in heads if lines[n].startswith("Args:")), None)
    if not lines or (names and (not start or lines[start - 1])):
        raise ValueError(
            f"parse_docstring=True: {function}() needs a docstring in Google's style: a summary, an empty line, then "
            f"`Args:` with a line `name: what it is` for the arguments. It has: {text!r:.200}."
        )
    summary = " ".join("\n".join(lines[: heads[0]] if heads else lines).split("\n\n")).strip()
    if start is None:
        return summary, {}
    end = next((n for n in heads if n > start), len(lines))
    said = _arguments(lines[start + 1 : end])
    for name in said:
        if name not in names:
            known = ", ".join(names) or "none"
            raise ValueError(f"the docstring of {function}() describes {name!r}, no argument of it. It has: {known}.")
    return summary, said


def _arguments(lines: list[str]) -> dict[str, str]:
    said: dict[str, str] = {}
    filled = [line for line in lines if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    name = ""
    for line in filled:
        found = _ARGUMENT.match(line.strip())
        if found and len(line) - len(line.lstrip()) == margin:
            name = found["name"]
            said[name] = found["text"].strip()
        elif name:
            said[name] = f"{said[name]} {line.strip()}".strip()
    return said
