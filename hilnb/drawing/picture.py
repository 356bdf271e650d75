"""Picture: a graph as nodes and edges, with every way to see it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from hilnb.drawing.dot import to_dot
from hilnb.drawing.label import clean
from hilnb.drawing.layout import lay_out
from hilnb.drawing.mermaid import to_mermaid
from hilnb.drawing.model import ANYWHERE, ENDS, Edge, Edges, Mark, Node, Nodes, only_one
from hilnb.drawing.png import to_png
from hilnb.drawing.svg import NEVER_TWICE, mark, summary, to_svg
from hilnb.errors import GraphError, did_you_mean

# A notebook that is not trusted yet loses <style> and <svg>, but keeps <img>: then, and only then, the still is shown.
_FIGURE = """\
<div class="hilnb-picture"><style>
.hilnb-picture:has(svg)>.hilnb-live{{display:block!important}}
.hilnb-picture:has(svg)>.hilnb-still{{display:none}}
</style><div class="hilnb-live" hidden style="display:none">{live}</div>
<img class="hilnb-still" style="max-width:100%" alt="{words}" src="data:image/svg+xml;base64,{still}"></div>"""
_ONLINE_OPTIONS = {
    *("curve_style", "node_colors", "wrap_label_n_words", "draw_method", "background_color", "padding"),
    *("max_retries", "retry_delay", "frontmatter_config", "base_url", "proxies"),
}
_MOST_LINES = 60


@dataclass(frozen=True, repr=False)
class Picture:
    """A graph to look at: nodes by id, and edges between those ids (what LangGraph's `get_graph()` gives).

    As the last line of a cell it draws itself, offline, in the colours of the page.

    Attributes:
        nodes: The nodes by id, as LangGraph lists them.
        edges: The edges, as LangGraph lists them: what may lead anywhere is listed as leading to END.
        shown: The nodes and edges to draw and to put in words, where honesty asks for others than those.

    >>> Picture({"a": Node("a", "a"), "b": Node("b", "b")}, [Edge("a", "b")])
    a → b
    """

    nodes: Nodes
    edges: Edges
    shown: tuple[Nodes, Edges] | None = None

    def __post_init__(self) -> None:
        for edge in self.edges:
            for end in (edge.source, edge.target):
                if end not in self.nodes:
                    raise GraphError(
                        f"edge {edge.source!r} → {edge.target!r}: the picture has no node {end!r}"
                        f"{did_you_mean(end, self.nodes)}."
                    )

    def draw_svg(self, marks: Mapping[str, Mark] | None = None, times: Mapping[str, int] = NEVER_TWICE) -> str:
        """Return the picture as SVG text, which follows the theme of the page it is written into.

        Args:
            marks: How a run stands, by node id; `mark()` does the same to a kept SVG.
            times: How often each node has run, by node id.

        Raises:
            ImportError: No Graphviz of any kind is installed; the message says what to install.
        """
        return mark(to_svg(*self._shown, lay_out(self.draw_dot())), marks or {}, times)

    def draw_html(self, marks: Mapping[str, Mark] | None = None, times: Mapping[str, int] = NEVER_TWICE) -> str:
        """Return the picture as HTML that may be saved in a notebook: seen also where the notebook is not trusted.

        Args:
            marks: How a run stands, by node id.
            times: How often each node has run, by node id.

        Raises:
            ImportError: No Graphviz of any kind is installed; the message says what to install.
        """
        still = b64encode(mark(self._card(), marks or {}, times).encode()).decode()
        return _FIGURE.format(live=self.draw_svg(marks, times), words=escape(summary(self._shown[0])), still=still)

    def draw_png(self, output_file_path: str | Path | None = None) -> bytes:
        """Return the picture as a PNG file's bytes, on white, two pixels per point; also write it when given a path.

        Raises:
            ImportError: No Graphviz or no resvg-py is installed; the message says what to install.
        """
        image = to_png(self._card())
        if output_file_path is not None:
            Path(output_file_path).write_bytes(image)
        return image

    def draw_mermaid_png(self, *, output_file_path: str | Path | None = None, **online: Any) -> bytes:
        """Return `draw_png()`: LangGraph's name for a PNG, made here and not by a web service.

        Args:
            output_file_path: Where to write the file too.
            online: LangGraph's options for the web service and its drawing, such as `draw_method` and `max_retries`.
                They have no meaning here and change nothing.
        """
        unknown = online.keys() - _ONLINE_OPTIONS
        if unknown:
            raise TypeError(
                f"draw_mermaid_png() has no option {', '.join(sorted(unknown))}; it takes output_file_path, "
                f"and LangGraph's {', '.join(sorted(_ONLINE_OPTIONS))}, which change nothing here."
            )
        return self.draw_png(output_file_path)

    def draw_dot(self) -> str:
        """Return the Graphviz source of the picture."""
        return to_dot(*self._shown)

    def draw_mermaid(
        self,
        *,
        with_styles: bool = True,
        curve_style: Any = "linear",
        node_colors: Any = None,
        wrap_label_n_words: int = 9,
        frontmatter_config: Mapping[str, Any] | None = None,
    ) -> str:
        """Return the Mermaid source of the picture, the same text as LangGraph's.

        Args:
            with_styles: False leaves only the edges.
            curve_style: Mermaid's name of a curve (or langchain-core's `CurveStyle`): "linear", "basis", "step" …
            node_colors: The styles of the classes `default`, `first` and `last`, in Mermaid's words, as a dict or as
                langchain-core's `NodeStyles`: `{"first": "fill:#ffdfba"}`.
            wrap_label_n_words: The most words in a row of an edge's label.
            frontmatter_config: Mermaid's settings: `{"config": {"theme": "neutral"}}`.
        """
        curve = str(getattr(curve_style, "value", curve_style))
        return to_mermaid(
            self.nodes,
            self.edges,
            with_styles=with_styles,
            curve_style=curve,
            words_per_line=wrap_label_n_words,
            colors=node_colors if isinstance(node_colors, Mapping | None) else vars(node_colors),
            frontmatter=frontmatter_config or {},
        )

    def first_node(self) -> Node | None:
        """The one node that no edge leads to; None when there is not just one."""
        return self.nodes.get(only_one(self.nodes, {edge.target for edge in self.edges}) or "")

    def last_node(self) -> Node | None:
        """The one node that no edge leaves; None when there is not just one."""
        return self.nodes.get(only_one(self.nodes, {edge.source for edge in self.edges}) or "")

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """Return the nodes and edges as LangGraph writes them; what runs in a node appears as its import path."""
        return {
            "nodes": [_node_json(node) for node in self.nodes.values()],
            "edges": [_edge_json(edge) for edge in self.edges],
        }

    def __repr__(self) -> str:
        """The edges in words, one a line: the same on every machine."""
        nodes, edges = self._shown
        linked = {end for edge in edges for end in (edge.source, edge.target)}
        order = list(nodes)
        lines = [_words(nodes, edge) for edge in sorted(edges, key=lambda edge: order.index(edge.source))]
        lines += [clean(node.name) for key, node in nodes.items() if key not in linked]
        if len(lines) > _MOST_LINES:
            lines[_MOST_LINES:] = [f"… and {len(lines) - _MOST_LINES} more"]
        return "\n".join(lines) or "(an empty graph)"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What a notebook shows; without Graphviz the Mermaid source, which JupyterLab can draw."""
        try:
            return {"text/html": self.draw_html(), "text/plain": repr(self)}
        except ImportError as missing:
            source = self.draw_mermaid()
            return {"text/vnd.mermaid": source, "text/plain": f"{source}\n{missing}"}

    @property
    def _shown(self) -> tuple[Nodes, Edges]:
        return self.shown or (self.nodes, self.edges)

    def _card(self) -> str:
        return to_svg(*self._shown, lay_out(self.draw_dot()), on_card=True)


def _node_json(node: Node) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": node.id}
    if node.data is not None:
        named = node.data if hasattr(node.data, "__name__") else type(node.data)
        entry |= {"type": "runnable", "data": {"id": [*named.__module__.split("."), named.__name__], "name": node.id}}
    if node.metadata is not None:
        entry["metadata"] = dict(node.metadata)
    return entry


def _edge_json(edge: Edge) -> dict[str, Any]:
    entry: dict[str, Any] = {"source": edge.source, "target": edge.target}
    if edge.data is not None:
        entry["data"] = edge.data
    if edge.conditional:
        entry["conditional"] = True
    return entry


def _words(nodes: Nodes, edge: Edge) -> str:
    label = "" if edge.data is None else clean(edge.data)
    kind = "conditional" if edge.conditional else ""
    note = ": ".join(filter(None, [kind, label]))
    target = ENDS[ANYWHERE] if nodes[edge.target].name == ANYWHERE else clean(nodes[edge.target].name)
    line = f"{clean(nodes[edge.source].name)} → {target}"
    return f"{line} ({note})" if note else line
