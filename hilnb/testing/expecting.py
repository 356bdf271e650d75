"""What the checks share: making checkpoints, and saying what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hilnb.checkpoint.base import BaseCheckpointSaver, Checkpoint, CheckpointTuple, Planned, Record, config_of, new_id

__all__ = ["expect", "place", "plain", "steps_of", "take", "value_of"]


def expect(found: Any, expected: Any, what: str) -> None:
    """Raise an AssertionError that says what was found, unless it is what was expected."""
    if found != expected:
        raise AssertionError(f"{what}: expected {expected!r}, found {found!r}")


def place(thread: str = "1", ns: str = "") -> dict[str, Any]:
    """The config that names a thread, and a graph in it."""
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ns}}


def take(
    saver: BaseCheckpointSaver,
    config: Mapping[str, Any],
    values: dict[str, Any],
    changed: Collection[str] | None = None,
    writes: Sequence[Record] = (),
    *,
    step: int = 0,
    source: str = "loop",
    parents: Mapping[str, str] | None = None,
    next: tuple[Planned, ...] = (),
) -> dict[str, Any]:
    """Have a checkpoint kept; all its keys are written unless `changed` says which. Returns what `put` returns."""
    point = Checkpoint(new_id(), values, next)
    metadata = {"source": source, "step": step, "parents": dict(parents or {})}
    return saver.put(config, point, metadata, set(values) if changed is None else changed, writes)


def value_of(saver: BaseCheckpointSaver, config: Mapping[str, Any], key: str = "x") -> Any:
    """The value of a key at a checkpoint that has to be there."""
    kept = saver.get_tuple(config)
    if kept is None:
        raise AssertionError(f"the checkpoint {config} is not there")
    return kept.checkpoint.values[key]


def steps_of(kept: Collection[CheckpointTuple]) -> list[int]:
    """The steps of these checkpoints."""
    return [one.metadata["step"] for one in kept]


def plain(kept: CheckpointTuple | None, thread: str = "1") -> Any:
    """All of a checkpoint in a form that can be compared, as if it were of this thread."""
    if kept is None:
        return None
    point = kept.checkpoint
    about = kept.config["configurable"]
    return {
        "config": config_of(thread, about["checkpoint_ns"], about["checkpoint_id"]),
        "checkpoint": (point.id, point.values, point.next, dict(point.joins or {}), point.ran),
        "metadata": kept.metadata,
        "parent": kept.parent_config and kept.parent_config["configurable"]["checkpoint_id"],
        "writes": [tuple(record) for record in kept.pending_writes],
    }
