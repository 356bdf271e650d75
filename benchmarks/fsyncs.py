"""Fsyncs: how often a step waits for the disk, counted from outside with `strace`.

`python -m benchmarks.fsyncs ENGINE` is the process it watches.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile

from benchmarks.workloads import chain

__all__ = ["count_fsyncs"]

_STEPS = 100


def count_fsyncs(engine: str) -> float | None:
    """The fsyncs per step of a chain of 100 nodes in a new SQLite file, with all it takes to open and close the file.

    Returns:
        None where there is no `strace`, or where it may not watch a process.
    """
    if not (strace := shutil.which("strace")):
        return None
    with tempfile.NamedTemporaryFile("r") as seen:
        watch = [strace, "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o", seen.name]
        work = [sys.executable, "-m", "benchmarks.fsyncs", engine]
        ended = subprocess.run([*watch, *work], stderr=subprocess.DEVNULL)
        # A call that another thread's call interrupts in the listing is told twice, once as resumed.
        calls = [line for line in seen if "resumed>" not in line]
    return None if ended.returncode else len(calls) / _STEPS


if __name__ == "__main__":
    work = chain(_STEPS, "sqlite", goal=None)
    job = work.job(sys.argv[1])
    work.check(job, job.run("watched"))
    job.close()
