"""A compiled graph: what can be done with it. Every method is a plan and a driver."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from hilnb import _context
from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.drawing.picture import Picture
from hilnb.errors import GraphInterrupt
from hilnb.graph.drive import adrive, drive
from hilnb.graph.effects import Event, Plan
from hilnb.graph.listen import Listener, modes_of
from hilnb.graph.picture import picture_of
from hilnb.graph.plan import play
from hilnb.graph.schema import Schema
from hilnb.graph.snapshot import read_history, read_state
from hilnb.graph.spec import Program
from hilnb.graph.thread import Run, Thread
from hilnb.graph.turn import cache_place
from hilnb.graph.update import change
from hilnb.runtime import RunControl, Runtime
from hilnb.types import All, Durability, StateSnapshot, StateUpdate, StreamMode

if TYPE_CHECKING:
    from hilnb.graph.builder import StateGraph

__all__ = ["CompiledStateGraph"]

Config = Mapping[str, Any]
Modes = StreamMode | Sequence[StreamMode]


class CompiledStateGraph:
    """A graph that can be run, paused, resumed, looked at and drawn (semantics: LangGraph's class of this name).

    Made by `StateGraph.compile()`. As the last line of a notebook cell it shows its picture.

    A config names the thread, `{"configurable": {"thread_id": "1"}}`, and needs to when there is a checkpointer. The
    input of a run is a state to begin with, `Command(resume=answer)` to answer the open question, or None to go on
    after a failure or at a breakpoint.
    """

    def __init__(
        self,
        builder: StateGraph[Any, Any, Any, Any],
        program: Program,
        checkpointer: BaseCheckpointSaver | bool | None,
        schemas: Mapping[str, Schema],
        *,
        name: str = "LangGraph",
        debug: bool = False,
    ) -> None:
        self.builder = builder
        self.program = program
        self.checkpointer = checkpointer
        self.store, self.cache = program.store, program.cache
        self.name = name
        self.debug = debug
        self.config: dict[str, Any] = {}
        self._schemas = schemas

    @property
    def nodes(self) -> Mapping[str, Any]:
        """The nodes by name, START among them."""
        return self.program.nodes

    # ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def stream(
        self,
        input: Any,
        config: Config | None = None,
        *,
        context: Any = None,
        stream_mode: Modes | None = None,
        print_mode: Modes = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        durability: Durability | None = None,
        subgraphs: bool = False,
        debug: bool | None = None,
        version: str = "v1",
        control: RunControl | None = None,
    ) -> Iterator[Any]:
        """Run, and yield what happens while it happens.

        Args:
            input: A state, a Command, or None.
            config: Names the thread.
            context: What nodes read as `runtime.context`.
            stream_mode: "updates" (what each node wrote; the default), "values" (the state after each step), "custom"
                (what nodes write), "messages", "tasks", "checkpoints", "debug", or a list of them.
            print_mode: The modes to print as well.
            output_keys: The keys of the state to tell; all when None.
            interrupt_before: Stop before these nodes, this time; "*" for all.
            interrupt_after: Stop after these nodes, this time.
            durability: "exit" keeps only the checkpoint the call ends with.
            subgraphs: Whether to tell what happens in nested graphs too, with the place it happens at.
            debug: Print everything.
            version: "v2" yields dicts with `type`, `ns` and `data`.
            control: Ends the run between two supersteps, when asked to.

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
        listener = self._listener(stream_mode, print_mode, output_keys, subgraphs, debug, version)
        stops = interrupt_before, interrupt_after
        thread, run = self._prepare(input, config, listener, context, stops, durability)
        run.control = control
        for event in self._passed_on(drive(play(thread, run))):
            yield from listener.shape(event, thread.ns)
        _pause_caller(run)

    async def astream(
        self,
        input: Any,
        config: Config | None = None,
        *,
        context: Any = None,
        stream_mode: Modes | None = None,
        print_mode: Modes = (),
        output_keys: str | Sequence[str] | None = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        durability: Durability | None = None,
        subgraphs: bool = False,
        debug: bool | None = None,
        version: str = "v1",
        control: RunControl | None = None,
    ) -> AsyncIterator[Any]:
        """`stream`, on the running event loop. Async nodes are awaited, plain ones run in threads."""
        listener = self._listener(stream_mode, print_mode, output_keys, subgraphs, debug, version)
        stops = interrupt_before, interrupt_after
        thread, run = self._prepare(input, config, listener, context, stops, durability)
        run.control = control
        async for event in adrive(play(thread, run)):
            _tell_caller(event)
            for shaped in listener.shape(event, thread.ns):
                yield shaped
        _pause_caller(run)

    def invoke(
        self,
        input: Any,
        config: Config | None = None,
        *,
        context: Any = None,
        stream_mode: Modes = "values",
        output_keys: str | Sequence[str] | None = None,
        version: str = "v1",
        **options: Any,
    ) -> Any:
        """Run to the end, or to the next question.

        Args:
            input: A state, a Command, or None.
            config: Names the thread.
            context: What nodes read as `runtime.context`.
            stream_mode: Another mode than "values" gives the list of its events.
            output_keys: The keys to return; those of the output schema when None.
            version: "v2" returns a `GraphOutput`.
            options: As `stream`.

        Returns:
            The state, a dict; with the open questions under `"__interrupt__"` when the run is paused. None when
            nothing was ever written.

        Raises:
            Exception: As `stream`.
        """
        if stream_mode != "values":
            options |= {"context": context, "stream_mode": stream_mode, "output_keys": output_keys, "version": version}
            return list(self.stream(input, config, **options))
        listener, thread, run = self._silent(input, config, context, output_keys, version, options)
        for event in self._passed_on(drive(play(thread, run))):
            listener.shape(event, thread.ns)
        _pause_caller(run)
        return listener.result(run.output, run.interrupts)

    async def ainvoke(
        self,
        input: Any,
        config: Config | None = None,
        *,
        context: Any = None,
        stream_mode: Modes = "values",
        output_keys: str | Sequence[str] | None = None,
        version: str = "v1",
        **options: Any,
    ) -> Any:
        """`invoke`, on the running event loop. Async nodes are awaited, plain ones run in threads."""
        if stream_mode != "values":
            options |= {"context": context, "stream_mode": stream_mode, "output_keys": output_keys, "version": version}
            return [event async for event in self.astream(input, config, **options)]
        listener, thread, run = self._silent(input, config, context, output_keys, version, options)
        async for event in adrive(play(thread, run)):
            _tell_caller(event)
            listener.shape(event, thread.ns)
        _pause_caller(run)
        return listener.result(run.output, run.interrupts)

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
        found: list[StateSnapshot] = []
        _do(read_history(self._kept_thread(config), {"filter": filter, "before": before, "limit": limit}, found))
        yield from found

    async def aget_state_history(
        self,
        config: Config,
        *,
        filter: Mapping[str, Any] | None = None,
        before: Config | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[StateSnapshot]:
        """`get_state_history`, awaited."""
        found: list[StateSnapshot] = []
        chosen = {"filter": filter, "before": before, "limit": limit}
        await _ado(read_history(self._kept_thread(config), chosen, found))
        for snapshot in found:
            yield snapshot

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
        thread, run = self._kept_thread(config), Run(None, dict(config), metadata=_metadata(config))
        _do(change(thread, run, supersteps))
        return thread.named(thread.config, run.parents)

    async def abulk_update_state(self, config: Config, supersteps: Sequence[Sequence[StateUpdate]]) -> dict[str, Any]:
        """`bulk_update_state`, awaited."""
        thread, run = self._kept_thread(config), Run(None, dict(config), metadata=_metadata(config))
        await _ado(change(thread, run, supersteps))
        return thread.named(thread.config, run.parents)

    # ── about itself ──────────────────────────────────────────────────────────────────────────────────────────────────

    def clear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """Forget the kept results of these nodes; of all when None."""
        if self.cache is not None:
            self.cache.clear([cache_place(name) for name in nodes or self.program.nodes])

    async def aclear_cache(self, nodes: Sequence[str] | None = None) -> None:
        """`clear_cache`, awaited."""
        if self.cache is not None:
            await self.cache.aclear([cache_place(name) for name in nodes or self.program.nodes])

    def get_graph(self, config: Config | None = None, *, xray: bool | int = False) -> Picture:
        """The graph's picture: nodes, edges, and ways to draw them.

        Args:
            config: Ignored; LangGraph's.
            xray: Whether the graphs that nodes hold are opened; how deep, when a number.
        """
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

    def with_config(self, config: Config | None = None, **more: Any) -> CompiledStateGraph:
        """The same graph, with a config that every call's own config is added to."""
        other = copy.copy(self)
        other.config = _merged(self.config, {**(config or {}), **more})
        return other

    def get_name(self) -> str:
        """The name it was compiled with."""
        return self.name

    def get_input_jsonschema(self, config: Config | None = None) -> dict[str, Any]:
        """The JSON Schema of a run's input.

        Raises:
            ImportError: pydantic is not installed.
        """
        return self._schemas["input"].json(f"{self.name}Input")

    def get_output_jsonschema(self, config: Config | None = None) -> dict[str, Any]:
        """The JSON Schema of a run's result.

        Raises:
            ImportError: pydantic is not installed.
        """
        return self._schemas["output"].json(f"{self.name}Output")

    def get_context_jsonschema(self) -> dict[str, Any] | None:
        """The JSON Schema of a run's context; None when it has none.

        Raises:
            ImportError: pydantic is not installed.
        """
        context = self.program.context_schema
        return None if context is None else Schema(context, {}).json(context.__name__)

    @property
    def is_async(self) -> bool:
        """Whether a node or a conditional edge is an async function, so that only the async methods can run it."""
        return any(
            node.action.awaits
            or any(branch.action.awaits for branch in node.branches)
            or bool(getattr(node.action.given, "is_async", False))
            for node in self.program.nodes.values()
        )

    def __repr__(self) -> str:
        return repr(self.get_graph())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return self.get_graph()._repr_mimebundle_()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _listener(
        self,
        stream_mode: Modes | None,
        print_mode: Modes,
        keys: str | Sequence[str] | None,
        nested: bool,
        debug: bool | None,
        version: str,
    ) -> Listener:
        modes = modes_of(stream_mode or "updates")
        printed = modes_of(print_mode) or (("debug",) if debug or (debug is None and self.debug) else ())
        bare = stream_mode is None or isinstance(stream_mode, str)
        return Listener(modes, bare, nested, version == "v2", keys, printed, self._schemas["output"])

    def _silent(
        self,
        input: Any,
        config: Config | None,
        context: Any,
        keys: str | Sequence[str] | None,
        version: str,
        options: dict[str, Any],
    ) -> tuple[Listener, Thread, Run]:
        """What `invoke` needs: a listener that hears nothing but what is to be printed."""
        stops = options.pop("interrupt_before", None), options.pop("interrupt_after", None)
        durability = options.pop("durability", None)
        printed, debug = options.pop("print_mode", ()), options.pop("debug", None)
        control = options.pop("control", None)
        if options:
            raise TypeError(f"invoke() has no option {', '.join(options)}; see stream() for those there are.")
        if keys is None and self._schemas["output"].keys.keys() != self.program.schema.keys.keys():
            keys = tuple(self.program.output_keys)
        loud = self._listener(None, printed, keys, False, debug, version)
        listener = Listener((), True, False, loud.typed, keys, loud.printed, loud.schema)
        thread, run = self._prepare(input, config, listener, context, stops, durability)
        run.control = control
        return listener, thread, run

    def _prepare(
        self,
        input: Any,
        config: Config | None,
        listener: Listener,
        context: Any,
        stops: tuple[Any, Any],
        durability: Durability | None,
    ) -> tuple[Thread, Run]:
        """The thread a call is about, and the call itself; inside a node, both belong to that node's run."""
        config = _merged(self.config, config or {})
        if config.get("recursion_limit", 1) < 1:
            raise ValueError("recursion_limit must be at least 1")
        before = stops[0] or self.program.before
        after = stops[1] or self.program.after
        run = Run(input, config, listener.heard, listener.nested, before, after, at_the_end=durability == "exit")
        run.keys = [listener.keys] if isinstance(listener.keys, str) else listener.keys
        here = _context.current.get()
        if here is not None and not isinstance(self.checkpointer, BaseCheckpointSaver):
            return self._called_by(here, run, context), run
        if self.checkpointer is True:
            raise RuntimeError("checkpointer=True cannot be used for root graphs: give it a saver of its own.")
        run.metadata, run.runtime = _metadata(config), self._runtime(context, None)
        run.pausable = bool(self.checkpointer)
        saver = self.checkpointer or None
        where = _root_of(_thread_of(config), config) if saver else {"configurable": {}}
        return self._thread(saver, where), run

    def _called_by(self, here: _context.Running, run: Run, context: Any) -> Thread:
        """The thread of a graph that a node calls: inside the node's own, unless it keeps nothing."""
        run.config = _merged(here.config, run.config)
        around = here.about()
        own = {key: value for key, value in _metadata(run.config).items() if key not in around}
        run.metadata, run.runtime = own, self._runtime(context, here.runtime)
        run.inherited, run.resumed, run.pausable, run.parents = here.answers, here.resumed, here.pausable, here.parents
        run.heard = here.heard
        run.lasting, run.at_the_end = self.checkpointer is True, run.at_the_end or here.at_the_end
        if here.nested and here.tell is not None:
            run.modes, run.nested = frozenset(run.modes) | frozenset(here.modes), True
        ns = here.ns
        if run.lasting:
            ns = (*here.ns[:-1], here.ns[-1].partition(":")[0])
        elif here.children:
            ns = (*here.ns, str(here.children))
        here.children += 1
        saver = None if self.checkpointer is False else here.saver
        where = {}
        if saver is not None:
            where = {"configurable": {"thread_id": _thread_id(run.config), "checkpoint_ns": "|".join(ns)}}
        return self._thread(saver, where, ns)

    def _runtime(self, context: Any, around: Runtime[Any] | None) -> Runtime[Any]:
        schema = self.program.context_schema
        if isinstance(context, Mapping) and (is_dataclass(schema) or hasattr(schema, "model_fields")):
            context = schema(**context)
        store = self.program.store
        if around is not None:
            context = around.context if context is None else context
            store = around.store if store is None else store
        return Runtime(context=context, store=store)

    def _kept_thread(self, config: Config) -> Thread:
        config = _merged(self.config, config)
        saver = self.checkpointer
        if not isinstance(saver, BaseCheckpointSaver):
            raise ValueError(
                "No checkpointer set: nothing is kept to look at. "
                "Compile the graph with one: builder.compile(checkpointer=MemorySaver())."
            )
        where = _thread_of(config)
        graph = self
        for part in where["configurable"].get("checkpoint_ns", "").split("|"):
            node = graph.program.nodes.get(part.partition(":")[0])
            graph = graph if node is None or node.nested is None else node.nested
        return graph.thread_at(saver, where)

    def thread_at(self, saver: BaseCheckpointSaver, where: dict[str, Any]) -> Thread:
        """The thread a config names, for this graph wherever it is nested."""
        place = where["configurable"].get("checkpoint_ns", "")
        return self._thread(saver, where, tuple(place.split("|")) if place else ())

    def _thread(self, saver: BaseCheckpointSaver | None, where: dict[str, Any], ns: tuple[str, ...] = ()) -> Thread:
        return Thread(self.program, saver, ns, where, self.program.schema.start())

    @staticmethod
    def _passed_on(events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            _tell_caller(event)
            yield event


def _tell_caller(event: Event) -> None:
    """Inside a node, tell those who listen to the run around too, if they want to hear nested graphs."""
    here = _context.current.get()
    if here is not None and here.nested and here.tell is not None and event[1] in here.modes:
        here.tell(event)


def _pause_caller(run: Run) -> None:
    """Inside a node, a graph that stops pauses that node."""
    if run.inherited is not None and run.stopped:
        raise GraphInterrupt(run.interrupts)


def _do(plan: Plan) -> None:
    for _ in drive(plan):
        pass


async def _ado(plan: Plan) -> None:
    async for _ in adrive(plan):
        pass


def _merged(config: Config, more: Config) -> dict[str, Any]:
    """A config with another one's parts added; `configurable`, `metadata` and `tags` are merged, the rest replaced."""
    merged = {**config, **more}
    for part in ("configurable", "metadata"):
        if part in config or part in more:
            merged[part] = {**config.get(part, {}), **more.get(part, {})}
    if config.get("tags") and more.get("tags"):
        merged["tags"] = list(dict.fromkeys([*config["tags"], *more["tags"]]))
    return merged


def _metadata(config: Config) -> dict[str, Any]:
    """What is kept with every checkpoint: the config's metadata and its own plain values."""
    about = config.get("configurable", {})
    left_out = ("thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map")
    found = {**{k: v for k, v in about.items() if k not in left_out}, **config.get("metadata", {})}
    return {key: value for key, value in found.items() if isinstance(value, str | int | float | bool)}


def _thread_id(config: Config) -> str:
    name = config.get("configurable", {}).get("thread_id")
    if name is None or name == "":
        raise ValueError(
            "Checkpointer requires one or more of the following 'configurable' keys: thread_id. Say which thread this "
            f'is: {{"configurable": {{"thread_id": "1"}}}}. The config was: {dict(config)!r}.'
        )
    return str(name)


def _root_of(where: dict[str, Any], config: Config) -> dict[str, Any]:
    """The outermost graph's part of a config that names a nested one: a run always begins there."""
    if not where["configurable"].get("checkpoint_ns"):
        return where
    around = config["configurable"].get("checkpoint_map", {}).get("")
    return {"configurable": {"thread_id": _thread_id(config)} | ({"checkpoint_id": around} if around else {})}


def _thread_of(config: Config) -> dict[str, Any]:
    """The part of a config that names a thread, and a checkpoint of it."""
    named = {"thread_id": _thread_id(config)}
    about = config["configurable"]
    return {
        "configurable": named | {k: about[k] for k in ("checkpoint_ns", "checkpoint_id") if about.get(k) is not None}
    }
