"""Labels of nodes and edges: any text, made safe to draw, wrapped to a few short lines, and measured."""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

from hilnb.drawing.model import ENDS, Edge, Node, facts

SIZE = 13.0
"""Font size of a node's label, in pixels; JupyterLab's own."""
SMALL = 11.0
"""Font size of an edge's label and of the two ends."""
LINE = 1.3
"""Height of a line, in font sizes."""

_JOINERS = "\u200c\u200d"  # emoji families and Persian words need these two invisible characters
_NARROW = frozenset("ijlIt frJ.,:;'|!()[]{}/\\-`\"")
_BROAD = frozenset("mwMW@%&<>+=~—…\ufffd")
_MOST_NOTES = 3
_MOST_IN_NOTE = 30
_NOTES = {  # how a node runs, in words; other facts are shown as `name = value`
    ("defer", "True"): "runs last",
    ("__interrupt", "before"): "pauses before",
    ("__interrupt", "after"): "pauses after",
    ("__interrupt", "before,after"): "pauses before and after",
}


def node_label(node: Node) -> tuple[list[str], float]:
    """Return the lines shown in the node's box, and their font size."""
    return ([ENDS[node.name]], SMALL) if node.name in ENDS else (wrapped(node.name), SIZE)


def node_notes(node: Node) -> list[str]:
    """Return the small lines under a node's name: what is known of how it runs, and its metadata."""
    known, given = [], []
    for name, value in facts(node):
        if (name, value) in _NOTES:
            known.append(_NOTES[name, value])
        else:
            note = clean(value if name == "__tools" else f"{name} = {value}")
            given.append(note if len(note) <= _MOST_IN_NOTE else f"{note[: _MOST_IN_NOTE - 1]}…")
    rows = known + given
    return rows if len(rows) <= _MOST_NOTES else [*rows[: _MOST_NOTES - 1], "…"]


def edge_label(edge: Edge) -> list[str]:
    """Return the lines shown beside the edge."""
    return [] if edge.data is None else wrapped(edge.data)


def clean(text: object) -> str:
    r"""Return the text on one line, with what cannot be shown (controls, surrogates, text direction) as "�".

    >>> clean("two\nlines\x00")
    'two lines�'
    """
    line = " ".join(str(text).split())
    return "".join(c if c.isprintable() or c in _JOINERS else "\ufffd" for c in line)


def wrapped(text: object, columns: int = 24, lines: int = 3) -> list[str]:
    """Return the cleaned text as at most `lines` lines, broken at blanks and punctuation; "…" stands for the rest.

    >>> wrapped("collect_the_feedback_of_everybody", columns=20)
    ['collect_the_', 'feedback_of_', 'everybody']
    """
    rows = [""]
    for word in re.findall(r"[^\W_]+[\W_]*|[\W_]+", clean(text)):
        for piece in _pieces(word, columns):
            if _columns((rows[-1] + piece).rstrip()) > columns:
                rows.append("")
            rows[-1] += piece
    rows = [row.strip() for row in rows]
    if len(rows) > lines:
        rows = [*rows[: lines - 1], rows[lines - 1][: columns - 1] + "…"]
    return rows


def width(line: str, size: float) -> float:
    """Return about how wide the line is drawn, in pixels: Helvetica's average widths, on the generous side."""
    return size * sum(map(_em, line))


def _pieces(word: str, columns: int) -> list[str]:
    """Cut a word that is longer than a line; a CJK character counts for two."""
    step = columns if _columns(word) == len(word) else columns // 2
    return [word[i : i + step] for i in range(0, len(word), step)] if _columns(word.rstrip()) > columns else [word]


def _columns(text: str) -> int:
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def _em(character: str) -> float:
    if combining(character) or character in _JOINERS:
        return 0.0
    if east_asian_width(character) in "WF":
        return 1.0
    if character in _NARROW:
        return 0.34
    if character in _BROAD:
        return 0.9
    return 0.7 if character.isupper() else 0.57
