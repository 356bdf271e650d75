"""The form of one question: the question, a control for the answer, Submit, and a line for messages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from hilnb.widgets import page
from hilnb.widgets.record import readable
from hilnb.widgets.session import NothingAskedError, Question


class Prompt:
    """A one-line text form.

    A form for another kind of answer replaces `control`, and `read`, which gives the answer or raises ValueError
    with the message that belongs beside the control.

    Args:
        question: What is asked.
        answer: Takes the question and the answer; raises NothingAskedError when another answer came first.
    """

    def __init__(self, question: Question, answer: Callable[[Question, Any], None]) -> None:
        self.question, self._answer = question, answer
        self._lock, self._pressed = threading.Lock(), False
        self.control = widgets.Text(description="Answer", placeholder="Type your answer")
        self.control.layout = widgets.Layout(width="auto", flex="1 1 140px", min_width="0", margin="2px 8px 2px 0")
        self.control._view_count = 0  # asks the front end to count how often it is on screen
        self.submit = widgets.Button(description="Submit", button_style="primary", layout=widgets.Layout(width="auto"))
        self.message = widgets.HTML()
        asked = widgets.HTML(page.question(readable(question.value), question.node))
        line = widgets.HBox([self.control, self.submit], layout=widgets.Layout(flex_flow="row wrap"))
        self.box = widgets.VBox([asked, line, self.message])
        self.box.add_class("hilnb-form")
        self.submit.on_click(self._press)
        self.control.on_msg(self._on_enter)

    def focus_when_shown(self) -> None:
        """Put the cursor into the control once it is on screen; a message before that would be lost."""
        when_shown(self.control, self.control.focus)

    def read(self) -> Any:
        """The answer as typed.

        Raises:
            ValueError: There is none yet.
        """
        if not self.control.value.strip():
            raise ValueError("Type an answer first.")
        return self.control.value

    def tell(self, message: str) -> None:
        """Show a message below the control."""
        self.message.value = message and f'<div role="alert">{page.preformatted(message, "hilnb-muted")}</div>'

    def close(self, message: str) -> None:
        """Take no more answers, and say why; what was typed stays to be read."""
        self._freeze(True)
        self.tell(message)

    def _freeze(self, frozen: bool) -> None:
        self.control.disabled = self.submit.disabled = frozen

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
        if self.control._view_count:
            after_what_was_typed(self.box, self._hand_over)
        else:  # pressed from code: no browser holds anything back
            self._hand_over()

    def _hand_over(self) -> None:
        try:
            self._answer(self.question, self.read())
        except NothingAskedError as refusal:
            self.close(str(refusal))
        except ValueError as problem:
            self._freeze(False)
            self._pressed = False
            self.tell(str(problem))
            self.control.focus()


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
