"""The driver that awaits. The first async run loads it: asyncio takes as long to load as all of hilnb."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from hilnb import _context
from hilnb._context import NOTHING, Running
from hilnb.errors import GraphBubbleUp, NodeTimeoutError
from hilnb.graph.away import called_away, goes_away
from hilnb.graph.drive import drive, is_under_way, level, pool_at
from hilnb.graph.effects import Ask, Effect, Emit, Event, Failed, Outcome, Plan, Said, Start, Task, Wait
from hilnb.graph.spec import Action
from hilnb.graph.turn import Do, perform
from hilnb.types import TimeoutPolicy

__all__ = ["adrive", "begin", "side_by_side"]

T = TypeVar("T")


async def adrive(plan: Plan, most: int | None = None, executor: Executor | None = None) -> AsyncGenerator[Event, None]:
    """Carry out a plan on the running loop; yield what it tells, as `drive` does. Plain functions run in threads.

    A lone task nobody listens to is awaited right here: an asyncio task of its own costs more than a small node does.

    At most as many tasks as `most` run at the same time; all of them when it is None.
    Closing the iterator ends the plan and cancels the tasks that are still running.
    """
    do = partial(
        _soon, level(), executor
    )  # this one's, before a node's own world is entered: what it waits for runs in the next
    crew: _Crew | None = None
    reply: Any = None
    told: list[Event] = []
    try:
        while True:
            try:
                effect = plan.send(reply)
            except BaseException:
                for event in told:
                    yield event
                raise
            reply = None
            if type(effect) is Ask:
                reply = await getattr(effect.target, f"a{effect.method}")(*effect.args, **(effect.named or {}))
                continue
            if type(effect) is Emit:
                told.append(effect.event)
                continue
            for event in told:
                yield event
            told = []
            if type(effect) is Task:
                effect.loop = asyncio.get_running_loop()
                if effect.modes and effect.tell is None:
                    effect.tell = told.append
                reply = await _Apart(perform(effect, do))
                if type(reply) is Failed and isinstance(reply.error, asyncio.CancelledError):
                    raise reply.error  # it was the run that was cancelled
                continue
            if type(effect) is Start:
                crew = crew or _Crew(do, most)
                crew.take_on(effect.tasks)
            assert crew is not None
            reply = await crew.come_in()
    except StopIteration:
        return
    except GeneratorExit:
        with contextlib.suppress(BaseException):  # as in `drive`
            while type(effect) not in (Start, Task) and not (type(effect) is Wait and crew and crew.inbox.empty()):
                effect = plan.send(await _reply(effect, crew))
        raise
    finally:
        if crew is not None:
            crew.dismiss()
        if is_under_way(plan):  # as in `drive`
            with contextlib.suppress(BaseException):
                effect = plan.throw(GraphBubbleUp("the run was left"))
                while True:
                    effect = plan.send(await _reply(effect, crew))


async def _reply(effect: Effect, crew: _Crew | None) -> Any:
    """What an effect brings when nobody listens and nothing is to begin any more."""
    if type(effect) is Ask:
        return await getattr(effect.target, f"a{effect.method}")(*effect.args, **(effect.named or {}))
    return [crew.inbox.get_nowait()] if type(effect) is Wait and crew is not None else None


class _Crew:
    """The asyncio tasks that work at a run, and what comes of them."""

    def __init__(self, do: Do, most: int | None) -> None:
        self.do = do
        self.loop, self.home = asyncio.get_running_loop(), threading.get_ident()
        self.gate = contextlib.nullcontext() if most is None else asyncio.Semaphore(most)
        self.inbox: asyncio.Queue[Outcome | Said] = asyncio.Queue()
        self.running: set[asyncio.Task[None]] = set()

    def take_on(self, tasks: Sequence[Task]) -> None:
        """Have them performed, side by side."""
        for task in tasks:
            task.loop = self.loop
            if task.modes and task.tell is None:
                task.tell = self._hear
        self.running |= {asyncio.create_task(self._work(task)) for task in tasks}

    async def come_in(self) -> list[Outcome | Said]:
        """Wait until something comes in; all that has."""
        inbox = self.inbox
        return [await inbox.get(), *[inbox.get_nowait() for _ in range(inbox.qsize())]]

    def dismiss(self) -> None:
        """Cancel what is still at work."""
        for busy in self.running:
            busy.cancel()

    async def _work(self, task: Task) -> None:
        async with self.gate:
            self.inbox.put_nowait(await perform(task, self.do))

    def _hear(self, event: Event) -> None:
        if threading.get_ident() == self.home:
            self.inbox.put_nowait(Said(event))
        else:  # a plain node speaks from its own thread
            self.loop.call_soon_threadsafe(self.inbox.put_nowait, Said(event))


class _Apart:
    """Awaits a coroutine in a copy of the caller's context: nothing it sets leaks to the next node."""

    __slots__ = ("coroutine",)

    def __init__(self, coroutine: Coroutine[Any, Any, Outcome]) -> None:
        self.coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Outcome]:
        context, step, given = copy_context(), self.coroutine.send, None
        while True:
            try:
                waiting = context.run(step, given)
            except StopIteration as played:
                outcome: Outcome = played.value
                return outcome
            try:
                step, given = self.coroutine.send, (yield waiting)
            except BaseException as error:
                step, given = self.coroutine.throw, error


def begin(plan: Plan, result: Callable[[], T]) -> Future[T] | asyncio.Future[T]:
    """Carry out a plan beside the node that is running, in its world; a future of what `result` says then."""
    here = _context.running("a task")
    if here.loop is None:
        return pool_at(level()).submit(copy_context().run, _carry_out, plan, result, here)
    carried = _acarry_out(plan, result, here)
    if _is_on(here.loop):
        return asyncio.ensure_future(carried)
    return asyncio.run_coroutine_threadsafe(carried, here.loop)


def _is_on(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the calling code runs on this loop, and not in a thread beside it."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _carry_out(plan: Plan, result: Callable[[], T], here: Running) -> T:
    for event in drive(plan):
        if here.tell is not None:
            here.tell(event)
    return result()


async def _acarry_out(plan: Plan, result: Callable[[], T], here: Running) -> T:
    async for event in adrive(plan):
        if here.tell is not None:
            here.tell(event)
    return result()


def _soon(
    level: int,
    executor: Executor | None,
    action: Action,
    args: tuple[Any, ...],
    named: Mapping[str, Any] = NOTHING,
    task: Task | None = None,
) -> Awaitable[Any]:
    """Call a function of the user's, to be awaited; one that is not async, in a thread of this level or elsewhere."""
    if executor is not None and task is not None and goes_away(task, action, executor):
        sent = called_away(executor, task, action, args[0], named, asyncio.wrap_future)
        return sent if task.node.timeout is None else _within(task, task.node.timeout, sent)
    function = action.twin or action.function
    assert function is not None
    if not action.awaits and not action.twin:
        return _in_thread(level, function, args, named)
    awaited: Coroutine[Any, Any, Any] = function(*args, **named)
    limit = None if task is None else task.node.timeout
    return awaited if task is None or limit is None else _within(task, limit, awaited)


async def _in_thread(level: int, function: Callable[..., Any], args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    context = copy_context()
    loop = asyncio.get_running_loop()
    reply = await loop.run_in_executor(pool_at(level), lambda: context.run(_called, function, args, named))
    return await reply if inspect.isawaitable(reply) else reply


def _called(function: Callable[..., Any], args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """What the function gives. No future can hold a StopIteration; a coroutine would make a RuntimeError of it too."""
    try:
        return function(*args, **named)
    except StopIteration as error:
        raise RuntimeError("a plain function raised StopIteration; did next() find nothing more?") from error


async def _within(here: Task, limit: TimeoutPolicy, awaited: Coroutine[Any, Any, Any]) -> Any:
    """Await a node for as long as it may take, and for as long as it gives signs of life."""
    began = time.monotonic()
    here.beat, here.writing_is_life = began, limit.refresh_on == "auto"
    node = here.ns[-1].partition(":")[0]
    allowed: dict[str, Any] = {"run": limit.run_timeout, "idle": limit.idle_timeout}
    task = asyncio.ensure_future(awaited)
    try:
        while not task.done():
            now = time.monotonic()
            since = {"run": began, "idle": here.beat}
            left = {kind: since[kind] + time - now for kind, time in allowed.items() if time is not None}
            kind = min(left, key=lambda kind: left[kind])
            if left[kind] <= 0:
                raise NodeTimeoutError(
                    node, now - began, kind=kind, idle_timeout=allowed["idle"], run_timeout=allowed["run"]
                )
            await asyncio.wait({task}, timeout=left[kind])
        return task.result()
    finally:
        task.cancel()


async def side_by_side(runs: Iterable[Awaitable[T]], most: int, *, return_exceptions: bool) -> list[Any]:
    """What these give, in their order; at most as many as `most` of them run at the same time."""
    gate = asyncio.Semaphore(most)

    async def one(run: Awaitable[T]) -> T:
        async with gate:
            return await run

    return await asyncio.gather(*map(one, runs), return_exceptions=return_exceptions)
