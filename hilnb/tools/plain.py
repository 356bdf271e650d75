"""JSON Schema from annotations, and a check against it, for where pydantic is not installed."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints

__all__ = ["misfits", "schema_of", "unqualified"]

_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list, tuple),
    "object": (Mapping,),
}


def schema_of(hint: Any) -> dict[str, Any]:
    """The JSON Schema of a type; of one that has none, a schema that allows anything.

    >>> schema_of(list[int] | None)
    {'anyOf': [{'type': 'array', 'items': {'type': 'integer'}}, {'type': 'null'}]}
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        text = next((part for part in args[1:] if isinstance(part, str)), None)
        return {**schema_of(args[0]), **({"description": text} if text else {})}
    if origin is Literal:
        return {"enum": list(args)} | ({"type": "string"} if all(isinstance(arg, str) for arg in args) else {})
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(arg) for arg in args]}
    kind = hint if origin is None else origin
    if kind in _NAMES:
        return {"type": _NAMES[kind]}
    if kind in (list, tuple, set, Sequence):
        return {"type": "array"} | ({"items": schema_of(args[0])} if args else {})
    if kind in (dict, Mapping):
        return {"type": "object"} | ({"additionalProperties": schema_of(args[1])} if args else {})
    if hasattr(kind, "__required_keys__"):  # a TypedDict
        hints = get_type_hints(kind, include_extras=True)
        parts = {name: schema_of(unqualified(hint)) for name, hint in hints.items()}
        return {"type": "object", "properties": parts, "required": sorted(kind.__required_keys__)}
    return {}


def unqualified(hint: Any) -> Any:
    """The type of a TypedDict's key, without what says whether the key has to be there.

    >>> unqualified(NotRequired[int])
    <class 'int'>
    """
    while get_origin(hint) in (Required, NotRequired):
        hint = get_args(hint)[0]
    return hint


def misfits(schema: Mapping[str, Any], value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Where a value does not fit a schema that `schema_of` made, and why: `(place, message)`."""
    if options := schema.get("anyOf"):
        if all(any(misfits(option, value)) for option in options):
            wanted = " or ".join(str(option.get("type", "another value")) for option in options)
            yield place, f"should be {wanted}, got {value!r:.100}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield place, f"should be one of {schema['enum']}, got {value!r:.100}"
        return
    kind = schema.get("type")
    if kind and (not isinstance(value, _PYTHON[kind]) or (isinstance(value, bool) and kind != "boolean")):
        yield place, f"should be {kind}, got {value!r:.100}"
        return
    if kind == "array":
        for n, item in enumerate(value):
            yield from misfits(schema.get("items", {}), item, (*place, n))
    if kind == "object":
        yield from _misfits_inside(schema, value, place)


def _misfits_inside(schema: Mapping[str, Any], value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[Any, str]]:
    for name in schema.get("required", ()):
        if name not in value:
            yield (*place, name), "is missing"
    for name, item in value.items():
        inner = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
        yield from misfits(inner, item, (*place, name))
