"""A response to each of some requests, whoever asks: an answer, or none; written as MCP's `ElicitResult`."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hilnb.payloads.kinds import Data, Kind, by_schema
from hilnb.payloads.reading import read_json

__all__ = ["RESPONSES", "Elicitation", "Requested", "response"]

RESPONSES = ("accept", "decline", "cancel")
"""Decline leaves the call to go on without an answer, cancel gives it up."""


@dataclass(frozen=True)
class Requested:
    """One thing that is asked for.

    Attributes:
        key: What tells it from the others; "" where it is alone.
        message: The question.
        schema: What the answer has to look like; None where any will do, or an address is to be visited.
        url: That address, "" where there is none.
        about: More for the person to read.
        allowed: How it may be responded to, some of RESPONSES.
    """

    key: str
    message: str
    schema: Mapping[str, Any] | None
    url: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    allowed: Sequence[str] = RESPONSES

    @property
    def wanted(self) -> Kind | None:
        """The kind of its answer; None where an address is to be visited."""
        if self.url:
            return None
        return Data() if self.schema is None else by_schema(self.schema)


@dataclass(frozen=True)
class Elicitation(Kind):
    """A response to each of some requests: accept, decline or cancel.

    Attributes:
        requests: What is asked, in order.
        tool: The tool whose call waits, "" where that is not known.
    """

    requests: tuple[Requested, ...]
    tool: str = ""

    @abstractmethod
    def answer(self, responses: Mapping[str, Mapping[str, Any]]) -> Any:
        """The answer that says the responses, by the key of their request, in the framework's shape."""

    @abstractmethod
    def responses(self, answer: Any) -> list[Mapping[str, Any]]:
        """The response to each request, in their order.

        Raises:
            ValueError: The answer does not say it.
        """

    def check(self, answer: Any) -> None:
        """It has to respond to every request."""
        self.responses(answer)

    def decline(self, reason: str) -> Any:
        """Decline every request, or cancel it; there is no place for a reason."""
        no = {each.key: "decline" if "decline" in each.allowed else "cancel" for each in self.requests}
        return self.answer({key: {"action": action} for key, action in no.items()})

    def read(self, typed: str) -> Any:
        """An answer in this shape, typed as JSON."""
        example = json.dumps(self.decline(""), ensure_ascii=False)
        try:
            answer = read_json(typed)
            self.check(answer)
        except ValueError as error:
            raise ValueError(f"It cannot be used: {error} An answer looks like this: {example}") from None
        return answer


def response(given: Any, request: Requested) -> Mapping[str, Any]:
    """One response, if it is whole, and its content fits."""
    about = f" to {request.key!r}" if request.key else ""
    if not isinstance(given, Mapping) or given.get("action") not in request.allowed:
        raise ValueError(f"the response{about} is {given!r:.200}; its action is one of {', '.join(request.allowed)}.")
    if given["action"] == "accept" and request.wanted is not None:
        try:
            request.wanted.check(given.get("content"))
        except ValueError as error:
            raise ValueError(f"what the response{about} answers does not fit: {error}") from None
    return given
