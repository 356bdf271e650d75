"""Setting keys of a saved state, of hilnb's graphs and LangGraph's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hilnb.widgets.async_nodes import needs_event_loop, wait_on_event_loop


def update_state(graph: Any, config: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Write the values as the node that ran last would; each replaces what its key has.

    Raises:
        Exception: What the graph raises where it cannot take them.
    """
    reduced = _reduced(graph)
    update = {key: {"__overwrite__": value} if key in reduced else value for key, value in values.items()}
    if needs_event_loop(graph):
        wait_on_event_loop(graph.aupdate_state(config, update))
    else:
        graph.update_state(config, update)


def _reduced(graph: Any) -> Collection[str]:
    """The keys to which an update is added."""
    if hasattr(graph, "program"):
        return frozenset(graph.program.schema.reduced)
    channels = getattr(graph, "channels", {}).items()
    return [name for name, channel in channels if type(channel).__name__ == "BinaryOperatorAggregate"]
