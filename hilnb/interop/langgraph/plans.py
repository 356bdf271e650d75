"""The saver contract in LangGraph's calls: generators that ask for them, and know nothing of blocking and awaiting.

Each yields `(method of LangGraph's saver, arguments…)` and hears what it returned; `list` comes back as a list. Three
more are asked for that LangGraph's savers do not have: `forget`, `size` and `threads`, see `tables`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from typing import Any

from hilnb.checkpoint.base import (
    Checkpoint,
    CheckpointTuple,
    Config,
    Record,
    answered_already,
    config_of,
    go_on_after,
    new_id,
    place_of,
)
from hilnb.checkpoint.frozen import are_unchanging
from hilnb.checkpoint.serde import Serde
from hilnb.checkpoint.sqlite.turns import turns_of, turns_text
from hilnb.errors import SaverError
from hilnb.interop.langgraph.layout import Layout, Step, read_values
from hilnb.interop.langgraph.records import CHANNEL, entries_in, entry_text, records_in, slot

__all__ = ["FORMAT", "PREFIX", "Plan", "Threads"]

Plan = Generator[tuple[Any, ...], Any, Any]
"""Asks for calls of LangGraph's saver, and returns what the call of ours returns."""

PREFIX = "hilnb:"
"""Begins the ids of our threads in LangGraph's saver, so that no graph of LangGraph's has a thread of that name."""

FORMAT = 1
_MOST = 64  # graphs whose newest checkpoint is known
_ALL = {"hilnb": FORMAT}
_FIRST = {"hilnb_first": True}
_TURNS = "turns"
"""The channel of all that is no value: the turns, the metadata and the order of the keys, a line each."""


class Threads:
    """The threads of a LangGraph saver.

    Args:
        serde: Writes and reads values.
    """

    def __init__(self, serde: Serde) -> None:
        self._serde = serde
        self._known: dict[tuple[str, str], tuple[str, Layout]] = {}

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def get_tuple(self, config: Config) -> Plan:
        """The named checkpoint, or the thread's newest; None when there is none."""
        raw = yield "get_tuple", _theirs(config)
        if raw is None:
            return None
        thread, ns, at = _place(raw)
        go_on_after(at)
        kept, layout = self._hand_out(raw, (yield from self._texts(raw, {at: raw})))
        layout.lists = {  # the next step need not read them to see that they have grown
            key: value[:]
            for key, value in kept.checkpoint.values.items()
            if type(value) is list and are_unchanging(value)
        }
        self._remember(thread, ns, at, layout)
        return kept

    def list(
        self,
        config: Config | None,
        filter: Mapping[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Plan:
        """The checkpoints of a thread, or of all threads, newest first."""
        end = before["configurable"].get("checkpoint_id") if before else None
        found = yield from self._raw(_theirs(config) if config else None, end, None if filter else limit)
        around: dict[tuple[str, str], dict[str, Any]] = {}
        for raw in found:
            thread, ns, at = _place(raw)
            around.setdefault((thread, ns), {})[at] = raw
        kept = []
        for raw in found:
            near = around[_place(raw)[:2]]
            texts = yield from self._texts(raw, near)
            kept.append(self._hand_out(raw, texts)[0])
        if filter:
            kept = [one for one in kept if filter.items() <= one.metadata.items()][:limit]
        return kept

    def threads(self) -> Plan:
        """The ids of all threads, the one that began first first."""
        found = yield "list", None, _FIRST, None, None
        began = sorted((raw.metadata["hilnb_began"], _place(raw)[0]) for raw in found if _is_ours(raw))
        return [*dict.fromkeys(thread for _, thread in began)]

    def size(self) -> Plan:
        """How much is kept, in bytes."""
        return (yield ("size",))

    # ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def put(
        self,
        config: Config,
        checkpoint: Checkpoint,
        metadata: dict[str, Any],
        changed: Collection[str],
        writes: Sequence[Record] = (),
    ) -> Plan:
        """Keep what the parent's tasks did, then the checkpoint; nothing before all of it is known to fit."""
        thread, ns, parent = place_of(config)
        before = (yield from self._layout_at(config)) if parent else None
        step = Step(before or Layout(), checkpoint.id, self._serde)
        step.write(checkpoint.values, changed if before else checkpoint.values)
        about = self._serde.dumps(metadata, "the metadata")
        lines = (turns_text(checkpoint, self._serde), about, json.dumps([*checkpoint.values]))
        step.add(_TURNS, "\n".join(lines).encode())
        done = self._stroke(config, writes)
        if before and writes:
            yield done
        told = {**_told(metadata), **_ALL, "hilnb_began": step.after.began, **({} if before else _FIRST)}
        where = _theirs(config if before else config_of(thread, ns, ""))
        yield "put", where, _document(checkpoint, step), told, dict.fromkeys(step.texts, checkpoint.id)
        self._remember(thread, ns, checkpoint.id, step.after)
        return config_of(thread, ns, checkpoint.id)

    def put_records(self, config: Config, records: Sequence[Record]) -> Plan:
        """Keep what tasks have done, in one stroke."""
        yield self._stroke(config, records)

    def _stroke(self, config: Config, records: Sequence[Record]) -> tuple[Any, ...]:
        """The call that keeps records under a name that nobody else uses."""
        stamp = new_id()
        return "put_writes", _theirs(config), [(CHANNEL, entry_text(stamp, records, self._serde))], stamp

    def put_first(self, config: Config, records: Sequence[Record]) -> Plan:
        """Keep it unless some of it is kept already, whoever kept it.

        Raises:
            AnsweredError: Some of it is kept.
            ValueError: There is no such checkpoint.
        """
        thread, _, checkpoint_id = place_of(config)
        stamp = new_id()
        entry = entry_text(stamp, records, self._serde)
        new = {(task, kind) for task, kind, _ in records}
        while True:
            raw = yield "get_tuple", _theirs(config)
            if raw is None:
                raise ValueError(f"thread {thread!r} has no checkpoint {checkpoint_id}: it was deleted meanwhile.")
            entries = entries_in(raw.pending_writes)
            if any(other.stamp == stamp for other in entries):
                return
            if any(not new.isdisjoint(other.texts) for other in entries):
                raise answered_already(thread)
            yield "put_writes", _theirs(config), [(CHANNEL, entry)], slot(entries)

    # ── keeping house ─────────────────────────────────────────────────────────────────────────────────────────────────

    def delete_thread(self, thread_id: str) -> Plan:
        """Forget the thread."""
        self._known.clear()
        yield "delete_thread", PREFIX + str(thread_id)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> Plan:
        """Keep a copy of the thread, the newest last: a copy that was cut short is the thread as it was before."""
        source, target = str(source_thread_id), str(target_thread_id)
        found = yield from self._raw({"configurable": {"thread_id": PREFIX + source}})
        if source == target or not found:
            return
        yield from self.delete_thread(target)
        there = {_place(raw)[1:] for raw in found}
        began = new_id()
        for raw in sorted(found, key=lambda raw: _place(raw)[2]):
            _, ns, at = _place(raw)
            parent = raw.parent_config["configurable"]["checkpoint_id"] if raw.parent_config else None
            yield _again(raw, (target, ns, parent), {**raw.metadata, "hilnb_began": began}, there)
            for name, channel, content in raw.pending_writes or ():
                yield "put_writes", _theirs(config_of(target, ns, at)), [(channel, content)], name

    def prune(self, thread_ids: Iterable[str] | None, keep: int) -> Plan:
        """Forget all but the newest checkpoints of each graph, and the nested graphs that were called at them."""
        names = (yield from self.threads()) if thread_ids is None else [*map(str, thread_ids)]
        self._known.clear()
        for name in names:
            if keep:
                yield from self._keep_newest(name, keep)
            else:
                yield from self.delete_thread(name)

    def _keep_newest(self, thread: str, keep: int) -> Plan:
        graphs: dict[str, list[Any]] = {}
        for raw in (yield from self._raw({"configurable": {"thread_id": PREFIX + thread}})):
            graphs.setdefault(_place(raw)[1], []).append(raw)
        left: set[tuple[str, str]] = set()
        for ns, found in sorted(graphs.items(), key=lambda graph: len(graph[0])):  # those that call others first
            near = {_place(raw)[2]: raw for raw in found}
            newest = [] if (yield from self._is_orphan(ns, found[0], near, left)) else found[:keep]
            stays = {(ns, _place(raw)[2]) for raw in newest}
            left |= stays
            for raw in newest:
                parent = raw.parent_config
                if parent and (ns, parent["configurable"]["checkpoint_id"]) not in stays:
                    whole = raw._replace(
                        checkpoint={**raw.checkpoint, "channel_values": (yield from self._texts(raw, near))}
                    )
                    yield _again(whole, (thread, ns, None), {**raw.metadata, **_FIRST}, stays)
            old = [at for at in near if (ns, at) not in left]
            yield "forget", PREFIX + thread, ns, old

    def _is_orphan(self, ns: str, raw: Any, near: dict[str, Any], left: Collection[tuple[str, str]]) -> Plan:
        """Whether a nested graph was called at checkpoints that are not left."""
        if ":" not in ns.rpartition("|")[2]:
            return False
        kept, _ = self._hand_out(raw, (yield from self._texts(raw, near)))
        return not all(around in left for around in kept.metadata["parents"].items())

    # ── what LangGraph's saver gave, as ours ──────────────────────────────────────────────────────────────────────────

    def _raw(self, config: dict[str, Any] | None, end: str | None = None, limit: int | None = None) -> Plan:
        """Checkpoints of ours as LangGraph's saver has them, newest first."""
        before = {"configurable": {"checkpoint_id": end}} if end else None
        found = yield "list", config, _ALL, before, limit
        return sorted(filter(_is_ours, found), key=lambda raw: _place(raw)[2], reverse=True)

    def _layout_at(self, config: Config) -> Plan:
        """Where the values of a checkpoint are; None when there is no such checkpoint."""
        thread, ns, at = place_of(config)
        known, layout = self._known.pop((thread, ns), (None, None))
        if known == at:
            return layout
        raw = yield "get_tuple", _theirs(config)
        if raw is None:
            return None
        return self._hand_out(raw, (yield from self._texts(raw, {at or "": raw})))[1]

    def _remember(self, thread: str, ns: str, at: str, layout: Layout) -> None:
        """Know where the values of a graph's newest known checkpoint are, so that the next step need not read it."""
        self._known.pop((thread, ns), None)
        self._known[thread, ns] = (at, layout)
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]

    def _texts(self, raw: Any, near: dict[str, Any]) -> Plan:
        """What a checkpoint has in its channels.

        Some savers keep only what was handed to them with it; the rest is found at the checkpoints that wrote it, or
        once these are forgotten, at one between.

        Args:
            raw: The checkpoint.
            near: Others of its graph, by id; those that are read are added.
        """
        _check(raw)
        found = dict(raw.checkpoint["channel_values"])
        for channel, version in raw.checkpoint["channel_versions"].items():
            if channel not in found:
                found[channel] = yield from self._text(raw, channel, version, near)
        return found

    def _text(self, raw: Any, channel: str, version: str, near: dict[str, Any]) -> Plan:
        thread, ns, at = _place(raw)
        seek: str | None = version
        fresh = False
        while seek:
            if fresh or seek not in near:
                near[seek] = yield "get_tuple", _theirs(config_of(thread, ns, seek))
            other = near[seek]
            if other and other.checkpoint["channel_versions"].get(channel) == version:
                text = other.checkpoint["channel_values"].get(channel)
                if text is not None:
                    return text
            if not fresh:
                seek, fresh = at, True  # from here on up: forgetting moves values to what is left
            else:
                parent = other.parent_config if other else None
                seek = parent["configurable"]["checkpoint_id"] if parent else None
        raise SaverError(f"thread {thread!r}: a part of checkpoint {at} is gone; it was deleted meanwhile.")

    def _hand_out(self, raw: Any, texts: Mapping[str, bytes]) -> tuple[CheckpointTuple, Layout]:
        thread, ns, at = _place(raw)
        if not all(isinstance(text, bytes) for text in texts.values()):
            raise SaverError(f"thread {thread!r}: checkpoint {at} is not what hilnb writes; somebody has changed it.")
        turns, about, keys = texts[_TURNS].decode().split("\n")
        values, pieces = read_values(texts, self._serde)
        is_first = raw.metadata.get("hilnb_first") or not raw.parent_config
        kept = CheckpointTuple(
            config_of(thread, ns, at),
            Checkpoint(at, {key: values[key] for key in json.loads(keys)}, *turns_of(turns, self._serde)),
            self._serde.loads(about),
            None if is_first else config_of(thread, ns, raw.parent_config["configurable"]["checkpoint_id"]),
            records_in(entries_in(raw.pending_writes), self._serde),
        )
        return kept, Layout(dict(raw.checkpoint["channel_versions"]), pieces, {}, raw.metadata["hilnb_began"])


def _theirs(config: Config) -> dict[str, Any]:
    """The config by which LangGraph's saver knows it."""
    thread, ns, at = place_of(config)
    about = {"thread_id": PREFIX + thread, "checkpoint_ns": ns}
    return {"configurable": {**about, "checkpoint_id": at} if at else about}


def _place(raw: Any) -> tuple[str, str, str]:
    """The thread, the graph in it and the checkpoint, as we name them."""
    about = raw.config["configurable"]
    return about["thread_id"].removeprefix(PREFIX), about.get("checkpoint_ns", ""), about["checkpoint_id"]


def _is_ours(raw: Any) -> bool:
    return str(raw.config["configurable"]["thread_id"]).startswith(PREFIX)


def _check(raw: Any) -> None:
    """Refuse what this version has not written."""
    if raw.metadata.get("hilnb") != FORMAT or _TURNS not in raw.checkpoint.get("channel_versions", ()):
        thread, _, at = _place(raw)
        raise SaverError(
            f"thread {thread!r}: checkpoint {at} is not what this version of hilnb writes. Was it written by a newer "
            "one, or changed by somebody?"
        )


def _told(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What LangGraph's own tools may see of the metadata."""
    return {key: metadata[key] for key in ("source", "step") if isinstance(metadata.get(key), (str, int))}


def _document(checkpoint: Checkpoint, step: Step) -> dict[str, Any]:
    """A checkpoint as LangGraph's savers take it. Only what is new is handed over: the rest is there by its version."""
    return {
        "v": 4,  # LangGraph's format; older ones are migrated by its savers
        "id": checkpoint.id,
        "ts": checkpoint.created_at,
        "channel_values": step.texts,
        "channel_versions": step.after.versions,
        "versions_seen": {},
        "updated_channels": None,
    }


def _again(
    raw: Any, place: tuple[str, str, str | None], metadata: dict[str, Any], there: Collection[tuple[str, str]]
) -> tuple[Any, ...]:
    """The call that puts a checkpoint once more, with those of its values whose writers are not there."""
    thread, ns, parent = place
    own = raw.checkpoint["id"]
    new = {
        channel: version
        for channel, version in raw.checkpoint["channel_versions"].items()
        if channel in raw.checkpoint["channel_values"] and (version == own or (ns, version) not in there)
    }
    values = {channel: raw.checkpoint["channel_values"][channel] for channel in new}
    where = _theirs(config_of(thread, ns, parent or ""))
    return "put", where, {**raw.checkpoint, "channel_values": values}, metadata, new
