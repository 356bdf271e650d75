"""What a thread went through: each checkpoint as a moment, and the branches that the moments make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hilnb.constants import END, START
from hilnb.differences import Change, differences
from hilnb.masking import masked
from hilnb.types import StateSnapshot

__all__ = ["Asked", "Moment", "Timeline"]


@dataclass(frozen=True)
class Asked:
    """A question that was open at a moment.

    Attributes:
        node: The node that asked.
        value: What it asked.
        answer: What it was told, in a tuple of one; empty while it has no answer.
        schema: What an answer had to look like, where it named that.
    """

    node: str
    value: Any
    answer: tuple[Any, ...] = ()
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Moment:
    """A thread at one checkpoint.

    Attributes:
        config: Names the checkpoint.
        step: Its number in the thread, as in its metadata.
        source: What made it: "input", "loop" (a superstep), "update" or "fork".
        ran: The nodes whose work led to it, once for each turn.
        next: The nodes that came next, once for each turn.
        asked: The questions of those.
        failed: Those that failed, with the error.
        inside: Of those that hold a graph, the name, numbered where it came several times, and the config of that
            graph's own thread.
        values: The state.
        created_at: When, ISO 8601, UTC.
        parent: The id of the checkpoint before it; "" for the first.
        was_answered: Whether an answer is what the work that led to it went on with.
    """

    config: Mapping[str, Any]
    step: int
    source: str
    ran: tuple[str, ...]
    next: tuple[str, ...]
    asked: tuple[Asked, ...]
    failed: Mapping[str, str]
    inside: tuple[tuple[str, Mapping[str, Any]], ...]
    values: Any
    created_at: str
    parent: str
    was_answered: bool

    @property
    def id(self) -> str:
        """The checkpoint's id."""
        return str(self.config["configurable"]["checkpoint_id"])

    @property
    def headline(self) -> str:
        """What led here, and what came next, in one line."""
        return f"{self.before}; {self.after}"

    @property
    def before(self) -> str:
        """What led here."""
        if self.source == "input":
            return "an input came"
        if self.source == "update":
            return "the state was changed by hand"
        if self.source == "fork":
            return "another way begins here"
        if self.ran in ((), (START,)):
            return "the input was taken in"
        return f"after {_counted(self.ran)}{', because of an answer' if self.was_answered else ''}"

    @property
    def after(self) -> str:
        """What came next."""
        if self.failed:
            return f"{_counted(tuple(self.failed))} failed"
        if self.asked:
            return f"{_counted(tuple(asked.node for asked in self.asked))} asked"
        if self.next in ((), (START,)):
            return "the input is taken in next" if self.next else "the end"
        return f"next: {_counted(self.next)}"


@dataclass(frozen=True)
class Timeline:
    """The moments of a thread, oldest first.

    Attributes:
        moments: All of them, also those of ways that were left.
        branches: For each moment that nothing followed, the places in `moments` that lead to it, the oldest first. A
            thread on which nothing was tried anew has one.
    """

    moments: tuple[Moment, ...]
    branches: tuple[tuple[int, ...], ...] = field(init=False)

    def __post_init__(self) -> None:
        followed = {moment.parent for moment in self.moments}
        ends = [n for n, moment in enumerate(self.moments) if moment.id not in followed]
        object.__setattr__(self, "branches", tuple(self.way_to(end) for end in ends))

    @classmethod
    def of(cls, snapshots: Iterable[StateSnapshot], answers: Mapping[str, Any]) -> Timeline:
        """The timeline that a history tells.

        Args:
            snapshots: As `get_state_history` yields them.
            answers: What was told to questions, by their ids.
        """
        known = {_id(snapshot.config): snapshot for snapshot in snapshots}
        ordered = sorted(known.values(), key=lambda snapshot: _id(snapshot.config))  # ids sort by time
        return cls(tuple(_moment(each, known.get(_id(each.parent_config)), answers) for each in ordered))

    def way_to(self, number: int) -> tuple[int, ...]:
        """The places of the moments that lead to the moment at a place, itself included."""
        way = [number]
        while (before := self._before(way[-1])) is not None:
            way.append(before)
        return tuple(reversed(way))

    def branches_of(self, number: int) -> list[int]:
        """The branches, by their place, that go through the moment at a place."""
        return [n for n, branch in enumerate(self.branches) if number in branch]

    def changes(self, number: int) -> list[Change]:
        """What the state at a place has, and the state before had not; to be shown, so secrets are masked."""
        place = self._before(number)
        before: Any = {} if place is None else self.moments[place].values
        return differences(masked(before), masked(self.moments[number].values))

    def parting(self, one: int, other: int) -> int:
        """The place of the last moment that two branches, by their places, have in common; -1 for none."""
        common = set(self.branches[one]) & set(self.branches[other])
        return max(common, default=-1)

    def went_on(self, number: int) -> bool:
        """Whether the nodes that came next at a moment have ended."""
        return self.moments[number].id in self._gone_on

    def marks(self, number: int) -> dict[str, str]:
        """How each node stood, by name: "done", "now", "waiting" or "failed"."""
        moment = self.moments[number]
        marks = dict.fromkeys(self.times(number), "done")
        marks |= dict.fromkeys(moment.next, "now")
        marks |= {asked.node: "waiting" for asked in moment.asked} | dict.fromkeys(moment.failed, "failed")
        if not moment.next:
            marks[END] = "done"
        return marks

    def times(self, number: int) -> Counter[str]:
        """How often each node had run by then, on the way to it, since the thread's last input."""
        return Counter(name for moment in self.since_input(number) for name in moment.ran)

    def since_input(self, number: int) -> list[Moment]:
        """The moments that lead to the one at a place, itself included, from the thread's last input on."""
        way = [self.moments[place] for place in self.way_to(number)]
        begun = max((n for n, moment in enumerate(way) if moment.source == "input"), default=0)
        return way[begun:]

    def _before(self, number: int) -> int | None:
        """The place of the moment before the one at a place; None for the first."""
        return self._places.get(self.moments[number].parent)

    @cached_property
    def _gone_on(self) -> set[str]:
        return {moment.parent for moment in self.moments if moment.source == "loop"}

    @cached_property
    def _places(self) -> dict[str, int]:
        return {moment.id: place for place, moment in enumerate(self.moments)}


def _moment(snapshot: StateSnapshot, before: StateSnapshot | None, answers: Mapping[str, Any]) -> Moment:
    about: Mapping[str, Any] = snapshot.metadata or {}
    source = str(about.get("source", ""))
    done = before.tasks if before is not None and source == "loop" else ()
    return Moment(
        config=snapshot.config,
        step=int(about.get("step", 0)),
        source=source,
        ran=tuple(task.name for task in done if task.result is not None),
        next=tuple(task.name for task in snapshot.tasks),
        asked=tuple(
            Asked(
                task.name,
                each.value,
                (answers[each.id],) if each.id in answers else (),
                getattr(each, "response_schema", None),  # an older release of LangGraph has none
            )
            for task in snapshot.tasks
            for each in task.interrupts
        ),
        failed={task.name: str(task.error) for task in snapshot.tasks if task.error},
        inside=_numbered([(task.name, task.state) for task in snapshot.tasks if isinstance(task.state, Mapping)]),
        values=snapshot.values,
        created_at=snapshot.created_at or "",
        parent=_id(snapshot.parent_config),
        was_answered=any(each.id in answers for task in done for each in task.interrupts),
    )


def _numbered(inside: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """The same, with a number after a name that comes several times."""
    often, seen = Counter(name for name, _ in inside), Counter[str]()
    found = []
    for name, config in inside:
        seen[name] += 1
        found.append((f"{name} {seen[name]}" if often[name] > 1 else name, config))
    return tuple(found)


def _id(config: Mapping[str, Any] | None) -> str:
    return "" if config is None else str(config["configurable"].get("checkpoint_id", ""))


def _counted(names: Sequence[str]) -> str:
    """Names as they are listed, each once.

    >>> _counted(("plan", "work", "work"))
    'plan and work ×2'
    """
    said = [name if count == 1 else f"{name} ×{count}" for name, count in Counter(names).items()]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
