"""The shapes of stream events, for type checkers: what `stream(…, version="v2")` yields."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = [
    "CheckpointPayload",
    "CheckpointStreamPart",
    "CheckpointTask",
    "CustomStreamPart",
    "DebugPayload",
    "DebugStreamPart",
    "MessagesStreamPart",
    "StreamPart",
    "TaskPayload",
    "TaskResultPayload",
    "TasksStreamPart",
    "UpdatesStreamPart",
    "ValuesStreamPart",
]


class TaskPayload(TypedDict, total=False):
    """The start of a task: `id`, `name`, `input`, `triggers`, and `metadata` where the node has any."""

    id: str
    name: str
    input: Any
    triggers: tuple[str, ...]
    metadata: dict[str, Any]


class TaskResultPayload(TypedDict):
    """The end of a task; `error` is the exception itself."""

    id: str
    name: str
    error: BaseException | None
    result: dict[str, Any]
    interrupts: list[dict[str, Any]]


class CheckpointTask(TypedDict, total=False):
    """A task that a checkpoint leads to; `state` names the graph nested in its node."""

    id: str
    name: str
    interrupts: tuple[dict[str, Any], ...]
    state: dict[str, Any] | None


class CheckpointPayload(TypedDict):
    """A checkpoint that was taken, or is gone on from."""

    config: dict[str, Any]
    parent_config: dict[str, Any] | None
    values: Any
    metadata: dict[str, Any]
    next: list[str]
    tasks: list[CheckpointTask]


class DebugPayload(TypedDict):
    """A task or checkpoint event with its step and time (ISO 8601, UTC)."""

    step: int
    timestamp: str
    type: Literal["checkpoint", "task", "task_result"]
    payload: CheckpointPayload | TaskPayload | TaskResultPayload


class _Part(TypedDict):
    ns: tuple[str, ...]
    """Where: `("node:task_id", …)` for a nested graph, empty for the outermost one."""


class ValuesStreamPart(_Part):
    """The whole state, and the questions it stands at."""

    type: Literal["values"]
    data: Any
    interrupts: tuple[Any, ...]


class UpdatesStreamPart(_Part):
    """What a node wrote, by its name; or the questions of one, under `__interrupt__`."""

    type: Literal["updates"]
    data: dict[str, Any]


class MessagesStreamPart(_Part):
    """A message, or a chunk of one, with what is known of where it comes from."""

    type: Literal["messages"]
    data: tuple[Any, dict[str, Any]]


class CustomStreamPart(_Part):
    """What a node wrote to its stream writer."""

    type: Literal["custom"]
    data: Any


class TasksStreamPart(_Part):
    """The start or the end of a task."""

    type: Literal["tasks"]
    data: TaskPayload | TaskResultPayload


class CheckpointStreamPart(_Part):
    """A checkpoint."""

    type: Literal["checkpoints"]
    data: CheckpointPayload


class DebugStreamPart(_Part):
    """A task or a checkpoint, with its step and time."""

    type: Literal["debug"]
    data: DebugPayload


StreamPart = (
    ValuesStreamPart
    | UpdatesStreamPart
    | MessagesStreamPart
    | CustomStreamPart
    | TasksStreamPart
    | CheckpointStreamPart
    | DebugStreamPart
)
"""Any of them; `type` tells which."""
