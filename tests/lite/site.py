"""The JupyterLite site as the tests have it: built by its recipe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RECIPE = Path(__file__).parents[2] / "lite"


def build(folder: Path) -> Path:
    """Follow the recipe in an environment of its own; pip fetches packages, and npm Pyodide where it is not here."""
    python = folder / "venv" / "bin" / "python"
    pyodide = os.environ.get("HILNB_PYODIDE")
    for command in (
        [sys.executable, "-m", "venv", folder / "venv"],
        [python, "-m", "pip", "install", "-q", "-r", RECIPE / "requirements.txt"],
        [python, RECIPE / "build.py", "--site", folder / "site", *(["--pyodide", pyodide] if pyodide else [])],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "site"
