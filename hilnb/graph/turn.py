"""One node's turn: call it, read what it returned, ask its conditional edges where to go."""

from __future__ import annotations

import asyncio
import random
import time
import warnings
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent import futures
from dataclasses import replace
from typing import Any

from hilnb import _context
from hilnb.config import get_stream_writer
from hilnb.constants import END, START
from hilnb.errors import (
    GraphError,
    GraphInterrupt,
    InvalidUpdateError,
    NodeInterrupt,
    ParentCommand,
    did_you_mean,
)
from hilnb.graph.effects import Call, Failed, Finished, Outcome, Paused, Task, Turn
from hilnb.graph.schema import merge
from hilnb.graph.spec import Action, Branch
from hilnb.graph.tokens import listen
from hilnb.runtime import runtime_of
from hilnb.types import Command, Interrupt, RetryPolicy, Send

__all__ = ["HAND_RAISED", "cache_place", "perform"]

HAND_RAISED = "placeholder-id"
"""The id of a question nobody can answer: one that was raised by hand."""

Updates = list[tuple[str, Any]]
Targets = list[str | Send]


def perform(task: Task) -> Turn:
    """Perform a task. Whatever the node does, the generator returns an outcome and raises nothing."""
    here, around = task.here, _context.current.get()
    told = dict(here.answers)
    here.depth = 1 if around is None else around.depth + 1
    _context.current.set(here)
    listen(here)
    while True:
        outcome = yield from _try(task)
        if here.calls:
            outcome = yield from _with_calls(outcome)
        wait = None
        if isinstance(outcome, Failed) and isinstance(outcome.error, Exception):
            wait = _wait_before_retry(task.node.retry, outcome.error, here.attempt)
        if wait is None:
            return outcome
        yield Call(_SLEEP, (wait,))
        here.attempt, here.asked, here.children = here.attempt + 1, 0, 0
        here.answers, here.pushed, here.pushed_beside, here.calls = dict(told), [], [], []


def _try(task: Task) -> Turn:
    """One attempt, whatever comes of it."""
    try:
        finished = yield from _attempt(task)
    except NodeInterrupt as pause:
        return Paused(task, (Interrupt(pause.value, HAND_RAISED, ns=task.here.ns),))
    except GraphInterrupt as pause:
        return Paused(task, pause.interrupts)
    except BaseException as error:
        return Failed(task, error)
    if task.here.pausing is not None:
        _say_swallowed(task.node.name)
    return finished


def _with_calls(outcome: Outcome) -> Turn:
    """The outcome once the tasks that the node called are done too; what they ask, the node asks."""
    calls = outcome.task.here.calls
    if isinstance(outcome, Failed):
        for call in calls:
            call.cancel()
        if not isinstance(outcome.error, Exception):
            return outcome  # someone ended the run: wait for nothing
    yield Call(_WAIT, (calls,))
    if isinstance(outcome, Failed):
        return outcome
    pauses = [call.exception() for call in calls if not call.cancelled()]
    asked = [question for pause in pauses if isinstance(pause, GraphInterrupt) for question in pause.interrupts]
    if isinstance(outcome, Paused):
        asked += [question for question in outcome.interrupts if question not in asked]
    return Paused(outcome.task, tuple(asked)) if asked else outcome


async def _all_done(calls: Sequence[Any]) -> None:
    await asyncio.gather(*map(asyncio.wrap_future, calls), return_exceptions=True)


_SLEEP = Action(time.sleep, time.sleep, twin=asyncio.sleep)
_WAIT = Action(futures.wait, futures.wait, twin=_all_done)


def _wait_before_retry(policies: Sequence[RetryPolicy], error: Exception, attempt: int) -> float | None:
    """Seconds to wait before the next attempt; None when there is to be none."""
    for policy in policies:
        on = policy.retry_on
        fits = isinstance(error, on) if isinstance(on, type) else False
        if not fits and isinstance(on, Sequence):
            fits = isinstance(error, tuple(on))
        elif not fits and not isinstance(on, type) and callable(on):
            fits = on(error)
        if fits:
            if attempt >= policy.max_attempts:
                return None
            wait = min(policy.max_interval, policy.initial_interval * policy.backoff_factor ** (attempt - 1))
            return wait + random.uniform(0, 1) if policy.jitter else wait
    return None


def _attempt(task: Task) -> Generator[Call, Any, Finished]:
    node = task.node
    key = None
    if node.cache is not None and task.program.cache is not None:
        made = node.cache.key_func(task.input)
        key = (cache_place(node.name), made if isinstance(made, str) else made.hex())
        cache = task.program.cache
        found = yield Call(Action(cache.get, cache, twin=cache.aget), ([key],))
        if key in found:
            writes, goto = found[key]
            return Finished(task, writes, goto, cached=True)
    result = task.input
    if node.action.function is not None:
        try:
            result = yield Call(node.action, (task.input,), _named(task, node.action), node.timeout, task.here)
        except ParentCommand as leaving:
            if node.read is not None:
                raise
            result = replace(leaving.command, graph=None)
    if node.read is None:
        updates, goto = _read_result(task, result)
        writes = _known(task, [*task.here.pushed, *updates, *task.here.pushed_beside])
    else:
        writes, goto = node.read(result), []
    for branch in node.branches:
        seen = branch.schema.view(_with_own(task, writes), task.steps_left)
        chosen = yield Call(branch.action, (seen,), _named(task, branch.action))
        goto += _destinations(task, chosen, branch)
    if key is not None and node.cache is not None:
        yield Call(Action(cache.set, cache, twin=cache.aset), ({key: ((writes, goto), node.cache.ttl)},))
    return Finished(task, writes, goto)


def cache_place(node: str) -> tuple[str, ...]:
    """Where a node's results stand in a cache."""
    return ("hilnb", node)


def _named(task: Task, action: Action) -> dict[str, Any]:
    """The parameters that the run fills in."""
    named: dict[str, Any] = {}
    for name in action.wants:
        match name:
            case "config":
                named[name] = task.here.full_config()
            case "writer":
                named[name] = get_stream_writer()
            case "error":
                named[name] = task.error
            case "store":
                named[name] = getattr(task.here.runtime, "store", None)
            case "previous":
                named[name] = getattr(task.here.runtime, "previous", None)
            case "runtime":
                named[name] = runtime_of(task.here)
    return named


def _read_result(task: Task, result: Any) -> tuple[Updates, Targets]:
    """What a node's result means: the updates, and where it wants to go."""
    parts = result if isinstance(result, (list, tuple)) and _has_command(result) else [result]
    schema = task.program.schema
    source = "the run's input" if task.node.name == START else f"node {task.node.name!r}"
    updates: Updates = []
    goto: Targets = []
    for part in parts:
        if isinstance(part, Command):
            if part.graph == Command.PARENT:
                raise ParentCommand(part)
            if part.resume is not None:
                raise InvalidUpdateError(f"node {task.node.name!r} returned {part}: only a caller can resume a run.")
            updates += part.update if _is_pairs(part.update) else schema.updates(part.update, source)
            goto += _targets(task, part.goto, "Command(goto=…)")
        elif isinstance(part, Send):
            goto += _targets(task, part, "the Send it returned")
        else:
            updates += schema.updates(part, source)
    return updates, goto


def _has_command(parts: Sequence[Any]) -> bool:
    return any(isinstance(part, (Command, Send)) for part in parts)


def _is_pairs(update: Any) -> bool:
    return isinstance(update, (list, tuple)) and all(isinstance(p, tuple) and len(p) == 2 for p in update)


def _known(task: Task, updates: Iterable[tuple[str, Any]]) -> Updates:
    """The updates of keys there are; of the others it is said that they are dropped."""
    is_input = task.node.name == START
    keys = task.program.input_keys if is_input else task.program.schema.keys
    known = []
    for key, value in updates:
        if key in keys:
            known.append((key, value))
        elif key not in task.program.schema.keys and not (is_input and len(task.here.ns) > 1):
            # (A nested graph is given all of its parent's keys, and takes those it has.)
            who = "the input" if is_input else f"node {task.node.name!r}"
            warnings.warn(
                f"{who} has {key!r}, which is not a key of the state{did_you_mean(key, keys)}; it was dropped. "
                f"The keys are: {', '.join(keys)}.",
                stacklevel=2,
            )
    return known


def _with_own(task: Task, writes: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    """The state as the node's own conditional edges see it: with its update, without its siblings'."""
    values = dict(task.values)
    merge(task.program.schema.keys, values, [(task.node.name, key, value) for key, value in writes])
    return values


def _destinations(task: Task, chosen: Any, branch: Branch) -> Targets:
    """Where a conditional edge leads, once its function has chosen."""
    where = f"the conditional edge {branch.name!r} after {task.node.name!r}"
    choices = list(chosen) if isinstance(chosen, (list, tuple)) else [chosen]
    if branch.ends is not None:
        for choice in choices:
            if not isinstance(choice, Send) and choice not in branch.ends:
                raise KeyError(
                    f"{where} returned {choice!r}, which is not in its path_map{did_you_mean(choice, branch.ends)}. "
                    f"The path_map has: {', '.join(map(repr, branch.ends))}."
                )
        choices = [choice if isinstance(choice, Send) else branch.ends[choice] for choice in choices]
    if None in choices:
        raise GraphError(
            f"{where}: Branch did not return a valid destination, but None. Return a name, or END to stop."
        )
    return _targets(task, choices, where)


def _targets(task: Task, goto: Any, where: str) -> Targets:
    """The nodes to go to, END left out.

    Raises:
        GraphError: One of them does not exist.
        InvalidUpdateError: A Send to END.
    """
    nodes = task.program.nodes
    targets: Targets = []
    for target in goto if isinstance(goto, (list, tuple)) else [goto]:
        name = target.node if isinstance(target, Send) else target
        if name == END:
            if isinstance(target, Send):
                raise InvalidUpdateError(f"{where}: Cannot send a packet to the END node. Return END itself to stop.")
            continue
        if name not in nodes or nodes[name].action.function is None:
            choices = [n for n, node in nodes.items() if node.action.function is not None]
            raise GraphError(
                f"{where}: no node is called {name!r}{did_you_mean(name, choices)}. "
                f"The nodes are: {', '.join(choices)}."
            )
        targets.append(target)
    return targets


def _say_swallowed(node: str) -> None:
    warnings.warn(
        f"node {node!r} called interrupt(), but a bare `except:` or `finally: return` in it swallowed the pause, so "
        "nobody is asked. Catch the exceptions you mean, or `except Exception`.",
        stacklevel=2,
    )
