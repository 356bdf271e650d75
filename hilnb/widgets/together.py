"""The field of several questions that one run of a node asks at once: answered in one form, sent with one click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from hilnb.widgets import page
from hilnb.widgets.prompt import Field, Growing
from hilnb.widgets.question import RefusedAnswerError


class TogetherField:
    """Each question with its own field, and what is missing said beside it.

    Args:
        asked: Each question as HTML.
        fields: The field of each.
    """

    def __init__(self, asked: Sequence[str], fields: Sequence[Field]) -> None:
        self.fields = fields
        self._messages = [widgets.HTML() for _ in fields]
        self.control = fields[0].control
        rows = [
            widgets.VBox([widgets.HTML(html), field.box, message])
            for html, field, message in zip(asked, fields, self._messages)
        ]
        for row in rows:
            row.add_class("hilnb-one")
        self.box = widgets.VBox(rows, layout=widgets.Layout(align_items="stretch"))
        self.box.add_class("hilnb-together")

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """The controls of all fields, as they are now."""
        return [control for field in self.fields for control in field.inputs]

    def refuse(self, place: int, problem: RefusedAnswerError) -> None:
        """Say beside its field why an answer was not taken."""
        field = self.fields[place]
        if isinstance(field, Growing):
            field.show(problem.problems)
        else:
            self._messages[place].value = page.alert(str(problem))
        self.control = field.control

    def read(self) -> list[Any]:
        """The answers, in the order of the questions."""
        answers: list[Any] = []
        missing: list[Field] = []
        for field, message in zip(self.fields, self._messages):
            try:
                answers.append(field.read())
                message.value = ""
            except ValueError as problem:
                missing.append(field)
                message.value = "" if isinstance(field, Growing) else page.alert(str(problem))  # it has said so itself
        if missing:
            self.control = missing[0].control
            raise ValueError("Nothing was sent yet: see above.")
        return answers
