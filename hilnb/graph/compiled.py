"""A compiled graph: what can be done with it. Every method is a plan and a driver."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from hilnb import _context
from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.drawing.picture import Picture
from hilnb.errors import GraphInterrupt, did_you_mean
from hilnb.graph.drive import adrive, drive
from hilnb.graph.picture import picture_of
from hilnb.graph.plan import play
from hilnb.graph.snapshot import read_history, read_state
from hilnb.graph.spec import Node
from hilnb.graph.thread import Run, Thread
from hilnb.types import StateSnapshot, StreamMode

if TYPE_CHECKING:
    from hilnb.graph.builder import StateGraph

__all__ = ["CompiledStateGraph"]

Config = Mapping[str, Any]
_MODES = get_args(StreamMode)


class CompiledStateGraph:
    """A graph that can be run, paused, resumed, looked at and drawn (semantics: LangGraph's class of this name).

    Made by `StateGraph.compile()`. As the last line of a notebook cell it shows its picture.

    A config names the thread, `{"configurable": {"thread_id": "1"}}`, and needs to when there is a checkpointer. The
    input of a run is a state to begin with, `Command(resume=answer)` to answer the open question, or None to go on
    after a failure.
    """

    def __init__(
        self, builder: StateGraph, nodes: Mapping[str, Node], checkpointer: BaseCheckpointSaver | None
    ) -> None:
        self.builder = builder
        self.nodes = nodes
        self.checkpointer = checkpointer

    # ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def stream(
        self, input: Any, config: Config | None = None, *, stream_mode: StreamMode | Sequence[StreamMode] | None = None
    ) -> Iterator[Any]:
        """Run, and yield what happens while it happens.

        Args:
            input: A state, a Command, or None.
            config: Names the thread.
            stream_mode: "updates" (what each node wrote; the default), "values" (the state after each step), "tasks"
                (each node's start and end), or a list of them.

        Yields:
            An event; `(mode, event)` when a list was asked for. A pause is `{"__interrupt__": (Interrupt, …)}` among
            the updates, and part of the last values.

        Raises:
            ValueError: No thread is named though there is a checkpointer, or a mode is unknown.
            EmptyInputError: The input is None and the thread has not begun.
            UnknownInterruptError: A Command answers a question that is not open.
            RuntimeError: A Command resumes without checkpointer, or does not say which of several questions it answers.
            GraphRecursionError: `recursion_limit` supersteps were not enough.
            Exception: What a node raised. `invoke(None, config)` tries again from there.
        """
        modes = _modes(stream_mode)
        thread, run = self._prepare(input, config, modes)
        for event in drive(play(thread, run)):
            yield event if stream_mode is not None and not isinstance(stream_mode, str) else event[1]
        _pass_on(run)

    async def astream(
        self, input: Any, config: Config | None = None, *, stream_mode: StreamMode | Sequence[StreamMode] | None = None
    ) -> AsyncIterator[Any]:
        """`stream`, on the running event loop. Async nodes are awaited, plain ones run in threads."""
        modes = _modes(stream_mode)
        thread, run = self._prepare(input, config, modes)
        async for event in adrive(play(thread, run)):
            yield event if stream_mode is not None and not isinstance(stream_mode, str) else event[1]
        _pass_on(run)

    def invoke(self, input: Any, config: Config | None = None) -> Any:
        """Run to the end, or to the next question.

        Returns:
            The state, a dict; with the open questions under `"__interrupt__"` when the run is paused. None when
            nothing was ever written.

        Raises:
            Exception: As `stream`.
        """
        thread, run = self._prepare(input, config, ())
        for _ in drive(play(thread, run)):
            pass
        return _result(run)

    async def ainvoke(self, input: Any, config: Config | None = None) -> Any:
        """`invoke`, on the running event loop. Async nodes are awaited, plain ones run in threads."""
        thread, run = self._prepare(input, config, ())
        async for _ in adrive(play(thread, run)):
            pass
        return _result(run)

    # ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def get_state(self, config: Config) -> StateSnapshot:
        """The thread as it is now; as it was, when the config names a checkpoint.

        Returns:
            A snapshot; with empty values and no metadata when the thread is unknown.

        Raises:
            ValueError: The graph was compiled without checkpointer, or no thread is named.
        """
        found: list[StateSnapshot] = []
        for _ in drive(read_state(self._kept_thread(config), found)):
            pass
        return found[0]

    async def aget_state(self, config: Config) -> StateSnapshot:
        """`get_state`, awaited."""
        found: list[StateSnapshot] = []
        async for _ in adrive(read_state(self._kept_thread(config), found)):
            pass
        return found[0]

    def get_state_history(self, config: Config, *, limit: int | None = None) -> Iterator[StateSnapshot]:
        """The thread's snapshots, newest first, one for each superstep and each input; `limit` at most.

        Raises:
            ValueError: The graph was compiled without checkpointer, or no thread is named.
        """
        found: list[StateSnapshot] = []
        for _ in drive(read_history(self._kept_thread(config), limit, found)):
            pass
        yield from found

    async def aget_state_history(self, config: Config, *, limit: int | None = None) -> AsyncIterator[StateSnapshot]:
        """`get_state_history`, awaited."""
        found: list[StateSnapshot] = []
        async for _ in adrive(read_history(self._kept_thread(config), limit, found)):
            pass
        for snapshot in found:
            yield snapshot

    def get_graph(self) -> Picture:
        """The graph's picture: nodes, edges, and ways to draw them."""
        return picture_of(self.nodes)

    @property
    def is_async(self) -> bool:
        """Whether a node or a conditional edge is an async function, so that only the async methods can run it."""
        return any(node.awaits or any(branch.awaits for branch in node.branches) for node in self.nodes.values())

    def __repr__(self) -> str:
        return repr(self.get_graph())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self.get_graph()._repr_mimebundle_()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _prepare(self, input: Any, config: Config | None, modes: Sequence[str]) -> tuple[Thread, Run]:
        """The thread a call is about, and the call itself; inside a node, both belong to that node's run."""
        config = dict(config or {})
        if config.get("recursion_limit", 1) < 1:
            raise ValueError("recursion_limit must be at least 1")
        here = _context.current.get()
        if here is None or self.checkpointer is not None:
            where = _thread_of(config) if self.checkpointer is not None else {"configurable": {}}
            thread = self._thread(self.checkpointer, where)
            return thread, Run(input, config, modes)
        config["configurable"] = {**here.config.get("configurable", {}), **config.get("configurable", {})}
        ns = (*here.ns, str(here.children)) if here.children else here.ns
        here.children += 1
        where = {}
        if here.saver is not None:
            where = {"configurable": {"thread_id": _thread_id(config), "checkpoint_ns": "|".join(ns)}}
        return self._thread(here.saver, where, ns), Run(input, config, modes, inherited=here.answers)

    def _kept_thread(self, config: Config) -> Thread:
        if self.checkpointer is None:
            raise ValueError(
                "No checkpointer set: nothing is kept to look at. "
                "Compile the graph with one: builder.compile(checkpointer=MemorySaver())."
            )
        return self._thread(self.checkpointer, _thread_of(config))

    def _thread(self, saver: BaseCheckpointSaver | None, where: dict[str, Any], ns: tuple[str, ...] = ()) -> Thread:
        schema = self.builder.schema
        return Thread(schema, self.nodes, saver, ns, where, schema.start())


def _modes(stream_mode: StreamMode | Sequence[StreamMode] | None) -> Sequence[str]:
    modes = [stream_mode or "updates"] if isinstance(stream_mode, str | None) else list(stream_mode)
    for mode in modes:
        if mode not in _MODES:
            raise ValueError(
                f"stream_mode={mode!r} is unknown{did_you_mean(mode, _MODES)}. It is one of: {', '.join(_MODES)}."
            )
    return modes


def _thread_id(config: Config) -> str:
    name = config.get("configurable", {}).get("thread_id")
    if name is None or name == "":
        raise ValueError(
            "Checkpointer requires one or more of the following 'configurable' keys: thread_id. Say which thread this "
            f'is: {{"configurable": {{"thread_id": "1"}}}}. The config was: {dict(config)!r}.'
        )
    return str(name)


def _thread_of(config: Config) -> dict[str, Any]:
    """The part of a config that names a thread, and a checkpoint of it."""
    named = {"thread_id": _thread_id(config)}
    about = config["configurable"]
    return {"configurable": named | {k: about[k] for k in ("checkpoint_ns", "checkpoint_id") if about.get(k)}}


def _pass_on(run: Run) -> None:
    """Inside a node, a paused graph pauses that node."""
    if run.inherited is not None and run.interrupts:
        raise GraphInterrupt(run.interrupts)


def _result(run: Run) -> Any:
    _pass_on(run)
    if run.interrupts:
        return {**(run.output or {}), "__interrupt__": list(run.interrupts)}
    return run.output
