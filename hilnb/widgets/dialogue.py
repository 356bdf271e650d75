"""A form in a terminal: its parts are asked for one after the other, and each is checked at once."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hilnb.payloads import read_json
from hilnb.schemas import (
    MUST,
    NOTHING,
    File,
    List,
    Map,
    Maybe,
    Node,
    Number,
    Object,
    OneOf,
    Raw,
    SomeOf,
    Union,
    when_empty,
)
from hilnb.schemas.formats import read_number
from hilnb.schemas.nodes import Options
from hilnb.widgets.told import told
from hilnb.widgets.visible import visible

YES_OR_NO = OneOf(options=(("y", True), ("n", False)))


class Dialogue:
    """Asks for the parts of an answer.

    Args:
        ask: Shows a prompt and reads a line, as `input` does.
    """

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask

    def fill(self, node: Node, label: str = "Answer", value: Any = NOTHING, required: bool = True) -> Any:
        """The value of a node, NOTHING for none.

        Args:
            node: What is asked for.
            label: What it is called.
            value: What Enter alone gives; the node's default when NOTHING.
            required: Whether there has to be a value.
        """
        value = node.default if value is NOTHING else value
        inner, empty = node.inner if isinstance(node, Maybe) else node, when_empty(node, required)
        if not isinstance(inner, Object | List | Map | Union):
            return self._leaf(inner, label, value, empty)
        if empty is not MUST and not self._leaf(YES_OR_NO, f"Give {label}?", value not in (NOTHING, None), MUST):
            return empty
        return self._group(inner, label, value)

    def _group(self, node: Node, label: str, value: Any) -> Any:
        match node:
            case Object(fields=fields):
                given = value if isinstance(value, dict) else {}
                parts = [(each, given.get(each.name, NOTHING)) for each in fields]
                start = "" if label == "Answer" else f"{label}, "
                filled = {
                    each.name: self.fill(each.node, f"{start}{each.label}", old, each.required) for each, old in parts
                }
                return {name: each for name, each in filled.items() if each is not NOTHING}
            case Union(variants=variants):
                place = None if value is NOTHING else node.place(value)
                kinds = OneOf(options=tuple((each.label, number) for number, each in enumerate(variants)))
                chosen = self._leaf(kinds, label, NOTHING if place is None else place, MUST)
                old = variants[chosen].bare(value) if chosen == place else NOTHING
                return variants[chosen].tagged(self.fill(variants[chosen].node, label, old))
            case Map():
                return self._pairs(node, label, value if isinstance(value, dict) else {})
            case List():
                return self._items(node, label, value if isinstance(value, list) else [])
        raise AssertionError(node)

    def _items(self, node: List, label: str, given: list[Any]) -> list[Any]:
        while True:
            count = self._count(node, label, len(given))
            old = [*given, *[NOTHING] * count][:count]
            given = [self.fill(node.item, f"{label} {place}", each) for place, each in enumerate(old, 1)]
            if not (problem := node.wrong(given)):
                return given
            print(f"{label} {problem}.")

    def _pairs(self, node: Map, label: str, given: dict[str, Any]) -> dict[str, Any]:
        while True:
            count = self._count(node, label, len(given))
            old = [*given.items(), *[(NOTHING, NOTHING)] * count][:count]
            filled = [
                (self.fill(node.name, f"{label} {place}, Name", name), self.fill(node.value, f"{label} {place}", each))
                for place, (name, each) in enumerate(old, 1)
            ]
            if len(dict(filled)) == count:
                return dict(filled)
            print("The same name comes twice.")

    def _count(self, node: List | Map, label: str, given: int) -> int:
        number = Number(whole=True, least=node.fewest, most=node.most)
        return int(self._leaf(number, f"{label}: how many?", max(given, node.fewest), MUST))

    def _leaf(self, node: Node, label: str, value: Any, empty: Any) -> Any:
        """A value typed in one line, asked for until it is right."""
        prompt = f"{visible(label)}{_hint(node)}{'' if empty is MUST else ' (optional)'}{_standing(node, value)}: "
        if node.help:
            print(visible(node.help))
        while True:
            typed = self._ask(prompt)
            if not typed.strip() and (empty is not MUST or value is not NOTHING):
                return empty if value in (NOTHING, None) else value
            try:
                entered = _read(node, typed)
                if not typed.strip():
                    raise ValueError("has to be filled in")
                if problem := node.wrong(entered):
                    raise ValueError(problem)
                return entered
            except (ValueError, OSError) as problem_found:
                print(f"{visible(label)} {problem_found}.")


def _read(node: Node, typed: str) -> Any:
    """What a line stands for."""
    match node:
        case Number(whole=whole):
            return read_number(typed, whole)
        case OneOf(options=options):
            return _value(options, typed)
        case SomeOf(options=options):
            return [_value(options, each) for each in typed.split(",")]
        case Raw():
            return read_json(typed)
        case File():
            path = Path(typed.strip()).expanduser()
            return node.answer(path.name, mimetypes.guess_type(path.name)[0] or "", path.read_bytes())
    return typed


def _value(options: Options, typed: str) -> Any:
    """The value with this label, also in small letters; the text itself where there is none."""
    typed = typed.strip()
    small = {label.casefold(): value for label, value in options}
    return dict(options).get(typed, small.get(typed.casefold(), typed))


def _hint(node: Node) -> str:
    """What may be typed."""
    match node:
        case OneOf(options=options):
            return f" ({', '.join(visible(label) for label, _ in options)})"
        case SomeOf(options=options):
            return f" (some of {', '.join(visible(label) for label, _ in options)}; with commas between)"
        case Raw():
            return " (as JSON)"
        case File():
            return " (the path of a file)"
        case Number() if node.bounds:
            return f" ({node.bounds})"
    return ""


def _standing(node: Node, value: Any) -> str:
    """What Enter alone gives."""
    return "" if value is NOTHING or value is None else f" [{' '.join(told(node, value))}]"
