"""DOT source of a picture: the text that Graphviz lays out.

Node and edge ids are `n0`, `n1`, …, `e0`, …: names appear only as quoted labels, so no name can be read as DOT.
"""

from __future__ import annotations

from collections.abc import Mapping

from hilnb.drawing.label import LINE, SIZE, SMALL, clean, edge_label, node_label, node_notes, width
from hilnb.drawing.model import ENDS, Edge, Edges, Node, Nodes, clusters

_HEAD = f"""\
digraph {{
  graph [bgcolor="transparent", pad="0.15", nodesep="0.35", ranksep="0.36"]
  graph [fontname="Helvetica", fontsize="{SMALL}", labeljust="l"]
  node [fontname="Helvetica", fontsize="{SIZE}", color="#8c959f", shape="box", style="rounded", margin="0"]
  edge [fontname="Helvetica", fontsize="{SIZE}", color="#8c959f", arrowsize="0.6"]
"""
_POINTS_PER_INCH = 72


def to_dot(nodes: Nodes, edges: Edges) -> str:
    """Return the DOT source; the n-th node is called `n<n>` in it, the n-th edge has the id `e<n>`."""
    numbers = {key: number for number, key in enumerate(nodes)}
    lines = [_node(number, node) for number, node in enumerate(nodes.values())]
    inside = clusters(nodes)
    lines += [_cluster(prefix, inside, numbers) for prefix in inside if ":" not in prefix]
    for number, edge in enumerate(edges):
        lines.append(_edge(number, numbers[edge.source], numbers[edge.target], edge))
    return _HEAD + "".join(lines) + "}\n"


def _cluster(prefix: str, inside: Mapping[str, list[str]], numbers: Mapping[str, int]) -> str:
    """A nested graph: a box around its nodes, with room for its name."""
    number = list(inside).index(prefix)
    inner = [_cluster(deeper, inside, numbers) for deeper in inside if deeper.rpartition(":")[0] == prefix]
    members = "".join(f"n{numbers[key]}; " for key in inside[prefix])
    label = _escaped(clean(prefix.rpartition(":")[2]))
    return f'  subgraph cluster_{number} {{ id="c{number}"; label="{label}"; margin="14"; {members}{"".join(inner)}}}\n'


def _node(number: int, node: Node) -> str:
    rows, size = node_label(node)
    notes = node_notes(node)
    # Own measure, not the font's: both Graphviz builds then make the same box, wide enough for the reader's font.
    wide = max([*(width(row, size) for row in rows), *(width(row, SMALL) for row in notes)]) + 2 * size
    high = len(rows) * size * LINE + len(notes) * SMALL * LINE + (0.7 if node.name in ENDS else 1.3) * size
    attributes = {
        "id": f"n{number}",
        "label": _escaped("\n".join(rows)),
        "width": f"{wide / _POINTS_PER_INCH:.3f}",
        "height": f"{high / _POINTS_PER_INCH:.3f}",
    }
    if node.name in ENDS:
        attributes["fontsize"] = str(SMALL)
    elif rows[-1].endswith("…"):
        attributes["tooltip"] = _escaped(clean(node.name))
    return f"  n{number} [{_list(attributes)}]\n"


def _edge(number: int, source: int, target: int, edge: Edge) -> str:
    attributes = {"id": f"e{number}"}
    if edge.data is not None:
        # Blanks around each row, and a font larger than drawn: Graphviz sets labels close to the line.
        attributes["label"] = _escaped("\n".join(f"  {row}  " for row in edge_label(edge)))
    if edge.conditional:
        attributes["style"] = "dashed"
    return f"  n{source} -> n{target} [{_list(attributes)}]\n"


def _list(attributes: dict[str, str]) -> str:
    return ", ".join(f'{key}="{value}"' for key, value in attributes.items())


def _escaped(text: str) -> str:
    r"""Quote for a DOT label: no `\N` escapes, no `&lt;` entities, no end of the string.

    >>> print(_escaped('"\\N" &lt;\n'))
    \"\\N\" &amp;lt;\n
    """
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("\n", "\\n")
