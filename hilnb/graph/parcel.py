"""A node's turn as it travels to another process, and what comes back of it.

What is sent is one text of bytes, made here and not by the executor: so a value that cannot travel is named before it
is sent, and what a node raises comes back as data. An executor that is handed an exception would run the node again, or
fall over it.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import pickle
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from hilnb import _context
from hilnb._context import Running
from hilnb.errors import GraphBubbleUp, RemoteError, SerializationError
from hilnb.graph.effects import Task
from hilnb.graph.spec import Action
from hilnb.graph.thread import RAN, Run
from hilnb.graph.turn import named_of
from hilnb.runtime import Runtime
from hilnb.side_effects import ONCE

__all__ = ["Envelope", "Parcel", "carry_out", "dumps", "opened", "packed"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A turn on its way to a worker.

    Attributes:
        key: Names it: the same for a turn that is sent a second time, before anything came of it.
        node: The node's name.
        data: A pickled `(function, parameters it wants, what it is given, the turn)`.
        began: When the turn did, as in `Running`; not in the data, which is made before that.
    """

    key: str
    node: str
    data: bytes
    began: float | None = None


@dataclass(slots=True)
class Envelope:
    """What came of a turn on a worker.

    Attributes:
        value: What the node returned.
        error: What it raised instead: a failure, or a question.
        said: What it wrote to the stream, in order.
        done: What `once` did, by key.
        wrote: What it wrote to the state before it returned, by itself and by what it called.
        heard: The ids of the messages it told.
        swallowed: Whether it asked something and swallowed the pause.
        took: The id of the question that took the answer for whoever asks next; None when none did.
    """

    value: Any = None
    error: BaseException | None = None
    said: list[Any] | None = None
    done: Mapping[str, Any] | None = None
    wrote: tuple[list[tuple[str, Any]], list[tuple[str, Any]]] = ((), ())  # type: ignore[assignment]
    heard: frozenset[str | None] = frozenset()
    swallowed: bool = False
    took: str | None = None


class Sent(Running):
    """A turn on a worker: what the node's code can reach of its run there."""

    is_away = True
    id = ""
    ns: tuple[str, ...] = ()
    keeps_records = False
    remembers = True
    depth = 1

    def __init__(self, told: Mapping[str, Any]) -> None:
        vars(self).update(told)
        nothing = SimpleNamespace(nodes={})
        self.thread = SimpleNamespace(**told["thread"], saver=None, program=nothing, config={"configurable": {}})

    def inside(self, place: str) -> Sent:
        """The same turn for a part of its code that asks and calls on its own."""
        part = copy.copy(self)
        part.ns = (*self.ns[:-1], f"{self.ns[-1]}/{place}")
        part.asked, part.children, part.pausing = 0, 0, None
        return part

    def about(self) -> dict[str, Any]:
        """What its config says of it, in LangGraph's words."""
        return dict(self.says)

    says: Mapping[str, Any] = {}


class _StayedHere:
    """Stands for a store on a worker: whatever is asked of it is refused."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(
            f"store.{name}: the store stays in the process that runs the graph, and this node runs in another. Give "
            "the node what it needs in its state, or compile the graph without executor=."
        )


# ── here ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def packed(task: Task, action: Action, given: Any) -> Parcel:
    """A turn, ready to be sent.

    Raises:
        SerializationError: Something of it cannot be pickled; the message names it.
    """
    run, thread, node = task.run, task.thread, task.place.name
    runtime: Runtime[Any] = run.runtime or Runtime()
    once = {key: value for key, value in thread.records.items() if key[0] == task.id and key[1].startswith(ONCE)}
    told = {
        "thread": {"ns": thread.ns, "point": thread.point, "records": once},
        "place": task.place._replace(arg=None),
        "run": Run(
            None,
            run.config,
            run.modes,
            run.nested,
            runtime=runtime.override(store=runtime.store and _StayedHere(), control=None),
            pausable=run.pausable,
            parents=dict(run.parents),
            heard=set(run.heard),
        ),
        "modes": tuple(task.modes),
        "id": task.id,
        "ns": task.ns,
        "says": task.about(),
        "answers": dict(task.answers),
        "attempt": task.attempt,
        "resumed": task.resumed,
        "error": task.error,
    }
    starts = len(thread.records.get((task.id, RAN), ("", ()))[1]) + task.attempt
    owner = run.config.get("configurable", {}).get("thread_id", "")
    key = f"hilnb:{owner}:{thread.point}:{task.id}:{starts}"
    whole = action.function, action.wants, given, told
    try:
        return Parcel(key, node, dumps(whole))
    except Exception as error:
        what = _culprit(whole) or "it"
        raise SerializationError(
            f"node {node!r} cannot be sent to the executor: {what} cannot be pickled ({error}). Make what cannot "
            "travel inside the node, or compile the graph without executor=."
        ) from error


def _culprit(whole: tuple[Any, ...]) -> str | None:
    """The part of a turn that cannot be pickled, as its owner knows it."""
    function, _, given, told = whole
    parts = [("its function", function)]
    if isinstance(given, Mapping):
        parts += [(f"the key {key!r} of its state, a {type(value).__name__},", value) for key, value in given.items()]
    run = told["run"]
    for name, config in run.config.items():
        each = config.items() if isinstance(config, Mapping) else [("", config)]
        parts += [(f"{name} {key!r} of its config, a {type(value).__name__},", value) for key, value in each]
    parts += [("its input", given), ("the context of its runtime", run.runtime.context)]
    parts += [("an answer it was given", told["answers"])]
    return next((name for name, value in parts if not _travels(value)), None)


def opened(task: Task, data: bytes, told: int = 0) -> Any:
    """What the node returned, once the rest of what came back is noted with its turn.

    Args:
        task: The turn.
        data: A pickled Envelope.
        told: How much of what it wrote to the stream was told while it ran.

    Raises:
        BaseException: What the node raised.
    """
    came: Envelope = pickle.loads(data)  # by our own worker, whom we have sent code to run
    for event in (came.said or ())[told:]:
        if task.tell is not None:
            task.tell(event)
    task.run.heard |= came.heard
    task.pushed, task.pushed_beside = came.wrote
    for key, value in (came.done or {}).items():
        task.thread.records[task.id, key] = value
        task.brought = [*task.brought, (task.id, key, value)]
    if came.took is not None:
        task.answers[""]["by"] = came.took
    if came.swallowed:
        task.pausing = GraphBubbleUp()
    if came.error is not None:
        raise came.error
    return came.value


# ── there ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def carry_out(parcel: Parcel, aloud: Callable[[int, Any], None] | None = None) -> bytes:
    """Call the node's function in this process; a pickled Envelope, whatever comes of it.

    Args:
        parcel: The turn.
        aloud: Passes on at once what the node writes to the stream: `(how many there were before, event)`.
    """
    try:
        function, wants, given, told = pickle.loads(parcel.data)
    except Exception as error:
        return dumps(Envelope(error=_sealed(parcel.node, error)))
    here = Sent(told)
    here.began = parcel.began
    said: list[Any] = []
    in_order = threading.Lock()  # the node may write from threads of its own

    def tell(event: Any) -> None:
        with in_order:
            said.append(event)
            if aloud is not None:
                aloud(len(said) - 1, event)

    here.tell = tell if here.modes else None
    known, heard = {*here.thread.records}, {*here.run.heard}
    came = Envelope(said=said)
    token = _context.current.set(here)
    try:
        came.value = function(given, **named_of(here, wants))
        if inspect.isawaitable(came.value):
            came.value = asyncio.run(_awaited(came.value))
        came.swallowed = here.pausing is not None
    except BaseException as error:
        came.value, came.error = None, _portable(error)
    finally:
        _context.current.reset(token)
    came.done = {kind: value for (task, kind), value in here.thread.records.items() if (task, kind) not in known}
    came.wrote, came.heard = ([*here.pushed], [*here.pushed_beside]), frozenset(here.run.heard - heard)
    came.took = here.answers.get("", {}).get("by")
    try:
        return dumps(came)
    except Exception as error:
        return dumps(Envelope(error=_unfit(parcel.node, came, error)))


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def _portable(error: BaseException) -> BaseException:
    """The exception as it can travel, with where it was raised."""
    if isinstance(error, GraphBubbleUp):
        return error
    error.add_note(f"On the worker:\n{''.join(traceback.format_exception(error))}")
    try:
        pickle.loads(dumps(error))  # one with keyword-only arguments is pickled, and cannot be made again
    except Exception:
        return RemoteError(f"{type(error).__name__}: {error}")
    return error


def _sealed(node: str, error: Exception) -> RemoteError:
    """Says that a turn could not be read here."""
    return RemoteError(
        f"node {node!r} did not run: the worker cannot make what was sent to it ({type(error).__name__}: {error}). "
        "What the node uses has to be installed there; what was defined in a notebook travels with cloudpickle alone: "
        "pip install cloudpickle."
    )


def _unfit(node: str, came: Envelope, error: Exception) -> SerializationError:
    """Says what of a result cannot travel."""
    what = "what it returned"
    if isinstance(came.value, Mapping):
        culprits = (f"{key!r}, a {type(value).__name__}," for key, value in came.value.items() if not _travels(value))
        what = next(culprits, what)
    if not _travels(came.said):
        what = "what it wrote to the stream"
    return SerializationError(f"node {node!r} ran, and {what} cannot be sent back from the executor ({error}).")


def _travels(value: Any) -> bool:
    try:
        dumps(value)
    except Exception:
        return False
    return True


def dumps(value: Any) -> bytes:
    """It pickled: also what was defined in a notebook, where cloudpickle is installed."""
    try:
        from cloudpickle import dumps
    except ImportError:
        from pickle import dumps
    pickled: bytes = dumps(value)
    return pickled
