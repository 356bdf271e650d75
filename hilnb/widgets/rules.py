"""What a person has allowed for the rest of a run: tools whose calls are approved without asking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hilnb.payloads import Approval
from hilnb.widgets.visible import visible

if TYPE_CHECKING:
    from hilnb.widgets.log import Log
    from hilnb.widgets.question import Question


def coverage(tool: str) -> str:
    """What a rule says, word for word wherever it stands.

    >>> coverage("send_mail")
    'runs every later call of send_mail in this run, whatever its arguments, without asking'
    """
    return f"runs every later call of {visible(tool)} in this run, whatever its arguments, without asking"


class Rules:
    """The tools of one run that are allowed; none is when it begins.

    Args:
        log: Tells when a rule is made and when it is taken back.

    Attributes:
        are_kept: Whether later calls can come to which a rule would apply.
    """

    def __init__(self, log: Log) -> None:
        self._log, self.are_kept = log, True
        self._tools: dict[str, None] = {}

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that are allowed now."""
        return tuple(self._tools)

    def allow(self, tools: Iterable[str], node: str = "") -> None:
        """Approve every later call of these tools."""
        for tool in tools:
            self._tools[tool] = None
            self._log.add("note", node, f"Your rule: {coverage(tool)}.")

    def take_back(self, tool: str) -> None:
        """Ask about this tool again; nothing when it was not allowed."""
        if tool in self._tools:
            del self._tools[tool]
            self._log.add("note", "", f"You took your rule back: calls of {visible(tool)} are asked about again.")

    def apply(self, question: Question) -> None:
        """Note which tools of an approval are allowed; when all are, that is its answer."""
        if not isinstance(question.kind, Approval):
            return
        actions = question.kind.actions
        asked = {action.name for action in actions if "approve" not in action.allowed}
        question.by_rule = frozenset(action.name for action in actions if action.name in self._tools) - asked
        if all(action.name in question.by_rule for action in actions):
            question.answer = question.kind.answer([{"type": "approve"} for _ in actions])
            question.answered, question.answered_by = True, "rule"
