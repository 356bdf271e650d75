"""`record`: write down what a person answers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hilnb.answers.entry import Entry
from hilnb.answers.replaying import replaying
from hilnb.errors import AnswersError

__all__ = ["Recording", "record", "recording"]


class Recording:
    """Questions and answers on their way into a file; `record` makes it.

    Args:
        path: The file.

    Attributes:
        path: The file, as it was named.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._file = self.path.absolute()  # the notebook may go elsewhere
        if self._file.is_dir() or not os.access(self._file.parent, os.W_OK):
            raise AnswersError(f"record({str(path)!r}): no file can be written there, in {self._file.parent}.")
        self._lock = threading.Lock()
        self._runs: dict[int, list[str]] = {}  # the entries as they are written, by run
        self._has_written = False

    def add(self, run: int, entries: Iterable[Entry]) -> None:
        """Write down what was answered; the file is whole at any moment.

        Args:
            run: Which run asked: a later one has a higher number.
            entries: The questions and answers.

        Raises:
            OSError: It cannot be written; the entries are kept, to be written with the next.
        """
        from hilnb.answers.answers_file import is_writable, text_in_run, text_of, write_texts  # PyYAML: 0.1 s

        with self._lock:
            for entry in entries:
                if not is_writable(entry.answer):
                    kind = type(entry.answer).__name__
                    entry = replace(entry, unwritten=f"the answer, a {kind}, cannot be written as YAML")
                self._runs.setdefault(run, []).append(text_of(entry))
            in_order = [
                text_in_run(text, number)
                for number, key in enumerate(sorted(self._runs), 1)
                for text in self._runs[key]
            ]
            write_texts(self._file, in_order, keep=not self._has_written)
            self._has_written = True

    def close(self) -> None:
        """Write down no more. In a replay of what was recorded this is the end: see that nothing is left over.

        Raises:
            AnswersError: An answer of the file that is replayed is.
        """
        global _current
        if _current is self:
            _current = None
        if (replay := replaying()) is not None:
            replay.finish()

    def __repr__(self) -> str:
        return f"<What is answered from now on is written to {str(self.path)!r}>"


_current: Recording | None = None


def record(path: str | os.PathLike[str]) -> Recording:
    """Write each question that a person answers from now on, and the answer, to a YAML file.

    The file is written after each answer. What stood there before is kept as `….before` when the first one comes;
    an unattended run writes nothing. Secrets are masked, and have to be given otherwise (`docs/answers.md`).

    Args:
        path: The file.

    Returns:
        The recording; `close()` ends it, as does the next `record`.

    Raises:
        AnswersError: No file can be written there.
    """
    global _current
    _current = Recording(path)
    return _current


def recording() -> Recording | None:
    """The recording that is on."""
    return _current
