"""SVG of a laid out picture, and the marks that show where a run stands.

Graphviz decides only the places: the markup, its texts and its classes are written here, the same for every Graphviz.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from string import Template
from types import MappingProxyType

from hilnb.drawing.label import LINE, SMALL, clean, edge_label, node_label, node_notes
from hilnb.drawing.layout import Box, Layout, Route
from hilnb.drawing.model import ENDS, Edge, Edges, Mark, Node, Nodes, clusters

# In a page: JupyterLab's theme where there is one (its variables win), else the page's own text colour and middle tones
# that are legible on white and on black. No media query: an exported page may be white on a system that prefers dark.
_PAGE = {
    "font": 'var(--jp-ui-font-family,system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif)',
    "ink": "var(--jp-ui-font-color1,currentColor)",
    "quiet": "var(--jp-ui-font-color2,currentColor)",
    "line": "var(--jp-ui-font-color3,#8c959f)",
    "paper": "var(--jp-layout-color0,transparent)",
    "box": "var(--jp-layout-color1,transparent)",
    "done": "var(--jp-success-color1,#388e3c)",
    "now": "var(--jp-brand-color1,#1976d2)",
    "on_now": "var(--jp-ui-inverse-font-color1,#fff)",
    "waiting": "var(--jp-warn-color1,#e65100)",
    "failed": "var(--jp-error-color1,#d32f2f)",
}
# On a white card, for what cannot see the page: an <img>, a PNG.
_CARD = {
    "font": 'Roboto,system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif',
    "ink": "#1f2328",
    "quiet": "#59636e",
    "line": "#8c959f",
    "paper": "#fff",
    "box": "#fff",
    "done": "#388e3c",
    "now": "#1976d2",
    "on_now": "#fff",
    "waiting": "#e65100",
    "failed": "#d32f2f",
}
_STYLE = Template("""\
.hilnb-graph text{font:13px $font;text-anchor:middle;fill:$ink}
.hilnb-graph text.hil-quiet{font-size:11px;fill:$quiet}
.hilnb-graph rect{fill:$box;stroke:$line}
.hilnb-graph rect.hil-end{fill:none}
.hilnb-graph rect.hil-card{fill:$paper;stroke:none}
.hilnb-graph .hil-cluster rect{fill:none;stroke-dasharray:2 3}
.hilnb-graph .hil-cluster text{text-anchor:start}
.hilnb-graph .hil-edge path{fill:none;stroke:$line}
.hilnb-graph .hil-edge polygon{fill:$line;stroke:$line;stroke-linejoin:round}
.hilnb-graph .hil-maybe path{stroke-dasharray:4 3}
.hilnb-graph .hil-done rect{stroke:$done;stroke-width:1.5px}
.hilnb-graph .hil-now rect{fill:$now;stroke:$now}
.hilnb-graph .hil-now text{fill:$on_now}
.hilnb-graph .hil-waiting rect{fill:$waiting;fill-opacity:.14;stroke:$waiting;stroke-width:2.5px}
.hilnb-graph .hil-failed rect{fill:$failed;fill-opacity:.08;stroke:$failed;stroke-width:2px}
.hilnb-graph .hil-badge circle{stroke:$paper;stroke-width:2px}
.hilnb-graph .hil-badge path{fill:none;stroke:#fff;stroke-width:1.8px;stroke-linecap:round;stroke-linejoin:round}
.hilnb-graph text.hil-times{font-size:11px;font-weight:600;text-anchor:end;stroke:$paper;stroke-width:4px;\
stroke-linejoin:round;paint-order:stroke}
.hilnb-graph .hil-now text.hil-times{fill:$ink}
.hilnb-graph .hil-done circle{fill:$done}
.hilnb-graph .hil-now circle{fill:$now}
.hilnb-graph .hil-waiting circle{fill:$waiting}
.hilnb-graph .hil-waiting .hil-badge path{fill:#fff;stroke:none}
.hilnb-graph .hil-failed circle{fill:$failed}
""")
_MOST_NAMES = 20
_MARGIN = 6.0  # room for a badge on a box at the rim
_BADGES: dict[Mark, tuple[str, str]] = {
    "done": ("done", "M-3.4.3l2.3 2.4L3.4-2.6"),
    "now": ("running now", "M-1.6-2.8L3 0l-4.6 2.8z"),
    "waiting": (
        "waiting for a person",
        "M0-4.8a2.2 2.2 0 1 1 0 4.4a2.2 2.2 0 1 1 0-4.4M-4.2 4.4C-4.2-.6 4.2-.6 4.2 4.4z",
    ),
    "failed": ("failed", "M-2.6-2.6l5.2 5.2M2.6-2.6l-5.2 5.2"),
}
NEVER_TWICE: Mapping[str, int] = MappingProxyType({})
_NODE = re.compile(r'class="hil" data-node="(\w+)">(.*)</g></g>')  # as _node writes it, on one line


def to_svg(nodes: Nodes, edges: Edges, layout: Layout, *, on_card: bool = False) -> str:
    """Return the picture as SVG text: to be written into a page, whose theme it follows, or on a white card."""
    left, top = layout.view.x - _MARGIN, layout.view.y - _MARGIN
    wide, high = layout.view.width + 2 * _MARGIN, layout.view.height + 2 * _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="hilnb-graph" role="img" aria-label="{escape(summary(nodes))}"'
        f' viewBox="{left:g} {top:g} {wide:g} {high:g}" width="{wide:g}" height="{high:g}"'
        f' style="max-width:100%;height:auto">\n<style>\n{_STYLE.substitute(_CARD if on_card else _PAGE)}</style>\n'
    )
    parts = [head]
    if on_card:
        parts.append(f'<rect class="hil-card" x="{left:g}" y="{top:g}" width="{wide:g}" height="{high:g}" rx="8"/>\n')
    parts += [_cluster(prefix, layout.boxes[f"c{number}"]) for number, prefix in enumerate(clusters(nodes))]
    parts += [_edge(edge, layout.routes[f"e{number}"]) for number, edge in enumerate(edges)]
    parts += [_node(node, layout.boxes[f"n{number}"]) for number, node in enumerate(nodes.values())]
    return "".join([*parts, "</svg>"])


def mark(svg: str, marks: Mapping[str, Mark], times: Mapping[str, int] = NEVER_TWICE) -> str:
    """Return the SVG of `to_svg` with a class and a badge on each marked node; ids that are not drawn are left out.

    Fast enough for every event of a run: the SVG is not parsed, and nothing is laid out again.

    Args:
        svg: The picture.
        marks: How a run stands at each node.
        times: How often each node has run; from twice on, that is shown beside its badge.
    """
    states = {_key(node_id): state for node_id, state in marks.items()}
    counts = {_key(node_id): count for node_id, count in times.items() if count > 1}

    def marked(node: re.Match[str]) -> str:
        key, content = node.groups()
        state = states.get(key)
        if state is None:
            return node[0]
        meaning, path = _BADGES[state]
        badge = f'<title>{meaning}</title><circle r="7.5"/><path d="{path}"/>'
        if key in counts:
            badge = f'<text class="hil-times" x="-10" y="4">×{counts[key]}</text>{badge}'
        return f'class="hil hil-{state}" data-node="{key}">{content}{badge}</g></g>'

    return _NODE.sub(marked, svg)


def summary(nodes: Nodes) -> str:
    """Return the picture in a line of words, for who cannot see it."""
    names = [clean(node.name) for node in nodes.values() if node.name not in ENDS]
    shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    return f"Graph of {len(names)} nodes: {shown}" if names else "Graph without nodes"


def _node(node: Node, box: Box) -> str:
    rows, size = node_label(node)
    is_end = node.name in ENDS
    title = f"<title>{escape(clean(node.name))}</title>" if rows[-1].endswith("…") else ""
    place = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'
    rect = f'<rect class="hil-end" {place} rx="{box.height / 2:g}"/>' if is_end else f'<rect {place} rx="7"/>'
    notes = node_notes(node)
    middle, center = box.x + box.width / 2, box.y + box.height / 2
    text = _rows(rows, middle, center - len(notes) * SMALL * LINE / 2, size, quiet=is_end)
    text += _rows(notes, middle, center + len(rows) * size * LINE / 2, SMALL, quiet=True)
    badge = f'<g class="hil-badge" transform="translate({box.x + box.width - 3:g} {box.y + 1:g})"></g>'
    return f'<g class="hil" data-node="{_key(node.id)}">{title}{rect}{text}{badge}</g>\n'


def _cluster(prefix: str, box: Box) -> str:
    """The box of a nested graph, with its name in the upper left corner."""
    place = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'
    name = escape(clean(prefix.rpartition(":")[2]))
    label = f'<text class="hil-quiet" x="{box.x + 9:g}" y="{box.y + 16:g}">{name}</text>'
    return f'<g class="hil-cluster"><rect {place} rx="10"/>{label}</g>\n'


def _edge(edge: Edge, route: Route) -> str:
    text = _rows(edge_label(edge), *route.label, SMALL, quiet=True) if route.label else ""
    kind = "hil-edge hil-maybe" if edge.conditional else "hil-edge"
    return f'<g class="{kind}"><path d="{route.line}"/><polygon points="{route.head}"/>{text}</g>\n'


def _rows(rows: list[str], x: float, y: float, size: float, *, quiet: bool) -> str:
    """Write the rows around the point (x, y)."""
    kind = ' class="hil-quiet"' if quiet else ""
    baseline = y + size * (0.35 - (len(rows) - 1) * LINE / 2)
    places = [f'{kind} x="{x:g}" y="{baseline + number * size * LINE:g}"' for number in range(len(rows))]
    return "".join(f"<text{place}>{escape(row)}</text>" for place, row in zip(places, rows, strict=True))


def _key(node_id: str) -> str:
    """Return the node id in letters, digits and `_`; different ids stay different."""
    return re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", node_id)
