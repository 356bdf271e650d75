"""Foreign text with every character in sight: what a person approves has to be what runs."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

UNSEEN_CATEGORIES = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")

UNSEEN_LETTERS = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
"""Letters and marks that look like nothing: joiners, fillers, the empty Braille cell."""


def visible(text: str) -> str:
    r"""The text, with its invisible and bidirectional characters by their number; line ends and tabs stay.

    >>> visible("pay\u202e 100\u200b €")
    'pay‹U+202E› 100‹U+200B› €'
    """
    return "".join(f"‹U+{ord(char):04X}›" if is_unseen(char) else char for char in text)


def is_unseen(char: str) -> bool:
    """Whether a reader cannot see this character, or tell it from a blank; or it turns around what stands by it."""
    if char in "\n\t " or " " < char <= "~":
        return False
    code = ord(char)
    selects_variation = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180F
    category = unicodedata.category(char)
    return category in UNSEEN_CATEGORIES or category == "Zs" or selects_variation or code in UNSEEN_LETTERS


def as_json(value: Any) -> str:
    """Indented JSON to be read."""
    return visible(json.dumps(value, indent=2, ensure_ascii=False))


def as_editable_json(value: Any) -> str:
    r"""Indented JSON to be edited: unseen characters are escapes, so that reading it again gives the same value.

    >>> as_editable_json("pay\u202e")
    '"pay\\u202e"'
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "".join(json.dumps(char)[1:-1] if is_unseen(char) else char for char in text)
