"""Where threads and awaits live: two drivers that carry out a plan's effects, one blocking, one awaiting."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import queue
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from hilnb import _context
from hilnb._context import NOTHING, Left, Running
from hilnb.errors import GraphBubbleUp, NodeTimeoutError
from hilnb.graph.effects import Ask, Effect, Emit, Event, Failed, Outcome, Plan, Said, Start, Task, Wait
from hilnb.graph.spec import Action
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

    Closing the iterator ends the plan: what has come in is kept, tasks that have not begun never do, and busy ones are
    not waited for. A graph that one of those calls does nothing more: a new run may be at work on its thread already.
    """
    over, around = Left(), _context.current.get()
    left = around.over if around is not None else None
    inbox: queue.SimpleQueue[Outcome | Said] = queue.SimpleQueue()
    crew = _Crew(inbox, min(most or WORKERS, WORKERS))
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
            if left is not None and left.is_left:
                raise GraphBubbleUp("the run around this one was left")
            if type(effect) is Ask:
                method = getattr(effect.target, effect.method)
                reply = method(*effect.args, **effect.named) if effect.named else method(*effect.args)
                continue
            if type(effect) is Emit:
                told.append(effect.event)
                continue
            if told:
                yield from told
                told = []
            if type(effect) is Start:
                for task in effect.tasks:
                    task.over = over
                    if task.modes and task.tell is None:
                        task.tell = lambda event: inbox.put(Said(event))
                if len(effect.tasks) > 1 or effect.live or crew.busy >= crew.most:
                    crew.take_on(effect.tasks)
                else:
                    outcome = copy_context().run(_perform, effect.tasks[0])
                    if not effect.tasks[0].modes:
                        reply = [outcome]
                        continue
                    inbox.put(outcome)  # after what it said while it ran
            reply = _come_in(inbox)
    except StopIteration:
        return
    except GeneratorExit:
        crew.dismiss()
        with contextlib.suppress(BaseException):  # nobody hears of it, and it comes again when the thread goes on
            while type(effect) is not Start and not (type(effect) is Wait and inbox.empty()):
                effect = plan.send(_reply(effect, inbox))
        raise
    finally:
        over.is_left = True
        crew.dismiss()
        plan.close()


def _reply(effect: Effect, inbox: queue.SimpleQueue[Outcome | Said]) -> Any:
    """What an effect brings when nobody listens and nothing is to begin any more."""
    if type(effect) is Ask:
        return getattr(effect.target, effect.method)(*effect.args, **(effect.named or {}))
    return _come_in(inbox) if type(effect) is Wait else None


def _come_in(inbox: queue.SimpleQueue[Outcome | Said]) -> list[Outcome | Said]:
    """Wait until something comes in; all that has."""
    return [inbox.get(), *[inbox.get() for _ in range(inbox.qsize())]]


class _Crew:
    """A few threads that work through many tasks: handing one over costs more than a small node does."""

    __slots__ = ("busy", "inbox", "lock", "most", "todo")

    def __init__(self, inbox: queue.SimpleQueue[Outcome | Said], most: int) -> None:
        self.inbox = inbox
        self.most = most
        self.busy = 0
        self.todo: deque[Callable[[], Outcome]] = deque()
        self.lock = threading.Lock()

    def take_on(self, tasks: Sequence[Task]) -> None:
        """Have them performed, each under a copy of the caller's context: nothing it sets leaks to the next node."""
        with self.lock:
            self.todo.extend([partial(copy_context().run, _perform, task) for task in tasks])
            hands = min(len(self.todo), self.most - self.busy)
            self.busy += hands
        pool = _pool()
        for _ in range(hands):
            pool.submit(self._work)

    def dismiss(self) -> None:
        """Drop what has not begun."""
        if self.todo:
            with self.lock:
                self.todo.clear()

    def _work(self) -> None:
        while True:
            with self.lock:
                if not self.todo:
                    self.busy -= 1
                    return
                turn = self.todo.popleft()
            self.inbox.put(turn())


def _perform(task: Task) -> Outcome:
    """Play a turn that waits for nothing: it has ended when it is first suspended."""
    try:
        perform(task, _now).send(None)
    except StopIteration as played:
        outcome: Outcome = played.value
        return outcome
    raise AssertionError("a turn waited in a blocking run")


async def _now(action: Action, args: tuple[Any, ...], named: Mapping[str, Any] = NOTHING, task: Any = None) -> Any:
    """Call a function of the user's, here."""
    if action.awaits:
        here = _context.current.get()
        name = here.place.name if here is not None else ""
        raise TypeError(
            f'No synchronous function provided to "{name}".\n'
            "It is an async function: run the graph with ainvoke or astream, or give it a plain function."
        )
    assert action.function is not None
    return action.function(*args, **named) if named else action.function(*args)


async def adrive(plan: Plan, most: int | None = None) -> AsyncGenerator[Event, None]:
    """Carry out a plan on the running loop; yield what it tells, as `drive` does. Plain functions run in threads.

    A lone task nobody listens to is awaited right here: an asyncio task of its own costs more than a small node does.

    At most as many tasks as `most` run at the same time; all of them when it is None.
    Closing the iterator ends the plan and cancels the tasks that are still running.
    """
    inbox: asyncio.Queue[Outcome | Said] = asyncio.Queue()
    pool = _pool()  # this level's, before a node's own world is entered: what a node waits for runs in the next
    loop, home = asyncio.get_running_loop(), threading.get_ident()
    running: set[asyncio.Task[None]] = set()
    unheard = 0
    reply: Any = None

    gate = contextlib.nullcontext() if most is None else asyncio.Semaphore(most)

    async def work(task: Task) -> None:
        async with gate:
            inbox.put_nowait(await perform(task, partial(_soon, pool)))

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
            if type(effect) is Ask:
                reply = await getattr(effect.target, f"a{effect.method}")(*effect.args, **(effect.named or {}))
                continue
            if type(effect) is Emit:
                told.append(effect.event)
                continue
            for event in told:
                yield event
            told = []
            if type(effect) is Start:
                for task in effect.tasks:
                    task.loop = loop
                    if task.modes and task.tell is None:
                        task.tell = hear
                unheard += len(effect.tasks)
                if unheard == 1 and not effect.live and not effect.tasks[0].modes:
                    unheard = 0
                    outcome = await _Apart(perform(effect.tasks[0], partial(_soon, pool)))
                    if type(outcome) is Failed and isinstance(outcome.error, asyncio.CancelledError):
                        raise outcome.error  # it was the run that was cancelled
                    reply = [outcome]
                    continue
                running |= {asyncio.create_task(work(task)) for task in effect.tasks}
            reply = [await inbox.get(), *[inbox.get_nowait() for _ in range(inbox.qsize())]]
            unheard -= sum([type(come) is not Said for come in reply])
    except StopIteration:
        return
    except GeneratorExit:
        with contextlib.suppress(BaseException):  # as in `drive`
            while type(effect) is not Start and not (type(effect) is Wait and inbox.empty()):
                if type(effect) is Ask:
                    reply = await getattr(effect.target, f"a{effect.method}")(*effect.args, **(effect.named or {}))
                else:
                    reply = [inbox.get_nowait()] if type(effect) is Wait else None
                effect = plan.send(reply)
        raise
    finally:
        for busy in running:
            busy.cancel()
        plan.close()


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
        return _pool().submit(copy_context().run, _carry_out, plan, result, here)
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


async def _soon(
    pool: ThreadPoolExecutor,
    action: Action,
    args: tuple[Any, ...],
    named: Mapping[str, Any] = NOTHING,
    task: Task | None = None,
) -> Any:
    """Call a function of the user's, and await it; one that is not async, in a thread."""
    function = action.twin or action.function
    assert function is not None
    if action.awaits or action.twin:
        awaited = function(*args, **named)
        limit = None if task is None else task.node.timeout
        return await (awaited if task is None or limit is None else _within(task, limit, awaited))
    context = copy_context()
    loop = asyncio.get_running_loop()
    reply = await loop.run_in_executor(pool, lambda: context.run(_called, function, args, named))
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
