"""What a thread looks like from outside: its state, what runs next, and the questions that are open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hilnb.checkpoint.base import CheckpointTuple
from hilnb.graph.effects import Ask, Part
from hilnb.graph.events import result_of
from hilnb.graph.schema import merge
from hilnb.graph.thread import ASKED, FAILED, Thread
from hilnb.types import PregelTask, StateSnapshot

__all__ = ["read_history", "read_state"]


def read_state(thread: Thread, nested: bool, found: list[StateSnapshot]) -> Part[None]:
    """Find the thread's snapshot: live, or as recorded when the config names a checkpoint."""
    live = "checkpoint_id" not in thread.config["configurable"]
    saved = yield Ask(thread.saver, "get_tuple", (thread.config,))
    if saved is None:
        found.append(StateSnapshot({}, (), thread.config, None, None, None, (), ()))
        return
    given = thread.config
    snapshot = _snapshot(thread, saved, live)
    if not live and not thread.ns:
        snapshot = snapshot._replace(config=given)
    if nested:
        tasks = []
        for task in snapshot.tasks:
            tasks.append((yield from _with_nested_state(thread, task)))
        snapshot = snapshot._replace(tasks=tuple(tasks))
    found.append(snapshot)


def _with_nested_state(thread: Thread, task: PregelTask) -> Part[PregelTask]:
    """The task with the snapshot of the graph it holds, an empty one before that has begun."""
    if task.state is None:
        return task
    graph, where = thread.program.nodes[task.name].nested, dict(task.state["configurable"])
    if graph.checkpointer is True:  # one history through all calls, so its place has no task in it
        where["checkpoint_ns"] = where["checkpoint_ns"].rpartition(":")[0]
    inner = graph.thread_at(thread.saver, {"configurable": where})
    found: list[StateSnapshot] = []
    yield from read_state(inner, True, found)
    return task._replace(state=found[0])


def read_history(thread: Thread, chosen: Mapping[str, Any], found: list[StateSnapshot]) -> Part[None]:
    """Find the thread's snapshots as recorded, newest first."""
    kept = yield Ask(_Listed(thread.saver), "list", (thread.config,), chosen)
    found.extend(_snapshot(thread, saved, live=False) for saved in kept)


class _Listed:
    """A saver whose `alist` gives a list too, so that one plan asks both worlds."""

    def __init__(self, saver: Any) -> None:
        self._saver = saver

    def list(self, config: dict[str, Any], **chosen: Any) -> Any:
        return [*self._saver.list(config, **chosen)]

    async def alist(self, config: dict[str, Any], **chosen: Any) -> Any:
        return [kept async for kept in self._saver.alist(config, **chosen)]


def _snapshot(thread: Thread, saved: CheckpointTuple, live: bool) -> StateSnapshot:
    """A checkpoint with its tasks. Live means: what finished tasks wrote is merged, and only open questions show."""
    schema = thread.program.schema
    thread.values = schema.start()
    thread.adopt(saved)
    # In the order the nodes were added, not the order they run in: that is how LangGraph shows them.
    place = {name: n for n, name in enumerate(thread.program.nodes)}
    turns = sorted(
        thread.next, key=lambda turn: (turn.path[0] == "__pregel_pull", place.get(turn.name, len(place)), turn.path)
    )
    tasks, waiting, writes = [], [], []
    for turn in turns:
        key = thread.task_id(turn)
        returned = thread.returned(key)
        asked = thread.open_questions(key) if live else thread.records.get((key, ASKED), ())
        if live and (handling := thread.handling(turn)):
            asked = (*asked, *thread.open_questions(thread.task_id(handling)))
        error = None if returned else thread.records.get((key, FAILED))
        result: Any = None if returned is None else result_of(returned[0])
        if result and schema.root is not None:
            result = result[schema.root]
        state = thread.nested_config(turn.name, key)
        tasks.append(PregelTask(key, turn.name, turn.path, error, tuple(asked), state, result))
        if returned is None or not live:
            waiting.append(turn.name)
        elif live:
            writes.append((turn.path, turn.name, returned[0]))
    merge(schema.keys, thread.values, [write[1:] for write in sorted(writes, key=lambda write: write[0])])
    questions = tuple(question for task in tasks for question in task.interrupts)
    return StateSnapshot(
        thread.seen(),
        tuple(waiting),
        thread.named(saved.config, saved.metadata["parents"]),
        saved.metadata,
        saved.checkpoint.created_at,
        saved.parent_config and thread.named(saved.parent_config, saved.metadata["parents"]),
        tuple(tasks),
        questions,
    )
