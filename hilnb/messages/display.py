"""A message as HTML for a notebook: who speaks, the text, and tool calls as names and arguments.

All that a message says is data: it passes through `html.escape` and is shown as plain text. Colours are the notebook's
own, so it reads well in light and in dark; without any style it is still in order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

__all__ = ["message_html"]

_ROLES = {"human": ("Human", "#1e88e5"), "ai": ("AI", "#43a047"), "tool": ("Tool", "#fb8c00")}
_SIMPLE = {"system": "System", "remove": "Remove"}
_TEXT = "margin:0;padding:0;background:none;color:inherit;white-space:pre-wrap;overflow-wrap:anywhere;"
_QUIET = "opacity:.7;overflow-wrap:anywhere"
_RED = "var(--jp-error-color1,#e53935)"
_CARD = (
    "padding:1px 0 1px 10px;margin:4px 0;max-width:60em;line-height:1.5;"
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:var(--jp-ui-font-size1,13px)"
)
_CODE = _TEXT + "font-family:var(--jp-code-font-family,monospace);font-size:var(--jp-code-font-size,.92em)"
_GRID = "display:grid;grid-template-columns:fit-content(12em) minmax(0,1fr);gap:0 12px;align-items:baseline"
_SAID = _TEXT + "font-family:inherit;font-size:inherit;max-height:30em;overflow:auto"


def message_html(message: Any) -> str:
    """One message, ours or LangChain's, as a piece of static HTML."""
    kind = str(message.type).removesuffix("MessageChunk").lower()
    role, colour = _ROLES.get(kind, (_SIMPLE.get(kind, kind.title()), "#9e9e9e"))
    failed = getattr(message, "status", None) == "error"
    about = message.id if kind == "remove" else message.name
    said = f' <span style="{_QUIET}">{escape(about)}</span>' if about else ""
    if failed:
        colour, said = _RED, f'{said} <span style="color:{_RED}">error</span>'
    return (
        f'<div style="border-left:3px solid {colour};{_CARD}"><div><b>{escape(role)}</b>{said}</div>'
        f"{''.join(_body(message))}</div>"
    )


def _body(message: Any) -> Iterator[str]:
    calls, unreadable = getattr(message, "tool_calls", ()), getattr(message, "invalid_tool_calls", ())
    for block in [message.content] if isinstance(message.content, str) else message.content:
        kind = "text" if isinstance(block, str) else block.get("type")
        # A tool call stands in the content too, as the API has it; it is shown once, below.
        if not (calls or unreadable) or kind not in ("tool_use", "tool_call", "input_json_delta"):
            yield from _block(block)
    for call in calls:
        yield _call(call)
    for call in unreadable:
        yield _call(call, why=call.get("error") or "the arguments are not valid JSON")


def _block(block: str | Mapping[str, Any]) -> Iterator[str]:
    if isinstance(block, str):
        block = {"type": "text", "text": block}
    kind = block.get("type")
    if kind == "text" and isinstance(block.get("text"), str):
        if block["text"]:
            yield f'<pre style="{_SAID}">{escape(block["text"])}</pre>'
    elif kind == "thinking" and isinstance(block.get("thinking"), str):
        yield (
            f'<details style="{_QUIET}"><summary style="cursor:pointer">thinking</summary>'
            f'<pre style="{_SAID}">{escape(block["thinking"])}</pre></details>'
        )
    else:
        yield f'<div style="{_QUIET}">[{escape(str(kind))}]</div>'


def _call(call: Mapping[str, Any], why: str = "") -> str:
    args = call["args"]
    rows = args.items() if isinstance(args, Mapping) else [("", args or "")]
    cells = "".join(
        f'<div style="{_QUIET}">{escape(str(name))}</div><pre style="{_CODE}">{escape(_value(value))}</pre>'
        for name, value in rows
    )
    wrong = f' <span style="color:{_RED}">{escape(why)}</span>' if why else ""
    return (
        f'<div style="margin-top:4px"><span style="{_QUIET}">calls</span> <b>{escape(str(call["name"]))}</b>{wrong}'
        f'<div style="{_GRID};margin-left:12px">{cells}</div></div>'
    )


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
