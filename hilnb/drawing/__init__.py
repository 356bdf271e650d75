"""Drawing: a graph as nodes and edges, seen as SVG, PNG, Mermaid, DOT or words.

Read in this order: model, label, dot, layout, svg, png, mermaid, picture.
"""

from hilnb.drawing.model import Edge, Mark, Node
from hilnb.drawing.picture import Picture
from hilnb.drawing.svg import mark

__all__ = ["Edge", "Mark", "Node", "Picture", "mark"]
