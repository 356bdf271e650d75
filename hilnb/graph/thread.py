"""A run and the thread it works on: what is in hand between a checkpoint and the next."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver, CheckpointTuple, Planned, Record, new_id
from hilnb.graph.schema import merge
from hilnb.graph.spec import Program
from hilnb.types import Interrupt, Send

__all__ = ["ASKED", "FAILED", "OUTSIDE", "RAN", "RETURNED", "TOLD", "Run", "Thread", "planned"]

RETURNED, ASKED, FAILED, RAN, TOLD = "returned", "asked", "failed", "ran", "told:"
"""The kinds of record: `(writes, goto)`, a tuple of Interrupts, the repr of an exception; of a turn that did not just
begin and return, `(node, why it started, each time)`; followed by a question's id, the answer to it."""

OUTSIDE = ""
"""The task id under which a caller's own `Command(update=…, goto=…)` is recorded."""


@dataclass(slots=True)
class Run:
    """One call: what came in, who listens, and what came out.

    Attributes:
        input: A state to begin with, None to go on, or a Command that answers.
        config: As it was called with.
        modes: The stream modes somebody listens to.
        nested: Whether they listen to nested graphs too.
        before: The nodes to stop before; "*" for all.
        after: The nodes to stop after; "*" for all.
        metadata: Kept with every checkpoint.
        runtime: What the nodes get as `Runtime`, as far as the call has a part in it.
        inherited: The answers of the task that called this graph from inside a node; None for a run of its own.
        resumed: Whether that task goes on with what an earlier run began.
        lasting: Whether this graph, called by a node, has one history through all calls (`checkpointer=True`).
        pausable: Whether a pause can be resumed.
        parents: The checkpoint each graph around stands at, by namespace.
        at_the_end: Whether only the last checkpoint of the call is kept.
        keys: The keys whose change is worth telling the whole state; every key's when None.
        control: Ends the run between two supersteps, when asked to.
        executor: Calls the nodes' functions; None for the driver itself.
        depth: How many turns wait for it.
        around: The call of the node that made this one.
        heard: The ids of the messages that listeners know already.
        output: The state at the end; None when nothing was ever written.
        interrupts: The questions it stopped at.
        stopped: Whether it stopped before its end, at a question or a breakpoint.
    """

    input: Any
    config: dict[str, Any]
    modes: Collection[str] = ()
    nested: bool = False
    before: Collection[str] = ()
    after: Collection[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    runtime: Any = None
    inherited: Mapping[str, Any] | None = None
    resumed: bool = False
    lasting: bool = False
    pausable: bool = False
    parents: Mapping[str, str] = field(default_factory=dict)
    at_the_end: bool = False
    keys: Collection[str] | None = None
    control: Any = None
    executor: Any = None
    depth: int = 0
    around: Run | None = None
    heard: set[str | None] = field(default_factory=set)
    output: dict[str, Any] | None = None
    interrupts: list[Interrupt] = field(default_factory=list)
    stopped: bool = False


@dataclass(slots=True)
class Thread:
    """A thread while it is in hand.

    Attributes:
        program: The graph.
        saver: Keeps it; None when nothing does.
        ns: Where it stands among the graphs that called each other, outermost first.
        config: Names the checkpoint it stands at.
        values: The state.
        point: That checkpoint's id.
        step: That checkpoint's number; -2 before the first.
        next: The frontier.
        joins: For each edge that waits for several nodes, those that have finished; for each deferred node, nothing.
        ran: The nodes whose updates made that checkpoint.
        records: `(task id, kind)` to what that task did; its answers by question id together, under `TOLD`.
        awake: The tasks that have just been answered; None when every open task is to run.
        unwritten: What tasks did that is to be kept with the next checkpoint: `(task id, kind, value)`.
        unkept: The keys written since the last checkpoint that was kept, when only the last of the call is.
        pinned: Whether the caller named a checkpoint.
        metadata: Of the checkpoint it stands at, as far as that was read from the saver.
        parent: Names the checkpoint before it.
        origin: Where nothing keeps the thread: what tells its checkpoints from those of other runs.
    """

    program: Program
    saver: BaseCheckpointSaver | None
    ns: tuple[str, ...]
    config: dict[str, Any]
    values: dict[str, Any]
    point: str = ""
    step: int = -2
    next: tuple[Planned, ...] = ()
    joins: Mapping[tuple[tuple[str, ...], str], frozenset[str]] = field(default_factory=dict)
    ran: tuple[str, ...] = ()
    records: dict[tuple[str, str], Any] = field(default_factory=dict)
    awake: set[str] | None = None
    unwritten: Sequence[Record] = ()
    unkept: set[str] | None = None
    pinned: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parent: dict[str, Any] | None = None
    origin: str = ""

    @classmethod
    def of(
        cls, program: Program, saver: BaseCheckpointSaver | None, where: dict[str, Any], ns: tuple[str, ...] = ()
    ) -> Thread:
        """The thread a config names, before anything was read from its saver."""
        if saver is not None:
            saver.introduce(*program.annotations)
        # A nested graph that is not kept, in a node that runs again, asks under the same ids: they come from its place.
        origin = "" if saver is not None or ns else f"{new_id()}:"
        return cls(program, saver, ns, where, program.schema.start(), origin=origin)

    def adopt(self, saved: CheckpointTuple) -> None:
        """Stand where `saved` stands."""
        point, keys = saved.checkpoint, self.program.schema.keys
        values = point.values
        if not values.keys() <= keys.keys():
            values = {key: value for key, value in values.items() if key in keys}
        self.values = {**self.values, **values} if self.values else values
        self.config, self.point, self.step = saved.config, point.id, saved.metadata["step"]
        self.metadata, self.parent = saved.metadata, saved.parent_config
        self.next, self.joins, self.ran = point.next, point.joins or {}, point.ran
        self.records = {}
        for task, kind, value in saved.pending_writes:
            if kind.startswith(TOLD):
                self.hear(task, {kind.removeprefix(TOLD): value})
            else:
                self.records[task, kind] = value
        if (OUTSIDE, RETURNED) in self.records:
            merge(keys, self.values, [("the caller", self.records[OUTSIDE, RETURNED][0])])

    def hear(self, task: str, answers: Mapping[str, Any]) -> None:
        """Know what a task was told."""
        self.records[task, TOLD] = {**self.records.get((task, TOLD), {}), **answers}

    def shown(self) -> dict[str, Any]:
        """The state in the order of its schema."""
        shown = self.program.schema.in_order(self.values)
        return shown.copy() if shown is self.values else shown

    def seen(self) -> Any:
        """The state as a caller sees it: by key, or the bare value that it is."""
        root = self.program.schema.root
        return self.shown() if root is None else self.values.get(root)

    def go_also(self, goto: Sequence[str | Send]) -> None:
        """Put more on the frontier."""
        sends = [turn for turn in self.next if turn.path[0] == "__pregel_push"]
        names = {turn.name for turn in self.next} - {turn.name for turn in sends}
        pushed = [target for target in goto if isinstance(target, Send)]
        names |= {target for target in goto if not isinstance(target, Send)}
        there = {turn.path: turn for turn in self.next}  # with what they are given
        more = planned([*(Send(turn.name, turn.arg, timeout=turn.timeout) for turn in sends), *pushed], names)
        self.next = tuple(there.get(turn.path, turn) for turn in more)

    def task_id(self, turn: Planned) -> str:
        """The id of a turn at the checkpoint the thread stands at: the same however often it is asked for."""
        path = turn.path
        if self.saver is not None and len(path) == 2 and path[0] == "__pregel_pull":
            return self.point[:24] + _tail(turn.name)
        if self.saver is not None and len(path) == 3 and path[2] is False:
            return f"{self.point[:24]}{path[1]:012x}"
        ns = "|".join(self.ns) if self.ns else ""
        digits = hashlib.blake2b(f"{self.point}|{ns}|{turn.name}|{turn.path}".encode(), digest_size=16).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def named(self, config: dict[str, Any], parents: Mapping[str, str]) -> dict[str, Any]:
        """A config as it is shown: a nested graph's also names the checkpoints around it."""
        about = dict(config.get("configurable", {}))
        if self.ns:
            about["checkpoint_map"] = {**parents, "|".join(self.ns): about.get("checkpoint_id")}
        return {"configurable": about}

    def nested_config(self, name: str, task: str) -> dict[str, Any] | None:
        """The config that names the graph nested in a node; None when it holds none."""
        node = self.program.nodes.get(name)
        nested = None if node is None else node.nested
        if nested is None or self.saver is None or nested.checkpointer is False:
            return None
        thread = self.config["configurable"]["thread_id"]
        return {"configurable": {"thread_id": thread, "checkpoint_ns": "|".join((*self.ns, f"{name}:{task}"))}}

    def handling(self, turn: Planned) -> Planned | None:
        """The turn of the error handler that took over from a node and has asked something."""
        node = self.program.nodes.get(turn.name) if self.program.has_handlers else None
        if node is None or node.handler is None:
            return None
        taken_over = turn._replace(path=(*turn.path, "handler"))
        return taken_over if (self.task_id(taken_over), ASKED) in self.records else None

    def open_turns(self) -> Sequence[Planned]:
        """The frontier, each node that failed replaced by the handler that took over and asks."""
        return [self.handling(turn) or turn for turn in self.next] if self.program.has_handlers else self.next

    def open_tasks(self) -> list[tuple[str, tuple[Interrupt, ...]]]:
        """The tasks of the open superstep, each with what it asks and has not been told."""
        tasks = [self.task_id(turn) for turn in self.open_turns()]
        return [(task, self.open_questions(task)) for task in tasks]

    def returned(self, task: str) -> tuple[list[tuple[str, Any]], list[str | Send]] | None:
        """The writes and goto of a task that has finished."""
        return self.records.get((task, RETURNED))

    def open_questions(self, task: str) -> tuple[Interrupt, ...]:
        """What a task asks and has not been told."""
        asked = self.records.get((task, ASKED), ())
        if not asked or self.returned(task):
            return ()
        told = self.records.get((task, TOLD), {})
        return tuple([question for question in asked if question.id not in told]) if told else asked


@lru_cache(maxsize=10_000)
def _tail(name: str) -> str:
    """The last part of the id of a node's turn; no `Send` has a number as high."""
    return f"f{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()[1:]}"


def planned(sends: Sequence[Send], names: Collection[str]) -> tuple[Planned, ...]:
    """A frontier: Sends in the order they were sent, then nodes by name."""
    pushed = [Planned(send.node, ("__pregel_push", n, False), send.arg, send.timeout) for n, send in enumerate(sends)]
    return (*pushed, *[Planned(name, ("__pregel_pull", name)) for name in sorted(names)])
