"""A widget in a cell's output, and beside it, unseen, what is left of it in a saved notebook."""

from __future__ import annotations

import ipywidgets as widgets
from IPython.display import display

from hilnb.widgets import page
from hilnb.widgets.prompt import when_shown

NOTHING = {"text/html": page.NOTHING, "text/plain": ""}


class Kept:
    """Displays a widget.

    JupyterLab shows no other form of a bundle whose widget it misses, so the spare is a display of its own, hidden for
    as long as the widget is there.

    Args:
        box: The widget.
        text: What is shown of it where there are no widgets.
    """

    def __init__(self, box: widgets.Box, text: str) -> None:
        self._is_seen = False
        self._spare_now: dict[str, str] = NOTHING
        box.add_class("hilnb-panel")
        when_shown(box, self._seen)
        bundle = {**(box._repr_mimebundle_() or {}), "text/plain": text}
        display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        self._spare = display(NOTHING, raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def leave(self, static: str, text: str) -> None:
        """Keep this for when the notebook is opened again: HTML, and text."""
        self._spare_now = {"text/html": page.hidden(static), "text/plain": text}
        if self._is_seen:  # before, the page would show it for a moment
            self._spare.update(self._spare_now, raw=True)

    def _seen(self) -> None:
        self._is_seen = True
        self._spare.update(self._spare_now, raw=True)
