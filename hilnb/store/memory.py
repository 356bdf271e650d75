"""A store in this process: nothing to set up, gone with the kernel."""

from __future__ import annotations

import copy
import math
import operator
import threading
import time
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hilnb.errors import did_you_mean
from hilnb.store.base import BaseStore
from hilnb.store.embed import Index, Vectors, similarity
from hilnb.store.ops import (
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Namespace,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
)

__all__ = ["InMemoryStore"]

_NO_VECTORS = Vectors({}, {})
_EQUALITY: dict[str, Callable[[Any, Any], bool]] = {"$eq": operator.eq, "$ne": operator.ne}
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


@dataclass(slots=True)
class _Kept:
    item: Item
    vectors: list[array[float]]
    ttl: float | None


class InMemoryStore(BaseStore):
    """Remembers values in memory, for all threads of this process, and may be used from several at once.

    Values are copied when they are put and when they are handed out, so changing a dict changes nothing in the store.

    Args:
        index: Lets `search(query=…)` rank by meaning. Without it a query is ignored.
        ttl: The defaults for how long values stay.
        clock: Tells the time, in seconds since 1970.
    """

    supports_ttl = True

    def __init__(
        self,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.ttl_config = ttl
        self._index = Index(index) if index else None
        self._clock = clock
        self._lock = threading.RLock()
        self._shelves: dict[Namespace, dict[str, _Kept]] = {}
        self._deadlines: dict[tuple[Namespace, str], float] = {}
        self._soonest = math.inf  # no deadline is earlier

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Carry out the operations and answer them in their order; reads see what was there before the batch."""
        own = [_own(op) for op in ops]
        return self._carry_out(own, self._index.embed(own) if self._index else _NO_VECTORS)

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """`batch`, awaited."""
        own = [_own(op) for op in ops]
        return self._carry_out(own, await self._index.aembed(own) if self._index else _NO_VECTORS)

    def _carry_out(self, ops: list[Op], vectors: Vectors) -> list[Result]:
        with self._lock:
            now = self._clock()
            self._forget_expired(now)
            results = [self._read(op, vectors, now) for op in ops]
            for op in ops:
                if isinstance(op, PutOp):
                    self._write(op, vectors, now)
            return results

    def _read(self, op: Op, vectors: Vectors, now: float) -> Result:
        match op:
            case PutOp():
                return None
            case GetOp():
                kept = self._shelves.get(op.namespace, {}).get(op.key)
                return self._hand_out(kept, op, now) if kept else None
            case SearchOp():
                return self._search(op, vectors, now)
            case ListNamespacesOp():
                fits = (name for name in self._shelves if all(_fits(name, end) for end in op.match_conditions or ()))
                return sorted({name[: op.max_depth] for name in fits})[op.offset : op.offset + op.limit]
        raise ValueError(f"batch() takes GetOp, SearchOp, PutOp and ListNamespacesOp, not {type(op).__name__}.")

    def _search(self, op: SearchOp, vectors: Vectors, now: float) -> list[SearchItem]:
        depth = len(op.namespace_prefix)
        found = [
            kept
            for name, shelf in self._shelves.items()
            if name[:depth] == op.namespace_prefix
            for kept in shelf.values()
            if all(_matches(kept.item.value.get(field), wanted) for field, wanted in (op.filter or {}).items())
        ]
        ranked = _ranked(found, vectors.queries.get(op.query or ""))[op.offset : op.offset + op.limit]
        items = [(self._hand_out(kept, op, now), score) for score, kept in ranked]
        return [SearchItem(i.namespace, i.key, i.value, i.created_at, i.updated_at, score) for i, score in items]

    def _hand_out(self, kept: _Kept, op: GetOp | SearchOp, now: float) -> Item:
        if op.refresh_ttl:
            self._start_time(kept, now)
        return replace(kept.item, value=copy.deepcopy(kept.item.value))

    def _write(self, op: PutOp, vectors: Vectors, now: float) -> None:
        shelf = self._shelves.get(op.namespace, {})
        before = shelf.get(op.key)
        if op.value is None:
            if before:
                self._drop(op.namespace, op.key)
            return
        moment = datetime.fromtimestamp(now, UTC)
        item = Item(op.namespace, op.key, dict(op.value), before.item.created_at if before else moment, moment)
        texts = self._index.texts(op) if self._index else []
        shelf[op.key] = kept = _Kept(item, [vectors.texts[text] for text in texts], op.ttl)
        self._shelves[op.namespace] = shelf
        self._start_time(kept, now)

    def _drop(self, namespace: Namespace, key: str) -> None:
        shelf = self._shelves[namespace]
        del shelf[key]
        self._deadlines.pop((namespace, key), None)
        if not shelf:
            del self._shelves[namespace]

    def _start_time(self, kept: _Kept, now: float) -> None:
        place = (kept.item.namespace, kept.item.key)
        if kept.ttl is None:
            self._deadlines.pop(place, None)
        else:
            self._deadlines[place] = now + 60 * kept.ttl
            self._soonest = min(self._soonest, self._deadlines[place])

    def _forget_expired(self, now: float) -> None:
        if now >= self._soonest:
            for namespace, key in [place for place, deadline in self._deadlines.items() if deadline <= now]:
                self._drop(namespace, key)
            self._soonest = min(self._deadlines.values(), default=math.inf)


def _own(op: Op) -> Op:
    """The operation with a value that the caller's later changes cannot reach."""
    if not isinstance(op, PutOp) or op.value is None:
        return op
    place = f"put({op.namespace!r}, {op.key!r}, …)"
    try:
        value = dict(op.value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{place}: a value is a dict, and this is of type {type(op.value).__name__}.") from None
    try:
        return op._replace(value=copy.deepcopy(value))
    except Exception as error:
        raise TypeError(f"{place}: the value cannot be copied ({error}). A store keeps plain data.") from error


def _ranked(found: list[_Kept], query: array[float] | None) -> list[tuple[float | None, _Kept]]:
    """With their scores, the nearest first: an item is as near as its nearest text; without texts it comes last."""
    if query is None:
        return [(None, kept) for kept in found]
    scores = [max((similarity(query, vector) for vector in kept.vectors), default=None) for kept in found]
    return sorted(zip(scores, found), key=lambda pair: -math.inf if pair[0] is None else pair[0], reverse=True)


def _fits(namespace: Namespace, end: MatchCondition) -> bool:
    kind, path = end
    if kind not in ("prefix", "suffix"):
        raise ValueError(f"MatchCondition({kind!r}, …): a namespace is matched by 'prefix' or by 'suffix'.")
    labels, wanted = (namespace, path) if kind == "prefix" else (namespace[::-1], path[::-1])
    return len(labels) >= len(wanted) and all(want in ("*", label) for label, want in zip(labels, wanted))


def _matches(value: Any, wanted: Any) -> bool:
    """Whether a field meets its filter.

    >>> _matches({"size": 3, "tags": ["a"]}, {"size": {"$gt": 2}, "tags": ["a"]})
    True
    """
    if isinstance(wanted, dict):
        if any(name.startswith("$") for name in wanted):
            return all(_holds(value, name, operand) for name, operand in wanted.items())
        return isinstance(value, dict) and all(_matches(value.get(name), want) for name, want in wanted.items())
    if isinstance(wanted, (list, tuple)):
        same_length = isinstance(value, (list, tuple)) and len(value) == len(wanted)
        return same_length and all(map(_matches, value, wanted))
    return bool(value == wanted)


def _holds(value: Any, name: str, operand: Any) -> bool:
    if name in _EQUALITY:
        return bool(_EQUALITY[name](value, operand))
    if name not in _ORDER:
        known = [*_EQUALITY, *_ORDER]
        raise ValueError(f"filter: no operator is called {name!r}{did_you_mean(name, known)}. Use {', '.join(known)}.")
    try:
        limit = float(operand)
    except (TypeError, ValueError) as error:
        raise type(error)(f"filter: {name} compares numbers, and {operand!r} is none.") from None
    try:
        return _ORDER[name](float(value), limit)
    except (TypeError, ValueError):
        return False  # One item without the number is no reason to fail the search.
