"""What comes next, what ran, what waits, and what tasks have done: as short text."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hilnb.checkpoint.base import Checkpoint, Planned
from hilnb.checkpoint.serde import Serde
from hilnb.constants import START
from hilnb.errors import SerializationError
from hilnb.side_effects import ONCE
from hilnb.types import Interrupt

__all__ = ["record_text", "turns_of", "turns_text"]

_PULLED = "__pregel_pull"


def turns_text(checkpoint: Checkpoint, serde: Serde) -> str:
    """The frontier, the nodes that ran and the joins of a checkpoint; most turns are just the name of their node.

    Raises:
        SerializationError: The input of a turn cannot be kept.
    """
    coming = [
        turn.name
        if turn.arg is None and turn.path == (_PULLED, turn.name)
        else [turn.name, [*turn.path], turn.arg, *([turn.timeout] if turn.timeout else [])]
        for turn in checkpoint.next
    ]
    joins = checkpoint.joins and [
        [[*sources], target, sorted(arrived)] for (sources, target), arrived in checkpoint.joins.items()
    ]
    parts = [coming, [*checkpoint.ran]] if joins is None else [coming, [*checkpoint.ran], [*joins]]
    try:
        return serde.dumps(parts, "the frontier")
    except SerializationError:
        for turn in checkpoint.next:  # to name the place
            serde.dumps(turn.arg, "the run's input" if turn.name == START else f"the input of {turn.name!r}")
        raise


def turns_of(
    text: str, serde: Serde
) -> tuple[tuple[Planned, ...], dict[tuple[tuple[str, ...], str], frozenset[str]] | None, tuple[str, ...]]:
    """The frontier, the joins and the nodes that ran, from their text."""
    coming, ran, *joins = serde.loads(text)
    turns = [
        Planned(turn, (_PULLED, turn)) if type(turn) is str else Planned(turn[0], tuple(turn[1]), *turn[2:])
        for turn in coming
    ]
    waiting = {(tuple(sources), target): frozenset(arrived) for sources, target, arrived in joins[0]} if joins else None
    return tuple(turns), waiting, tuple(ran)


def record_text(kind: str, value: Any, serde: Serde) -> str:
    """What a task has done.

    Raises:
        SerializationError: It cannot be kept.
    """
    if isinstance(value, tuple) and value and isinstance(value[0], Interrupt):
        for question in value:
            _know(question.answer_type, serde)
    name = f"the result of once({kind.removeprefix(ONCE)!r})" if kind.startswith(ONCE) else f"what is {kind!r}"
    try:
        return serde.dumps(value, name)
    except SerializationError:
        of_node = not kind.startswith(ONCE) and isinstance(value, tuple) and value and isinstance(value[0], tuple)
        if of_node:  # name the key
            for key, written in value[0]:
                serde.dumps(written, f"the key {key!r}")
        raise


def _know(answer_type: Any, serde: Serde) -> None:
    """Be ready to keep the type that answers have to fit, so that they are still checked when the thread is read."""
    if isinstance(answer_type, type):
        with suppress(SerializationError):  # a type that has no name in a file is left out; the node asks with it again
            serde.register(answer_type)
