"""Where nodes run that run on an executor: in its threads, its processes, or on a cluster.

Only the function of a node goes there. Its conditional edges, its retries and whatever is kept stay with the driver, so
a question waits in the saver and never on a worker. A node that is a graph, or uses one, runs here; the nodes of that
graph go to the executor in their turn.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import partial
from typing import Any

from hilnb._context import NOTHING
from hilnb.errors import GraphBubbleUp, SerializationError, WorkerLostError
from hilnb.graph.answers import NEXT
from hilnb.graph.effects import Failed, Outcome, Said, Task
from hilnb.graph.parcel import carry_out, opened, packed
from hilnb.graph.spec import Action
from hilnb.graph.turn import called, perform

__all__ = ["Away", "called_away", "goes_away", "pack"]


def goes_away(task: Task, action: Action, executor: Executor) -> bool:
    """Whether this function of a task is one for the executor: the node's own, not awaited in this process, no graph.

    A graph keeps what it does in the saver of the run around, which does not leave this process.
    """
    mine = action is task.node.action
    return mine and task.node.nested is None and not (action.awaits and _shares_memory(executor))


def _shares_memory(executor: Executor) -> bool:
    return isinstance(executor, ThreadPoolExecutor)


def pack(executor: Executor, tasks: Sequence[Task]) -> Failed | None:
    """Pack those that go to another process, all before the first is sent.

    Returns:
        The first that cannot be packed: then none of them is to be started.
    """
    if _shares_memory(executor):
        return None
    spare = None
    for task in tasks:
        action = task.node.action
        if action.function is not None and goes_away(task, action, executor):
            # Of two that both know the answer for whoever asks next, neither would know that the other took it.
            if spare is not None and task.answers.get(NEXT) is spare:
                task.answers = {question: given for question, given in task.answers.items() if question != NEXT}
            spare = task.answers.get(NEXT, spare)
            try:
                task.parcel = packed(task, action, task.input)
            except SerializationError as error:
                return Failed(task, error)
    return None


async def called_away(
    executor: Executor,
    task: Task,
    action: Action,
    given: Any,
    named: Mapping[str, Any],
    wait: Callable[[Future[Any]], Awaitable[Any]],
) -> Any:
    """What a node's function returns, called by an executor.

    Args:
        executor: Who calls it.
        task: The node's turn.
        action: Its function.
        given: What it is given.
        named: The parameters the run fills in, where the executor shares this process's memory.
        wait: Waits for a future.

    Raises:
        SerializationError: The turn cannot be pickled, for another process; or what it returned cannot.
        WorkerLostError: The worker died, or the executor was shut down.
        BaseException: What the node raised.
    """
    is_near = _shares_memory(executor)
    aloud = getattr(executor, "submit_aloud", None) if task.tell is not None else None
    live = _Live(task)
    # A retry, or a handler of errors, is packed when its time has come.
    parcel = None if is_near else task.parcel or packed(task, action, given)
    task.parcel = None
    try:
        if parcel is None:
            return await wait(executor.submit(copy_context().run, called, task, action, given, named))
        parcel = replace(parcel, began=task.began)
        reply = await wait(aloud(parcel, live.hear) if aloud else executor.submit(carry_out, parcel))
    except (BrokenExecutor, CancelledError) as error:
        raise WorkerLostError(
            f"the worker that ran node {task.place.name!r} is gone, and nothing came back ({error or 'cancelled'}). "
            "How far the node got is not known, so it was not run again; a retry_policy on the node would. A process "
            "pool whose process died takes no more work: compile the graph with a new one."
        ) from error
    finally:
        live.is_over = True
    return opened(task, reply, live.told)


class _Live:
    """What a turn says while it is under way, where its executor brings that: told at once.

    What comes back at the end has all of it again, and is what counts: the first so many were told, and the rest is
    told then. So whatever is lost on the way, or comes out of turn, is only late.
    """

    def __init__(self, task: Task) -> None:
        self.task, self.told, self.is_over = task, 0, False

    def hear(self, number: int, event: Any) -> None:
        """Take the event that so many came before."""
        if self.task.tell is not None and number == self.told and not self.is_over:
            self.told += 1
            self.task.tell(event)


class _Turn:
    """A turn that waits for a future: the coroutine, and the context that it goes on in."""

    __slots__ = ("context", "coroutine")

    def __init__(self, coroutine: Any) -> None:
        self.coroutine, self.context = coroutine, copy_context()


class _Until:
    """Waits for a future in a turn that `Away` plays: the turn goes on when that is done."""

    __slots__ = ("future",)

    def __init__(self, future: Future[Any]) -> None:
        self.future = future

    def __await__(self) -> Generator[Future[Any], None, Any]:
        yield self.future
        return self.future.result()


class Away:
    """The turns of a blocking run that are under way on an executor. None of them takes a thread here while it waits.

    Args:
        executor: Runs the nodes' functions.
        beside: Runs whatever else a turn waits for: a graph that is a node, conditional edges, the pause of a retry.
        inbox: What has come in.
        most: How many turns may be under way at the same time; None for all of them.
    """

    def __init__(self, executor: Executor, beside: Executor, inbox: queue.SimpleQueue[Any], most: int | None) -> None:
        self.executor, self.beside, self.inbox, self.most = executor, beside, inbox, most
        self.todo: deque[Task] = deque()
        self.waiting: set[Future[Any]] = set()
        self.under_way = 0

    def take_on(self, tasks: Sequence[Task]) -> None:
        """Have them performed, side by side."""
        self.todo.extend(tasks)
        self._begin_more()

    def come_in(self) -> list[Outcome | Said]:
        """Wait until something comes in; all that has."""
        heard: list[Outcome | Said] = []
        while not heard:
            for came in [self.inbox.get(), *[self.inbox.get() for _ in range(self.inbox.qsize())]]:
                if type(came) is tuple:
                    turn, future = came
                    self.waiting.discard(future)
                    self._play(turn)
                else:
                    heard.append(came)
        return heard

    def alone(self, task: Task) -> Outcome:
        """Have a lone turn performed, whose words are told when it has ended.

        Raises:
            GraphBubbleUp: The run was left in the meantime.
        """
        self.take_on([task])
        for came in self.come_in():
            if type(came) is not Said:
                return came
        raise GraphBubbleUp("the run was left while a node was at work")

    def dismiss(self) -> None:
        """Drop what has not begun."""
        self.todo.clear()
        for future in [*self.waiting]:
            future.cancel()

    def _begin_more(self) -> None:
        while self.todo and (self.most is None or self.under_way < self.most):
            task = self.todo.popleft()
            self.under_way += 1
            self._play(_Turn(perform(task, partial(self._call, task))))

    def _play(self, turn: _Turn) -> None:
        """Let a turn go on until it waits for something, or has ended."""
        try:
            future = turn.context.run(turn.coroutine.send, None)
        except StopIteration as played:
            self.under_way -= 1
            self.inbox.put(played.value)
            self._begin_more()
            return
        self.waiting.add(future)
        future.add_done_callback(lambda future: self.inbox.put((turn, future)))

    async def _call(
        self,
        own: Task,
        action: Action,
        args: tuple[Any, ...],
        named: Mapping[str, Any] = NOTHING,
        task: Task | None = None,
    ) -> Any:
        """Call a function of the user's, to be awaited in a turn of ours."""
        if task is not None and goes_away(own, action, self.executor):
            return await called_away(self.executor, own, action, args[0], named, _Until)
        return await _Until(self.beside.submit(copy_context().run, called, own, action, args[0], named))
