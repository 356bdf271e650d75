"""One node's turn: call it, read what it returned, ask its conditional edges where to go."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hilnb import _context
from hilnb.constants import END
from hilnb.errors import GraphError, GraphInterrupt, InvalidUpdateError, did_you_mean
from hilnb.graph.effects import Call, Failed, Finished, Paused, Task, Turn
from hilnb.graph.schema import merge
from hilnb.graph.spec import Branch, Node
from hilnb.types import Command, Send

__all__ = ["perform"]


def perform(task: Task) -> Turn:
    """Perform a task. Whatever the node does, the generator returns an outcome and raises nothing."""
    node = task.node
    here = _context.Running(task.ns, task.config, task.saver, task.answers)
    _context.current.set(here)
    try:
        result = task.input if node.action is None else (yield _call(task, node))
        updates, goto = _read_result(task, result)
        writes = _known(task, updates)
        for branch in node.branches:
            seen = task.schema.view(_with_own(task, writes))
            chosen = yield Call(branch.path, (seen,), _named(task, branch.wants), branch.awaits)
            goto += _destinations(task, chosen, branch)
    except GraphInterrupt as pause:
        return Paused(task, pause.interrupts)
    except BaseException as error:
        return Failed(task, error)
    if here.pausing is not None:
        _say_swallowed(node.name)
    return Finished(task, writes, goto)


def _call(task: Task, node: Node) -> Call:
    assert node.action is not None
    return Call(node.action, (task.input,), _named(task, node.wants), node.awaits, node.twin)


def _named(task: Task, wants: Iterable[str]) -> dict[str, Any]:
    return dict.fromkeys(wants, task.config)


def _read_result(task: Task, result: Any) -> tuple[list[tuple[str, Any]], list[str | Send]]:
    """What a node's result means: the updates, and where it wants to go."""
    parts = result if isinstance(result, (list, tuple)) and _has_command(result) else [result]
    updates: list[tuple[str, Any]] = []
    goto: list[str | Send] = []
    for part in parts:
        if isinstance(part, Command):
            if part.resume is not None:
                raise InvalidUpdateError(f"node {task.node.name!r} returned {part}: only a caller can resume a run.")
            updates += part.update if _is_pairs(part.update) else task.schema.updates(part.update)
            goto += _targets(task, part.goto, "Command(goto=…)")
        elif isinstance(part, Send):
            goto += _targets(task, part, "the Send it returned")
        else:
            updates += task.schema.updates(part)
    return updates, goto


def _has_command(parts: Sequence[Any]) -> bool:
    return any(isinstance(part, (Command, Send)) for part in parts)


def _is_pairs(update: Any) -> bool:
    return isinstance(update, (list, tuple)) and all(isinstance(p, tuple) and len(p) == 2 for p in update)


def _known(task: Task, updates: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    keys, known = task.schema.keys, []
    for key, value in updates:
        if key in keys:
            known.append((key, value))
        else:
            who = "the input" if task.node.action is None else f"node {task.node.name!r}"
            warnings.warn(
                f"{who} has {key!r}, which is not a key of the state{did_you_mean(key, keys)}; it was dropped. "
                f"The keys are: {', '.join(keys)}.",
                stacklevel=2,
            )
    return known


def _with_own(task: Task, writes: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    """The state as the node's own conditional edges see it: with its update, without its siblings'."""
    values = dict(task.values)
    merge(task.schema.keys, values, [(task.node.name, key, value) for key, value in writes])
    return values


def _destinations(task: Task, chosen: Any, branch: Branch) -> list[str | Send]:
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


def _targets(task: Task, goto: Any, where: str) -> list[str | Send]:
    """The nodes to go to, END left out.

    Raises:
        GraphError: One of them does not exist.
        InvalidUpdateError: A Send to END.
    """
    targets: list[str | Send] = []
    for target in goto if isinstance(goto, (list, tuple)) else [goto]:
        name = target.node if isinstance(target, Send) else target
        if name == END:
            if isinstance(target, Send):
                raise InvalidUpdateError(f"{where}: Cannot send a packet to the END node. Return END itself to stop.")
            continue
        if name not in task.nodes or task.nodes[name].action is None:
            choices = [n for n, node in task.nodes.items() if node.action is not None]
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
