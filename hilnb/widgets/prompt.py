"""The form of one question: the question, the controls for the answer, Submit, and a line for messages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import ipywidgets as widgets

from hilnb.schemas import Problem
from hilnb.widgets import page
from hilnb.widgets.question import NothingAskedError, Question, RefusedAnswerError


@runtime_checkable
class Field(Protocol):
    """The controls of an answer; there is one for each kind of answer.

    Attributes:
        box: What is shown between the question and the messages; the Submit button joins it.
        control: Where the cursor goes next.
    """

    box: widgets.Box
    control: widgets.DOMWidget

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """The controls in it that take input."""

    def read(self) -> Any:
        """The answer as entered.

        Raises:
            ValueError: There is none yet; the text says what to do, below the controls.
        """


@runtime_checkable
class Several(Protocol):
    """A field that is made of the fields of several questions."""

    fields: Sequence[Field]


@runtime_checkable
class Growing(Protocol):
    """A field whose controls come and go, and who can say beside them what is wrong.

    Attributes:
        listen: Is told of each new control.
    """

    listen: Callable[[widgets.DOMWidget], None]

    def show(self, problems: Iterable[Problem]) -> None:
        """Say what somebody else found wrong with the answer."""


class Prompt:
    """A form: what all questions have in common, around the field of one kind of answer.

    Args:
        question: What is asked.
        asked: The question as HTML.
        field: The controls of the answer.
        answer: Takes the question and the answer; raises NothingAskedError when another answer came first.
    """

    def __init__(self, question: Question, asked: str, field: Field, answer: Callable[[Question, Any], None]) -> None:
        self.question, self.field, self._answer = question, field, answer
        self._lock, self._pressed = threading.Lock(), False
        self._first = field.control
        self._first._view_count = 0  # asks the front end to count how often it is on screen
        self.submit = widgets.Button(description="Submit", button_style="primary")
        self.submit.layout = widgets.Layout(width="auto", align_self="flex-start")
        self.message, self.foot = widgets.HTML(), widgets.VBox()
        field.box.children = (*field.box.children, self.submit)
        self.box = widgets.VBox([widgets.HTML(asked), field.box, self.message, self.foot])
        self.box.add_class("hilnb-form")
        self.submit.on_click(self._press)
        for control in field.inputs:
            self._listen(control)
        if isinstance(field, Growing):
            field.listen = self._listen

    @property
    def fields(self) -> Sequence[Field]:
        """The field of each question in it."""
        return self.field.fields if isinstance(self.field, Several) else (self.field,)

    @property
    def control(self) -> widgets.DOMWidget:
        """Where the cursor goes next."""
        return self.field.control

    def focus_when_shown(self) -> None:
        """Put the cursor into the form once it is on screen; a message before that would be lost."""
        when_shown(self._first, self._first.focus)

    def tell(self, message: str, style: str = "hilnb-error") -> None:
        """Show a message below the controls."""
        self.message.value = page.alert(message, style)

    def close(self, message: str) -> None:
        """Take no more answers, and say why; what was entered stays to be read."""
        self._freeze(True)
        self.tell(message, "hilnb-muted")

    def shrink(self, html: str) -> None:
        """Show only what was asked and answered: the form has done its work."""
        self.box.children[0].value = html
        self.field.box.layout.display = self.message.layout.display = "none"
        self.box.add_class("hilnb-answered")

    def _freeze(self, frozen: bool) -> None:
        for control in (*self.field.inputs, self.submit):
            control.disabled = frozen

    def _listen(self, control: widgets.DOMWidget) -> None:
        if isinstance(control, widgets.Text):
            control.on_msg(self._on_enter)

    def _on_enter(self, _: widgets.Text, content: dict[str, Any], buffers: Any) -> None:
        # Not on_submit (deprecated), and not a change of the value: that comes from leaving the field, too.
        if content.get("event") == "submit":
            self._press(None)

    def _press(self, _: widgets.Button | None) -> None:
        """Submit was clicked, or Enter pressed; a double click arrives here twice, and the first counts."""
        with self._lock:
            if self._pressed:
                return
            self._pressed = True
        self.close("")
        if self._first._view_count:
            after_what_was_typed(self.box, self._hand_over)
        else:  # pressed from code: no browser holds anything back
            self._hand_over()

    def _hand_over(self) -> None:
        try:
            self._answer(self.question, self.field.read())
        except NothingAskedError as refusal:
            self.close(str(refusal))
        except ValueError as problem:
            self._freeze(False)
            self._pressed = False
            self.tell(self._place(problem))
            self.control.focus()

    def _place(self, problem: ValueError) -> str:
        """Say what is wrong where it is, if the field can, and return what is left to say below the form."""
        if not isinstance(problem, RefusedAnswerError) or not isinstance(self.field, Growing):
            return str(problem)
        self.field.show(problem.problems)
        return "The answer was not used yet: see above."


def when_shown(widget: widgets.DOMWidget, action: Callable[[], None]) -> None:
    """Call `action` once, as soon as the widget is on the screen of a browser."""

    def shown(change: dict[str, Any]) -> None:
        if change["new"]:
            widget.unobserve(shown, "_view_count")
            action()

    widget._view_count = 0
    widget.observe(shown, "_view_count")


def after_what_was_typed(box: widgets.Box, action: Callable[[], None]) -> None:
    """Call `action` when all that the person entered before a click has arrived.

    A click may overtake the text: a control sends a change only after the kernel has confirmed the one before, so with
    a busy kernel or a slow line "g" and the click can arrive before "go to step 3!". By now the kernel has confirmed,
    and messages keep their order; so when the browser reports that it shows a widget we add now, it has sent the rest.
    """
    probe = widgets.Label()

    def arrived() -> None:
        box.children = tuple(child for child in box.children if child is not probe)
        probe.close()
        action()

    when_shown(probe, arrived)
    box.children = (*box.children, probe)
