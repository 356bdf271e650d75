"""A conversation in the state: ids, coercion, replacing, removing, and what it costs."""

import copy
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, TypedDict

import langchain_core.messages
import langgraph.graph.message
import pytest
from pydantic import BaseModel, ValidationError

from hilnb.checkpoint.memory import MemorySaver
from hilnb.graph import END, START, StateGraph
from hilnb.graph.message import REMOVE_ALL_MESSAGES, MessagesState, add_messages
from hilnb.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
)

THREAD = {"configurable": {"thread_id": "1"}}


def texts(messages):
    return [message.text for message in messages]


def echo(schema):
    """A graph whose one node says again what was said."""
    builder = StateGraph(schema)

    def answer(state):
        messages = state["messages"] if isinstance(state, dict) else state.messages
        return {"messages": ("ai", f"You said: {messages[-1].content}")}

    return builder.add_node("echo", answer).add_edge(START, "echo").add_edge("echo", END)


def test_messages_without_an_id_get_one():
    given = HumanMessage("a")

    left, right = add_messages([given], ("ai", "b"))

    assert uuid.UUID(left.id).version == uuid.UUID(right.id).version == 4
    assert given.id is None


def test_whatever_stands_for_a_message_becomes_one():
    merged = add_messages("a", ["b", ("ai", "c"), {"role": "system", "content": "d"}, AIMessageChunk("e")])

    assert [(type(m), m.text) for m in merged] == [
        (HumanMessage, "a"),
        (HumanMessage, "b"),
        (AIMessage, "c"),
        (SystemMessage, "d"),
        (AIMessage, "e"),
    ]


def test_a_known_id_replaces_in_place():
    merged = add_messages([HumanMessage("a", id="1"), AIMessage("b", id="2")], HumanMessage("A", id="1"))

    assert texts(merged) == ["A", "b"]


def test_a_removed_message_is_gone_and_may_come_back():
    start = [HumanMessage("a", id="1"), AIMessage("b", id="2")]

    assert texts(add_messages(start, RemoveMessage("1"))) == ["b"]
    assert texts(add_messages(start, [RemoveMessage("1"), HumanMessage("A", id="1")])) == ["A", "b"]


def test_removing_an_unknown_id_is_an_error_naming_it():
    with pytest.raises(ValueError, match=r"doesn't exist \('7'\)"):
        add_messages([HumanMessage("a", id="1")], RemoveMessage("7"))


def test_all_messages_can_be_removed_and_others_said():
    merged = add_messages([HumanMessage("a")], ["lost", RemoveMessage(REMOVE_ALL_MESSAGES), "b", "c"])

    assert texts(merged) == ["b", "c"]


def test_after_removing_all_the_rest_is_merged_as_ever():
    said = [RemoveMessage(REMOVE_ALL_MESSAGES), HumanMessage("b", id="1"), HumanMessage("c", id="1")]

    assert texts(add_messages([HumanMessage("a", id="1")], said)) == ["c"]


def test_one_list_alone_is_an_error():
    with pytest.raises(ValueError, match="'right' is None"):
        add_messages([], None)


def test_an_unknown_format_is_an_error():
    with pytest.raises(ValueError, match="langchain-openai"):
        add_messages([], [], format="xml")


def test_the_lists_given_are_not_changed():
    left, right = [HumanMessage("a")], [AIMessage("b")]
    before = copy.copy(left), copy.copy(right)

    merged = add_messages(left, right)
    merged.append("x")

    assert (left, right) == before


def test_a_list_changed_by_its_owner_is_taken_as_it_is():
    merged = add_messages([], [HumanMessage("a", id="1"), HumanMessage("b", id="2")])
    merged[0] = HumanMessage("A", id="3")

    again = add_messages(merged, [HumanMessage("c", id="1"), HumanMessage("d", id="3")])

    assert texts(again) == ["d", "b", "c"]


def test_two_forks_of_one_conversation_do_not_meet():
    trunk = add_messages([], ["a", "b"])

    left, right = add_messages(trunk, "left"), add_messages(trunk, "right")

    assert texts(left) == ["a", "b", "left"]
    assert texts(add_messages(right, "on")) == ["a", "b", "right", "on"]
    assert texts(trunk) == ["a", "b"]


def test_forks_made_at_once_do_not_meet():
    trunk = add_messages([], ["a", "b"])

    with ThreadPoolExecutor(4) as pool:
        forks = list(pool.map(lambda n: add_messages(trunk, f"fork {n}"), range(200)))

    assert [texts(fork) for fork in forks] == [["a", "b", f"fork {n}"] for n in range(200)]


def lines_run(action):
    """How many lines of ours ran."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace if "hilnb" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("id", [None, "new"])
def test_adding_to_a_long_conversation_runs_no_more_python_than_to_a_short_one(id):
    short = add_messages([], [HumanMessage("x") for _ in range(4)])
    long = add_messages([], [HumanMessage("x") for _ in range(2000)])

    costs = [lines_run(lambda left=left: add_messages(left, AIMessage("y", id=id))) for left in (short, long)]

    assert costs[0] == costs[1]


def test_a_graph_keeps_a_conversation():
    graph = echo(MessagesState).compile(checkpointer=MemorySaver())

    graph.invoke({"messages": "hi"}, THREAD)
    state = graph.invoke({"messages": {"role": "user", "content": "ho"}}, THREAD)

    assert texts(state["messages"]) == ["hi", "You said: hi", "ho", "You said: ho"]
    assert state["messages"][0] is graph.get_state(THREAD).values["messages"][0]


def test_a_pydantic_state_holds_messages():
    class State(BaseModel):
        messages: Annotated[list[AnyMessage], add_messages]

    state = echo(State).compile().invoke({"messages": "hi"})

    assert texts(state["messages"]) == ["hi", "You said: hi"]
    assert State(messages=[{"type": "human", "content": "a"}]).messages == [HumanMessage("a")]
    assert State.model_validate_json(State(**state).model_dump_json()).messages == state["messages"]
    assert State.model_json_schema()["properties"]["messages"]["type"] == "array"
    with pytest.raises(ValidationError, match="not an instance of HumanMessage"):
        State(messages=[5])


def test_langchain_messages_stay_what_they_are():
    theirs = langchain_core.messages.HumanMessage("hi")

    state = echo(MessagesState).compile(checkpointer=MemorySaver()).invoke({"messages": [theirs]}, THREAD)

    assert [type(m).__module__.split(".")[0] for m in state["messages"]] == ["langchain_core", "hilnb"]
    assert add_messages([], [theirs])[0] is theirs
    assert convert_to_messages([theirs, "ho"])[0] is theirs


def test_a_langchain_chunk_becomes_langchains_message():
    (message,) = add_messages([], langchain_core.messages.AIMessageChunk("hi", id="1"))

    assert message == langchain_core.messages.AIMessage("hi", id="1")


def test_an_object_that_only_looks_like_a_message_is_refused():
    class Reply:  # like the message of an API's client
        type = "message"
        content = "hi"

    with pytest.raises(NotImplementedError, match=r"Reply\) cannot be made into a message"):
        add_messages([], [Reply()])


def test_an_unknown_role_names_the_nearest():
    with pytest.raises(ValueError, match=r"'asistant' \(did you mean 'assistant'\?\)"):
        add_messages([], [("asistant", "hi")])


OPENAI = {
    "text": HumanMessage("a"),
    "text blocks": HumanMessage([{"type": "text", "text": "a", "cache_control": {"type": "x"}}, "b"]),
    "an image": HumanMessage(
        ["a", {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "12"}}]
    ),
    "a tool use": AIMessage([{"type": "text", "text": "a"}, {"type": "tool_use", "id": "1", "name": "f", "input": {}}]),
    "a tool result": HumanMessage(
        [{"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "r"}]}, "b"]
    ),
    "an image_url": HumanMessage([{"type": "image_url", "image_url": {"url": "u"}}]),
    "no blocks": AIMessage([]),
}


@pytest.mark.parametrize("message", OPENAI.values(), ids=OPENAI)
def test_the_openai_format_is_langgraphs(message):
    theirs = getattr(langchain_core.messages, type(message).__name__)(message.model_dump()["content"])
    expected = langgraph.graph.message.add_messages([], [theirs], format="langchain-openai")

    merged = add_messages(format="langchain-openai")([], [message])

    assert [repr(m.model_copy(update={"id": None})) for m in merged] == [
        repr(m.model_copy(update={"id": None})) for m in expected
    ]
    assert all(m.id for m in merged)


def test_what_has_the_openai_format_already_stays_the_same_object():
    (message,) = add_messages([], HumanMessage([{"type": "image_url", "image_url": {"url": "u"}}]))

    assert add_messages([message], [], format="langchain-openai")[0] is message


def test_a_reducer_with_a_format_works_in_a_state():
    class State(TypedDict):
        messages: Annotated[list, add_messages(format="langchain-openai")]

    state = echo(State).compile().invoke({"messages": HumanMessage(["a", "b"])})

    assert texts(state["messages"]) == ["a\nb", "You said: a\nb"]


def test_a_tool_result_of_a_turn_keeps_its_id_when_it_is_formatted_again():
    said = HumanMessage([{"type": "tool_result", "tool_use_id": "1", "content": "r"}], id="m")

    once = add_messages([], said, format="langchain-openai")

    assert once == [ToolMessage("r", tool_call_id="1", id="m-1")]
