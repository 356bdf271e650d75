"""`pending`: the threads of a saver that wait for a person, in one list."""

from __future__ import annotations

import contextvars
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hilnb.answers.replaying import replaying
from hilnb.engines import waiting_in
from hilnb.types import Interrupt
from hilnb.waiting import Waiting, ago, path_of_question
from hilnb.widgets import capture, listed_page
from hilnb.widgets.background import in_background
from hilnb.widgets.console import answer_from_file, options_of
from hilnb.widgets.listed import Listed, count, exact, line_of, text
from hilnb.widgets.question import Question
from hilnb.widgets.session import NO_OPTIONS
from hilnb.widgets.wait import acknowledge_widget_messages, running_kernel, shell_of, takes_clicks

GIVE_THE_GRAPH = "To answer them here, give the graph: hilnb.pending(graph)."
GIVE_THE_ANSWERS = "To answer one: hilnb.ask(graph, thread_id)."


class Pending(list[Waiting]):
    """The threads that wait, longest first.

    As the last line of a notebook's cell it is a list whose rows open to be answered in place; printed, a table.

    Attributes:
        saver: Where they are kept.
        graph: What they are threads of; None when only the saver is known.
        now: When they were looked for.
        options: For the runs in which they are answered.
    """

    def __init__(
        self, found: list[Waiting], saver: Any, graph: Any, now: datetime, options: Mapping[str, Any] = NO_OPTIONS
    ) -> None:
        super().__init__(found)
        self.saver, self.graph, self.now, self.options = saver, graph, now, options

    def again(self) -> Pending:
        """What waits there by now."""
        return _look(self.saver, self.graph, self.options)

    def listed(self, waiting: Waiting) -> Listed:
        """A thread as its row shows it."""
        if waiting.since is None:
            return Listed(waiting.thread_id, (("", waiting.unread),), status="elsewhere", note="cannot be read here")
        lines = tuple(line_of(question_of(asked)) for asked in waiting.questions)
        note = "" if self.knows(waiting) else "not a node of this graph"
        return Listed(waiting.thread_id, lines, ago(waiting.since, self.now), exact(waiting.since), note=note)

    def knows(self, waiting: Waiting) -> bool:
        """Whether the nodes that ask can be nodes of the graph; yes where there is none to compare with."""
        asking = {node for asked in waiting.questions for node in path_of_question(asked)[:1]}
        return self.graph is None or asking <= set(self.graph.nodes)

    @property
    def hint(self) -> str:
        """How to answer, where a row cannot be opened."""
        if not self:
            return ""
        return GIVE_THE_GRAPH if self.graph is None else GIVE_THE_ANSWERS

    @property
    def said(self) -> str:
        """How many wait, in words."""
        return count(sum(bool(waiting.questions) for waiting in self))

    def __str__(self) -> str:
        return text(map(self.listed, self), self.said, self.hint)

    __repr__ = __str__

    def _ipython_display_(self) -> None:
        kernel = running_kernel()
        if kernel is None:
            print(self)
        elif self.graph is None or not takes_clicks(kernel):
            self._leave_record()
        else:
            from hilnb.widgets.inbox import Inbox  # ipywidgets takes 0.3 s to import, and a terminal never needs it

            capture.install(shell_of(kernel).display_pub)
            acknowledge_widget_messages(kernel)
            Inbox(self, in_background(contextvars.copy_context())).show()

    def _leave_record(self) -> None:
        from IPython.display import display

        html = listed_page.record(map(self.listed, self), self.said, self.now, self.hint)
        display({"text/html": html, "text/plain": str(self)}, raw=True)  # type: ignore[no-untyped-call]


def pending(graph_or_saver: Any, *, context: Any = None) -> Pending:
    """List the threads that wait for an answer, the one that has waited longest first.

    Only the newest checkpoint of each thread is read. Where an answers file is replayed, the threads that a person
    answered in this list are answered first.

    Args:
        graph_or_saver: A compiled graph with a checkpointer, whose threads can be answered in the list; or a saver
            alone, to see what waits there. Hilnb's or LangGraph's.
        context: What the nodes of the threads that are answered here find as `runtime.context`.

    Returns:
        The list: a notebook shows it as rows to choose from, `print` as a table.

    Raises:
        TypeError: It is neither.
        ValueError: The graph has no checkpointer.
        NotImplementedError: The saver does not list its threads.
        SaverError: One of LangGraph's cannot be read, or is awaited on the event loop that waits here.
    """
    graph = graph_or_saver if hasattr(graph_or_saver, "get_state") else None
    saver = graph_or_saver if graph is None else graph.checkpointer
    if graph is not None and saver in (None, False):
        raise ValueError(
            "pending(graph): this graph has no checkpointer, so no thread of it waits anywhere. "
            "builder.compile(checkpointer=SqliteSaver(…)) keeps them."
        )
    options = options_of(context)
    found = _look(saver, graph, options)
    replay = replaying() if graph is not None else None
    while replay is not None and (thread := replay.next_in("pending", {waiting.thread_id for waiting in found})):
        answer_from_file(graph, thread, options)
        found = found.again()
    return found


def _look(saver: Any, graph: Any, options: Mapping[str, Any]) -> Pending:
    return Pending(waiting_in(saver, graph), saver, graph, datetime.now(UTC), options)


def question_of(asked: Interrupt) -> Question:
    """The question, as a run knows it."""
    path = path_of_question(asked)
    return Question(asked.id, next(iter(path), ""), asked.value, asked.response_schema, path=path)
