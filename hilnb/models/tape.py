"""A cassette's file: a conversation with a model as JSON that people can read, without keys."""

from __future__ import annotations

import difflib
import json
import os
import uuid
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hilnb.errors import CassetteError
from hilnb.messages import AIMessage
from hilnb.messages.base import kind_of
from hilnb.messages.frozen import thaw
from hilnb.models.pieces import plain_content
from hilnb.models.question import Question
from hilnb.models.secrets import scrubbed

__all__ = ["Tape", "Turn", "asked_of", "difference", "read_tape", "turn_of", "write_tape", "written"]

FORMAT = "hilnb cassette 1"
_SAID = ("content", "tool_calls", "invalid_tool_calls", "usage_metadata", "response_metadata", "additional_kwargs")
_TOLD = ("content", "name", "tool_calls", "invalid_tool_calls", "tool_call_id", "status")


@dataclass(frozen=True)
class Turn:
    """A question and its answer.

    Attributes:
        asked: The messages and options, as JSON; without ids, which are new each time.
        answered: The fields of the model's message.
    """

    asked: dict[str, Any]
    answered: dict[str, Any]

    @property
    def message(self) -> AIMessage:
        """The answer."""
        return AIMessage(**self.answered)


@dataclass(frozen=True)
class Tape:
    """What a file holds.

    Attributes:
        model: What the recorded model was, for readers.
        bound: What was bound to it: a replay without the model asks with the same.
        forces_tools: Whether it could be made to call a tool.
        turns: Its turns, in order.
    """

    model: str
    bound: dict[str, Any]
    forces_tools: bool
    turns: list[Turn] = field(default_factory=list)


def turn_of(question: Question, answer: AIMessage, secrets: Collection[str]) -> Turn:
    """A turn as it is written down."""
    fields = {name: thaw(getattr(answer, name)) for name in _SAID}
    said = {name: value for name, value in fields.items() if name == "content" or value}
    return Turn(asked_of(question, secrets), _as_json(said, secrets))


def asked_of(question: Question, secrets: Collection[str]) -> dict[str, Any]:
    """What of a question is written down, and compared when it is asked again."""
    messages = [_told(message) for message in question.messages]
    return {"messages": _as_json(messages, secrets), **written(question.options, secrets)}


def written(options: Mapping[str, Any], secrets: Collection[str]) -> dict[str, Any]:
    """What of a model's options is written down: headers, which may hold a key, are not."""
    return {name: _as_json(value, secrets) for name, value in options.items() if name != "extra_headers"}


def _told(message: Any) -> dict[str, Any]:
    fields = {name: thaw(getattr(message, name, None)) for name in _TOLD}
    if kind_of(message) == "ai":  # it may be a sum of pieces, and those of a replay are cut elsewhere
        fields["content"] = plain_content(fields["content"], {call["id"]: call for call in fields["tool_calls"]})
    usual = {"status": "success"}
    kept = {name: value for name, value in fields.items() if value and usual.get(name) != value}
    return {"type": kind_of(message), "content": fields["content"], **kept}


def _as_json(value: Any, secrets: Collection[str]) -> Any:
    """A value as JSON reads it back, without secrets in any text."""
    if isinstance(value, str):
        return scrubbed(value, secrets)
    if isinstance(value, Mapping):
        return {scrubbed(str(key), secrets): _as_json(item, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item, secrets) for item in value]
    return value if isinstance(value, int | float | bool | None) else scrubbed(repr(value), secrets)


def difference(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """How what is asked now differs from what was asked then, as a diff; empty when it does not."""
    then, today = (
        json.dumps(each, indent=2, ensure_ascii=False, sort_keys=True).splitlines() for each in (recorded, now)
    )
    return "\n".join(difflib.unified_diff(then, today, "recorded", "asked now", lineterm="", n=2))


def write_tape(path: Path, tape: Tape) -> None:
    """Write the file, whole or not at all: what stood there before stays until then.

    Raises:
        OSError: Nothing may be written there.
    """
    text = json.dumps({"format": FORMAT, **asdict(tape)}, indent=2, ensure_ascii=False) + "\n"
    beside = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        with beside.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_tape(path: Path) -> Tape:
    """What a file holds.

    Raises:
        CassetteError: It is no cassette, was cut off, or is of another version.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CassetteError(
            f"{path} cannot be read as a cassette: {error}. It was cut off or edited. {_AGAIN}"
        ) from None
    found = told.get("format") if isinstance(told, dict) else type(told).__name__
    if found != FORMAT:
        raise CassetteError(
            f"{path} is no cassette that can be read here: its format is {found!r}, not {FORMAT!r}. {_AGAIN}"
        )
    place = "its beginning"
    try:
        tape = Tape(str(told["model"]), dict(told["bound"]), bool(told["forces_tools"]))
        for number, turn in enumerate(list(told["turns"]), start=1):
            place = f"turn {number}"
            tape.turns.append(Turn(dict(turn["asked"]), dict(turn["answered"])))
            tape.turns[-1].message  # noqa: B018 - made once, to see that it can be
    except (KeyError, TypeError, ValueError) as error:
        raise CassetteError(f"{path}: {place} is malformed ({type(error).__name__}: {error}). {_AGAIN}") from None
    return tape


_AGAIN = "Give another name, or delete the file and record it again with a model."
