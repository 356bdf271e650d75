"""What a person may do with a run as it stands: a row of small buttons."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import ipywidgets as widgets

from hilnb.widgets.question import NothingAskedError
from hilnb.widgets.session import Run


def actions_of(run: Run) -> dict[str, Callable[[], None]]:
    """The words on the buttons, and what they do; what a person most likely wants comes first."""
    match run.status:
        case "running":
            return {"Stop": run.stop}
        case "failed":
            return {"Retry": run.step if run.stepping else run.retry}
        case "stopped" if run.stepping:
            return {"Step": run.step, "Run on": run.retry}
        case "stopped":
            return {"Continue": run.retry, "Step": run.step}
        case "elsewhere":
            return {"Look again": run.look_again}
    return {}


WORDS = ("Stop", "Retry", "Continue", "Step", "Run on", "Look again")

TOLD = {
    "Stop": "Stop here; a node that is busy is not waited for",
    "Step": "Run the next step, and stand before the one after it",
    "Run on": "Run to the end, or to the next question",
}


class Actions:
    """The row. Each button is made once and shown when there is a use for it, so that the cursor can stay on it.

    Args:
        run: The run.
        acted: Called when the person does something.
    """

    def __init__(self, run: Run, acted: Callable[[], None]) -> None:
        self._run, self._acted = run, acted
        self._pressed = ""
        self._buttons = {word: self._button(word) for word in WORDS}
        self.box = widgets.HBox(list(self._buttons.values()))
        self.box.add_class("hilnb-actions")

    def paint(self) -> None:
        """Show the buttons of the run's present state."""
        now = actions_of(self._run)
        for word, button in self._buttons.items():
            button.layout.display = None if word in now else "none"
        if self._pressed in now:  # it was hidden meanwhile, and lost the cursor
            self._buttons[self._pressed].focus()
            self._pressed = ""

    def add(self, word: str, told: str, action: Callable[[], None]) -> widgets.Button:
        """Another button at the end of the row, for what is not about the run itself; shown when the caller says so."""
        added = button(word, action, told)
        self.box.children = (*self.box.children, added)
        return added

    def _button(self, word: str) -> widgets.Button:
        button = widgets.Button(description=word, tooltip=TOLD.get(word, ""))
        button.on_click(self._press)
        return button

    def _press(self, button: widgets.Button) -> None:
        self._acted()
        action = actions_of(self._run).get(button.description)
        if action is not None:
            self._pressed = button.description if button.description == "Step" else ""
            with suppress(NothingAskedError):  # a double click arrives as two calls
                action()


def button(word: str, action: Callable[[], None], told: str = "") -> widgets.Button:
    """A button that does something when it is pressed; `told` is its tooltip."""
    made = widgets.Button(description=word, tooltip=told)
    made.on_click(lambda _: action())
    return made
