"""`replay`: answer with what was written down, and miss nothing."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hilnb.answers.entry import Entry, told, told_with_answer
from hilnb.errors import AnswersError, NobodyCanAnswerError

__all__ = ["Replay", "Replayed", "replay", "replaying"]

VARIABLE = "HILNB_ANSWERS"

TO_DO = "Record the notebook again, or change the file."


class Replay:
    """The answers of a file, each to be given once; `replay` makes it.

    As a context manager it ends with the block, which fails when answers are left over.

    Args:
        path: The file.

    Attributes:
        path: The file, as it was named.
        left: The entries whose answers were not given yet.

    Raises:
        AnswersError: As `replay`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        from hilnb.answers.answers_file import read_entries  # PyYAML takes some time to import

        self.path = Path(path)
        if not self.path.exists():
            raise AnswersError(
                f"There is no answers file {str(path)!r} in {Path.cwd()}. Check the name, or write one: "
                f"hilnb.record({str(path)!r}), and answer by hand once."
            )
        self.left: list[Entry] = read_entries(self.path)
        self._begun: set[int] = set()  # the runs of the file that are asked for, or were
        self._lock = threading.Lock()

    def of_run(self, thread: str, where: str = "") -> Replayed:
        """The answers for one run.

        Args:
            thread: The id of its thread, if a person chose it.
            where: "pending" for a run that is opened from the list of waiting threads.
        """
        return Replayed(self, thread, where)

    def take(self, asked: Entry, run: int) -> Entry:
        """Take the entry that answers a question.

        Args:
            asked: The question.
            run: The run of the file that the asking one repeats; 0 when that is not known yet.

        Raises:
            NobodyCanAnswerError: There is none; the text shows the question, and what the file has in its place.
            AnswersError: It belongs to a later run, and an earlier one was passed over.
        """
        with self._lock:
            open_to_it = [entry for entry in self.left if self._is_open(entry, run)]
            found = next((entry for entry in open_to_it if entry.is_asked_by(asked)), None)
            if found is None:
                raise NobodyCanAnswerError(self._changed(asked, open_to_it))
            if not asked.where and found.run and found.run != run:
                self._see_that_none_is_passed_over(found.run)
            self._begun.add(found.run)
            self.left.remove(found)
            return found

    def next_in(self, where: str, threads: set[str]) -> str | None:
        """The thread of the first entry that was answered at `where`, of those that are given."""
        with self._lock:
            fitting = (entry.thread for entry in self.left if entry.where == where and entry.thread in threads)
            return next(fitting, None)

    def finish_run(self, run: int) -> None:
        """See that nothing is left over of a run that has ended.

        Raises:
            AnswersError: An answer is.
        """
        left = [entry for entry in self.left if run and entry.run == run]
        self._complain(left, "The run has ended, and did not ask for all its answers")

    def finish(self) -> None:
        """End the replay, and see that nothing is left over.

        Raises:
            AnswersError: An answer is.
        """
        self.close()
        self._complain(self.left, "Not all answers were asked for")

    def close(self) -> None:
        """End the replay, whatever is left over."""
        global _current
        if _current is self:
            _current = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        self.close()

    def __repr__(self) -> str:
        return f"<Questions are answered from {str(self.path)!r}>"

    def _is_open(self, entry: Entry, run: int) -> bool:
        return entry.run in (0, run) or (not run and entry.run not in self._begun)

    def _see_that_none_is_passed_over(self, run: int) -> None:
        skipped = [entry for entry in self.left if 0 < entry.run < run and entry.run not in self._begun]
        self._complain(
            [entry for entry in skipped if not entry.where], f"Run {run} is asked for, and one before it was not"
        )

    def _complain(self, left: list[Entry], why: str) -> None:
        if left:
            raise AnswersError(f"{why}. Left over in {self.path}:\n{_lines(left)}\n{TO_DO}")

    def _changed(self, asked: Entry, open_to_it: list[Entry]) -> str:
        near = [entry for entry in open_to_it if entry.where == asked.where]
        question = f"asked now{told(asked)}"
        if not near:
            return f"Nobody is here to answer, and {self.path} has no answer left:\n{question}\n{TO_DO}"
        then = max(near, key=lambda entry: (entry.thread in ("", asked.thread), entry.node in ("", asked.node)))
        return (
            f"Nobody is here to answer, and {self.path} has no such question:\n{question}\n"
            f"recorded in line {then.line}{told(then)}\n{TO_DO}"
        )

    def say_at_exit(self) -> None:
        """Say what is left over, where nothing can fail any more; a kernel's own output is closed by then."""
        if self.left and sys.__stderr__ is not None:
            said = f"hilnb: not all answers of {self.path} were asked for. Left over:\n{_lines(self.left)}\n{TO_DO}"
            sys.__stderr__.write(f"\n{said}\n")
            sys.__stderr__.flush()


class Replayed:
    """The answers of a file for one run.

    Args:
        replay: The file's answers.
        thread: The id of its thread, if a person chose it.
        where: "pending" for a run that is opened from the list of waiting threads.
    """

    def __init__(self, replay: Replay, thread: str, where: str) -> None:
        self._replay, self._thread, self._where = replay, thread, where
        self._run = 0

    def answer(self, node: str, question: str) -> Any:
        """The answer to a question.

        Args:
            node: The node that asks.
            question: Its words.

        Raises:
            NobodyCanAnswerError: As `Replay.take`.
            AnswersError: As there.
        """
        asked = Entry(thread=self._thread, node=node, where=self._where, question=question)
        found = self._replay.take(asked, self._run)
        self._run = self._run or found.run
        return found.given

    def finish(self) -> None:
        """See that the run, which has ended, asked for all its answers.

        Raises:
            AnswersError: It did not.
        """
        self._replay.finish_run(self._run)


_current: Replay | None = None
_outside: Replay | None = None


def replay(path: str | os.PathLike[str]) -> Replay:
    """Answer all questions from now on with what `record` wrote, also where a person could.

    Args:
        path: The file.

    Returns:
        The replay: `with hilnb.replay(…):` or `finish()` fails when answers are left over, `close()` just ends it.

    Raises:
        AnswersError: The file is not there, or malformed; the text names the line.
    """
    global _current
    _current = Replay(path)
    return _current


def replaying() -> Replay | None:
    """The replay that is on: that of the notebook, else that of the environment variable HILNB_ANSWERS.

    Raises:
        AnswersError: As `replay`, of the file that the variable names.
    """
    global _outside
    named = os.environ.get(VARIABLE)
    if _current is not None or not named:
        return _current
    if _outside is None or str(_outside.path) != str(Path(named)):
        try:
            _outside = Replay(named)
        except AnswersError as error:
            raise AnswersError(f"{VARIABLE}={named}: {error}") from None
        atexit.register(_outside.say_at_exit)
    return _outside


def _lines(entries: list[Entry]) -> str:
    return "\n".join(map(told_with_answer, entries))
