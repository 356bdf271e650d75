"""What a run hears from its graph while it is at work: events become entries of the log and marks of the nodes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from hilnb.differences import told
from hilnb.engines import Path
from hilnb.masking import masked
from hilnb.widgets.board import Board, path_of, spoken
from hilnb.widgets.conversation import before_and_new, is_piece, taken_apart, without_silence
from hilnb.widgets.log import Changes, Log
from hilnb.widgets.updating import changes_of


class Hearing:
    """Takes the events.

    Args:
        added: The keys of each graph to which an update is added, by the path of the node that holds it.
        log: Is told what happened.
        board: Is told how the nodes stand.
        changed: Called when there is something new to see.

    Attributes:
        values: The state, as far as it is known.
        has_started: Whether a node has, since somebody said that none had.
    """

    def __init__(
        self, added: Mapping[Path, Collection[str]], log: Log, board: Board, changed: Callable[[], None]
    ) -> None:
        self.values: Any = {}
        self.has_started = False
        self._log, self._board, self._changed = log, board, changed
        self._added = added
        self._states: dict[tuple[str, ...], Any] = {}  # of each graph, before its present superstep
        self._given: Any = None  # what the present leg set out with
        self._begun = False  # whether its conversation has

    def begin(self, given: Any) -> None:
        """A leg sets out with this input."""
        self._given, self._begun = given, False

    def take(self, ns: tuple[str, ...], mode: str, event: Any) -> None:
        """Take one event of the graph at `ns`."""
        if mode == "messages":
            message, about = event
            if is_piece(message):  # a whole one comes with its node's update
                self._log.hear(spoken(path_of(ns, about["langgraph_node"])), message)
        elif mode == "tasks":
            self._take_task(ns, event)
        else:
            self._states[ns] = event
            if not ns:
                self._take_values(event)

    def _take_values(self, event: Any) -> None:
        questions = "__interrupt__"
        self.values = {k: v for k, v in event.items() if k != questions} if isinstance(event, dict) else event
        if not self._begun:
            self._begun = True
            before, new = before_and_new(self.values, self._given)
            self._log.know(before)
            for message in new:
                self._log.say("input", message)

    def _take_task(self, ns: tuple[str, ...], event: Any) -> None:
        self.has_started = True
        if "input" in event:
            self._board.begin(ns, event["name"], event["id"])
        else:
            mark = "failed" if event["error"] else "waiting" if event["interrupts"] else "done"
            self._board.end(ns, event["name"], event["id"], mark)
            if mark == "done":
                self._tell(ns, path_of(ns, event["name"]), event["result"])
        self._log.speaker = ", ".join(self._board.marked("now"))
        self._changed()

    def _tell(self, ns: tuple[str, ...], path: Path, update: Any) -> None:
        messages, others = taken_apart(update)
        node = spoken(path)
        for message in messages:
            self._log.say(node, message)
        state, added = self._states.get(ns), self._added.get(path[:-1])
        if isinstance(others, Mapping) and isinstance(state, Mapping):
            others = without_silence(others, {key: value for key, value in state.items() if key in (added or ())})
            state = masked({key: state[key] for key in others if key in state})
        changes = changes_of(masked(others), state, added)
        if changes is not None:
            self._log.add("changes", node, Changes(told(changes), others))
        elif others or not messages:
            self._log.add("update", node, others)
