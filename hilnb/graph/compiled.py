"""A compiled graph: what can be done with it. Every method is a plan and a driver."""

from __future__ import annotations

import copy
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from contextvars import copy_context
from types import GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from hilnb.cache.base import BaseCache
from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.former import warn_of
from hilnb.graph.calling import Options, call
from hilnb.graph.configs import Config, merged, metadata_of, thread_of
from hilnb.graph.drive import drive
from hilnb.graph.effects import Event, Plan
from hilnb.graph.models import config_model, input_model, json_of, json_schema_of, output_model
from hilnb.graph.plan import play
from hilnb.graph.schema import Schema
from hilnb.graph.snapshot import View, read_state
from hilnb.graph.spec import Program
from hilnb.graph.thread import Run, Thread
from hilnb.graph.turn import cache_place
from hilnb.graph.update import change
from hilnb.types import All, StateSnapshot, StateUpdate

if TYPE_CHECKING:
    from hilnb.drawing.picture import Picture
    from hilnb.graph.builder import StateGraph

__all__ = ["CompiledStateGraph"]


class CompiledStateGraph:
    """A graph that can be run, paused, resumed, looked at and drawn (semantics: LangGraph's class of this name).

    Made by `StateGraph.compile()`. As the last line of a notebook cell it shows its picture.

    A config names the thread, `{"configurable": {"thread_id": "1"}}`, and needs to when there is a checkpointer. The
    input of a run is a state to begin with, `Command(resume=answer)` to answer the open question, or None to go on
    after a failure or at a breakpoint.
    """

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)

    def __init__(
        self,
        builder: StateGraph[Any, Any, Any, Any] | None,
        program: Program,
        checkpointer: BaseCheckpointSaver | bool | None,
        schemas: Mapping[str, Schema],
        *,
        name: str = "LangGraph",
        debug: bool = False,
    ) -> None:
        if not isinstance(checkpointer, BaseCheckpointSaver | bool | None):
            raise TypeError(
                "Invalid checkpointer provided. Expected an instance of `BaseCheckpointSaver`, `True`, `False`, or "
                f"`None`. Received {type(checkpointer).__name__}. Pass a saver: compile(checkpointer=MemorySaver()), "
                "or one of LangGraph's through hilnb.interop.langgraph.saver(…)."
            )
        if program.store is not None and not hasattr(program.store, "search"):
            raise TypeError(f"store={program.store!r} is no store. Pass one, for example store=InMemoryStore().")
        if program.cache is not None and not hasattr(program.cache, "clear"):
            raise TypeError(f"cache={program.cache!r} is no cache. Pass one, for example cache=InMemoryCache().")
        self.builder = builder
        self.program = program
        self.checkpointer = checkpointer
        self.store, self.cache = program.store, program.cache
        self.name = name
        self.debug = debug
        self.config: dict[str, Any] = {}
        self.schemas = schemas

    @property
    def nodes(self) -> Mapping[str, Any]:
        """The nodes by name, START among them."""
        return self.program.nodes

    @property
    def context_schema(self) -> Any:
        """The class of what nodes read as `runtime.context`; None when there is none."""
        return self.program.context_schema

    @property
    def interrupt_before_nodes(self) -> All | Sequence[str]:
        """The nodes that every run stops before."""
        return self.program.before

    @property
    def interrupt_after_nodes(self) -> All | Sequence[str]:
        """The nodes that every run stops after."""
        return self.program.after

    # ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def stream(self, input: Any, config: Config | None = None, **options: Unpack[Options]) -> Iterator[Any]:
        """Run, and yield what happens while it happens.

        Args:
            input: A state, a Command, or None.
            config: Names the thread.
            options: `stream_mode`, `subgraphs`, `context` and others; see `Options`.

        Yields:
            An event; `(mode, event)` when a list of modes was asked for. A pause is `{"__interrupt__": (Interrupt, …)}`
            among the updates, and part of the last values.

        Raises:
            ValueError: No thread is named though there is a checkpointer, or a mode is unknown.
            EmptyInputError: The input is None and the thread has not begun.
            UnknownInterruptError: A Command answers a question that is not open.
            RuntimeError: A Command resumes without checkpointer, or does not say which of several questions it answers.
            GraphRecursionError: `recursion_limit` supersteps were not enough.
            Exception: What a node raised. `invoke(None, config)` tries again from there.
        """
        called = call(self, input, config, options)
        for event in drive(play(called.thread, called.run), called.most, called.run.executor):
            yield from called.hear(event)
        called.close()

    async def astream(self, input: Any, config: Config | None = None, **options: Unpack[Options]) -> AsyncIterator[Any]:
        """`stream`, on the running event loop. Async nodes are awaited, plain ones run in threads."""
        called = call(self, input, config, options)
        async with aclosing(_adrive(play(called.thread, called.run), called.most, called.run.executor)) as events:
            async for event in events:
                for heard in called.hear(event):
                    yield heard
        called.close()

    def invoke(self, input: Any, config: Config | None = None, **options: Unpack[Options]) -> Any:
        """Run to the end, or to the next question.

        Args:
            input: A state, a Command, or None.
            config: Names the thread.
            options: As `stream`. Another `stream_mode` than "values" gives the list of its events.

        Returns:
            The state, a dict; with the open questions under `"__interrupt__"` when the run is paused. None when
            nothing was ever written.

        Raises:
            Exception: As `stream`.
        """
        if options.get("stream_mode", "values") != "values":
            return list(self.stream(input, config, **options))
        called = call(self, input, config, options, silent=True)
        for event in drive(play(called.thread, called.run), called.most, called.run.executor):
            called.hear(event)
        return called.result()

    async def ainvoke(self, input: Any, config: Config | None = None, **options: Unpack[Options]) -> Any:
        """`invoke`, on the running event loop. Async nodes are awaited, plain ones run in threads."""
        if options.get("stream_mode", "values") != "values":
            return [event async for event in self.astream(input, config, **options)]
        called = call(self, input, config, options, silent=True)
        async for event in _adrive(play(called.thread, called.run), called.most, called.run.executor):
            called.hear(event)
        return called.result()

    def batch(
        self,
        inputs: Sequence[Any],
        config: Config | Sequence[Config] | None = None,
        *,
        return_exceptions: bool = False,
        **options: Unpack[Options],
    ) -> list[Any]:
        """`invoke` once for each input, side by side in threads; the results in the inputs' order.

        Args:
            inputs: What each run begins with.
            config: For all of them, or one for each. `max_concurrency` is how many run at the same time.
            return_exceptions: Whether a run that fails gives its exception as its result.
            options: As `invoke`.

        Raises:
            ValueError: There are more, or fewer, configs than inputs.
            Exception: What the first failing run raised, in the inputs' order.
        """
        from concurrent.futures import ThreadPoolExecutor  # loads logging; only this method needs it

        configs = _configs(inputs, config)

        def one(input: Any, config: Config) -> Any:
            try:
                return self.invoke(input, config, **options)
            except Exception as error:
                if not return_exceptions:
                    raise
                return error

        if not configs:
            return []
        with ThreadPoolExecutor(configs[0].get("max_concurrency")) as pool:
            pairs = zip(inputs, configs, strict=True)
            runs = [pool.submit(copy_context().run, one, input, each) for input, each in pairs]
            return [run.result() for run in runs]

    async def abatch(
        self,
        inputs: Sequence[Any],
        config: Config | Sequence[Config] | None = None,
        *,
        return_exceptions: bool = False,
        **options: Unpack[Options],
    ) -> list[Any]:
        """`batch`, on the running event loop."""
        from hilnb.graph.adrive import side_by_side  # only the async methods load it, as `_adrive` does

        configs = _configs(inputs, config)
        most = (configs[0] if configs else {}).get("max_concurrency") or max(len(configs), 1)
        runs = [self.ainvoke(input, each, **options) for input, each in zip(inputs, configs, strict=True)]
        return await side_by_side(runs, most, return_exceptions=return_exceptions)

    # ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def get_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        """The thread as it is now; as it was, when the config names a checkpoint.

        Args:
            config: Names the thread; with a `checkpoint_ns`, the graph nested in it.
            subgraphs: Whether a task that holds a graph shows that graph's snapshot.

        Returns:
            A snapshot; with empty values and no metadata when the thread is unknown.

        Raises:
            ValueError: The graph was compiled without checkpointer, or no thread is named.
        """
        found: list[StateSnapshot] = []
        _do(read_state(self._kept_thread(config), subgraphs, found))
        return found[0]

    async def aget_state(self, config: Config, *, subgraphs: bool = False) -> StateSnapshot:
        """`get_state`, awaited."""
        found: list[StateSnapshot] = []
        await _ado(read_state(self._kept_thread(config), subgraphs, found))
        return found[0]

    def get_state_history(
        self,
        config: Config,
        *,
        filter: Mapping[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> Iterator[StateSnapshot]:
        """The thread's snapshots, newest first, one for each superstep, input and update.

        Args:
            config: Names the thread.
            filter: Only those whose metadata has these values.
            before: Only those before the checkpoint this names.
            limit: The most to yield.

        Raises:
            ValueError: The graph was compiled without checkpointer, or no thread is named.
        """
        saver, thread = self._keeper(), self._kept_thread(config)
        view = View(thread)
        for kept in saver.list(thread.config, filter=filter, before=before, limit=limit):
            yield view.of(kept, live=False)

    async def aget_state_history(
        self,
        config: Config,
        *,
        filter: Mapping[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """`get_state_history`, awaited."""
        saver, thread = self._keeper(), self._kept_thread(config)
        view = View(thread)
        async for kept in saver.alist(thread.config, filter=filter, before=before, limit=limit):
            yield view.of(kept, live=False)

    # ── changing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def update_state(
        self, config: Config, values: Any, as_node: str | None = None, task_id: str | None = None
    ) -> dict[str, Any]:
        """Change the state, as if a node had written the values: what follows that node runs next.

        Args:
            config: Names the thread; with a `checkpoint_id`, the checkpoint to branch from.
            values: What to merge. None with `as_node=END` ends the thread.
            as_node: Whose update it is; the node's that ran last when None.
            task_id: Ignored; LangGraph's.

        Returns:
            The config that names the new checkpoint.

        Raises:
            InvalidUpdateError: There is no such node, or it is unclear which one ran last.
            ValueError: The graph was compiled without checkpointer, or no thread is named.
        """
        return self.bulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])

    async def aupdate_state(
        self, config: Config, values: Any, as_node: str | None = None, task_id: str | None = None
    ) -> dict[str, Any]:
        """`update_state`, awaited."""
        return await self.abulk_update_state(config, [[StateUpdate(values, as_node, task_id)]])

    def bulk_update_state(self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]) -> dict[str, Any]:
        """Several updates, superstep by superstep; those of one superstep are merged together.

        Raises:
            Exception: As `update_state`.
        """
        thread, run = self._for_update(config)
        _do(change(thread, run, supersteps))
        return thread.named(thread.config, run.parents)

    async def abulk_update_state(self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]) -> dict[str, Any]:
        """`bulk_update_state`, awaited."""
        thread, run = self._for_update(config)
        await _ado(change(thread, run, supersteps))
        return thread.named(thread.config, run.parents)

    # ── about itself ──────────────────────────────────────────────────────────────────────────────────────────────────

    def clear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """Forget the kept results of these nodes; of all when None.

        Raises:
            ValueError: The graph was compiled without a cache.
        """
        self._needed_cache().clear([cache_place(name) for name in nodes or self.program.nodes])

    async def aclear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """`clear_cache`, awaited."""
        await self._needed_cache().aclear([cache_place(name) for name in nodes or self.program.nodes])

    def get_graph(self, config: Config | None = None, *, xray: bool | int = False) -> Picture:
        """The graph's picture: nodes, edges, and ways to draw them.

        Args:
            config: Ignored; LangGraph's.
            xray: Whether the graphs that nodes hold are opened; how deep, when a number.
        """
        from hilnb.graph.picture import picture_of  # drawing is loaded by the first picture

        return picture_of(self.program, xray)

    async def aget_graph(self, config: Config | None = None, *, xray: bool | int = False) -> Picture:
        """`get_graph`, awaited."""
        return self.get_graph(config, xray=xray)

    def get_subgraphs(
        self, *, namespace: str | None = None, recurse: bool = False
    ) -> Iterator[tuple[str, CompiledStateGraph]]:
        """The graphs that nodes hold, each with its place.

        Args:
            namespace: Only the one at this place.
            recurse: Whether to go on into them.
        """
        for name, node in self.program.nodes.items():
            if node.nested is None:
                continue
            if namespace in (None, name):
                yield name, node.nested
            if recurse and (namespace is None or namespace.startswith(f"{name}|")):
                rest = None if namespace is None else namespace.removeprefix(f"{name}|")
                for place, graph in node.nested.get_subgraphs(namespace=rest, recurse=True):
                    yield f"{name}|{place}", graph

    async def aget_subgraphs(
        self, *, namespace: str | None = None, recurse: bool = False
    ) -> AsyncIterator[tuple[str, CompiledStateGraph]]:
        """`get_subgraphs`, awaited."""
        for found in self.get_subgraphs(namespace=namespace, recurse=recurse):
            yield found

    def with_config(self, config: Config | None = None, **more: Any) -> CompiledStateGraph:
        """The same graph, with a config that every call's own config is added to."""
        other = copy.copy(self)
        other.config = merged(self.config, {**(config or {}), **more})
        return other

    def get_name(self) -> str:
        """The name it was compiled with."""
        return self.name

    def get_input_jsonschema(self, config: Config | None = None) -> dict[str, Any]:
        """The JSON Schema of a run's input.

        Raises:
            ImportError: pydantic is not installed.
        """
        return json_of(self.schemas["input"], f"{self.name}Input")

    def get_output_jsonschema(self, config: Config | None = None) -> dict[str, Any]:
        """The JSON Schema of a run's result.

        Raises:
            ImportError: pydantic is not installed.
        """
        return json_of(self.schemas["output"], f"{self.name}Output")

    def get_context_jsonschema(self) -> dict[str, Any] | None:
        """The JSON Schema of a run's context; None when it has none.

        Raises:
            ImportError: pydantic is not installed.
        """
        return None if self.context_schema is None else json_schema_of(self.context_schema)

    def get_input_schema(self, config: Config | None = None) -> Any:
        """A run's input as a pydantic model.

        Raises:
            ImportError: pydantic is not installed.
        """
        return input_model(self.schemas["input"], f"{self.name}Input")

    def get_output_schema(self, config: Config | None = None) -> Any:
        """A run's result as a pydantic model.

        Raises:
            ImportError: pydantic is not installed.
        """
        return output_model(self.schemas["output"], f"{self.name}Output")

    def config_schema(self) -> Any:
        """What `get_context_jsonschema` was in mid-2025: a pydantic model of the config."""
        warn_of("config_schema()", "get_context_jsonschema()")
        return config_model(self.context_schema, f"{self.name}Config")

    def get_config_jsonschema(self) -> dict[str, Any]:
        """What `get_context_jsonschema` was in mid-2025."""
        warn_of("get_config_jsonschema()", "get_context_jsonschema()")
        return json_schema_of(config_model(self.context_schema, f"{self.name}Config"))

    @property
    def is_async(self) -> bool:
        """Whether a node or a conditional edge is an async function, so that only the async methods can run it."""
        return any(
            node.action.awaits or bool(getattr(node.action.given, "is_async", False))
            for node in self.program.nodes.values()
        ) or any(branch.action.awaits for known in self.program.wiring.branches.values() for branch in known)

    def __repr__(self) -> str:
        return repr(self.get_graph())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self.get_graph()._repr_mimebundle_()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _needed_cache(self) -> BaseCache[Any]:
        if self.cache is None:
            raise ValueError(
                "No cache is set for this graph. Cannot clear cache. "
                "Compile the graph with one: builder.compile(cache=InMemoryCache())."
            )
        cache: BaseCache[Any] = self.cache
        return cache

    def _kept_thread(self, config: Config) -> Thread:
        """The thread a config names; with a `checkpoint_ns`, that of the graph nested there."""
        saver = self._keeper()
        where = thread_of(merged(self.config, config))
        graph, ns = self, []
        for part in where["configurable"].get("checkpoint_ns", "").split("|"):
            node = graph.program.nodes.get(part.partition(":")[0])
            if node is not None and node.nested is not None:
                graph = node.nested
                if graph.checkpointer is True:  # one history through all calls, so its place has no task in it
                    part = part.partition(":")[0]
            ns.append(part)
        named = {**where["configurable"], "checkpoint_ns": "|".join(ns)}
        return graph.thread_at(saver, {**where, "configurable": named} if named["checkpoint_ns"] else where)

    def _keeper(self) -> BaseCheckpointSaver:
        """The saver, for who wants to look at what it keeps."""
        saver = self.checkpointer
        if not isinstance(saver, BaseCheckpointSaver):
            raise ValueError(
                "No checkpointer set: nothing is kept to look at. "
                "Compile the graph with one: builder.compile(checkpointer=MemorySaver())."
            )
        return saver

    def _for_update(self, config: Config) -> tuple[Thread, Run]:
        """The thread a config names, and the call that changes it."""
        thread, config = self._kept_thread(config), merged(self.config, config)
        if thread.ns and thread.program is self.program:
            raise ValueError(
                f"checkpoint_ns={'|'.join(thread.ns)!r}: no node of this graph holds a graph of that name."
            )
        return thread, Run(None, config, metadata=metadata_of(config))

    def thread_at(self, saver: BaseCheckpointSaver, where: dict[str, Any]) -> Thread:
        """The thread a config names, for this graph wherever it is nested."""
        place = where["configurable"].get("checkpoint_ns", "")
        return Thread.of(self.program, saver, where, tuple(place.split("|")) if place else ())


def _configs(inputs: Sequence[Any], config: Config | Sequence[Config] | None) -> Sequence[Config]:
    """A config for each input."""
    if config is None or isinstance(config, Mapping):
        return [config or {}] * len(inputs)
    if len(config) != len(inputs):
        raise ValueError(
            "config must be a list of the same length as inputs, "
            f"but got {len(config)} configs for {len(inputs)} inputs."
        )
    return config


def _do(plan: Plan) -> None:
    for _ in drive(plan):
        pass


def _adrive(plan: Plan, most: int | None = None, executor: Any = None) -> AsyncGenerator[Event, None]:
    from hilnb.graph.adrive import adrive  # asyncio is loaded by the first run that is async

    return adrive(plan, most, executor)


async def _ado(plan: Plan) -> None:
    async for _ in _adrive(plan):
        pass
