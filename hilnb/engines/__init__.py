"""What the screens ask of a graph: an adapter for each engine, hilnb's and LangGraph's, chosen in one place.

| module | its one idea |
|---|---|
| `base` | `Engine`: what is asked, and what is the same on both |
| `own` | hilnb's |
| `langgraphs` | LangGraph's; imported only for a graph or a saver of LangGraph's |
| `choosing` | which of them a graph has |
| `event_loop` | async nodes from a plain thread |
"""

from hilnb.engines.base import Engine, Path
from hilnb.engines.choosing import engine_of, waiting_in

__all__ = ["Engine", "Path", "engine_of", "waiting_in"]
