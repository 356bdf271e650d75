"""What a run hands to its nodes besides the state: context, store, stream writer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from hilnb import _context
from hilnb.config import get_stream_writer

__all__ = ["ExecutionInfo", "RunControl", "Runtime", "get_runtime"]

ContextT = TypeVar("ContextT")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionInfo:
    """Where a node runs.

    Attributes:
        checkpoint_id: The checkpoint its superstep started from.
        checkpoint_ns: Its place among graphs that call each other: `node:task_id|…`.
        task_id: Its task.
        thread_id: Its thread; None when nothing keeps the state.
        run_id: None; LangGraph's tracing sets it.
        node_attempt: 1 for the first attempt, one more for each retry.
        node_first_attempt_time: When the first attempt began, by `time.time`.
    """

    checkpoint_id: str = ""
    checkpoint_ns: str = ""
    task_id: str = ""
    thread_id: str | None = None
    run_id: str | None = None
    node_attempt: int = 1
    node_first_attempt_time: float | None = None

    def patch(self, **changes: Any) -> ExecutionInfo:
        """The same with some parts changed."""
        return replace(self, **changes)


class RunControl:
    """Ends a run between two supersteps, from any thread: `stream(…, control=control)`; for one run."""

    __slots__ = ("_reason",)

    def __init__(self) -> None:
        self._reason: str | None = None

    def request_drain(self, reason: str = "shutdown") -> None:
        """Let the run end with GraphDrained before its next superstep; `invoke(None, config)` goes on later."""
        self._reason = reason

    @property
    def drain_requested(self) -> bool:
        """Whether it was asked to."""
        return self._reason is not None

    @property
    def drain_reason(self) -> str | None:
        """Why."""
        return self._reason


def _silent(_: Any) -> None:
    """A stream writer nobody listens to."""


def _still() -> None:
    """A heartbeat nobody waits for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime(Generic[ContextT]):
    """What a node that has a parameter `runtime: Runtime` gets (semantics: LangGraph's class of this name).

    Attributes:
        context: What the run was called with, as an instance of the graph's `context_schema`.
        store: The store the graph was compiled with.
        stream_writer: Writes to stream mode "custom".
        previous: What the last run of this thread's entrypoint returned.
        heartbeat: Says that the node is alive, for an `idle_timeout`.
        execution_info: Where the node runs.
        control: Ends the run between two supersteps: `runtime.control.request_drain()`.
        server_info: None; LangGraph's server sets it.
    """

    context: Any = None
    store: Any = None
    stream_writer: Callable[[Any], None] = _silent
    heartbeat: Callable[[], None] = _still
    previous: Any = None
    execution_info: ExecutionInfo | None = field(default=None)
    control: RunControl | None = None
    server_info: None = None

    def override(self, **changes: Any) -> Runtime[ContextT]:
        """The same runtime with some parts changed."""
        return replace(self, **changes)

    def merge(self, other: Runtime[ContextT]) -> Runtime[ContextT]:
        """This runtime with every part that `other` has."""
        parts = {name: getattr(other, name) for name in ("context", "store", "previous", "execution_info")}
        return replace(self, **{name: part for name, part in parts.items() if part is not None})


def get_runtime(context_schema: type[ContextT] | None = None) -> Runtime[ContextT]:
    """The runtime of the running node.

    Args:
        context_schema: Only for type checkers.

    Raises:
        RuntimeError: Not called from a running node.
    """
    return runtime_of(_context.running("get_runtime()"))


def runtime_of(here: _context.Running) -> Runtime[Any]:
    """The runtime of a task."""
    here.began = here.began or time.time()
    configurable = here.run.config.get("configurable", {})
    made: Runtime[Any] = here.run.runtime or Runtime()
    info = ExecutionInfo(
        checkpoint_id=here.parents.get("|".join(here.ns[:-1]), ""),
        checkpoint_ns="|".join(here.ns),
        task_id=here.ns[-1].rpartition(":")[2],
        thread_id=configurable.get("thread_id"),
        node_attempt=here.attempt,
        node_first_attempt_time=here.began,
    )

    def heartbeat() -> None:
        here.beat = time.monotonic()

    writer, control = get_stream_writer(), _control_of(here.run)
    return replace(made, stream_writer=writer, heartbeat=heartbeat, execution_info=info, control=control)


def _control_of(run: Any) -> RunControl:
    """The control of a call, the same for all calls around it; where the caller gave none, it is made now."""
    if run.control is None:
        run.control = RunControl() if run.around is None else _control_of(run.around)
    control: RunControl = run.control
    return control
