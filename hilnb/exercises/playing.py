"""Run a graph for an exercise: with the answers given, where nobody is asked, nothing hangs, and no error comes out."""

from __future__ import annotations

import builtins
import copy
import linecache
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, NamedTuple

from hilnb.checkpoint.memory import MemorySaver
from hilnb.errors import GraphRecursionError
from hilnb.exercises.steps import spelled, steps_of
from hilnb.graph.builder import StateGraph
from hilnb.graph.compiled import CompiledStateGraph
from hilnb.payloads import asked_in
from hilnb.widgets import capture
from hilnb.widgets.question import NothingAskedError, Question, RefusedAnswerError
from hilnb.widgets.record import one_line, one_line_of, users_part
from hilnb.widgets.session import Run
from hilnb.widgets.wait import running_kernel, shell_of

__all__ = ["NotYetError", "Played", "finished", "play"]

MOST_STEPS = 100
"""Supersteps, and stops between them, that a graph may take; a loop without end takes more."""

SECONDS = 20.0
"""How long a graph may be at work; a loop without end inside a node takes longer."""

LONGEST_ERROR = 400
"""Characters that are told of an error."""

_is_checked: ContextVar[bool] = ContextVar("hilnb_is_checked", default=False)


class NotYetError(Exception):
    """The solution did not come as far as to be compared; the text says why."""


class _NoKeyboardError(EOFError):
    """A node called `input()`."""


class Played(NamedTuple):
    """A run that has ended, and the answers that it never asked for."""

    run: Run
    unused: list[Any]


def play(subject: Any, input: Any, answers: Sequence[Any]) -> Played:
    """Run a builder's graph, or a compiled one, to its end.

    Raises:
        NotYetError: It cannot be run to its end.
    """
    graph = _with_own_saver(subject)
    config = {"configurable": {"thread_id": "exercise"}, "recursion_limit": MOST_STEPS}
    run = Run(graph, config, named=False, do=lambda leg: leg(), rings=False)
    if kernel := running_kernel():
        capture.install(shell_of(kernel).display_pub)  # what the nodes print is the run's, and not part of the result
    left = deque(answers)
    with _nobody_is_asked(), _in_time(run) as late, suppress(SystemExit):  # which the run has noted, as any error
        run.start(input)
        for _ in range(MOST_STEPS + len(answers)):
            if late.is_set() or run.status not in ("asking", "stopped"):
                break
            if run.status == "stopped":
                run.retry()  # a breakpoint
            else:
                _answer(run, left, len(answers), can_ask=getattr(subject, "checkpointer", True) is not None)
    if late.is_set():
        raise NotYetError(
            f"after {SECONDS:g} seconds {', '.join(run.left_at) or 'the graph'} was still at work{_before(run)}. Is "
            "there a loop in it that never ends? Restart the kernel: such a loop cannot be ended from outside"
        )
    return Played(finished(run, True), [*left])


def finished(subject: Any, needs_run: bool) -> Any:
    """The run, when it is at its end; any other subject, when that will do.

    Raises:
        NotYetError: It is not, or something else is needed.
    """
    if isinstance(subject, (StateGraph, CompiledStateGraph)):
        wanted = "a run, as hilnb.run returns it" if needs_run else "a run or its final state"
        raise NotYetError(f"expected {wanted}, got a graph")
    if not isinstance(subject, Run):
        if needs_run:
            raise NotYetError(f"expected a run, as hilnb.run returns it, got {_kind_of(subject)}")
        return subject
    if subject.error is not None:
        raise NotYetError(_failure(subject))
    if subject.status != "finished":
        raise NotYetError(f"the run is not at its end: {subject.headline}")
    if not isinstance(subject.graph, CompiledStateGraph):
        raise NotYetError("expected a run of a graph of hilnb's")
    return subject


def _with_own_saver(subject: Any) -> CompiledStateGraph:
    """The graph with a saver of its own, so that nothing is left in its user's."""
    if isinstance(subject, CompiledStateGraph):
        graph = copy.copy(subject)
        graph.checkpointer = MemorySaver()
        return graph
    if not isinstance(subject, StateGraph):
        raise NotYetError(f"expected a graph, got {_kind_of(subject)}")
    try:
        return subject.compile(checkpointer=MemorySaver())
    except Exception as error:
        raise NotYetError(f"the graph does not compile: {_told(error)}") from None


def _answer(run: Run, left: deque[Any], given: int, can_ask: bool) -> None:
    question = next(each for each in run.questions if not each.answered)
    if not can_ask:
        raise NotYetError(
            f"{_asked(question)}, but the graph has no checkpointer, so nobody could answer. Compile it with one: "
            "builder.compile(checkpointer=MemorySaver())"
        )
    if not left:
        answers = f"{given or 'no'} answer{'' if given == 1 else 's'}"
        raise NotYetError(f"the graph asks too much: it gets {answers} here, and {_asked(question)}{_before(run)}")
    answer = left.popleft()
    try:
        run.answer(question, answer, by="beforehand")
    except RefusedAnswerError as refusal:
        raise NotYetError(f"{_asked(question)} and does not take the answer {one_line(answer)}. {refusal}") from None


def _asked(question: Question) -> str:
    return f"{question.who} asks {one_line(asked_in(question.value))}"


def _failure(run: Run) -> str:
    """What failed, the line of the node's own code, and where the graph had got to."""
    error = run.error
    assert error is not None
    if isinstance(error, GraphRecursionError):
        return f"the graph does not end: after {MOST_STEPS} steps it had gone {spelled(steps_of(run))}"
    nodes = ", ".join(path.replace(":", " › ") for path, mark in run.marks.items() if mark == "failed")
    if isinstance(error, _NoKeyboardError):
        return f"{nodes} called input(), which waits for a keyboard. A node asks a person with interrupt(question)"
    line = one_line_of(_line_of(error))
    where = f", in the line: {line}" if line else ""
    return f"{nodes or 'the graph'} raised {_told(error)}{where}{_before(run)}"


def _told(error: BaseException) -> str:
    """The error as Python ends its traceback, on one line; it may say what to do, so more of it than of a value."""
    try:
        line = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
    except Exception:  # its text is foreign code
        return type(error).__name__
    return line if len(line) <= LONGEST_ERROR else f"{line[:LONGEST_ERROR]}…"


def _before(run: Run) -> str:
    """Where the graph had got to, as the end of a sentence."""
    steps = steps_of(run)
    return f" (before that it went {spelled(steps)})" if steps else ""


def _line_of(error: BaseException) -> str:
    """The line that failed in the file, or cell, of the node."""
    trace, line = users_part(error), ""
    here = trace.tb_frame.f_code.co_filename if trace else ""
    while trace:
        if trace.tb_frame.f_code.co_filename == here:
            line = linecache.getline(here, trace.tb_lineno).strip()
        trace = trace.tb_next
    return line


def _kind_of(subject: Any) -> str:
    if isinstance(subject, Run):
        return "a run"
    return "nothing (None)" if subject is None else f"a value of type {type(subject).__name__}"


@contextmanager
def _in_time(run: Run) -> Iterator[threading.Event]:
    """Leave the run when it takes too long; the event says that it did."""
    late = threading.Event()

    def leave() -> None:
        late.set()
        with suppress(NothingAskedError):  # it stands, and is not gone on with
            run.stop()

    timer = threading.Timer(SECONDS, leave)
    timer.daemon = True
    with suppress(RuntimeError):  # no threads here: whoever is at the screen may stop the kernel
        timer.start()
    try:
        yield late
    finally:
        timer.cancel()


@contextmanager
def _nobody_is_asked() -> Iterator[None]:
    """Refuse `input()` in the graph's nodes, wherever they run; everybody else may go on asking."""
    ask = builtins.input

    def refuse(prompt: object = "", /) -> str:
        if _is_checked.get():
            raise _NoKeyboardError("nobody is asked in an exercise")
        return ask(prompt)

    token = _is_checked.set(True)
    builtins.input = refuse
    try:
        yield
    finally:
        builtins.input = ask
        _is_checked.reset(token)
