"""From a question to its form: one table, and the fields that are a single control."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from hilnb.payloads import Approval, Choice, Data, Elicitation, Form, Kind, Words, asked_in
from hilnb.schemas import Raw
from hilnb.widgets import page
from hilnb.widgets.approving import ApprovalField
from hilnb.widgets.eliciting import ElicitationField
from hilnb.widgets.filling import FormField
from hilnb.widgets.parts import schema_of
from hilnb.widgets.prompt import Field, Prompt
from hilnb.widgets.question import Question
from hilnb.widgets.record import one_line, readable
from hilnb.widgets.together import TogetherField
from hilnb.widgets.tree import tree
from hilnb.widgets.visible import visible

RADIO_BUTTONS_UP_TO = 6
"""Options that are all on view; more go into a Dropdown."""


Maker = Callable[[Question], Any]
"""From a question to its field, or to one control; None for a question that is not its own."""

_registered: dict[str, Maker] = {}


def register(make: Maker) -> Maker:
    """Use a form of one's own for some questions; as a decorator, on a function from a question to its controls.

    The function returns None for a question that is not its own; else a control of ipywidgets that has a value, which
    is the answer, or a field (`prompt.Field`). The one registered last is asked first; a function that is registered
    again, as when its cell is run again, takes its own place.

    >>> @register
    ... def colour(question):
    ...     if question.value == "Which colour?":
    ...         return widgets.ColorPicker(value="#0000ff")

    Raises:
        TypeError: It is not a function of one question.
    """
    try:
        inspect.signature(make).bind("a question")
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"register({make!r}): give a function that takes one question and returns a control, a field, or None "
            f"for a question that is not its own ({error})."
        ) from None
    name = f"{make.__module__}.{getattr(make, '__qualname__', repr(make))}"
    _registered.pop(name, None)
    _registered[name] = make
    return make


def form_of(question: Question, answer: Callable[[Question, Any], None]) -> Prompt:
    """The form that a question gets.

    Args:
        question: What is asked.
        answer: As for `Prompt`.
    """
    field, failed = _own_field(question)
    form = Prompt(question, _asked(question, question.who), field or field_of(question.kind), answer)
    if failed:
        form.tell(failed)
    return form


def _own_field(question: Question) -> tuple[Field | None, str]:
    """The field that a registered function makes for a question, and what is wrong with those that failed."""
    failed = ""
    for name, make in reversed(_registered.items()):
        try:
            made = make(question)
            if made is not None:
                return (made if isinstance(made, Field) else ControlField(made)), failed
        except Exception as error:  # a person's question is not lost for a mistake in somebody's form
            failed = f"The form registered as {name} cannot be used; this is the usual one. {one_line(error)}"
    return None, failed


def form_of_all(questions: Sequence[Question], answer: Callable[[Question, Any], None]) -> Prompt:
    """One form for several questions of one run of a node.

    Args:
        questions: What is asked.
        answer: As for `Prompt`; takes the first question, and the list of the answers.
    """
    fields = [field_for(question) for question in questions]
    together = TogetherField([_asked(question, "") for question in questions], fields)
    asked = page.asks(f"{questions[0].node} asks {len(questions)} things at once")
    return Prompt(questions[0], asked, together, answer)


def field_for(question: Question) -> Field:
    """The field of a question without the rest of its form: a registered one, or that of its kind."""
    return _own_field(question)[0] or field_of(question.kind)


def field_of(kind: Kind) -> Field:
    """The field that a kind of answer gets."""
    make = next(make for each, make in FIELDS.items() if isinstance(kind, each))
    return make(kind)


def _asked(question: Question, who: str) -> str:
    """The head of the form. An approval shows its actions one by one, each above its decision."""
    asks = page.asks(f"{who} asks") if who else ""
    match question.kind:
        case Approval(actions):
            count, may_run = len(actions), any(not {"approve", "edit"}.isdisjoint(each.allowed) for each in actions)
            said = "May this run?" if count == 1 else f"May these {count} run? Each needs its own decision."
            said = said if may_run else f"{'This is' if count == 1 else 'These are'} not run here. What is the result?"
            return asks + page.preformatted(said, "hilnb-said")
        case Elicitation(tool=tool):
            said = f"A server asks, in the middle of a call of {visible(tool)}:"
            return asks + page.preformatted(said, "hilnb-said") if tool else asks
    value = asked_in(question.value)
    shown = tree(value) if isinstance(value, (Mapping, list, tuple)) and value else None
    return asks + (shown or page.preformatted(readable(value), "hilnb-said"))


class TextField:
    """One line of text; Enter submits it."""

    def __init__(self, kind: Words) -> None:
        self.control = widgets.Text(description="Answer", placeholder="Type your answer")
        self.control.layout = widgets.Layout(width="auto", flex="1 1 140px", min_width="0", margin="2px 8px 2px 0")
        self.inputs = [self.control]
        self.box = widgets.HBox(self.inputs, layout=widgets.Layout(flex_flow="row wrap"))

    def read(self) -> str:
        """The text as typed."""
        return typed(self.control)


class ControlField:
    """Any one control of ipywidgets; its value is the answer.

    Raises:
        TypeError: It has no value, or cannot be disabled.
    """

    def __init__(self, control: Any) -> None:
        if not isinstance(control, widgets.DOMWidget) or not control.has_trait("value"):
            raise TypeError(
                f"A registered form returned {control!r}: expected a control with a value, like ipywidgets.Text(), "
                "a field with box, inputs, control and read(), or None."
            )
        self.control, self.inputs = control, [control]
        if control.has_trait("description"):
            control.description = control.description or "Answer"
        self.box = widgets.VBox(self.inputs, layout=widgets.Layout(align_items="flex-start"))

    def read(self) -> Any:
        """The control's value."""
        if self.control.value is None or self.control.value == "":
            raise ValueError("Give an answer first.")
        return self.control.value


class ChoiceField:
    """One of a few values; none is chosen beforehand."""

    def __init__(self, kind: Choice) -> None:
        self._values = [value for _, value in kind.options]
        labels = [visible(label) for label, _ in kind.options]
        few = len(labels) <= RADIO_BUTTONS_UP_TO
        kind_of_control = widgets.RadioButtons if few else widgets.Dropdown
        self.control = kind_of_control(options=labels, index=None, description="Answer")
        self.control.layout = widgets.Layout(width="auto", max_width="100%")
        self.inputs = [self.control]
        self.box = widgets.VBox(self.inputs, layout=widgets.Layout(align_items="flex-start"))

    def read(self) -> Any:
        """The value chosen, not its label."""
        # By its place: True and 1 are equal, and would be taken for each other.
        if self.control.index is None:
            raise ValueError("Choose one first.")
        return self._values[self.control.index]


class DataField:
    """Several lines of JSON, or of text where no schema is asked for."""

    def __init__(self, kind: Data) -> None:
        self._kind = kind
        self.control = widgets.Textarea(description="Answer", rows=4)
        self.control.layout = widgets.Layout(width="auto", min_width="0", align_self="stretch")
        self.inputs = [self.control]
        hints = schema_of(Raw(schema=kind.schema)) if kind.schema else [widgets.HTML(HOW_TO_WRITE)]
        self.box = widgets.VBox([self.control, *hints], layout=widgets.Layout(align_items="flex-start"))

    def read(self) -> Any:
        """What was typed, as the question's kind reads it."""
        return self._kind.read(typed(self.control))


def typed(control: widgets.Text | widgets.Textarea) -> str:
    """What stands in a text control.

    Raises:
        ValueError: Nothing.
    """
    if not control.value.strip():
        raise ValueError("Type an answer first.")
    return str(control.value)


HOW_TO_WRITE = page.preformatted(
    "JSON is sent as data, anything else as text. Text like 5 or true: put it in quotes.", "hilnb-muted"
)


def _elicitation_field(kind: Elicitation) -> Field:
    wanted = {request.key: request.wanted for request in kind.requests}
    return ElicitationField(kind, {key: field_of(each) for key, each in wanted.items() if each is not None})


FIELDS: Mapping[Any, Callable[[Any], Field]] = {
    Approval: ApprovalField,
    Choice: ChoiceField,
    Data: DataField,
    Elicitation: _elicitation_field,
    Form: lambda kind: FormField(kind.tree),
    Words: TextField,
}
"""The field of each kind of answer."""
