"""Updates of a state, of hilnb's graphs and LangGraph's: what one changes, and writing one by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hilnb.differences import Change, differences
from hilnb.types import Command
from hilnb.widgets.async_nodes import needs_event_loop, wait_on_event_loop
from hilnb.widgets.board import Path


def update_state(graph: Any, config: Mapping[str, Any], values: Mapping[str, Any], coming: Collection[str]) -> None:
    """Write the values as the node that ran last would; each replaces what its key has.

    Args:
        graph: The graph.
        config: Names the thread, or a checkpoint of it.
        values: The new values by key.
        coming: What came next. It still does where nothing would any more: a node that chose its way by
            `Command(goto=…)` is not run again, so it cannot choose once more.

    Raises:
        Exception: What the graph raises where it cannot take them.
    """
    added = added_to(graph)
    _update(graph, config, {key: {"__overwrite__": value} if key in added else value for key, value in values.items()})
    # What was just written is the newest checkpoint, whichever one it followed.
    newest = {key: value for key, value in config["configurable"].items() if key != "checkpoint_id"}
    if coming and not saved_state(graph, {**config, "configurable": newest}).next:
        _update(graph, {**config, "configurable": newest}, Command(goto=list(coming)))


def _update(graph: Any, config: Mapping[str, Any], values: Any) -> None:
    if needs_event_loop(graph):
        wait_on_event_loop(graph.aupdate_state(config, values))
    else:
        graph.update_state(config, values)


def saved_state(graph: Any, config: Mapping[str, Any]) -> Any:
    """The thread's newest snapshot, with those of the graphs in its nodes."""
    if needs_event_loop(graph):
        return wait_on_event_loop(graph.aget_state(config, subgraphs=True))
    return graph.get_state(config, subgraphs=True)


def added_to(graph: Any) -> Collection[str]:
    """The keys to which an update is added; at any other it replaces what is there."""
    if hasattr(graph, "program"):
        return frozenset(graph.program.schema.reduced)
    channels = getattr(graph, "channels", {}).items()
    return [name for name, channel in channels if type(channel).__name__ == "BinaryOperatorAggregate"]


def added_by_graph(graph: Any) -> dict[Path, Collection[str]]:
    """The same of a graph, at `()`, and of those in its nodes, by the node's path."""
    inner = graph.get_subgraphs(recurse=True)
    return {(): added_to(graph), **{tuple(place.split("|")): added_to(each) for place, each in inner}}


def changes_of(update: Any, state: Any, added: Collection[str] | None) -> list[Change] | None:
    """What a node's update changes; None where it only sets keys that had no value, or adds to them, or nobody knows.

    >>> changes_of({"city": "Oslo", "log": ["b"]}, {"city": "Rome", "log": ["a"]}, ["log"])[0]
    Change(where=('city',), kind='changed', before='Rome', after='Oslo')
    >>> changes_of({"log": ["b"]}, {"log": ["a"]}, ["log"])
    """
    if not isinstance(update, Mapping) or not isinstance(state, Mapping) or added is None:
        return None
    replaced = [key for key in update if key not in added and not _is_nothing(state.get(key))]
    changes: list[Change] = []
    for key, value in update.items():
        if key in replaced:
            changes += differences({key: state[key]}, {key: value})
        elif isinstance(value, list):
            changes.append(Change((key,), "items", [], value))
        else:
            changes.append(Change((key,), "new", after=value))
    return changes if replaced else None


def _is_nothing(value: Any) -> bool:
    return value is None or (type(value) in (str, list, dict, tuple) and not value)
