"""Why a reply ended: cut off or refused is said aloud, and a tool call that was cut is not run."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

from hilnb.messages import AIMessage

__all__ = ["checked", "warn_of_stop"]

_CUT = {
    "max_tokens": "was cut at max_tokens. Give the model more room: ChatAnthropic(max_tokens=…)",
    "model_context_window_exceeded": "was cut where the model's context window ends. Send a shorter conversation: "
    "hilnb.messages.trim_messages keeps the last messages",
    "refusal": "was refused by the model. Do not build on what it had said so far: ask for something else, or in "
    "another way, without this turn",
}


def warn_of_stop(metadata: Mapping[str, Any], stacklevel: int = 3) -> None:
    """Warn when a reply's metadata says that it is not whole; by default at the caller of the caller."""
    reason = metadata.get("stop_reason")
    if reason in _CUT:
        warnings.warn(
            f"The reply {_CUT[reason]}. (stop_reason {reason!r} in the message's response_metadata.)",
            stacklevel=stacklevel,
        )


def checked(message: AIMessage) -> AIMessage:
    """The message, with a tool call that was cut off at its end among the invalid ones; warns when it is not whole.

    What can be read of cut arguments may look whole, and must not be run: "delete everything in /tmp/x" cut short.
    """
    warn_of_stop(message.response_metadata, stacklevel=4)
    last = message.content[-1] if isinstance(message.content, list) and message.content else None
    if message.response_metadata.get("stop_reason") not in _CUT or not isinstance(last, Mapping):
        return message
    cut = [call for call in message.tool_calls if call["id"] == last.get("id")]
    if last.get("type") != "tool_use" or not cut:
        return message
    kept = [call for call in message.tool_calls if call["id"] != last["id"]]
    args = json.dumps(cut[0]["args"], ensure_ascii=False)
    invalid = {"name": cut[0]["name"], "id": last["id"], "args": args, "error": "the reply was cut off in this call"}
    return message.model_copy(update={"tool_calls": kept, "invalid_tool_calls": [*message.invalid_tool_calls, invalid]})
