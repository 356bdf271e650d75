"""The saver under LangGraph's async name; it is the same one, as every saver here answers both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from hilnb.checkpoint.sqlite.saver import SqliteSaver

__all__ = ["AsyncSqliteSaver"]


class AsyncSqliteSaver(SqliteSaver):
    """A `SqliteSaver` that is opened and closed with `async with`."""

    @classmethod
    @asynccontextmanager
    async def from_conn_string(cls, conn_string: str) -> AsyncIterator[Self]:  # type: ignore[override]
        """Open a file for an `async with` block, as `langgraph.checkpoint.sqlite.aio` does."""
        async with cls(conn_string) as saver:
            yield saver

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: Any) -> None:
        self.close()
