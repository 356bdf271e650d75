"""`Run`: one thread of a graph carried out in legs, each from an answer to the next question.

Nothing here knows a screen. The graph's events go into a log, the questions it asks wait here for their answers,
and `changed` is called whenever there is something new to see.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from hilnb.errors import UnknownInterruptError
from hilnb.payloads import Kind, kind_of
from hilnb.reasons import Why, why
from hilnb.types import Command
from hilnb.widgets.async_nodes import needs_event_loop, wait_on_event_loop
from hilnb.widgets.capture import captured_by
from hilnb.widgets.claims import claim
from hilnb.widgets.conversation import before_and_new, is_piece, taken_apart
from hilnb.widgets.log import Entry, Failure, Log
from hilnb.widgets.plain import plain_transcript
from hilnb.widgets.record import one_line, traceback_of, transcript, users_part
from hilnb.widgets.wait import wait_for

Status = Literal["running", "asking", "stopped", "elsewhere", "failed", "finished"]

ATTENTION = ("done", "now", "waiting", "failed")

ANSWERED_ELSEWHERE = (
    "This question is no longer open: it was answered elsewhere first, or its thread began anew. This answer was not "
    "used, and nothing was run with it."
)

LOOK_BACK = 100
"""Checkpoints that are read to see which nodes ran before."""


class NothingAskedError(RuntimeError):
    """An answer came for a question that is not open (any more), or a retry where there is nothing to retry."""


@dataclass(eq=False)
class Question:
    """One open `interrupt()`.

    Attributes:
        id: The interrupt's id.
        node: The node that asks.
        value: What it handed to `interrupt()`.
        schema: The answer's `response_schema`, if it named one.
        kind: The kind of answer it wants.
        answered: Whether an answer was given; the first one counts.
        answer: That answer.
        refused: Why the answer was not used, "" when it was.
        asked_at: When it was put up here; ISO 8601, UTC.
        answered_at: When it was answered, "" when it was not.
        answered_by: "person" (at a form or a terminal), "code" (`Run.submit`) or "beforehand" (`unattended=`).
    """

    id: str
    node: str
    value: Any
    schema: Mapping[str, Any] | None = None
    kind: Kind = field(init=False)
    answered: bool = False
    answer: Any = None
    refused: str = ""
    asked_at: str = field(default_factory=lambda: _now())
    answered_at: str = ""
    answered_by: str = ""

    def __post_init__(self) -> None:
        self.kind = kind_of(self.value, self.schema)


class Run:
    """A running, paused or finished thread of a graph.

    `await run` waits for the end and gives the final state. `submit` answers as the button does. Several questions
    open at once are answered in any order and sent together, in one `Command(resume={id: answer, …})`: each waiting
    node is then run again exactly once. (Sent one by one, LangGraph would rerun the still unanswered nodes each time.)

    Args:
        graph: A graph compiled with a checkpointer.
        config: Names the thread.
        named: Whether a person chose the thread's id; a made-up one is left out of what a notebook keeps.
        do: Carries out one leg, given as a function; in the background where a person is to click.

    Attributes:
        graph: The graph.
        config: The thread's config, for `graph.get_state(run.config)`.
        status: "running", "asking", "stopped" (at a breakpoint), "elsewhere" (answered by somebody else, and
            perhaps still at work there), "failed" or "finished".
        questions: The open questions.
        error: What a node raised, when failed.
        log: What happened so far.
        on_screen: Whether a browser has shown it.
    """

    def __init__(
        self, graph: Any, config: Mapping[str, Any], *, named: bool = True, do: Callable[[Callable[[], None]], None]
    ) -> None:
        self.graph, self.named = graph, named
        self._first_config = dict(config)
        # A run may start at an old checkpoint; from there on the thread's newest one counts.
        newest = {k: v for k, v in config["configurable"].items() if k not in ("checkpoint_id", "checkpoint_ns")}
        self.config: dict[str, Any] = {**config, "configurable": newest}
        self.status: Status = "running"
        self.error: BaseException | None = None
        self.on_screen = False
        self.questions: tuple[Question, ...] = ()
        self.stopped_before: tuple[str, ...] = ()
        self.changed: Callable[[Entry | None], None] = lambda entry: None
        self.log = Log(lambda entry: self.changed(entry))
        self._do, self._lock, self._standing = do, threading.Lock(), threading.Event()
        self._values: Any = {}
        self._tasks: dict[str, tuple[str, str]] = {}  # task id: node, mark
        self._overtaken = False  # whether an answer from elsewhere is what moved the thread last
        self._going_on: list[str] = []  # the nodes that are at work there then, as far as one can see
        self._given: Any = None  # what the present leg set out with
        self._begun = False  # whether its conversation has
        self._started = False  # whether a node has, since the last answers were sent

    @property
    def thread_id(self) -> str:
        """The thread's id."""
        return str(self.config["configurable"]["thread_id"])

    @property
    def state(self) -> Any:
        """The state so far; the final state once finished."""
        return dict(self._values) if isinstance(self._values, Mapping) else self._values

    @property
    def marks(self) -> dict[str, str]:
        """How each node stands: "done", "now", "waiting" or "failed"."""
        # Of a node that ran, or runs, several times the mark that needs most attention wins.
        marks = dict(sorted(self._tasks.copy().values(), key=lambda task: ATTENTION.index(task[1])))
        if marks:
            marks["__start__"] = "done"
        if self.status == "finished":
            marks["__end__"] = "done"
        return marks

    def start(self, graph_input: Any) -> None:
        """Set out with `graph_input`; None goes on from what is saved."""
        self._do(partial(self._leg, partial(self._play, graph_input, self._first_config)))

    def look(self) -> None:
        """Find out what the thread waits for and which nodes have run, and run nothing."""
        self._do(partial(self._leg, self._look_back))

    def submit(self, answer: Any, *, to: str | None = None) -> None:
        """Answer the open question, as its Submit button does; waits while the run is on its way to a question.

        Args:
            answer: What `interrupt()` is to return.
            to: The asking node, or the interrupt's id; needed only when several questions are open.

        Raises:
            NothingAskedError: No such question is open.
        """
        self.wait_until_standing()
        open_now = [question for question in self.questions if not question.answered]
        chosen = [question for question in open_now if to in (None, question.node, question.id)]
        if len(chosen) != 1:
            raise NothingAskedError(self._cannot_submit(answer, to, open_now))
        self.answer(chosen[0], answer, by="code")

    def answer(self, question: Question, answer: Any, *, by: str = "person") -> None:
        """Answer one question; the first answer counts, and the run goes on once all open questions have theirs.

        Args:
            question: An open question.
            answer: What `interrupt()` is to return.
            by: Who answers, for the record.

        Raises:
            NothingAskedError: The question was answered before.
        """
        with self._lock:
            if question.answered or question not in self.questions:
                raise NothingAskedError(f"{question.node} has its answer already: {one_line(question.answer)}.")
            question.answer, question.answered = answer, True
            question.answered_at, question.answered_by = _now(), by
            answered = self.questions
            if complete := all(each.answered for each in answered):
                self._set_out()
        self.changed(None)
        if complete:
            self._do(partial(self._leg, partial(self._send, answered)))

    def retry(self) -> None:
        """Go on from the last saved state: after an error, or at a breakpoint.

        Raises:
            NothingAskedError: The run neither failed nor stands at a breakpoint.
        """
        with self._lock:
            if self.status not in ("failed", "stopped"):
                raise NothingAskedError(
                    f"retry() is for a run that failed or stands at a breakpoint; this one: {self!r}."
                )
            self._set_out()
            self._overtaken = False
        self.changed(None)
        self._do(partial(self._leg, partial(self._play, None, self.config)))

    def look_again(self) -> None:
        """Find out where a thread stands by now that was answered elsewhere, and run nothing.

        Raises:
            NothingAskedError: It was not.
        """
        with self._lock:
            if self.status != "elsewhere":
                raise NothingAskedError(f"look_again() is for a run that goes on elsewhere; this one: {self!r}.")
            self._set_out()
        self.changed(None)
        self.look()

    def why(self) -> Why:
        """Which nodes of the thread started more than once, and because of what (`hilnb.why`), also while it asks.

        Raises:
            ValueError: The graph, or its saver, is not hilnb's.
        """
        return why(self.graph, self.config)

    def transcript(self) -> list[dict[str, Any]]:
        """What happened so far as plain data (`docs/transcript.md`); `print(run)` prints it to be read."""
        return plain_transcript(self)

    def wait_until_standing(self) -> None:
        """Block until the run asks, stops, fails or ends. It needs no click for that, so it cannot deadlock."""
        self._standing.wait()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._final_state().__await__()

    async def _final_state(self) -> Any:
        await wait_for(self)
        if self.error is not None:
            raise self.error.with_traceback(users_part(self.error))
        return self.state

    def __repr__(self) -> str:
        return f"<Run of thread {self.thread_id!r}: {self.headline}>"

    def __str__(self) -> str:
        return transcript(self)

    @property
    def headline(self) -> str:
        """Where the run stands, in one line."""
        if self.status == "asking":
            waiting = [question for question in self.questions if not question.answered]
            return "; ".join(f"{question.node} asks {one_line(question.value)}" for question in waiting)
        if self.status == "stopped":
            return f"stopped before {', '.join(self.stopped_before)}"
        if self.status == "elsewhere":
            return f"answered elsewhere, and {', '.join(self._going_on)} has not ended there yet"
        if self.error is not None:
            nodes = self._failed_nodes()
            return f"failed{f' in {nodes}' if nodes else ''}: {one_line(self.error)}"
        if self.status == "running" and self.log.speaker:
            return f"running {self.log.speaker}"
        return self.status

    # --- a leg: runs where `do` puts it, one at a time ---

    def _leg(self, play: Callable[[], None]) -> None:
        try:
            with captured_by(self.log):
                play()
            self._take_stock()
        except BaseException as error:
            self._fail(error)
            if not isinstance(error, Exception):
                raise  # Ctrl-C or exit, in whoever's thread this is
        finally:
            self.changed(None)

    def _set_out(self) -> None:
        """Leave a standstill; under the lock, so that two callers cannot both do it."""
        self._standing.clear()
        self.status, self.questions, self.error = "running", (), None

    def _play(self, graph_input: Any, config: Mapping[str, Any]) -> None:
        modes = ["tasks", "values", "messages"]
        self._given, self._begun = graph_input, False
        if not needs_event_loop(self.graph):
            for mode, event in self.graph.stream(graph_input, config, stream_mode=modes):
                self._take(mode, event)
            return

        async def play() -> None:
            async for mode, event in self.graph.astream(graph_input, config, stream_mode=modes):
                self._take(mode, event)

        wait_on_event_loop(play())

    def _send(self, answered: tuple[Question, ...]) -> None:
        """Resume with the answers to those questions that are still open in the saved thread."""
        answers = {question.id: question.answer for question in answered}
        with claim(answers, lambda: {question.id for question in questions_of(self._saved())}) as mine:
            used, self._started = set(mine), False
            try:
                if mine:
                    self._play(Command(resume={each: answers[each] for each in mine}), self.config)
            except UnknownInterruptError:
                if self._started:
                    raise  # a node's own
                used.clear()  # another process was quicker; the engine ran and stored nothing
            for question in answered:
                if question.id not in used:
                    question.refused = ANSWERED_ELSEWHERE
            self._overtaken = len(used) < len(answered)

    def _take(self, mode: str, event: Any) -> None:
        if mode == "values":
            self._take_values(event)
        elif mode == "messages":
            message, about = event
            if is_piece(message):  # a whole one comes with its node's update
                self.log.hear(about["langgraph_node"], message)
        else:
            self._take_task(event)

    def _take_values(self, event: Any) -> None:
        questions = "__interrupt__"
        self._values = {k: v for k, v in event.items() if k != questions} if isinstance(event, dict) else event
        if not self._begun:
            self._begun = True
            before, new = before_and_new(self._values, self._given)
            self.log.know(before)
            for message in new:
                self.log.say("input", message)

    def _take_task(self, event: Any) -> None:
        self._started = True
        node, ended = event["name"], "input" not in event
        mark = "now"
        if ended:
            mark = "failed" if event["error"] else "waiting" if event["interrupts"] else "done"
        self._tasks[event["id"]] = (node, mark)
        self.log.speaker = ", ".join(dict.fromkeys(name for name, mark in self._tasks.values() if mark == "now"))
        if mark == "done":
            messages, others = taken_apart(event["result"])
            for message in messages:
                self.log.say(node, message)
            if others or not messages:
                self.log.add("update", node, others)
        self.changed(None)

    def _look_back(self) -> None:
        """Mark the nodes that ran before this run was made, since the thread's last input."""
        for snapshot in self._history():
            if snapshot.metadata["source"] == "input":
                return
            self._tasks |= {task.id: (task.name, "done") for task in snapshot.tasks if task.result is not None}

    def _history(self) -> list[Any]:
        """The thread's last snapshots, newest first."""
        if not needs_event_loop(self.graph):
            return list(self.graph.get_state_history(self.config, limit=LOOK_BACK))

        async def listed() -> list[Any]:
            return [snapshot async for snapshot in self.graph.aget_state_history(self.config, limit=LOOK_BACK)]

        return list(wait_on_event_loop(listed()))

    def _saved(self) -> Any:
        if needs_event_loop(self.graph):
            return wait_on_event_loop(self.graph.aget_state(self.config))
        return self.graph.get_state(self.config)

    def _take_stock(self) -> None:
        """Read from the saved thread where it stands now, whoever brought it there."""
        saved = self._saved()
        questions = questions_of(saved)
        going_on = self._at_work_elsewhere(saved)
        for question in questions:
            self.log.add("question", question.node, question)
        with self._lock:
            self.log.speaker, self._values = "", saved.values
            self._tasks = {key: (node, "done") for key, (node, _) in self._tasks.items()}
            for task in saved.tasks:
                self._tasks.pop(task.id, None)
                if task.interrupts:
                    self._tasks[task.id] = (task.name, "waiting")
                elif task.name in going_on:
                    self._tasks[task.id] = (task.name, "now")
            self.questions, self.stopped_before = questions, tuple(saved.next)
            self._going_on = going_on
            standing: Status = "elsewhere" if going_on else "stopped" if saved.next else "finished"
            self.status = "asking" if questions else standing
            self._standing.set()

    def _at_work_elsewhere(self, saved: Any) -> list[str]:
        """The nodes that come next and have neither failed nor asked, when it was not this run that got there."""
        if not self._overtaken:
            return []
        coming = [task for task in saved.tasks if task.name in saved.next]
        return [task.name for task in coming if not task.error and not task.interrupts]

    def _fail(self, error: BaseException) -> None:
        with suppress(Exception):  # when the saver is what failed, `error` is the news to report
            self._values = self._saved().values
        self.log.add("error", self._failed_nodes(), Failure(one_line(error), traceback_of(error)))
        with self._lock:
            self.log.speaker, self.error, self.status = "", error, "failed"
            self._tasks = {key: task for key, task in self._tasks.items() if task[1] in ("failed", "done")}
            self._standing.set()

    def _failed_nodes(self) -> str:
        return ", ".join(node for node, mark in self._tasks.copy().values() if mark == "failed")

    def _cannot_submit(self, answer: Any, to: str | None, open_now: list[Question]) -> str:
        said = f"submit({one_line(answer)}{f', to={to!r}' if to is not None else ''})"
        if not open_now:
            return f"{said}: nothing is asked; {self!r}."
        nodes = ", ".join(f"{question.node} ({question.id})" for question in open_now)
        return f"{said}: say which open question this answers, by node or id: to=… one of {nodes}."


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def questions_of(saved: Any) -> tuple[Question, ...]:
    """The open questions of a state snapshot, in task order."""
    # A release of LangGraph's without schemas has no such field.
    return tuple(
        Question(each.id, task.name, each.value, getattr(each, "response_schema", None))
        for task in saved.tasks
        for each in task.interrupts
    )
