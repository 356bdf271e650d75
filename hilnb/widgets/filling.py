"""The form of a schema: one table from the nodes of its tree to the parts of the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from hilnb.schemas import MUST, NOTHING, List, Map, Maybe, Node, Object, Problem, SomeOf, Union, when_empty
from hilnb.widgets.groups import ListPart, MapPart, ObjectPart, OptionalPart, UnionPart
from hilnb.widgets.parts import LEAVES, Part, SomePart

GROUPS: dict[type[Node], Callable[..., Part]] = {
    Object: ObjectPart,
    List: ListPart,
    Map: MapPart,
    Union: UnionPart,
}
"""The part of each node that holds others."""


class FormField:
    """The controls for an answer of a known shape.

    Args:
        tree: The shape.

    Attributes:
        box, control: As in `prompt.Field`.
        listen: Told of every control that is added while the form is open.
    """

    def __init__(self, tree: Node) -> None:
        self.listen: Callable[[widgets.DOMWidget], None] = lambda control: None
        single = isinstance(tree.inner if isinstance(tree, Maybe) else tree, (*LEAVES, SomeOf, Union))
        self.root = self.part(tree, "Answer" if single or isinstance(tree, Maybe) else "")
        self.control = self.root.control
        self.box = widgets.VBox([self.root.box], layout=widgets.Layout(align_items="stretch"))
        self.box.add_class("hilnb-fields")

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """The controls as they are now."""
        return self.root.inputs

    def read(self) -> Any:
        """The answer; what is wrong is said beside each part, and the cursor is to go to the first."""
        wrong: list[widgets.DOMWidget] = []
        answer = self.root.take(wrong)
        if wrong:
            self.control = wrong[0]
            raise ValueError("Nothing was sent yet: see above.")
        return answer

    def show(self, problems: Iterable[Problem]) -> None:
        """Say beside each part what somebody else found wrong with the answer."""
        for place, problem in enumerate(problems):
            part = self.root.at(problem.path)
            part.tell(problem.text)
            if place == 0:
                self.control = part.control

    def part(self, node: Node, label: str, value: Any = NOTHING, required: bool = True) -> Part:
        """The part of a node (as in `groups.Maker`)."""
        value = node.default if value is NOTHING else value
        empty = when_empty(node, required)
        inner = node.inner if isinstance(node, Maybe) else node
        if type(inner) in LEAVES:
            return LEAVES[type(inner)](inner if inner is node else _with_help(inner, node), label, value, empty)
        shrinks = isinstance(node, List | Map | SomeOf) and not node.fewest  # then it is empty without a switch
        if empty is not MUST and not shrinks:
            return OptionalPart(_with_help(inner, node), label, value, empty, self)
        if isinstance(inner, SomeOf):
            return SomePart(inner, label, value)
        return GROUPS[type(inner)](inner, label, value, self)

    def grown(self, part: Part) -> None:
        """Pass on the controls of a new part."""
        for control in part.inputs:
            self.listen(control)


def _with_help(inner: Node, node: Node) -> Node:
    return replace(inner, help=node.help)
