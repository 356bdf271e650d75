"""What kind of answer a question wants, read from its value and its schema: the one place that knows payloads.

Pure: no screen, no graph. `kind_of` is the way in. A kind reads an answer that was typed as text; an approval also
makes its answer from decisions, and reads them back, in the shape of the framework that asks.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hilnb.schemas import NOTHING, Node, OneOf, Raw, Text, problems, read_schema

__all__ = [
    "Action",
    "Approval",
    "Choice",
    "Data",
    "Form",
    "HITLApproval",
    "InboxApproval",
    "Kind",
    "Words",
    "asked_in",
    "kind_of",
]

DECISIONS = ("approve", "edit", "reject", "respond")

INBOX_WORDS = {"approve": "accept", "edit": "edit", "reject": "ignore", "respond": "response"}
"""What agent-inbox calls the decisions; its config says `allow_` before them (but `allow_respond`)."""


class Kind(ABC):
    """The kind of answer a question wants."""

    @abstractmethod
    def read(self, typed: str) -> Any:
        """The answer that a text stands for.

        Raises:
            ValueError: None; the text says what to type.
        """


@dataclass(frozen=True)
class Words(Kind):
    """Any text."""

    def read(self, typed: str) -> str:
        """The text itself."""
        return typed


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few values.

    Attributes:
        options: Each as the label a person sees, and the value.
    """

    options: tuple[tuple[str, Any], ...]

    def read(self, typed: str) -> Any:
        """The value with this label."""
        for label, value in self.options:
            if typed.strip() == label:
                return value
        raise ValueError(f"Type one of: {', '.join(label for label, _ in self.options)}.")

    def label(self, answer: Any) -> str | None:
        """The label of an answer; None when it is not among the options."""
        same = (label for label, value in self.options if type(value) is type(answer) and value == answer)
        return next(same, None)


@dataclass(frozen=True)
class Data(Kind):
    """Data, written as JSON; where no schema asks for it, text as well.

    Attributes:
        schema: What the answer has to look like; None when any will do.
    """

    schema: Mapping[str, Any] | None = None

    def read(self, typed: str) -> Any:
        """The JSON value. Without a schema, what is not JSON is text."""
        try:
            return read_json(typed)
        except ValueError as error:
            if self.schema is None:
                return typed
            raise ValueError(f'This is not JSON: {error}. Text has to be put in quotes: "like this".') from None


@dataclass(frozen=True)
class Form(Kind):
    """Data of a known shape, filled in part by part.

    Attributes:
        tree: Its parts.
    """

    tree: Node

    def read(self, typed: str) -> Any:
        """The answer, typed as JSON."""
        try:
            answer = read_json(typed)
        except ValueError as error:
            raise ValueError(f"This is not JSON: {error}.") from None
        if wrong := list(problems(self.tree, answer)):
            raise ValueError("\n".join(map(str, wrong)))
        return answer


@dataclass(frozen=True)
class Action:
    """What a model wants to do.

    Attributes:
        name: The tool.
        args: Its arguments, all of them; JSON can say them.
        allowed: What the person may decide, some of DECISIONS in their order.
        description: More for the person to read.
    """

    name: str
    args: dict[str, Any]
    allowed: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True)
class Approval(Kind):
    """A decision on each of some actions. A decision is written as LangChain's `Decision`, whoever asks.

    Attributes:
        actions: The actions, in the order of the decisions.
    """

    actions: tuple[Action, ...]

    @abstractmethod
    def answer(self, decisions: Sequence[dict[str, Any]]) -> Any:
        """The answer that says them, in the framework's shape."""

    @abstractmethod
    def _decided(self, answer: Any) -> Any:
        """The decisions an answer says, as far as it has the framework's shape."""

    def decisions(self, answer: Any) -> list[dict[str, Any]] | None:
        """The decisions an answer says; None when it is not one allowed decision for each action."""
        given = self._decided(answer)
        if not isinstance(given, list) or len(given) != len(self.actions):
            return None
        return given if all(map(_is_decision, given, self.actions)) else None

    def read(self, typed: str) -> Any:
        """An answer in the framework's shape, typed as JSON."""
        example = json.dumps(self.answer([{"type": action.allowed[0]} for action in self.actions]))
        try:
            answer = read_json(typed)
        except ValueError as error:
            raise ValueError(f"This is not JSON: {error}. An answer looks like this: {example}") from None
        if self.decisions(answer) is None:
            allowed = "; ".join(f"{action.name}: {', '.join(action.allowed)}" for action in self.actions)
            raise ValueError(
                f"It takes one decision for each action, in their order ({allowed}). "
                f"An answer looks like this: {example}"
            )
        return answer


class HITLApproval(Approval):
    """Asked with LangChain's HITLRequest, answered with its HITLResponse."""

    def answer(self, decisions: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """A HITLResponse."""
        return {"decisions": list(decisions)}

    def _decided(self, answer: Any) -> Any:
        return answer.get("decisions") if isinstance(answer, Mapping) else None


class InboxApproval(Approval):
    """Asked with agent-inbox's HumanInterrupts, one or a list, answered with a list of its HumanResponses."""

    def answer(self, decisions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """A list, also where a single HumanInterrupt asks: so agent-inbox answers."""
        return [{"type": INBOX_WORDS[each["type"]], "args": _inbox_args(each)} for each in decisions]

    def _decided(self, answer: Any) -> Any:
        given = [answer] if isinstance(answer, Mapping) else answer
        return [_from_inbox(each) for each in given] if isinstance(given, list) else None


def kind_of(value: Any, schema: Mapping[str, Any] | None = None) -> Kind:
    """The kind of answer that a question wants.

    Args:
        value: What `interrupt()` was given.
        schema: Its `response_schema`.

    >>> kind_of("Your name?")
    Words()
    >>> kind_of("How many?", {"enum": [1, 2]})
    Choice(options=(('1', 1), ('2', 2)))
    >>> kind_of({"question": "Which city?", "options": ["Rome", "Oslo"]})
    Choice(options=(('Rome', 'Rome'), ('Oslo', 'Oslo')))
    >>> kind_of({"draft": "…"})
    Data(schema=None)
    """
    approval = _hitl(value) or _inbox(value)
    if approval is not None:
        return approval
    if schema is not None:
        return _by_schema(schema)
    return _options_beside(value) or (Data() if isinstance(value, (dict, list, tuple)) else Words())


def asked_in(value: Any) -> Any:
    """What a person is to read of a question's value: the text alone where the rest of it are its options.

    >>> asked_in({"question": "Which city?", "options": ["Rome", "Oslo"]})
    'Which city?'
    """
    is_text_and_options = _options_beside(value) is not None and len(value) == 2
    return value["question"] if is_text_and_options else value


def read_json(text: str) -> Any:
    """The value of a JSON text, by the letter: NaN and a key that comes twice are refused.

    Raises:
        ValueError: It is none; says why, and where.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} (line {error.lineno}, column {error.colno})") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key in found if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key {twice!r} comes twice")
    return found


def _no_constant(word: str) -> Any:
    raise ValueError(f"JSON has no {word}")


def _by_schema(schema: Mapping[str, Any]) -> Kind:
    """The kind of answer a schema wants."""
    tree = read_schema(schema)
    if isinstance(tree, Raw):
        return Data(schema)
    if isinstance(tree, OneOf) and tree.default is NOTHING:
        return Choice(tree.options)
    return Words() if tree == Text(title=tree.title, kind_name=tree.kind_name) else Form(tree)


def _options_beside(value: Any) -> Choice | None:
    """The choice in `{"question": "Which city?", "options": ["Rome", "Oslo"]}`; "choices" is understood, too."""
    if not isinstance(value, Mapping) or not isinstance(value.get("question"), str):
        return None
    options = value.get("options", value.get("choices"))
    tree = read_schema({"enum": list(options)}) if isinstance(options, (list, tuple)) and options else None
    return Choice(tree.options) if isinstance(tree, OneOf) else None


def _hitl(value: Any) -> HITLApproval | None:
    if not isinstance(value, Mapping):
        return None
    requests, configs = value.get("action_requests"), value.get("review_configs")
    if not isinstance(requests, list) or not isinstance(configs, list) or not requests:
        return None
    actions = [_hitl_action(request, place, configs) for place, request in enumerate(requests)]
    known = tuple(action for action in actions if action is not None)
    return HITLApproval(known) if len(known) == len(actions) else None


def _hitl_action(request: Any, place: int, configs: list[Any]) -> Action | None:
    if not isinstance(request, Mapping):
        return None
    # The config at the same place is the action's; who wrote one for each tool is understood, too.
    name = request.get("name")
    for config in [*configs[place : place + 1], *configs]:
        if isinstance(config, Mapping) and config.get("action_name") == name:
            allowed = config.get("allowed_decisions")
            return _action(name, request.get("args"), allowed, request.get("description"))
    return None


def _inbox(value: Any) -> InboxApproval | None:
    requests = [value] if isinstance(value, Mapping) else value
    if not isinstance(requests, (list, tuple)) or not requests:
        return None
    actions = [_inbox_action(request) for request in requests]
    known = tuple(action for action in actions if action is not None)
    return InboxApproval(known) if len(known) == len(actions) else None


def _inbox_action(request: Any) -> Action | None:
    action, config = (
        request.get(key) if isinstance(request, Mapping) else None for key in ("action_request", "config")
    )
    if not isinstance(action, Mapping) or not isinstance(config, Mapping):
        return None
    allow = {"approve": "accept", "reject": "ignore"}
    allowed = [each for each in DECISIONS if config.get(f"allow_{allow.get(each, each)}")]
    return _action(action.get("action"), action.get("args"), allowed, request.get("description"))


def _action(name: Any, args: Any, allowed: Any, description: Any) -> Action | None:
    """The action, if a person can be shown all of it and decide."""
    if not isinstance(name, str) or not isinstance(args, dict) or not isinstance(allowed, (list, tuple)):
        return None
    may = tuple(each for each in DECISIONS if each in allowed)
    return Action(name, args, may, str(description or "")) if may and _is_json(args) else None


def _is_json(args: dict[str, Any]) -> bool:
    """Whether JSON says the arguments and nothing else; what it cannot say could not be shown, or be edited."""
    try:
        return bool(json.loads(json.dumps(args)) == args)
    except (TypeError, ValueError, RecursionError):
        return False


def _inbox_args(decision: dict[str, Any]) -> Any:
    if decision["type"] == "edit":
        action = decision["edited_action"]
        return {"action": action["name"], "args": action["args"]}
    return decision.get("message")


def _from_inbox(given: Any) -> Any:
    """A HumanResponse as a Decision, as far as it is one."""
    if not isinstance(given, Mapping):
        return None
    kind, args = (
        next((ours for ours, theirs in INBOX_WORDS.items() if theirs == given.get("type")), ""),
        given.get("args"),
    )
    if kind == "edit" and isinstance(args, Mapping):
        return {"type": kind, "edited_action": {"name": args.get("action"), "args": args.get("args")}}
    return {"type": kind, "message": args} if kind in ("reject", "respond") and args is not None else {"type": kind}


def _is_decision(given: Any, action: Action) -> bool:
    """Whether it is a decision that is allowed for the action, and whole."""
    if not isinstance(given, Mapping) or given.get("type") not in action.allowed:
        return False
    if given["type"] == "edit":
        edited = given.get("edited_action")
        return (
            isinstance(edited, Mapping) and isinstance(edited.get("name"), str) and isinstance(edited.get("args"), dict)
        )
    message = given.get("message")
    return isinstance(message, str) or (given["type"] != "respond" and message is None)
