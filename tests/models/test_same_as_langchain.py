"""The same calls of Claude, given to langchain-anthropic and to hilnb: requests, replies, streams, events."""

import asyncio
import importlib
import warnings

import langchain_core.messages
import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

import hilnb.messages
from tests.models.programs import checked_body, claude, search, their_claude
from tests.models.server import Reply, Server, calls, says

THINKING = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
REPLIES = {
    "text": says("Hello, my dear"),
    "tool": calls("search", {"query": "weather in San Francisco"}, "Let me see."),
    "tool alone": calls("search", {}),
    "two tools": Reply(
        [{"type": "tool_use", "id": f"toolu_{n}", "name": "search", "input": {"query": f"q{n}"}} for n in (1, 2)],
        "tool_use",
    ),
    "thinking": Reply([THINKING, {"type": "text", "text": "I thought."}]),
    "hidden thinking": Reply([{"type": "redacted_thinking", "data": "eHh4"}, {"type": "text", "text": "So."}]),
    "cached": says(
        "Hi",
        usage={"input_tokens": 3, "output_tokens": 2, "cache_read_input_tokens": 7, "cache_creation_input_tokens": 5},
    ),
    "stop": Reply([{"type": "text", "text": "until"}], "stop_sequence"),
}


class Point(BaseModel):
    """A point."""

    x: int = Field(description="the x")
    title: str = "origin"


class Query(TypedDict):
    """A query."""

    words: str


FUNCTION = {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}}}
TOOLS = {
    "function": search,
    "pydantic class": Point,
    "typed dict": Query,
    "OpenAI's form": {"type": "function", "function": FUNCTION},
    "OpenAI's inner form": FUNCTION,
    "Anthropic's form": {"name": "f", "description": "d", "input_schema": {"type": "object", "properties": {}}},
    "Anthropic's own tool": {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
    "JSON Schema": {"title": "f", "description": "d", "type": "object", "properties": {"x": {"type": "integer"}}},
}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_the_api_is_told_the_same_of_a_tool(tool):
    with Server(says("1"), says("2")) as server:
        claude(server).bind_tools([tool]).invoke("hi")
        their_claude(server).bind_tools([tool]).invoke("hi")

    mine, other = server.bodies
    assert checked_body(mine)["tools"] == other["tools"]


@pytest.mark.parametrize(
    "options",
    [
        {"tool_choice": "auto"},
        {"tool_choice": "any"},
        {"tool_choice": "search"},
        {"tool_choice": {"type": "tool", "name": "search"}},
        {"parallel_tool_calls": False},
        {"tool_choice": "any", "parallel_tool_calls": True},
    ],
    ids=str,
)
def test_the_choice_of_tools_is_the_same(options):
    with Server(says("1"), says("2")) as server:
        claude(server).bind_tools([search], **options).invoke("hi")
        their_claude(server).bind_tools([search], **options).invoke("hi")

    mine, other = server.bodies
    assert checked_body(mine)["tool_choice"] == other["tool_choice"]


def conversation(library):
    """One with everything in it."""
    call = {"name": "search", "args": {"query": "q"}, "type": "tool_call"}
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
    in_blocks = [THINKING, {"type": "text", "text": "Let me see."}, {**CALL, "input": {"query": "an older one"}}]
    return [
        library.SystemMessage("Be brief."),
        library.HumanMessage([{"type": "text", "text": "What is this?"}, picture]),
        library.AIMessage(in_blocks, tool_calls=[{**call, "id": "toolu_1"}]),
        library.ToolMessage("nothing", tool_call_id="toolu_1"),
        library.AIMessage("Again.", tool_calls=[{**call, "id": "toolu_2"}, {**call, "id": "toolu_3"}]),
        library.ToolMessage("badly", tool_call_id="toolu_2", status="error"),
        library.ToolMessage([{"type": "text", "text": "well"}], tool_call_id="toolu_3"),
        library.HumanMessage("And?"),
    ]


CALL = {"type": "tool_use", "id": "toolu_1", "name": "search"}


def test_a_conversation_is_told_the_same():
    with Server(says("1"), says("2")) as server:
        claude(server, temperature=1.0).invoke(conversation(hilnb.messages), stop=["END"])
        their_claude(server, temperature=1.0).invoke(conversation(langchain_core.messages), stop=["END"])

    mine, other = map(_without_successes, server.bodies)
    for name in ("system", "messages", "temperature", "stop_sequences", "model"):
        assert mine[name] == other[name]
    checked_body(mine)


def _without_successes(body):
    for turn in body["messages"]:
        for block in turn["content"] if isinstance(turn["content"], list) else ():
            if block.get("is_error") is False:
                del block["is_error"]
    return body


SAID = ("content", "tool_calls", "invalid_tool_calls", "usage_metadata", "additional_kwargs")


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_a_reply_is_the_same_message(reply):
    with Server(reply, reply) as server:
        mine = claude(server).bind_tools([search]).invoke("hi")
        other = their_claude(server).bind_tools([search]).invoke("hi")

    assert {name: getattr(mine, name) for name in SAID} == {name: _known(getattr(other, name)) for name in SAID}
    for name in ("model", "model_name", "model_provider", "stop_reason", "stop_sequence"):
        assert mine.response_metadata[name] == other.response_metadata[name]
    assert mine.response_metadata["usage"] == _known(other.response_metadata["usage"])
    assert [mine.response_metadata["id"], other.response_metadata["id"]] == ["msg_001", "msg_002"]


def _known(value):
    """Without the fields the SDK makes up as None."""
    if isinstance(value, dict):
        return {name: _known(part) for name, part in value.items() if part is not None}
    return [_known(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("tools", [[search], []], ids=["with tools", "without"])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_a_stream_has_the_same_pieces(reply, tools):
    def pieces(model):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Received unexpected tool content block", UserWarning)  # LangChain's
            return list((model.bind_tools(tools) if tools else model).stream("hi"))

    with Server(reply, reply) as server:
        mine, other = pieces(claude(server)), pieces(their_claude(server))

    assert [piece.content for piece in mine] == [_known(piece.content) for piece in other]
    for name in (*SAID[1:], "tool_call_chunks", "chunk_position", "type"):
        assert [getattr(piece, name) for piece in mine] == [getattr(piece, name) for piece in other]
    for one, its in zip(mine, other, strict=True):
        assert one.response_metadata.items() >= its.response_metadata.items()


# ── in a graph ────────────────────────────────────────────────────────────────────────────────────────────────────────


def events(library, model, mode):
    """What somebody hears who listens to a graph that asks the model."""
    graph = importlib.import_module(f"{library}.graph")

    def ask(state):
        return {"messages": [model.invoke(state["messages"])]}

    async def aask(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    builder = graph.StateGraph(graph.MessagesState)
    builder.add_node("ask", ask if mode == "sync" else aask)
    builder.add_edge(graph.START, "ask")
    app = builder.compile()
    given = {"messages": [("user", "hi")]}
    if mode == "sync":
        return list(app.stream(given, stream_mode="messages"))

    async def listened():
        return [event async for event in app.astream(given, stream_mode="messages")]

    return asyncio.run(listened())


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize(
    ("name", "tags"),
    # Where nobody listens LangChain's message is another: what streaming adds to its blocks is left in it.
    [("text", None), ("text", ["mine"]), ("text", ["nostream"]), ("tool", None), ("thinking", ["mine"])],
)
def test_who_listens_to_a_graph_hears_the_same(name, tags, mode):
    reply, options = REPLIES[name], {"tags": tags, "max_tokens": 99}
    with Server(reply, reply) as server:
        mine, other = (
            events(library, model if name == "text" else model.bind_tools([search]), mode)
            for library, model in (("hilnb", claude(server, **options)), ("langgraph", their_claude(server, **options)))
        )

    def heard(events):
        return [(m.content, m.type, getattr(m, "tool_call_chunks", None)) for m, _ in events]

    assert heard(mine) == [(_known(content), *rest) for content, *rest in heard(other)]
    for (_, ours), (_, theirs) in zip(mine, other, strict=True):
        assert _compared(ours) == _compared(theirs)


def _compared(metadata):
    """Without what differs from run to run, or is about LangChain itself."""
    differing = ("langgraph_checkpoint_ns", "checkpoint_ns", "ls_integration", "lc_versions", "versions")
    return {name: value for name, value in metadata.items() if name not in differing}
