"""How an answer finds its question, and is kept before anything runs."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from hilnb.errors import EmptyInputError, UnknownInterruptError
from hilnb.graph.effects import Ask, Part
from hilnb.graph.thread import TOLD, Thread
from hilnb.types import Command

__all__ = ["answer", "tell"]


def answer(thread: Thread, command: Command[Any]) -> Part[None]:
    """Give a Command's answer to the question it is for."""
    if thread.saver is None:
        raise RuntimeError(
            "Cannot use Command(resume=...) without checkpointer: nothing was kept to resume. "
            "Compile the graph with one: builder.compile(checkpointer=MemorySaver())."
        )
    if command.update is not None or command.goto:
        raise ValueError(f"{command} was given as input: this version of hilnb takes only resume= there.")
    if command.resume is None:
        raise EmptyInputError("Command() says nothing. To answer None, name the question: Command(resume={id: None}).")
    open_ids = [question.id for turn in thread.next for question in thread.open_questions(thread.task_id(turn))]
    if _is_map(command.resume):
        unknown = [key for key in command.resume if key not in open_ids]
        if unknown:
            pending = ", ".join(open_ids) or "none"
            raise UnknownInterruptError(
                f"Command(resume=…) answers {unknown[0]!r}, which is not an open question of thread "
                f"{thread.config['configurable']['thread_id']!r}. Open questions: {pending}."
            )
        answers = command.resume
    elif len(open_ids) > 1:
        raise RuntimeError(
            "When there are multiple pending interrupts, you must specify the interrupt id when resuming: "
            f"Command(resume={{id: answer}}). Open questions: {', '.join(open_ids)}."
        )
    elif open_ids:
        answers = {open_ids[0]: command.resume}
    else:
        warnings.warn(_nothing_asked(thread), stacklevel=2)
        return
    yield from tell(thread, answers)


def _is_map(answer: Any) -> bool:
    """Whether an answer is a map from question ids to answers (LangGraph's rule: every key is 32 hex digits)."""
    return isinstance(answer, dict) and all(
        isinstance(key, str) and len(key) == 32 and set(key) <= set("0123456789abcdef") for key in answer
    )


def _nothing_asked(thread: Thread) -> str:
    name = thread.config["configurable"]["thread_id"]
    if thread.point:
        return f"Command(resume=…): thread {name!r} is not waiting for an answer; the answer was not used."
    return f"Command(resume=…): thread {name!r} has not begun, so the run starts from an empty state. Is the id right?"


def tell(thread: Thread, answers: Mapping[str, Any]) -> Part[None]:
    """Keep each answer with the task that asked, before anything runs; wake only those tasks."""
    awake: set[str] = set()
    for turn in thread.next:
        task = thread.task_id(turn)
        new = {q.id: answers[q.id] for q in thread.open_questions(task) if q.id in answers}
        if new:
            told = thread.records[task, TOLD] = {**thread.records.get((task, TOLD), {}), **new}
            awake.add(task)
            yield Ask(thread.saver, "put_writes", (thread.config, [(TOLD, told)], task))
    thread.awake = awake if answers else None
