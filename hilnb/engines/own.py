"""hilnb's own engine, for the screens."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hilnb.engines.base import Engine
from hilnb.graph.thread import TOLD
from hilnb.reasons import Ran, why

__all__ = ["OwnEngine"]


class OwnEngine(Engine):
    """Speaks for a graph of hilnb's."""

    @property
    def added(self) -> Collection[str]:
        """The keys that have a reducer."""
        return frozenset(self.graph.program.schema.reduced)

    def answers(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """What was told to the questions of the graph that a config names, by their ids."""
        records = [record for kept in self.graph.checkpointer.list(config) for record in kept.pending_writes]
        return {kind.removeprefix(TOLD): answer for _, kind, answer in records if kind.startswith(TOLD)}

    def turns(self, config: Mapping[str, Any]) -> Sequence[Ran]:
        """What `hilnb.why` tells."""
        return why(self.graph, config)
