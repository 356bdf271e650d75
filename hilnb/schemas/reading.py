"""From a JSON Schema to the tree of what a person fills in.

It knows what pydantic 2 writes for models, TypedDicts, dataclasses, enums and Literals, and what MCP and LangChain ask
with. What it does not know, or what is not a schema at all, becomes `Raw`: a person can always answer with JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hilnb.schemas.formats import EXAMPLES
from hilnb.schemas.nodes import (
    NOTHING,
    Field,
    File,
    List,
    Map,
    Maybe,
    Moment,
    Node,
    Number,
    Object,
    OneOf,
    Options,
    Raw,
    SomeOf,
    Text,
    Union,
    Variant,
    labels_of,
    problems,
)

DEEPEST = 8
"""Levels of objects and lists inside each other that are shown as fields; what is deeper is asked for as JSON."""

SAME_TWICE = 2
"""How often a schema is opened inside itself before JSON is asked for."""

MOST_NODES = 500
"""Nodes of a whole tree; a schema that branches into itself has very many."""

LONG_FROM = 200
"""A text that may have more characters than this gets several lines; one without a limit gets one line."""

NOT_SHOWN = {"not", "if", "prefixItems", "contains", "patternProperties", "dependentRequired", "dependentSchemas"}
"""Keywords that change what is right, and that no node stands for."""

KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "array": "list",
    "object": "object",
}


def read_schema(schema: Any) -> Node:
    """The tree of a JSON Schema; whatever it is given, it gives one.

    >>> read_schema({"type": "integer", "minimum": 1}).bounds
    'at least 1'
    """
    return _Reader(schema).node(schema)


class _Reader:
    """Reads one schema; `left` is how many more nodes its tree may have."""

    def __init__(self, root: Any) -> None:
        self._root, self._left = root, MOST_NODES

    def node(self, schema: Any, depth: int = 0, opened: tuple[str, ...] = ()) -> Node:
        """The node of a part of the schema, with what its place says of it.

        Args:
            schema: The part.
            depth: How many objects and lists it is in.
            opened: The references on the way to it.
        """
        self._left -= 1
        found, opened = self._found(schema, opened)
        if found is None or self._left < 0 or depth > DEEPEST or NOT_SHOWN & found.keys():
            return self._raw(schema, found)
        node = self._shape(found, depth, opened) or self._raw(schema, found)
        node = replace(
            node,
            title=node.title or _text(found, "title"),
            kind_name=node.kind_name or _text(found, " kind") or _text(found, "title"),
            help=_text(found, "description") or node.help,
        )
        default = found.get("default", NOTHING)
        fits = default is not NOTHING and not any(problems(node, default))
        return replace(node, default=default) if fits else node

    def _raw(self, schema: Any, found: Mapping[str, Any] | None) -> Raw:
        known = found if found is not None else schema if isinstance(schema, Mapping) else {}
        default = known.get("default", NOTHING)
        return Raw(
            schema={key: value for key, value in known.items() if key != " kind"} or None,
            title=_text(known, "title"),
            kind_name=_text(known, " kind"),
            help=_text(known, "description"),
            default=default,
        )

    def _found(self, schema: Any, opened: tuple[str, ...]) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
        """The schema with its references followed, and those; None when it is no schema, or goes on without end."""
        while isinstance(schema, Mapping) and ("$ref" in schema or "allOf" in schema):
            here = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
            if "$ref" in schema:
                ref = schema["$ref"]
                if "allOf" in schema or not isinstance(ref, str) or opened.count(ref) >= SAME_TWICE:
                    return None, opened
                opened = (*opened, ref)
                target = self._at(ref)
            else:
                both = schema["allOf"]
                target = both[0] if isinstance(both, list) and len(both) == 1 else None
            if not isinstance(target, Mapping):
                return None, opened
            # What stands at the place counts; the title of a model is the name of its kind, and no label.
            named = {" kind": target.get("title", target.get(" kind", ""))} if "title" in target else {}
            schema = {**{key: value for key, value in target.items() if key != "title"}, **named, **here}
        return (schema, opened) if isinstance(schema, Mapping) else (None, opened)

    def _at(self, ref: str) -> Any:
        """What a reference into this schema names; None when there is nothing."""
        here = self._root
        if not ref.startswith("#"):
            return None
        for step in ref[1:].split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            here = here.get(key) if isinstance(here, Mapping) else None
        return here

    def _shape(self, schema: Mapping[str, Any], depth: int, opened: tuple[str, ...]) -> Node | None:
        """The node without what its place says; None where none shows it."""
        if "enum" in schema or "const" in schema:
            return _one_of(schema)
        branches = schema.get("anyOf", schema.get("oneOf"))
        if branches is not None:
            if ("anyOf" in schema and "oneOf" in schema) or "properties" in schema:
                return None
            return self._any_of(branches, schema, depth, opened)
        match schema.get("type", _implied(schema)):
            case "string":
                return _text_node(schema)
            case "integer" | "number" as kind:
                return _number(schema, kind)
            case "boolean":
                return OneOf(options=(("Yes", True), ("No", False)))
            case "array":
                return self._list(schema, depth, opened)
            case "object":
                return self._object(schema, depth, opened)
            case [*kinds]:
                return self._any_of([{**schema, "type": each} for each in kinds], {}, depth, opened)
        return None

    def _any_of(self, branches: Any, schema: Mapping[str, Any], depth: int, opened: tuple[str, ...]) -> Node | None:
        if not isinstance(branches, list) or not branches:
            return None
        nulls = [_is_null(each) for each in branches]
        rest = [each for each, null in zip(branches, nulls) if not null]
        if any(nulls):
            return self._maybe(rest, schema, depth, opened)
        if len(rest) == 1:
            return self.node(rest[0], depth, opened)
        nodes = [self.node(each, depth + 1, opened) for each in rest]
        if all(isinstance(node, OneOf) for node in nodes) and not any(_is_boolean(each) for each in rest):
            return _merged(nodes, rest)
        return Union(variants=_variants(nodes, rest))

    def _maybe(self, rest: list[Any], schema: Mapping[str, Any], depth: int, opened: tuple[str, ...]) -> Node | None:
        inner = self._any_of(rest, schema, depth, opened)
        if inner is None or isinstance(inner, Raw):
            return inner
        kind = inner.kind_name or inner.title
        default = NOTHING if isinstance(inner, Maybe) else inner.default
        return Maybe(inner=replace(inner, title="", help=""), kind_name=kind, help=inner.help, default=default)

    def _list(self, schema: Mapping[str, Any], depth: int, opened: tuple[str, ...]) -> Node | None:
        item = self.node(schema.get("items", {}), depth + 1, opened)
        fewest, most = _whole(schema, "minItems") or 0, _whole(schema, "maxItems")
        if isinstance(item, OneOf) and not _is_boolean(schema["items"]):
            return SomeOf(options=item.options, fewest=fewest, most=most)
        return List(item=item, fewest=fewest, most=most, unique=schema.get("uniqueItems") is True)

    def _object(self, schema: Mapping[str, Any], depth: int, opened: tuple[str, ...]) -> Node | None:
        others = schema.get("additionalProperties", True)
        if schema.get("format") == "file":
            return File(accepts=_text(schema, "contentMediaType"), largest=_whole(schema, "maxLength") or File.largest)
        parts = schema.get("properties", {})
        if not isinstance(parts, Mapping) or not all(isinstance(name, str) for name in parts):
            return None
        if parts:
            required = schema.get("required", ())
            must = required if isinstance(required, (list, tuple)) else ()
            fields = [Field(name, self.node(each, depth + 1, opened), name in must) for name, each in parts.items()]
            return Object(fields=tuple(fields), open=others is True)
        if isinstance(others, Mapping) and others:
            names = self.node({"type": "string", **_mapping(schema, "propertyNames")}, depth + 1, opened)
            fewest, most = _whole(schema, "minProperties") or 0, _whole(schema, "maxProperties")
            if isinstance(names, Text | OneOf):
                return Map(value=self.node(others, depth + 1, opened), name=names, fewest=fewest, most=most)
        return Object(fields=()) if others is False else None


def _one_of(schema: Mapping[str, Any]) -> Node | None:
    """A choice among the values of `enum`, or the one of `const`; their names may stand in `enumNames` (MCP)."""
    values = schema["enum"] if "enum" in schema else [schema["const"]]
    if not isinstance(values, list) or not values:
        return None
    names = schema.get("enumNames")
    titles = names if isinstance(names, list) and len(names) == len(values) else [None] * len(values)
    shown = [(value, title) for value, title in zip(values, titles) if value is not None]
    if not shown or not all(isinstance(value, str | int | float) for value, _ in shown):
        return None
    node = OneOf(options=_options([value for value, _ in shown], [title for _, title in shown]))
    return Maybe(inner=node) if len(shown) < len(values) else node


def _options(values: list[Any], titles: list[Any]) -> Options:
    distinct = {(type(value), value): title for value, title in zip(values, titles)}
    found = [value for _, value in distinct]
    return tuple(zip(labels_of(found, list(distinct.values())), found))


def _merged(nodes: list[Any], schemas: list[Any]) -> OneOf:
    """One choice among all the values of several; a constant may have a title, which is its label."""
    pairs = [
        (("const" in schema and schema.get("title")) or label, value)
        for node, schema in zip(nodes, schemas)
        for label, value in node.options
    ]
    return OneOf(options=_options([value for _, value in pairs], [label for label, _ in pairs]))


def _text_node(schema: Mapping[str, Any]) -> Node:
    form, longest = _text(schema, "format"), _whole(schema, "maxLength")
    shapes = {"binary": "bytes", "base64": "base64", "byte": "base64"}
    if form in shapes or schema.get("contentEncoding") == "base64":
        # A length of base64 text counts its letters: four for three bytes.
        largest = File.largest if longest is None else longest if form == "binary" else longest * 3 // 4
        return File(shape=shapes.get(form, "base64"), accepts=_text(schema, "contentMediaType"), largest=largest)
    if form in ("date", "time", "date-time"):
        return Moment(format=form)
    default = schema.get("default")
    several = form in ("textarea", "multiline") or (isinstance(default, str) and "\n" in default)
    return Text(
        long=several or (not form and longest is not None and longest > LONG_FROM),
        shortest=_whole(schema, "minLength") or 0,
        longest=longest,
        pattern=_pattern(schema),
        format="uri" if form == "url" else form if form in EXAMPLES else "",
    )


def _number(schema: Mapping[str, Any], kind: str) -> Number:
    step = _bound(schema, "multipleOf")
    return Number(
        whole=kind == "integer",
        least=_bound(schema, "minimum"),
        most=_bound(schema, "maximum"),
        above=_bound(schema, "exclusiveMinimum"),
        below=_bound(schema, "exclusiveMaximum"),
        step=step if step and step > 0 else None,
    )


def _variants(nodes: list[Node], schemas: list[Any]) -> tuple[Variant, ...]:
    """The variants of a union, told apart by a name that has another constant in each of them, if there is one."""
    constants = [_constants(node) for node in nodes]
    for name in constants[0]:
        tags = [each.get(name) for each in constants]
        if None not in tags and len({repr(tag) for tag in tags}) == len(tags):
            labels = _distinct([node.kind_name or str(tag[0]) for node, tag in zip(nodes, tags) if tag])
            return tuple(
                Variant(label, _without(node, name), (name, tag[0]))
                for label, node, tag in zip(labels, nodes, tags)
                if tag
            )
    kinds = [node.kind_name or node.title or _kind_word(schema) for node, schema in zip(nodes, schemas)]
    return tuple(Variant(label, node) for label, node in zip(_distinct(kinds), nodes))


def _constants(node: Node) -> dict[str, tuple[Any]]:
    """The fields of an object that can have one value only, each with it in a tuple."""
    if not isinstance(node, Object):
        return {}
    fixed = ((each.name, each.node) for each in node.fields)
    return {name: (of.options[0][1],) for name, of in fixed if isinstance(of, OneOf) and len(of.options) == 1}


def _without(node: Node, name: str) -> Node:
    fields = node.fields if isinstance(node, Object) else ()
    return replace(node, fields=tuple(each for each in fields if each.name != name))  # type: ignore[call-arg]


def _distinct(labels: list[str]) -> list[str]:
    return labels if len({*labels}) == len(labels) else [f"{label} ({n})" for n, label in enumerate(labels, 1)]


def _kind_word(schema: Any) -> str:
    kind = schema.get("type", _implied(schema)) if isinstance(schema, Mapping) else ""
    return KINDS.get(kind, "JSON") if isinstance(kind, str) else "JSON"


def _implied(schema: Mapping[str, Any]) -> str:
    """The type of a schema that does not say it."""
    return "object" if "properties" in schema else "array" if "items" in schema else ""


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and (schema.get("type") == "null" or schema.get("const", "") is None)


def _is_boolean(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "boolean" and "const" not in schema


def _text(schema: Mapping[str, Any], key: str) -> str:
    found = schema.get(key)
    return found if isinstance(found, str) else ""


def _mapping(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = schema.get(key)
    return found if isinstance(found, Mapping) else {}


def _bound(schema: Mapping[str, Any], key: str) -> float | None:
    found = schema.get(key)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def _whole(schema: Mapping[str, Any], key: str) -> int | None:
    found = schema.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _pattern(schema: Mapping[str, Any]) -> str:
    """The pattern, if Python understands it."""
    found = _text(schema, "pattern")
    try:
        re.compile(found)
    except (re.error, RecursionError):
        return ""
    return found
