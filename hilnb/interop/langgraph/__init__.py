"""LangGraph's savers under hilnb's graphs.

Read `adapter` first (what is asked of it), then `layout` (what a step costs), `records` (how the first of two answers
wins) and `keepers` (how blocking and awaited savers are called).
"""

try:
    import langgraph.checkpoint.base as _needed  # noqa: F401 - only to see whether it is there
except ModuleNotFoundError as error:
    raise ImportError('hilnb.interop.langgraph needs LangGraph: pip install "langgraph>=1.2"') from error

from hilnb.interop.langgraph.adapter import LangGraphSaver, saver

__all__ = ["LangGraphSaver", "saver"]
