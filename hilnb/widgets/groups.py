"""The parts of a form that hold other parts: objects, lists, pairs, optional parts, one of several kinds.

What is not on view keeps what was typed into it: a part that was switched off, another variant, a removed item.
"""

from __future__ import annotations

from typing import Any, Protocol

import ipywidgets as widgets

from hilnb.schemas import NOTHING, Field, List, Map, Node, Object, OneOf, Union
from hilnb.widgets import page
from hilnb.widgets.parts import ChoicePart, Part, help_of
from hilnb.widgets.prompt import when_shown
from hilnb.widgets.visible import visible


class Maker(Protocol):
    """Makes the parts of one form."""

    def part(self, node: Node, label: str, value: Any = NOTHING, required: bool = True) -> Part:
        """The part of a node.

        Args:
            node: What is filled in.
            label: What it is called.
            value: What stands there beforehand; its default when NOTHING.
            required: Whether there has to be a value.
        """

    def grown(self, part: Part) -> None:
        """Say that the form has this new part."""


class Group(Part):
    """A part with a title, help, other parts, and a message below them.

    Args:
        node: What is filled in.
        label: The title; "" for none.
    """

    def __init__(self, node: Node, label: str) -> None:
        super().__init__()
        self._title, self._body = widgets.HTML(), widgets.VBox()
        self._title.add_class("hilnb-title")
        self.rename(label)
        self.box = widgets.VBox([self._title, *help_of(node), self._body, self.message])
        self.box.add_class("hilnb-group" if label else "hilnb-whole")

    def rename(self, label: str) -> None:
        """Change the title."""
        self._title.value = label and page.preformatted(visible(label), "hilnb-said")


class ObjectPart(Group):
    """The fields of an object, below each other."""

    def __init__(self, node: Object, label: str, value: Any, maker: Maker) -> None:
        super().__init__(node, label)
        given = value if isinstance(value, dict) else {}
        self.parts = {each.name: _field(each, given, maker) for each in node.fields}
        self._body.children = [part.box for part in self.parts.values()]
        self.control = next((part.control for part in self.parts.values()), self._title)

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """Those of all fields."""
        return [control for part in self.parts.values() for control in part.inputs]

    def take(self, wrong: list[widgets.DOMWidget]) -> Any:
        """The object, without the fields that are empty and may be."""
        self.tell("")
        taken = {name: part.take(wrong) for name, part in self.parts.items()}
        return {name: value for name, value in taken.items() if value is not NOTHING}

    def at(self, path: tuple[Any, ...]) -> Part:
        """The field of that name."""
        return self.parts[path[0]].at(path[1:]) if path and path[0] in self.parts else self


class ListPart(Group):
    """Items that can be added, removed and put back."""

    def __init__(self, node: List, label: str, value: Any, maker: Maker) -> None:
        super().__init__(node, label)
        self.node, self._maker = node, maker
        self.items: list[Item] = []
        self._removed: list[tuple[int, Item]] = []
        name = node.item.kind_name or node.item.title
        self._item_name = f"{name} " if name else ""
        self.add = _small_button(f"Add {name}".strip(), f"Add to {label}")
        self.back = _small_button("Put back", f"Put back what was removed last from {label}")
        self.add.on_click(self._add)
        self.back.on_click(self._put_back)
        buttons = widgets.HBox([self.add, self.back])
        self.box.children = (*self.box.children[:-1], buttons, self.message)
        given = value if isinstance(value, list) else []
        for place in range(max(len(given), node.fewest)):
            self.items.append(self._item(given[place] if place < len(given) else NOTHING))
        self._arrange()

    @property
    def control(self) -> widgets.DOMWidget:
        """The first item's, else the button that adds one."""
        return self.items[0].part.control if self.items else self.add

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """Those of all items, and the buttons."""
        each = [control for item in self.items for control in (*item.part.inputs, item.remove)]
        return [*each, self.add, self.back]

    def take(self, wrong: list[widgets.DOMWidget]) -> Any:
        """The items, in their order."""
        before = len(wrong)
        value = [item.part.take(wrong) for item in self.items]
        problem = self.node.wrong(value) if len(wrong) == before else ""
        self.tell(problem)
        if problem:
            wrong.append(self.control if self.add.layout.display else self.add)
        return value

    def at(self, path: tuple[Any, ...]) -> Part:
        """The item at that place."""
        known = path and isinstance(path[0], int) and path[0] < len(self.items)
        return self.items[path[0]].part.at(path[1:]) if known else self

    def _item(self, value: Any) -> Item:
        item = Item(self._maker.part(self.node.item, "…", value))
        item.remove.on_click(lambda _: self._remove(item))
        return item

    def _add(self, _: Any) -> None:
        item = self._item(NOTHING)
        self.items.append(item)
        self._maker.grown(item.part)
        when_shown(item.part.control, item.part.control.focus)  # first: it is counted from when it is shown
        self._arrange()

    def _remove(self, item: Item) -> None:
        place = self.items.index(item)
        self._removed.append((place, self.items.pop(place)))
        self._arrange()
        self.back.focus()

    def _put_back(self, _: Any) -> None:
        place, item = self._removed.pop()
        self.items.insert(place, item)
        self._arrange()
        item.part.control.focus()

    def _arrange(self) -> None:
        for number, item in enumerate(self.items, 1):
            item.rename(f"{self._item_name}{number}")
        self._body.children = [item.box for item in self.items]
        full = self.node.most is not None and len(self.items) >= self.node.most
        self.add.layout.display = "none" if full else None
        self.back.layout.display = None if self._removed and not full else "none"


class Item:
    """One item of a list, and the button that removes it."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.remove = _small_button("Remove", "")
        self.box = widgets.HBox([part.box, self.remove])
        self.box.add_class("hilnb-item")

    def rename(self, label: str) -> None:
        """Change the label."""
        self.part.rename(label)
        self.remove.tooltip = f"Remove {visible(label)}"


class MapPart(ListPart):
    """Pairs of a name and a value."""

    def __init__(self, node: Map, label: str, value: Any, maker: Maker) -> None:
        self._map = node
        pair = Object(fields=(Field("name", node.name), Field("value", node.value)), kind_name="Entry")
        pairs = [{"name": name, "value": each} for name, each in value.items()] if isinstance(value, dict) else []
        most = List(item=pair, fewest=node.fewest, most=node.most, help=node.help)
        super().__init__(most, label, pairs, maker)

    def take(self, wrong: list[widgets.DOMWidget]) -> Any:
        """The object of the pairs."""
        before = len(wrong)
        pairs = super().take(wrong)
        if len(wrong) > before:
            return NOTHING
        names = [pair["name"] for pair in pairs]
        twice = next((place for place, name in enumerate(names) if name in names[:place]), None)
        if twice is not None:
            part = self.items[twice].part.at(("name",))
            part.tell("This name is there already.")
            wrong.append(part.control)
        return {pair["name"]: pair["value"] for pair in pairs}

    def at(self, path: tuple[Any, ...]) -> Part:
        """The value of that name."""
        for item in self.items:
            if path and item.part.at(("name",)).take([]) == path[0]:
                return item.part.at(("value", *path[1:]))
        return self


class OptionalPart(Part):
    """A part that is there when its checkbox is ticked; it is made when that happens first."""

    def __init__(self, node: Node, label: str, value: Any, empty: Any, maker: Maker) -> None:
        super().__init__()
        self.node, self._value, self._empty, self._maker = node, value, empty, maker
        self.part: Part | None = None
        self.control = widgets.Checkbox(description=visible(label), indent=False)
        self.control.add_class("hilnb-switch")
        self._inside = widgets.VBox()
        self.box = widgets.VBox([self.control, self._inside, self.message])
        self.control.observe(self._switched, "value")
        self.control.value = value is not NOTHING and value is not None

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """The checkbox, and those of the part."""
        return [self.control, *(self.part.inputs if self.part else [])]

    def take(self, wrong: list[widgets.DOMWidget]) -> Any:
        """The part's value, or what none stands for."""
        self.tell("")
        return self.part.take(wrong) if self.control.value and self.part else self._empty

    def rename(self, label: str) -> None:
        """Change the checkbox's description."""
        self.control.description = visible(label)

    def at(self, path: tuple[Any, ...]) -> Part:
        """The part, when it is there."""
        return self.part.at(path) if self.control.value and self.part else self

    def _switched(self, _: Any) -> None:
        if self.control.value and self.part is None:
            self.part = self._maker.part(self.node, "", self._value)
            self.part.box.add_class("hilnb-nested")
            self._inside.children = [self.part.box]
            self._maker.grown(self.part)
        self._inside.layout.display = None if self.control.value else "none"


class UnionPart(Group):
    """A choice among several kinds, and the part of the chosen one; each is made when it is chosen first."""

    def __init__(self, node: Union, label: str, value: Any, maker: Maker) -> None:
        options = tuple((variant.label, number) for number, variant in enumerate(node.variants))
        self._choice = ChoicePart(OneOf(options=options), label)
        super().__init__(node, label)
        self.node, self._maker = node, maker
        self.parts: dict[int, Part] = {}
        place = None if value is NOTHING else node.place(value)
        self._given = (place, NOTHING if place is None else node.variants[place].bare(value))
        self.control = self._choice.control
        self.box.children = (self._choice.box, *self.box.children[1:])
        self.box.remove_class("hilnb-group")
        self.control.observe(self._chosen, "index")
        # Text or number is a matter of form; which of several objects is the person's to say.
        self.control.index = place if place is not None or node.variants[0].tag else 0

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """The choice, and those of the parts made so far."""
        return [self.control, *(control for part in self.parts.values() for control in part.inputs)]

    def take(self, wrong: list[widgets.DOMWidget]) -> Any:
        """The value of the chosen kind, with its tag."""
        self.tell("")
        place = self._choice.take(wrong)
        if place is NOTHING:
            return NOTHING
        before = len(wrong)
        value = self.parts[place].take(wrong)
        return NOTHING if len(wrong) > before else self.node.variants[place].tagged(value)

    def rename(self, label: str) -> None:
        """Change the label of the choice."""
        self._choice.rename(label or "Kind")

    def at(self, path: tuple[Any, ...]) -> Part:
        """Where it leads in the chosen kind; pydantic puts the kind's tag or name into the path."""
        place = self.control.index
        if place is None:
            return self._choice
        part, variant = self.parts[place], self.node.variants[place]
        named = (variant.label, variant.tag[1] if variant.tag else None)
        return part.at(path[1:] if path and path[0] in named else path)

    def _chosen(self, _: Any) -> None:
        place = self.control.index
        if place is not None and place not in self.parts:
            variant = self.node.variants[place]
            value = self._given[1] if self._given[0] == place else NOTHING
            part = self._maker.part(variant.node, "" if isinstance(variant.node, Object) else "Value", value)
            part.box.add_class("hilnb-nested")
            self.parts[place] = part
            self._body.children = [part.box for part in self.parts.values()]
            self._maker.grown(part)
        for number, part in self.parts.items():
            part.box.layout.display = None if number == place else "none"


def _field(field: Field, given: dict[str, Any], maker: Maker) -> Part:
    return maker.part(field.node, field.label, given.get(field.name, NOTHING), field.required)


def _small_button(label: str, title: str) -> widgets.Button:
    button = widgets.Button(description=visible(label), tooltip=visible(title))
    button.layout = widgets.Layout(width="auto", flex="none")
    button.add_class("hilnb-small")
    return button
