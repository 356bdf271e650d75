"""`exercise`: check what somebody built or decided, and say kindly what is missing.

| module | its one idea |
|---|---|
| `expected` | what the teacher expects; a badly written exercise is refused |
| `playing` | run a graph with the answers given, where nobody is asked and nothing hangs |
| `compare` | what was expected beside what there is, in sentences |
| `steps` | which nodes had their turn, in what order, and how often each started |
| `check` | the result: true or false, as text, as HTML |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hilnb.exercises.check import Check, Finding
from hilnb.exercises.compare import compared
from hilnb.exercises.expected import Expected
from hilnb.exercises.playing import NotYetError, finished, play

__all__ = ["Check", "exercise"]


def exercise(
    subject: Any,
    input: Any = None,
    *,
    answers: Sequence[Any] | None = None,
    path: Sequence[str] | None = None,
    state: Any = None,
    once: Sequence[Any] = (),
    calls: list[Any] | None = None,
    hint: str = "",
) -> Check:
    """Check a graph that somebody built, a run in which somebody decided, or a final state.

    With an `input` the subject is a graph: it is run from there, with a saver of its own, and nobody is asked. Without
    one it is what `hilnb.run` returned, or a state. Whatever is wrong with the subject is told in the result: a graph
    that raises, does not compile, never ends, asks too much or too little.

    Args:
        subject: A builder or a compiled graph; a `Run`; or a state.
        input: What the graph is to be run with.
        answers: Of a graph, what its questions are answered, in the order it asks; it has to ask for all of them. Of a
            run, what was to be answered.
        path: The nodes in the order they have to run, without START and END. Of those that run side by side, in any
            order. A node that asks stands there once, though it starts again with the answer.
        state: What the final state has to be: of a dict the keys that count, of anything else the whole value.
        once: The nodes that have to start exactly once; an answered question starts its node again. With `calls`, what
            has to be added to that list exactly once.
        calls: A list to which the graph's side effects append.
        hint: What to look at; shown as long as the solution is wrong.

    Returns:
        The result. It is true when all is as expected; `print(check)` and `check.text` say what was found.

    Raises:
        TypeError: The exercise is written wrongly: there is nothing to check, or an argument is no list.
        ValueError: The same: it can never be solved.
    """
    expected = Expected(answers, path, state, once, calls, hint, is_played=input is not None or calls is not None)
    try:
        if expected.is_played:
            before = len(calls or ())
            played = play(subject, input, answers or ())
            findings = compared(expected, played.run, played.unused, (calls or [])[before:])
        else:
            findings = compared(expected, finished(subject, expected.needs_run))
    except NotYetError as wrong:
        findings = [Finding(False, str(wrong))]
    return Check.of(findings, hint)
