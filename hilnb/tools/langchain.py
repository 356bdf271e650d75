"""LangChain's tools may return what ours may: Commands and messages of hilnb's.

Nothing of LangChain is imported unless the program has imported it already.
"""

from __future__ import annotations

import sys
from typing import Any

from hilnb.tools.base import is_final

__all__ = ["let_results_pass"]


def let_results_pass() -> None:
    """Have LangChain's tools hand on our Commands and tool messages as they are.

    A tool's result goes through one function of langchain-core's, which knows LangGraph's Command and its own message,
    and makes text of everything else. It has no door for ours, so we stand before it. Where it is not there any more,
    nothing happens.
    """
    base: Any = sys.modules.get("langchain_core.tools.base")
    form: Any = getattr(base, "_format_output", None)
    if form is None or hasattr(form, "passes_ours"):
        return

    def formed(content: Any, *given: Any, **more: Any) -> Any:
        return content if is_final(content) else form(content, *given, **more)

    formed.passes_ours = True  # type: ignore[attr-defined]
    base._format_output = formed
