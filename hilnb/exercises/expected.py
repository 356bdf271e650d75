"""What a teacher expects; an exercise that is written wrongly is refused here, before anything is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hilnb.constants import END, START

__all__ = ["Expected"]


@dataclass(frozen=True)
class Expected:
    """The arguments of `exercise`, as they are told there.

    Attributes:
        is_played: Whether the exercise runs a graph.

    Raises:
        TypeError: There is nothing to check, or an argument is no list.
        ValueError: Nobody can solve it.
    """

    answers: Sequence[Any] | None
    path: Sequence[str] | None
    state: Any
    once: Sequence[Any]
    calls: list[Any] | None
    hint: str
    is_played: bool

    @property
    def needs_run(self) -> bool:
        """Whether a state alone is not enough to check it."""
        return bool(self.answers is not None or self.path is not None or self.once)

    def __post_init__(self) -> None:
        if not self.is_played and not self.needs_run and self.state is None:
            raise TypeError("exercise(…): nothing to check. Give an input to run a graph with, or a state=… to expect.")
        if isinstance(self.state, Mapping) and not self.state:
            raise TypeError("exercise(state={}): that expects nothing. Name a key and its value, or leave it out.")
        for name in ("answers", "path", "once"):
            given = getattr(self, name)
            if given is not None and (not isinstance(given, Sequence) or isinstance(given, (str, bytes))):
                raise TypeError(f"exercise({name}={given!r}): give a list, {name}=[{given!r}].")
        if not isinstance(self.hint, str):
            raise TypeError(f"exercise(hint={self.hint!r}): the hint is a text.")
        self._check_path()
        self._check_once()

    def _check_path(self) -> None:
        for name in self.path or ():
            if not isinstance(name, str):
                raise TypeError(f"exercise(path=[… {name!r} …]): a path is a list of the nodes' names.")
            if name in (START, END, "START", "END"):
                raise ValueError(
                    f"exercise(path=[… {name!r} …]): leave out START and END; a path has the nodes' names."
                )

    def _check_once(self) -> None:
        if self.calls is not None:
            if not isinstance(self.calls, list):
                raise TypeError(f"exercise(calls={self.calls!r}): give the list that the side effects append to.")
            if not self.once:
                raise TypeError("exercise(calls=…): say in once=[…] what has to be added to that list exactly once.")
            return
        for name in self.once:
            if not isinstance(name, str):
                raise TypeError(f"exercise(once=[… {name!r} …]): without calls=…, these are the nodes' names.")
            if self.path is not None and (count := self.path.count(name)) != 1:
                often = "is not on the path" if count == 0 else f"stands on the path {count} times"
                raise ValueError(f"exercise(once=[… {name!r} …]): nobody can solve this, for {name!r} {often}.")
