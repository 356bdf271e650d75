"""The field of what a server or an agent asks: a response to each of its requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from hilnb.payloads import Elicitation, Requested
from hilnb.widgets import page
from hilnb.widgets.prompt import Growing

WORDS = {"accept": "Answer", "decline": "Decline", "cancel": "Cancel the call"}
"""The choices in words."""


class ElicitationField:
    """A row for each request.

    Args:
        kind: What is asked.
        contents: The field of each form that is asked for, by the request's key.
    """

    def __init__(self, kind: Elicitation, contents: Mapping[str, Any]) -> None:
        self._kind = kind
        self.rows = [RequestRow(request, contents.get(request.key)) for request in kind.requests]
        self.control = self.rows[0].choice
        self.box = widgets.VBox([row.box for row in self.rows], layout=widgets.Layout(align_items="stretch"))

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """The controls of all rows, as they are now."""
        return [control for row in self.rows for control in row.inputs]

    def read(self) -> Any:
        """The responses, in the server's shape; what is missing is said at its row."""
        found = {row.key: row.response() for row in self.rows}
        missing = [row for row in self.rows if found[row.key] is None]
        if missing:
            self.control = missing[0].control
            raise ValueError("Nothing was sent yet: see above.")
        return self._kind.answer({key: response for key, response in found.items() if response is not None})


class RequestRow:
    """One request, the choice how to respond, and the form that belongs to an answer."""

    def __init__(self, request: Requested, content: Any) -> None:
        self.key, self._content = request.key, content
        choices = [(_word(each, request), each) for each in request.allowed]
        # A form is there to be filled in. That a page was visited, nobody is taken to have said.
        self.choice = widgets.RadioButtons(options=choices, value=None if content is None else "accept")
        self.choice.description = "Response"
        self.choice.add_class("hilnb-decision")
        self.message = widgets.HTML()
        form = [content.box] if content is not None else []
        self.box = widgets.VBox([widgets.HTML(page.request(request)), self.choice, *form, self.message])
        self.box.add_class("hilnb-action")
        self.control: widgets.DOMWidget = self.choice
        self.choice.observe(self._chosen, "index")

    @property
    def inputs(self) -> list[widgets.DOMWidget]:
        """The choice, and the controls of the form."""
        return [self.choice, *(self._content.inputs if self._content is not None else ())]

    def response(self) -> dict[str, Any] | None:
        """The response as it stands; None when there is none, and then the row says why."""
        try:
            response = self._response()
        except ValueError as problem:
            is_said = self.choice.value is not None and isinstance(self._content, Growing)
            self.message.value = "" if is_said else page.alert(str(problem))
            return None
        self.message.value = ""
        return response

    def _response(self) -> dict[str, Any]:
        if self.choice.value is None:
            self.control = self.choice
            raise ValueError("Choose a response first.")
        if self.choice.value != "accept" or self._content is None:
            return {"action": self.choice.value}
        try:
            return {"action": "accept", "content": self._content.read()}
        finally:
            self.control = self._content.control

    def _chosen(self, _: Any) -> None:
        """Show the form where it is to be filled in; what was typed is kept."""
        if self._content is not None:
            self._content.box.layout.display = "flex" if self.choice.value == "accept" else "none"
        self.message.value = ""


def _word(response: str, request: Requested) -> str:
    """What a choice is called."""
    if response == "accept" and request.wanted is None:
        return "I have been there"
    # Where it is all one can do beside answering, no call need be waiting.
    return "Cancel" if response == "cancel" and "decline" not in request.allowed else WORDS[response]
