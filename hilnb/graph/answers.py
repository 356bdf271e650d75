"""How an answer finds its question, and is kept before anything runs."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from hilnb.errors import EmptyInputError, UnknownInterruptError
from hilnb.graph.effects import Ask, Part
from hilnb.graph.thread import ASKED, TOLD, Thread
from hilnb.graph.turn import HAND_RAISED
from hilnb.types import Command, Interrupt, checked

__all__ = ["NEXT", "answer", "tell"]

NEXT = ""
"""Stands for the id of the next question a task asks, whichever that is: `{"answer": …, "by": id of who took it}`."""


def answer(thread: Thread, command: Command[Any]) -> Part[None]:
    """Give a Command's answer to the question it is for.

    Raises:
        EmptyInputError: It says nothing.
        RuntimeError: Nothing keeps the thread, or it does not say which of several questions it answers.
        UnknownInterruptError: It names a question that is not open.
    """
    if command.resume is None:
        if command.update is None and not command.goto:
            raise EmptyInputError(
                "Command() says nothing. To answer None, name the question: Command(resume={id: None})."
            )
        return
    if thread.saver is None:
        raise RuntimeError(
            "Cannot use Command(resume=...) without checkpointer: nothing was kept to resume. "
            "Compile the graph with one: builder.compile(checkpointer=MemorySaver())."
        )
    opened = thread.open_tasks()
    asking = [(question, task) for task, questions in opened for question in questions]
    open_ids = [question.id for question, _ in asking]
    if _is_map(command.resume):
        unknown = [key for key in command.resume if key not in open_ids]
        if unknown:
            pending = ", ".join(open_ids) or "none"
            raise UnknownInterruptError(
                f"Command(resume=…) answers {unknown[0]!r}, which is not an open question of thread "
                f"{thread.config['configurable']['thread_id']!r}. Open questions: {pending}."
            )
        yield from tell(thread, command.resume, opened)
    elif len(open_ids) > 1:
        raise RuntimeError(
            "When there are multiple pending interrupts, you must specify the interrupt id when resuming: "
            f"Command(resume={{id: answer}}). Open questions: {', '.join(open_ids)}."
        )
    elif asking:
        question, task = asking[0]
        is_deep = len(question.ns) > len(thread.ns) + 1  # asked by a graph that a node holds
        if is_deep and (yield from _will_be_another(thread, question)):
            yield from _tell_whoever_asks(thread, command.resume, [task])
        else:
            yield from tell(thread, {question.id: command.resume}, opened)
    else:
        waiting = [task for task, _ in opened if not thread.returned(task)]
        yield from _tell_whoever_asks(thread, command.resume, waiting)


def _will_be_another(thread: Thread, question: Interrupt) -> Part[bool]:
    """Whether a graph around the node that asked was changed since, so that the node will ask under another id."""
    for level in range(len(thread.ns) + 1, len(question.ns)):
        where = {
            "thread_id": thread.config["configurable"]["thread_id"],
            "checkpoint_ns": "|".join(question.ns[:level]),
        }
        saved = yield Ask(thread.saver, "get_tuple", ({"configurable": where},))
        if saved is None:
            continue  # it keeps nothing that could be changed
        asked = [asked for _, kind, questions in saved.pending_writes if kind == ASKED for asked in questions]
        if question.id not in [other.id for other in asked]:
            return True
    return False


def _is_map(resume: Any) -> bool:
    """Whether an answer is a map from question ids to answers (LangGraph's rule: every key is 32 hex digits)."""
    return isinstance(resume, dict) and all(
        isinstance(key, str) and len(key) == 32 and set(key) <= set("0123456789abcdef") for key in resume
    )


def _tell_whoever_asks(thread: Thread, given: Any, waiting: Sequence[str]) -> Part[None]:
    """An answer before the question: after a change of the state or a fork, the node has yet to ask again."""
    if not waiting:
        warnings.warn(_nothing_asked(thread), stacklevel=2)
        return
    spare = {"answer": given}
    thread.hear(waiting[0], {NEXT: spare})
    yield Ask(thread.saver, "put_writes", (thread.config, [(TOLD + NEXT, spare)], waiting[0]))


def _nothing_asked(thread: Thread) -> str:
    name = thread.config["configurable"]["thread_id"]
    if thread.point:
        return f"Command(resume=…): thread {name!r} is not waiting for an answer; the answer was not used."
    return f"Command(resume=…): thread {name!r} has not begun, so the run starts from an empty state. Is the id right?"


def tell(thread: Thread, answers: Mapping[str, Any], opened: Sequence[tuple[str, Sequence[Interrupt]]]) -> Part[None]:
    """Keep each answer with the task that asked, before anything runs; wake only those tasks."""
    awake: set[str] = set()
    told: dict[str, dict[str, Any]] = {}
    for task, questions in opened:
        asked = {question.id: question for question in questions}
        if HAND_RAISED in asked:  # nothing is kept for it: the node asks again, whatever it is told
            awake.add(task)
            continue
        new = {key: answers[key] for key in asked if key in answers}
        for key, given in new.items():
            checked(asked[key], given)  # a wrong answer is refused before anything is kept or run
        if new:
            told[task] = new
    if told and thread.saver is not None:
        records = [(task, TOLD + key, given) for task, new in told.items() for key, given in new.items()]
        yield Ask(thread.saver, "put_records", (thread.config, records), {"first": True})
    for task, new in told.items():
        thread.hear(task, new)
    awake |= told.keys()
    anyone = not answers or "by" not in answers.get(NEXT, {"by": None})
    thread.awake = None if anyone else awake
