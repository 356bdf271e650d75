"""The command: `python -m benchmarks [NAME …] [--rounds N] [--write PATH]`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks import executors
from benchmarks.engines import LIBRARIES, MissingError
from benchmarks.fsyncs import count_fsyncs
from benchmarks.growth import Growth, measure_growth
from benchmarks.imports import count_modules, measure_imports
from benchmarks.job import ENGINES
from benchmarks.measure import measure
from benchmarks.report import FACTS, GROWTH, HOW, RATIOS, fact_row, growth_table, machine, ratio_row, skipped_row
from benchmarks.size import cost_of_size
from benchmarks.workloads import ALL

KINDS = [*dict.fromkeys(work.name.partition("/")[0] for work in ALL)]
OTHERS = ["import", "size", "fsyncs", "growth", "executors"]


def main() -> None:
    """Measure what was named, print it, and write the page."""
    known = [*KINDS, *(work.name for work in ALL), *OTHERS]
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="Measure hilnb beside LangGraph and a plain loop."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all when none is given: {', '.join(known)}")
    parser.add_argument("--rounds", type=int, default=11, help="how often each engine has its turn (11)")
    parser.add_argument("--write", type=Path, metavar="PATH", help="where to write the page")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in known]:
        parser.error(f"nothing is called {', '.join(unknown)}; there are: {', '.join(known)}")

    lines = []
    for line in page(set(asked.names or [*KINDS, *OTHERS]), asked.rounds):
        print(line, flush=True)
        lines.append(line)
    if asked.write:
        asked.write.write_text("\n".join(lines) + "\n", encoding="utf-8")


def page(names: set[str], rounds: int) -> Iterator[str]:
    """The page, line by line, as the measurements are made."""
    yield from ["# What it costs", "", HOW, ""]
    yield from _table(RATIOS, _ratios(names, rounds))
    yield from _table(FACTS, _facts(names, rounds))
    if "growth" in names:
        growths = {engine: measure_growth(engine) for engine in ENGINES}
        yield from _table(FACTS, _growth(growths))
        yield from [growth_table(growths), "", GROWTH, ""]
    if "executors" in names:
        yield from _table(executors.HEAD, executors.rows(executors.measure_executors(rounds)))
        yield from [executors.HOW, ""]
    yield machine()


def _table(head: str, rows: Iterator[str]) -> Iterator[str]:
    """The rows under their head, or nothing where there are none."""
    first = next(rows, None)
    if first is not None:
        yield from (head, first)
        yield from rows
        yield ""


def _ratios(names: set[str], rounds: int) -> Iterator[str]:
    for work in ALL:
        if names & {work.name, work.name.partition("/")[0]}:
            about = f"{work.about} (`{work.name}`)"
            try:
                yield ratio_row(about, measure(work, rounds), work.goal, work.against)
            except MissingError as reason:
                yield skipped_row(about, reason)
    if "import" in names:
        about = "cold `import hilnb` ÷ `import langgraph.graph`, processor time; the loop imports nothing"
        yield ratio_row(about, measure_imports(rounds), 0.10)


def _facts(names: set[str], rounds: int) -> Iterator[str]:
    if "import" in names:
        yield fact_row("modules that the import loads", {name: count_modules(name) for name in LIBRARIES}, 160)
    if "size" in names:
        about = "a step in a graph of 1,000 nodes ÷ a step in one of 100, MemorySaver"
        yield fact_row(about, {engine: cost_of_size(engine, rounds) for engine in ENGINES}, 1.3)
    if "fsyncs" in names:
        about = "fsyncs per step of a chain of 100 nodes, SQLite, WAL, synchronous=FULL"
        yield fact_row(about, {engine: count_fsyncs(engine) for engine in ENGINES}, 1.15)


def _growth(growths: Mapping[str, Growth]) -> Iterator[str]:
    times = {engine: growth.of_time for engine, growth in growths.items()}
    yield fact_row("time of an agent's conversation grows as turns to the power of", times, 1.2)
    memory = {engine: growth.of_memory for engine, growth in growths.items()}
    yield fact_row("memory it keeps grows as turns to the power of", memory, 1.05)
    kept = {engine: growth.points[400].kept / 1e6 for engine, growth in growths.items()}
    yield fact_row("MB kept after 400 turns", kept, 2)


if __name__ == "__main__":
    main()
