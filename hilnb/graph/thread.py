"""A run and the thread it works on: what is in hand between a checkpoint and the next."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver, CheckpointTuple, Planned
from hilnb.graph.schema import Schema
from hilnb.graph.spec import Node
from hilnb.types import Interrupt, Send

__all__ = ["ASKED", "FAILED", "RETURNED", "TOLD", "Run", "Thread"]

RETURNED, ASKED, TOLD, FAILED = "returned", "asked", "told", "failed"
"""The kinds of record: `(writes, goto)`, a tuple of Interrupts, answers by question id, the repr of an exception."""


@dataclass(slots=True)
class Run:
    """One call: what came in, who listens, and what came out.

    Attributes:
        input: A state to begin with, None to go on, or a Command that answers.
        config: As it was called with.
        modes: The stream modes somebody listens to.
        inherited: The answers of the task that called this graph from inside a node; None for a run of its own.
        output: The state at the end; None when nothing was ever written.
        interrupts: The questions it stopped at.
    """

    input: Any
    config: dict[str, Any]
    modes: Collection[str] = ()
    inherited: Mapping[str, Any] | None = None
    output: dict[str, Any] | None = None
    interrupts: list[Interrupt] = field(default_factory=list)


@dataclass(slots=True)
class Thread:
    """A thread while it is in hand.

    Attributes:
        schema: Of its state.
        nodes: By name, START among them.
        saver: Keeps it; None when nothing does.
        ns: Where it stands among the graphs that called each other, outermost first.
        config: Names the checkpoint it stands at.
        point: That checkpoint's id.
        step: That checkpoint's number; -2 before the first.
        values: The state.
        next: The frontier.
        joins: For each edge that waits for several nodes, those that have finished.
        records: `(task id, kind)` to what that task did.
        awake: The tasks that have just been answered; None when every open task is to run.
    """

    schema: Schema
    nodes: Mapping[str, Node]
    saver: BaseCheckpointSaver | None
    ns: tuple[str, ...]
    config: dict[str, Any]
    values: dict[str, Any]
    point: str = ""
    step: int = -2
    next: tuple[Planned, ...] = ()
    joins: Mapping[tuple[tuple[str, ...], str], frozenset[str]] = field(default_factory=dict)
    records: dict[tuple[str, str], Any] = field(default_factory=dict)
    awake: set[str] | None = None

    def adopt(self, saved: CheckpointTuple) -> None:
        """Stand where `saved` stands."""
        point = saved.checkpoint
        kept = {key: value for key, value in point.values.items() if key in self.schema.keys}
        self.values |= kept
        self.config, self.point, self.step = saved.config, point.id, saved.metadata["step"]
        self.next, self.joins = point.next, point.joins or {}
        self.records = {(task, kind): value for task, kind, value in saved.pending_writes}

    def task_id(self, turn: Planned) -> str:
        """The id of a turn at the checkpoint the thread stands at: the same however often it is asked for."""
        place = f"{self.point}|{'|'.join(self.ns)}|{turn.name}|{turn.path}"
        digits = hashlib.blake2b(place.encode(), digest_size=16).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def returned(self, task: str) -> tuple[list[tuple[str, Any]], list[str | Send]] | None:
        """The writes and goto of a task that has finished."""
        return self.records.get((task, RETURNED))

    def open_questions(self, task: str) -> tuple[Interrupt, ...]:
        """What a task asks and has not been told."""
        told = self.records.get((task, TOLD), {})
        if self.returned(task):
            return ()
        return tuple(question for question in self.records.get((task, ASKED), ()) if question.id not in told)
