"""The command `hilnb`: `doctor` tells what this environment can do, `new` copies a notebook to begin with.

| module | its one idea |
|---|---|
| `environment` | what is installed, and whether it works: a line each |
| `copying` | the lessons and the template, and copying one |
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from hilnb.command.copying import NotCopiedError, copy_notebook, listing
from hilnb.command.environment import doctor

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says.

    Args:
        argv: The words after the command's name; those of this process when None.

    Returns:
        The exit code: 0 when all is well.
    """
    parser = _parser()
    asked = parser.parse_args(argv)
    if asked.command == "doctor":
        report = doctor()
        print(report)
        return 0 if report.is_ready else 1
    if asked.command == "new":
        return _new(asked.notebook, asked.folder)
    parser.print_help()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hilnb", description="Human-in-the-loop graphs in a Jupyter notebook.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("doctor", help="tell what this environment can do, and what is missing")
    new = commands.add_parser("new", help="copy a lesson, or a template notebook, to begin with")
    new.add_argument("notebook", nargs="?", help="template, or a lesson by its number or name; none lists them")
    new.add_argument("folder", nargs="?", default=".", help="where to; the current folder when left out")
    return parser


def _new(notebook: str | None, folder: str) -> int:
    if notebook is None:
        print(listing())
        return 0
    try:
        made = copy_notebook(notebook, folder)
    except NotCopiedError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Made {made}. Open it with: jupyter lab {_quoted(str(made))}")
    return 0


def _quoted(text: str) -> str:
    """The text as one word of a command line."""
    return f'"{text}"' if " " in text else text
