"""PNG of an SVG, with a font of our own, so that text is drawn on a machine without fonts too."""

from __future__ import annotations

import re
from pathlib import Path

# Roboto 3.015 Regular, cut down to Latin, Greek and Cyrillic by fonttools; its licence (OFL 1.1) lies beside it.
_FONT = Path(__file__).with_name("Roboto-subset.ttf")
_OWN_LETTERS = re.compile("[\x00-\u017f\u0384-\u03ce\u0400-\u045f\u2013\u2014\u2018-\u201e\u2022\u2026\ufffd]*")
_SCALE = 2.0  # crisp on a screen of two pixels per point


def to_png(svg: str) -> bytes:
    """Return the PNG, on white; text in other scripts than the own font's is drawn in the machine's fonts, if any.

    Raises:
        ImportError: resvg-py is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise ImportError("A PNG needs resvg-py: `pip install resvg-py`. `draw_svg()` needs nothing more.") from None
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        background="white",
        zoom=_SCALE,
        font_files=[str(_FONT)],
        # The same picture on every machine, and no search through its fonts, where our font has every letter.
        skip_system_fonts=_OWN_LETTERS.fullmatch(svg) is not None,
    )
