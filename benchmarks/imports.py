"""Imports: what a fresh interpreter pays before the first line of a program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from tempfile import TemporaryDirectory

from benchmarks.measure import Measured, rotated
from benchmarks.quiet import Watch

__all__ = ["count_modules", "measure_imports"]

_CODE = {"hilnb": "import hilnb", "langgraph": "import langgraph.graph", "loop": "pass"}
"""What each engine has to import; for the loop the interpreter starts and stops."""


def measure_imports(rounds: int) -> Measured:
    """The processor time of whole interpreters, started in turns; files are in the cache after a first one.

    All bytecode is written by that first one, as pip does when it installs a package: a checkout that a variable keeps
    from writing any (`PYTHONDONTWRITEBYTECODE`) would be compiled again in each round.
    """
    seconds: Mapping[str, list[float]] = {engine: [] for engine in _CODE}
    quiet = []
    with TemporaryDirectory() as compiled:
        for code in _CODE.values():
            _processor_seconds(code, compiled)
        for turn in range(rounds):
            watch = Watch()
            for engine in rotated(_CODE, turn):
                seconds[engine].append(_processor_seconds(_CODE[engine], compiled))
            quiet.append(watch.was_quiet())
    return Measured(seconds, quiet)


def count_modules(engine: str) -> int:
    """How many modules the import loads that a bare interpreter has not."""
    code = f"import sys; bare = len(sys.modules); {_CODE[engine]}; print(len(sys.modules) - bare)"
    return int(subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout)


def _processor_seconds(code: str, compiled: str) -> float:
    """What one interpreter takes that keeps its bytecode in the folder `compiled`."""
    around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    child = subprocess.Popen([sys.executable, "-c", code], env={**around, "PYTHONPYCACHEPREFIX": compiled})
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{code!r} in a fresh interpreter ended with {child.returncode}: install it first.")
    return used.ru_utime + used.ru_stime
