"""One call of `invoke` or `stream`: what it was asked for, the thread it is about, who hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any, Protocol, TypedDict

from hilnb import _context
from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.constants import TAG_HIDDEN
from hilnb.errors import GraphInterrupt, did_you_mean
from hilnb.former import warn_of
from hilnb.graph.configs import Config, merged, metadata_of, root_of, thread_id_of, thread_of
from hilnb.graph.effects import Event
from hilnb.graph.listen import Listener, modes_of
from hilnb.graph.schema import Schema
from hilnb.graph.spec import Program
from hilnb.graph.thread import Run, Thread
from hilnb.runtime import RunControl, Runtime
from hilnb.types import All, Durability, StreamMode

__all__ = ["Called", "Modes", "Options", "Runnable", "call"]

Modes = StreamMode | Sequence[StreamMode]


class Options(TypedDict, total=False):
    """What a call may say besides its input and config.

    Attributes:
        context: What nodes read as `runtime.context`.
        stream_mode: "updates" (what each node wrote; `stream`'s default), "values" (the state after each step;
            `invoke`'s default), "custom" (what nodes write), "messages", "tasks", "checkpoints", "debug", or a list.
        print_mode: The modes to print as well.
        output_keys: The keys of the state to tell; all when None.
        interrupt_before: Stop before these nodes, this time; "*" for all.
        interrupt_after: Stop after these nodes, this time.
        durability: "exit" keeps only the checkpoint the call ends with.
        subgraphs: Whether to tell what happens in nested graphs too, with the place it happens at.
        debug: Print everything.
        version: "v2" yields dicts with `type`, `ns` and `data`, and returns a `GraphOutput`.
        control: Ends the run between two supersteps, when asked to.
    """

    context: Any
    stream_mode: Modes | None
    print_mode: Modes
    output_keys: str | Sequence[str] | None
    interrupt_before: All | Sequence[str] | None
    interrupt_after: All | Sequence[str] | None
    durability: Durability | None
    subgraphs: bool
    debug: bool | None
    version: str
    control: RunControl | None


class Runnable(Protocol):
    """What of a compiled graph a call needs."""

    program: Program
    checkpointer: BaseCheckpointSaver | bool | None
    config: dict[str, Any]
    debug: bool
    schemas: Mapping[str, Schema]


@dataclass(slots=True)
class Called:
    """A call that is under way.

    Attributes:
        thread: The thread it is about.
        run: The call, for the plan.
        listener: Who hears of it.
        around: The node that made the call; None when no node did.
        most: How many nodes may run at the same time; None when the config does not say.
    """

    thread: Thread
    run: Run
    listener: Listener
    around: _context.Running | None
    most: int | None

    def hear(self, event: Event) -> list[Any]:
        """What the caller gets of an event; those who listen to the node around hear it at once."""
        around = self.around
        kept = event[1] == "custom" and "custom" in self.listener.modes  # what is written is for the nearest listener
        hears = around is not None and around.run.nested and event[1] in around.modes
        if around is not None and around.tell is not None and hears and not kept:
            around.tell(event)
        return self.listener.shape(event, self.thread.ns)

    def close(self) -> None:
        """Pause the node around, if this graph stopped.

        Raises:
            GraphInterrupt: It did.
        """
        if self.run.inherited is not None and self.run.stopped:
            raise GraphInterrupt(self.run.interrupts)

    def result(self) -> Any:
        """What `invoke` returns."""
        self.close()
        return self.listener.result(self.run.output, self.run.interrupts)


def call(graph: Runnable, input: Any, config: Config | None, options: Options, *, silent: bool = False) -> Called:
    """Prepare a call. Inside a node, thread and answers are those of the node's run.

    Args:
        graph: The compiled graph.
        input: A state, a Command, or None.
        config: Names the thread.
        options: Everything else.
        silent: Whether only the result counts.

    Raises:
        TypeError: An option that does not exist.
        ValueError: No thread is named though there is a checkpointer, or a stream mode or an output key does not exist.
        RuntimeError: A graph that has only its parent's saver is not called by a node.
    """
    if "checkpoint_during" in options:
        options = {**options}
        during = options.pop("checkpoint_during")  # type: ignore[typeddict-item]
        warn_of("checkpoint_during", "durability", stacklevel=4)
        options.setdefault("durability", "async" if during else "exit")
    for name in options:
        if name not in Options.__annotations__:
            near = did_you_mean(name, Options.__annotations__)
            raise TypeError(f"no option is called {name!r}{near}. There are: {', '.join(Options.__annotations__)}.")
    config = merged(graph.config, config or {})
    if config.get("recursion_limit", 1) < 1:
        raise ValueError("recursion_limit must be at least 1")
    most = config.get("max_concurrency")
    if most is not None and not (isinstance(most, int) and most > 0):
        raise ValueError(f"max_concurrency is how many nodes may run at the same time, at least 1, and not {most!r}.")
    listener = _listener(graph, options, silent)
    run = Run(
        input,
        config,
        listener.heard,
        listener.nested,
        graph.program.before,
        graph.program.after,
        keys=[listener.keys] if isinstance(listener.keys, str) else listener.keys,
        executor=graph.program.executor,
    )
    if options:
        run.before, run.after = (
            options.get("interrupt_before") or run.before,
            options.get("interrupt_after") or run.after,
        )
        run.at_the_end, run.control = options.get("durability") == "exit", options.get("control")
    if run.modes and TAG_HIDDEN in (config.get("tags") or ()):
        run.modes = frozenset(run.modes) - {"updates", "tasks"}
    around = _context.current.get()
    if around is not None:
        run.depth, run.around = around.depth, around.run
        run.control = run.control or run.around.control
    if around is not None and (not isinstance(graph.checkpointer, BaseCheckpointSaver) or _is_the_node(graph, around)):
        return Called(_nested(graph, around, run, options.get("context")), run, listener, around, most)
    return Called(_outermost(graph, run, options.get("context"), around), run, listener, around, most)


def _is_the_node(graph: Runnable, around: _context.Running) -> bool:
    """Whether the graph was added as a node: then its parent's saver keeps it, whatever its own is, as in LangGraph."""
    return around.node is not None and around.node.action.given is graph


def _listener(graph: Runnable, options: Options, silent: bool) -> Listener:
    output = graph.schemas["output"]
    keys: Any = graph.program.output_keys if silent else None
    if not options and not graph.debug:
        return Listener(() if silent else ("updates",), True, False, False, keys, (), output)
    mode, wanted, debug = options.get("stream_mode"), options.get("output_keys"), options.get("debug")
    for key in [wanted] if isinstance(wanted, str) else wanted or ():
        if key not in graph.program.schema.keys:
            near = did_you_mean(key, graph.program.schema.keys)
            raise ValueError(f"output_keys={wanted!r}: Key {key} not in channels: the state has no such key{near}.")
    printed = modes_of(options.get("print_mode") or ())
    if debug or (debug is None and graph.debug):
        printed = printed or ("debug",)
    modes = () if silent else modes_of(mode or "updates")
    bare = mode is None or isinstance(mode, str)
    nested = options.get("subgraphs", False) and not silent
    return Listener(
        modes, bare, nested, options.get("version") == "v2", keys if wanted is None else wanted, printed, output
    )


def _outermost(graph: Runnable, run: Run, context: Any, around: _context.Running | None) -> Thread:
    """The thread that the config names; a node around only lends its surroundings."""
    if graph.checkpointer is True:
        raise RuntimeError("checkpointer=True cannot be used for root graphs: give it a saver of its own.")
    run.metadata = metadata_of(run.config)
    run.runtime = _runtime(graph.program, context, None if around is None else around.run.runtime)
    run.pausable = bool(graph.checkpointer)
    saver = graph.checkpointer or None
    where = root_of(thread_of(run.config), run.config) if saver else {"configurable": {}}
    # What a node may look into without asking whether it is there; nested runs have it from here.
    run.config = {"configurable": {}, **run.config}
    return Thread.of(graph.program, saver, where)


def _nested(graph: Runnable, here: _context.Running, run: Run, context: Any) -> Thread:
    """The thread of a graph that a node calls: inside the node's own, unless it keeps nothing."""
    outer = here.run
    run.config = merged(outer.config, run.config)
    run.metadata = metadata_of(run.config)
    if run.metadata:
        around = here.about()
        run.metadata = {key: value for key, value in run.metadata.items() if key not in around}
    run.runtime = _runtime(graph.program, context, outer.runtime)
    run.inherited, run.resumed, run.pausable, run.parents = here.answers, here.resumed, outer.pausable, here.parents
    run.heard = outer.heard
    if run.executor is None and outer.executor is not None and here.node.nested is not None:
        run.executor = outer.executor
    run.lasting, run.at_the_end = graph.checkpointer is True, run.at_the_end or outer.at_the_end
    if outer.nested and here.tell is not None:
        run.modes, run.nested = frozenset(run.modes) | frozenset(here.modes), True
    ns = here.ns
    if run.lasting:
        ns = (*here.ns[:-1], here.ns[-1].partition(":")[0])
    elif here.children:
        ns = (*here.ns, str(here.children))
    here.children += 1
    saver = None if graph.checkpointer is False else here.thread.saver
    where = {}
    if saver is not None:
        where = {"configurable": {"thread_id": thread_id_of(run.config), "checkpoint_ns": "|".join(ns)}}
    return Thread.of(graph.program, saver, where, ns)


def _runtime(program: Program, context: Any, around: Runtime[Any] | None) -> Runtime[Any] | None:
    """What nodes get as `Runtime`; None where there is nothing in it, as in most runs."""
    schema, store = program.context_schema, program.store
    if context is None and store is None:
        return around
    if isinstance(context, Mapping) and (is_dataclass(schema) or hasattr(schema, "model_fields")):
        context = schema(**context)
    if around is not None:
        context = around.context if context is None else context
        store = around.store if store is None else store
    return Runtime(context=context, store=store)
