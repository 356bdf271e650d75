"""Tool calls that came to their end, while another call of the same node paused or failed, do not run again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hilnb import _context
from hilnb.side_effects import once, was_done

__all__ = ["akeep", "finished", "keep"]

Call = Mapping[str, Any]


def finished(n: int, call: Call) -> Any:
    """The result of the node's n-th call, if it ended before the node started again; None when it is to run."""
    here = _keeping(call)
    if here is None or not was_done(_key(n, call)):
        return None
    # Whoever asks next in this place has the number after this call's questions, as if it had run.
    result, here.asked, here.children = once(_key(n, call), lambda: (None, 0, 0))
    return result


def keep(n: int, call: Call, result: Any) -> None:
    """Remember what the node's n-th call has done until the node's turn is over."""
    here = _keeping(call)
    if here is not None:
        once(_key(n, call), lambda: (result, here.asked, here.children))


async def akeep(n: int, call: Call, result: Any) -> None:
    """`keep`, awaited."""
    here = _keeping(call)
    if here is not None:

        async def done() -> tuple[Any, int, int]:
            return result, here.asked, here.children

        await once(_key(n, call), done)


def _keeping(call: Call) -> _context.Running | None:
    """The running task, where there is one that keeps what it did, and the call can be told from others."""
    here = _context.current.get()
    return None if here is None or not here.remembers or call["id"] is None else here


def _key(n: int, call: Call) -> str:
    return f"tool call {n}, {call['id']}"  # some models give several calls one id
