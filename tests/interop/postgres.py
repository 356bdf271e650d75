"""A PostgreSQL of the tests' own: in a temporary folder, on a loopback port, never as root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`: on PATH, or where Debian puts them."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


@contextmanager
def running_server(programs: Path) -> Iterator[str]:
    """A server for a `with` block; gives its connection string.

    Raises:
        RuntimeError: It does not start; the message is what it said.
    """
    folder = Path(tempfile.mkdtemp(prefix="hilnb-postgres-"))
    owner = None
    if os.geteuid() == 0:  # PostgreSQL does not start as root; Debian's package brings a user for it
        owner = pwd.getpwnam("postgres").pw_name
        shutil.chown(folder, owner)
    data = folder / "data"

    def call(program: str, *given: str) -> None:
        log = folder / "said"
        with log.open("w") as said:  # no pipe: the server would hold it open
            code = subprocess.run(
                [programs / program, *given], user=owner, cwd=folder, stdout=said, stderr=said, stdin=subprocess.DEVNULL
            ).returncode
        if code:
            raise RuntimeError(f"{program} failed: {log.read_text()}")

    try:
        call("initdb", "-D", str(data), "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        port = _free_port()
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        call("pg_ctl", "-D", str(data), "-w", "-t", "30", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://tests@127.0.0.1:{port}/postgres"
        finally:
            call("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
