"""What kind of answer a question wants, read from its value and its schema: the one place that knows payloads.

Pure: no screen, no graph. `kind_of` is the way in. A kind reads an answer that was typed as text; an approval also
makes its answer from decisions, and reads them back, in the shape of the framework that asks.

| module | its one idea |
|---|---|
| `kinds` | the kinds any question can have: words, a choice, a form, data |
| `approvals` | a decision on each of some actions, whoever asks |
| `langchain`, `inbox` | approvals in the shapes of LangChain and of agent-inbox |
| `mcp` | what an MCP server asks in the middle of a tool call |
| `reading` | JSON by the letter |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hilnb.payloads.approvals import DECISIONS, Action, Approval
from hilnb.payloads.inbox import InboxApproval, inbox_approval
from hilnb.payloads.kinds import Choice, Data, Form, Kind, Words, admits_null, asked_in, by_schema, options_beside
from hilnb.payloads.langchain import HITLApproval, ToolCallApproval, hitl_approval, tool_call_approval
from hilnb.payloads.mcp import RESPONSES, Elicitation, Requested, elicitation
from hilnb.payloads.reading import read_json

__all__ = [
    "DECISIONS",
    "RESPONSES",
    "Action",
    "Approval",
    "Choice",
    "Data",
    "Elicitation",
    "Form",
    "HITLApproval",
    "InboxApproval",
    "Kind",
    "Requested",
    "ToolCallApproval",
    "Words",
    "admits_null",
    "asked_in",
    "kind_of",
    "read_json",
]


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
    known = hitl_approval(value) or tool_call_approval(value, schema) or inbox_approval(value) or elicitation(value)
    if known is not None:
        return known
    if schema is not None:
        return by_schema(schema)
    return options_beside(value) or (Data() if isinstance(value, (dict, list, tuple)) else Words())
