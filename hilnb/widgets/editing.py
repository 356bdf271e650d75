"""The state of a run that stands, to be edited: a box of JSON for each key that JSON can say."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import ipywidgets as widgets

from hilnb.masking import masked
from hilnb.widgets import page
from hilnb.widgets.actions import button
from hilnb.widgets.conversation import in_brief
from hilnb.widgets.question import NothingAskedError
from hilnb.widgets.record import readable
from hilnb.widgets.visible import as_editable_json

MOST_ROWS, COLUMNS = 12, 80

STYLE = """<style>
.hilnb .hilnb-edit { border-left: 3px solid var(--jp-border-color1, #bdbdbd); padding: 2px 0 2px 12px;
  margin: 8px 0 4px; }
.hilnb .hilnb-edit .widget-textarea { width: auto; margin: 2px 0; flex-flow: column; }
.hilnb .hilnb-edit .widget-textarea textarea { width: 100%; height: auto; min-height: 0; resize: vertical;
  font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px); }
.hilnb .hilnb-edit .widget-label { width: auto; text-align: left; font-weight: 600; }
.hilnb .hilnb-edit :focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
.hilnb .hilnb-edit .hilnb-actions { margin-top: 6px; }
</style>"""


def editable(value: Any) -> str | None:
    r"""The value as JSON to be edited; None when reading that again would give something else.

    >>> editable({"city": "Rome"})
    '{\n  "city": "Rome"\n}'
    >>> editable((1, 2)) is None, editable({1: "one"}) is None, editable(float("nan")) is None
    (True, True, True)
    """
    try:
        text = as_editable_json(value)
        same = json.loads(text) == value
    except Exception:  # comparing is foreign code, too
        return None
    return text if same else None


class Editable(Protocol):
    """A state that can be edited: a `Run`'s, or that of an old checkpoint."""

    status: Any
    edit_refused: str

    @property
    def state(self) -> Any:
        """The state by key."""

    def edit(self, values: Mapping[str, Any], saved: Callable[[], None]) -> None:
        """Set keys of it; call `saved` when that was taken, else say why not in `edit_refused`."""


class Editor:
    """The folded editor: what was typed in it stays, whatever comes of it.

    Args:
        run: Whose state it is.
        acted: Called when the person does something.
    """

    def __init__(self, run: Editable, acted: Callable[[], None]) -> None:
        self._run, self._acted = run, acted
        self._fields: dict[str, Field] = {}
        self._message = widgets.HTML()
        self._save = button("Save", self._press_save)
        self._row = widgets.HBox([self._save, button("Close", self.toggle)])
        self._row.add_class("hilnb-actions")
        self.box = widgets.VBox()
        self.box.add_class("hilnb-edit")
        self.box.layout.display = "none"

    @property
    def is_useful(self) -> bool:
        """Whether there is a state to edit, and the run stands."""
        stands = self._run.status in ("asking", "stopped", "failed")
        return stands and isinstance(self._run.state, Mapping) and bool(self._run.state)

    def toggle(self) -> None:
        """Open or close it. What was typed is there again when it is opened again, until it was saved."""
        self._acted()
        if self.box.layout.display is None:
            self.box.layout.display = "none"
            return
        if not self.is_changed:
            self._fill()
        self.box.layout.display = None

    @property
    def is_changed(self) -> bool:
        """Whether something is typed in it that was not saved."""
        return any(field.is_changed for field in self._fields.values())

    def fill_again(self) -> None:
        """Show another state, where it is open; what was typed and not saved is gone."""
        if self.box.layout.display is None:
            self._fill()

    def paint(self) -> None:
        """Take what came of saving; saving is for a run that stands."""
        self._save.disabled = not self.is_useful
        self._message.value = page.alert(self._run.edit_refused)

    def _fill(self) -> None:
        state = self._run.state
        shown = {key: editable(value) for key, value in state.items() if masked(value, key) is value}
        self._fields = {key: Field(key, text) for key, text in shown.items() if text is not None}
        others = [
            f'<div class="hilnb-label">{html.escape(str(key))} ({_why_not(state[key])}, so not edited here)</div>'
            f"{page.preformatted(readable(value), 'hilnb-muted')}"
            for key, value in masked(in_brief(state)).items()
            if key not in self._fields
        ]
        boxes = [field.box for field in self._fields.values()]
        self.box.children = (*boxes, widgets.HTML("".join(others)), self._message, self._row)

    def _press_save(self) -> None:
        self._acted()
        self._message.value = ""
        read = {key: field.read() for key, field in self._fields.items()}
        if any(value is None for value in read.values()):
            return
        changed = {key: value[0] for key, value in read.items() if value and self._fields[key].is_changed}
        if not changed:
            self._message.value = page.alert("Nothing was changed.", "hilnb-muted")
            return
        with suppress(NothingAskedError):  # a double click arrives as two calls
            self._run.edit(changed, self._saved)

    def _saved(self) -> None:
        """The engine has taken it: the next time it is opened it shows the state as it is then."""
        self._fields = {}
        self.box.layout.display = "none"


class Field:
    """The box of one key, and beside it what is wrong with what was typed."""

    def __init__(self, key: str, text: str) -> None:
        self._text = text
        rows = min(sum(1 + len(line) // COLUMNS for line in text.split("\n")), MOST_ROWS)
        self._area = widgets.Textarea(text, description=str(key), rows=rows)
        self._message = widgets.HTML()
        self.box = widgets.VBox([self._area, self._message])

    @property
    def is_changed(self) -> bool:
        """Whether something else stands there than at first."""
        return bool(self._area.value != self._text)

    def read(self) -> tuple[Any] | None:
        """The value, in a tuple of one; None when it is no JSON, which is said beside the box."""
        self._message.value = ""
        try:
            return (json.loads(self._area.value),)
        except ValueError as error:
            self._message.value = page.alert(f"This is not JSON: {error}. A text stands in double quotes.")
            return None


def _why_not(value: Any) -> str:
    return "not JSON" if editable(value) is None else "a secret"
