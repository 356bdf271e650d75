"""`run` and `ask`: a graph's run before a person, wherever that person sits."""

from __future__ import annotations

import contextvars
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from hilnb.answers.replaying import replaying
from hilnb.payloads import inquiry_of
from hilnb.widgets import capture
from hilnb.widgets.asker import Asker
from hilnb.widgets.background import in_background
from hilnb.widgets.beforehand import Beforehand, Human, beforehand
from hilnb.widgets.blocking import Blocking, Terminal
from hilnb.widgets.deadline import Deadline, deadlines_of
from hilnb.widgets.inside import Inside
from hilnb.widgets.record import one_line, transcript
from hilnb.widgets.session import NO_OPTIONS, Run
from hilnb.widgets.wait import acknowledge_widget_messages, running_kernel, shell_of, takes_clicks

HOW_TO_NAME = 'A thread is named by {"configurable": {"thread_id": "1"}}, or just by its id: "1".'


def run(
    graph: Any,
    input: Any,
    *,
    thread_id: str | None = None,
    config: Mapping[str, Any] | None = None,
    unattended: Sequence[Any] | Human = (),
    deadline: Deadline | Mapping[str, Deadline] | None = None,
    step: bool = False,
    context: Any = None,
    interrupt_before: str | Sequence[str] = (),
    interrupt_after: str | Sequence[str] = (),
) -> Run:
    """Run a graph before a person: picture, log and questions appear under the cell, and the call returns at once.

    In a terminal the questions are asked there, and the call returns when the run has ended. Where no person can
    answer (nbclient, nbval, a script without a terminal) the run is made to its end with the answers given.

    Args:
        graph: A compiled graph with a checkpointer.
        input: The graph's input; None goes on with a thread that stands at an error or a question.
        thread_id: The thread to run; a new one when None.
        config: Further config, as for `graph.stream`.
        unattended: The answers to use, in order, when no person can answer, or a `hilnb.testing.ScriptedHuman`; unused
            otherwise, and where an answers file is replayed (`hilnb.replay`, HILNB_ANSWERS).
        deadline: How long each question waits, or by the name of the node that asks; see `hilnb.Deadline`.
        step: Whether the run stands before each step until a person clicks Step, or Run on. Where there is nothing to
            click on it does not stand.
        context: What the nodes find as `runtime.context`, as for `graph.stream`.
        interrupt_before: Nodes before which the run stops until a person clicks Continue; "*" for all.
        interrupt_after: Nodes after which it does.

    Returns:
        The run. `await run` gives the final state, `run.submit(answer)` answers from code, `run.stop()` stops it.

    Raises:
        ValueError: The graph has no checkpointer, `thread_id` contradicts `config`, or `deadline` names no node.
        TypeError: `unattended` is not a list of answers, or `deadline` no deadline.
        NobodyCanAnswerError: A question came up beyond the answers given, and nobody is there.
        AnswersError: The answers file that is replayed cannot be read, or holds answers that the run did not ask for.
    """
    started, named = thread_config(thread_id, config)
    options = options_of(context, interrupt_before, interrupt_after)
    return _show(graph, started, named, unattended, deadline, lambda made: made.start(input), step, options=options)


def ask(
    graph: Any,
    config: Mapping[str, Any] | str | int | None = None,
    *,
    unattended: Sequence[Any] | Human = (),
    deadline: Deadline | Mapping[str, Deadline] | None = None,
    context: Any = None,
) -> Run:
    """Put up the form for what a paused thread waits for, and go on with its answer.

    Without a thread: the form for what another framework waits for (`docs/payloads.md`), or for any value. `await run`
    then gives what that framework goes on with, and so does `run.state` once there is an answer.

    Args:
        graph: The compiled graph the thread belongs to; or, alone, what asks.
        config: The thread, as the config of `graph.stream` or by its id.
        unattended: As in `run`.
        deadline: As in `run`; the time begins anew.
        context: As in `run`.

    Returns:
        The run, as from `run`.

    Raises:
        ValueError: The thread, or what was given alone, waits for no answer; or it is a graph, and no thread is named.
        NobodyCanAnswerError: As in `run`.
    """
    if config is None and not hasattr(graph, "compile"):
        return _ask_alone(graph, unattended, deadline)
    check(graph, unattended)
    if config is None:
        raise ValueError(f"ask(graph): which thread? {HOW_TO_NAME}")
    paused, named = config_of_thread(config)
    if not named:
        raise ValueError(f"ask(graph, {config!r}): which thread? {HOW_TO_NAME}")
    found = Run(graph, paused, do=lambda leg: leg())
    found.look()
    if found.error is not None:
        raise found.error
    if not found.questions:
        raise ValueError(_nothing_to_ask(found))
    options = options_of(context)
    return _show(graph, paused, True, unattended, deadline, lambda made: made.look(), options=options)


def answer_from_file(graph: Any, thread_id: str, options: Mapping[str, Any]) -> Run:
    """Answer a thread as the answers file says it was answered in the list of waiting threads.

    Raises:
        NobodyCanAnswerError: As in `run`.
        AnswersError: As in `run`.
    """
    config, _ = thread_config(thread_id, None)
    return _show(graph, config, True, (), None, lambda made: made.look(), where="pending", options=options)


def _ask_alone(asked: Any, unattended: Sequence[Any] | Human, deadline: Any) -> Run:
    if asked is None:
        raise TypeError("ask(None): give a graph and a thread, or what waits for an answer.")
    if hasattr(asked, "get_state"):
        raise ValueError(f"ask(graph): which thread? {HOW_TO_NAME}")
    asker = Asker(inquiry_of(asked))
    config, named = thread_config(None, None)
    return _show(asker, config, named, unattended, deadline, asker.begin)


def _show(
    graph: Any,
    config: Mapping[str, Any],
    named: bool,
    unattended: Sequence[Any] | Human,
    deadline: Any,
    begin: Callable[[Run], None],
    step: bool = False,
    where: str = "",
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Run:
    check(graph, unattended)
    make = partial(Run, graph, config, named=named, deadline_of=deadlines_of(deadline, graph), options=options)
    answers = beforehand(unattended, config["configurable"]["thread_id"] if named else "", where)
    kernel = running_kernel()
    if kernel is None:
        return _in_terminal(make, answers, begin)
    capture.install(shell_of(kernel).display_pub)
    if takes_clicks(kernel) and replaying() is None:
        acknowledge_widget_messages(kernel)
        return _in_panel(partial(make, stepping=step), begin)
    return _in_record(make, answers, begin)


def _in_panel(make: Callable[..., Run], begin: Callable[[Run], None]) -> Run:
    from hilnb.widgets.panel import Panel  # ipywidgets takes 0.3 s to import, and a terminal never needs it

    made = make(do=in_background(contextvars.copy_context()))
    Panel(made).show()
    begin(made)
    return made


def _in_record(make: Callable[..., Run], answers: Beforehand, begin: Callable[[Run], None]) -> Run:
    from IPython.display import display

    from hilnb.widgets import page

    def leave_record() -> None:
        display(  # type: ignore[no-untyped-call]
            {"text/html": page.record(made, Inside(made.graph).drawing), "text/plain": transcript(made)}, raw=True
        )

    do = Blocking(answers.answer, "beforehand", leave_record)
    do.run = made = make(do=do, rings=False)
    begin(made)
    if made.status == "finished":
        answers.finish()
    return made


def _in_terminal(make: Callable[..., Run], answers: Beforehand, begin: Callable[[Run], None]) -> Run:
    terminal = Terminal()
    asks = sys.stdin.isatty() and replaying() is None
    if asks:
        do = Blocking(terminal.answer, "person", lambda: None)
    else:
        do = Blocking(terminal.overheard(answers.answer), "beforehand", lambda: None)
    do.run = made = make(do=do, rings=False)
    made.changed = terminal.tell
    begin(made)
    if made.error is not None:
        raise made.error
    if made.status == "finished" and not asks:
        answers.finish()
    return made


def options_of(context: Any, before: str | Sequence[str] = (), after: str | Sequence[str] = ()) -> dict[str, Any]:
    """What is handed to `graph.stream` in every leg."""
    given = {"context": context, "interrupt_before": before or None, "interrupt_after": after or None}
    return {name: value for name, value in given.items() if value is not None}


def config_of_thread(thread: Mapping[str, Any] | str | int) -> tuple[dict[str, Any], bool]:
    """The config of a thread that is given by its id or as a config, and whether it names one."""
    return thread_config(None, thread) if isinstance(thread, Mapping) else thread_config(thread, None)


def thread_config(thread_id: str | int | None, config: Mapping[str, Any] | None) -> tuple[dict[str, Any], bool]:
    """The config with its thread id, and whether the caller chose that id."""
    if config and "configurable" not in config and "thread_id" in config:
        raise ValueError(f"config={config!r}: the thread_id stands one level too high. {HOW_TO_NAME}")
    configurable = dict((config or {}).get("configurable", {}))
    present = configurable.get("thread_id")
    if thread_id is not None and present is not None and str(thread_id) != str(present):
        raise ValueError(f"thread_id={thread_id!r} and config name different threads ({present!r}): give one of them.")
    named = thread_id is not None or present is not None
    chosen = str(present if thread_id is None else thread_id)
    configurable["thread_id"] = chosen if named else uuid.uuid4().hex
    return {**(config or {}), "configurable": configurable}, named


def check(graph: Any, unattended: Sequence[Any] | Human) -> None:
    """Refuse what can never be run before a person, and answers that are no list of answers.

    Raises:
        TypeError: It is no compiled graph, or `unattended` is not a list.
        ValueError: It has no checkpointer.
    """
    if not hasattr(graph, "get_state"):
        raise TypeError(
            f"expected a compiled graph, got {type(graph).__name__}: "
            "builder.compile(checkpointer=MemorySaver()) makes one."
        )
    if getattr(graph, "checkpointer", None) in (None, False):
        raise ValueError(
            "this graph has no checkpointer, so a question could not be answered later: a run needs "
            "builder.compile(checkpointer=MemorySaver())."
        )
    if isinstance(unattended, (str, bytes, Mapping)):
        said = one_line(unattended)
        raise TypeError(f"unattended={said}: give a list with one answer for each question, unattended=[{said}].")


def _nothing_to_ask(found: Run) -> str:
    thread = f"thread {found.thread_id!r} waits for no answer"
    if found.status == "stopped":
        before = ", ".join(found.stopped_before)
        return f"{thread}: it stands before {before}. hilnb.run(graph, None, thread_id=…) goes on."
    if not found.state:
        return f"{thread}: nothing is saved under this id. Start it with hilnb.run(graph, input, thread_id=…)."
    return f"{thread}: it has finished. Its state: graph.get_state(config).values."
