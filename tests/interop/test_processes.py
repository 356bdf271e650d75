"""A thread begun in one process is answered in another; of two that answer at once, one wins."""

import subprocess
import sys
from pathlib import Path

import pytest

from hilnb.interop.langgraph import saver

from .graphs import THREAD, asking

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("place", ["sqlite", "postgres"], indirect=True)
def test_of_two_processes_that_answer_at_once_one_wins_and_nothing_runs_twice(place):
    where = place.address or str(place.path)
    command = [sys.executable, "-m", "tests.interop.answering", place.kind, where]
    with place.open() as kept:
        asking().compile(checkpointer=saver(kept)).invoke({"said": []}, THREAD)
    both = [
        subprocess.Popen([*command, name], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for name in ("Ann", "Bob")
    ]
    for each in both:
        assert each.stdout.readline() == "ready\n"

    for each in both:
        each.stdin.write("\n")
        each.stdin.flush()
    said = [each.communicate(timeout=60)[0].split() for each in both]

    assert sorted(said) == [["after", "won"], ["told"]]
    with place.open() as kept:
        state = asking().compile(checkpointer=saver(kept)).get_state(THREAD)
    assert (state.values, state.next) == ({"said": ["Ann" if "won" in said[0] else "Bob"]}, ())
