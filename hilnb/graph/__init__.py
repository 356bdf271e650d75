"""The engine: build a graph, compile it, run it.

Read in this order:

| files | what they are about |
|---|---|
| `spec` `schema` `actions` `builder` | what can be written in a graph |
| `effects` `turn` | one node's turn, as data |
| `thread` `plan` `superstep` `frontier` `answers` `update` | what happens in a run; nothing in it blocks or awaits |
| `events` `listen` `snapshot` `picture` `tokens` | what is told and shown of it |
| `hands` `drive` `adrive` `tasks` | where threads and awaits live; what a node may begin beside itself |
| `configs` `calling` `compiled` | what can be done with a compiled graph |
"""

from hilnb.constants import END, START
from hilnb.graph.builder import StateGraph
from hilnb.graph.message import MessagesState, add_messages

__all__ = ["END", "START", "MessagesState", "StateGraph", "add_messages"]
