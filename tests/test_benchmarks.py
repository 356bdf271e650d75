"""The benchmarks prove what they measure: every workload, tiny, on every engine; nothing here is timed."""

from dataclasses import replace

import pytest

from benchmarks import executors
from benchmarks.engines import MissingError
from benchmarks.job import ENGINES
from benchmarks.measure import Measured, take_turns, work_checked
from benchmarks.report import ratio_row
from benchmarks.workloads import ALL, chains, fans, loops, people, talk

TINY = [
    chains.chain(3, "none", None),
    chains.chain(3, "memory", None),
    chains.chain(3, "sqlite", None),
    chains.chain_async(3, "memory", None),
    chains.first_event(3, "memory", None),
    chains.compiling(3, None),
    loops.cycle(3, "memory", None),
    loops.subgraphs(3, "memory", None),
    loops.wide(4, 3, "none", None),
    loops.wide(4, 3, "memory", None),
    loops.history(5, None),
    fans.fan_out(5, "none", None),
    fans.fan_out(5, "memory", None),
    fans.waiting(2, 0.001, None),
    people.round_trip("memory", None),
    people.round_trip("sqlite", None),
    people.round_trips_async(3, "memory", None),
    talk.agent(3, "memory", None),
    talk.chat(3, "memory", None),
]
KEEPING = [work for work in TINY if work.history is not None]


@pytest.fixture
def prepared():
    """Prepare a workload on an engine, and give its files back at the end."""
    jobs = []

    def prepare(work, engine):
        try:
            jobs.append(work.job(engine))
        except MissingError as reason:
            pytest.skip(str(reason))
        return jobs[-1]

    yield prepare
    for job in jobs:
        job.close()


def name_of(work):
    return work.name


def test_every_kind_of_workload_is_tried_here():
    assert {work.name.partition("/")[0] for work in TINY} == {work.name.partition("/")[0] for work in ALL}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("work", TINY, ids=name_of)
def test_every_engine_does_the_work_and_keeps_its_history(work, engine, prepared):
    work_checked(work, prepared(work, engine), 2, reads_back=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("work", TINY, ids=name_of)
def test_a_wrong_result_is_found(work, engine, prepared):
    with pytest.raises(AssertionError, match="gave"):
        work_checked(replace(work, final="something else"), prepared(work, engine))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("work", KEEPING, ids=name_of)
def test_a_checkpoint_too_few_is_found(work, engine, prepared):
    with pytest.raises(AssertionError, match="kept"):
        work_checked(replace(work, history=lambda: [*work.history(), {}]), prepared(work, engine), reads_back=True)


def test_a_row_shows_the_median_of_the_rounds_ratios_and_whether_the_goal_is_met():
    measured = Measured(
        {"hilnb": [1, 2, 3, 9], "langgraph": [10, 10, 10, 10], "loop": [1, 1, 1, 1]}, [True] * 3 + [False]
    )

    row = ratio_row("work", measured, goal=0.25)

    assert row == "| work | 0.2 [0.15, 0.25] | 0.25 | yes | 2 [1.5, 2.5] | 10 [10, 10] | 3 of 4 |"


def test_the_nodes_do_their_work_on_every_executor():
    measured = executors.measure_executors(1, tasks=3)

    assert [len(about.seconds) for about in measured.values()] == [4, 4]


def test_an_executors_row_shows_a_tasks_share_and_the_round_trip_of_all_beside_the_threads():
    there = {executors.THREADS: [0.1, 0.2, 0.3], "Dask": [1.0, 2.0, 4.5]}
    quiet = [True] * 3

    rows = [*executors.rows({"run": Measured(there, quiet), "ask": Measured(there, quiet)})]

    assert rows[1] == "| Dask | 10 | 10 [10, 12.5] | 2000 | 10 [10, 12.5] |"


def test_a_measurement_has_one_figure_per_round():
    measured = take_turns({"one": (chains.chain(1, "none", None), "langgraph")}, rounds=2)

    assert len(measured.seconds["one"]) == len(measured.quiet) == 2
