"""What was expected beside what there is, a sentence for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hilnb.differences import differences, told
from hilnb.errors import did_you_mean
from hilnb.exercises.check import Finding
from hilnb.exercises.expected import Expected
from hilnb.exercises.steps import Steps, in_order, spelled, starts_of, steps_of
from hilnb.masking import masked
from hilnb.widgets.record import one_line
from hilnb.widgets.session import Run

__all__ = ["compared"]


def compared(expected: Expected, found: Any, unused: Sequence[Any] = (), called: Sequence[Any] = ()) -> list[Finding]:
    """What there is to say of a run that is at its end, or of a state.

    Args:
        expected: What the teacher expects.
        found: The run or the state.
        unused: The answers that nobody asked for.
        called: What the side effects appended.
    """
    findings: list[Finding] = []
    if isinstance(found, Run):
        steps = steps_of(found)
        findings += [_path(expected.path, steps, found)] if expected.path is not None else []
        findings += [*_answers(expected, found, unused)]
        findings += [*(_calls if expected.calls is not None else _starts)(expected.once, found, steps, called)]
        if not findings and expected.state is None:
            findings.append(Finding(True, f"the graph went {spelled(steps)}, to its end"))
        found = found.state
    return findings + ([] if expected.state is None else [*_state(expected.state, found)])


def _path(path: Sequence[str], steps: Steps, run: Run) -> Finding:
    went = f"the graph went {spelled(steps)}"
    if in_order(steps, path):
        return Finding(True, went)
    unknown = next((name for name in path if name not in run.graph.nodes), None)
    missing = "" if unknown is None else f"; no node is called {unknown!r}{did_you_mean(unknown, run.graph.nodes)}"
    return Finding(False, f"expected path {' → '.join(path) or 'nowhere'}, {went}{missing}")


def _answers(expected: Expected, run: Run, unused: Sequence[Any]) -> Iterator[Finding]:
    if expected.answers is None:
        return
    if expected.is_played:
        if unused:
            count = len(expected.answers) - len(unused)
            asked = "asked nothing" if count == 0 else f"asked only {count} time{'s' if count > 1 else ''}"
            left = ", ".join(map(one_line, unused))
            yield Finding(False, f"the graph {asked}; the answer {left} was left over")
        return
    given = [entry.value.answer for entry in run.log.entries if entry.kind == "question" and entry.value.answered]
    said = ", ".join(map(one_line, given)) or "nothing"
    if _equal(given, [*expected.answers]):
        yield Finding(True, f"the answer was {said}")
    else:
        wanted = ", ".join(map(one_line, expected.answers)) or "nothing"
        yield Finding(False, f"expected the answer {wanted}, it was {said}")


def _starts(once: Sequence[str], run: Run, steps: Steps, _: Sequence[Any]) -> Iterator[Finding]:
    """For each node, whether it started once."""
    if not once:
        return
    counted, again = starts_of(run, steps)
    for name in once:
        count = counted[name]
        reasons = [", then ".join(ran.starts) for ran in again if ran.node == name]
        reason = f": {'; '.join(reasons)}" if reasons else ""
        said = "it did not run" if count == 0 else f"it started {count} times{reason}"
        yield Finding(count == 1, f"{name} ran once" if count == 1 else f"expected {name} to run once, {said}")


def _calls(once: Sequence[Any], run: Run, steps: Steps, called: Sequence[Any]) -> Iterator[Finding]:
    """For each side effect, whether it happened once; and which nodes started again, when it did more often."""
    for wanted in once:
        count, said = sum(_equal(each, wanted) for each in called), one_line(wanted)
        if count == 1:
            yield Finding(True, f"{said} happened once")
            continue
        again = starts_of(run, steps)[1] if count else []
        reason = f": {'; '.join(str(ran).rstrip('.') for ran in again)}" if again else ""
        often = f"it happened {count} times{reason}" if count else "it did not happen"
        yield Finding(False, f"expected {said} to happen once, {often}")


def _state(wanted: Any, found: Any) -> Iterator[Finding]:
    """Of a dict key by key, of anything else as a whole."""
    if not isinstance(wanted, Mapping):
        yield _value("the state", wanted, found)
        return
    if not isinstance(found, Mapping):  # a dataclass or a model
        found = {name: getattr(found, name) for name in wanted if isinstance(name, str) and hasattr(found, name)}
    for key, value in wanted.items():
        if key in found:
            yield _value(key, value, found[key])
        else:
            there = f"it has {', '.join(map(str, found))}" if found else "it has none of these keys"
            yield Finding(False, f"expected the state to have {key!r}, {there}{did_you_mean(key, found)}")


def _value(name: Any, wanted: Any, found: Any) -> Finding:
    passed = _equal(found, wanted)
    mine, theirs = masked({name: wanted}), masked({name: found})  # by its name, a value may be one that is not shown
    if passed:
        return Finding(True, f"{name} is {one_line(theirs[name])}")
    said, seen = one_line(mine[name]), one_line(theirs[name])
    if said == seen:  # cut off before they differ
        return Finding(False, f"expected another value of {name}: {told(differences(theirs, mine))}")
    return Finding(False, f"expected {name} to be {said}, it is {seen}")


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are equal, as Python says; of tables and arrays, item by item."""
    try:
        return bool(one == other)
    except Exception:  # comparing is foreign code
        return not differences(one, other)
