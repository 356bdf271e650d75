"""An agent: a model that calls tools until it has its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, TypedDict, get_type_hints

from hilnb.checkpoint.base import BaseCheckpointSaver
from hilnb.constants import END
from hilnb.graph import StateGraph, add_messages
from hilnb.graph.compiled import CompiledStateGraph
from hilnb.managed import RemainingSteps
from hilnb.messages import AnyMessage
from hilnb.messages.base import kind_of
from hilnb.prebuilt.agent_model import AgentModel, StructuredAnswer, bound, checked_model
from hilnb.prebuilt.approval import ToolApproval
from hilnb.prebuilt.requests import calls_of, messages_in, unanswered
from hilnb.prebuilt.tool_node import ToolNode
from hilnb.types import Send

__all__ = ["AgentState", "AgentStateWithStructuredResponse", "create_react_agent"]


class AgentState(TypedDict):
    """What an agent remembers."""

    messages: Annotated[list[AnyMessage], add_messages]
    remaining_steps: NotRequired[RemainingSteps]


class AgentStateWithStructuredResponse(AgentState):
    """The same, with the answer in the form that `response_format` asked for."""

    structured_response: Any


def create_react_agent(
    model: Any,
    tools: Sequence[Any] | ToolNode,
    *,
    prompt: Any = None,
    response_format: Any = None,
    pre_model_hook: Any = None,
    post_model_hook: Any = None,
    state_schema: Any = None,
    context_schema: type | None = None,
    checkpointer: BaseCheckpointSaver | bool | None = None,
    store: Any = None,
    interrupt_before: Sequence[str] | None = None,
    interrupt_after: Sequence[str] | None = None,
    debug: bool = False,
    version: Literal["v1", "v2"] = "v2",
    name: str | None = None,
) -> CompiledStateGraph:
    """An agent as a graph: "agent" asks the model, "tools" does what it calls (semantics: LangGraph's function).

    Args:
        model: Has `invoke` and `ainvoke`, and `bind_tools` unless its tools are bound already; or its name,
            "anthropic:claude-…"; or a function from the state and the runtime to such a model.
        tools: Tools, functions, dicts for tools of the model's own; or a ToolNode.
        prompt: What comes before the messages: text, a message, or what makes the model's input of the state (a
            function, which may have parameters called `config`, `runtime`, `store` or `writer`; or something with
            `invoke`).
        response_format: A schema the final answer is put into, under "structured_response", by the model's
            `with_structured_output`; or a pair of a prompt for that and the schema.
        pre_model_hook: A node before each call of the model; what it writes to "llm_input_messages" is asked in place
            of the messages.
        post_model_hook: A node after each call of the model; a `ToolApproval`, to have a person approve tool calls.
        state_schema: In place of `AgentState`; needs its keys.
        context_schema: As for `StateGraph`.
        checkpointer: As for `StateGraph.compile`.
        store: As for `StateGraph.compile`.
        interrupt_before: As for `StateGraph.compile`.
        interrupt_after: As for `StateGraph.compile`.
        debug: As for `StateGraph.compile`.
        version: With "v2" each tool call is a task of its own, with "v1" all calls of a message are one.
        name: The agent's, which its messages bear.

    Raises:
        ValueError: The version is unknown, the prompt is none, the state lacks a key, no model has that name, or a
            ToolApproval names no tool.
        TypeError: The model is none.
    """
    if version not in ("v1", "v2"):
        raise ValueError(f"Invalid version {version!r}. Supported versions are 'v1' and 'v2'.")
    model = checked_model(model, prompt)
    structured = response_format is not None
    schema = state_schema or (AgentStateWithStructuredResponse if structured else AgentState)
    _check(schema, {"messages", "remaining_steps", *(["structured_response"] if structured else [])})
    node = tools if isinstance(tools, ToolNode) else ToolNode([each for each in tools if not isinstance(each, dict)])
    own = [] if isinstance(tools, ToolNode) else [each for each in tools if isinstance(each, dict)]
    known = list(node.tools_by_name.values())
    direct = {each.name for each in known if getattr(each, "return_direct", False)}
    if isinstance(post_model_hook, ToolApproval):
        post_model_hook.check(node.tools_by_name)
    asked = bound(model, [*known, *own])
    agent = AgentModel(asked, prompt, name, direct, reads_input=pre_model_hook is not None)

    graph: Any = StateGraph(schema, context_schema)
    graph.add_node("agent", agent, input_schema=_with_input(schema) if pre_model_hook is not None else schema)
    first = "agent"
    if known:
        graph.add_node("tools", node)
    if pre_model_hook is not None:
        graph.add_node("pre_model_hook", pre_model_hook).add_edge("pre_model_hook", "agent")
        first = "pre_model_hook"
    graph.set_entry_point(first)
    last = "agent"
    if post_model_hook is not None:
        graph.add_node("post_model_hook", post_model_hook).add_edge("agent", "post_model_hook")
        last = "post_model_hook"
    end = END
    if structured:
        end = "generate_structured_response"
        graph.add_node(end, StructuredAnswer(asked, response_format))
    if known:
        _add_loop(graph, first, last, end, direct, version)
    elif end != END:
        graph.add_edge(last, end)
    made: CompiledStateGraph = graph.compile(
        checkpointer,
        store=store,
        interrupt_before=interrupt_before,
        interrupt_after=interrupt_after,
        debug=debug,
        name=name,
    )
    return made


def _check(schema: Any, needed: set[str]) -> None:
    missing = needed - set(get_type_hints(schema))
    if missing:
        raise ValueError(f"Missing required key(s) {missing} in state_schema {schema.__name__}.")


def _with_input(schema: Any) -> Any:
    """The state's schema with the key a hook may put the model's input under."""
    if hasattr(schema, "model_fields"):
        from pydantic import create_model  # the user's own schema is pydantic's

        return create_model("AgentInput", __base__=schema, llm_input_messages=(list[Any] | None, None))
    hints = {**get_type_hints(schema, include_extras=True), "llm_input_messages": list[AnyMessage]}
    return TypedDict("AgentInput", hints)  # type: ignore[operator]


def _add_loop(graph: Any, first: str, last: str, end: str, direct: set[str], version: str) -> None:
    """The edges from the model to its tools and back."""

    def should_continue(state: Any) -> str | list[Send]:
        calls = calls_of(messages_in(state, "messages")[-1])
        if not calls:
            return end
        return "tools" if version == "v1" else [_send(call, state) for call in calls]

    def post_model_hook_router(state: Any) -> str | list[Send]:
        messages = messages_in(state, "messages")
        if pending := unanswered(messages)[1]:
            return [_send(call, state) for call in pending]
        return first if kind_of(messages[-1]) == "tool" else end

    def route_tool_responses(state: Any) -> str:
        failed = set()  # the model has to hear of what failed, or was rejected
        for message in reversed(messages_in(state, "messages")):
            if kind_of(message) == "tool":
                if message.status == "error":
                    failed.add(message.tool_call_id)
                elif message.name in direct:
                    return END
                continue
            # Of calls in different tasks one may be direct, and its message not yet here.
            called = [call["name"] for call in getattr(message, "tool_calls", ()) if call["id"] not in failed]
            return END if direct.intersection(called) else first
        return first

    if last == "agent":
        graph.add_conditional_edges("agent", should_continue, ["tools", end])
    else:
        graph.add_conditional_edges(last, post_model_hook_router, [first, "tools", end])
    if direct:
        graph.add_conditional_edges("tools", route_tool_responses, [first, END])
    else:
        graph.add_edge("tools", first)


def _send(call: Mapping[str, Any], state: Any) -> Send:
    return Send("tools", {"__type": "tool_call_with_context", "tool_call": call, "state": state})
