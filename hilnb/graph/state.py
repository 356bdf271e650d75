"""LangGraph's path to the builder and to what it builds."""

from hilnb.constants import END, START
from hilnb.graph.builder import StateGraph
from hilnb.graph.compiled import CompiledStateGraph

__all__ = ["END", "START", "CompiledStateGraph", "StateGraph"]
