"""What an MCP server asks in the middle of a tool call (langchain.mcp raises it as an interrupt)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hilnb.payloads.kinds import Kind
from hilnb.payloads.reading import read_json

__all__ = ["RESPONSES", "Elicitation", "Requested", "elicitation"]

RESPONSES = ("accept", "decline", "cancel")
"""Decline leaves the call to go on without an answer, cancel gives it up."""


@dataclass(frozen=True)
class Requested:
    """One thing the server asks for.

    Attributes:
        key: What the answer has to be called.
        message: The question.
        schema: What the answer has to look like; None where an address is to be visited.
        url: That address, "" where there is none.
    """

    key: str
    message: str
    schema: Mapping[str, Any] | None
    url: str = ""


@dataclass(frozen=True)
class Elicitation(Kind):
    """A response to each of some requests: accept, decline or cancel.

    Attributes:
        tool: The tool whose call waits.
        requests: What is asked, in order.
    """

    tool: str
    requests: tuple[Requested, ...]

    def answer(self, responses: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The answer that says the responses, by the key of their request."""
        return {"responses": dict(responses)}

    def responses(self, answer: Any) -> list[Mapping[str, Any]]:
        """The response to each request, in their order.

        Raises:
            ValueError: The answer does not say it.
        """
        given = answer.get("responses") if isinstance(answer, Mapping) else None
        if not isinstance(given, Mapping):
            raise ValueError(f"it is {answer!r:.200}. Answer {{'responses': {{key: {{'action': …}}}}}}.")
        for each in self.requests:
            response = given.get(each.key)
            if not isinstance(response, Mapping) or response.get("action") not in RESPONSES:
                raise ValueError(
                    f"the response to {each.key!r} is {response!r:.200}; its action is one of {', '.join(RESPONSES)}."
                )
        return [given[each.key] for each in self.requests]

    def check(self, answer: Any) -> None:
        """It has to respond to every request."""
        self.responses(answer)

    def decline(self, reason: str) -> dict[str, Any]:
        """Decline every request; there is no place for a reason."""
        return self.answer({each.key: {"action": "decline"} for each in self.requests})

    def read(self, typed: str) -> Any:
        """An answer in this shape, typed as JSON."""
        example = json.dumps(self.decline(""), ensure_ascii=False)
        try:
            answer = read_json(typed)
            self.check(answer)
        except ValueError as error:
            raise ValueError(f"It cannot be used: {error} An answer looks like this: {example}") from None
        return answer


def elicitation(value: Any) -> Elicitation | None:
    """The responses that an MCPElicitationInterrupt wants."""
    if not isinstance(value, Mapping) or value.get("type") != "mcp_elicitation":
        return None
    requests = value.get("requests")
    if not isinstance(requests, (list, tuple)) or not requests:
        return None
    known = [_requested(request) for request in requests]
    found = tuple(each for each in known if each is not None)
    keys = {each.key for each in found}
    if len(keys) < len(requests):  # one is not understood, or two could not be told apart
        return None
    return Elicitation(str(value.get("tool_name", "")), found)


def _requested(request: Any) -> Requested | None:
    if not isinstance(request, Mapping) or not isinstance(request.get("key"), str):
        return None
    key, message = request["key"], str(request.get("message", ""))
    schema, url = request.get("requested_schema"), request.get("url")
    match request.get("mode"):
        case "form" if isinstance(schema, Mapping):
            return Requested(key, message, schema)
        case "url" if isinstance(url, str):
            return Requested(key, message, None, url)
    return None
