"""How an answer finds its question, and is kept before anything runs."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from hilnb.errors import EmptyInputError, UnknownInterruptError
from hilnb.graph.effects import Ask, Part
from hilnb.graph.thread import TOLD, Thread
from hilnb.graph.turn import HAND_RAISED
from hilnb.types import Command, checked

__all__ = ["answer", "tell"]

NEXT = ""
"""Stands for the id of the next question a task asks, whichever that is."""


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
    open_ids = [question.id for turn in thread.open_turns() for question in thread.open_questions(thread.task_id(turn))]
    if _is_map(command.resume):
        unknown = [key for key in command.resume if key not in open_ids]
        if unknown:
            pending = ", ".join(open_ids) or "none"
            raise UnknownInterruptError(
                f"Command(resume=…) answers {unknown[0]!r}, which is not an open question of thread "
                f"{thread.config['configurable']['thread_id']!r}. Open questions: {pending}."
            )
        yield from tell(thread, command.resume)
    elif len(open_ids) > 1:
        raise RuntimeError(
            "When there are multiple pending interrupts, you must specify the interrupt id when resuming: "
            f"Command(resume={{id: answer}}). Open questions: {', '.join(open_ids)}."
        )
    elif open_ids:
        yield from tell(thread, {open_ids[0]: command.resume})
    else:
        yield from _tell_whoever_asks(thread, command.resume)


def _is_map(resume: Any) -> bool:
    """Whether an answer is a map from question ids to answers (LangGraph's rule: every key is 32 hex digits)."""
    return isinstance(resume, dict) and all(
        isinstance(key, str) and len(key) == 32 and set(key) <= set("0123456789abcdef") for key in resume
    )


def _tell_whoever_asks(thread: Thread, given: Any) -> Part[None]:
    """An answer before the question: after a change of the state or a fork, the node has yet to ask again."""
    waiting = [task for task in map(thread.task_id, thread.open_turns()) if not thread.returned(task)]
    if not waiting:
        warnings.warn(_nothing_asked(thread), stacklevel=2)
        return
    thread.hear(waiting[0], {NEXT: given})
    yield Ask(thread.saver, "put_writes", (thread.config, [(TOLD + NEXT, given)], waiting[0]))


def _nothing_asked(thread: Thread) -> str:
    name = thread.config["configurable"]["thread_id"]
    if thread.point:
        return f"Command(resume=…): thread {name!r} is not waiting for an answer; the answer was not used."
    return f"Command(resume=…): thread {name!r} has not begun, so the run starts from an empty state. Is the id right?"


def tell(thread: Thread, answers: Mapping[str, Any]) -> Part[None]:
    """Keep each answer with the task that asked, before anything runs; wake only those tasks."""
    awake: set[str] = set()
    for turn in thread.open_turns():
        task = thread.task_id(turn)
        asked = {question.id: question for question in thread.open_questions(task)}
        if HAND_RAISED in asked:  # nothing is kept for it: the node asks again, whatever it is told
            awake.add(task)
            continue
        new = {key: answers[key] for key in asked if key in answers}
        for key, given in new.items():
            checked(asked[key], given)  # a wrong answer is refused before anything is kept or run
        if new:
            if thread.saver is not None:
                writes = [(TOLD + key, given) for key, given in new.items()]
                yield Ask(thread.saver, "put_writes", (thread.config, writes, task), {"first": True})
            thread.hear(task, new)
            awake.add(task)
    thread.awake = awake if answers else None
