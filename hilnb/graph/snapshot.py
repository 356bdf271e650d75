"""What a thread looks like from outside: its state, what runs next, and the questions that are open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hilnb.checkpoint.base import CheckpointTuple, Planned
from hilnb.graph.effects import Ask, Part
from hilnb.graph.events import result_of
from hilnb.graph.schema import merge
from hilnb.graph.thread import ASKED, FAILED, RETURNED, Thread
from hilnb.types import Interrupt, PregelTask, StateSnapshot

__all__ = ["View", "read_state"]


def read_state(thread: Thread, nested: bool, found: list[StateSnapshot]) -> Part[None]:
    """Find the thread's snapshot: live, or as recorded when the config names a checkpoint."""
    live = "checkpoint_id" not in thread.config["configurable"]
    saved = yield Ask(thread.saver, "get_tuple", (thread.config,))
    if saved is None:
        found.append(StateSnapshot({}, (), thread.config, None, None, None, (), ()))
        return
    given = thread.config
    snapshot = View(thread).of(saved, live)
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


class View:
    """How the checkpoints of one thread are shown. What is the same for many of them is worked out once.

    Args:
        thread: As its config names it. It stands at what was shown last.
    """

    def __init__(self, thread: Thread) -> None:
        self._thread = thread
        self._holding_none: set[str] = set()

    def of(self, saved: CheckpointTuple, live: bool) -> StateSnapshot:
        """A checkpoint and its tasks. Live means: what finished tasks wrote is merged, and only open questions show."""
        thread, schema = self._thread, self._thread.program.schema
        thread.values = schema.start() if schema.reduced else {}
        thread.adopt(saved)
        records = thread.records
        tasks, waiting, writes = [], [], []
        questions: list[Interrupt] = []
        for turn in thread.next if len(thread.next) < 2 else self._in_order(thread.next):
            name, key = turn.name, thread.task_id(turn)
            returned = records.get((key, RETURNED))
            asked = self._open_questions(turn, key) if live else records.get((key, ASKED), ())
            questions += asked
            state = None if name in self._holding_none else self._nested(name, key)
            if returned is None:
                error, result = records.get((key, FAILED)), None
            else:
                error, result = None, result_of(returned[0])
                if result and schema.root is not None:
                    result = result[schema.root]  # the bare value that the state is
            tasks.append(PregelTask(key, name, turn.path, error, tuple(asked), state, result))
            if returned is None or not live:
                waiting.append(name)
            else:
                writes.append((turn.path, name, returned[0]))
        if writes:
            merge(schema.keys, thread.values, [write[1:] for write in sorted(writes, key=lambda write: write[0])])
        config, parent = saved.config, saved.parent_config
        if thread.ns:
            parents = saved.metadata["parents"]
            config, parent = thread.named(config, parents), parent and thread.named(parent, parents)
        taken = saved.checkpoint.created_at
        values: Any = schema.in_order(thread.values) if schema.root is None else thread.values.get(schema.root)
        return StateSnapshot(
            values, tuple(waiting), config, saved.metadata, taken, parent, tuple(tasks), tuple(questions)
        )

    def _in_order(self, turns: Sequence[Planned]) -> list[Planned]:
        """In the order the nodes were added, not the order they run in: that is how LangGraph shows them."""
        place = {name: n for n, name in enumerate(self._thread.program.nodes)}
        return sorted(turns, key=lambda t: (t.path[0] == "__pregel_pull", place.get(t.name, len(place)), t.path))

    def _open_questions(self, turn: Planned, key: str) -> tuple[Interrupt, ...]:
        """What a turn, or the handler that took over from it, asks and has not been told."""
        thread = self._thread
        asked = thread.open_questions(key)
        handling = thread.handling(turn)
        return asked if handling is None else (*asked, *thread.open_questions(thread.task_id(handling)))

    def _nested(self, name: str, key: str) -> dict[str, Any] | None:
        """The config that names the graph nested in a node. Whether there is one takes long to find out."""
        config = self._thread.nested_config(name, key)
        if config is None:
            self._holding_none.add(name)
        return config
