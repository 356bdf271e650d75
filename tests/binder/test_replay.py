"""An environment made as Binder makes it runs every lesson in less than 400 MB of memory.

Making it takes a minute or two and a package index, so these tests are skipped unless HILNB_BINDER=required.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import psutil
import pytest

from .replay import memory_below

ROOT = Path(__file__).parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
LIMIT = 400
HOLD = "held = b'x' * 100_000_000"
WAIT = "print('holds', flush=True); input()"
START_ANOTHER = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {f'{HOLD}; {WAIT}'!r}])"
FORK = f"import os; os.fork() and os.wait() or exec({WAIT!r})"


@pytest.fixture(scope="module")
def on_binder(tmp_path_factory):
    """Run a program in a copy of the repository with the environment that `binder/` makes."""
    if os.environ.get("HILNB_BINDER") != "required":
        pytest.skip("makes a fresh environment from the package index; set HILNB_BINDER=required to have that done")
    home = tmp_path_factory.mktemp("binder")
    copy, fresh = home / "repository", home / "venv"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in (name for name in listed.split("\0") if (ROOT / name).is_file()):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    own = {name: str(home / name) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    environment = {**os.environ, **own, "PATH": os.pathsep.join([str(fresh / "bin"), os.environ["PATH"]])}
    environment.pop("PYTHONPATH", None)  # nothing but what is installed

    def play(*command):
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    venv.create(fresh, with_pip=True)
    play("python", "-m", "pip", "install", "-r", "binder/requirements.txt")
    play("binder/postBuild")
    yield play
    shutil.rmtree(home)  # some 400 MB


def test_what_binder_installs_fits_together(on_binder):
    assert on_binder("python", "-m", "pip", "check") == "No broken requirements found.\n"


def test_every_lesson_runs_in_less_than_400_mb_of_memory(on_binder):
    said = on_binder("python", "tests/binder/replay.py", *(f"notebooks/{lesson}.ipynb" for lesson in LESSONS))

    measured = {lesson: int(megabytes) for megabytes, lesson in re.findall(r"(\d+) MB  (\w+)", said)}
    assert sorted(measured) == LESSONS
    assert max(measured.values()) < LIMIT, said


@pytest.mark.parametrize(
    ("code", "megabytes"), [(WAIT, 100), (START_ANOTHER, 200), (FORK, 100)], ids=["one", "two", "forked"]
)
def test_memory_counts_once_for_each_process_however_deep(code, megabytes):
    before = memory_below(psutil.Process())

    command = [sys.executable, "-c", f"{HOLD}; {code}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout.readline() == "holds\n"
        held = memory_below(psutil.Process()) - before
        started.communicate("\n")

    assert megabytes <= held / 1e6 < megabytes + 50
