"""One node's turn: call it, read what it returned, ask its conditional edges where to go.

Written once, as coroutines. What they await is the driver's: in a blocking run nothing of it ever waits, so one `send`
plays a turn to its end.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from hilnb import _context
from hilnb._context import NOTHING, Running
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
from hilnb.graph.effects import Failed, Finished, Outcome, Paused, Task
from hilnb.graph.schema import merge
from hilnb.graph.spec import Action, Branch
from hilnb.graph.tokens import listen
from hilnb.runtime import runtime_of
from hilnb.types import Command, Interrupt, RetryPolicy, Send

__all__ = ["HAND_RAISED", "Do", "cache_place", "called", "named_of", "perform", "take_in"]

HAND_RAISED = "placeholder-id"
"""The id of a question nobody can answer: one that was raised by hand."""

Updates = Sequence[tuple[str, Any]]
Targets = list[str | Send]


class Do(Protocol):
    """How the awaiting driver calls a function of the user's."""

    def __call__(
        self, action: Action, args: tuple[Any, ...], named: Mapping[str, Any] = ..., task: Task | None = ...
    ) -> Awaitable[Any]:
        """Give what the function returns, or raise what it raises.

        Args:
            action: What to call.
            args: With what.
            named: By name.
            task: The turn, where the call is its node and may take only so long.
        """


async def perform(task: Task, do: Do | None = None) -> Outcome:
    """Perform a task. Whatever the node does, this returns an outcome and raises nothing.

    Args:
        task: The turn.
        do: Calls a function of the user's, to be awaited; None in a blocking run, where each is simply called.
    """
    told = task.answers
    if told:
        task.answers = dict(told)
    _context.current.set(task)
    if task.node.retry:
        task.began = time.time()
    if "langchain_core" in sys.modules:
        listen(task)
    while True:
        outcome: Outcome
        try:
            outcome = await _attempt(task, do)
            if task.pausing is not None:
                _say_swallowed(task.node.name)
        except NodeInterrupt as pause:
            outcome = Paused(task, (Interrupt(pause.value, HAND_RAISED, ns=task.ns),))
        except GraphInterrupt as pause:
            outcome = Paused(task, pause.interrupts)
            task.pausing = None  # its traceback holds the task: a circle that only the garbage collector would break
        except BaseException as error:
            outcome = Failed(task, error)
        if task.calls:
            outcome = await _with_calls(outcome, do)
        wait = None
        if type(outcome) is Failed and isinstance(outcome.error, Exception):
            wait = _wait_before_retry(task.node.retry, outcome.error, task.attempt)
        if wait is None:
            return outcome
        assert isinstance(outcome, Failed)
        task.failures = [*task.failures, repr(outcome.error)]
        await do(_SLEEP, (wait,)) if do else time.sleep(wait)
        task.attempt, task.asked, task.children = task.attempt + 1, 0, 0
        task.answers, task.pushed, task.pushed_beside, task.calls = dict(told), (), (), ()


async def _with_calls(outcome: Outcome, do: Do | None) -> Outcome:
    """The outcome once the tasks that the node called are done too; what they ask, the node asks."""
    calls = outcome.task.calls
    if isinstance(outcome, Failed):
        for call in calls:
            call.cancel()
        if not isinstance(outcome.error, Exception):
            return outcome  # someone ended the run: wait for nothing
    await do(_WAIT, (calls,)) if do else _all_done(calls)
    if isinstance(outcome, Failed):
        return outcome
    pauses = [call.exception() for call in calls if not call.cancelled()]
    asked = [question for pause in pauses if isinstance(pause, GraphInterrupt) for question in pause.interrupts]
    if isinstance(outcome, Paused):
        asked += [question for question in outcome.interrupts if question not in asked]
    return Paused(outcome.task, tuple(asked)) if asked else outcome


# asyncio, futures and random take long to load; most programs never wait for a task or try again.


def _all_done(calls: Sequence[Any]) -> None:
    from concurrent.futures import wait

    wait(calls)


async def _aall_done(calls: Sequence[Any]) -> None:
    import asyncio

    await asyncio.gather(*map(asyncio.wrap_future, calls), return_exceptions=True)


async def _asleep(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(seconds)


_SLEEP = Action(time.sleep, time.sleep, twin=_asleep)
_WAIT = Action(_all_done, _all_done, twin=_aall_done)


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
            return wait + _jitter() if policy.jitter else wait
    return None


def _jitter() -> float:
    from random import uniform

    return uniform(0, 1)


async def _attempt(task: Task, do: Do | None) -> Finished:
    node, action = task.node, task.node.action
    key = None
    if node.cache is not None and task.program.cache is not None:
        made = node.cache.key_func(task.input)
        key = (cache_place(node.name), made if isinstance(made, str) else made.hex())
        cache = task.program.cache
        found = await do(Action(cache.get, cache, twin=cache.aget), ([key],)) if do else cache.get([key])
        if key in found:
            writes, goto = found[key]
            return Finished(task, writes, goto, cached=True)
    result = task.input
    if action.function is not None:
        try:
            named = named_of(task, action.wants) if action.wants else NOTHING
            result = await do(action, (result,), named, task) if do else called(task, action, result, named)
        except ParentCommand as leaving:
            if node.read is not None:
                raise
            result = replace(leaving.command, graph=None)
    writes, goto = _written(task, result) if node.read is None else (node.read(result), [])
    values = None
    branches = task.thread.program.wiring.branches
    if branches and node.read is None and (own := branches.get(node.name)):
        values = _with_own(task, writes)
        shown = _apart(task, writes, values)
        for branch in own:
            seen = branch.schema.view(shown, task.steps_left)
            named = named_of(task, branch.action.wants) if branch.action.wants else NOTHING
            chosen = await do(branch.action, (seen,), named) if do else called(task, branch.action, seen, named)
            goto += _destinations(task, chosen, branch)
    if key is not None and node.cache is not None:
        kept = {key: ((writes, goto), node.cache.ttl)}
        await do(Action(cache.set, cache, twin=cache.aset), (kept,)) if do else cache.set(kept)
    return Finished(task, writes, goto, False, values)


def called(task: Task, action: Action, given: Any, named: Mapping[str, Any]) -> Any:
    """What a function of the user's returns, in a blocking run."""
    if action.awaits:
        raise TypeError(
            f'No synchronous function provided to "{task.place.name}".\n'
            "It is an async function: run the graph with ainvoke or astream, or give it a plain function."
        )
    assert action.function is not None
    return action.function(given, **named) if named else action.function(given)


def take_in(task: Task) -> Outcome:
    """Take in a run's input: START only passes it on, so nothing of the user's has to be called."""
    try:
        return Finished(task, *_written(task, task.input))
    except Exception as error:
        return Failed(task, error)


def _written(task: Task, result: Any) -> tuple[Updates, Targets]:
    """What a node's result writes, and where it goes."""
    goto: Targets = []
    schema = task.thread.program.schema
    if type(result) is dict and schema.root is None:
        writes: Updates = [*result.items()]  # what nearly every node returns
        is_known = task.place.name != START or result.keys() <= task.program.input_keys.keys()
        if is_known and schema.writable.issuperset(result) and not task.pushed:
            return (writes if not task.pushed_beside else [*writes, *task.pushed_beside]), goto
    else:
        writes, goto = _read_result(task, result)
    if task.pushed or task.pushed_beside:
        writes = [*task.pushed, *writes, *task.pushed_beside]
    return _known(task, writes), goto


def cache_place(node: str) -> tuple[str, ...]:
    """Where a node's results stand in a cache."""
    return ("hilnb", node)


def named_of(task: Running, wants: Sequence[str]) -> dict[str, Any]:
    """The parameters that the run fills in."""
    named: dict[str, Any] = {}
    for name in wants:
        match name:
            case "config":
                named[name] = task.full_config()
            case "writer":
                named[name] = get_stream_writer()
            case "error":
                named[name] = task.error
            case "store":
                named[name] = getattr(task.run.runtime, "store", None)
            case "previous":
                named[name] = getattr(task.run.runtime, "previous", None)
            case "runtime":
                named[name] = runtime_of(task)
    return named


def _read_result(task: Task, result: Any) -> tuple[Updates, Targets]:
    """What a node's result means: the updates, and where it wants to go."""
    parts = result if isinstance(result, (list, tuple)) and _has_command(result) else [result]
    schema = task.program.schema
    source = "the run's input" if task.node.name == START else f"node {task.node.name!r}"
    updates: list[tuple[str, Any]] = []
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


def _known(task: Task, updates: Updates) -> Updates:
    """The updates of keys there are; of the others it is said that they are dropped."""
    is_input, program = task.node.name == START, task.thread.program
    keys = program.input_keys if is_input else program.schema.keys
    for key in dict(updates):
        if key not in program.schema.keys and not (is_input and len(task.ns) > 1):
            # (A nested graph is given all of its parent's keys, and takes those it has.)
            who = "the input" if is_input else f"node {task.node.name!r}"
            warnings.warn(
                f"{who} has {key!r}, which is not a key of the state{did_you_mean(key, keys)}; it was dropped. "
                f"The keys are: {', '.join(keys)}.",
                stacklevel=2,
            )
    return [(key, value) for key, value in updates if key in keys and key in program.schema.writable]


def _with_own(task: Task, writes: Updates) -> dict[str, Any]:
    """The state as the node's own conditional edges see it: with its update, without its siblings'."""
    values = dict(task.thread.values)
    merge(task.program.schema.keys, values, [(task.node.name, writes)])
    return values


def _apart(task: Task, writes: Updates, values: dict[str, Any]) -> dict[str, Any]:
    """The same state, in which changing a list that a reducer made does not change the one that is kept."""
    reduced = task.thread.program.schema.reduced
    made = {key: values[key] for key, _ in writes if key in reduced} if reduced else {}
    if not made:
        return values
    return values | {key: value.copy() for key, value in made.items() if type(value) in (list, dict, set)}


def _destinations(task: Task, chosen: Any, branch: Branch) -> Targets:
    """Where a conditional edge leads, once its function has chosen."""
    if type(chosen) is str and branch.ends is not None and (name := branch.ends.get(chosen)):
        return [] if name == END else [name]  # that there is such a node was checked when the graph was compiled
    where = f"the conditional edge {branch.name!r} after {task.node.name!r}"
    targets = []
    for choice in chosen if isinstance(chosen, (list, tuple)) else (chosen,):
        if branch.ends is not None and type(choice) is not Send:
            if choice not in branch.ends:
                raise KeyError(
                    f"{where} returned {choice!r}, which is not in its path_map{did_you_mean(choice, branch.ends)}. "
                    f"The path_map has: {', '.join(map(repr, branch.ends))}."
                )
            choice = branch.ends[choice]
        if choice is None:
            raise GraphError(
                f"{where}: Branch did not return a valid destination, but None. Return a name, or END to stop."
            )
        targets.append(choice)
    return _targets(task, targets, where)


def _targets(task: Task, goto: Any, where: str) -> Targets:
    """The nodes to go to, END left out.

    Raises:
        GraphError: One of them does not exist.
        InvalidUpdateError: A Send to END.
    """
    nodes = task.program.nodes
    targets: Targets = []
    for target in goto if isinstance(goto, (list, tuple, set)) else [goto]:
        name = target.node if type(target) is Send else target
        if name == END:
            if type(target) is Send:
                raise InvalidUpdateError(f"{where}: Cannot send a packet to the END node. Return END itself to stop.")
            continue
        if not isinstance(name, str) or name not in nodes or nodes[name].action.function is None:
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
