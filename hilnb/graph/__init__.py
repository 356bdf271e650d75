"""The engine: build a graph, compile it, run it.

Read in this order: spec, schema, builder, effects, turn, thread, plan, answers, events, drive, snapshot, compiled,
picture.
"""

from hilnb.constants import END, START
from hilnb.graph.builder import StateGraph
from hilnb.graph.message import MessagesState, add_messages

__all__ = ["END", "START", "MessagesState", "StateGraph", "add_messages"]
