"""The report: measurements as rows of Markdown tables, each with its goal, and the machine they were made on."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import hilnb
from benchmarks.growth import Growth
from benchmarks.measure import Measured, Spread, slope

__all__ = [
    "FACTS",
    "GROWTH",
    "HOW",
    "RATIOS",
    "fact_row",
    "growth_table",
    "machine",
    "ratio_row",
    "skipped_row",
    "told",
]

RATIOS = (
    "| workload | hilnb ÷ LangGraph | goal ≤ | met | hilnb ÷ loop | LangGraph ÷ loop | rounds |\n"
    "|---|---|---|---|---|---|---|"
)
FACTS = "| what | hilnb | LangGraph | loop | goal ≤ | met |\n|---|---|---|---|---|---|"

HOW = """\
A figure is the median of the ratios of single rounds, in brackets their quartiles; lower is faster. In a round each
engine does the same work once, in the same process, and the order rotates. A sample takes about 40 ms or more. Every
result is compared with plain values, and what was kept is read back and compared, untimed. The loop is hand-written:
the same calls of nodes, the same merging, and one shallow copy of the state per step where the graphs have a saver. It
is a floor without semantics. Rounds in which all other processes together used half a processor or more do not count,
unless fewer than three were quiet ("busy")."""
GROWTH = """\
Time is told as a multiple of the engine's own time at the first point; each point is measured in a process of its own,
memory with tracemalloc. The exponents above are of the best fit over all points, those in the last column of the last
two. LangGraph stops at 400 turns: each of its checkpoints holds the whole list. So do the loop's."""

_LIBRARIES = ("langgraph", "langgraph-checkpoint", "langgraph-checkpoint-sqlite", "langchain-core", "distributed")


def ratio_row(about: str, measured: Measured, goal: float | None, against: str = "langgraph") -> str:
    """One measurement as a row; the goal is for hilnb's time divided by that of `against`."""
    first, *rest = [
        told(measured.ratio(*pair)) for pair in (("hilnb", "langgraph"), ("hilnb", "loop"), ("langgraph", "loop"))
    ]
    aim = _goal(goal) + (" (÷ loop)" if against == "loop" else "")
    return _row(about, first, aim, _met(measured.ratio("hilnb", against).median, goal), *rest, _rounds(measured))


def skipped_row(about: str, reason: object) -> str:
    """A row that says why there is no measurement."""
    return _row(about, f"left out: {reason}", "", "", "", "", "")


def fact_row(about: str, facts: Mapping[str, float | Spread | None], goal: float | None) -> str:
    """A figure of each engine, which is no ratio of two; None where there is none."""
    ours = facts.get("hilnb")
    one = ours.median if isinstance(ours, Spread) else ours
    engines = [told(facts.get(engine)) for engine in ("hilnb", "langgraph", "loop")]
    return _row(about, *engines, _goal(goal), "-" if one is None else _met(one, goal))


def growth_table(growths: Mapping[str, Growth]) -> str:
    """Each engine's points, time as a multiple of its own first point and kept memory in MB."""
    turns = [*growths["hilnb"].points]
    lines = [_row("turns", *map(str, turns), "n^"), "|---" * (len(turns) + 2) + "|"]
    for engine, growth in growths.items():
        times = {n: point.seconds for n, point in growth.points.items()}
        kept = {n: point.kept / 1e6 for n, point in growth.points.items()}
        for what, points, unit in (("time", times, times[turns[0]]), ("kept MB", kept, 1.0)):
            cells = [told(points[n] / unit if n in points else None) for n in turns]
            lines.append(_row(f"{engine}, {what}", *cells, told(slope(dict([*points.items()][-2:])))))
    return "\n".join(lines)


def machine() -> str:
    """What the figures were made on."""
    facts = {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "hilnb": hilnb.__version__,
        **{name: _version(name) for name in _LIBRARIES},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    return "\n".join(["| | |", "|---|---|", *(_row(*fact) for fact in facts.items())])


def told(value: float | Spread | None) -> str:
    """A figure, with three digits that count; a spread with its quartiles.

    >>> told(0.01234), told(999.7), told(1234.5), told(Spread(0.9, 1, 1.25)), told(None)
    ('0.0123', '1000', '1234', '1 [0.9, 1.25]', '-')
    """
    if value is None:
        return "-"
    if isinstance(value, Spread):
        return f"{told(value.median)} [{told(value.low)}, {told(value.high)}]"
    return f"{value:.3g}" if value < 999.5 else f"{value:.0f}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _goal(goal: float | None) -> str:
    return "-" if goal is None else f"{goal:g}"


def _met(figure: float, goal: float | None) -> str:
    return "-" if goal is None else "yes" if figure <= goal else "**no**"


def _rounds(measured: Measured) -> str:
    done, quiet = len(measured.quiet), sum(measured.quiet)
    used = sum(measured.used)
    return f"{done}, busy" if used > quiet else f"{used} of {done}"


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    told_by_linux = Path("/proc/cpuinfo")
    if told_by_linux.exists():
        for line in told_by_linux.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
