"""What kind of answer a question wants, read from its value and its schema: the one place that knows payloads.

Pure: no screen, no graph. `kind_of` is the way in for what a node asks, `inquiry_of` for what another framework hands
out. A kind reads an answer that was typed as text; an approval also makes its answer from decisions, and reads them
back, in the shape of the framework that asks.

| module | its one idea |
|---|---|
| `kinds` | the kinds any question can have: words, a choice, a form, data |
| `approvals` | a decision on each of some actions, whoever asks |
| `responses` | a response to each of some requests, whoever asks |
| `langchain`, `inbox` | approvals in the shapes of LangChain and of agent-inbox |
| `mcp` | what an MCP server asks in the middle of a tool call |
| `inquiry` | what somebody asks who is no graph of ours |
| `interrupts`, `ag_ui`, `openai_agents`, `pydantic_ai` | what these hand out, and the objects they take back |
| `data`, `reading` | objects of other libraries as plain data; JSON by the letter |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hilnb.payloads.ag_ui import Resumption, ag_ui_interrupts, resumption
from hilnb.payloads.approvals import DECISIONS, Action, Approval
from hilnb.payloads.data import as_data, unwrapped
from hilnb.payloads.inbox import InboxApproval, inbox_approval
from hilnb.payloads.inquiry import Inquiry, Standalone
from hilnb.payloads.interrupts import interrupts_of
from hilnb.payloads.kinds import Choice, Data, Form, Kind, Words, admits_null, asked_in, by_schema, options_beside
from hilnb.payloads.langchain import HITLApproval, ToolCallApproval, hitl_approval, tool_call_approval
from hilnb.payloads.mcp import OneElicitation, SeveralElicitations, elicitation, elicitation_of_client
from hilnb.payloads.openai_agents import interruptions_of
from hilnb.payloads.pydantic_ai import DeferredCalls, deferred_calls, deferred_requests
from hilnb.payloads.reading import read_json
from hilnb.payloads.responses import RESPONSES, Elicitation, Requested

__all__ = [
    "DECISIONS",
    "RESPONSES",
    "Action",
    "Approval",
    "Choice",
    "Data",
    "DeferredCalls",
    "Elicitation",
    "Form",
    "HITLApproval",
    "InboxApproval",
    "Inquiry",
    "Kind",
    "OneElicitation",
    "Requested",
    "Resumption",
    "SeveralElicitations",
    "Standalone",
    "ToolCallApproval",
    "Words",
    "admits_null",
    "asked_in",
    "inquiry_of",
    "kind_of",
    "read_json",
]


RECOGNISERS: tuple[Callable[[Any, Mapping[str, Any] | None], Kind | None], ...] = (
    lambda value, schema: hitl_approval(value),
    tool_call_approval,
    lambda value, schema: inbox_approval(value),
    lambda value, schema: elicitation(value),
    lambda value, schema: resumption(value),
    lambda value, schema: deferred_calls(value),
)
"""Each knows the payloads of one framework, as plain data; from a question's value and schema to its kind."""

INQUIRERS: tuple[Callable[[Any], Inquiry | None], ...] = (
    interrupts_of,
    interruptions_of,
    deferred_requests,
    ag_ui_interrupts,
    elicitation_of_client,
)
"""Each knows the objects of one framework that wait for an answer."""


def inquiry_of(asked: Any) -> Inquiry:
    """What somebody asks who is no graph of ours; what is not known is a question as it stands.

    Args:
        asked: What another framework hands out, or any value.

    Raises:
        ValueError: It is known, and waits for no answer; or it is empty.

    >>> inquiry = inquiry_of({"draft": "…"})
    >>> [question.value for question in inquiry.questions], inquiry.reply(["good"], ())
    ([{'draft': '…'}], 'good')
    """
    if isinstance(asked, (list, tuple, Mapping)) and not asked:
        raise ValueError(f"ask({asked!r}): nothing is asked.")
    for inquire in INQUIRERS:
        inquiry = inquire(asked)
        if inquiry is not None:
            return inquiry
    return Inquiry((Standalone(as_data(asked)),), lambda answers, _: answers[0], "somebody")


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
    value = unwrapped(value)
    # Data stays as it is: an approval of what JSON cannot say is not one that could be shown whole.
    data = value if isinstance(value, (Mapping, list, tuple)) else as_data(value)
    for recognise in RECOGNISERS:
        known = recognise(data, schema)
        if known is not None:
            return known
    if schema is not None:
        return by_schema(schema)
    return options_beside(value) or (Data() if isinstance(value, (dict, list, tuple)) else Words())
