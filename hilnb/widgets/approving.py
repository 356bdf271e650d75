"""The field of an approval: what a model wants to do, action by action, and a decision on each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import ipywidgets as widgets

from hilnb.masking import masked, restored
from hilnb.payloads import Action, Approval, Words, read_json
from hilnb.widgets import page
from hilnb.widgets.rules import coverage
from hilnb.widgets.visible import as_editable_json

HOW_TO_WRITE = "What the model gets as the result: JSON, or text. Text like 5 or true: put it in quotes."


class ApprovalField:
    """A row for each action; none is decided beforehand, and nothing is sent before all are."""

    def __init__(self, kind: Approval) -> None:
        self._kind = kind
        self.rows = [ActionRow(action) for action in kind.actions]
        self.inputs = [control for row in self.rows for control in row.inputs]
        self.control = self.rows[0].choice
        self.box = widgets.VBox([row.box for row in self.rows], layout=widgets.Layout(align_items="stretch"))

    @property
    def allowed(self) -> list[str]:
        """The tools that the person allows for the rest of the run."""
        return [row.name for row in self.rows if row.choice.value == "approve" and row.always.value]

    def offer_no_rules(self) -> None:
        """Leave out "Always allow": nobody would keep to it."""
        for row in self.rows:
            row.offer_no_rule()

    def decide_by_rule(self, tools: Collection[str]) -> None:
        """Have the actions of these tools approved."""
        for row in self.rows:
            if row.name in tools:
                row.decide_by_rule()

    def ask_again_about(self, tool: str) -> None:
        """Leave this tool's actions to the person again."""
        for row in self.rows:
            if row.name == tool:
                row.ask_again()

    def read(self) -> Any:
        """The decisions, in the shape of the framework that asks; what is missing is said at its row."""
        decisions = [row.decision() for row in self.rows]
        missing = [row for row, decision in zip(self.rows, decisions) if decision is None]
        if missing:
            self.control = missing[0].control
            raise ValueError("Nothing was sent yet: see above.")
        return self._kind.answer([decision for decision in decisions if decision is not None])


class ActionRow:
    """One action, the choice among what is allowed, and what belongs to the choice."""

    def __init__(self, action: Action) -> None:
        self._action, self.name = action, action.name
        decisions = [(each.capitalize(), each) for each in action.allowed]
        self.choice = widgets.RadioButtons(options=decisions, value=None, description="Decision")
        self.choice.add_class("hilnb-decision")
        arguments = as_editable_json(masked(action.args))
        self.arguments = widgets.Textarea(arguments, description="Arguments", rows=min(arguments.count("\n") + 2, 16))
        # Without its name: what stands beside a checkbox is searched for formulas.
        self.always = widgets.Checkbox(indent=False, description=f"Always allow: {coverage('this tool')}")
        self.always.add_class("hilnb-always")
        self.reason = widgets.Text(description="Reason", placeholder="May stay empty")
        is_words = isinstance(action.response, Words)
        self.words = (widgets.Text if is_words else widgets.Textarea)(description="Response")
        self.words.placeholder = "What the model gets as the tool's result" if is_words else HOW_TO_WRITE
        self.details = {"approve": self.always, "edit": self.arguments, "reject": self.reason, "respond": self.words}
        self.inputs = [self.choice, *(self.details[each] for each in action.allowed if each in self.details)]
        self.message, self.rule = widgets.HTML(), widgets.HTML()
        self.box = widgets.VBox([widgets.HTML(page.action(action)), self.rule, *self.inputs, self.message])
        self.box.add_class("hilnb-action")
        self.control: widgets.DOMWidget = self.choice
        self.choice.observe(self._chosen, "index")
        self._chosen(None)

    def decision(self) -> dict[str, Any] | None:
        """The decision as it stands; None when there is none, and then the row says why."""
        try:
            decided = self._decided()
        except ValueError as problem:
            self.message.value = page.alert(str(problem))
            return None
        self.message.value = ""
        return decided

    def offer_no_rule(self) -> None:
        """Leave out "Always allow"."""
        self.details.pop("approve", None)
        self.inputs = [each for each in self.inputs if each is not self.always]
        self.box.children = [each for each in self.box.children if each is not self.always]
        self.always.close()

    def decide_by_rule(self) -> None:
        """Have it approved, as a rule of the person's says; they may still decide otherwise."""
        self.choice.value = "approve"
        self.rule.value = page.preformatted("Approved by your rule, unless you decide otherwise.", "hilnb-muted")
        self.always.layout.display = "none"

    def ask_again(self) -> None:
        """Leave to the person what a rule had decided."""
        if self.rule.value:
            self.rule.value = ""
            self.choice.value = None

    def _chosen(self, _: Any) -> None:
        """Show what belongs to the choice; what was typed for another one is kept."""
        shown = self.details.get(self.choice.value, self.choice)
        for control in self.details.values():
            display = "flex" if control is shown else "none"
            control.layout = widgets.Layout(display=display, width="auto", min_width="0")
        self.message.value = ""
        # The cursor goes where something is to be typed, and a rule is not.
        self.control = self.choice if shown is self.always else shown

    def _decided(self) -> dict[str, Any]:
        match self.choice.value:
            case "approve":
                return {"type": "approve"}
            case "edit":
                return {"type": "edit", "edited_action": {"name": self._action.name, "args": self._edited()}}
            case "reject":
                reason = self.reason.value.strip()
                return {"type": "reject", "message": reason} if reason else {"type": "reject"}
            case "respond":
                if not self.words.value.strip():
                    raise ValueError("Type the response first.")
                return {"type": "respond", "message": self._action.response.read(self.words.value)}
        raise ValueError("Decide about this action first.")

    def _edited(self) -> dict[str, Any]:
        try:
            args = read_json(self.arguments.value)
        except ValueError as error:
            raise ValueError(f"The arguments are not JSON: {error}.") from None
        if not isinstance(args, dict):
            raise ValueError('The arguments have to be a JSON object: {"name": value, …}.')
        return dict(restored(args, self._action.args))
