"""Where threads live: the driver that carries out a plan's effects and blocks. Its twin, `adrive`, awaits them."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from hilnb import _context
from hilnb._context import Left
from hilnb._pyodide import IN_PYODIDE
from hilnb.errors import GraphBubbleUp
from hilnb.graph.effects import Ask, Effect, Emit, Event, Outcome, Plan, Said, Start, Task, Wait
from hilnb.graph.hands import Hands
from hilnb.graph.turn import perform

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from hilnb.graph.alone import Alone
    from hilnb.graph.away import Away

__all__ = ["WORKERS", "drive", "is_under_way", "level", "pool_at"]

WORKERS = 64
"""Threads per level of nesting: as many nodes of one superstep can wait for something at the same time."""

_NOTHING_SAID: Event = ((), "", None)

_hands: dict[int, Hands | Alone] = {}
_pools: dict[int, Executor] = {}
if hasattr(os, "register_at_fork"):  # a fork has none of these threads
    os.register_at_fork(after_in_child=_hands.clear)
    os.register_at_fork(after_in_child=_pools.clear)


def level() -> int:
    """The level of nesting. A task only ever waits for deeper ones, so with threads of its own none locks itself up."""
    here = _context.current.get()
    return here.depth if here is not None else 0


def _hands_here() -> Hands | Alone:
    """The threads for the nodes of this level."""
    depth = level()
    if depth not in _hands:
        _hands.setdefault(depth, _alone() if IN_PYODIDE else Hands(WORKERS, f"hilnb-{depth}"))
    return _hands[depth]


def pool_at(level: int) -> Executor:
    """The threads for what else is begun at a level of nesting, and is asked for its result."""
    if level not in _pools:
        from concurrent.futures import ThreadPoolExecutor  # loads logging; an async run has loaded it already

        _pools.setdefault(level, _alone() if IN_PYODIDE else ThreadPoolExecutor(WORKERS, f"hilnb-{level}"))
    return _pools[level]


def _alone() -> Alone:
    from hilnb.graph.alone import Alone  # loads logging, too, and is needed in a browser only

    return Alone()


def drive(plan: Plan, most: int | None = None, executor: Executor | None = None) -> Iterator[Event]:
    """Carry out a plan, blocking; yield what it tells, before it starts or awaits anything: whoever stops
    listening then finds all of it kept. A lone task runs on the caller's own thread.

    At most as many tasks as `most` run at the same time; `WORKERS` when it is None, and all of them with an executor.

    Closing the iterator ends the plan: what has come in is kept, tasks that have not begun never do, and busy ones are
    not waited for. A graph that one of those calls does nothing more: a new run may be at work on its thread already.
    Leaving it by `_context.around_runs` does the same from another thread, while it waits here for a busy task.
    """
    over, around = Left(), _context.current.get()
    inbox: queue.SimpleQueue[Outcome | Said] = queue.SimpleQueue()
    if around is not None:
        left = around.over
    elif (left := _context.around_runs.get()) is not None:
        left.wake = lambda: inbox.put(Said(_NOTHING_SAID))
    crew: _Crew | None = None
    away = None if executor is None else _away(executor, inbox, most)
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
                raise GraphBubbleUp("the run, or the one around it, was left")
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
            if type(effect) is Task:
                effect.over = over
                if effect.modes and effect.tell is None:
                    effect.tell = told.append
                reply = copy_context().run(_perform, effect) if away is None else away.alone(effect)
                continue
            if type(effect) is Start:
                for task in effect.tasks:
                    task.over = over
                    if task.modes and task.tell is None:
                        task.tell = lambda event: inbox.put(Said(event))
                if away is not None:
                    away.take_on(effect.tasks)
                elif len(effect.tasks) > 1 or effect.live or (crew is not None and crew.is_full):
                    if crew is None:
                        crew = _Crew(inbox, min(most or WORKERS, WORKERS))
                    crew.take_on(effect.tasks)
                else:
                    outcome = copy_context().run(_perform, effect.tasks[0])
                    if not effect.tasks[0].modes:
                        reply = [outcome]
                        continue
                    inbox.put(outcome)  # after what it said while it ran
            reply = _come_in(inbox) if away is None else away.come_in()
    except StopIteration:
        return
    except GeneratorExit:
        if crew is not None:
            crew.dismiss()
        if away is not None:
            away.dismiss()
        with contextlib.suppress(BaseException):  # nobody hears of it, and it comes again when the thread goes on
            while type(effect) not in (Start, Task) and not (type(effect) is Wait and inbox.empty()):
                effect = plan.send(_reply(effect, inbox))
        raise
    finally:
        over.is_left = True
        if crew is not None:
            crew.dismiss()
        if away is not None:
            away.dismiss()
        if is_under_way(plan):  # it was left, or its saver failed: let it keep what is kept when a call ends
            with contextlib.suppress(BaseException):
                effect = plan.throw(GraphBubbleUp("the run was left"))
                while True:
                    effect = plan.send(_reply(effect, inbox))


def _away(executor: Executor, inbox: queue.SimpleQueue[Any], most: int | None) -> Away:
    from hilnb.graph.away import Away  # only runs with an executor need it

    return Away(executor, pool_at(level()), inbox, most)


def is_under_way(plan: Plan) -> bool:
    """Whether a plan has not come to its end."""
    return getattr(plan, "gi_frame", None) is not None


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

    @property
    def is_full(self) -> bool:
        """Whether all that may work at the same time do."""
        return self.busy >= self.most

    def take_on(self, tasks: Sequence[Task]) -> None:
        """Have them performed, each under a copy of the caller's context: nothing it sets leaks to the next node."""
        with self.lock:
            self.todo.extend([partial(copy_context().run, _perform, task) for task in tasks])
            hands = min(len(self.todo), self.most - self.busy)
            self.busy += hands
        _hands_here().give(self._work, hands)

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
        perform(task).send(None)
    except StopIteration as played:
        outcome: Outcome = played.value
        return outcome
    raise AssertionError("a turn waited in a blocking run")
