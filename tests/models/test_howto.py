"""The conversation of LangGraph's page "wait for user input": an agent that asks the person through a tool.

The same program runs on LangGraph with langchain-anthropic and on hilnb, against the same server.
"""

import importlib
import json

import pytest

from tests.models.programs import AskHuman, checked_body, claude, search, their_claude
from tests.models.server import Server, calls, says

SCRIPT = [
    calls("AskHuman", {"question": "Where are you located?"}, "I'll ask you for your location first.", id="toolu_ask"),
    calls("search", {"query": "weather in San Francisco"}, "Now I'll look it up.", id="toolu_search"),
    says("It's sunny in San Francisco."),
]
LIBRARIES = {
    "hilnb": ("hilnb.graph", "hilnb.prebuilt", "hilnb.types", "hilnb.tools", "hilnb.checkpoint.memory"),
    "langgraph": (
        *("langgraph.graph", "langgraph.prebuilt", "langgraph.types"),
        *("langchain_core.tools", "langgraph.checkpoint.memory"),
    ),
}


def assistant(library, model):
    """The page's graph."""
    graph, prebuilt, types, tools, memory = map(importlib.import_module, LIBRARIES[library])
    known = [tools.tool(search)]
    bound = model.bind_tools([*known, AskHuman])

    def should_continue(state):
        last = state["messages"][-1]
        if not last.tool_calls:
            return graph.END
        return "ask_human" if last.tool_calls[0]["name"] == "AskHuman" else "action"

    def call_model(state):
        return {"messages": [bound.invoke(state["messages"])]}

    def ask_human(state):
        call = state["messages"][-1].tool_calls[0]
        ask = AskHuman.model_validate(call["args"])
        location = types.interrupt(ask.question)
        return {"messages": [{"tool_call_id": call["id"], "type": "tool", "content": location}]}

    builder = graph.StateGraph(graph.MessagesState)
    builder.add_node("agent", call_model)
    builder.add_node("action", prebuilt.ToolNode(known))
    builder.add_node("ask_human", ask_human)
    builder.add_edge(graph.START, "agent")
    builder.add_conditional_edges("agent", should_continue, path_map=["ask_human", "action", graph.END])
    builder.add_edge("action", "agent")
    builder.add_edge("ask_human", "agent")
    return builder.compile(checkpointer=memory.MemorySaver()), types.Command


def transcript(library, model):
    """What the page prints, and what is asked in between."""
    app, command = assistant(library, model)
    config = {"configurable": {"thread_id": "2"}}
    begin = {"messages": [("user", "Ask the user where they are, then look up the weather there")]}
    for given in (begin, command(resume="san francisco")):
        for event in app.stream(given, config, stream_mode="values"):
            if "__interrupt__" not in event:
                yield event["messages"][-1].pretty_repr()
        yield str(app.get_state(config).next)


@pytest.fixture
def conversations():
    """Both transcripts, and the bodies of the requests."""
    with Server(*SCRIPT) as ours, Server(*SCRIPT) as theirs:
        mine = list(transcript("hilnb", claude(ours)))
        other = list(transcript("langgraph", their_claude(theirs)))
        yield (mine, ours.bodies), (other, theirs.bodies)


def test_the_printed_conversation_is_the_same(conversations):
    (mine, _), (other, _) = conversations

    assert mine == [said.replace(", 'toolset_name': None", "") for said in other]  # the SDK's, not the API's
    assert mine[2] == "('ask_human',)"
    assert "Where are you located?" in mine[1]
    assert mine[-2].endswith("It's sunny in San Francisco.")


def test_the_model_is_asked_the_same(conversations):
    (_, mine), (_, other) = conversations

    def asked(body):
        turns = json.loads(json.dumps(body["messages"]).replace(', "is_error": false', ""))  # said where it is true
        return turns, body["tools"], body["model"]

    assert [asked(checked_body(body)) for body in mine] == [asked(body) for body in other]


def test_the_answer_of_the_person_goes_back_as_the_result_of_the_tool(conversations):
    (_, bodies), _ = conversations

    result = {"type": "tool_result", "tool_use_id": "toolu_ask", "content": "san francisco"}
    assert bodies[1]["messages"][2] == {"role": "user", "content": [result]}
