"""Search by meaning: the texts of a value, and the directions an embedding function gives them."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import mul
from typing import Any, NamedTuple

from hilnb.store.ops import IndexConfig, Op, PutOp, SearchOp

__all__ = ["Index", "Vectors", "similarity", "texts_at"]

_STEP = re.compile(r"\[[^\]]*\]|\{[^}]*\}|[^.\[{]+")


class Vectors(NamedTuple):
    """Unit vectors by text. A model may see a question otherwise than a document of the same words."""

    queries: Mapping[str, array[float]]
    texts: Mapping[str, array[float]]


class Index:
    """A store's `index=` setting, ready to use.

    Raises:
        ValueError: There is no embedding function, or only the name of one.
        TypeError: What was given cannot embed, or `fields` is one text.
    """

    def __init__(self, config: IndexConfig) -> None:
        self._fields = _paths(config.get("fields") or ["$"])
        self._embed = _embeddings(config.get("embed"))

    def texts(self, op: PutOp) -> list[str]:
        """What of the value is compared with queries: none, one or more texts."""
        if op.value is None or op.index is False:
            return []
        paths = self._fields if op.index is None else _paths(op.index)
        return [text for path in paths for text in texts_at(op.value, path)]

    def embed(self, ops: Sequence[Op]) -> Vectors:
        """The vectors these operations need: one call for all texts, one for each query."""
        queries, texts = self._wanted(ops)
        asked = [self._embed.embed_query(query) for query in queries]
        return _vectors(queries, asked, texts, self._embed.embed_documents(texts) if texts else [])

    async def aembed(self, ops: Sequence[Op]) -> Vectors:
        """`embed`, awaited; a blocking model works in a thread."""
        queries, texts = self._wanted(ops)
        asked = await asyncio.gather(*(self._awaited("embed_query", query) for query in queries))
        return _vectors(queries, asked, texts, await self._awaited("embed_documents", texts) if texts else [])

    def _wanted(self, ops: Sequence[Op]) -> tuple[list[str], list[str]]:
        queries = dict.fromkeys(op.query for op in ops if isinstance(op, SearchOp) and op.query)
        texts = dict.fromkeys(text for op in ops if isinstance(op, PutOp) for text in self.texts(op))
        return list(queries), list(texts)

    async def _awaited(self, method: str, given: Any) -> Any:
        twin = getattr(self._embed, f"a{method}", None)
        return await (twin(given) if twin else asyncio.to_thread(getattr(self._embed, method), given))


class _Function:
    """An embedding function under the names that an embedding object has."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def embed_documents(self, texts: list[str]) -> Any:
        vectors = self._function(texts)
        if inspect.iscoroutine(vectors):
            vectors.close()
            raise ValueError(
                "The store's embedding function is async: use `await store.aput(…)` and `await store.asearch(…)`, "
                "or give the index a plain function."
            )
        return vectors

    def embed_query(self, text: str) -> Any:
        return _counted(self.embed_documents([text]), [text])[0]

    async def aembed_documents(self, texts: list[str]) -> Any:
        vectors = await asyncio.to_thread(self._function, texts)
        return await vectors if inspect.isawaitable(vectors) else vectors

    async def aembed_query(self, text: str) -> Any:
        return _counted(await self.aembed_documents([text]), [text])[0]


def texts_at(value: Any, path: str) -> list[str]:
    """The texts at a path, in their order; a missing field has none.

    >>> texts_at({"list": [{"text": "one"}, {"text": 2}, {}]}, "list[*].text")
    ['one', '2']
    >>> texts_at({"b": 1, "a": None}, "$")
    ['{"a": null, "b": 1}']
    """
    found = [value] if path in ("", "$") else _reach(value, _STEP.findall(path))
    return [_text(end) for end in found if isinstance(end, (str, int, float, Mapping, list))]


def similarity(one: array[float], other: array[float]) -> float:
    """The cosine of the angle between two unit vectors: 1.0 is the same direction."""
    if len(one) != len(other):
        raise ValueError(
            f"The embedding function gave vectors of {len(one)} and of {len(other)} numbers, which cannot be compared: "
            "it must give one length for every text."
        )
    return float(sum(map(mul, one, other)))


def _reach(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    for inner in _inside(value, steps[0]):
        yield from _reach(inner, steps[1:])


def _inside(value: Any, step: str) -> Iterable[Any]:
    if step.startswith("{"):
        return (end for field in step[1:-1].split(",") for end in _reach(value, _STEP.findall(field.strip())))
    if isinstance(value, list):
        if step in ("*", "[*]"):
            return value
        place = int(step[1:-1]) if re.fullmatch(r"\[-?\d+\]", step) else len(value)
        return [value[place]] if -len(value) <= place < len(value) else []
    if isinstance(value, Mapping):
        return value.values() if step == "*" else [value[step]] if step in value else []
    return []


def _text(value: Any) -> str:
    if isinstance(value, (Mapping, list)):
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return str(value)


def _paths(fields: Sequence[str]) -> Sequence[str]:
    if isinstance(fields, str):
        raise TypeError(f"An index takes a list of paths, not one text: write [{fields!r}].")
    return fields


def _embeddings(embed: Any) -> Any:
    if hasattr(embed, "embed_documents") and hasattr(embed, "embed_query"):
        return embed
    if callable(embed):
        return _Function(embed)
    kind = ValueError if embed is None or isinstance(embed, str) else TypeError
    raise kind(
        f"index={{'embed': …}}: an object of type {type(embed).__name__} cannot embed. Give a function from a list of "
        "texts to a list of vectors, or an object with embed_documents and embed_query."
    )


def _vectors(queries: list[str], asked: Iterable[Any], texts: list[str], told: Collection[Any]) -> Vectors:
    told = _counted(told, texts)
    return Vectors(dict(zip(queries, map(_unit, asked))), dict(zip(texts, map(_unit, told))))


def _counted(vectors: Any, texts: Collection[str]) -> Any:
    if len(vectors) != len(texts):
        raise ValueError(
            f"The embedding function gave {len(vectors)} vectors for {len(texts)} texts; it must give one each."
        )
    return vectors


def _unit(vector: Iterable[float]) -> array[float]:
    numbers = [float(number) for number in vector]
    length = math.hypot(*numbers)
    return array("d", [number / length for number in numbers] if length else numbers)
