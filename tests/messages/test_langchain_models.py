"""LangChain's chat models read conversations of ours."""

import pytest
from langchain_core import messages as theirs
from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from hilnb import messages as ours
from hilnb.graph import START, MessagesState, StateGraph
from hilnb.messages.langchain import as_langchain

CALL = {"name": "search", "args": {"q": "bees"}, "id": "1"}


class Listening(BaseChatModel):
    """Says what it was told."""

    told: list = Field(default_factory=list)

    @property
    def _llm_type(self):
        return "listening"

    def _generate(self, messages, stop=None, run_manager=None, **more):
        self.told.append(messages)
        return ChatResult(generations=[ChatGeneration(message=theirs.AIMessage(f"{len(messages)} messages"))])


def test_a_model_in_a_node_is_told_the_state(run):
    model = Listening()
    builder = StateGraph(MessagesState).add_edge(START, "model")
    graph = builder.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]}).compile()
    said = [("user", "hi"), ours.AIMessage("", tool_calls=[CALL]), ours.ToolMessage("found", tool_call_id="1")]

    state = run(graph, {"messages": said})

    assert state["messages"][-1].content == "3 messages"
    assert [type(message).__name__ for message in model.told[0]] == ["HumanMessage", "AIMessage", "ToolMessage"]
    assert model.told[0][1].tool_calls == [{**CALL, "type": "tool_call"}]
    assert model.told[0][2].tool_call_id == "1"


@pytest.mark.parametrize(
    "message",
    [
        ours.HumanMessage("hi", id="1", name="Ann"),
        ours.AIMessage("yes", tool_calls=[CALL], response_metadata={"stop": "end"}),
        ours.AIMessage([{"type": "text", "text": "yes"}]),
        ours.AIMessageChunk("ye", id="2"),
        ours.SystemMessage("be kind"),
        ours.ToolMessage("found", tool_call_id="1", artifact={"rows": 2}, status="error"),
        ours.RemoveMessage(id="3"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_becomes_theirs_with_all_it_holds(message):
    made = as_langchain(message)

    assert type(made) is getattr(theirs, type(message).__name__)
    fields = message.model_dump()
    assert {name: value for name, value in made.model_dump().items() if name in fields} == fields


def test_a_class_of_ones_own_becomes_the_nearest_of_theirs():
    class Shout(ours.HumanMessage):
        """Loud."""

    assert type(as_langchain(Shout("HI"))) is theirs.HumanMessage
