"""Where threads and awaits live: two drivers that carry out a plan's effects, one blocking, one awaiting."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import queue
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from hilnb import _context
from hilnb._context import Running
from hilnb.errors import GraphBubbleUp, NodeTimeoutError
from hilnb.graph.effects import Ask, Call, Emit, Event, Outcome, Plan, Said, Start, Task, Wait
from hilnb.graph.turn import perform
from hilnb.types import TimeoutPolicy

__all__ = ["adrive", "begin", "drive"]

WORKERS = 64
"""Threads per level of nesting: as many nodes of one superstep can wait for something at the same time."""

T = TypeVar("T")

_pools: dict[int, ThreadPoolExecutor] = {}


def _pool() -> ThreadPoolExecutor:
    """The threads for this level of nesting. A task only ever waits for deeper ones, so no level can lock itself up."""
    here = _context.current.get()
    depth = here.depth if here is not None else 0
    if depth not in _pools:
        _pools.setdefault(depth, ThreadPoolExecutor(WORKERS, f"hilnb-{depth}"))
    return _pools[depth]


def drive(plan: Plan, most: int | None = None) -> Iterator[Event]:
    """Carry out a plan, blocking; yield what it tells, before it starts or awaits anything: whoever stops
    listening then finds all of it kept. A lone task runs on the caller's own thread.

    At most as many tasks as `most` run at the same time; `WORKERS` when it is None.

    Closing the iterator ends the plan: tasks that have not begun never do, and busy ones are not waited for. A graph
    that one of those calls does nothing more: a new run may be at work on its thread already.
    """
    over, around = threading.Event(), _context.current.get()
    left = around.over if around is not None else None
    inbox: queue.SimpleQueue[Outcome | Said] = queue.SimpleQueue()
    crew = _Crew(inbox, min(most or WORKERS, WORKERS))
    lone: Callable[[], Outcome] | None = None
    reply: Any = None
    told: list[Event] = []
    try:
        while True:
            try:
                effect = plan.send(reply)
            except BaseException:
                yield from told
                raise
            reply = None
            if left is not None and left.is_set():
                raise GraphBubbleUp("the run around this one was left")
            if isinstance(effect, Ask):
                reply = getattr(effect.target, effect.method)(*effect.args)
                continue
            if isinstance(effect, Emit):
                told.append(effect.event)
                continue
            yield from told
            told.clear()
            if isinstance(effect, Start):
                for task in effect.tasks:
                    task.here.over = over
                    if task.here.modes and task.here.tell is None:
                        task.here.tell = lambda event: inbox.put(Said(event))
                if len(effect.tasks) == 1 and not effect.live and not crew.is_full:
                    lone = _bound(effect.tasks[0])
                else:
                    crew.take_on([_bound(task) for task in effect.tasks])
            elif isinstance(effect, Wait):
                if lone is not None:
                    inbox.put(lone())  # after what it said while it ran
                    lone = None
                reply = inbox.get()
    except StopIteration:
        return
    finally:
        over.set()
        crew.dismiss()
        plan.close()


def _bound(task: Task) -> Callable[[], Outcome]:
    """The task, to be performed under a copy of the caller's context: nothing it sets leaks to the next node."""
    context = contextvars.copy_context()
    return lambda: context.run(_perform, task)


class _Crew:
    """A few threads that work through many tasks: handing one over costs more than a small node does."""

    def __init__(self, inbox: queue.SimpleQueue[Outcome | Said], most: int) -> None:
        self._inbox = inbox
        self._most = most
        self._busy = 0
        self._todo: deque[Callable[[], Outcome]] = deque()
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        return self._busy >= self._most

    def take_on(self, turns: Iterable[Callable[[], Outcome]]) -> None:
        with self._lock:
            self._todo.extend(turns)
            hands = min(len(self._todo), self._most - self._busy)
            self._busy += hands
        pool = _pool()
        for _ in range(hands):
            pool.submit(self._work)

    def dismiss(self) -> None:
        """Drop what has not begun."""
        with self._lock:
            self._todo.clear()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._todo:
                    self._busy -= 1
                    return
                turn = self._todo.popleft()
            self._inbox.put(turn())


def _perform(task: Task) -> Outcome:
    turn = perform(task)
    reply: Any = None
    error: BaseException | None = None
    while True:
        try:
            call = turn.send(reply) if error is None else turn.throw(error)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome
        reply = error = None
        try:
            if call.action.awaits:
                raise TypeError(
                    f'No synchronous function provided to "{task.node.name}".\n'
                    "It is an async function: run the graph with ainvoke or astream, or give it a plain function."
                )
            assert call.action.function is not None
            reply = call.action.function(*call.args, **call.named)
        except BaseException as raised:
            error = raised


async def adrive(plan: Plan, most: int | None = None) -> AsyncIterator[Event]:
    """Carry out a plan on the running loop; yield what it tells, as `drive` does. Plain functions run in threads.

    At most as many tasks as `most` run at the same time; all of them when it is None.
    Closing the iterator ends the plan and cancels the tasks that are still running.
    """
    inbox: asyncio.Queue[Outcome | Said] = asyncio.Queue()
    pool = _pool()  # this level's, before a node's own world is entered: what a node waits for runs in the next
    loop, home = asyncio.get_running_loop(), threading.get_ident()
    running: set[asyncio.Task[None]] = set()
    reply: Any = None

    gate = contextlib.nullcontext() if most is None else asyncio.Semaphore(most)

    async def work(task: Task) -> None:
        async with gate:
            inbox.put_nowait(await _aperform(task, pool))

    def hear(event: Event) -> None:
        if threading.get_ident() == home:
            inbox.put_nowait(Said(event))
        else:  # a plain node speaks from its own thread
            loop.call_soon_threadsafe(inbox.put_nowait, Said(event))

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
            if isinstance(effect, Ask):
                reply = await getattr(effect.target, f"a{effect.method}")(*effect.args)
                continue
            if isinstance(effect, Emit):
                told.append(effect.event)
                continue
            for event in told:
                yield event
            told.clear()
            if isinstance(effect, Start):
                for task in effect.tasks:
                    task.here.loop = loop
                    if task.here.modes and task.here.tell is None:
                        task.here.tell = hear
                running |= {asyncio.create_task(work(task)) for task in effect.tasks}
            elif isinstance(effect, Wait):
                reply = await inbox.get()
    except StopIteration:
        return
    finally:
        for busy in running:
            busy.cancel()
        plan.close()


def begin(plan: Plan, result: Callable[[], T]) -> Future[T] | asyncio.Future[T]:
    """Carry out a plan beside the node that is running, in its world; a future of what `result` says then."""
    here = _context.running("a task")
    if here.loop is None:
        return _pool().submit(contextvars.copy_context().run, _carry_out, plan, result, here)
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


async def _aperform(task: Task, pool: ThreadPoolExecutor) -> Outcome:
    turn = perform(task)
    reply: Any = None
    error: BaseException | None = None
    while True:
        try:
            call = turn.send(reply) if error is None else turn.throw(error)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome
        reply = error = None
        try:
            reply = await _acall(call, pool)
        except BaseException as raised:
            error = raised


async def _acall(call: Call, pool: ThreadPoolExecutor) -> Any:
    action = call.action
    function = action.twin or action.function
    assert function is not None
    if action.awaits or action.twin:
        awaited = function(*call.args, **call.named)
        return await (awaited if call.timeout is None else _within(call, call.timeout, awaited))
    context = contextvars.copy_context()
    loop = asyncio.get_running_loop()
    reply = await loop.run_in_executor(pool, lambda: context.run(function, *call.args, **call.named))
    return await reply if inspect.isawaitable(reply) else reply


async def _within(call: Call, limit: TimeoutPolicy, awaited: Coroutine[Any, Any, Any]) -> Any:
    """Await a node for as long as it may take, and for as long as it gives signs of life."""
    here, began = call.here, time.monotonic()
    assert here is not None
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
