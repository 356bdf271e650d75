"""The questions a run stands at, on the screen: a form for each node that asks, and the rules that are in force."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import ipywidgets as widgets

from hilnb.widgets import page
from hilnb.widgets.approving import ApprovalField
from hilnb.widgets.countdown import Countdown
from hilnb.widgets.forms import form_of, form_of_all
from hilnb.widgets.prompt import Prompt
from hilnb.widgets.question import NothingAskedError, Question, RefusedAnswerError
from hilnb.widgets.rules import coverage
from hilnb.widgets.session import Run
from hilnb.widgets.together import TogetherField
from hilnb.widgets.visible import visible

MANY = 6
"""Forms; more of them stand close together, in a box of their own that scrolls."""

STYLE = """<style>
.hilnb .hilnb-count { font-weight: 600; margin: 8px 0 0; }
.hilnb .hilnb-many { max-height: 32em; overflow: auto; }
.hilnb .hilnb-many .hilnb-form { margin: 4px 0 2px; padding-top: 0; padding-bottom: 0; }
.hilnb .hilnb-form.hilnb-answered { border-left-color: var(--jp-border-color1, #bdbdbd); padding-top: 0;
  padding-bottom: 0; margin: 4px 0 2px; }
.hilnb .hilnb-rule { align-items: center; gap: 4px 12px; margin: 6px 0 0; }
.hilnb .hilnb-rule .widget-html { flex: 1 1 200px; min-width: 0; }
.hilnb .hilnb-always { height: auto; width: auto; margin: 0 0 4px; }
.hilnb .hilnb-form .hilnb-always label { display: flex; align-items: flex-start; height: auto; width: auto;
  white-space: normal; line-height: 1.45; }
.hilnb .hilnb-form .hilnb-always input { flex: none; align-self: flex-start; margin: 3px 8px 0 0; }
.hilnb .hilnb-always span { overflow-wrap: anywhere; min-width: 0; }
.hilnb .hilnb-many .hilnb-form .hilnb-label { float: left; margin-right: .8em; }
.hilnb .hilnb-wanted a { color: var(--jp-content-link-color, #1976d2); text-decoration: underline; }
.hilnb .hilnb-together .hilnb-one { margin: 4px 0; }
.hilnb .hilnb-tree { margin: 2px 0; }
.hilnb .hilnb-tree > *, .hilnb .hilnb-tree details > :not(summary) { margin-left: 1.2em; overflow-wrap: anywhere; }
.hilnb .hilnb-tree details > summary { margin-left: -1.1em; }
.hilnb .hilnb-tree .hilnb-label { margin-right: .6em; }
</style>"""


class Asking:
    """The forms of the open questions, kept as long as their question is open.

    Args:
        run: Whose questions.
        answer: Takes a question, its answer, and the tools allowed with it; raises NothingAskedError when another
            answer came first.
    """

    def __init__(self, run: Run, answer: Callable[[Question, Any, Collection[str]], None]) -> None:
        self._run, self._answer = run, answer
        self._forms: dict[tuple[Question, ...], Prompt] = {}
        self._countdowns: dict[tuple[Any, ...], Countdown] = {}
        self._rules: dict[str, widgets.HBox] = {}
        self._count, self._list, self._rows = widgets.HTML(), widgets.VBox(), widgets.VBox()
        self._count.add_class("hilnb-count")
        self._time = widgets.VBox()
        self.box = widgets.VBox([self._rows, self._count, self._time, self._list])

    def paint(self, *, take_cursor: bool) -> None:
        """Bring what is shown up to date.

        Args:
            take_cursor: Whether the first new question may take the cursor.
        """
        groups = grouped(self._run.questions)
        for group in [group for group in self._forms if group not in groups]:
            form = self._forms.pop(group)
            form.foot.children = ()  # a countdown may stand in other forms too
            close(form.box)
        for group in groups:
            if group not in self._forms:
                self._forms[group] = self._form(group)
                if len(self._forms) == 1 and take_cursor:
                    self._forms[group].focus_when_shown()
            elif all(question.answered for question in group):
                self._forms[group].close("Answered.")
        self._paint_count()
        self._paint_countdowns()
        self._paint_rules()
        self._list.children = tuple(form.box for form in self._forms.values())

    def _form(self, group: tuple[Question, ...]) -> Prompt:
        if len(group) == 1:
            form = form_of(group[0], lambda question, answer: self._take(form, group, [answer]))
        else:
            form = form_of_all(group, lambda _, answers: self._take(form, group, answers))
        for question, field in zip(group, form.fields):
            if isinstance(field, ApprovalField):
                field.decide_by_rule(question.by_rule)
                if not self._run.rules.are_kept:
                    field.offer_no_rules()
        return form

    def _take(self, form: Prompt, group: tuple[Question, ...], answers: Sequence[Any]) -> None:
        """Hand over what a form says, but for what was answered elsewhere meanwhile."""
        if isinstance(form.field, TogetherField):
            self._check(form.field, group, answers)
        refusals = []
        for question, answer, field in zip(group, answers, form.fields):
            try:
                self._answer(question, answer, field.allowed if isinstance(field, ApprovalField) else ())
            except NothingAskedError as refusal:
                refusals.append(refusal)
        if refusals:
            raise NothingAskedError("\n".join(map(str, refusals)))
        if self._run.questions:  # others are open still
            form.shrink(page.answered(group))

    def _check(self, field: TogetherField, group: tuple[Question, ...], answers: Sequence[Any]) -> None:
        """See that all answers of one form will be taken, before the first is."""
        refused = False
        for place, (question, answer) in enumerate(zip(group, answers)):
            try:
                question.check(answer)
            except RefusedAnswerError as problem:
                field.refuse(place, problem)
                refused = True
        if refused:
            raise ValueError("Nothing was sent yet: see above.")

    def _paint_count(self) -> None:
        questions = self._run.questions
        count = sum(question.answered for question in questions)
        self._count.value = f"{count} of {len(questions)} answered. The run goes on when all are."
        self._count.layout.display = None if len(questions) > 1 else "none"
        (self._list.add_class if len(self._forms) > MANY else self._list.remove_class)("hilnb-many")

    def _paint_countdowns(self) -> None:
        """One countdown for all forms whose time is over at once; above them when it is that of all, else in each."""
        waiting: dict[tuple[Any, ...], Countdown] = {}
        labels: dict[Prompt, tuple[widgets.HTML, ...]] = {}
        for group, form in self._forms.items():
            timed = [each for each in group if each.deadline is not None and not each.answered]
            if timed:
                first = min(timed, key=lambda question: question.due)
                key = (first.deadline, first.due)
                waiting[key] = self._countdowns.get(key) or waiting.get(key) or Countdown(first)
                labels[form] = (waiting[key].label,)
            elif not all(each.answered for each in group):
                labels[form] = ()
        together = len(labels) > 1 and len({*labels.values()}) == 1
        self._time.children = next(iter(labels.values())) if together else ()
        for form in self._forms.values():
            form.foot.children = () if together else labels.get(form, ())
        for key in self._countdowns.keys() - waiting.keys():
            self._countdowns[key].stop()
        self._countdowns = waiting

    def _paint_rules(self) -> None:
        tools = self._run.rules.tools
        for tool in [tool for tool in self._rules if tool not in tools]:
            close(self._rules.pop(tool))
            self._ask_again_about(tool)
        for tool in tools:
            if tool not in self._rules:
                self._rules[tool] = self._rule(tool)
        self._rows.children = tuple(self._rules.values())

    def _rule(self, tool: str) -> widgets.HBox:
        button = widgets.Button(description="Take back", tooltip=f"Ask about {visible(tool)} again")
        button.layout = widgets.Layout(width="auto", flex="none")
        button.on_click(lambda _: self._take_back(tool))
        said = widgets.HTML(page.preformatted(f"Your rule: {coverage(tool)}.", "hilnb-muted"))
        row = widgets.HBox([said, button], layout=widgets.Layout(flex_flow="row wrap"))
        row.add_class("hilnb-rule")
        return row

    def _take_back(self, tool: str) -> None:
        self._ask_again_about(tool)  # first: nothing may be sent by a rule that is no more
        self._run.rules.take_back(tool)

    def _ask_again_about(self, tool: str) -> None:
        for group, form in self._forms.items():
            for question, field in zip(group, form.fields):
                if isinstance(field, ApprovalField) and tool in question.by_rule:
                    question.by_rule -= {tool}
                    field.ask_again_about(tool)


def grouped(questions: Iterable[Question]) -> list[tuple[Question, ...]]:
    """The questions, those of one run of a node together."""
    groups: dict[str, list[Question]] = {}
    for question in questions:
        groups.setdefault(question.asker or question.id, []).append(question)
    return [tuple(group) for group in groups.values()]


def close(widget: Any) -> None:
    """Free a widget and those inside it; ipywidgets keeps all others, and what their callbacks hold, for ever."""
    for child in getattr(widget, "children", ()):
        close(child)
    widget.close()
