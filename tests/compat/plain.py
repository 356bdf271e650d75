"""Anything a graph hands out, without what differs between two runs or two libraries: ids, times, private classes."""

import dataclasses
import re
from pathlib import Path
from typing import Any

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b")
TIMES = ("created_at", "updated_at", "timestamp", "node_first_attempt_time")
_ID_KEYS = ("id", "checkpoint_id", "task_id", "run_id", "tool_call_id")
_ERRORS = ("InvalidUpdateError", "EmptyInputError", "GraphRecursionError", "NodeTimeoutError", "GraphDrained")


class Plain:
    """Makes things comparable; remembers the ids it met, which are named by order of appearance."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def __call__(self, value: Any) -> Any:
        """The value as dicts, lists, tuples and words."""
        kind = type(value).__name__
        if isinstance(value, str):
            return ID.sub(lambda match: self._id(match.group()), value)
        if isinstance(value, BaseException):
            return ("error", *told(value))
        if hasattr(value, "_asdict"):
            return self._dict(value._asdict())
        if isinstance(value, dict):
            return self._dict(value)
        if isinstance(value, (list, tuple)):
            return type(value)(self(item) for item in value)
        if isinstance(value, (set, frozenset)):
            return (kind, sorted(map(repr, value)))
        if kind in _PARTS:
            return (kind, *(self._part(value, name) for name in _PARTS[kind] if self._has(value, name)))
        return self._object(value)

    def _object(self, value: Any) -> Any:
        """An instance of a class of the program's own, or a message."""
        name = type(value).__name__
        if isinstance(value, type):
            return value.__name__
        if hasattr(value, "content") and hasattr(value, "type"):
            shown = {part: getattr(value, part) for part in _MESSAGE if self._has(value, part)}
            return (name, self._dict(shown))
        if hasattr(value, "model_dump"):
            return (name, self._dict({part: getattr(value, part) for part in type(value).model_fields}))
        if dataclasses.is_dataclass(value):
            return (name, self._dict({part.name: getattr(value, part.name) for part in dataclasses.fields(value)}))
        return value

    def _dict(self, given: dict[Any, Any]) -> dict[Any, Any]:
        kept = ((k, v) for k, v in given.items() if k not in TIMES and not str(k).startswith("__pregel_"))
        return {self(k): self._id(v) if k in _ID_KEYS and isinstance(v, str) else self(v) for k, v in kept}

    def _part(self, value: Any, name: str) -> Any:
        part = getattr(value, name)
        return self._id(part) if name == "id" else self(part)

    def _has(self, value: Any, name: str) -> bool:
        """Whether an optional part is there and says anything."""
        return name in ("value", "arg", "content") or getattr(value, name, None) not in (None, (), [], {}, "")

    def _id(self, value: str) -> str:
        return self.ids.setdefault(value, f"id-{len(self.ids)}")


# What the libraries' own objects say, in an order of ours.
_PARTS = {
    "Interrupt": ("value", "id", "response_schema"),
    "Send": ("node", "arg"),
    "Command": ("update", "goto", "resume", "graph"),
    "Overwrite": ("value",),
    "GraphOutput": ("value", "interrupts"),
    "Item": ("namespace", "key", "value"),
    "SearchItem": ("namespace", "key", "value", "score"),
}
_MESSAGE = ("content", "id", "name", "tool_calls", "tool_call_id", "status", "artifact")


class Raised(tuple):
    """An error that was heard: its kind is compared, its text helps whoever reads the difference."""

    def __new__(cls, error: BaseException) -> "Raised":
        """Of an error that left a graph."""
        raised = super().__new__(cls, ("raised", *told(error)))
        raised.text = f"{type(error).__name__}: {error}"
        return raised


def told(error: BaseException) -> tuple[str, ...]:
    """The kind of an error, and its words where the program itself raised it: libraries word theirs as they like."""
    kind = next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins" or kind.__name__ in _ERRORS)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = Path(trace.tb_frame.f_code.co_filename if trace else "")
    if where.parent == Path(__file__).parent and where.name.startswith("test_"):
        return (kind.__name__, str(error))
    return (kind.__name__,)
