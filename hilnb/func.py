"""Graphs without nodes and edges: a workflow is one function, its steps are functions that give futures.

A workflow is a compiled graph with a single node, run by the same plan; a task is a turn of its own in that node's
superstep, so its result is kept at once and a workflow that runs again does not repeat it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, replace
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast, get_args, get_origin, overload

from hilnb.cache.base import BaseCache
from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.constants import END, START
from hilnb.former import renamed
from hilnb.graph.actions import annotation_of, hints_of, name_of, read_action, wanted_by
from hilnb.graph.compiled import CompiledStateGraph
from hilnb.graph.options import Retry, Timeout, checked_limit, policies
from hilnb.graph.schema import PREVIOUS, RESULT, Key, Schema
from hilnb.graph.spec import Action, Node, Program, Wiring
from hilnb.graph.tasks import begin_task
from hilnb.graph.turn import cache_place
from hilnb.store.base import BaseStore
from hilnb.types import CachePolicy

__all__ = ["TaskFunction", "TaskFuture", "entrypoint", "task"]

P = ParamSpec("P")
T = TypeVar("T")
ResultT = TypeVar("ResultT", covariant=True)
ValueT = TypeVar("ValueT")
SaveT = TypeVar("SaveT")

Given = tuple[tuple[Any, ...], dict[str, Any]]
"""The arguments of a call, by position and by name."""

_RESULT = Schema(Any, {RESULT: Key()}, root=RESULT)


# ── tasks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class TaskFuture(Protocol[ResultT]):
    """What calling a task gives: a `concurrent.futures.Future`, and in async code an `asyncio.Future`."""

    def result(self, timeout: float | None = None) -> ResultT:
        """What the task returned, waiting for it; its error or its question is raised."""

    def __await__(self) -> Generator[Any, None, ResultT]:
        """What the task returned; its error or its question is raised."""


class TaskFunction(Generic[P, T]):
    """A function that runs as a task: calling it in a workflow or a node begins it and gives a future.

    Made by `task`.
    """

    def __init__(
        self,
        function: Callable[P, Awaitable[T]] | Callable[P, T],
        name: str | None,
        retry: Retry | None,
        cache: CachePolicy | None,
        timeout: Timeout | None,
    ) -> None:
        functools.update_wrapper(self, function)
        self.__name__ = name = name or name_of(function)
        awaits = read_action(function).awaits
        action = Action(_unpacking(function), function, awaits, wanted_by(function))
        self.func = function
        self.cache_policy = cache
        self._node = Node(
            name,
            action,
            _RESULT,
            retry=policies(retry),
            cache=None if cache is None else _keyed(function, cache),
            timeout=checked_limit(f"task {name!r}", timeout, action),
            read=lambda result: [(RESULT, result)],
        )

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> TaskFuture[T]:
        """Begin the task.

        Raises:
            RuntimeError: No node is running, or the task is an async function and the run is not.
        """
        node = self._node
        if node.action.wants:
            given = inspect.signature(self.func).bind_partial(*args, **kwargs).arguments
            wants = tuple(name for name in node.action.wants if name not in given)
            node = replace(node, action=replace(node.action, wants=wants))
        return cast("TaskFuture[T]", begin_task(node, (args, kwargs)))

    def clear_cache(self, cache: BaseCache[Any]) -> None:
        """Forget the results of this task that a cache keeps."""
        if self.cache_policy is not None:
            cache.clear([cache_place(self._node.name)])

    async def aclear_cache(self, cache: BaseCache[Any]) -> None:
        """`clear_cache`, awaited."""
        if self.cache_policy is not None:
            await cache.aclear([cache_place(self._node.name)])


def _unpacking(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, called with all its arguments as one value."""
    return lambda given, **filled_in: function(*given[0], **given[1], **filled_in)


def _keyed(function: Any, policy: CachePolicy) -> CachePolicy:
    """The policy for a call's arguments; two functions of one name keep their results apart."""
    whose = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
    is_default = policy.key_func is CachePolicy().key_func

    def key(given: Given) -> str:
        made = policy.key_func(given) if is_default else policy.key_func(*given[0], **given[1])
        return f"{whose}:{made if isinstance(made, str) else made.hex()}"

    return replace(policy, key_func=key)


_FORMER = {"retry": "retry_policy"}


class _Decorator(Protocol):
    @overload
    def __call__(self, function: Callable[P, Awaitable[T]]) -> TaskFunction[P, T]: ...
    @overload
    def __call__(self, function: Callable[P, T]) -> TaskFunction[P, T]: ...


@overload
def task(
    function: None = None,
    *,
    name: str | None = None,
    retry_policy: Retry | None = None,
    cache_policy: CachePolicy | None = None,
    timeout: Timeout | None = None,
    **former: Any,
) -> _Decorator: ...
@overload
def task(function: Callable[P, Awaitable[T]]) -> TaskFunction[P, T]: ...
@overload
def task(function: Callable[P, T]) -> TaskFunction[P, T]: ...
def task(
    function: Callable[P, Any] | None = None,
    *,
    name: str | None = None,
    retry_policy: Retry | None = None,
    cache_policy: CachePolicy | None = None,
    timeout: Timeout | None = None,
    **former: Any,
) -> Any:
    """Make a function a task, a step of a workflow or of a node (semantics: LangGraph's decorator of this name).

    Calling it begins it and gives a future: `.result()`, or `await` in async code. Tasks that were begun run side by
    side. What a task returned is kept at once; when its workflow runs again, after a question or a failure, the n-th
    call gets what the n-th call returned before.

    Args:
        function: What to run. Parameters called `config`, `runtime`, `store` or `writer` are filled in.
        name: What its events and errors call it; the function's name when None.
        retry_policy: When to try again after a failure; of several the first that fits counts.
        cache_policy: When to use an earlier result instead; needs `entrypoint(cache=…)` or `compile(cache=…)`.
        timeout: Seconds (or a timedelta, or a TimeoutPolicy) it may take; for async functions.
        former: The name of mid-2025: `retry`.

    Raises:
        GraphError: A timeout for a plain function.
        TypeError: It is no function, or the retry policy is none.
    """
    if former:
        retry_policy = renamed("task()", former, _FORMER).get("retry_policy", retry_policy)

    if function is not None and not callable(function):
        raise TypeError(f"task({function!r}): a task is a function. Its name goes by keyword: @task(name=…).")

    def made(function: Callable[P, Any]) -> TaskFunction[P, Any]:
        return TaskFunction(function, name, retry_policy, cache_policy, timeout)

    return made if function is None else made(function)


# ── workflows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class entrypoint:  # noqa: N801 - LangGraph's name
    """Make a function a workflow: it gets one input and calls tasks (semantics: LangGraph's decorator of this name).

    The result has the methods of a compiled graph. Parameters called `config`, `runtime`, `store`, `writer` or
    `previous` are filled in; `previous` is what the thread's last run returned, or saved by
    `return entrypoint.final(value=…, save=…)`.

    Args:
        checkpointer: Keeps the threads; needed to pause, and for `previous`.
        store: For the workflow's and its tasks' use.
        cache: Keeps the results of tasks with a cache policy.
        context_schema: The class of `runtime.context`.
        cache_policy: When to use an earlier result of the whole workflow.
        retry_policy: When to try again after a failure; tasks that have finished are not repeated.
        timeout: Seconds (or a timedelta, or a TimeoutPolicy) it may take; for async functions.
        former: The names of mid-2025: `retry` and `config_schema`.
    """

    @dataclass(frozen=True, slots=True)
    class final(Generic[ValueT, SaveT]):  # noqa: N801 - LangGraph's name
        """What a workflow returns that saves something else than it tells.

        Attributes:
            value: What the caller gets.
            save: What the next run of the thread gets as `previous`.
        """

        value: ValueT
        save: SaveT

    def __init__(
        self,
        checkpointer: BaseCheckpointSaver | bool | None = None,
        store: BaseStore | None = None,
        cache: BaseCache[Any] | None = None,
        context_schema: type | None = None,
        cache_policy: CachePolicy | None = None,
        retry_policy: Retry | None = None,
        timeout: Timeout | None = None,
        **former: Any,
    ) -> None:
        if former:
            today = renamed("entrypoint()", former, _FORMER | {"config_schema": "context_schema"})
            context_schema = today.get("context_schema", context_schema)
            retry_policy = today.get("retry_policy", retry_policy)
        self.checkpointer, self.store, self.cache = checkpointer, store, cache
        self.context_schema = context_schema
        self.cache_policy, self.retry_policy, self.timeout = cache_policy, retry_policy, timeout

    def __call__(self, function: Callable[..., Any]) -> CompiledStateGraph:
        """The workflow that a function is.

        Raises:
            NotImplementedError: It is a generator.
            ValueError: It takes no input.
            GraphError: A timeout for a plain function.
        """
        name = name_of(function)
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise NotImplementedError(
                f"the workflow {name!r} is a generator. Return the result, and tell what happens on the way with "
                "get_stream_writer()."
            )
        if not inspect.signature(function).parameters:
            raise ValueError(f"the workflow {name!r} takes no input. Give it one parameter; it may be of any type.")
        hints = hints_of(function)
        output = _value_type(hints.get("return"))
        given = annotation_of(function, hints)
        schema = Schema(output, {END: Key(), PREVIOUS: Key()}, root=END)
        action = read_action(function)
        node = Node(
            name,
            action,
            schema,
            destinations={END: None},
            retry=policies(self.retry_policy),
            cache=self.cache_policy,
            timeout=checked_limit(f"workflow {name!r}", self.timeout, action),
            read=_writes,
        )
        nodes = {START: Node(START, Action(), schema), name: node}
        program = Program(
            schema,
            nodes,
            Wiring({START: (name,)}),
            {END: None},
            None,
            self.context_schema,
            store=self.store,
            cache=self.cache,
            entry=name,
            annotations=[given, output],
        )
        schemas = {"input": replace(schema, type=given or Any), "output": schema}
        return CompiledStateGraph(None, program, self.checkpointer, schemas, name=name)


def _writes(result: Any) -> list[tuple[str, Any]]:
    """What a workflow's result writes: what it tells, and what it saves."""
    if isinstance(result, entrypoint.final):
        return [(END, result.value), (PREVIOUS, result.save)]
    return [(END, result), (PREVIOUS, result)]


def _value_type(annotation: Any) -> Any:
    """The type of what a workflow tells, by its return annotation."""
    if annotation is None or annotation is entrypoint.final:
        return Any
    return get_args(annotation)[0] if get_origin(annotation) is entrypoint.final else annotation
