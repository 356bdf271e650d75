"""What a compiled graph is made of, as plain data: nodes, branches, joins."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hilnb.checkpoint.base import Planned
from hilnb.constants import START
from hilnb.graph.schema import Schema
from hilnb.runtime import Runtime
from hilnb.types import All, CachePolicy, RetryPolicy, TimeoutPolicy

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = ["Action", "Branch", "Join", "Node", "Program", "Wiring"]


@dataclass(slots=True, eq=False)
class Action:
    """A function of the user's and how to call it. It is never changed (being frozen would make adding a node slow).

    Attributes:
        function: What to call; None for START, which only passes its input on.
        given: What was handed to the graph: the function, or the object whose `invoke` it is.
        awaits: Whether calling it gives something to await.
        wants: The parameters to fill in, by name.
        twin: What to await in its place in an async run, where there is such a thing.
    """

    function: Callable[..., Any] | None = None
    given: Any = None
    awaits: bool = False
    wants: tuple[str, ...] = ()
    twin: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A conditional edge.

    Attributes:
        name: The function's name.
        action: The function.
        schema: What it reads of the state.
        ends: From what it returns to nodes' names; None when it may return any name.
    """

    name: str
    action: Action
    schema: Schema
    ends: Mapping[Hashable, str] | None


@dataclass(frozen=True, slots=True)
class Join:
    """An edge that waits for all of its sources."""

    sources: tuple[str, ...]
    target: str

    @property
    def name(self) -> str:
        """As LangGraph names it in a task's triggers."""
        return f"join:{'+'.join(self.sources)}:{self.target}"


@dataclass(slots=True, eq=False)
class Node:
    """What a node was added with. It is never changed.

    Attributes:
        name: As it was added.
        action: What it runs.
        schema: What it reads of the state.
        destinations: Where its Commands may go, with labels, as far as is known; for the picture.
        metadata: Yours.
        defer: Whether it runs only when nothing else is left to run.
        retry: When to try again after a failure; the first policy that fits counts.
        cache: When to use an earlier result.
        timeout: How long it may take, in an async run.
        handler: What takes over when it has failed for good.
        read: Makes writes, `(key, value)`, of whatever it returns; None when it returns an update of the state.
        ran: Its name, as what ran alone in a step.
    """

    name: str
    action: Action
    schema: Schema
    destinations: Mapping[str, str | None] = field(default_factory=dict)
    metadata: Mapping[str, Any] | None = None
    defer: bool = False
    retry: Sequence[RetryPolicy] = ()
    cache: CachePolicy | None = None
    timeout: TimeoutPolicy | None = None
    handler: Node | None = None
    read: Callable[[Any], list[tuple[str, Any]]] | None = None
    ran: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.ran = (self.name,)

    @property
    def input_schema(self) -> Any:
        """The type of what it reads."""
        return self.schema.type

    @property
    def ends(self) -> tuple[str, ...] | dict[str, str | None]:
        """The destinations as they were given: a dict when they have labels."""
        return dict(self.destinations) if any(self.destinations.values()) else tuple(self.destinations)

    def invoke(self, input: Any, config: Mapping[str, Any] | None = None) -> Any:
        """What the node's function returns for this input, outside a run: for trying out a node by itself.

        Raises:
            TypeError: It is an async function.
            Exception: What the function raises.
        """
        if self.action.awaits:
            raise TypeError(f'No synchronous function provided to "{self.name}": it is an async one, call ainvoke.')
        return input if self.action.function is None else self.action.function(input, **self._alone(config))

    async def ainvoke(self, input: Any, config: Mapping[str, Any] | None = None) -> Any:
        """`invoke`, awaited."""
        call = self.action.twin or self.action.function
        if self.action.awaits or self.action.twin is not None:
            return await call(input, **self._alone(config)) if call else input
        return self.invoke(input, config)

    def _alone(self, config: Mapping[str, Any] | None) -> dict[str, Any]:
        """The parameters that a run would fill in, when there is none."""
        runtime: Runtime[Any] = Runtime()
        given = {"config": dict(config or {}), "runtime": runtime, "writer": runtime.stream_writer}
        return {name: given.get(name) for name in self.action.wants}

    @property
    def nested(self) -> Any:
        """The compiled graph that it runs, or whose name its function uses; None when there is none."""
        given = self.action.given
        if hasattr(given, "thread_at"):
            return given
        try:
            names = inspect.getclosurevars(given)
        except (TypeError, ValueError):  # no plain function; a name that has no value yet
            return None
        values = (*names.nonlocals.values(), *names.globals.values())
        return next((value for value in values if hasattr(value, "thread_at")), None)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What leads where, by the name of a node; a node is left out where there is nothing.

    Attributes:
        targets: What its unconditional edges lead to.
        joins: The edges with several sources that it is a source of.
        joined: The names of those that lead to it.
        branches: Its conditional edges.
    """

    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joins: Mapping[str, Sequence[Join]] = field(default_factory=dict)
    joined: Mapping[str, Sequence[str]] = field(default_factory=dict)
    branches: Mapping[str, tuple[Branch, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled graph as plain data.

    Attributes:
        schema: Every key of the state, private ones included.
        nodes: By name, START among them.
        wiring: What leads where.
        input_keys: The keys a run's input may have, in order.
        output_keys: The keys `invoke` returns; None when it returns all.
        context_schema: The class of the runtime's context.
        before: The nodes to stop before; "*" for all.
        after: The nodes to stop after; "*" for all.
        store: For the nodes' use.
        cache: Keeps the results of nodes with a cache policy.
        executor: Calls the nodes' functions; None for the driver itself.
        entry: The node that gets a run's input: START, which writes it to the state, or a workflow's only node.
        deferred: The nodes that wait until nothing else is left to run.
        has_handlers: Whether a node has a handler that takes over when it has failed.
        annotations: The types that its values are of: schemas, and what they were read from.
        frontiers: What followed when a node ran alone and went to one more node, or None: worked out so far, by
            `(node, went to)`.
    """

    schema: Schema
    nodes: Mapping[str, Node]
    wiring: Wiring
    input_keys: Mapping[str, Any]
    output_keys: tuple[str, ...] | None
    context_schema: Any = None
    before: All | Sequence[str] = ()
    after: All | Sequence[str] = ()
    store: Any = None
    cache: Any = None
    executor: Executor | None = None
    entry: str = START
    deferred: frozenset[str] = frozenset()
    has_handlers: bool = False
    annotations: Sequence[Any] = ()
    frontiers: dict[tuple[str, Any], tuple[Planned, ...]] = field(default_factory=dict)

    def triggers_of(self, node: Node) -> tuple[str, ...]:
        """What can start a node, as LangGraph names that; nothing starts one that is not of this graph."""
        if self.nodes.get(node.name) is not node:
            return ()
        if node.name == self.entry != START:
            return (START,)
        return (*sorted([f"branch:to:{node.name}", *self.wiring.joined.get(node.name, ())]),)
