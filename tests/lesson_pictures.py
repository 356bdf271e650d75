"""The pictures of the lessons' index, made anew from the lessons: `python -m tests.lesson_pictures`."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from pathlib import Path

from hilnb.drawing.png import to_png

LESSONS = Path(__file__).parent.parent / "notebooks"
STILL = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")


def first_picture(lesson: Path) -> bytes:
    """The first picture a lesson shows, as a PNG file's bytes: the one it is saved with for pages without styles."""
    cells = json.loads(lesson.read_text())["cells"]
    shown = (piece for cell in cells for output in cell.get("outputs", []) for piece in html_of(output))
    still = next(filter(None, map(STILL.search, shown)))
    return to_png(b64decode(still[1]).decode())


def html_of(output: dict) -> list[str]:
    """The HTML of an output, in lines or whole, as a notebook keeps it."""
    html = output.get("data", {}).get("text/html", [])
    return [html] if isinstance(html, str) else html


if __name__ == "__main__":
    for path in sorted(LESSONS.glob("[0-9][0-9]_*.ipynb")):
        if not path.name.startswith("00"):
            (LESSONS / "pictures").mkdir(exist_ok=True)
            (LESSONS / "pictures" / f"{path.name[:2]}.png").write_bytes(first_picture(path))
