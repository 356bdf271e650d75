"""hilnb where there are no threads, no other programs and no sockets: Pyodide, run by Node.js.

HILNB_PYODIDE names the folder of the npm package `pyodide`; where it is not set these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import ipywidgets
import pytest

from tests.pyodide.behaviours import BEHAVIOURS

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What became of each behaviour in Pyodide: "" or a traceback."""
    pyodide = os.environ.get("HILNB_PYODIDE")
    if not pyodide:
        pytest.skip("set HILNB_PYODIDE to node_modules/pyodide after `npm install pyodide` (needs Node.js)")
    node = shutil.which("node")
    assert node, "HILNB_PYODIDE is set, and there is no Node.js on the PATH"
    output = tmp_path_factory.mktemp("pyodide") / "told.json"
    packages = Path(ipywidgets.__file__).parents[1]
    command = [node, HERE / "run.mjs", Path(pyodide).resolve(), HERE.parents[1], packages, output]
    ended = subprocess.run(command, cwd=output.parent, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return json.loads(output.read_text())


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_in_pyodide(told, behaviour):
    assert told[behaviour] == ""
