"""What a store is asked and what it answers: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypedDict

__all__ = [
    "GetOp",
    "IndexConfig",
    "Item",
    "ListNamespacesOp",
    "MatchCondition",
    "Namespace",
    "NamespaceMatchType",
    "NamespacePath",
    "Op",
    "PutOp",
    "Result",
    "SearchItem",
    "SearchOp",
    "TTLConfig",
]

Namespace = tuple[str, ...]
NamespacePath = tuple[str, ...]
"""A namespace in which the label "*" stands for any one label."""
NamespaceMatchType = Literal["prefix", "suffix"]
"""Which end of a namespace has to match."""

Value = dict[str, Any]


@dataclass(slots=True, eq=False, repr=False)
class Item:
    """What a store holds under a key.

    Attributes:
        namespace: Where it is.
        key: Unique in its namespace.
        value: A dict.
        created_at: When the key was first put; ISO 8601 text is taken too.
        updated_at: When it was last put.
    """

    namespace: Namespace
    key: str
    value: Value
    created_at: datetime
    updated_at: datetime

    def __post_init__(self) -> None:
        self.namespace = tuple(self.namespace)
        self.created_at = _moment(self.created_at)
        self.updated_at = _moment(self.updated_at)

    def dict(self) -> Value:
        """The item as JSON types."""
        return {
            "namespace": list(self.namespace),
            "key": self.key,
            "value": self.value,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }

    def __eq__(self, other: object) -> bool:
        # A score is no part of what was found.
        return isinstance(other, Item) and _facts(self) == _facts(other)

    def __hash__(self) -> int:
        return hash((self.namespace, self.key))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.dict().items())})"


@dataclass(slots=True, eq=False, repr=False)
class SearchItem(Item):
    """An item that a search found.

    Attributes:
        score: How near it is to the query: 1.0 is the same direction; None when nothing was compared.
    """

    score: float | None = None

    def dict(self) -> Value:
        """The item as JSON types."""
        return {**Item.dict(self), "score": self.score}


class GetOp(NamedTuple):
    """Look a key up. Answered with an Item, or None."""

    namespace: Namespace
    key: str
    refresh_ttl: bool = True


class SearchOp(NamedTuple):
    """Look through every namespace that begins with the prefix. Answered with a list of SearchItem."""

    namespace_prefix: Namespace
    filter: Mapping[str, Any] | None = None
    limit: int = 10
    offset: int = 0
    query: str | None = None
    refresh_ttl: bool = True


class PutOp(NamedTuple):
    """Keep a value, in place of the key's old one; None deletes. `ttl` is in minutes. Answered with None."""

    namespace: Namespace
    key: str
    value: Mapping[str, Any] | None
    index: Literal[False] | list[str] | None = None  # type: ignore[assignment]  # tuples have a method of that name
    ttl: float | None = None


class MatchCondition(NamedTuple):
    """What a namespace begins or ends with."""

    match_type: NamespaceMatchType
    path: NamespacePath


class ListNamespacesOp(NamedTuple):
    """Name the namespaces that meet all conditions, cut to `max_depth` labels. Answered with a sorted list."""

    match_conditions: tuple[MatchCondition, ...] | None = None
    max_depth: int | None = None
    limit: int = 100
    offset: int = 0


Op = GetOp | SearchOp | PutOp | ListNamespacesOp
"""One thing that a store is asked."""

Result = Item | list[SearchItem] | list[Namespace] | None
"""What a store answers to one thing, each kind of question with its own."""


class IndexConfig(TypedDict, total=False):
    """How values are made searchable by meaning.

    Attributes:
        dims: The length of the vectors, for stores that set room aside; memory takes any length.
        embed: A function from a list of texts to a list of vectors, plain or async; or an object with
            `embed_documents` and `embed_query` (and, if it likes, `aembed_documents` and `aembed_query`).
        fields: Paths to the texts: "title", "a.b", "chapters[*].text", "names[-1]", "{title,a.b}"; "$", the default,
            is the whole value as JSON.
    """

    dims: int
    embed: Any
    fields: list[str] | None


class TTLConfig(TypedDict, total=False):
    """How long values stay. The last two are for stores that sweep now and then; memory forgets on time.

    Attributes:
        default_ttl: Minutes for a `put` that says nothing; None for ever.
        refresh_on_read: Whether reading a value starts its time again; True unless set.
        omit_expired: Whether values whose time is over are hidden before they are swept.
        sweep_interval_minutes: How often to sweep.
    """

    default_ttl: float | None
    refresh_on_read: bool
    omit_expired: bool
    sweep_interval_minutes: int | None


def _facts(item: Item) -> tuple[Any, ...]:
    return item.namespace, item.key, item.value, item.created_at, item.updated_at


def _moment(time: datetime | str) -> datetime:
    return datetime.fromisoformat(time) if isinstance(time, str) else time
