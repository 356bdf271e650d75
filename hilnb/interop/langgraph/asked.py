"""What LangGraph's own threads ask, and what they were told: read from what its savers keep of them.

A saver keeps the last question of each task, under an id made from where it was asked, and the answers of the task in
order; not the name of the node. That is found by making the id again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from langgraph.types import Interrupt as Theirs

from hilnb.interop.langgraph.plans import PREFIX, Plan
from hilnb.types import Interrupt

__all__ = ["ids_of", "open_threads", "told"]

_ASKED, _TOLD = "__interrupt__", "__resume__"
_NOT_DONE = {_ASKED, _TOLD, "__error__", "__error_source_node__"}
"""What is kept of a task that has not finished; anything else means that it has."""

_NEXT = "branch:to:"


def open_threads(names: Collection[str] = ()) -> Plan:
    """The threads that ask: for each its id, since when in UTC, and its questions.

    Args:
        names: Names that nodes may have, beside those that the thread itself tells.
    """
    found = []
    for thread in (yield ("threads",)):
        if not thread.startswith(PREFIX):
            at = yield "get_tuple", _config(thread, "")
            questions = [] if at is None else (yield from _open_questions(thread, at, names))
            if questions:
                found.append((thread, datetime.fromisoformat(at.checkpoint["ts"]), tuple(questions)))
    return found


def told(thread: str) -> Plan:
    """What a thread was told, in all its graphs, by the ids of the questions: of each task its last one's."""
    known, likely = {}, {}
    for at in (yield "list", {"configurable": {"thread_id": thread}}, None, None, None):
        for task, questions in _asked(at):
            given = _given(at, task)
            for question in questions if given else ():
                number = _number(question.id, at, task, len(given))
                if number is not None and number < len(given):
                    known[question.id] = given[number]
                elif number is None and _is_done(at, task):  # a task of a workflow, whose name is not kept
                    likely[question.id] = given[-1]
    return likely | known


def _open_questions(thread: str, at: Any, names: Collection[str]) -> Plan:
    placed = []
    for task, asked in _asked(at):
        if not _is_done(at, task):
            for each in asked:
                ns = yield from _place(thread, at, task, each.id, names)
                if ns is not None:
                    placed.append((ns, task, each))
    left = {*_coming(at)} - {place.partition(":")[0] for ns, _, _ in placed for place in ns[:1]}
    questions = []
    for ns, task, each in placed:
        schema = getattr(each, "response_schema", None)  # an older release has none
        ns = ns or [f"{name}:{task}" for name in left if len(left) == 1]
        questions.append(Interrupt(each.value, each.id, schema, ns=ns))
    return sorted(questions, key=lambda question: tuple(question.ns))


def _place(thread: str, at: Any, task: str, question: str, names: Collection[str] = ()) -> Plan:
    """Where an open question was asked, `["node:task", …]`; empty where that cannot be told.

    None when it has its answer: the node failed with it.
    """
    possible = list(dict.fromkeys([*_names(at), *names]))
    given = len(_given(at, task))
    for name in possible:
        ids = ids_of(_within(at, name, task), given)
        if question in ids:
            has_failed = any((other, kind) == (task, "__error__") for other, kind, _ in at.pending_writes)
            return None if has_failed and ids.index(question) < given else [f"{name}:{task}"]
    for name in possible:
        inner = yield from _graph_in(thread, _within(at, name, task))
        for inner_task, asked in _asked(inner) if inner is not None else ():
            if question in [each.id for each in asked]:
                deeper = yield from _place(thread, inner, inner_task, question)
                return None if deeper is None else [f"{name}:{task}", *deeper]
    return []


def _graph_in(thread: str, ns: str) -> Plan:
    """The newest checkpoint of the graph in a task; one that has a history through all calls is kept without ids."""
    at = yield "get_tuple", _config(thread, ns)
    if at is None:
        at = yield "get_tuple", _config(thread, "|".join(part.partition(":")[0] for part in ns.split("|")))
    return at


def _asked(at: Any) -> Iterator[tuple[str, list[Any]]]:
    """The questions of each task, answered or not."""
    for task, kind, value in at.pending_writes or ():
        if kind == _ASKED:
            yield task, [*value] if isinstance(value, list | tuple) else [value]


def _is_done(at: Any, task: str) -> bool:
    return any(kind not in _NOT_DONE for other, kind, _ in at.pending_writes if other == task)


def _given(at: Any, task: str) -> list[Any]:
    """The answers that a task has, in order."""
    kept = [value for other, kind, value in at.pending_writes if (other, kind) == (task, _TOLD)]
    return kept[-1] if kept and isinstance(kept[-1], list) else kept[-1:]


def _number(question: str, at: Any, task: str, given: int) -> int | None:
    """How many answers the task had when it asked; None when it is not known to be this task that asked."""
    for name in _names(at):
        ids = ids_of(_within(at, name, task), given)
        if question in ids:
            return ids.index(question)
    return None


def _names(at: Any) -> list[str]:
    """The nodes that may be at work at a checkpoint: those that come next, and those that ran before."""
    ran = [name for name in at.checkpoint["versions_seen"] if not name.startswith("__")]
    return list(dict.fromkeys([*_coming(at), *ran]))


def _coming(at: Any) -> list[str]:
    """The nodes that come next at a checkpoint."""
    values = at.checkpoint["channel_values"]
    coming = [key.removeprefix(_NEXT) for key in values if key.startswith(_NEXT)]
    joined = [key.rpartition(":")[2] for key in values if key.startswith("join:")]
    sent = [each.node for each in values.get("__pregel_tasks") or () if hasattr(each, "node")]
    return [*coming, *sent, *joined]


def ids_of(ns: str, given: int) -> list[str]:
    """The ids of a task's questions, from the first to the one after so many answers."""
    return [Theirs.from_ns(None, f"{ns}|{number}" if number else ns).id for number in range(given + 1)]


def _within(at: Any, name: str, task: str) -> str:
    """The place of a task, and of the graph in it."""
    ns = at.config["configurable"].get("checkpoint_ns", "")
    return f"{ns}|{name}:{task}" if ns else f"{name}:{task}"


def _config(thread: str, ns: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ns}}
