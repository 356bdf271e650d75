"""The two pictures of a graph: its nodes closed, and opened to show the graphs inside them."""

from __future__ import annotations

from typing import Any

from hilnb.drawing import Edge, Node, Picture

FEW = 20
"""As many nodes fit beside a log and can still be read."""


class Inside:
    """Which of a graph's two pictures to show.

    Attributes:
        is_wanted: Whether the graphs inside nodes are shown; from the start where that is not too much.
    """

    def __init__(self, graph: Any) -> None:
        self._closed, self._opened = drawn(graph), drawn(graph, xray=True)
        self.is_wanted = len(self._opened.nodes) <= FEW

    @property
    def is_there(self) -> bool:
        """Whether any node can be opened."""
        return set(self._opened.nodes) != set(self._closed.nodes)

    @property
    def drawing(self) -> Picture:
        """The picture to show."""
        return self._opened if self.is_wanted else self._closed


def drawn(graph: Any, *, xray: bool = False) -> Picture:
    """A picture that follows the page and has marks; LangGraph's has the same nodes and edges, and neither of these."""
    found = graph.get_graph(xray=xray)
    if isinstance(found, Picture):
        return found
    return Picture({key: Node(*node) for key, node in found.nodes.items()}, [Edge(*edge) for edge in found.edges])
