"""What an MCP server asks in the middle of a tool call: as langchain.mcp raises it, or as a client is told of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hilnb.payloads.data import as_data
from hilnb.payloads.inquiry import Inquiry, Standalone
from hilnb.payloads.responses import Elicitation, Requested, response

__all__ = ["OneElicitation", "SeveralElicitations", "elicitation", "elicitation_of_client"]


class SeveralElicitations(Elicitation):
    """Asked with an MCPElicitationInterrupt, answered with a response under every key."""

    def answer(self, responses: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The responses, by the key of their request."""
        return {"responses": dict(responses)}

    def responses(self, answer: Any) -> list[Mapping[str, Any]]:
        """What an answer responds."""
        given = answer.get("responses") if isinstance(answer, Mapping) else None
        if not isinstance(given, Mapping):
            raise ValueError(f"it is {answer!r:.200}. Answer {{'responses': {{key: {{'action': …}}}}}}.")
        return [response(given.get(each.key), each) for each in self.requests]


class OneElicitation(Elicitation):
    """Asked with an ElicitRequest, or its parameters alone, and answered with an ElicitResult."""

    def answer(self, responses: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        """The response itself."""
        return responses[self.requests[0].key]

    def responses(self, answer: Any) -> list[Mapping[str, Any]]:
        """The response, in a list."""
        return [response(answer, self.requests[0])]


def elicitation(value: Any) -> Elicitation | None:
    """The responses that an MCPElicitationInterrupt, an ElicitRequest, or its parameters want."""
    if not isinstance(value, Mapping):
        return None
    if value.get("type") == "mcp_elicitation":
        return _several(value)
    asked = value.get("params") if value.get("method") == "elicitation/create" else value
    request = _requested({"mode": "form", **asked, "key": ""}) if isinstance(asked, Mapping) else None
    return OneElicitation((request,)) if request is not None else None


def elicitation_of_client(asked: Any) -> Inquiry | None:
    """What a client's `elicitation_callback` is given, and has to give back."""
    if isinstance(asked, Mapping) or not isinstance(elicitation(as_data(asked)), OneElicitation):
        return None
    # The module of the library's types, whichever of its releases this is.
    made = sys.modules[type(asked).__module__].ElicitResult
    return Inquiry((Standalone(as_data(asked)),), lambda answers, _: made(**answers[0]), "the server")


def _several(value: Mapping[str, Any]) -> Elicitation | None:
    requests = value.get("requests")
    if not isinstance(requests, (list, tuple)) or not requests:
        return None
    known = [_requested(request) for request in requests]
    found = tuple(each for each in known if each is not None)
    keys = {each.key for each in found}
    if len(keys) < len(requests):  # one is not understood, or two could not be told apart
        return None
    return SeveralElicitations(found, str(value.get("tool_name", "")))


def _requested(request: Any) -> Requested | None:
    if not isinstance(request, Mapping) or not isinstance(request.get("key"), str):
        return None
    if not isinstance(request.get("message", ""), str):
        return None
    asked = Requested(request["key"], request.get("message", ""), None)
    schema, url = request.get("requested_schema", request.get("requestedSchema")), request.get("url")
    match request.get("mode"):
        case "form" if isinstance(schema, Mapping):
            return replace(asked, schema=schema)
        case "url" if isinstance(url, str) and url:
            return replace(asked, url=url)
    return None
