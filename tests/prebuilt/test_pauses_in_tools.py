"""Tools that ask a person: each question of each of several calls has its own answer."""

import pytest

from hilnb.config import RunnableConfig
from hilnb.graph import START, MessagesState, StateGraph
from hilnb.prebuilt import ToolNode
from hilnb.tools import BaseTool, tool
from hilnb.types import Command, interrupt
from tests.prebuilt.graphs import THREAD, answers, around, asked


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def ask(question: str) -> str:
    """Ask a person."""
    return interrupt(question)


def test_each_of_several_tools_gets_the_answer_to_its_own_question(run):
    graph = around(ToolNode([ask, add]))
    given = asked(("add", {"a": 1, "b": 1}), ("ask", {"question": "name?"}), ("ask", {"question": "age?"}))

    first = run(graph, given, THREAD)["__interrupt__"]
    second = run(graph, Command(resume="Ann"), THREAD)["__interrupt__"]
    state = run(graph, Command(resume={second[0].id: "9"}), THREAD)

    assert [question.value for question in first + second] == ["name?", "age?"]
    assert first[0].id != second[0].id
    assert [content for content, _ in answers(state)] == ["2", "Ann", "9"]


def test_a_tool_may_ask_several_times(run):
    def form(title: str) -> str:
        """Fill in a form."""
        return f"{title}: {interrupt('a')} {interrupt('b')}"

    graph = around(ToolNode([form]))
    run(graph, asked(("form", {"title": "t1"}), ("form", {"title": "t2"})), THREAD)
    for answer in "1234":
        state = run(graph, Command(resume=answer), THREAD)

    assert [content for content, _ in answers(state)] == ["t1: 1 2", "t2: 3 4"]


def test_an_answer_before_the_question_goes_to_the_first_that_asks(run):
    graph = around(ToolNode([ask, add]))
    given = asked(("add", {"a": 1, "b": 1}), ("ask", {"question": "name?"}), ("ask", {"question": "age?"}))
    run(graph, given, THREAD)
    graph.update_state(THREAD, {"user": "Bo"}, as_node="__start__")

    state = run(graph, Command(resume="Ann"), THREAD)

    assert [question.value for question in state["__interrupt__"]] == ["age?"]


def test_a_pause_passes_through_the_handling_of_failures(run):
    graph = around(ToolNode([ask], handle_tool_errors=True))
    run(graph, asked(("ask", {"question": "name?"})), THREAD)

    assert answers(run(graph, Command(resume="Ann"), THREAD)) == [("Ann", "success")]


def test_a_swallowed_pause_is_noticed(run):
    def deaf(n: int) -> str:
        """Deaf."""
        try:
            return interrupt(n)
        except BaseException:
            return "swallowed"

    with pytest.warns(UserWarning, match="swallowed the pause"):
        run(around(ToolNode([add, deaf])), asked(("add", {"a": 1, "b": 1}), ("deaf", {"n": 1})), THREAD)


def test_graphs_in_tools_pause_and_go_on(run):
    def inner(question: str) -> str:
        """Ask in a graph of its own."""
        builder = StateGraph(MessagesState).add_node("ask", lambda s: {"messages": [("ai", interrupt(question))]})
        return builder.add_edge(START, "ask").compile().invoke({"messages": []})["messages"][-1].content

    graph = around(ToolNode([inner]))
    seen = [run(graph, asked(("inner", {"question": "1?"}), ("inner", {"question": "2?"})), THREAD)]
    seen += [run(graph, Command(resume=answer), THREAD) for answer in ("one", "two")]

    assert [question.value for state in seen[:2] for question in state["__interrupt__"]] == ["1?", "2?"]
    assert [content for content, _ in answers(seen[-1])] == ["one", "two"]


def with_review(function):
    """A tool that asks before it runs, the way LangGraph's pages wrap one."""
    inner = function if isinstance(function, BaseTool) else tool(function)

    @tool(inner.name, description=inner.description, args_schema=inner.args_schema)
    def reviewed(config: RunnableConfig, **given):
        (said,) = interrupt([{"action_request": {"action": inner.name, "args": given}}])
        return inner.invoke(said.get("args", given), config) if said["type"] != "response" else said["args"]

    return reviewed


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ({"type": "accept"}, "3"),
        ({"type": "edit", "args": {"a": 5, "b": 5}}, "10"),
        ({"type": "response", "args": "no"}, "no"),
    ],
)
def test_a_person_reviews_the_call_of_a_wrapped_tool(run, said, heard):
    graph = around(ToolNode([with_review(tool(add))]))

    (question,) = run(graph, asked(("add", {"a": 1, "b": 2})), THREAD)["__interrupt__"]
    state = run(graph, Command(resume=[said]), THREAD)

    assert question.value == [{"action_request": {"action": "add", "args": {"a": 1, "b": 2}}}]
    assert answers(state) == [(heard, "success")]
