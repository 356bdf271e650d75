"""What is done with the ticked rows of a table: one decision for all of them, or one answer."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Protocol

import ipywidgets as widgets

from hilnb.payloads import Approval
from hilnb.widgets import page
from hilnb.widgets.actions import button
from hilnb.widgets.forms import field_for
from hilnb.widgets.prompt import Growing, after_what_was_typed
from hilnb.widgets.question import Question, RefusedAnswerError
from hilnb.widgets.tables import decisions_for_all

Send = Callable[[Callable[[Question], Any]], int]
"""Answers each of the ticked rows with the answer to its question; returns how many."""


class Bar(Protocol):
    """The controls below a table.

    Attributes:
        box: The widgets.
    """

    box: widgets.Box

    def count(self, ticked: int) -> None:
        """Say how many rows are ticked."""


class DecisionBar:
    """Approve or reject what is ticked, with one reason for all.

    Args:
        question: One of the questions.
        send: Answers the ticked rows.
    """

    def __init__(self, question: Question, send: Send) -> None:
        self._send = send
        self.approve = button("Approve the ticked", lambda: self._press(self._approved))
        self.reject = button("Reject the ticked", lambda: self._press(self._rejected))
        self.reason = widgets.Text(description="Reason", placeholder="For all that are rejected; may stay empty")
        self.reason.on_msg(_on_enter(lambda: self._press(self._rejected)))
        self.message = widgets.HTML()
        can = decisions_for_all(question.kind) if isinstance(question.kind, Approval) else ()
        shown = {"approve": (self.approve,), "reject": (self.reject, self.reason)}
        self._row = widgets.HBox([each for decision in can for each in shown[decision]]).add_class("hilnb-actions")
        self.box = widgets.VBox([self._row, self.message]).add_class("hilnb-together-bar")
        _watch(self.box)

    def count(self, ticked: int) -> None:
        """Say how many rows are ticked."""
        for each, word in ((self.approve, "Approve"), (self.reject, "Reject")):
            each.description = f"{word} {_ticked(ticked)}"
            each.disabled = not ticked

    def _press(self, answer: Callable[[Question], Any]) -> None:
        _when_all_is_there(self.box, lambda: _tell(self.message, self._send(answer)))

    def _approved(self, question: Question) -> Any:
        return _decided(question, {"type": "approve"})

    def _rejected(self, question: Question) -> Any:
        reason = self.reason.value.strip()
        return _decided(question, {"type": "reject", **({"message": reason} if reason else {})})


class AnswerBar:
    """One answer for all that are ticked, filled in once.

    Args:
        question: One of the questions.
        send: Answers the ticked rows.
    """

    def __init__(self, question: Question, send: Send) -> None:
        self._question, self._send = question, send
        self.field = field_for(question)
        self.answer = button("Answer the ticked", self._press)
        self.message = widgets.HTML()
        self.answer.layout = widgets.Layout(width="auto", align_self="flex-start")
        self.field.box.children = (*self.field.box.children, self.answer)
        self.box = widgets.VBox([self.field.box, self.message]).add_class("hilnb-form").add_class("hilnb-together-bar")
        for control in self.field.inputs:
            self._listen(control)
        if isinstance(self.field, Growing):
            self.field.listen = self._listen
        _watch(self.box)

    def count(self, ticked: int) -> None:
        """Say how many rows are ticked."""
        self.answer.description = f"Answer {_ticked(ticked)}"
        self.answer.disabled = not ticked

    def _listen(self, control: widgets.DOMWidget) -> None:
        if isinstance(control, widgets.Text):
            control.on_msg(_on_enter(self._press))

    def _press(self) -> None:
        _when_all_is_there(self.box, self._hand_over)

    def _hand_over(self) -> None:
        """Send it; what is wrong with it is said before anything is sent, and what was entered stays in any case."""
        try:
            answer = self.field.read()
            self._question.check(answer)
        except ValueError as problem:
            if isinstance(problem, RefusedAnswerError) and isinstance(self.field, Growing):
                self.field.show(problem.problems)
            self.message.value = page.alert(str(problem))
            self.field.control.focus()
            return
        # A copy for each: what the node of one thread does with it, no other may see.
        _tell(self.message, self._send(lambda question: deepcopy(answer)))


def _ticked(count: int) -> str:
    return f"the ticked ({count})" if count else "the ticked"


def _decided(question: Question, decision: dict[str, Any]) -> Any:
    """The answer that says the same of each action."""
    kind = question.kind
    if not isinstance(kind, Approval):
        raise TypeError(f"{question.who} asks for no decision")
    return kind.answer([dict(decision) for _ in kind.actions])


def _tell(message: widgets.HTML, sent: int) -> None:
    if sent:  # the second click of a double one finds nothing to send
        message.value = page.alert(f"Sent to {sent} thread{'' if sent == 1 else 's'}.", "hilnb-muted")


def _on_enter(press: Callable[[], None]) -> Callable[[Any, dict[str, Any], Any], None]:
    def heard(_: Any, content: dict[str, Any], buffers: Any) -> None:
        if content.get("event") == "submit":
            press()

    return heard


def _watch(box: widgets.Box) -> None:
    box._view_count = 0  # asks the front end to count how often it is on screen


def _when_all_is_there(box: widgets.Box, action: Callable[[], None]) -> None:
    """Act when all ticks and texts have arrived that a click may have overtaken; at once where there is no browser."""
    if box._view_count:
        after_what_was_typed(box, action)
    else:
        action()
