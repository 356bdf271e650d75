"""What the listeners of a stream hear, mode by mode (semantics: LangGraph's `stream`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hilnb.graph.effects import Emit, Finished, Part, Paused, Task
from hilnb.types import Interrupt

__all__ = ["result_of", "task_begins", "task_ends", "tell_pause", "tell_update", "tell_values"]


def tell_values(modes: Collection[str], values: Mapping[str, Any], **more: Any) -> Part[None]:
    """The whole state."""
    if "values" in modes:
        yield Emit(("values", {**values, **more}))


def tell_update(modes: Collection[str], outcome: Finished, *, replayed: bool = False) -> Part[None]:
    """What a node wrote; marked when it did so in an earlier run and is not run again."""
    task = outcome.task
    if task.node.action is None:
        return
    if "updates" in modes:
        event = {task.node.name: _update(outcome.writes)}
        yield Emit(("updates", {**event, "__metadata__": {"cached": True}} if replayed else event))
    if "tasks" in modes and not replayed:
        yield task_ends(task, result=result_of(outcome.writes))


def tell_pause(modes: Collection[str], values: Mapping[str, Any], outcome: Paused) -> Part[None]:
    """The questions of a task that waits for a person."""
    if "updates" in modes:
        yield Emit(("updates", {"__interrupt__": outcome.interrupts}))
    yield from tell_values(modes, values, __interrupt__=outcome.interrupts)
    if "tasks" in modes:
        yield task_ends(outcome.task, interrupts=outcome.interrupts)


def task_begins(task: Task) -> Emit:
    """A task is about to run, or to be shown again."""
    triggers = ("__pregel_push",) if task.place.path[0] == "__pregel_push" else task.node.triggers
    return Emit(("tasks", {"id": task.id, "name": task.node.name, "input": task.input, "triggers": triggers}))


def task_ends(
    task: Task,
    *,
    error: BaseException | None = None,
    result: dict[str, Any] | None = None,
    interrupts: Sequence[Interrupt] = (),
) -> Emit:
    """A task has finished, failed or paused."""
    asked = [{"value": q.value, "id": q.id, "response_schema": q.response_schema} for q in interrupts]
    event = {"id": task.id, "name": task.node.name, "error": error, "result": result or {}, "interrupts": asked}
    return Emit(("tasks", event))


def _update(writes: Sequence[tuple[str, Any]]) -> Any:
    """A node's update as one dict; as a list when a key was written twice, and None when none was."""
    if len({key for key, _ in writes}) < len(writes):
        return [{key: value} for key, value in writes]
    return dict(writes) or None


def result_of(writes: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """What a node wrote, by key; `{"$writes": […]}` for a key it wrote several times.

    >>> result_of([("log", [1]), ("log", [2]), ("n", 3)])
    {'log': {'$writes': [[1], [2]]}, 'n': 3}
    """
    by_key: dict[str, list[Any]] = {}
    for key, value in writes:
        by_key.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else {"$writes": values} for key, values in by_key.items()}
