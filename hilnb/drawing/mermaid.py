"""Mermaid source of a picture, letter for letter what langchain-core writes for the same nodes and edges."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from hilnb.drawing.model import Edge, Edges, Node, Nodes, facts, only_one

_COLORS = {"default": "fill:#f2f0ff,line-height:1.2", "first": "fill-opacity:0", "last": "fill:#bfb6fc"}
_NO_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
_MARKUP = str.maketrans({'"': "#quot;", **{c: f"#{ord(c)};" for c in "#[](){}<>|"}})


def to_mermaid(
    nodes: Nodes,
    edges: Edges,
    *,
    with_styles: bool,
    curve_style: str,
    words_per_line: int,
    colors: Mapping[str, str] | None,
    frontmatter: Mapping[str, Any],
) -> str:
    """Return the Mermaid flowchart of the graph; without styles only its edges."""
    first = only_one(nodes, {edge.target for edge in edges})
    last = only_one(nodes, {edge.source for edge in edges})
    groups = _groups(nodes, edges) if with_styles else _groups({}, edges)

    def block(prefix: str) -> str:
        lines = [_node(key, node, first, last) for key, node in groups[prefix].nodes.items()]
        lines += [_edge(edge, words_per_line) for edge in groups[prefix].edges]
        lines += [block(inner) for inner in groups if inner.rpartition(":")[0] == prefix and inner]
        body = "".join(lines)
        return body if groups[prefix].is_bare else f"\tsubgraph {prefix.rpartition(':')[2]}\n{body}\tend\n"

    if not with_styles:
        return f"graph TD;\n{block('')}"
    config = frontmatter.get("config", {})
    config = {**config, "flowchart": {**config.get("flowchart", {}), "curve": curve_style}}
    styles = "".join(f"\tclassDef {kind} {style}\n" for kind, style in {**_COLORS, **(colors or {})}.items())
    return f"---\n{_yaml({**frontmatter, 'config': config})}---\ngraph TD;\n{block('')}{styles}"


@dataclass
class _Group:
    """The nodes of one graph among those nested in each other, and the edges that stay inside it.

    Edges from a node to itself are a group of their own, as langchain-core has it; no box is drawn around those, nor
    around the outermost graph.
    """

    is_bare: bool
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)


def _groups(nodes: Nodes, edges: Edges) -> dict[str, _Group]:
    """The groups by prefix, "" for the outermost; each after the one it stands in."""
    groups = {"": _Group(is_bare=True)}

    def group(prefix: str, is_bare: bool = False) -> _Group:
        if prefix and prefix not in groups:
            group(prefix.rpartition(":")[0])
            groups[prefix] = _Group(is_bare)
        return groups[prefix]

    for edge in edges:
        if edge.source == edge.target:
            group(edge.source, is_bare=True).edges.append(edge)
        else:
            group(_shared(edge.source, edge.target)).edges.append(edge)
    for key, node in nodes.items():
        group(key.rpartition(":")[0]).nodes[key] = node
    return groups


def _shared(source: str, target: str) -> str:
    """The innermost graph that holds both ends of an edge."""
    both = zip(source.split(":")[:-1], target.split(":")[:-1], strict=False)
    return ":".join(name for name, _ in takewhile(lambda pair: pair[0] == pair[1], both))


def _node(key: str, node: Node, first: str | None, last: str | None) -> str:
    label = node.name
    if label.startswith(("*", "_", "`")) and label.endswith(("*", "_", "`")):
        label = f"<p>{label}</p>"  # or Mermaid would read it as Markdown
    notes = "\n".join(f"{name} = {value}".translate(_MARKUP) for name, value in facts(node))
    if notes:
        label = f"{label}<hr/><small><em>{notes}</em></small>"
    if key == last:
        return f"\t{_id(key)}([{label}]):::last\n"
    return f"\t{_id(key)}([{label}]):::first\n" if key == first else f"\t{_id(key)}({label})\n"


def _edge(edge: Edge, words_per_line: int) -> str:
    source, target = _id(edge.source), _id(edge.target)
    if edge.data is None:
        return f"\t{source} {'-.->' if edge.conditional else '-->'} {target};\n"
    label, words = str(edge.data), str(edge.data).split()
    if len(words) > words_per_line:
        rows = [" ".join(words[i : i + words_per_line]) for i in range(0, len(words), words_per_line)]
        label = "&nbsp<br>&nbsp".join(rows)
    left, right = ("-.", ".->") if edge.conditional else ("--", "-->")
    return f"\t{source} {left} &nbsp;{label}&nbsp; {right} {target};\n"


def _id(key: str) -> str:
    """Keep letters, digits, `_` and `-`; write every other character as a backslash and its code."""
    return re.sub(r"[^A-Za-z0-9_-]", lambda found: f"\\{ord(found[0]):x}", key)


def _yaml(value: Mapping[str, Any], indent: str = "") -> str:
    """Settings as YAML, sorted as langchain-core writes them.

    >>> print(_yaml({"config": {"theme": "neutral", "themeVariables": {"primaryColor": "#e2e2e2"}}}), end="")
    config:
      theme: neutral
      themeVariables:
        primaryColor: '#e2e2e2'
    """
    lines = []
    for key in sorted(value):
        inner = value[key]
        if isinstance(inner, Mapping) and inner:
            lines.append(f"{indent}{key}:\n{_yaml(inner, indent + '  ')}")
        elif isinstance(inner, (list, tuple)) and inner:
            lines.append(f"{indent}{key}:\n" + "".join(f"{indent}- {_scalar(item)}\n" for item in inner))
        else:
            lines.append(f"{indent}{key}: {_scalar(inner)}\n")
    return "".join(lines)


def _scalar(value: Any) -> str:
    """One value as YAML; words that could mean something else are quoted."""
    if not isinstance(value, str):
        return json.dumps(value)
    if re.fullmatch(r"[A-Za-z][\w /.-]*(?<! )", value) and value.lower() not in _NO_WORDS:
        return value
    return "'" + value.replace("'", "''") + "'" if value.isprintable() else json.dumps(value)
