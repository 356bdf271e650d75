"""What is said in a run: it grows in the log as it is said, stays in the record, and is never markup."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest

from hilnb import END, START, MemorySaver, StateGraph, interrupt
from hilnb import run as run_before_a_person
from hilnb.graph import MessagesState, add_messages
from hilnb.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage
from hilnb.models import ScriptedModel
from hilnb.widgets import page
from hilnb.widgets.conversation import words_of
from hilnb.widgets.record import VALUE_LIMIT, lines_of, transcript
from hilnb.widgets.session import Run

EVIL = "<img src=x onerror=alert(1)>"
ASK = {"name": "AskHuman", "args": {"question": "Which city?"}, "id": "1"}


class Noted(TypedDict):
    messages: Annotated[list[Any], add_messages]
    notes: Annotated[list[str], operator.add]


def graph_of(*nodes, schema=MessagesState):
    builder = StateGraph(schema)
    names = [START, *(node.__name__ for node in nodes), END]
    for node, before in zip(nodes, names):
        builder.add_node(node).add_edge(before, node.__name__)
    return builder.compile(checkpointer=MemorySaver())


def run_of(graph):
    return Run(graph, {"configurable": {"thread_id": "1"}}, do=lambda leg: leg())


def said(run):
    """The log's entries as node, label and text."""
    return [(entry.node, *line) for entry in run.log.entries for line in lines_of(entry)]


def played(*nodes, given="Hello", schema=MessagesState):
    run = run_of(graph_of(*nodes, schema=schema))
    run.start({"messages": given})
    return run


def speaking(*replies):
    """A node in which a model speaks."""
    model = ScriptedModel(replies)

    def agent(state):
        return {"messages": [model.invoke(state["messages"])]}

    return agent


def test_the_transcript_is_the_conversation():
    def ask_human(state):
        call = state["messages"][-1].tool_calls[0]
        return {"messages": [ToolMessage(interrupt(call["args"]["question"]), tool_call_id=call["id"])]}

    def report(state):
        return {"messages": [AIMessage(f"It is sunny in {state['messages'][-1].content}.")]}

    run = played(speaking({"content": "First a question.", "tool_calls": [ASK]}), ask_human, report)
    run.submit("Oslo")

    assert transcript(run).splitlines() == [
        "Run of thread '1': finished",
        "input      human   Hello",
        "agent      AI      First a question.",
        "           calls   AskHuman(question='Which city?')",
        "ask_human  asked   Which city?",
        "           answer  Oslo",
        "           tool    Oslo",
        "report     AI      It is sunny in Oslo.",
        "state              {'messages': <4 messages>}",
    ]


def test_the_text_grows_as_the_model_speaks_and_then_its_call():
    run = run_of(graph_of(speaking({"content": "Let me ask.", "tool_calls": [ASK]})))
    seen = []
    run.changed = lambda entry: seen.append([line[1:] for line in said(run) if line[0] == "agent"])

    run.start({"messages": "Hello"})

    text = [dict(lines)["AI"] for lines in seen if lines]
    assert list(dict.fromkeys(text)) == ["Let ", "Let me ", "Let me ask."]
    calls = [dict(lines)["calls"] for lines in seen if len(lines) == 2]
    assert list(dict.fromkeys(calls)) == ["AskHuman()", "AskHuman(question='Which city?')"]


def test_an_async_node_is_heard_as_well():
    model = ScriptedModel(["Good morning."])

    async def agent(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    run = run_of(graph_of(agent))
    seen = []
    run.changed = lambda entry: seen.append(said(run)[-1][2])

    run.start({"messages": "Hello"})

    assert said(run)[1:] == [("agent", "AI", "Good morning.")]
    assert "Good " in seen


def test_a_new_input_on_the_same_thread_tells_only_what_is_new():
    graph = graph_of(speaking("One.", "Two."))
    run_of(graph).start({"messages": "First"})
    run = run_of(graph)

    run.start({"messages": [HumanMessage("Second")]})

    assert said(run) == [("input", "human", "Second"), ("agent", "AI", "Two.")]


def test_a_node_that_returns_the_conversation_so_far_tells_only_what_is_new():
    def again(state):
        return {"messages": [*state["messages"], AIMessage("And goodbye.")]}

    assert said(played(speaking("Hi."), again))[2:] == [("again", "AI", "And goodbye.")]


def test_a_message_that_a_node_has_changed_is_told_again():
    def correct(state):
        return {"messages": [state["messages"][-1].model_copy(update={"content": "Good day."})]}

    assert said(played(speaking("Hi."), correct))[1:] == [("agent", "AI", "Hi."), ("correct", "AI", "Good day.")]


def test_what_else_a_node_returns_is_its_update():
    def agent(state):
        return {"messages": [AIMessage("Done.")], "notes": ["a note"]}

    def forget(state):
        return {"messages": [RemoveMessage(state["messages"][0].id)]}

    run = played(agent, forget, schema=Noted)

    assert said(run)[1:3] == [("agent", "AI", "Done."), ("agent", "update", "{'notes': ['a note']}")]
    assert said(run)[3][:2] == ("forget", "update")
    assert transcript(run).splitlines()[-1] == "state           {'messages': <1 message>, 'notes': ['a note']}"


def test_a_node_that_adds_no_message_to_the_conversation_changes_nothing():
    def silent(state):
        return {"messages": [], "notes": []}

    run = played(silent, schema=Noted)

    assert said(run) == [("input", "human", "Hello"), ("silent", "update", "{'notes': []}")]


def test_what_was_heard_before_an_error_stays():
    def agent(state):
        for _ in ScriptedModel(["I was just about to"]).stream("go on"):
            pass
        raise ConnectionError("gone")

    assert said(played(agent))[1:] == [
        ("agent", "AI", "I was just about to"),
        ("agent", "error", "ConnectionError: gone"),
    ]


@pytest.mark.parametrize(
    "message",
    [
        AIMessage(EVIL),
        AIMessage([{"type": "thinking", "thinking": EVIL}, {"type": EVIL}]),
        AIMessage("", tool_calls=[{"name": EVIL, "args": {}, "id": "1"}]),
        AIMessage("", tool_calls=[{"name": "search", "args": {EVIL: EVIL}, "id": "1"}]),
        AIMessage("", invalid_tool_calls=[{"name": "search", "args": EVIL, "id": "1", "error": None}]),
        ToolMessage(EVIL, tool_call_id="1"),
        HumanMessage(EVIL),
    ],
    ids=lambda message: next(words_of(message))[0],
)
def test_what_is_said_is_never_markup(message):
    def node(state):
        return {"messages": [message]}

    run = played(node, given=EVIL)

    record = page.record(run, run.graph.get_graph())

    assert "&lt;img src=x onerror=alert(1)&gt;" in record
    assert "<img src=x" not in record


def test_a_very_long_message_is_cut():
    run = played(speaking("x" * (VALUE_LIMIT + 5)))

    assert said(run)[1][2].endswith("x … [5 more characters]")


def test_blocks_are_put_into_words():
    blocks = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "So."}, {"type": "image"}]

    assert list(words_of(AIMessage(blocks))) == [("thinks", "Hm."), ("AI", "So.\n[image]")]
    assert list(words_of(AIMessage(""))) == [("AI", "")]


def test_a_value_that_is_like_a_message_in_name_only_is_shown_as_a_value():
    class Table:
        type: Any = []  # noqa: RUF012 - unhashable, as the column of a data frame is
        content = "a column"

        def __repr__(self):
            return "<a table>"

    def node(state):
        return {"notes": [Table()]}

    assert ("node", "update", "{'notes': [<a table>]}") in said(played(node, schema=Noted))


def test_in_a_terminal_a_message_is_printed_once_it_is_whole(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    run_before_a_person(graph_of(speaking({"content": "Let me ask.", "tool_calls": [ASK]})), {"messages": "Hello"})

    assert capsys.readouterr().out.splitlines() == [
        "[input] human: Hello",
        "[agent] AI: Let me ask.",
        "[agent] calls: AskHuman(question='Which city?')",
    ]


def test_langgraphs_graphs_and_langchains_messages_are_heard_as_well():
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langgraph import graph as theirs
    from langgraph.checkpoint.memory import InMemorySaver

    model = GenericFakeChatModel(messages=iter(["Good morning."]))

    def agent(state):
        return {"messages": [model.invoke(state["messages"])]}

    builder = theirs.StateGraph(theirs.MessagesState).add_node(agent).add_edge(theirs.START, "agent")
    run = run_of(builder.compile(checkpointer=InMemorySaver()))
    seen = []
    run.changed = lambda entry: seen.append(said(run)[-1][2])

    run.start({"messages": ["Hello"]})

    assert said(run) == [("input", "human", "Hello"), ("agent", "AI", "Good morning.")]
    assert "Good " in seen
