"""LangChain's chat models and tools in our agents and in ToolNode."""

from typing import Annotated

import pytest
from langchain_anthropic import ChatAnthropic
from langchain_core import messages as theirs
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import InjectedToolCallId
from langchain_core.tools import tool as their_tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.prebuilt import InjectedState as TheirInjectedState
from langgraph.prebuilt import ToolRuntime as TheirToolRuntime
from langgraph.types import Command as TheirCommand
from pydantic import Field

from hilnb.checkpoint.memory import MemorySaver
from hilnb.checkpoint.sqlite import SqliteSaver
from hilnb.messages import ToolMessage
from hilnb.prebuilt import InjectedState, ToolApproval, ToolNode, ToolRuntime, create_react_agent
from hilnb.tools import tool, tool_definition
from hilnb.types import Command, interrupt
from tests.prebuilt.graphs import THREAD, answers, around, asked, calling

HI = {"messages": [("user", "hi")]}


class TheirModel(GenericFakeChatModel):
    """One of LangChain's, which follows a script and remembers its tools in the form it understands."""

    tools: list = Field(default_factory=list)

    def bind_tools(self, tools, **options):
        self.tools += [convert_to_openai_tool(each)["function"] for each in tools]
        return self.bind(tools=self.tools)


@tool
def send(to: str, copies: int = 1) -> str:
    """Send it."""
    return f"sent {copies} to {to}"


@their_tool
def look(what: str) -> str:
    """Look at it."""
    return f"saw {what}"


@their_tool
def ask(question: str) -> str:
    """Ask a person."""
    return interrupt(question)


CALLS = (("send", {"to": "Ann"}), ("look", {"what": "sky"}), ("ask", {"question": "why?"}))


@pytest.fixture(params=["memory", "sqlite"])
def saver(request):
    if request.param == "memory":
        yield MemorySaver()
        return
    with SqliteSaver(":memory:", types=[theirs.AIMessage, theirs.ToolMessage]) as saver:
        yield saver


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_langchain_model_uses_tools_of_both_kinds_with_approval(run, saver, version):
    model = TheirModel(messages=iter([calling(*CALLS, message=theirs.AIMessage), theirs.AIMessage("done")]))
    graph = create_react_agent(
        model,
        [send, look, ask],
        prompt="Be kind.",
        version=version,
        checkpointer=saver,
        post_model_hook=ToolApproval({"send": True, "look": True}),
    )

    run(graph, HI, THREAD)
    edit = {"type": "edit", "edited_action": {"name": "send", "args": {"to": "Bo", "copies": 2}}}
    (question,) = run(graph, Command(resume={"decisions": [edit, {"type": "approve"}]}), THREAD)["__interrupt__"]
    state = run(graph, Command(resume="because"), THREAD)

    assert [each["name"] for each in model.tools] == ["send", "look", "ask"]
    assert set(model.tools[0]["parameters"]["properties"]) == {"to", "copies"}
    assert question.value == "why?"
    assert [content for content, _ in answers(state)] == ["sent 2 to Bo", "saw sky", "because"]
    assert state["messages"][1].tool_calls[0]["args"] == {"to": "Bo", "copies": 2}
    assert isinstance(state["messages"][-1], theirs.AIMessage)


def test_by_hand_a_langchain_model_is_told_of_our_tools_as_definitions():
    model = ChatAnthropic(model="claude-sonnet-5-5", api_key="none")

    bound = model.bind_tools([tool_definition(send), look])

    ours = bound.kwargs["tools"][0]
    assert (ours["name"], ours["description"]) == ("send", "Send it.")
    assert ours["input_schema"]["required"] == ["to"]


# ── their tools, and what they may have and return ────────────────────────────────────────────────────────────────────


def outcome(run, made, args=None):
    """The state after a ToolNode has run this tool."""
    return run(around(ToolNode([made])), asked((made.name, args or {})), THREAD)


@pytest.mark.parametrize("mark", [InjectedState, TheirInjectedState], ids=["ours", "theirs"])
def test_a_langchain_tool_gets_what_is_injected(run, mark):
    @their_tool
    def peek(
        word: str,
        state: Annotated[dict, mark],
        user: Annotated[str, mark("user")],
        call: Annotated[str, InjectedToolCallId],
        config: RunnableConfig,
    ) -> str:
        """Look around."""
        return f"{word} {sorted(state)} {user} {call} {config['configurable']['thread_id']}"

    assert answers(outcome(run, peek, {"word": "w"})) == [("w ['messages', 'user'] Ann ai-0 1", "success")]


@pytest.mark.parametrize("kind", [ToolRuntime, TheirToolRuntime], ids=["ours", "theirs"])
def test_a_langchain_tool_gets_the_runtime_as_the_class_it_wants(run, kind):
    def peek(word: str, runtime) -> str:
        """Look around."""
        return f"{type(runtime) is kind} {runtime.state['user']} {runtime.tool_call_id}"

    peek.__annotations__["runtime"] = kind

    assert answers(outcome(run, their_tool(peek), {"word": "w"})) == [("True Ann ai-0", "success")]


def test_a_langchain_tool_may_return_our_command(run):
    @their_tool
    def rename(call: Annotated[str, InjectedToolCallId]):
        """Rename."""
        return Command(update={"user": "Bo", "messages": [ToolMessage("renamed", tool_call_id=call)]})

    state = outcome(run, rename)

    assert state["user"] == "Bo"
    assert answers(state) == [("renamed", "success")]


@pytest.mark.parametrize("kind", [ToolMessage, theirs.ToolMessage], ids=["ours", "theirs"])
def test_a_langchain_tool_may_return_a_message(run, kind):
    @their_tool
    def say(call: Annotated[str, InjectedToolCallId]):
        """Say."""
        return kind("said", tool_call_id=call)

    assert answers(outcome(run, say)) == [("said", "success")]


def test_langgraphs_command_is_refused_by_its_name(run):
    @their_tool
    def rename():
        """Rename."""
        return TheirCommand(update={})

    with pytest.raises(TypeError, match=r"\(a langgraph.types.Command\).*expected .* a Command of hilnb.types"):
        outcome(run, rename)


def test_an_argument_that_the_program_gives_wrongly_is_not_the_models_fault(run):
    @their_tool
    def peek(word: str, user: Annotated[int, InjectedState("user")]) -> str:
        """Look around."""
        return word

    with pytest.raises(ValueError, match="user"):
        outcome(run, peek, {"word": "w"})
