"""What a tool can get besides its arguments: the state, the store, the runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, TypeVar

from hilnb import _context
from hilnb.runtime import ExecutionInfo, Runtime, runtime_of
from hilnb.tools import BaseTool, InjectedToolArg, mark_of, read_hints

__all__ = ["InjectedState", "InjectedStore", "Injection", "ToolRuntime", "read_runtime"]

ContextT = TypeVar("ContextT")
StateT = TypeVar("StateT")


class InjectedState(InjectedToolArg):
    """Marks a parameter that gets the graph's state: `state: Annotated[dict, InjectedState]`.

    Args:
        field: Only this key of it: `user: Annotated[str, InjectedState("user")]`.
    """

    def __init__(self, field: str | None = None) -> None:
        self.field = field


class InjectedStore(InjectedToolArg):
    """Marks a parameter that gets the graph's store: `store: Annotated[BaseStore, InjectedStore()]`."""


@dataclass
class ToolRuntime(InjectedToolArg, Generic[ContextT, StateT]):
    """What a parameter `runtime: ToolRuntime` of a tool gets (semantics: LangGraph's class of this name).

    Attributes:
        state: The state the ToolNode was given.
        context: What the run was called with.
        config: The run's config.
        stream_writer: Writes to stream mode "custom".
        tool_call_id: The id of the call that is being answered.
        store: The store the graph was compiled with.
        tools: The tools of the node.
        execution_info: Where the node runs.
        server_info: None; LangGraph's server sets it.
    """

    state: Any
    context: Any
    config: Mapping[str, Any]
    stream_writer: Callable[[Any], None]
    tool_call_id: str | None
    store: Any
    tools: list[Any] = field(default_factory=list)
    execution_info: ExecutionInfo | None = None
    server_info: None = None

    def for_call(self, call: Mapping[str, Any]) -> ToolRuntime[Any, Any]:
        """The same for one of the node's calls."""
        return replace(self, tool_call_id=call["id"])


def read_runtime(state: Any, config: Mapping[str, Any] | None, tools: Sequence[Any]) -> ToolRuntime[Any, Any]:
    """The runtime of the running node; outside of one, with nothing in it but the state."""
    here = _context.current.get()
    made: Runtime[Any] = Runtime() if here is None else runtime_of(here)
    found = config if config is not None else {} if here is None else here.full_config()
    return ToolRuntime(
        state, made.context, found, made.stream_writer, None, made.store, list(tools), made.execution_info
    )


@dataclass(frozen=True)
class Injection:
    """What one tool gets besides its arguments.

    Attributes:
        tool: The tool's name.
        hidden: Every parameter the model does not fill in, whoever does.
        state: From a parameter to the key of the state it gets; None for all of it.
        optional: Those of them that have a default.
        store: The parameters that get the store.
        runtime: Those that get the runtime, with the class they want.
    """

    tool: str
    hidden: frozenset[str]
    state: Mapping[str, str | None]
    optional: frozenset[str]
    store: Sequence[str]
    runtime: Mapping[str, Any]

    @classmethod
    def of(cls, tool: Any) -> Injection:
        """Of a tool, ours or LangChain's."""
        function = getattr(tool, "func", None) or getattr(tool, "coroutine", None)
        ours = isinstance(tool, BaseTool)
        hints = tool.annotations if ours else read_hints(function) if function is not None else {}
        hidden = frozenset(name for name, hint in hints.items() if mark_of(hint) is not None or name == "runtime")
        marks = {name: mark_of(hints[name], InjectedState) for name in hidden}
        required = tool.get_input_jsonschema().get("required", ()) if any(marks.values()) else ()
        return cls(
            tool.name,
            hidden,
            {name: getattr(mark, "field", None) for name, mark in marks.items() if mark is not None},
            hidden.difference(required),
            [name for name in hidden if mark_of(hints[name], InjectedStore) is not None],
            {
                name: mark_of(hints[name], ToolRuntime)
                for name in hidden
                if name == "runtime" or mark_of(hints[name], ToolRuntime) is not None
            },
        )

    @property
    def filled_in(self) -> frozenset[str]:
        """The parameters the node fills in; other hidden ones are the program's business, and may be missing."""
        return frozenset([*self.state, *self.store, *self.runtime])

    def into(self, call: Mapping[str, Any], runtime: ToolRuntime[Any, Any], messages_key: str) -> dict[str, Any]:
        """The tool call with what the tool gets. What the model wrote in their place is thrown away.

        Raises:
            KeyError: A key that the tool wants is not in the state.
            ValueError: It wants a store and there is none.
        """
        given = {name: value for name, value in call["args"].items() if name not in self.hidden}
        state = {messages_key: runtime.state} if isinstance(runtime.state, list) else runtime.state
        for name, key in self.state.items():
            if key is None:
                given[name] = state
            elif isinstance(state, Mapping) and (key in state or name not in self.optional):
                given[name] = state[key]
            elif not isinstance(state, Mapping) and (hasattr(state, key) or name not in self.optional):
                given[name] = getattr(state, key)
        if self.store and runtime.store is None:
            raise ValueError(
                f"tool {self.tool!r} has a parameter for the store, and the graph has none. "
                "Compile it with one: builder.compile(store=InMemoryStore())."
            )
        given |= dict.fromkeys(self.store, runtime.store)
        given |= {name: _as_wanted(runtime, kind) for name, kind in self.runtime.items()}
        return {**call, "args": given, "type": "tool_call"}


def _as_wanted(runtime: ToolRuntime[Any, Any], kind: Any) -> Any:
    """The runtime; for a tool that was written for LangGraph, and checks it, as an instance of LangGraph's class."""
    if not isinstance(kind, type) or isinstance(runtime, kind):
        return runtime
    return kind(**{each.name: getattr(runtime, each.name) for each in fields(runtime)})
