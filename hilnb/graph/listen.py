"""How events are shaped for whoever listens: which of them, with what around them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, get_args

from hilnb.errors import did_you_mean
from hilnb.graph.effects import Event
from hilnb.graph.schema import Schema
from hilnb.types import GraphOutput, Interrupt, StreamMode

__all__ = ["Listener", "modes_of"]

MODES = get_args(StreamMode)


@dataclass(slots=True)
class Listener:
    """What a caller of `stream` wants to hear, and how.

    Attributes:
        modes: The stream modes.
        bare: Whether events come without their mode: one mode was asked for, and not in a list.
        nested: Whether nested graphs are heard too.
        typed: Whether events are dicts with `type`, `ns` and `data` (`version="v2"`).
        keys: The keys of the state to tell, or a single one; None for all.
        printed: The modes to print as well.
        schema: What values are made into for `version="v2"`.
    """

    modes: Sequence[str]
    bare: bool
    nested: bool
    typed: bool
    keys: str | Sequence[str] | None
    printed: Sequence[str]
    schema: Schema

    @property
    def heard(self) -> frozenset[str]:
        """All modes that have to be told."""
        return frozenset((*self.modes, *self.printed)) if self.modes or self.printed else frozenset()

    def shape(self, event: Event, own: tuple[str, ...]) -> list[Any]:
        """The event as the caller gets it, in a list; an empty list when it is not for the caller."""
        ns, mode, data = event
        if ns != own and not self.nested:
            return []
        ns = ns[len(own) :]
        data = self._only_keys(mode, data)
        if mode in self.printed:
            print(f"[{mode}]", *ns, data)
        if mode not in self.modes:
            return []
        if self.typed:
            return [self._typed(ns, mode, data)]
        parts = [*([ns] if self.nested else []), *([] if self.bare else [mode]), data]
        return [tuple(parts) if len(parts) > 1 else data]

    def _typed(self, ns: tuple[str, ...], mode: str, data: Any) -> dict[str, Any]:
        typed = {"type": mode, "ns": ns, "data": data}
        if mode == "values":
            interrupts = data.pop("__interrupt__", ()) if isinstance(data, dict) else ()
            typed |= {"data": self._built(data), "interrupts": interrupts}
        elif mode == "checkpoints":
            typed["data"] = self._with_built(data)
        elif mode == "debug" and data["type"] == "checkpoint":
            typed["data"] = {**data, "payload": self._with_built(data["payload"])}
        return typed

    def _with_built(self, checkpoint: dict[str, Any]) -> dict[str, Any]:
        with suppress(Exception):  # before the first step the values need not fit the schema yet
            return {**checkpoint, "values": self._built(checkpoint["values"])}
        return checkpoint

    def _built(self, values: Any) -> Any:
        whole = isinstance(values, dict) and not isinstance(self.keys, str)
        return self.schema.build(values) if whole and not self.schema.is_root else values

    def _only_keys(self, mode: str, data: Any) -> Any:
        if self.keys is None or mode not in ("values", "updates") or not isinstance(data, dict):
            return data
        if mode == "values":
            return self._pick(data)
        return {
            node: self._pick(update) or None if isinstance(update, dict) and node != "__metadata__" else update
            for node, update in data.items()
        }

    def _pick(self, values: dict[str, Any]) -> Any:
        if isinstance(self.keys, str):
            asked = {"__interrupt__": values["__interrupt__"]} if "__interrupt__" in values else None
            return asked or values.get(self.keys)
        wanted = {*(self.keys or ()), "__interrupt__"}
        return {key: value for key, value in values.items() if key in wanted}

    def result(self, values: Any, interrupts: Sequence[Interrupt]) -> Any:
        """What `invoke` returns."""
        if isinstance(values, dict):
            root = self.schema.root
            values = values.get(root) if root is not None else self._pick(values) if self.keys else values
        if self.typed:
            return GraphOutput(self._built(values), tuple(interrupts))
        if not interrupts:
            return values
        return {**(values if isinstance(values, dict) else {}), "__interrupt__": list(interrupts)}


def modes_of(stream_mode: str | Sequence[str]) -> tuple[str, ...]:
    """The modes asked for.

    Raises:
        ValueError: One of them does not exist.
    """
    modes = (stream_mode,) if isinstance(stream_mode, str) else tuple(stream_mode)
    for mode in modes:
        if mode not in MODES:
            raise ValueError(
                f"stream_mode={mode!r} is unknown{did_you_mean(mode, MODES)}. It is one of: {', '.join(MODES)}."
            )
    return modes
