"""Agents of OpenAI Agents and of pydantic-ai that need no model: each follows a script."""

from __future__ import annotations

import json

from agents import Agent, ModelResponse, Usage, function_tool, set_tracing_disabled
from agents.models.interface import Model
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

set_tracing_disabled(True)


class ScriptedOpenAI(Model):
    """Says one after the other what it is given; a text, or a list of (tool, arguments as they are sent)."""

    def __init__(self, turns):
        self._turns = list(turns)

    async def get_response(self, *args, **options):
        turn = self._turns.pop(0)
        left = len(self._turns)
        output = (
            [_said(turn)] if isinstance(turn, str) else [_call(f"{left}-{n}", *each) for n, each in enumerate(turn)]
        )
        return ModelResponse(output=output, usage=Usage(), response_id=None)

    def stream_response(self, *args, **options):
        raise NotImplementedError


def clerk(*turns, ran):
    """An agent whose tool needs approval, and writes down with what it ran."""

    @function_tool(needs_approval=True)
    def send(to: str, copies: int = 1) -> str:
        """Send the report."""
        ran.append((to, copies))
        return f"sent {copies} to {to}"

    return Agent(name="Clerk", model=ScriptedOpenAI(turns), tools=[send])


def _call(id, tool, arguments):
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ResponseFunctionToolCall(type="function_call", name=tool, arguments=text, call_id=id)


def _said(text):
    content = [ResponseOutputText(type="output_text", text=text, annotations=[])]
    return ResponseOutputMessage(id="1", type="message", role="assistant", status="completed", content=content)
