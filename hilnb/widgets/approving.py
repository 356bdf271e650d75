"""The field of an approval: what a model wants to do, action by action, and a decision on each."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from hilnb.masking import masked, restored
from hilnb.payloads import Action, Approval, read_json
from hilnb.widgets import page
from hilnb.widgets.visible import as_editable_json


class ApprovalField:
    """A row for each action; none is decided beforehand, and nothing is sent before all are."""

    def __init__(self, kind: Approval) -> None:
        self._kind = kind
        self.rows = [ActionRow(action) for action in kind.actions]
        self.inputs = [control for row in self.rows for control in row.inputs]
        self.control = self.rows[0].choice
        self.box = widgets.VBox([row.box for row in self.rows], layout=widgets.Layout(align_items="stretch"))

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
        self._action = action
        decisions = [(each.capitalize(), each) for each in action.allowed]
        self.choice = widgets.RadioButtons(options=decisions, value=None, description="Decision")
        self.choice.add_class("hilnb-decision")
        arguments = as_editable_json(masked(action.args))
        self.arguments = widgets.Textarea(arguments, description="Arguments", rows=min(arguments.count("\n") + 2, 16))
        self.reason = widgets.Text(description="Reason", placeholder="May stay empty")
        self.words = widgets.Text(description="Response", placeholder="What the model gets as the tool's result")
        self.details = {"edit": self.arguments, "reject": self.reason, "respond": self.words}
        self.inputs = [self.choice, *(self.details[each] for each in action.allowed if each in self.details)]
        self.message = widgets.HTML()
        self.box = widgets.VBox([widgets.HTML(page.action(action)), *self.inputs, self.message])
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

    def _chosen(self, _: Any) -> None:
        """Show what belongs to the choice; what was typed for another one is kept."""
        for decision, control in self.details.items():
            shown = "flex" if decision == self.choice.value else "none"
            control.layout = widgets.Layout(display=shown, width="auto", min_width="0")
        self.message.value = ""
        self.control = self.details.get(self.choice.value, self.choice)

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
                return {"type": "respond", "message": self.words.value}
        raise ValueError("Decide about this action first.")

    def _edited(self) -> dict[str, Any]:
        try:
            args = read_json(self.arguments.value)
        except ValueError as error:
            raise ValueError(f"The arguments are not JSON: {error}.") from None
        if not isinstance(args, dict):
            raise ValueError('The arguments have to be a JSON object: {"name": value, …}.')
        return dict(restored(args, self._action.args))
