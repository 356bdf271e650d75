"""An answer of a known shape in words: its parts by their titles, its values by their labels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hilnb.schemas import File, List, Map, Maybe, Node, Object, OneOf, SomeOf, Union
from hilnb.widgets.visible import visible

NONE = "(none)"


def told(node: Node, answer: Any, label: str = "") -> Iterator[str]:
    """The lines that tell an answer; it fits the node.

    >>> from hilnb.schemas import read_schema
    >>> parts = {"pets": {"items": {"enum": ["cat", "dog"]}}, "age": {"type": "integer"}}
    >>> list(told(read_schema({"properties": parts}), {"pets": ["cat"], "age": 3}))
    ['Pets: cat', 'Age: 3']
    """
    node = node.inner if isinstance(node, Maybe) else node
    parts = () if answer is None else _parts(node, answer)
    if parts is None:
        lines = visible(_text(node, answer)).split("\n")
        first, *more = [f"{visible(label)}: {lines[0]}", *lines[1:]] if label else lines
        yield first
        yield from (f"  {line}" for line in more)
        return
    inset = ""
    if label:
        yield f"{visible(label)}:{'' if parts else f' {NONE}'}"
        inset = "  "
    for name, part, value in parts:
        yield from (f"{inset}{line}" for line in told(part, value, name))


def _parts(node: Node, answer: Any) -> tuple[tuple[str, Node, Any], ...] | None:
    """The parts to tell one by one, each with its label; None when it is told at once."""
    match node:
        case Object(fields=fields):
            return tuple((each.label, each.node, answer[each.name]) for each in fields if each.name in answer)
        case List(item=item):
            return tuple((f"{item.kind_name} {place}".strip(), item, each) for place, each in enumerate(answer, 1))
        case Map(value=part):
            return tuple((name, part, each) for name, each in answer.items())
        case Union(variants=variants):
            variant = variants[node.place(answer) or 0]
            parts = _parts(variant.node, variant.bare(answer))
            return ((variant.label, variant.node, variant.bare(answer)),) if variant.tag else parts
    return None


def _text(node: Node, answer: Any) -> str:
    if answer is None:
        return NONE
    if isinstance(answer, bytes):
        return f"{len(answer):,} bytes"
    match node:
        case OneOf():
            place = node.place(answer)
            return str(answer) if place is None else node.options[place][0]  # a masked one is none of them
        case SomeOf(options=options):
            one = OneOf(options=options)
            return ", ".join(_text(one, each) for each in answer) or NONE
        case File(shape="object"):
            return f"{answer.get('name')}, {answer.get('size')} bytes"
        case File():
            return f"a file, {len(answer):,} letters of base64"
        case Union(variants=variants):
            return _text(variants[node.place(answer) or 0].node, answer)
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
