"""LangGraph's savers to keep our threads in; each kind is imported when it is opened."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager


@contextmanager
def on_a_loop(opened):
    """What an `async with` gives, made on a loop that runs in another thread."""
    loop = asyncio.new_event_loop()
    worker = threading.Thread(target=loop.run_forever)
    worker.start()

    def wait(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    context = opened()
    try:
        yield wait(context.__aenter__())
    finally:
        wait(context.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        worker.join()
        loop.close()


class Place:
    """Where threads are kept: `open()` gives a saver of LangGraph's on it for a `with` block, each time another one."""

    def __init__(self, kind, path, address):
        self.kind, self.path, self.address = kind, path, address
        self._memory = None

    @contextmanager
    def open(self):
        if self.kind == "memory":
            from langgraph.checkpoint.memory import InMemorySaver

            self._memory = self._memory or InMemorySaver()
            yield self._memory
        elif self.kind == "sqlite":
            from langgraph.checkpoint.sqlite import SqliteSaver

            with SqliteSaver.from_conn_string(str(self.path)) as saver:
                yield saver
        elif self.kind == "async sqlite":
            from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

            with on_a_loop(lambda: AsyncSqliteSaver.from_conn_string(str(self.path))) as saver:
                yield saver
        elif self.kind == "postgres":
            from langgraph.checkpoint.postgres import PostgresSaver

            with PostgresSaver.from_conn_string(self.address) as saver:
                yield saver
        else:
            from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

            with on_a_loop(lambda: AsyncPostgresSaver.from_conn_string(self.address)) as saver:
                yield saver
