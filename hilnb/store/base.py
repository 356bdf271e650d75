"""The store contract: what a graph remembers across threads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Literal, cast

from hilnb.store.ops import (
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Namespace,
    NamespaceMatchType,
    NamespacePath,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
)

__all__ = [
    "NOT_PROVIDED",
    "BaseStore",
    "GetOp",
    "IndexConfig",
    "InvalidNamespaceError",
    "Item",
    "ListNamespacesOp",
    "MatchCondition",
    "NamespaceMatchType",
    "NamespacePath",
    "NotProvided",
    "Op",
    "PutOp",
    "Result",
    "SearchItem",
    "SearchOp",
    "TTLConfig",
]


class InvalidNamespaceError(ValueError):
    """A namespace is not a tuple of words that every store can keep."""


class NotProvided(Enum):
    """The kind of NOT_PROVIDED."""

    NOT_PROVIDED = "not provided"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return self.name


NOT_PROVIDED = NotProvided.NOT_PROVIDED
"""Says "the store's default" where None says "never"."""


class BaseStore(ABC):
    """Remembers values across threads. Names and calls are LangGraph's; subclass it and write `batch` and `abatch`.

    A value is a dict under a key in a namespace, a tuple of words such as `("memories", user_id)`. Every other method
    checks what it is given and has the store carry out one operation; each has an async twin.

    Attributes:
        supports_ttl: Whether values can have an end.
        ttl_config: The defaults for that.
    """

    supports_ttl: bool = False
    ttl_config: TTLConfig | None = None

    @abstractmethod
    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Carry out the operations and answer them in their order; reads see what was there before the batch."""

    @abstractmethod
    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """`batch`, awaited."""

    def get(self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None) -> Item | None:
        """The item under a key, or None.

        Args:
            namespace: Where it is.
            key: Its name there.
            refresh_ttl: Whether reading starts its time to live again; as the store says when None.

        Raises:
            InvalidNamespaceError: A label is no string, is empty, or has a period or a NUL in it.
        """
        op = GetOp(_checked(namespace), str(key), self._refreshes(refresh_ttl))
        return cast("Item | None", self.batch([op])[0])

    async def aget(self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None) -> Item | None:
        """`get`, awaited."""
        op = GetOp(_checked(namespace), str(key), self._refreshes(refresh_ttl))
        return cast("Item | None", (await self.abatch([op]))[0])

    def search(
        self,
        namespace_prefix: Namespace,
        /,
        *,
        query: str | None = None,
        filter: Mapping[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:
        """The items in every namespace that begins with the prefix.

        Args:
            namespace_prefix: Where to look; `()` is everywhere.
            query: What to look for by meaning, nearest first; ignored by a store without an index.
            filter: Fields to values, `{"colour": "red"}`, or to conditions, `{"score": {"$gte": 3}}`: `$eq $ne` for
                any value, `$gt $gte $lt $lte` for numbers. All must hold.
            limit: The most to return.
            offset: How many to leave out first.
            refresh_ttl: As for `get`.

        Raises:
            InvalidNamespaceError: As for `get`.
            ValueError: An operator is unknown.
        """
        op = SearchOp(_checked(namespace_prefix), filter, limit, offset, query, self._refreshes(refresh_ttl))
        return cast("list[SearchItem]", self.batch([op])[0])

    async def asearch(
        self,
        namespace_prefix: Namespace,
        /,
        *,
        query: str | None = None,
        filter: Mapping[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:
        """`search`, awaited."""
        op = SearchOp(_checked(namespace_prefix), filter, limit, offset, query, self._refreshes(refresh_ttl))
        return cast("list[SearchItem]", (await self.abatch([op]))[0])

    def put(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | list[str] | None = None,
        *,
        ttl: float | NotProvided | None = NOT_PROVIDED,
    ) -> None:
        """Keep a value, in place of the key's old one.

        Args:
            namespace: Where, at least one label.
            key: Its name there.
            value: Plain data.
            index: The paths searched by meaning; the store's own when None, nothing when False.
            ttl: Minutes until it is forgotten; None never; the store's default when left out.

        Raises:
            InvalidNamespaceError: As for `get`; or the namespace is empty, or its first label is "langgraph".
            NotImplementedError: There is a `ttl`, and the store cannot forget.
        """
        self.batch([self._putting(PutOp(namespace, str(key), value, index), ttl)])

    async def aput(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | list[str] | None = None,
        *,
        ttl: float | NotProvided | None = NOT_PROVIDED,
    ) -> None:
        """`put`, awaited."""
        await self.abatch([self._putting(PutOp(namespace, str(key), value, index), ttl)])

    def delete(self, namespace: Namespace, key: str) -> None:
        """Forget a key. Nothing happens when it is unknown."""
        self.batch([PutOp(_checked(namespace), str(key), None)])

    async def adelete(self, namespace: Namespace, key: str) -> None:
        """`delete`, awaited."""
        await self.abatch([PutOp(_checked(namespace), str(key), None)])

    def list_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """The namespaces that hold something, sorted.

        Args:
            prefix: What they begin with; "*" stands for any one label.
            suffix: What they end with, likewise.
            max_depth: The most labels to return of each.
            limit: The most to return.
            offset: How many to leave out first.
        """
        op = ListNamespacesOp(_ends(prefix, suffix), max_depth, limit, offset)
        return cast("list[Namespace]", self.batch([op])[0])

    async def alist_namespaces(
        self,
        *,
        prefix: NamespacePath | None = None,
        suffix: NamespacePath | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """`list_namespaces`, awaited."""
        op = ListNamespacesOp(_ends(prefix, suffix), max_depth, limit, offset)
        return cast("list[Namespace]", (await self.abatch([op]))[0])

    def _refreshes(self, asked: bool | None) -> bool:
        return (self.ttl_config or TTLConfig()).get("refresh_on_read", True) if asked is None else asked

    def _putting(self, op: PutOp, ttl: float | NotProvided | None) -> PutOp:
        """The operation, if a store may carry it out, with its time to live."""
        if not op.namespace:
            raise InvalidNamespaceError("put() needs a namespace of one label or more, such as ('memories', user_id).")
        namespace = _checked(op.namespace)
        if namespace[0] == "langgraph":
            raise InvalidNamespaceError(f"Namespace {namespace!r}: LangGraph keeps 'langgraph' for itself. Rename it.")
        if ttl is NOT_PROVIDED:
            ttl = (self.ttl_config or TTLConfig()).get("default_ttl")
        elif ttl is not None and not self.supports_ttl:
            raise NotImplementedError(f"ttl={ttl!r}: {type(self).__name__} cannot forget after a time. Leave ttl out.")
        return op._replace(namespace=namespace, ttl=ttl)


def _ends(prefix: NamespacePath | None, suffix: NamespacePath | None) -> tuple[MatchCondition, ...]:
    ends: tuple[tuple[NamespaceMatchType, NamespacePath | None], ...] = (("prefix", prefix), ("suffix", suffix))
    return tuple(MatchCondition(kind, _checked(path)) for kind, path in ends if path)


def _checked(namespace: Namespace) -> Namespace:
    """The namespace, when every label is good; a list becomes a tuple."""
    if isinstance(namespace, str):
        raise InvalidNamespaceError(f"A namespace is a tuple of words, not one word: write ({namespace!r},).")
    for label in namespace:
        if not isinstance(label, str):
            wrong = f"is of type {type(label).__name__}; labels are strings"
        elif not label:
            wrong = "is empty"
        elif "." in label:
            wrong = "has a period in it, which stores on disk put between labels; use another character"
        elif "\0" in label:
            wrong = "has a NUL character in it"
        else:
            continue
        raise InvalidNamespaceError(f"Namespace {tuple(namespace)!r}: the label {label!r} {wrong}.")
    return tuple(namespace)
