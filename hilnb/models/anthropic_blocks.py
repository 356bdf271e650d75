"""Content blocks as Anthropic's API takes them: its own as they are, pictures and files in other forms translated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hilnb.messages.frozen import thaw

__all__ = ["blocks_of"]

_ONLY_WHILE_STREAMING = ("index", "partial_json")
_DATA = re.compile(r"data:(?P<kind>[^;,]+);base64,(?P<data>.*)", re.DOTALL)


def blocks_of(content: Any) -> list[dict[str, Any]]:
    """The content as a list of the API's blocks, without text that is empty: the API refuses that.

    >>> blocks_of("Hello")
    [{'type': 'text', 'text': 'Hello'}]
    """
    parts = [content] if isinstance(content, str) else content
    blocks = [{"type": "text", "text": part} if isinstance(part, str) else _block(thaw(part)) for part in parts]
    return [block for block in blocks if block.get("type") != "text" or str(block.get("text", "")).strip()]


def _block(part: dict[str, Any]) -> dict[str, Any]:
    match part:
        case {"type": "image_url", "image_url": {"url": str(url)} | str(url)}:
            return {"type": "image", "source": _source(url)}
        case {"type": "image" | "file" as kind, "url": str(url)}:
            return {"type": _KINDS[kind], "source": _source(url)}
        case {"type": "image" | "file" as kind, "base64": str(data)}:
            media = part.get("mime_type") or "application/pdf"
            return {"type": _KINDS[kind], "source": {"type": "base64", "media_type": media, "data": data}}
        case {"type": "image" | "file" as kind, "file_id": str(file)}:
            return {"type": _KINDS[kind], "source": {"type": "file", "file_id": file}}
    return {name: value for name, value in part.items() if name not in _ONLY_WHILE_STREAMING}


_KINDS: Mapping[str, str] = {"image": "image", "file": "document"}


def _source(url: str) -> dict[str, Any]:
    """Where the bytes are: in a data URL, or at an address."""
    found = _DATA.fullmatch(url)
    if found is None:
        return {"type": "url", "url": url}
    return {"type": "base64", "media_type": found["kind"], "data": found["data"]}
