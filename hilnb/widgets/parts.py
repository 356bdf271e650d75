"""The parts of a form that are a single control: a label, the control, help, and below it what is wrong.

A part reads its control and checks it by its node of the schema's tree. What is wrong is said below the control, and
the control is listed, so that the cursor can go to the first one. Nothing is ever cleared.
"""

from __future__ import annotations

import html
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import ipywidgets as widgets

from hilnb.payloads import read_json
from hilnb.schemas import MUST, NOTHING, File, Moment, Node, Number, OneOf, Raw, SomeOf, Text
from hilnb.schemas.formats import EXAMPLES, read_number
from hilnb.widgets import page
from hilnb.widgets.visible import as_editable_json, as_json, visible

RADIO_BUTTONS_UP_TO = 6
"""Options that are all on view; more go into a Dropdown."""

CHECKBOXES_UP_TO = 12
"""The same for several at once; more go into a list to select from."""

SCHEMA_SHOWN_UP_TO = 20_000
"""Characters of a JSON Schema that are shown."""

NO_ANSWER = "No answer"


class Part(ABC):
    """A part of a form.

    Attributes:
        box: All of it.
        control: Where the cursor goes.
    """

    box: widgets.Box
    control: widgets.DOMWidget

    def __init__(self) -> None:
        self.message = widgets.HTML()
        self.message.add_class("hilnb-below")

    @property
    @abstractmethod
    def inputs(self) -> list[widgets.DOMWidget]:
        """The controls that take input."""

    @abstractmethod
    def take(self, wrong: list[widgets.DOMWidget]) -> Any:
        """The value as entered, NOTHING for none; what is wrong is said here, and the control goes into `wrong`."""

    @abstractmethod
    def rename(self, label: str) -> None:
        """Change the label."""

    def at(self, path: tuple[Any, ...]) -> Part:
        """The part that a path leads to, or the last one on the way to it."""
        return self

    def tell(self, problem: str) -> None:
        """Say what is wrong, or that nothing is."""
        said = f"{problem[:1].upper()}{problem[1:]}{'' if problem.endswith('.') else '.'}" if problem else ""
        self.message.value = said and f'<div role="alert">{page.preformatted(visible(said), "hilnb-error")}</div>'


class Leaf(Part):
    """A part with one control.

    Args:
        node: What it takes.
        label: What it is called.
        value: What stands there beforehand; NOTHING for nothing.
        empty: What the value is when nothing is entered; MUST when that is wrong.
    """

    def __init__(self, node: Any, label: str, value: Any = NOTHING, empty: Any = MUST) -> None:
        super().__init__()
        self.node, self._empty = node, empty
        self.control = self._control()
        if value is not NOTHING and value is not None:
            self._fill(value)
        self.rename(label)
        self.box = widgets.VBox([self._row(), *help_of(node), self.message])
        self.box.add_class("hilnb-part")

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """The control."""
        return [self.control]

    def take(self, wrong: list[widgets.DOMWidget]) -> Any:
        """The value of the control, checked."""
        try:
            value = self._value()
        except ValueError as problem:
            self.tell(str(problem))
            wrong.append(self.control)
            return NOTHING
        self.tell("")
        return value

    def rename(self, label: str) -> None:
        """Change the control's description."""
        self.control.description = visible(label) + self._optional

    @property
    def _optional(self) -> str:
        return "" if self._empty is MUST else " (optional)"

    def _row(self) -> widgets.DOMWidget:
        """The control with its label."""
        return self.control

    def _value(self) -> Any:
        entered = self._entered()
        if entered is NOTHING:
            if self._empty is MUST:
                raise ValueError(self._ask)
            if not isinstance(self._empty, str):
                return self._empty
            entered = self._empty
        if problem := self.node.wrong(entered):
            raise ValueError(problem)
        return entered

    _ask = "Fill this in first."

    @abstractmethod
    def _control(self) -> widgets.DOMWidget:
        """The control, empty."""

    @abstractmethod
    def _fill(self, value: Any) -> None:
        """Enter a value that fits."""

    @abstractmethod
    def _entered(self) -> Any:
        """What is entered, NOTHING for nothing; ValueError when it cannot be read."""


class TextPart(Leaf):
    """A text: one line, or several."""

    node: Text

    def _control(self) -> widgets.DOMWidget:
        kind = widgets.Textarea if self.node.long else widgets.Text
        control = kind(placeholder=EXAMPLES.get(self.node.format, ""))
        if self.node.long:
            control.rows = 4
        return control

    def _fill(self, value: Any) -> None:
        self.control.value = value

    def _entered(self) -> Any:
        return self.control.value if self.control.value.strip() else NOTHING


class NumberPart(Leaf):
    """A number, typed: a box for numbers cannot be empty, and changes what it does not like without a word."""

    node: Number

    def _control(self) -> widgets.DOMWidget:
        return widgets.Text(placeholder=", ".join(filter(None, ["whole number" * self.node.whole, self.node.bounds])))

    def _fill(self, value: Any) -> None:
        self.control.value = json.dumps(value)

    def _entered(self) -> Any:
        return read_number(self.control.value, self.node.whole) if self.control.value.strip() else NOTHING


class ChoicePart(Leaf):
    """One of a few values; none is chosen beforehand but a default, or no answer where that is allowed."""

    node: OneOf
    _ask = "Choose one first."

    def _control(self) -> widgets.DOMWidget:
        self._values = [value for _, value in self.node.options]
        labels = [visible(label) for label, _ in self.node.options]
        if self._empty is not MUST:
            self._values, labels = [NOTHING, *self._values], [NO_ANSWER, *labels]
        few = len(labels) <= RADIO_BUTTONS_UP_TO
        control = (widgets.RadioButtons if few else widgets.Dropdown)(options=labels)
        control.index = None if self._empty is MUST else 0
        control.add_class("hilnb-inline")
        return control

    def _fill(self, value: Any) -> None:
        self.control.index = len(self._values) - len(self.node.options) + (self.node.place(value) or 0)

    def _entered(self) -> Any:
        # By its place: True and 1 are equal, and would be taken for each other.
        return NOTHING if self.control.index is None else self._values[self.control.index]


class MomentPart(Leaf):
    """A date, a time, or both: these with their offset from UTC, as JSON Schema wants it."""

    node: Moment
    _ask = "Enter it first."

    def _control(self) -> widgets.DOMWidget:
        kinds = {"date": widgets.DatePicker, "time": widgets.TimePicker, "date-time": widgets.DatetimePicker}
        return kinds[self.node.format]()

    def _fill(self, value: Any) -> None:
        if self.node.format == "date-time":
            self.control.value = datetime.fromisoformat(value).astimezone()
        else:
            read = date.fromisoformat if self.node.format == "date" else time.fromisoformat
            self.control.value = read(value)

    def _entered(self) -> Any:
        return NOTHING if self.control.value is None else self.control.value.isoformat()


class JsonPart(Leaf):
    """Any JSON."""

    node: Raw
    _ask = "Type JSON first."

    def _control(self) -> widgets.DOMWidget:
        examples = {"object": '{"name": "value"}', "array": '["value", 2]'}
        example = examples.get(self.node.kind, '"text", 5, true, ["value", 2] or {"name": "value"}')
        control = widgets.Textarea(rows=3, placeholder=f"JSON, like {example}")
        control.add_class("hilnb-code")
        return control

    def _row(self) -> widgets.DOMWidget:
        return widgets.VBox([self.control, *schema_of(self.node)])

    def _fill(self, value: Any) -> None:
        self.control.value = as_editable_json(value)

    def _entered(self) -> Any:
        if not self.control.value.strip():
            return NOTHING
        try:
            return read_json(self.control.value)
        except ValueError as error:
            raise ValueError(f'This is not JSON: {error}. Text has to be put in quotes: "like this".') from None
        except RecursionError:
            raise ValueError("This is nested too deeply to be read.") from None


class FilePart(Leaf):
    """A file that is uploaded."""

    node: File
    _ask = "Choose a file first."

    def _control(self) -> widgets.DOMWidget:
        self._label, self._chosen = widgets.HTML(), widgets.HTML()
        self._label.add_class("hilnb-label-column")
        control = widgets.FileUpload(accept=self.node.accepts, multiple=False, description="Choose a file")
        control.layout = widgets.Layout(width="auto")
        control.observe(self._was_chosen, "value")
        return control

    def _row(self) -> widgets.DOMWidget:
        self._was_chosen(None)
        row = widgets.HBox([self._label, self.control, self._chosen])
        row.add_class("hilnb-line")
        return row

    def rename(self, label: str) -> None:
        """Change the label beside the button, and the button's title."""
        self.control.tooltip = visible(label)
        self._label.value = page.preformatted(visible(label) + self._optional, "hilnb-said")

    def _was_chosen(self, _: Any) -> None:
        said = f"at most {self.node.largest:,} bytes"
        for each in self.control.value:
            said = f"{visible(each['name'])}, {each['size']:,} bytes"
        self._chosen.value = page.preformatted(said, "hilnb-muted")
        if self.control.value:
            self.take([])

    def _fill(self, value: Any) -> None:
        """Leave it: a file is not chosen beforehand."""

    def _entered(self) -> Any:
        if not self.control.value:
            return NOTHING
        (chosen,) = self.control.value
        return self.node.answer(chosen["name"], chosen["type"], bytes(chosen["content"]))


class SomePart(Part):
    """Some of a few values."""

    def __init__(self, node: SomeOf, label: str, value: Any = NOTHING) -> None:
        super().__init__()
        self.node = node
        self._head = widgets.HTML()
        self._head.add_class("hilnb-label-column")
        self.rename(label)
        chosen = value if isinstance(value, list) else []
        places = [OneOf(options=node.options).place(each) for each in chosen]
        labels = [visible(each) for each, _ in node.options]
        if len(labels) <= CHECKBOXES_UP_TO:
            self._boxes = [
                widgets.Checkbox(place in places, description=each, indent=False) for place, each in enumerate(labels)
            ]
            self._select = None
            self.control, self._inputs = self._boxes[0], [*self._boxes]
            choice = widgets.HBox(self._boxes)
        else:
            self._select = widgets.SelectMultiple(options=labels, index=tuple(p for p in places if p is not None))
            self.control, self._inputs = self._select, [self._select]
            choice = widgets.HBox(self._inputs)
        choice.add_class("hilnb-checks")
        row = widgets.HBox([self._head, choice])
        row.add_class("hilnb-line")
        self.box = widgets.VBox([row, *help_of(node), self.message])
        self.box.add_class("hilnb-part")

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """The checkboxes, or the list to select from."""
        return self._inputs

    def take(self, wrong: list[widgets.DOMWidget]) -> Any:
        """The values chosen, in the order of the options."""
        if self._select is None:
            places = [place for place, each in enumerate(self._boxes) if each.value]
        else:
            places = list(self._select.index)
        value = [self.node.options[place][1] for place in places]
        problem = self.node.wrong(value)
        self.tell(problem)
        if problem:
            wrong.append(self.control)
        return value

    def rename(self, label: str) -> None:
        """Change the label beside them."""
        self._head.value = page.preformatted(visible(label), "hilnb-said")


def help_of(node: Node) -> list[widgets.DOMWidget]:
    """The help of a node, if there is any."""
    if not node.help:
        return []
    shown = widgets.HTML(page.preformatted(visible(node.help), "hilnb-muted"))
    shown.add_class("hilnb-below")
    return [shown]


def schema_of(node: Raw) -> list[widgets.DOMWidget]:
    """A fold with the JSON Schema, where one is known."""
    try:
        text = as_json(node.schema)
    except (TypeError, ValueError, RecursionError):  # it came from somewhere, and may be anything
        return []
    if not node.says_more or len(text) > SCHEMA_SHOWN_UP_TO:
        return []
    fold = f"<details><summary>What it has to look like (JSON Schema)</summary><pre>{html.escape(text)}</pre></details>"
    shown = widgets.HTML(fold)
    shown.add_class("hilnb-below")
    return [shown]


LEAVES: dict[type[Node], Callable[..., Part]] = {
    Text: TextPart,
    Number: NumberPart,
    OneOf: ChoicePart,
    Moment: MomentPart,
    Raw: JsonPart,
    File: FilePart,
}
"""The part of each node that is one control; what an empty one stands for is its last argument."""
