"""`ScriptedHuman`: a person whose answers are known beforehand, for tests of graphs that ask."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hilnb.engines import engine_of
from hilnb.errors import NobodyCanAnswerError
from hilnb.payloads import asked_in

__all__ = ["ScriptedHuman"]


class ScriptedHuman:
    """Answers a graph's questions, and complains of one it did not expect and of answers that nobody asked for.

    It drives a graph to its end with `invoke` or `ainvoke`, hilnb's or LangGraph's. `hilnb.run(…, unattended=human)`
    takes it, too.

    Args:
        answers: A list, in the order of the questions; a dict from a question's text to its answer, each for one
            asking; or a function of what `interrupt()` was given.

    Attributes:
        asked: What was asked so far, as it was given to `interrupt()`.

    >>> from hilnb import START, MemorySaver, StateGraph, interrupt
    >>> builder = StateGraph(dict).add_node("name", lambda state: {"name": interrupt("Your name?")})
    >>> graph = builder.add_edge(START, "name").compile(checkpointer=MemorySaver())
    >>> human = ScriptedHuman({"Your name?": "Ada"})
    >>> human.invoke(graph, {})
    {'name': 'Ada'}
    >>> human.asked
    ['Your name?']
    """

    def __init__(self, answers: Iterable[Any] | Mapping[str, Any] | Callable[[Any], Any]) -> None:
        if isinstance(answers, (str, bytes)):
            raise TypeError(f"ScriptedHuman({answers!r}): give a list of answers, ScriptedHuman([{answers!r}]).")
        self.asked: list[Any] = []
        self._function = answers if callable(answers) else None
        self._left: dict[Any, Any] | list[Any] = []
        if not callable(answers):
            self._left = dict(answers) if isinstance(answers, Mapping) else [*answers]

    @property
    def unused(self) -> list[Any]:
        """The answers that were not asked for."""
        return [*(self._left.values() if isinstance(self._left, dict) else self._left)]

    def answer(self, question: Any, node: str = "") -> Any:
        """The answer to a question.

        Args:
            question: What `interrupt()` was given.
            node: The node that asks, for the error.

        Raises:
            NobodyCanAnswerError: It was not expected; the text names it.
        """
        self.asked.append(question)
        if self._function is not None:
            return self._function(question)
        if isinstance(self._left, dict):
            text = _text_of(question)
            if text in self._left:
                return self._left.pop(text)
        elif self._left:
            return self._left.pop(0)
        raise NobodyCanAnswerError(
            f"{node or 'A node'} asks {question!r:.500}, and no answer to it is left. Asked before: "
            f"{self.asked[:-1]!r:.500}; answers left: {self._left!r:.500}."
        )

    def finish(self) -> None:
        """See that all answers were asked for.

        Raises:
            AssertionError: One was not.
        """
        if self._left:
            raise AssertionError(f"Answers that nobody asked for: {self._left!r:.500}. Asked was: {self.asked!r:.500}.")

    def invoke(self, graph: Any, input: Any, config: Mapping[str, Any] | None = None) -> Any:
        """Run a graph to its end, answering what it asks.

        Args:
            graph: A compiled graph with a checkpointer.
            input: Its input; None goes on with a thread that stands.
            config: As for `graph.invoke`; a new thread when it names none.

        Returns:
            The final state.

        Raises:
            NobodyCanAnswerError: A question was not expected.
            AssertionError: An answer was not asked for.
        """
        on_thread, engine = _on_a_thread(config), engine_of(graph)
        state = graph.invoke(input, on_thread)
        while answers := self._answers(graph.get_state(on_thread)):
            state = graph.invoke(engine.command(resume=answers), on_thread)
        self.finish()
        return state

    async def ainvoke(self, graph: Any, input: Any, config: Mapping[str, Any] | None = None) -> Any:
        """The same for a graph with async nodes: `await human.ainvoke(graph, input)`."""
        on_thread, engine = _on_a_thread(config), engine_of(graph)
        state = await graph.ainvoke(input, on_thread)
        while answers := self._answers(await graph.aget_state(on_thread)):
            state = await graph.ainvoke(engine.command(resume=answers), on_thread)
        self.finish()
        return state

    def __repr__(self) -> str:
        return f"<ScriptedHuman: {len(self.asked)} asked, {len(self.unused)} answers left>"

    def _answers(self, saved: Any) -> dict[str, Any]:
        """The answers to all open questions, by their ids."""
        return {each.id: self.answer(each.value, task.name) for task in saved.tasks for each in task.interrupts}


def _on_a_thread(config: Mapping[str, Any] | None) -> dict[str, Any]:
    configurable = {"thread_id": uuid.uuid4().hex, **(config or {}).get("configurable", {})}
    return {**(config or {}), "configurable": configurable}


def _text_of(question: Any) -> Any:
    """What a dict of answers calls a question: its text, also where more comes with it."""
    text = asked_in(question)
    if isinstance(text, Mapping) and isinstance(text.get("question"), str):
        return text["question"]
    return text if isinstance(text, str) else None
