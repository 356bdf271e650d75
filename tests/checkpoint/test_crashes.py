"""Whatever dies, and whenever: a thread in a file is as it was before a write or as it was after it."""

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import hilnb
from hilnb.checkpoint.sqlite import SqliteSaver
from hilnb.types import Command
from tests.checkpoint.crashing import THREAD, Diary, build, whole_run

ROOT = Path(hilnb.__file__).parent.parent
LOG = ["one", "two", "yes", "three", "part 0", "part 1", "part 2", "last"]
ONCE = Counter({"one": 1, "two": 1, "ask": 2, "three": 1, "part": 3, "last": 1})


def in_child(program, folder):
    command = [sys.executable, "-m", "tests.checkpoint.crashing", program, str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return folder


def contents(path):
    """All that is in the file, ids left out."""
    if not path.exists():
        return []
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        points = connection.execute("SELECT turns, map, metadata FROM point ORDER BY n").fetchall()
        records = connection.execute("SELECT point, kind, text FROM record").fetchall()
        values = connection.execute("SELECT * FROM value").fetchall()
    except sqlite3.OperationalError:  # no tables yet
        return []
    finally:
        connection.close()
    # Siblings finish in any order: of their records it does not matter whose they are.
    return [points, *sorted(re.sub(r"[0-9a-f-]{32,}|part \d", "…", f"{record}") for record in records), values]


@pytest.fixture(scope="module")
def crashed():
    """A folder with a file for each statement at which a run was killed, and what others saw of it at that moment."""
    # In memory where there is such a folder: what a kill leaves does not depend on the disk, but hundreds of runs do.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        yield crashed_in(Path(folder))


def crashed_in(folder):
    in_child("kills", folder)
    path, seen = folder / "whole.db", []
    whole_run(path, Diary(folder / "whole.txt"), lambda text: seen.append(contents(path)))
    kills = sorted(int(file.stem) for file in folder.glob("[0-9]*.db"))
    return folder, kills, [*seen, contents(path)]


def finished_nodes(graph):
    return Counter(task.name for past in graph.get_state_history(THREAD) for task in past.tasks if task.result)


def reopened(folder, n, work):
    """Do something with what was left by the run that was killed at statement n."""
    with SqliteSaver(folder / f"{n}.db") as saver:
        return work(build(saver, Diary(folder / f"{n}.txt")))


def test_a_killed_run_leaves_the_thread_as_others_saw_it(crashed):
    folder, kills, seen = crashed

    assert len(kills) == len(seen) > 40
    assert [n for n in kills if contents(folder / f"{n}.db") != seen[n - 1]] == []


def test_a_question_that_was_asked_is_still_there_under_its_id(crashed):
    folder, kills, _ = crashed
    waiting = 0
    for n in kills:
        asked = [line.split()[1] for line in Diary(folder / f"{n}.txt").read() if line.startswith("question")]
        state = reopened(folder, n, lambda graph: graph.get_state(THREAD))
        if asked and not any(line == "three" for line in Diary(folder / f"{n}.txt").read()) and state.interrupts:
            assert [question.id for question in state.interrupts] == asked
            waiting += 1

    assert waiting


def test_a_killed_run_goes_on_where_it_was_and_repeats_at_most_what_was_running(crashed):
    folder, kills, _ = crashed
    for n in kills:
        diary = Diary(folder / f"{n}.txt")
        ran_before = Counter(line for line in diary.read() if not line.startswith("question"))

        done, answered, values = reopened(folder, n, lambda graph, n=n: go_on(graph, folder / f"{n}.db"))

        ran_again = Counter(line for line in diary.read() if not line.startswith("question")) - ran_before
        assert values["log"] == LOG, n
        for node, times in done.items():
            assert ran_again[node] <= (3 - times if node == "part" else 0), (n, node)
        repeated = ran_before + ran_again - ONCE
        assert sum(times for node, times in repeated.items() if node != "part") <= 1, (n, repeated)
        assert answered == 1, n


def answers_kept(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM record WHERE kind LIKE 'told:%'").fetchone()[0]


def go_on(graph, path):
    """Go on with a thread; what was done before, how often an answer was kept in all, and the state in the end."""
    state, done = graph.get_state(THREAD), finished_nodes(graph)
    told = answers_kept(path)
    if not state.interrupts and (state.tasks or state.metadata is None):  # next omits those that have finished
        graph.invoke({"log": []} if state.metadata is None else None, THREAD)
        state = graph.get_state(THREAD)
    assert not (told and state.interrupts), "an answer that was kept is asked for again"
    if state.interrupts:
        graph.invoke(Command(resume={state.interrupts[0].id: "yes"}), THREAD)
        told += 1
    return done, told, graph.get_state(THREAD).values


def test_of_two_processes_that_answer_at_once_one_wins_and_nothing_runs_twice(tmp_path):
    diary = Diary(in_child("race", tmp_path) / "race.txt").read()

    (winner,) = [line.split()[1] for line in diary if line.startswith("won")]
    (lost,) = [line for line in diary if line.startswith("lost")]
    assert "answered in the meantime" in lost
    assert Counter(line for line in diary if " " not in line) == ONCE
    with SqliteSaver(tmp_path / "race.db") as saver:
        assert build(saver, None).get_state(THREAD).values["log"][2] == winner


def test_many_processes_may_make_one_file_at_once(tmp_path):
    in_child("openers", tmp_path)

    with SqliteSaver(tmp_path / "openers.db") as saver:
        assert sorted(saver.threads()) == [str(n) for n in range(8)]


def test_a_saver_is_not_used_across_a_fork(tmp_path):
    in_fork, here = Diary(in_child("after_fork", tmp_path) / "fork.txt").read()

    assert in_fork.startswith("SaverError")
    assert "make a SqliteSaver(…) of its own here" in in_fork
    assert here == "threads"


def test_many_threads_may_use_one_saver(tmp_path):
    with SqliteSaver(tmp_path / "threads.db") as saver, ThreadPoolExecutor(8) as pool:
        graph = build(saver, Diary(tmp_path / "diary.txt"))

        def talk(n):
            thread = {"configurable": {"thread_id": str(n)}}
            graph.invoke({"log": []}, thread)
            return graph.invoke(Command(resume="yes"), thread)["log"]

        assert list(pool.map(talk, range(8))) == [LOG] * 8
