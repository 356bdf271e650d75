"""What the listeners of a stream hear, mode by mode (semantics: LangGraph's `stream`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hilnb.constants import START
from hilnb.graph.effects import Emit, Finished, Part, Paused, Task
from hilnb.graph.schema import PREVIOUS, RESULT
from hilnb.graph.thread import ASKED, FAILED, Run, Thread
from hilnb.types import Interrupt

__all__ = [
    "hears_of_checkpoints",
    "result_of",
    "tell_checkpoint",
    "tell_end",
    "tell_pause",
    "tell_start",
    "tell_update",
    "tell_values",
]


def tell_values(thread: Thread, run: Run, interrupts: tuple[Interrupt, ...] | None = None) -> Part[None]:
    """The whole state, and the questions it stands at."""
    if "values" not in run.modes:
        return
    values = thread.seen()
    if interrupts is not None:
        values = {**({} if thread.program.schema.is_root else values), "__interrupt__": interrupts}
    yield Emit((thread.ns, "values", values))


def tell_start(thread: Thread, run: Run, task: Task) -> Part[None]:
    """A task is about to run, or to be shown again."""
    if "messages" in run.modes:
        run.heard.update(message.id for message in _messages(thread.values.items()))
    if task.node.name != START and _hears_of_tasks(run):
        event = {"id": task.id, "name": task.node.name, "input": task.input, "triggers": task.triggers}
        if metadata := _metadata(run, task.node.metadata or {}):
            event["metadata"] = metadata
        yield from _tell_task(thread, run, "task", event)


def _metadata(run: Run, of_node: Mapping[str, Any]) -> dict[str, Any]:
    """What the program itself says of a task: in the config of the call, and with the node."""
    given = {**run.config.get("metadata", {}), **of_node}
    own = {key: value for key, value in given.items() if not key.startswith("langgraph_") and key != "thread_id"}
    return own | ({"tags": list(run.config["tags"])} if run.config.get("tags") else {})


def tell_update(thread: Thread, run: Run, outcome: Finished, *, replayed: bool = False) -> Part[None]:
    """What a node wrote; marked when it did so before and was not run again."""
    task = outcome.task
    if task.node.name == START:
        return
    if "messages" in run.modes and not replayed:
        yield from _tell_messages(thread, run, outcome)
    if "updates" in run.modes:
        event = {task.node.name: _update(outcome.writes, task.program.schema.root)}
        marked = {**event, "__metadata__": {"cached": True}} if replayed or outcome.cached else event
        yield Emit((thread.ns, "updates", marked))
    if not replayed and not outcome.cached:
        yield from tell_end(thread, run, task, result=result_of(outcome.writes))


def tell_pause(thread: Thread, run: Run, outcome: Paused) -> Part[None]:
    """The questions of a task that waits for a person; of one whose graph stopped at a breakpoint only that it did."""
    if "updates" in run.modes and (outcome.interrupts or run.inherited is None):
        yield Emit((thread.ns, "updates", {"__interrupt__": outcome.interrupts}))
    if outcome.interrupts:
        yield from tell_values(thread, run, outcome.interrupts)
        yield from tell_end(thread, run, outcome.task, interrupts=outcome.interrupts)


def tell_end(
    thread: Thread,
    run: Run,
    task: Task,
    *,
    error: BaseException | None = None,
    result: dict[str, Any] | None = None,
    interrupts: Sequence[Interrupt] = (),
) -> Part[None]:
    """A task has finished, failed or paused; of START nothing is told."""
    if task.node.name == START or not _hears_of_tasks(run):
        return
    asked = [_as_dict(question) for question in interrupts]
    event = {"id": task.id, "name": task.node.name, "error": error, "result": result or {}, "interrupts": asked}
    yield from _tell_task(thread, run, "task_result", event)


def _hears_of_tasks(run: Run) -> bool:
    return "tasks" in run.modes or "debug" in run.modes


def _tell_task(thread: Thread, run: Run, kind: str, event: dict[str, Any]) -> Part[None]:
    if "tasks" in run.modes:
        yield Emit((thread.ns, "tasks", event))
    if "debug" in run.modes:
        yield Emit((thread.ns, "debug", _timed(thread.step + 1, kind, event)))


def hears_of_checkpoints(run: Run) -> bool:
    """Whether somebody listens to them."""
    return "checkpoints" in run.modes or "debug" in run.modes


def tell_checkpoint(thread: Thread, run: Run, metadata: Mapping[str, Any], parent: dict[str, Any]) -> Part[None]:
    """A checkpoint was taken, or is gone on from."""
    here = {"configurable": {"checkpoint_ns": "", **thread.config["configurable"], "checkpoint_id": thread.point}}
    event = {
        "config": _named(thread, run, here),
        "parent_config": _named(thread, run, parent) if "checkpoint_id" in parent["configurable"] else None,
        "values": thread.seen(),
        "metadata": {key: value for key, value in metadata.items() if key not in run.metadata},
        "next": [turn.name for turn in thread.next],
        "tasks": [_planned_task(thread, turn.name, thread.task_id(turn)) for turn in thread.next],
    }
    if "checkpoints" in run.modes:
        yield Emit((thread.ns, "checkpoints", event))
    if "debug" in run.modes:
        yield Emit((thread.ns, "debug", _timed(thread.step, "checkpoint", event)))


def _named(thread: Thread, run: Run, config: dict[str, Any]) -> dict[str, Any]:
    """The config of a checkpoint, with what else the call's own configures."""
    named = thread.named(config, run.parents)["configurable"]
    return {"configurable": {**run.config.get("configurable", {}), **named}}


def _planned_task(thread: Thread, name: str, task: str) -> dict[str, Any]:
    failed = None if thread.returned(task) else thread.records.get((task, FAILED))
    asked = tuple(_as_dict(question) for question in thread.records.get((task, ASKED), ()))
    came = {"error": failed} if failed else {"interrupts": asked}
    return {"id": task, "name": name, **came, "state": thread.nested_config(name, task)}


def _timed(step: int, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"step": step, "timestamp": datetime.now(UTC).isoformat(), "type": kind, "payload": payload}


def _tell_messages(thread: Thread, run: Run, outcome: Finished) -> Part[None]:
    """The messages a node returned, but for those that were heard before: in the state, or while the node ran."""
    about = outcome.task.full_config()["metadata"]
    for message in _messages(outcome.writes):
        if message.id is None or message.id not in run.heard:
            run.heard.add(message.id)
            yield Emit((thread.ns, "messages", (message, about)))


def _messages(writes: Iterable[tuple[str, Any]]) -> Iterator[Any]:
    """The message objects among the values of keys, ours and LangChain's."""
    for _, value in writes:
        for item in value if isinstance(value, list | tuple) else [value]:
            if hasattr(item, "content") and hasattr(item, "type") and hasattr(item, "id"):
                yield item


def _as_dict(question: Interrupt) -> dict[str, Any]:
    return {"value": question.value, "id": question.id, "response_schema": question.response_schema}


def _update(writes: Sequence[tuple[str, Any]], root: str | None) -> Any:
    """A node's update as one dict; as a list when a key was written twice, and None when none was."""
    if len({key for key, _ in writes}) < len(writes):
        return [{key: value} for key, value in writes]
    if writes and writes[0][0] in (root, RESULT):
        return writes[0][1]
    return dict(writes) or None


def result_of(writes: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """What a node wrote, by key; `{"$writes": […]}` for a key it wrote several times.

    >>> result_of([("log", [1]), ("log", [2]), ("n", 3)])
    {'log': {'$writes': [[1], [2]]}, 'n': 3}
    """
    once = dict(writes)
    if len(once) == len(writes) and PREVIOUS not in once:
        return once
    by_key: dict[str, list[Any]] = {}
    for key, value in writes:
        if key != PREVIOUS:
            by_key.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else {"$writes": values} for key, values in by_key.items()}
