"""The end of a long log, for a screen: its beginning is folded away, or only counted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hilnb.widgets.log import Entry

MOST_ENTRIES = 100
"""Entries in a row that are shown without a click."""

MOST_LINES = 30
"""Lines of what one node prints in a row that are shown without a click."""

MOST_TEXT = 4_000
"""Characters of them, should they be long ones."""

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_OVERWRITTEN = re.compile(r"[^\n]*\r(?!\n|$)")  # a progress bar writes its line again and again
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def as_seen(text: str) -> str:
    r"""Printed text as a terminal leaves it: without colours, of a line that was written again only its last state.

    >>> as_seen("\x1b[31mred\x1b[0m\n10 %\r100 %\n\x00")
    'red\n100 %\n�'
    """
    text = _ANSI.sub("", text).replace("\r\n", "\n")
    return _UNSEEN.sub("�", _OVERWRITTEN.sub("", text).replace("\r", ""))


def end_of_text(text: str) -> tuple[str, int]:
    r"""The last lines of a text, and how many there are before them; a line that is too long is cut.

    >>> end_of_text("short\n")
    ('short\n', 0)
    >>> text, before = end_of_text("a line\n" * 10_000)
    >>> text.count("a line"), before
    (29, 9971)
    """
    end = "\n".join(text[-MOST_TEXT:].split("\n")[-MOST_LINES:])
    start = len(text) - len(end)
    return end, text.count("\n", 0, start) or int(start > 0)


def end_of(entries: list[Entry]) -> tuple[list[Entry], int]:
    """The last of these entries with the end of what they print, and how many entries and lines are left out."""
    left_out = max(len(entries) - MOST_ENTRIES, 0)
    shown = []
    for entry in entries[left_out:]:
        if entry.kind == "printed":
            text, before = end_of_text(entry.value)
            entry, left_out = replace(entry, value=text), left_out + before
        shown.append(entry)
    return shown, left_out
