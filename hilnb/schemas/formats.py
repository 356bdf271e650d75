"""Texts of a certain form (`format` in JSON Schema): how to know them, and what to say of one that is not."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, time

WRITTEN: dict[str, str] = {
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?",
    "date-time": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?",
    "duration": r"-?P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,6})?S)?)?",
    "email": r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:\S+",
}
"""As Python's ISO readers take more than other programs do, the letters are looked at first."""

READERS: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "date-time": datetime.fromisoformat,
    "uuid": uuid.UUID,
    "ipv4": ipaddress.IPv4Address,
    "ipv6": ipaddress.IPv6Address,
}

EXAMPLES: dict[str, str] = {
    "date": "a date, like 2026-11-28",
    "time": "a time, like 14:30",
    "date-time": "a date and a time, like 2026-11-28 14:30",
    "duration": "a length of time, like P1DT2H30M (1 day, 2 hours, 30 minutes)",
    "email": "an e-mail address, like ada@example.com",
    "uri": "an address that begins with its kind, like https://example.com",
    "uuid": "a UUID, like 123e4567-e89b-12d3-a456-426614174000",
    "ipv4": "an IPv4 address, like 192.0.2.1",
    "ipv6": "an IPv6 address, like 2001:db8::1",
}
"""The formats that are known, in words for a person; any other is not looked at."""


def has_format(text: str, name: str) -> bool:
    """Whether a text is of a known format.

    >>> has_format("2026-02-28", "date"), has_format("2026-02-30", "date")
    (True, False)
    """
    if name in WRITTEN and not re.fullmatch(WRITTEN[name], text, flags=re.ASCII):
        return False
    try:
        READERS.get(name, str)(text)
    except ValueError:
        return False
    return True


def read_number(text: str, whole: bool) -> int | float:
    """The number that a text says, in the digits of JSON and Python.

    Raises:
        ValueError: It is none; says what to type.
    """
    text = text.strip()
    if len(text) > 300:
        raise ValueError("must be a shorter number")
    if re.fullmatch(r"[+-]?\d+", text, flags=re.ASCII):
        return int(text)
    if whole:
        raise ValueError("must be a whole number, like 12")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, flags=re.ASCII):
        raise ValueError("must be a number, like 12 or 0.5")
    if float(text) in (float("inf"), float("-inf")):
        raise ValueError("is a number too large to be kept")
    return float(text)
