"""Updates of a state: what one changes, and writing one by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hilnb.differences import Change, differences
from hilnb.engines import Engine


def update_state(engine: Engine, config: Mapping[str, Any], values: Mapping[str, Any], coming: Collection[str]) -> None:
    """Write the values as the node that ran last would; each replaces what its key has.

    Args:
        engine: Speaks for the graph.
        config: Names the thread, or a checkpoint of it.
        values: The new values by key.
        coming: What came next. It still does where nothing would any more: a node that chose its way by
            `Command(goto=…)` is not run again, so it cannot choose once more.

    Raises:
        Exception: What the graph raises where it cannot take them.
    """
    added = engine.added
    engine.update(config, {key: {"__overwrite__": value} if key in added else value for key, value in values.items()})
    # What was just written is the newest checkpoint, whichever one it followed.
    newest = {key: value for key, value in config["configurable"].items() if key != "checkpoint_id"}
    if coming and not engine.saved_state({**config, "configurable": newest}).next:
        engine.update({**config, "configurable": newest}, engine.command(goto=list(coming)))


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
