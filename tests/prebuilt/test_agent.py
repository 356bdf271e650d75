"""The ready-made agent: the loop, its prompt, its hooks, its pauses."""

from typing import Annotated

import pytest
from pydantic import BaseModel

from hilnb.checkpoint.memory import MemorySaver
from hilnb.graph import MessagesState, add_messages
from hilnb.managed import RemainingSteps
from hilnb.messages import AIMessage, HumanMessage, SystemMessage
from hilnb.prebuilt import ToolNode, create_react_agent
from hilnb.tools import tool
from hilnb.types import Command, interrupt
from tests.prebuilt.graphs import THREAD, Scripted, answers, calling

HI = {"messages": [("user", "hi")]}
DONE = AIMessage("done", id="end")


@tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


@tool
def ask(question: str) -> str:
    """Ask a person."""
    return interrupt(question)


@tool(return_direct=True)
def final(word: str) -> str:
    """The last word."""
    return word


def agent(model, tools=(add, ask, final), **options):
    return create_react_agent(model, tools, checkpointer=MemorySaver(), **options)


def texts(state):
    return [message.content for message in state["messages"]]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_model_calls_tools_until_it_has_its_answer(run, version):
    model = Scripted(calling(("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4})), DONE)

    state = run(agent(model, version=version, name="bot"), HI, THREAD)

    assert texts(state) == ["hi", "", "3", "7", "done"]
    assert [each.name for each in model.tools] == ["add", "ask", "final"]
    assert model.heard[1] == [("human", "hi"), ("ai", ""), ("tool", "3"), ("tool", "7")]
    assert state["messages"][-1].name == "bot"


def test_without_tools_the_model_answers_at_once(run):
    assert texts(run(agent(Scripted(DONE), []), HI, THREAD)) == ["hi", "done"]


class Words:
    def invoke(self, state, config):
        return [SystemMessage("be brief"), *state["messages"]]


@pytest.mark.parametrize(
    "prompt",
    ["be brief", SystemMessage("be brief"), lambda state: [SystemMessage("be brief"), *state["messages"]], Words()],
    ids=["text", "message", "function", "runnable"],
)
def test_a_prompt_comes_before_the_messages(run, prompt):
    model = Scripted(DONE)

    run(agent(model, prompt=prompt), HI, THREAD)

    assert model.heard == [[("system", "be brief"), ("human", "hi")]]


def test_a_prompt_function_can_have_what_a_node_can_have(run):
    def prompt(state, config, *, runtime, store):
        thread = config["configurable"]["thread_id"]
        return [SystemMessage(f"thread {thread}, {runtime.context}, {store}"), *state["messages"]]

    model = Scripted(DONE)

    run(agent(model, prompt=prompt), HI, THREAD)

    assert model.heard[0][0] == ("system", "thread 1, None, None")


def test_what_is_no_model_or_no_prompt_is_refused():
    with pytest.raises(TypeError, match="give the model itself, which has"):
        create_react_agent(5, [add])
    with pytest.raises(ValueError, match="Got unexpected type for `prompt`: <class 'int'>"):
        create_react_agent(Scripted(DONE), [add], prompt=5)


def test_a_function_may_choose_the_model(run):
    models = {"a": Scripted(DONE), "b": Scripted(AIMessage("b"))}

    def choose(state, runtime):
        return models[state["messages"][-1].content]

    assert texts(run(agent(choose), {"messages": ["b"]}, THREAD)) == ["b", "b"]


def test_an_async_function_may_choose_the_model():
    async def choose(state, runtime):
        return Scripted(DONE)

    with pytest.raises(RuntimeError, match="use ainvoke or astream"):
        agent(choose).invoke(HI, THREAD)


def test_each_call_pauses_on_its_own(run):
    graph = agent(
        Scripted(
            calling(("ask", {"question": "name?"}), ("ask", {"question": "age?"}), ("add", {"a": 1, "b": 1})), DONE
        )
    )

    questions = run(graph, HI, THREAD)["__interrupt__"]
    state = run(graph, Command(resume={question.id: question.value.upper() for question in questions}), THREAD)

    assert texts(state)[2:] == ["NAME?", "AGE?", "2", "done"]


def test_a_direct_tool_ends_the_work(run):
    graph = agent(Scripted(calling(("add", {"a": 1, "b": 1}), ("final", {"word": "x"}))))

    assert answers(run(graph, HI, THREAD)) == [("2", "success"), ("x", "success")]


def test_it_stops_before_tools_and_goes_on(run):
    graph = agent(Scripted(calling(("add", {"a": 1, "b": 1})), DONE), interrupt_before=["tools"])

    assert texts(run(graph, HI, THREAD)) == ["hi", ""]
    assert texts(run(graph, None, THREAD)) == ["hi", "", "2", "done"]


class Answer(BaseModel):
    text: str


@pytest.mark.parametrize("tools", [[], [add]], ids=["without tools", "with tools"])
@pytest.mark.parametrize("hook", [None, lambda state: None], ids=["alone", "after a hook"])
def test_the_answer_can_have_a_form(run, tools, hook):
    state = run(agent(Scripted(DONE), tools, response_format=Answer, post_model_hook=hook), HI, THREAD)
    prompted = run(agent(Scripted(DONE), tools, response_format=("Put it well", Answer)), HI, THREAD)

    assert state["structured_response"] == {"Answer": "done", "first": "hi"}
    assert prompted["structured_response"]["first"] == "Put it well"


def test_a_hook_may_write_what_the_model_reads(run):
    model = Scripted(calling(("add", {"a": 1, "b": 1})), DONE)

    def last_two(state):
        return {"llm_input_messages": state["messages"][-2:]}

    state = run(agent(model, pre_model_hook=last_two), HI, THREAD)

    assert texts(state) == ["hi", "", "2", "done"]
    assert model.heard[1] == [("ai", ""), ("tool", "2")]


def test_a_hook_may_ask_before_tools_run(run):
    def approve(state):
        if state["messages"][-1].tool_calls and interrupt("run it?") != "yes":
            return {"messages": [AIMessage("refused", id=state["messages"][-1].id)]}
        return None

    for answer, said in (("yes", ["hi", "", "2", "done"]), ("no", ["hi", "refused"])):
        graph = agent(Scripted(calling(("add", {"a": 1, "b": 1})), DONE), post_model_hook=approve)
        run(graph, HI, THREAD)

        assert texts(run(graph, Command(resume=answer), THREAD)) == said


def test_it_says_so_when_steps_run_out(run):
    graph = agent(Scripted(*(calling(("add", {"a": 1, "b": 1}), id=f"m{n}") for n in range(9))))

    state = run(graph, HI, {**THREAD, "recursion_limit": 4})

    assert texts(state)[-1] == "Sorry, need more steps to process this request."


class State(BaseModel):
    messages: Annotated[list, add_messages]
    remaining_steps: RemainingSteps = 25
    user: str = "Ann"


def test_a_pydantic_state_will_do(run):
    model = Scripted(calling(("add", {"a": 1, "b": 1})), DONE)

    state = run(
        agent(
            model,
            state_schema=State,
            pre_model_hook=lambda state: {"llm_input_messages": [HumanMessage(state.user), *state.messages[1:]]},
        ),
        HI,
        THREAD,
    )

    assert texts(state) == ["hi", "", "2", "done"]
    assert model.heard[0] == [("human", "Ann")]


def test_wrong_uses_are_refused(run):
    with pytest.raises(
        ValueError, match=r"Missing required key\(s\) {'remaining_steps'} in state_schema MessagesState"
    ):
        agent(Scripted(DONE), state_schema=MessagesState)
    with pytest.raises(ValueError, match="Invalid version 'v3'"):
        agent(Scripted(DONE), version="v3")
    with pytest.raises(ValueError, match="a tool call that has no ToolMessage as its answer"):
        run(agent(Scripted(DONE)), {"messages": [calling(("add", {})), HumanMessage("go on")]}, THREAD)


def test_a_tool_node_of_ones_own_is_used(run):
    @tool
    def fail():
        """Fail."""
        raise OSError("disk full")

    model = Scripted(calling(("fail", {})), DONE)
    graph = agent(model, ToolNode([fail], handle_tool_errors="no luck"))

    assert answers(run(graph, HI, THREAD)) == [("no luck", "error")]
    assert [each.name for each in model.tools] == ["fail"]


def test_tools_of_the_models_own_are_bound_and_not_run(run):
    model = Scripted(DONE)

    run(agent(model, [add, {"type": "web_search"}]), HI, THREAD)

    assert model.tools[1] == {"type": "web_search"}
