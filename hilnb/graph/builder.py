"""What can be written in a graph: nodes, edges, and the checks that need no run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from hilnb._context import NOTHING
from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.constants import END, START
from hilnb.errors import GraphError, did_you_mean
from hilnb.former import renamed
from hilnb.graph.actions import annotation_of, hints_of, name_of, read_action
from hilnb.graph.compiled import CompiledStateGraph
from hilnb.graph.options import (
    Retry,
    Timeout,
    checked_executor,
    checked_limit,
    destinations_of,
    limit,
    literal_targets,
    plain,
    policies,
)
from hilnb.graph.schema import Schema, has_keys, read_schema
from hilnb.graph.spec import Action, Branch, Join, Node, Program, Wiring
from hilnb.types import All, CachePolicy, RetryPolicy, TimeoutPolicy

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["StateGraph"]

StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT")
InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")

Path = Callable[..., Hashable | Sequence[Hashable]] | Callable[..., Awaitable[Hashable | Sequence[Hashable]]]


_RESERVED = (START, END)
_FORMER = {"input": "input_schema", "output": "output_schema", "config_schema": "context_schema"}
_FORMER_OF_A_NODE = {"input": "input_schema", "retry": "retry_policy"}


@dataclass(frozen=True, slots=True)
class _Defaults:
    """What nodes get that do not say otherwise."""

    retry: tuple[RetryPolicy, ...] = ()
    cache: CachePolicy | None = None
    handler: Callable[..., Any] | None = None
    timeout: TimeoutPolicy | None = None


class StateGraph(Generic[StateT, ContextT, InputT, OutputT]):
    """A graph of functions that read and update one shared state (semantics: LangGraph's class of this name).

    Args:
        state_schema: A TypedDict, a dataclass or a pydantic model. A key's last value wins; `Annotated[T, reducer]`
            merges instead, with `reducer(old, new)`. Any other type is the whole state.
        context_schema: The class of what nodes read as `runtime.context`.
        input_schema: The keys a run's input may have; the state's when None.
        output_schema: The keys `invoke` returns; the state's when None.
        former: The names of mid-2025: `input`, `output` and `config_schema`.

    Raises:
        GraphError: A schema is none of these, or a reducer does not take two arguments.

    Every method that adds something returns the graph, so calls chain.
    """

    __class_getitem__: ClassVar[Any] = classmethod(GenericAlias)  # any number of types, as its defaults allow

    def __init__(
        self,
        state_schema: Any,
        context_schema: type | None = None,
        *,
        input_schema: type | None = None,
        output_schema: type | None = None,
        **former: Any,
    ) -> None:
        if former:
            today = renamed("StateGraph()", former, _FORMER)
            context_schema = today.get("context_schema", context_schema)
            input_schema = today.get("input_schema", input_schema)
            output_schema = today.get("output_schema", output_schema)
        self.state_schema, self.context_schema = state_schema, context_schema
        self.input_schema = state_schema if input_schema is None else input_schema
        self.output_schema = state_schema if output_schema is None else output_schema
        self._state = read_schema(state_schema)
        self._input = self._state if input_schema is None else read_schema(input_schema)
        self._output = self._state if output_schema is None else read_schema(output_schema)
        for schema in (self._input, self._output):
            managed = [name for name, key in schema.keys.items() if key.managed and schema is not self._state]
            if managed:
                raise GraphError(f"the run fills in {managed[0]!r} itself: it cannot be part of the input or output.")
        self.schema = self._state.with_keys_of(self._input).with_keys_of(self._output)
        self.nodes: dict[str, Node] = {}
        self._edges: list[tuple[str, str]] = []
        self._joins: list[Join] = []
        self.branches: dict[str, dict[str, Branch]] = {}
        self._defaults = _Defaults()
        self.compiled = False

    # ── adding ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def add_node(
        self,
        node: Any,
        action: Any = None,
        *,
        defer: bool = False,
        metadata: Mapping[str, Any] | None = None,
        input_schema: Any = None,
        retry_policy: Retry | None = None,
        cache_policy: CachePolicy | None = None,
        error_handler: Callable[..., Any] | None = None,
        destinations: Mapping[str, str] | Sequence[str] | None = None,
        timeout: Timeout | None = None,
        **former: Any,
    ) -> StateGraph[StateT, ContextT, InputT, OutputT]:
        """Add a function, or anything with an `invoke`, as a node.

        Args:
            node: The node's name; or the function, which then gives its own name.
            action: The function, when `node` is a name. It gets the state and returns the keys it changes. Parameters
                called `config`, `runtime`, `store`, `writer` or `previous` are filled in.
            defer: Run it only when nothing else is left to run.
            metadata: Yours; part of its events.
            input_schema: What it reads of the state; its first parameter's annotation when None, else all.
            retry_policy: When to try again after a failure; of several the first that fits counts.
            cache_policy: When to use an earlier result instead; needs `compile(cache=…)`.
            error_handler: Called with the state and `error: NodeError` when it has failed for good; what it returns
                counts in the node's place, and the run goes where its Command says.
            destinations: Where its Commands may go, for the picture; as a dict, with labels.
            timeout: Seconds (or a timedelta, or a TimeoutPolicy) it may take; for async functions.
            former: The names of mid-2025: `input` and `retry`.

        Raises:
            GraphError: The name is taken, reserved, or contains a character that is; or there is no function.
            TypeError: What it should run is not a function.
        """
        name, action = (plain(node), action) if isinstance(node, str) else (name_of(node), node)
        if former:
            today = renamed(f"add_node({name!r})", former, _FORMER_OF_A_NODE)
            input_schema = today.get("input_schema", input_schema)
            retry_policy = today.get("retry_policy", retry_policy)
        if not callable(action) or name in self.nodes or name in _RESERVED or "|" in name or ":" in name:
            self._check_node(name, action)
        read, hints = read_action(action), hints_of(action)
        self.nodes[name] = Node(
            name,
            read,
            self._schema_for(action, hints, input_schema) if hints or input_schema is not None else self._state,
            destinations_of(destinations, hints.get("return")) if hints or destinations else NOTHING,
            metadata,
            defer,
            policies(retry_policy),
            cache_policy,
            None if timeout is None else checked_limit(f"add_node({name!r})", timeout, read),
            None if error_handler is None else self._handler(f"__error_handler__{name}", error_handler),
        )
        return self

    def _check_node(self, name: str, action: Any) -> None:
        """Refuse what can never be a node of this graph."""
        where = f"add_node({name!r})"
        if action is None:
            raise GraphError(f"{where}: what should it run? Write add_node({name!r}, function).")
        if not callable(action) and not hasattr(action, "invoke"):
            raise TypeError(f"{where}: expected a function, got {action!r} ({type(action).__name__}).")
        if name in _RESERVED:
            raise GraphError(f"{where}: Node `{name}` is reserved. Give the node another name.")
        if name in self.nodes:
            raise GraphError(f"{where}: Node `{name}` already present. Give the second one another name.")
        for character in "|:":
            if character in name:
                raise GraphError(f"{where}: {character!r} is a reserved character and is not allowed in node names.")

    def add_edge(self, start_key: str | Sequence[str], end_key: str) -> StateGraph[StateT, ContextT, InputT, OutputT]:
        """Run `end_key` after `start_key`; after all of them when `start_key` is a list.

        Raises:
            GraphError: An end that can never be one: from END, to START, or a list that names no node.
        """
        if type(start_key) is type(end_key) is str and start_key != END and end_key != START:  # as nearly all are
            self._edges.append((start_key, end_key))
            return self
        starts = plain(start_key) if isinstance(start_key, str) else tuple([plain(start) for start in start_key])
        end_key = plain(end_key)
        trouble = None
        if starts == END or (not isinstance(starts, str) and END in starts):
            trouble = "END cannot be a start node. Nothing follows the end."
        elif end_key == START:
            trouble = "START cannot be an end node. Name the first node to go back to."
        elif isinstance(starts, str):
            self._edges.append((starts, end_key))
        elif not starts:
            trouble = "the list is empty. Name the nodes to wait for."
        elif unknown := [name for name in (*starts, end_key) if name not in self.nodes and name != END]:
            trouble = f"Need to add_node `{unknown[0]}` first{did_you_mean(unknown[0], self.nodes)}."
        else:
            self._joins.append(Join(starts, end_key))
        if trouble:
            raise GraphError(f"add_edge({start_key!r}, {end_key!r}): {trouble}")
        return self

    def add_conditional_edges(
        self, source: str, path: Path, path_map: Mapping[Hashable, str] | Sequence[str] | None = None
    ) -> StateGraph[StateT, ContextT, InputT, OutputT]:
        """Let `path` say, each time `source` has run, where to go.

        Args:
            source: The node after which to ask.
            path: Gets the state after the node's own update; returns a node's name, END, a Send, or a list of them.
            path_map: From what `path` returns to the nodes' names, or the names it may return; it also tells the
                picture. A `Literal` return annotation does the same.

        Raises:
            GraphError: The same function was added to `source` before.
            TypeError: `path` is not a function.
        """
        source = plain(source)
        where = f"add_conditional_edges({source!r}, …)"
        if not callable(path) and not hasattr(path, "invoke"):
            raise TypeError(f"{where}: expected a function that says where to go, got {path!r}.")
        name = getattr(path, "__name__", "<lambda>")  # as LangGraph: only a function has a name of its own here
        name = "condition" if name == "<lambda>" else name
        known = self.branches.setdefault(source, {})
        if name in known:
            raise GraphError(
                f"{where}: Branch with name `{name}` already exists for node `{source}`. "
                "Give the second function another name, or let one function return a list."
            )
        hints = hints_of(path)
        if path_map is None:
            path_map = literal_targets(hints.get("return"))
        ends: dict[Hashable, str] | None = None
        if path_map is not None:
            ends = dict(path_map) if isinstance(path_map, Mapping) else {name: name for name in path_map}
            ends = ends or None  # an empty map tells nothing
        known[name] = Branch(name, read_action(path), self._schema_for(path, hints), ends)
        return self

    def add_sequence(
        self, nodes: Sequence[Callable[..., Any] | tuple[str, Callable[..., Any]]]
    ) -> StateGraph[StateT, ContextT, InputT, OutputT]:
        """Add nodes that run one after the other: functions, or `(name, function)` pairs.

        Raises:
            GraphError: There are none, or a name is taken.
        """
        if not nodes:
            raise GraphError("add_sequence([]): Sequence requires at least one node.")
        before: str | None = None
        for node in nodes:
            name, action = node if isinstance(node, tuple) else (name_of(node), node)
            self.add_node(name, action)
            if before is not None:
                self.add_edge(before, name)
            before = name
        return self

    def set_entry_point(self, key: str) -> StateGraph[StateT, ContextT, InputT, OutputT]:
        """Begin with this node: `add_edge(START, key)`."""
        return self.add_edge(START, key)

    def set_finish_point(self, key: str) -> StateGraph[StateT, ContextT, InputT, OutputT]:
        """End with this node: `add_edge(key, END)`."""
        return self.add_edge(key, END)

    def set_conditional_entry_point(
        self, path: Path, path_map: Mapping[Hashable, str] | Sequence[str] | None = None
    ) -> StateGraph[StateT, ContextT, InputT, OutputT]:
        """Let a function say where to begin: `add_conditional_edges(START, path, path_map)`."""
        return self.add_conditional_edges(START, path, path_map)

    def set_node_defaults(
        self,
        *,
        retry_policy: Retry | None = None,
        cache_policy: CachePolicy | None = None,
        error_handler: Callable[..., Any] | None = None,
        timeout: Timeout | None = None,
    ) -> StateGraph[StateT, ContextT, InputT, OutputT]:
        """What nodes of this graph get that do not say otherwise, whenever they were added; as in `add_node`.

        What an earlier call has set stays, where this one says nothing of it.
        """
        before = self._defaults
        self._defaults = _Defaults(
            policies(retry_policy) or before.retry,
            cache_policy or before.cache,
            error_handler or before.handler,
            limit("set_node_defaults()", timeout) or before.timeout,
        )
        return self

    # ── compiling ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def validate(self, interrupt: Sequence[str] | None = None) -> StateGraph[StateT, ContextT, InputT, OutputT]:
        """Check the graph, as `compile` does.

        Args:
            interrupt: The nodes to stop at, which have to exist.

        Raises:
            GraphError: An edge or a destination names a node that does not exist, no edge leads from START, or a
                stop is no node.
        """
        for start, end in self._edges:
            if start not in self.nodes:
                self._need(start, f"add_edge({start!r}, {end!r}): Found edge starting at unknown node", START)
            if end not in self.nodes:
                self._need(end, f"add_edge({start!r}, {end!r}): Found edge ending at unknown node", END)
        for source, branches in self.branches.items():
            self._need(source, f"add_conditional_edges({source!r}, …): Found edge starting at unknown node", START)
            for branch in branches.values():
                for target in (branch.ends or {}).values():
                    self._need(target, f"At {source!r} node, {branch.name!r} branch found unknown target", END)
        for node in self.nodes.values():
            for target in node.destinations:
                self._need(target, f"add_node({node.name!r}): Found edge ending at unknown node", END)
        if START not in self.branches and not any(start == START for start, _ in self._edges):
            first = next(iter(self.nodes), "first_node")
            raise GraphError(
                "Graph must have an entrypoint: add at least one edge from START to another node, "
                f"for example add_edge(START, {first!r})."
            )
        for stop in interrupt or ():
            if stop not in self.nodes:
                raise GraphError(f"Interrupt node `{stop}` not found{did_you_mean(stop, self.nodes)}.")
        self.compiled = True
        return self

    def compile(
        self,
        checkpointer: BaseCheckpointSaver | bool | None = None,
        *,
        cache: Any = None,
        store: Any = None,
        interrupt_before: All | Sequence[str] | None = None,
        interrupt_after: All | Sequence[str] | None = None,
        debug: bool = False,
        name: str | None = None,
        executor: Executor | None = None,
    ) -> CompiledStateGraph:
        """Check the graph and make it runnable.

        Args:
            checkpointer: Keeps the threads; needed to pause. As a node of another graph: None keeps what is paused in
                that graph's saver, True one history through all calls, False nothing.
            cache: Keeps the results of nodes with a cache policy.
            store: For the nodes' use.
            interrupt_before: The nodes to stop before; "*" for all. `invoke(None, config)` goes on.
            interrupt_after: The nodes to stop after; "*" for all.
            debug: Whether runs print everything.
            name: For its own use as a node, and for tools.
            executor: Calls the nodes' functions in place of this process's own threads (hilnb's; LangGraph has none):
                threads, a process pool, `hilnb.interop.dask.executor(client)`. See `graph.away`.

        Raises:
            GraphError: An edge names a node that does not exist, or no edge leads from START.
            TypeError: The checkpointer is not a saver, or the executor is none.
        """
        stops = [
            stop for stops in (interrupt_before, interrupt_after) if stops not in (None, "*") for stop in stops or ()
        ]
        self.validate(stops)
        nodes = {START: Node(START, Action(), self._state), **self._with_defaults()}
        output = None
        if self._output.keys.keys() != self.schema.keys.keys():
            output = tuple([name for name, key in self._output.keys.items() if not key.managed])
        schemas = [self._state, self._input, self._output, *[node.schema for node in nodes.values()]]
        program = Program(
            self.schema,
            nodes,
            self._wiring(),
            self._input.keys,
            output,
            self.context_schema,
            interrupt_before or (),
            interrupt_after or (),
            store,
            cache,
            checked_executor(executor),
            has_handlers=any(node.handler for node in nodes.values()),
            deferred=frozenset([name for name, node in nodes.items() if node.defer]),
            annotations=[*{id(schema.type): schema.type for schema in schemas}.values()],
        )
        shown = {"input": self._input, "output": self._output}
        return CompiledStateGraph(self, program, checkpointer, shown, name=name or "LangGraph", debug=debug)

    def __getattr__(self, name: str) -> Any:
        if name in ("invoke", "ainvoke", "stream", "astream", "get_state", "get_graph"):
            raise AttributeError(f"a StateGraph has to be compiled first: builder.compile().{name}(…)")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _need(self, name: str, trouble: str, also: str) -> None:
        if name not in self.nodes and name != also:
            if name in ("START", "END"):
                raise GraphError(f"{trouble} {name!r}. Without quotes: from hilnb.graph import START, END.")
            so_far = ", ".join(self.nodes) or "none"
            raise GraphError(f"{trouble} {name!r}{did_you_mean(name, self.nodes)}. Nodes so far: {so_far}.")

    def _wiring(self) -> Wiring:
        targets: dict[str, tuple[str, ...]] = {}
        for start, end in dict.fromkeys(self._edges):
            targets[start] = (*targets[start], end) if start in targets else (end,)
        joins: dict[str, list[Join]] = {}
        joined: dict[str, list[str]] = {}
        for join in self._joins:
            joined.setdefault(join.target, []).append(join.name)
            for source in dict.fromkeys(join.sources):
                joins.setdefault(source, []).append(join)
        return Wiring(targets, joins, joined, {name: (*known.values(),) for name, known in self.branches.items()})

    def _with_defaults(self) -> Mapping[str, Node]:
        """The nodes, with the graph's defaults where they say nothing themselves."""
        given = self._defaults
        if given == _Defaults():
            return self.nodes
        handler = None if given.handler is None else self._handler("__default_error_handler__", given.handler)
        return {
            name: replace(
                node,
                retry=node.retry or given.retry,
                cache=node.cache or given.cache,
                handler=node.handler or handler,
                timeout=node.timeout or checked_limit(f"node {name!r}", given.timeout, node.action),
            )
            for name, node in self.nodes.items()
        }

    def _handler(self, name: str, function: Callable[..., Any]) -> Node:
        return Node(name, read_action(function), self._schema_for(function, hints_of(function)))

    def _schema_for(self, action: Any, hints: Mapping[str, Any], given: Any = None) -> Schema:
        """What a function reads: the schema given, else its first parameter's annotation, else the whole state."""
        annotated = annotation_of(action, hints) if given is None else given
        if annotated is None or annotated is self.state_schema or (given is None and not has_keys(annotated)):
            return self._state
        schema = read_schema(annotated)
        self.schema = self.schema.with_keys_of(schema)
        return schema

    @property
    def waiting_edges(self) -> set[tuple[tuple[str, ...], str]]:
        """The edges that wait for several nodes, `(sources, target)`."""
        return {(join.sources, join.target) for join in self._joins}

    @property
    def edges(self) -> set[tuple[str, str]]:
        """The unconditional edges, `(source, target)`."""
        return set(self._edges)
