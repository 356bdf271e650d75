"""`Run`: one thread of a graph carried out in legs, each from an answer to the next question.

Nothing here knows a screen. The graph's events go into a log, the questions it asks wait here for their answers,
and `changed` is called whenever there is something new to see.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Literal

from hilnb._pyodide import IN_PYODIDE
from hilnb.differences import differences, told
from hilnb.engines import Path, engine_of
from hilnb.errors import UnknownInterruptError
from hilnb.masking import masked
from hilnb.payloads import asked_in
from hilnb.reasons import Why, why
from hilnb.widgets.alarms import Alarms
from hilnb.widgets.answered import write_down
from hilnb.widgets.board import Board
from hilnb.widgets.capture import captured_by
from hilnb.widgets.claims import Unclaimed, claim
from hilnb.widgets.deadline import Deadline, DeadlinePassedError
from hilnb.widgets.hearing import Hearing
from hilnb.widgets.leg import Leg, Play
from hilnb.widgets.log import Changes, Entry, Failure, Log
from hilnb.widgets.plain import plain_transcript
from hilnb.widgets.question import NothingAskedError, Question, now, problems_in, questions_of
from hilnb.widgets.record import one_line, traceback_of, transcript, users_part
from hilnb.widgets.rules import Rules
from hilnb.widgets.steps import Steps, Work
from hilnb.widgets.updating import update_state
from hilnb.widgets.wait import wait_for

Status = Literal["running", "asking", "stopped", "elsewhere", "failed", "finished"]

ANSWERED_ELSEWHERE = (
    "This question is no longer open: it was answered elsewhere first, or its thread began anew. This answer was not "
    "used, and nothing was run with it."
)

_numbers = itertools.count(1)

LOOK_BACK = 100
"""Checkpoints that are read to see which nodes ran before."""


NO_OPTIONS: Mapping[str, Any] = {}

NAMED = 5
"""Questions that a headline names."""


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
        deadline_of: The deadline of a question, if it has one.
        rings: Whether the run itself ends what is over its deadline; otherwise who answers it calls `expire`.
        stepping: Whether the run stands before each superstep.
        options: For each leg's `graph.stream`: `context`, `interrupt_before`, `interrupt_after`.

    Attributes:
        graph: The graph.
        config: The thread's config, for `graph.get_state(run.config)`.
        status: "running", "asking", "stopped" (at a breakpoint, before a step, or by hand), "elsewhere" (answered by
            somebody else, and perhaps still at work there), "failed" or "finished".
        stepping: Whether it stands before each superstep.
        left_at: The nodes that were at work when somebody stopped the run.
        edit_refused: Why the last `edit` was refused; "" when it was not.
        questions: The open questions.
        error: What a node raised, when failed.
        log: What happened so far.
        rules: The tools that the person has allowed for the rest of the run.
        on_screen: Whether a browser has shown it.
        number: Its place among the runs of this process, in the order in which they were made.
        where: "pending" or "inspect", when it was opened there; else "".
    """

    def __init__(
        self,
        graph: Any,
        config: Mapping[str, Any],
        *,
        named: bool = True,
        do: Callable[[Callable[[], None]], None],
        deadline_of: Callable[[Question], Deadline | None] = lambda question: None,
        rings: bool = True,
        stepping: bool = False,
        options: Mapping[str, Any] = NO_OPTIONS,
    ) -> None:
        self._options = options
        self.graph, self.named, self.stepping = graph, named, stepping
        self.number, self.where = next(_numbers), ""
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
        self._engine = engine_of(graph)
        self.log = Log(lambda entry: self.changed(entry), self._engine.at_work)
        self.rules = Rules(self.log)
        self._alarms = Alarms(deadline_of, self.expire if rings else None)
        self._do, self._lock, self._standing = do, threading.Lock(), threading.Event()
        self.edit_refused = ""
        self.left_at: tuple[str, ...] = ()
        self._board = Board()
        self._heard = Hearing(self._engine.added_by_graph, self.log, self._board, lambda: self.changed(None))
        self._playing = Leg(self.log)
        self._overtaken = False  # whether an answer from elsewhere is what moved the thread last
        self._going_on: list[str] = []  # the nodes that are at work there then, as far as one can see

    @property
    def thread_id(self) -> str:
        """The thread's id."""
        return str(self.config["configurable"]["thread_id"])

    @property
    def state(self) -> Any:
        """The state so far; the final state once finished."""
        values = self._heard.values
        return dict(values) if isinstance(values, Mapping) else values

    @property
    def marks(self) -> dict[str, str]:
        """How each node stands, by its id in the picture: "done", "now", "waiting" or "failed"."""
        marks = self._board.marks
        if marks:
            marks["__start__"] = "done"
        if self.status == "finished":
            marks["__end__"] = "done"
        return marks

    @property
    def times(self) -> dict[Path, int]:
        """How often nodes have had their turn, by path, `("outer", "inner")`; those that had it more than once."""
        return self._board.times

    @property
    def progress(self) -> list[str]:
        """How far each node is that runs several times in the present superstep: "work: 37 of 200 done"."""
        return self._board.progress if self.status == "running" else []

    def start(self, graph_input: Any) -> None:
        """Set out with `graph_input`; None goes on from what is saved."""
        self._do(Work(partial(self._leg, partial(self._play, graph_input, self._first_config))))

    def look(self) -> None:
        """Find out what the thread waits for and which nodes have run, and run nothing."""
        self._do(Work(partial(self._leg, self._look_back)))

    def submit(self, answer: Any, *, to: str | None = None) -> None:
        """Answer the open question, as its Submit button does; waits while the run is on its way to a question.

        Args:
            answer: What `interrupt()` is to return.
            to: The asking node, by its name or with those around it (`outer › inner`), or the interrupt's id; needed
                only when several questions are open.

        Raises:
            NothingAskedError: No such question is open; or as `wait_until_standing`.
        """
        self.wait_until_standing()
        open_now = [question for question in self.questions if not question.answered]
        chosen = [question for question in open_now if to in (None, question.who, *question.path, question.id)]
        if len(chosen) != 1:
            raise NothingAskedError(self._cannot_submit(answer, to, open_now))
        self.answer(chosen[0], answer, by="code")

    def answer(
        self, question: Question, answer: Any, *, by: str = "person", allow: Collection[str] = (), note: str = ""
    ) -> None:
        """Answer one question; the first answer counts, and the run goes on once all open questions have theirs.

        Args:
            question: One of `questions`.
            answer: What `interrupt()` is to return.
            by: Who answers, for the record.
            allow: Tools whose later calls need not be asked about: see `rules`.
            note: How the answer came about, when no person gave it.

        Raises:
            NothingAskedError: The question was answered before.
            RefusedAnswerError: The answer does not fit the type the question names; it is still open.
        """
        question.check(answer)
        with self._lock:
            if self.status != "asking" and not question.answered:
                raise NothingAskedError(f"{question.who} is not asking now; {self!r}.")
            if question.answered or question not in self.questions:
                raise NothingAskedError(f"{question.who} has its answer already: {one_line(question.answer)}.")
            question.answer, question.answered = answer, True
            question.answered_at, question.answered_by = now(), by
            answered = self.questions
            if complete := all(each.answered for each in answered):
                self._set_out()
        self.rules.allow(allow, question.who)
        if note:
            self.log.add("note", question.who, note)
        self.changed(None)
        if complete:
            self._do(Work(partial(self._leg, partial(self._send, answered))))

    def expire(self, question: Question) -> None:
        """End the wait for a question as its deadline declares; nothing when it has its answer by now."""
        deadline = question.deadline
        if deadline is not None and deadline.raises:
            self._give_up(question, deadline)
        elif deadline is not None:
            declared = "it was denied" if deadline.deny else "the declared default was used"
            with suppress(NothingAskedError):  # somebody was quicker
                note = f"{deadline.words} what {question.who} asks: {declared}."
                self.answer(question, deadline.fallback(question), by="deadline", note=note)

    def stop(self) -> None:
        """Stop the run where it is: what is saved stays, and `retry()` goes on from there.

        A node that is busy is not waited for. It cannot be ended from outside, but what it still prints, writes or
        returns goes nowhere, and it starts again when the run goes on. (LangGraph, and a node that blocks the event
        loop, cannot be left so: there the run stops when that node has ended.)

        Raises:
            NothingAskedError: The run is not at work.
        """
        with self._lock:
            if self.status != "running":
                raise NothingAskedError(f"stop() is for a run that is at work; this one: {self!r}.")
            leg = self._playing
        leg.leave()
        self.changed(None)

    def step(self) -> None:
        """Run the next superstep, and stand before the one after it.

        Raises:
            NothingAskedError: As `retry`.
        """
        self._go_on("step", stepping=True)

    def retry(self) -> None:
        """Go on from the last saved state: after an error, at a breakpoint, or where it was stopped.

        Raises:
            NothingAskedError: The run neither failed nor stands at such a place.
        """
        self._go_on("retry", stepping=False)

    def _go_on(self, wanted: str, stepping: bool) -> None:
        with self._lock:
            if self.status not in ("failed", "stopped"):
                raise NothingAskedError(f"{wanted}() is for a run that failed or was stopped; this one: {self!r}.")
            self._set_out()
            self._overtaken, self.stepping = False, stepping
        self.changed(None)
        self._do(Work(partial(self._leg, partial(self._play, None, self.config))))

    def edit(self, values: Mapping[str, Any], saved: Callable[[], None] = lambda: None) -> None:
        """Set keys of the saved state where the run stands, by `graph.update_state`; an open question is asked again.

        Args:
            values: The new value of each key; it replaces the old one, also where the key has a reducer.
            saved: Called when the graph has taken them. When it has not, `edit_refused` says why.

        Raises:
            NothingAskedError: The run does not stand.
        """
        with self._lock:
            before = self.status
            if before not in ("asking", "stopped", "failed"):
                raise NothingAskedError(f"edit() is for a run that stands; this one: {self!r}.")
            self._standing.clear()
            self.status, self.edit_refused = "running", ""
        self._do(Work(partial(self._edit, values, before, saved)))

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
        """Block until the run asks, stops, fails or ends. It needs no click for that, so it cannot deadlock.

        Raises:
            NothingAskedError: The run is on its way, and this is Pyodide: it can go on only when the cell has ended.
            SaverError: So it is where LangGraph's saver is awaited on the event loop that waits here.
        """
        if IN_PYODIDE and not self._standing.is_set():
            raise NothingAskedError(f"in a browser a run goes on when the cell has ended: use another one; {self!r}.")
        if not self._standing.is_set():
            self._engine.see_that_it_goes_on()
        self._standing.wait()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._final_state().__await__()

    async def _final_state(self) -> Any:
        await wait_for(self)
        if self.error is not None:
            raise self.error.with_traceback(users_part(self.error))
        return self.state

    def __repr__(self) -> str:
        return f"<{self.title}: {self.headline}>"

    def __str__(self) -> str:
        return transcript(self)

    @property
    def title(self) -> str:
        """What it is called; a made-up id is left out, for a notebook keeps the title."""
        return f"Run of thread {self.thread_id!r}" if self.named else "Run"

    @property
    def headline(self) -> str:
        """Where the run stands, in one line."""
        if self.status == "asking":
            waiting = [question for question in self.questions if not question.answered]
            asked = [f"{question.who} asks {one_line(asked_in(question.value))}" for question in waiting]
            more = len(asked) - NAMED
            return "; ".join(asked[:NAMED] + ([f"and {more} more"] if more > 0 else []))
        if self.status == "stopped" and self.left_at:
            return f"stopped while {', '.join(self.left_at)} was at work"
        if self.status == "stopped":
            # One node may come next many times.
            coming = ", ".join(dict.fromkeys(self.stopped_before))
            return f"{'next:' if self.stepping else 'stopped before'} {coming}"
        if self.status == "elsewhere":
            return f"answered elsewhere, and {', '.join(self._going_on)} has not ended there yet"
        if self.error is not None:
            nodes = ", ".join(self._board.marked("failed"))
            return f"failed{f' in {nodes}' if nodes else ''}: {one_line(self.error)}"
        if self.status == "running" and self.log.speaker:
            if self._playing.is_left:
                return f"stopping: {self.log.speaker} has to end first"
            return f"running {self.log.speaker}"
        return self.status

    def _edit(self, values: Mapping[str, Any], before: Status, saved: Callable[[], None]) -> Steps:
        """Change the state; where that is refused, all is as before."""
        try:
            update_state(self._engine, self.config, values, self._saved().next)
        except Exception as error:
            with self._lock:
                self.status, self.edit_refused = before, one_line(error)
                self._standing.set()
            self.changed(None)
            return
        saved()
        self.log.add(
            "changes",
            "by hand",
            Changes(told(differences(masked(self.state), masked(self.state | values))), dict(values)),
        )
        with self._lock:
            self._set_out()
        yield from self._leg(partial(self._play, None, self.config) if before == "asking" else lambda: None)

    # --- a leg: runs where `do` puts it, one at a time ---

    def _leg(self, play: Callable[[], Steps | None]) -> Steps:
        go_on: Callable[[], Steps | None] | None = play
        try:
            while go_on is not None:
                with captured_by(self._playing):
                    yield from go_on() or ()
                go_on = self._take_stock()
        except BaseException as error:
            self._fail(error)
            if not isinstance(error, Exception):
                raise  # Ctrl-C or exit, in whoever's thread this is
        finally:
            self.changed(None)

    def _set_out(self) -> None:
        """Leave a standstill; under the lock, so that two callers cannot both do it."""
        self._standing.clear()
        self._alarms.stop()
        self.status, self.questions, self.error = "running", (), None
        self.left_at, self._playing = (), Leg(self.log)

    def _play(self, graph_input: Any, config: Mapping[str, Any]) -> Steps:
        self._heard.begin(graph_input)
        options = {**self._options, "interrupt_before": "*"} if self.stepping else self._options
        yield Play(self._playing, self._engine, graph_input, config, self._heard.take, options)
        if self._playing.is_left:
            self.left_at = tuple(self._board.marked("now"))

    def _send(self, answered: tuple[Question, ...]) -> Steps:
        """Resume with the answers to those questions that are still open in the saved thread."""
        answers = {question.id: question.answer for question in answered}
        with claim(answers, lambda: {question.id for question in questions_of(self._saved())}) as mine:
            used, self._heard.has_started = set(mine), False
            try:
                if mine:
                    write_down(self, [question for question in answered if question.id in mine])
                    places = {each.id: f"{each.node}:{each.asker}" for each in answered if len(each.path) == 1}
                    resumed = self._engine.resuming({each: answers[each] for each in mine}, places)
                    yield from self._play(resumed, self.config)
            except UnknownInterruptError:
                if self._heard.has_started:
                    raise  # a node's own
                used.clear()  # another process was quicker; the engine ran and stored nothing
            except Exception as error:
                if not self._engine.refuses(error):
                    raise
                self._refuse(answered, error)
            for question in answered:
                if question.id not in used:
                    question.refused = ANSWERED_ELSEWHERE
            self._overtaken = len(used) < len(answered)
        yield Unclaimed(answers)

    def _refuse(self, answered: tuple[Question, ...], error: Exception) -> None:
        """The engine has refused an answer when the node was at work; what is open still is asked again."""
        still_open = {question.id for question in questions_of(self._saved())}
        for question in answered:
            if question.id in still_open:
                which = "This answer" if len(answered) == 1 else "This answer, or one that was sent with it,"
                said = "\n".join(map(str, problems_in(error)))
                question.refused = f"{which} was refused, and the question is asked again.\n{said}"

    def _look_back(self) -> None:
        """Mark the nodes that ran before this run was made, since the thread's last input."""
        for snapshot in self._engine.history(self.config, LOOK_BACK):
            if snapshot.metadata["source"] == "input":
                return
            self._board.look_back(snapshot.tasks)

    def _saved(self) -> Any:
        return self._engine.saved_state(self.config)

    def _take_stock(self) -> Callable[[], Steps | None] | None:
        """Read from the saved thread where it stands now, whoever brought it there.

        Returns:
            How it goes on from there, when the person's rules answer all that it asks.
        """
        saved = self._saved()
        questions = questions_of(saved)
        going_on = self._at_work_elsewhere(saved)
        if self._playing.is_left and saved.tasks:
            at = ", ".join(self.left_at)
            self.log.add("note", "", f"stopped by hand, while {at} was at work" if at else "stopped by hand")
        for question in questions:
            if not self._playing.is_left:
                self.rules.apply(question)
            self.log.add("question", question.who, question)
        waiting = [question for question in questions if not question.answered]
        if questions and not waiting:
            self._playing = Leg(self.log)
            return partial(self._send, questions)
        self._alarms.set_for(waiting)
        with self._lock:
            self.log.speaker, self._heard.values = "", saved.values
            self._board.settle(saved.tasks, going_on)
            # A step may have been left when all its nodes had ended, and nothing had followed from that.
            self.questions, self.stopped_before = questions, saved.next or tuple(task.name for task in saved.tasks)
            self._going_on = going_on
            standing: Status = "elsewhere" if going_on else "stopped" if self.stopped_before else "finished"
            self.status = "asking" if questions else standing
            self._standing.set()
        self._alarms.watch(waiting)
        return None

    def _give_up(self, question: Question, deadline: Deadline) -> None:
        """Fail, as nobody has answered and nothing else is declared; the thread still waits for the answer."""
        with self._lock:
            if question.answered or question not in self.questions:
                return
            self._set_out()

        def fail() -> None:
            raise DeadlinePassedError(
                f"{deadline.words} what {question.who} asks: {one_line(question.value)}. The question is still open: "
                "Retry, or hilnb.ask(graph, config), asks it again."
            )

        self._do(Work(partial(self._leg, fail)))

    def _at_work_elsewhere(self, saved: Any) -> list[str]:
        """The nodes that come next and have neither failed nor asked, when it was not this run that got there."""
        if not self._overtaken:
            return []
        coming = [task for task in saved.tasks if task.name in saved.next]
        return [task.name for task in coming if not task.error and not task.interrupts]

    def _fail(self, error: BaseException) -> None:
        with suppress(Exception):  # when the saver is what failed, `error` is the news to report
            self._heard.values = self._saved().values
        self.log.add("error", ", ".join(self._board.marked("failed")), Failure(one_line(error), traceback_of(error)))
        with self._lock:
            self.log.speaker, self.error, self.status = "", error, "failed"
            self._board.fail()
            self._standing.set()

    def _cannot_submit(self, answer: Any, to: str | None, open_now: list[Question]) -> str:
        said = f"submit({one_line(answer)}{f', to={to!r}' if to is not None else ''})"
        if not open_now:
            return f"{said}: nothing is asked; {self!r}."
        nodes = ", ".join(f"{question.who} ({question.id})" for question in open_now)
        return f"{said}: say which open question this answers, by node or id: to=… one of {nodes}."
