"""`batch`: many threads of one graph side by side. None is done twice, and none that fails stops the others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hilnb._pyodide import IN_PYODIDE
from hilnb.engines import Engine, engine_of
from hilnb.graph.alone import Alone
from hilnb.types import Interrupt
from hilnb.widgets.console import check, thread_config
from hilnb.widgets.leg import Leg, Play
from hilnb.widgets.log import Log
from hilnb.widgets.progress import Bar
from hilnb.widgets.record import one_line
from hilnb.widgets.steps import Steps, Work
from hilnb.widgets.under_way import under_way
from hilnb.widgets.wait import WaitInterrupted, running_kernel

AT_ONCE = 16
"""Threads that run at the same time, unless it is said otherwise."""

NAMED = 5
"""Failures that are told one by one."""


@dataclass(frozen=True)
class Batch:
    """How it stands with the threads of a `batch`; each is in one of these, in the order of the inputs.

    Attributes:
        finished: The state of each thread that has come to its end, by its id.
        waiting: What each thread asks that waits for an answer.
        failed: What was raised in each that failed.
        stopped: The nodes that come next in each that stands at a breakpoint, or that was under way already: in
            another panel, or in another batch.
        before: How many had finished before the call, and were not run again.
    """

    finished: dict[str, Any] = field(default_factory=dict)
    waiting: dict[str, tuple[Interrupt, ...]] = field(default_factory=dict)
    failed: dict[str, Exception] = field(default_factory=dict)
    stopped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    before: int = 0

    def __str__(self) -> str:
        total = sum(map(len, (self.finished, self.waiting, self.failed, self.stopped)))
        lines = [f"{total} thread{'' if total == 1 else 's'}: {self.said or 'nothing to do'}."]
        lines += [f"{self.before} had finished before, and did not run again."] if self.before else []
        lines += [f"failed: {thread}: {one_line(error)}" for thread, error in [*self.failed.items()][:NAMED]]
        if len(self.failed) > NAMED:
            lines.append(f"failed: {len(self.failed) - NAMED} more, see .failed")
        lines += ["The same call tries again what failed, with the input that it began with."] if self.failed else []
        lines += ["To answer those that wait: hilnb.pending(graph)."] if self.waiting else []
        return "\n".join(lines)

    __repr__ = __str__

    @property
    def said(self) -> str:
        """How many stand where, in words."""
        stands = {"finished": self.finished, "wait": self.waiting, "failed": self.failed, "stopped": self.stopped}
        return ", ".join(f"{len(threads)} {word}" for word, threads in stands.items() if threads)


def batch(
    graph: Any,
    inputs: Mapping[Any, Any],
    *,
    config: Mapping[str, Any] | None = None,
    context: Any = None,
    max_concurrency: int = AT_ONCE,
    progress: bool = True,
) -> Batch:
    """Run many threads of a graph, each until it ends, asks or fails, with a bar that counts them.

    The same call again goes on: a thread that has finished or that asks is not run again, one that failed or was
    interrupted goes on from its last finished step. A thread that failed stops no other. An interrupt (Stop, Ctrl-C)
    begins no further thread and leaves those that run; what is finished is kept.

    Args:
        graph: A compiled graph with a checkpointer, hilnb's or LangGraph's.
        inputs: The input of each thread, by the thread's id.
        config: Further config, for all of them.
        context: What the nodes find as `runtime.context`.
        max_concurrency: How many run at the same time.
        progress: Whether to show the bar.

    Returns:
        Which threads have finished, wait for an answer, failed or stand at a breakpoint.

    Raises:
        TypeError: `inputs` is not a mapping, or `graph` no compiled graph.
        ValueError: The graph has no checkpointer, two ids are the same text, `config` names a thread, or
            `max_concurrency` is no whole number above 0.
        WaitInterrupted: It was interrupted; the text says how far it had come.
    """
    threads = _Threads(graph, inputs, config, context, max_concurrency)
    pool = Alone() if IN_PYODIDE else ThreadPoolExecutor(max_concurrency, "hilnb batch")
    with Bar(len(threads.inputs), lambda: threads.batch.said, progress) as bar:
        try:
            works = [pool.submit(copy_context().run, Work(partial(threads.run, each))) for each in threads.inputs]
            for work in as_completed(works):
                work.result()
                bar.step()
        except KeyboardInterrupt:
            raise threads.interrupted() from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            threads.leave()  # none runs any more, unless it was interrupted
            pool.shutdown()
    return threads.batch


async def abatch(
    graph: Any,
    inputs: Mapping[Any, Any],
    *,
    config: Mapping[str, Any] | None = None,
    context: Any = None,
    max_concurrency: int = AT_ONCE,
    progress: bool = True,
) -> Batch:
    """`batch`, on the running event loop: async nodes are awaited, plain ones run in threads.

    Raises:
        Exception: As `batch`; what cancels it outside a notebook is raised as it is.
    """
    threads, gate = _Threads(graph, inputs, config, context, max_concurrency), asyncio.Semaphore(max_concurrency)
    with Bar(len(threads.inputs), lambda: threads.batch.said, progress) as bar:

        async def run(thread: str) -> None:
            async with gate:
                await Work(partial(threads.run, thread)).awaited()
            bar.step()

        works = [asyncio.ensure_future(run(thread)) for thread in threads.inputs]
        try:
            await asyncio.gather(*works)
        except asyncio.CancelledError:  # in a notebook: Interrupt Kernel
            if running_kernel() is None:
                raise
            raise threads.interrupted() from None
        finally:
            threads.leave()
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
    return threads.batch


class _Threads:
    """The threads of a batch, and how far each is.

    Attributes:
        inputs: The input of each, by its id.
    """

    def __init__(
        self, graph: Any, inputs: Mapping[Any, Any], config: Mapping[str, Any] | None, context: Any, most: int
    ) -> None:
        check(graph, ())
        if not isinstance(most, int) or most < 1:
            raise ValueError(f"batch(max_concurrency={most!r}): give a whole number of threads, at least 1.")
        if not isinstance(inputs, Mapping):
            raise TypeError(
                f"batch(graph, inputs): inputs={one_line(inputs)}. Give each its thread, so that the same call can go "
                'on: {"letter 1": {"text": "…"}, "letter 2": {"text": "…"}}.'
            )
        self.inputs = {str(thread): given for thread, given in inputs.items()}
        if len(self.inputs) < len(inputs):
            raise ValueError("batch(graph, inputs): two of the ids are the same text, and would be one thread.")
        self._engine, self._before = engine_of(graph), 0
        self._options = {"stream_mode": ["values"], **({} if context is None else {"context": context})}
        self._configs = {thread: thread_config(thread, config)[0] for thread in self.inputs}
        self._has_breakpoints = any(
            each.interrupt_before_nodes or each.interrupt_after_nodes
            for each in (graph, *(inner for _, inner in graph.get_subgraphs(recurse=True)))
        )
        self._stands: dict[str, tuple[str, Any]] = {}
        self._legs: list[Leg] = []
        self._is_over = False

    @property
    def batch(self) -> Batch:
        """How it stands with them now."""
        batch = Batch(before=self._before)
        for thread in self.inputs:
            if thread in self._stands:
                where, what = self._stands[thread]
                getattr(batch, where)[thread] = what
        return batch

    def interrupted(self) -> WaitInterrupted:
        """The error that tells how far they had come."""
        done = f"{len(self._stands)} of {len(self.inputs)} threads"
        return WaitInterrupted(f"stopped at {done}: {self.batch.said or 'none'}. The same call goes on from there.")

    def leave(self) -> None:
        """Leave those that run, and those that are about to."""
        self._is_over = True
        for leg in self._legs:
            leg.leave()

    def run(self, thread: str) -> Steps:
        """Run one of them, unless there is nothing to do; written once for blocking and awaiting."""
        config, leg = self._configs[thread], Leg(Log(lambda entry: None))
        look = _Look(self._engine, config)
        try:
            # Before the look: what it finds, another batch has not begun to change.
            with under_way(self._engine, config) as is_alone:
                yield look
                if not look.is_known or self._goes_on(look.saved):
                    if not is_alone:
                        self._stands[thread] = "stopped", tuple(look.saved.next)
                        return
                    self._legs.append(leg)
                    if self._is_over:
                        return
                    given = None if look.is_known else self.inputs[thread]
                    yield Play(leg, self._engine, given, config, lambda *event: None, self._options)
                    if leg.is_left:
                        return
                    yield look
                elif not look.saved.next:
                    self._before += 1
            self._stands[thread] = _stand(look.saved)
        except Exception as error:
            self._stands[thread] = "failed", error

    def _goes_on(self, saved: Any) -> bool:
        """Whether a thread failed, or was left in the middle; at a breakpoint it is a person who goes on."""
        if saved.interrupts or not saved.next:
            return False
        return not self._has_breakpoints or any(task.error for task in saved.tasks)


def _stand(saved: Any) -> tuple[str, Any]:
    """In which part of a `Batch` a thread belongs, and what is told of it there."""
    if saved.interrupts:
        return "waiting", tuple(saved.interrupts)
    return ("stopped", tuple(saved.next)) if saved.next else ("finished", saved.values)


@dataclass
class _Look:
    """The step that reads where a thread stands."""

    engine: Engine
    config: Mapping[str, Any]
    saved: Any = None

    @property
    def is_known(self) -> bool:
        """Whether the thread has ever begun."""
        return self.saved.metadata is not None

    def play(self) -> None:
        """Read it here."""
        self.saved = self.engine.saved_state(self.config)

    async def aplay(self) -> None:
        """Read it in a thread, so that the running event loop may be the saver's own."""
        if IN_PYODIDE:
            self.play()
        else:
            await asyncio.to_thread(self.play)
