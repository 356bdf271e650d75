"""Reading a config: which thread it names, what is kept of it, how two of them are put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Config", "merged", "metadata_of", "root_of", "thread_id_of", "thread_of"]

Config = Mapping[str, Any]

_OURS = frozenset({"thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map"})


def merged(config: Config, more: Config) -> dict[str, Any]:
    """A config with another one's parts added; `configurable`, `metadata` and `tags` are merged, the rest replaced."""
    if not isinstance(more, (dict, Mapping)):  # dict first: asking an abstract class takes long
        raise TypeError(f'a config is a dict, {{"configurable": {{"thread_id": "1"}}}}, and not {more!r}.')
    if not more:
        return {**config}
    more = {name: part for name, part in more.items() if part is not None}
    if not config:
        return more
    merged = {**config, **more}
    for part in ("configurable", "metadata"):
        if part in config or part in more:
            merged[part] = {**config.get(part, {}), **more.get(part, {})}
    if config.get("tags") and more.get("tags"):
        merged["tags"] = list(dict.fromkeys([*config["tags"], *more["tags"]]))
    return merged


def metadata_of(config: Config) -> dict[str, Any]:
    """What is kept with every checkpoint: the config's metadata and its own plain values (no keys like `__this`)."""
    configurable = config.get("configurable", {})
    if "metadata" not in config and configurable.keys() <= _OURS:
        return {}
    about = {k: v for k, v in configurable.items() if not k.startswith("__")}
    found = {**about, **config.get("metadata", {})}
    return {k: v for k, v in found.items() if k not in _OURS and isinstance(v, str | int | float | bool)}


def thread_id_of(config: Config) -> str:
    """The name of the thread.

    Raises:
        ValueError: There is none.
    """
    if not isinstance(config, (dict, Mapping)):
        raise TypeError(f'a config is a dict, {{"configurable": {{"thread_id": "1"}}}}, and not {config!r}.')
    name = config.get("configurable", {}).get("thread_id")
    if name is None or name == "":
        raise ValueError(
            "Checkpointer requires one or more of the following 'configurable' keys: thread_id. Say which thread this "
            f'is: {{"configurable": {{"thread_id": "1"}}}}. The config was: {dict(config)!r}.'
        )
    return str(name)


def root_of(where: dict[str, Any], config: Config) -> dict[str, Any]:
    """The outermost graph's part of a config that names a nested one: a run always begins there."""
    if not where["configurable"].get("checkpoint_ns"):
        return where
    around = config["configurable"].get("checkpoint_map", {}).get("")
    return {"configurable": {"thread_id": thread_id_of(config)} | ({"checkpoint_id": around} if around else {})}


def thread_of(config: Config) -> dict[str, Any]:
    """The part of a config that names a thread, and a checkpoint of it."""
    named, about = {"thread_id": thread_id_of(config)}, config["configurable"]
    for part in ("checkpoint_ns", "checkpoint_id") if len(about) > 1 else ():
        if about.get(part) is not None:
            named[part] = about[part]
    return {"configurable": named}
