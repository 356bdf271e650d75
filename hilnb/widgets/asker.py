"""What `Run` needs of a graph, where there is none: only questions, and what becomes of their answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hilnb.drawing import Picture
from hilnb.payloads import Inquiry
from hilnb.types import PregelTask, StateSnapshot

if TYPE_CHECKING:
    from hilnb.widgets.session import Run


class NoPicture(Picture):
    """The picture of what has no nodes."""

    def draw_svg(self, *_: Any, **__: Any) -> str:
        """Nothing."""
        return ""

    def draw_html(self, *_: Any, **__: Any) -> str:
        """Nothing."""
        return ""


class Asker:
    """Asks all its questions at once, and stands at its end when they are answered.

    Its state is the reply, made once; before there is one, an empty dict.

    Args:
        inquiry: What is asked.
    """

    checkpointer = True  # it keeps the answers itself
    is_async = False

    def __init__(self, inquiry: Inquiry) -> None:
        self.inquiry, self.nodes = inquiry, {inquiry.who: None}
        self._allowed: Callable[[], Collection[str]] = tuple
        self._answers: dict[str, Any] = {}
        self._is_over, self._reply = False, None

    def begin(self, run: Run) -> None:
        """Set out with a run; what its person allows goes into the reply."""
        run.rules.are_kept, self._allowed = self.inquiry.takes_rules, lambda: run.rules.tools
        run.start(None)

    def stream(self, given: Any, config: Mapping[str, Any], **_: Any) -> Iterator[Any]:
        """Take the answers that a Command brings; when all are there, make the reply of them."""
        self._answers |= {} if given is None else given.resume
        if not self._is_over and not self._open:
            answers = [self._answers[each.id] for each in self.inquiry.questions]
            self._reply, self._is_over = self.inquiry.reply(answers, self._allowed()), True
        yield from ()

    def get_state(self, config: Mapping[str, Any], *, subgraphs: bool = False) -> StateSnapshot:
        """Where it stands: a task for each open question."""
        tasks = tuple(
            PregelTask(each.id, self.inquiry.who, ("__pregel_pull", self.inquiry.who), interrupts=(each,))
            for each in self._open
        )
        values: Any = self._reply if self._is_over else {}
        return StateSnapshot(values, (), dict(config), None, None, None, tasks, tuple(self._open))

    def get_graph(self, *, xray: bool = False) -> NoPicture:
        """No picture."""
        return NoPicture({}, [])

    def get_subgraphs(self, *, recurse: bool = False) -> tuple[()]:
        """None."""
        return ()

    @property
    def _open(self) -> list[Any]:
        return [each for each in self.inquiry.questions if each.id not in self._answers]
