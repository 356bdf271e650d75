"""The two pictures of a graph: its nodes closed, and opened to show the graphs inside them."""

from __future__ import annotations

from typing import Any

FEW = 20
"""As many nodes fit beside a log and can still be read."""


class Inside:
    """Which of a graph's two pictures to show.

    Attributes:
        is_wanted: Whether the graphs inside nodes are shown; from the start where that is not too much.
    """

    def __init__(self, graph: Any) -> None:
        self._closed, self._opened = graph.get_graph(), graph.get_graph(xray=True)
        self.is_wanted = len(self._opened.nodes) <= FEW

    @property
    def is_there(self) -> bool:
        """Whether any node can be opened."""
        return set(self._opened.nodes) != set(self._closed.nodes)

    @property
    def drawing(self) -> Any:
        """The picture to show."""
        return self._opened if self.is_wanted else self._closed
