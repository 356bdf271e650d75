"""A decision on each of some actions, whoever asks: written as LangChain's `Decision`."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from hilnb.payloads.kinds import Data, Kind, Words
from hilnb.payloads.reading import read_json

__all__ = ["DECISIONS", "Action", "Approval", "action_of", "arguments_in", "decision", "one_each", "wrong"]

DECISIONS = ("approve", "edit", "reject", "respond")
"""What a person can decide about an action."""


@dataclass(frozen=True)
class Action:
    """What a model wants to do.

    Attributes:
        name: The tool.
        args: Its arguments, all of them.
        allowed: What the person may decide, some of DECISIONS.
        description: More for the person to read.
        response: What a response is: words, or data.
    """

    name: str
    args: dict[str, Any]
    allowed: Sequence[str]
    description: str = ""
    response: Words | Data = field(default_factory=Words)


@dataclass(frozen=True)
class Approval(Kind):
    """A decision on each of some actions.

    Attributes:
        actions: The actions, in the order of the decisions.
    """

    actions: tuple[Action, ...]

    @abstractmethod
    def answer(self, decisions: Sequence[Mapping[str, Any]]) -> Any:
        """The answer that says the decisions, in the framework's shape."""

    @abstractmethod
    def decisions(self, answer: Any) -> list[dict[str, Any]]:
        """What an answer decides about each action, in their order.

        Raises:
            ValueError: It does not say it; the text says why, and what an answer looks like.
        """

    def check(self, answer: Any) -> None:
        """It has to decide about every action."""
        self.decisions(answer)

    def decline(self, reason: str) -> Any:
        """Reject every action.

        Raises:
            ValueError: One may not be rejected.
        """
        for action in self.actions:
            if "reject" not in action.allowed:
                raise ValueError(f"{action.name} may not be rejected; allowed: {', '.join(action.allowed)}")
        return self.answer([{"type": "reject", "message": reason} for _ in self.actions])

    def read(self, typed: str) -> Any:
        """An answer in the framework's shape, typed as JSON."""
        example = json.dumps(self.answer([_example(action) for action in self.actions]), ensure_ascii=False)
        try:
            answer = read_json(typed)
        except ValueError as error:
            raise ValueError(f"This is not JSON: {error}. An answer looks like this: {example}") from None
        try:
            self.check(answer)
        except ValueError as error:
            raise ValueError(f"It cannot be used: {error} An answer looks like this: {example}") from None
        return answer


@dataclass(frozen=True)
class Asked(Approval):
    """An approval that we ask for ourselves, in a framework's shape."""

    @abstractmethod
    def request(self) -> Any:
        """The question."""

    def again(self, wrong: str) -> Self:
        """The same after an answer that could not be used: the reason stands where every form shows it."""
        said = f"The last answer could not be used, and nothing has run: {wrong}\n\n"
        first, *others = self.actions
        return replace(self, actions=(replace(first, description=said + first.description), *others))


def action_of(name: Any, args: Any, allowed: Any, description: Any) -> Action | None:
    """The action, if a person can be shown all of it and decide."""
    if not isinstance(name, str) or not isinstance(args, dict) or not isinstance(allowed, (list, tuple)):
        return None
    may = tuple(each for each in DECISIONS if each in allowed)
    return Action(name, args, may, str(description or "")) if may and _is_json(args) else None


def arguments_in(written: Any) -> dict[str, Any]:
    """The arguments of a call as a model wrote them: a JSON object, or what else it is under one name.

    >>> arguments_in('{"copies": 2}'), arguments_in("rm -r build"), arguments_in(None)
    ({'copies': 2}, {'arguments': 'rm -r build'}, {})
    """
    try:
        args = read_json(written) if isinstance(written, str) else written
    except ValueError:
        args = written
    return args if isinstance(args, dict) else {"arguments": written} if args else {}


def one_each(given: Any, actions: Sequence[Action], answer: Any, form: str, example: str) -> Sequence[Any]:
    """The answer's list, if it has one decision for each action."""
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"it is {answer!r:.200}. Answer {form} with a decision for each action, such as {example}.")
    if len(given) != len(actions):
        names = ", ".join(action.name for action in actions)
        raise ValueError(
            f"there is one decision to make for each of {len(actions)} actions ({names}), in their order, and "
            f"{len(given)} came."
        )
    return given


def decision(given: Any, action: Action, place: int) -> dict[str, Any]:
    """One decision, if it is allowed and whole; what else it brings is left out."""
    kind = given.get("type") if isinstance(given, Mapping) else None
    if kind not in DECISIONS:
        raise wrong(place, action, f"{given!r:.200} is no decision; its type is one of {', '.join(DECISIONS)}")
    if kind not in action.allowed:
        raise wrong(place, action, f"{kind!r} is not allowed for it; allowed: {', '.join(action.allowed)}")
    if kind == "approve":
        return {"type": "approve"}
    if kind == "edit":
        edited = given.get("edited_action")
        name, args = (edited.get("name"), edited.get("args")) if isinstance(edited, Mapping) else (None, None)
        if not isinstance(name, str) or not isinstance(args, dict):
            raise wrong(place, action, f"an edit brings a name, text, and args, a dict; it has {edited!r:.200}")
        return {"type": "edit", "edited_action": {"name": name, "args": args}}
    message = given.get("message")
    if kind == "respond":
        if not isinstance(message, str) and (isinstance(action.response, Words) or "message" not in given):
            raise wrong(place, action, f"a response brings its words as text; it has {message!r:.200}")
        return {"type": "respond", "message": message}
    if not isinstance(message, (str, type(None))):
        raise wrong(place, action, f"the reason for a rejection is text; it has {message!r:.200}")
    return {"type": "reject", "message": message} if message else {"type": "reject"}


def wrong(place: int, action: Action, what: str) -> ValueError:
    """The error about one of several decisions."""
    return ValueError(f"decision {place}, about {action.name}: {what}.")


def _example(action: Action) -> dict[str, Any]:
    """A decision to show: the first that is allowed, whole."""
    kind = action.allowed[0]
    more: dict[str, Any] = {"edit": {"edited_action": {"name": action.name, "args": {}}}, "respond": {"message": "…"}}
    return {"type": kind, **more.get(kind, {})}


def _is_json(args: dict[str, Any]) -> bool:
    """Whether JSON says the arguments and nothing else; what it cannot say could not be shown, or be edited."""
    try:
        return bool(json.loads(json.dumps(args)) == args)
    except (TypeError, ValueError, RecursionError):
        return False
