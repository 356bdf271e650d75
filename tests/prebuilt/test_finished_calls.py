"""A tool call that has come to its end does not run again, though its node does."""

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.checkpoint.sqlite import SqliteSaver
from hilnb.errors import SerializationError
from hilnb.graph import END, START, MessagesState, StateGraph
from hilnb.messages import AIMessage, ToolMessage
from hilnb.prebuilt import ToolNode
from hilnb.tools import tool
from hilnb.types import Command, RetryPolicy, interrupt
from tests.prebuilt.graphs import THREAD, answers, around, asked, calling


@pytest.fixture
def tools(ran):
    @tool
    def pay(amount: int) -> str:
        """Pay."""
        ran.append(amount)
        return f"paid {amount}"

    @tool
    def ask(question: str) -> str:
        """Ask a person."""
        return interrupt(question)

    @tool
    def confirm(amount: int) -> str:
        """Pay when a person agrees."""
        if interrupt(f"pay {amount}?") == "yes":
            ran.append(amount)
        return "confirmed"

    return [pay, ask, confirm]


def test_a_call_beside_one_that_asks_runs_once(run, saver, tools, ran):
    graph = around(ToolNode(tools))
    run(graph, asked(("pay", {"amount": 1}), ("ask", {"question": "a?"}), ("ask", {"question": "b?"})), THREAD)
    for answer in ("A", "B"):
        state = run(graph, Command(resume=answer), THREAD)

    assert ran == [1]
    assert [content for content, _ in answers(state)] == ["paid 1", "A", "B"]


@pytest.mark.parametrize("first", ["pay", "confirm"])
def test_calls_that_were_confirmed_run_once(run, saver, tools, ran, first):
    builder = StateGraph(MessagesState).add_node("tools", ToolNode(tools))
    graph = builder.add_edge(START, "tools").add_edge("tools", END).compile(saver)
    calls = [(first, {"amount": 1}), ("confirm", {"amount": 2}), ("ask", {"question": "more?"})]
    state = run(graph, {"messages": [calling(*calls)]}, THREAD)

    while "__interrupt__" in state:
        state = run(graph, Command(resume={state["__interrupt__"][0].id: "yes"}), THREAD)

    assert ran == [1, 2]


def test_a_call_beside_one_that_fails_runs_once_when_the_node_is_tried_again(run, ran, tools):
    left = [OSError("once"), OSError("twice")]

    @tool
    def shaky(name: str) -> str:
        """Fail at first."""
        if left:
            raise left.pop()
        return "well"

    builder = StateGraph(MessagesState)
    policy = RetryPolicy(initial_interval=0, jitter=False, retry_on=OSError)
    builder.add_node("tools", ToolNode([*tools, shaky]), retry_policy=policy)
    graph = builder.add_edge(START, "tools").add_edge("tools", END).compile(checkpointer=MemorySaver())

    state = run(graph, {"messages": [calling(("pay", {"amount": 1}), ("shaky", {"name": "x"}))]}, THREAD)

    assert ran == [1]
    assert [content for content, _ in answers(state)] == ["paid 1", "well"]


def test_a_question_after_the_tools_keeps_its_own_answer(tools):
    node = ToolNode(tools)

    def both(state):
        update = node.invoke(state)
        return {**update, "user": interrupt("anything else?")}

    graph = around(both)
    state = graph.invoke(asked(("confirm", {"amount": 1}), ("confirm", {"amount": 2})), THREAD)
    heard = []
    while "__interrupt__" in state:
        (question,) = state["__interrupt__"]
        heard.append(question.value)
        state = graph.invoke(Command(resume="no, thanks" if question.value == "anything else?" else "yes"), THREAD)

    assert heard == ["pay 1?", "pay 2?", "anything else?"]
    assert state["user"] == "no, thanks"


def test_a_tool_that_returns_a_command_runs_once_too(run, saver, tools, ran):
    @tool
    def move(to: str) -> Command:
        """Move."""
        ran.append(to)
        return Command(update={"messages": [ToolMessage("moved", tool_call_id="ai-0")]})

    builder = StateGraph(MessagesState).add_node("tools", ToolNode([*tools, move]))
    graph = builder.add_edge(START, "tools").add_edge("tools", END).compile(saver)
    run(graph, {"messages": [calling(("move", {"to": "x"}), ("ask", {"question": "a?"}))]}, THREAD)

    state = run(graph, Command(resume="A"), THREAD)

    assert ran == ["x"]
    assert [content for content, _ in answers(state)] == ["moved", "A"]


def test_a_call_of_the_same_id_in_a_later_turn_runs(run, tools, ran):
    graph = around(ToolNode(tools))
    given = calling(("pay", {"amount": 1}), ("ask", {"question": "a?"}))

    for id in ("first", "second"):
        run(graph, {"messages": [given.with_id(id)]}, THREAD)
        run(graph, Command(resume="A"), THREAD)

    assert ran == [1, 1]


def test_a_result_that_a_file_cannot_keep_is_refused_before_anybody_is_asked(run, tools):
    @tool(response_format="content_and_artifact")
    def open_file(name: str):
        """Open it."""
        return "opened", object()

    builder = StateGraph(MessagesState).add_node("tools", ToolNode([*tools, open_file]))
    given = {"messages": [calling(("open_file", {"name": "x"}), ("ask", {"question": "a?"}))]}

    with SqliteSaver(":memory:") as saver:
        graph = builder.add_edge(START, "tools").add_edge("tools", END).compile(saver)
        with pytest.raises(SerializationError, match=r"'tool call 0, ai-0'.* holds an? object"):
            run(graph, given, THREAD)


def test_calls_with_one_id_keep_their_own_results(run, tools, ran):
    calls = [{"name": "pay", "args": {"amount": amount}, "id": "1"} for amount in (1, 2)]
    calls.append({"name": "ask", "args": {"question": "a?"}, "id": "2"})
    graph = around(ToolNode(tools))
    run(graph, {"messages": [AIMessage("", tool_calls=calls)]}, THREAD)

    state = run(graph, Command(resume="A"), THREAD)

    assert sorted(ran) == [1, 2]
    assert [content for content, _ in answers(state)] == ["paid 1", "paid 2", "A"]


def test_a_call_that_a_message_answers_does_not_run(run, tools, ran):
    given = calling(("pay", {"amount": 1}), ("pay", {"amount": 2}))

    state = run(around(ToolNode(tools)), {"messages": [given, ToolMessage("no", tool_call_id="ai-0")]}, THREAD)

    assert ran == [2]
    assert [content for content, _ in answers(state)] == ["no", "paid 2"]
