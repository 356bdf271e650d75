"""`why`: in words, which nodes of a thread started more than once, and because of what."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver, place_of
from hilnb.graph.compiled import CompiledStateGraph
from hilnb.graph.thread import RAN, TOLD

__all__ = ["Ran", "Why", "why"]


@dataclass(frozen=True, slots=True)
class Ran:
    """A turn of a node that started more than once.

    Attributes:
        node: The node's name; for a node of a nested graph with the names of those around it, "outer/inner".
        step: The superstep it belongs to, as in the history's metadata.
        starts: Why it started, each time: "it began", "it was answered 'yes'", "it had failed with …", ….
        at: The id of the checkpoint it set out from; for a node of a nested graph, the one of the outermost graph. On a
            thread with branches the step alone does not tell which turn it was.
    """

    node: str
    step: int
    starts: tuple[str, ...]
    at: str = field(default="", repr=False, compare=False)

    @property
    def times(self) -> int:
        """How often it started."""
        return len(self.starts)

    def __str__(self) -> str:
        often = {2: "twice"}.get(self.times, f"{self.times} times")
        return f"{self.node} started {often} in step {self.step}: {', then '.join(self.starts)}."


class Why(list[Ran]):
    """Turns of nodes, oldest first. Printed, or as the last line of a cell, it is prose; always text, never HTML."""

    def __str__(self) -> str:
        if not self:
            return "Every node that ran started once."
        return "\n".join([*(_wrapped(str(ran)) for ran in self), HOW_TO_AVOID])

    __repr__ = __str__


WIDTH = 88
"""Columns that fit under a cell: Jupyter does not wrap text."""

HOW_TO_AVOID = """
A node starts again from its first line when its question is answered or when it is
tried again. What is to happen only once goes into a node of its own before, or into
once("a name", function)."""


def why(graph: CompiledStateGraph, config: Mapping[str, Any] | str) -> Why:
    """Which nodes of a thread started more than once, and because of what.

    Args:
        graph: Compiled with a saver.
        config: The thread's id, or a config that names it.

    Raises:
        ValueError: The graph has no checkpointer, or it is not hilnb's.
    """
    saver = graph.checkpointer
    if not isinstance(saver, BaseCheckpointSaver):
        lack = f"a checkpointer that is not hilnb's ({type(saver).__name__})" if saver else "no checkpointer"
        raise ValueError(f"this graph has {lack}, so nothing is known of earlier runs.")
    thread = config if isinstance(config, str) else place_of(config)[0]
    return Why(reversed([*_ran(graph, saver, thread)]))


def _ran(graph: CompiledStateGraph, saver: BaseCheckpointSaver, thread: str, ns: tuple[str, ...] = ()) -> Iterator[Ran]:
    """The turns of a graph and of those nested in it, newest first."""
    around = "".join(f"{place.partition(':')[0]}/" for place in ns)
    for kept in saver.list({"configurable": {"thread_id": thread, "checkpoint_ns": "|".join(ns)}}):
        at = kept.metadata.get("parents", {}).get("", kept.checkpoint.id)
        answers = {(task, kind): value for task, kind, value in kept.pending_writes if kind.startswith(TOLD)}
        for task, kind, value in kept.pending_writes:
            if kind != RAN:
                continue
            name, starts = value
            node = graph.nodes.get(name)
            nested = node and node.nested
            if nested is not None:
                yield from _ran(nested, saver, thread, (*ns, f"{name}:{task}"))
            if len(starts) > 1 and (
                node is None or nested is None or node.action.given is not nested
            ):  # a nested graph goes on
                said = [_in_words(reason, about, task, answers) for reason, about in starts]
                yield Ran(around + name, kept.metadata["step"] + 1, tuple(said), at)


def _in_words(reason: str, about: Any, task: str, answers: Mapping[tuple[str, str], Any]) -> str:
    if reason == "answered":
        given = ", ".join(_cut(repr(answers.get((task, TOLD + question))), 60) for question in about)
        return f"it was answered {given}"
    if reason == "failed":
        return f"it had failed with {_cut(about, 120)}"
    return "it began" if reason == "began" else "its run was gone on with"


def _cut(text: str, length: int) -> str:
    """At most that many characters of a text, on one line, with a mark where there were more."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _wrapped(text: str) -> str:
    """The text in lines that fit; a word longer than that stays whole."""
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
