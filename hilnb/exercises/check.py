"""`Check`: the result of an exercise, as a truth value, as text, and as HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from hilnb.widgets.page import NO_MATHS
from hilnb.widgets.record import shown
from hilnb.widgets.visible import visible

__all__ = ["Check", "Finding"]

# Styles stand at the elements: a page that leaves out style sheets, or scripts, still shows them. The colours are the
# notebook's own, else tones that are legible on white and on black; texts have the colour of the page.
_CARD = (
    "border-left:3px solid {colour};padding:1px 0 1px 10px;margin:4px 0;max-width:60em;line-height:1.5;"
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:var(--jp-ui-font-size1,13px)"
)
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere"
_PASSED = ("Well done", "var(--jp-success-color1,#388e3c)")
_NOT_YET = ("Not yet", "var(--jp-warn-color1,#e65100)")


class Finding(NamedTuple):
    """One thing that was looked at: whether it is as expected, and what to say of it, without a full stop."""

    passed: bool
    text: str


@dataclass(frozen=True)
class Check:
    """The result of an exercise; true when it is solved. As the last line of a cell it shows itself.

    Attributes:
        passed: Whether all is as expected.
        findings: What is not as expected, a sentence each; when all is, one sentence of what was found.
        hint: What to look at; "" when it is solved, or there is none.
    """

    passed: bool
    findings: tuple[str, ...]
    hint: str = ""

    @classmethod
    def of(cls, findings: Iterable[Finding], hint: str) -> Check:
        """The result that these findings make."""
        told = [*findings]
        if all(finding.passed for finding in told):
            return cls(True, (_sentence("; ".join(finding.text for finding in told)),))
        wrong = tuple(_sentence(finding.text) for finding in told if not finding.passed)
        return cls(False, wrong, visible(shown(hint)))

    @property
    def text(self) -> str:
        """The result in plain words: on one line when there is one thing to say.

        >>> Check(True, ("the graph went draft → send.",)).text
        'Well done: the graph went draft → send.'
        >>> print(Check(False, ("expected n to be 2, it is 1.", "send did not run."), "Look at the edges.").text)
        Not yet:
        - expected n to be 2, it is 1.
        - send did not run.
        Hint: Look at the edges.
        """
        title = (_PASSED if self.passed else _NOT_YET)[0]
        if len(self.findings) == 1:
            return f"{title}: {self.findings[0]}{f' Hint: {self.hint}' if self.hint else ''}"
        hint = [f"Hint: {self.hint}"] if self.hint else []
        return "\n".join([f"{title}:", *(f"- {finding}" for finding in self.findings), *hint])

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        title, colour = _PASSED if self.passed else _NOT_YET
        lines = [f'<div style="{_TEXT}">{html.escape(finding)}</div>' for finding in self.findings]
        if self.hint:
            lines.append(f'<div style="{_TEXT}"><i>Hint:</i> {html.escape(self.hint)}</div>')
        head = f'<b style="color:{colour}">{title}</b>'
        return f'<div class="{NO_MATHS}" style="{_CARD.format(colour=colour)}">{head}{"".join(lines)}</div>'


def _sentence(text: str) -> str:
    """The text as it may be shown, with a full stop."""
    told = visible(shown(text)).rstrip()
    return told if told.endswith((".", "!", "?", "…")) else f"{told}."
