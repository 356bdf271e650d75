"""The memory that a person on Binder takes who runs lessons from top to bottom: `python replay.py notebooks/*.ipynb`.

Counted is the resident memory of a JupyterLab that has opened the lesson, of the lesson's kernel, and of all that these
start (`dot`). What processes share counts in each of them, so that a sum is rather too high. One kernel runs at a time;
nobody answers, so that every question takes the answer given beforehand.

This runs with the Python of the environment that is measured, and needs no more than `binder/requirements.txt` brings.
"""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

TIMES_A_SECOND = 20
TOKEN = secrets.token_hex(16)


def main(paths: list[Path]) -> None:
    """Print the greatest memory of each notebook, in megabytes of 1,000,000 bytes.

    Raises:
        CellExecutionError: A cell failed that is not tagged `raises-exception`.
    """
    with jupyterlab(paths[0].parent) as address:
        for path in paths:
            for page in (f"lab/tree/{path.name}", "lab/api/settings", f"api/contents/{path.name}"):
                urllib.request.urlopen(f"{address}/{page}?token={TOKEN}", timeout=60).read()
            print(f"{greatest_memory(path) / 1e6:.0f} MB  {path.stem}", flush=True)


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """A server for a folder, at the address that comes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"ServerApp.port": port, "ServerApp.port_retries": 0, "ServerApp.ip": "127.0.0.1"}
    options |= {"ServerApp.root_dir": folder, "IdentityProvider.token": TOKEN}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--log-level=WARN"]
    with subprocess.Popen([*command, *(f"--{name}={value}" for name, value in options.items())]) as server:
        try:
            until_up(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def until_up(server: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a server takes connections: it names its address before that."""
    deadline = time.monotonic() + 60
    while True:
        with suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port)).close()
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("JupyterLab did not start")
        time.sleep(0.1)


def greatest_memory(path: Path) -> int:
    """Run a notebook in its folder; the most bytes that all below this process held at once."""
    lesson = NotebookClient(nbformat.read(path, 4), timeout=120, resources={"metadata": {"path": str(path.parent)}})
    greatest = 0
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(lesson.execute)
        while wait([run], timeout=1 / TIMES_A_SECOND).not_done:
            greatest = max(greatest, memory_below(psutil.Process()))
    run.result()
    return greatest


def memory_below(process: psutil.Process) -> int:
    """The bytes that all hold which a process has started, and those which they have started."""
    return sum(map(resident, process.children(recursive=True)))


def resident(process: psutil.Process) -> int:
    """The bytes of memory that a process holds; none when it has ended."""
    with suppress(psutil.NoSuchProcess):
        parent = process.parent()
        # Between fork and exec a child has its parent's command, and what it seems to hold is its parent's as well.
        if parent and process.cmdline() != parent.cmdline():
            return process.memory_info().rss
    return 0


if __name__ == "__main__":
    main([Path(name).resolve() for name in sys.argv[1:]])
