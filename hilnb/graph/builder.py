"""What can be written in a graph: nodes, edges, and the checks that need no run."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.constants import END, START
from hilnb.errors import GraphError, did_you_mean
from hilnb.graph.compiled import CompiledStateGraph
from hilnb.graph.schema import read_schema
from hilnb.graph.spec import Branch, Join, Node

__all__ = ["StateGraph"]


class StateGraph:
    """A graph of functions that read and update one shared state (semantics: LangGraph's class of this name).

    Args:
        state_schema: A TypedDict, a dataclass or a pydantic model. A key's last value wins; `Annotated[T, reducer]`
            merges instead, with `reducer(old, new)`.

    Raises:
        GraphError: The schema is none of these, or a reducer does not take two arguments.

    Every method that adds something returns the graph, so calls chain.
    """

    def __init__(self, state_schema: type) -> None:
        self.schema = read_schema(state_schema)
        self.nodes: dict[str, Node] = {}
        self._edges: list[tuple[str, str]] = []
        self._joins: list[Join] = []
        self._branches: dict[str, dict[str, Branch]] = {}

    def add_node(self, node: str | Callable[..., Any], action: Callable[..., Any] | None = None) -> StateGraph:
        """Add a function, or anything with an `invoke`, as a node.

        Args:
            node: The node's name; or the function, which then gives its own name.
            action: The function, when `node` is a name. It gets the state, and the config if it has a parameter called
                `config`; it returns the keys it changes.

        Raises:
            GraphError: The name is taken, reserved, or contains a character that is; or there is no function.
        """
        name, action = (node, action) if isinstance(node, str) else (_name_of(node), node)
        where = f"add_node({name!r})"
        if action is None:
            raise GraphError(f"{where}: what should it run? Write add_node({name!r}, function).")
        if not callable(action) and not hasattr(action, "invoke"):
            raise GraphError(f"{where}: expected a function, got {action!r} ({type(action).__name__}).")
        if name in (START, END):
            raise GraphError(f"{where}: Node `{name}` is reserved. Give the node another name.")
        if name in self.nodes:
            raise GraphError(f"{where}: Node `{name}` already present. Give the second one another name.")
        for character in "|:":
            if character in name:
                raise GraphError(f"{where}: {character!r} is a reserved character and is not allowed in node names.")
        self.nodes[name] = _read_action(name, action)
        return self

    def add_edge(self, start_key: str | Sequence[str], end_key: str) -> StateGraph:
        """Run `end_key` after `start_key`; after all of them when `start_key` is a list.

        Raises:
            GraphError: An end that can never be one: from END, to START, or a list that names no node.
        """
        starts = [start_key] if isinstance(start_key, str) else list(start_key)
        where = f"add_edge({start_key!r}, {end_key!r})"
        if END in starts:
            raise GraphError(f"{where}: END cannot be a start node. Nothing follows the end.")
        if end_key == START:
            raise GraphError(f"{where}: START cannot be an end node. Name the first node to go back to.")
        if isinstance(start_key, str):
            self._edges.append((start_key, end_key))
            return self
        if not starts:
            raise GraphError(f"{where}: the list is empty. Name the nodes to wait for.")
        for name in [*starts, end_key]:
            if name not in self.nodes and name != END:
                raise GraphError(f"{where}: Need to add_node `{name}` first{did_you_mean(name, self.nodes)}.")
        self._joins.append(Join(tuple(starts), end_key))
        return self

    def add_conditional_edges(
        self,
        source: str,
        path: Callable[..., Hashable | Sequence[Hashable]] | Callable[..., Awaitable[Hashable | Sequence[Hashable]]],
        path_map: Mapping[Hashable, str] | Sequence[str] | None = None,
    ) -> StateGraph:
        """Let `path` say, each time `source` has run, where to go.

        Args:
            source: The node after which to ask.
            path: Gets the state after the node's own update; returns a node's name, END, a Send, or a list of them.
            path_map: From what `path` returns to the nodes' names, or the names it may return; it also tells the
                picture. A `Literal` return annotation does the same.

        Raises:
            GraphError: The same function was added to `source` before, or `path` is not callable.
        """
        where = f"add_conditional_edges({source!r}, …)"
        if not callable(path):
            raise GraphError(f"{where}: expected a function that says where to go, got {path!r}.")
        name = "condition" if _name_of(path) == "<lambda>" else _name_of(path)
        known = self._branches.setdefault(source, {})
        if name in known:
            raise GraphError(
                f"{where}: Branch with name `{name}` already exists for node `{source}`. "
                "Give the second function another name, or let one function return a list."
            )
        if path_map is None:
            path_map = _literal_targets(path)
        ends: dict[Hashable, str] | None = None
        if path_map is not None:
            ends = dict(path_map) if isinstance(path_map, Mapping) else {name: name for name in path_map}
        known[name] = Branch(name, path, _is_async(path), _wanted(path), ends)
        return self

    def compile(self, checkpointer: BaseCheckpointSaver | None = None) -> CompiledStateGraph:
        """Check the graph and make it runnable.

        Args:
            checkpointer: Keeps the threads; needed to pause. None keeps nothing.

        Raises:
            GraphError: An edge names a node that does not exist, or no edge leads from START.
            TypeError: The checkpointer is not a saver.
        """
        if checkpointer is not None and not isinstance(checkpointer, BaseCheckpointSaver):
            raise TypeError(
                "Invalid checkpointer provided. Expected an instance of `BaseCheckpointSaver` or `None`. "
                f"Received {type(checkpointer).__name__}. Pass a saver: compile(checkpointer=MemorySaver())."
            )
        self._check()
        nodes = {name: self._wired(node) for name, node in {START: Node(START), **self.nodes}.items()}
        return CompiledStateGraph(self, nodes, checkpointer)

    def _check(self) -> None:
        for start, end in self._edges:
            self._need(start, f"add_edge({start!r}, {end!r}): Found edge starting at unknown node", START)
            self._need(end, f"add_edge({start!r}, {end!r}): Found edge ending at unknown node", END)
        for source, branches in self._branches.items():
            self._need(source, f"add_conditional_edges({source!r}, …): Found edge starting at unknown node", START)
            for branch in branches.values():
                for target in (branch.ends or {}).values():
                    self._need(target, f"At {source!r} node, {branch.name!r} branch found unknown target", END)
        if START not in self._branches and not any(start == START for start, _ in self._edges):
            first = next(iter(self.nodes), "first_node")
            raise GraphError(
                "Graph must have an entrypoint: add at least one edge from START to another node, "
                f"for example add_edge(START, {first!r})."
            )

    def _need(self, name: str, trouble: str, also: str) -> None:
        if name not in self.nodes and name != also:
            so_far = ", ".join(self.nodes) or "none"
            raise GraphError(f"{trouble} {name!r}{did_you_mean(name, self.nodes)}. Nodes so far: {so_far}.")

    def _wired(self, node: Node) -> Node:
        """The node with what follows it and what starts it."""
        name = node.name
        joins = [join for join in self._joins if join.target == name]
        return replace(
            node,
            targets=tuple(dict.fromkeys(end for start, end in self._edges if start == name)),
            joins=tuple(join for join in self._joins if name in join.sources),
            branches=tuple(self._branches.get(name, {}).values()),
            triggers=tuple(sorted([f"branch:to:{name}", *(join.name for join in joins)])),
        )

    @property
    def edges(self) -> set[tuple[str, str]]:
        """The unconditional edges, `(source, target)`."""
        return set(self._edges)


def _read_action(name: str, action: Any) -> Node:
    if not callable(action):  # a Runnable: LangChain's, or a compiled graph
        return Node(name, action.invoke, awaits=False, wants=("config",), twin=action.ainvoke)
    return Node(name, action, awaits=_is_async(action), wants=_wanted(action), gotos=_command_targets(action))


def _name_of(action: Any) -> str:
    inner = action.func if isinstance(action, functools.partial) else action
    return getattr(action, "__name__", None) or getattr(inner, "__name__", None) or type(action).__name__


def _is_async(action: Any) -> bool:
    inner = action.func if isinstance(action, functools.partial) else action
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(type(inner).__call__)


def _wanted(action: Any) -> tuple[str, ...]:
    """The parameters that the run fills in by name."""
    try:
        parameters = list(inspect.signature(action).parameters.values())[1:]
    except ValueError:  # a built-in that does not tell
        return ()
    return tuple(p.name for p in parameters if p.name == "config")


def _returned(action: Any) -> Any:
    try:
        return inspect.get_annotations(inspect.unwrap(action), eval_str=True).get("return")
    except (NameError, SyntaxError, TypeError):  # an annotation that cannot be read tells nothing
        return None


def _literal_targets(path: Any) -> tuple[str, ...] | None:
    hint = _returned(path)
    return get_args(hint) if get_origin(hint) is Literal else None


def _command_targets(action: Any) -> tuple[str, ...]:
    """The nodes that a `-> Command[Literal["a", "b"]]` annotation names."""
    for hint in get_args(_returned(action)):
        if get_origin(hint) is Literal:
            return get_args(hint)
    return ()
