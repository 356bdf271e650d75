"""Models in a graph's nodes: who listens hears them once, word by word, wherever they are asked."""

import asyncio

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.func import entrypoint, task
from hilnb.graph import START, MessagesState, StateGraph
from hilnb.models import ScriptedModel
from hilnb.prebuilt import create_react_agent
from hilnb.types import Command, interrupt

HI = {"messages": [("user", "hi")]}


def chat(ask, **options):
    """A graph of one node."""
    return StateGraph(MessagesState).add_node("ask", ask).add_edge(START, "ask").compile(**options)


def words(events):
    return [chunk.content for chunk, _ in events if chunk.content]


@pytest.fixture(params=["sync", "async"])
def listen(request):
    """Hear a graph's messages, once blocking and once on an event loop."""

    async def alisten(graph, given, config):
        return [event async for event in graph.astream(given, config, stream_mode="messages")]

    def heard(graph, given=HI, config=None):
        if request.param == "async":
            return asyncio.run(alisten(graph, given, config))
        return list(graph.stream(given, config, stream_mode="messages"))

    return heard


@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_a_model_is_heard_word_by_word_and_once(way, listen):
    model = ScriptedModel(["Hello, my dear"])

    def ask(state):
        if way == "invoke":
            return {"messages": [model.invoke(state["messages"])]}
        first, *others = model.stream(state["messages"])
        return {"messages": [first + others]}

    events = listen(chat(ask))

    assert words(events) == ["Hello, ", "my ", "dear"]
    assert {about["langgraph_node"] for _, about in events} == {"ask"}
    assert {about["ls_model_type"] for _, about in events} == {"chat"}


def test_a_model_that_is_awaited_is_heard():
    model = ScriptedModel(["Hello, my dear"])

    async def ask(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    async def listen():
        return [event async for event in chat(ask).astream(HI, stream_mode="messages")]

    assert words(asyncio.run(listen())) == ["Hello, ", "my ", "dear"]


def test_the_state_is_the_same_whether_somebody_listens_or_not():
    blocks = [{"type": "text", "text": "So. And so."}, {"type": "tool_use", "id": "1", "name": "f", "input": {"a": 1}}]
    reply = {"content": blocks, "tool_calls": [{"name": "f", "args": {"a": 1}, "id": "1"}]}

    def last(stream_mode):
        model = ScriptedModel([reply])
        graph = chat(lambda state: {"messages": [model.invoke(state["messages"])]})
        [*_, (_, state)] = graph.stream(HI, stream_mode=["values", *stream_mode])
        return state["messages"][-1].model_copy(update={"id": None})

    assert last([]) == last(["messages"])


@pytest.mark.parametrize("where", ["model", "config"])
def test_the_tag_nostream_keeps_a_model_quiet(where, listen):
    model = ScriptedModel(["to myself", "aloud"], tags=["nostream"] if where == "model" else None)
    config = {"tags": ["nostream"], "metadata": {}} if where == "config" else None

    def ask(state):
        thought = model.invoke(state["messages"], config).content
        return {"messages": [ScriptedModel([f"I thought {thought}"]).invoke("hi")]}

    assert words(listen(chat(ask))) == ["I ", "thought ", "to ", "myself"]


def test_tags_and_metadata_of_a_call_are_told(listen):
    model = ScriptedModel(["Hi"], tags=["mine"])

    def ask(state):
        return {"messages": [model.invoke("hi", {"tags": ["yours"], "metadata": {"why": "so"}})]}

    [*_, (_, about)] = listen(chat(ask), config={"configurable": {"thread_id": "7"}})

    assert (about["tags"], about["why"], about["thread_id"]) == (["mine", "yours"], "so", "7")


def test_a_model_in_a_tool_is_heard(listen):
    def think(about: str) -> str:
        """Think about it."""
        return ScriptedModel(["deep thought"]).invoke(about).content

    call = {"tool_calls": [{"name": "think", "args": {"about": "it"}, "id": "1"}]}
    agent = create_react_agent(ScriptedModel([call, "It is so."]), [think])

    assert words(listen(agent)) == ["deep ", "thought", "deep thought", "It ", "is ", "so."]


def test_a_nested_graph_tells_where_it_was_said():
    nested = chat(lambda state: {"messages": [ScriptedModel(["inside"]).invoke("hi")]})

    events = list(chat(nested).stream(HI, stream_mode="messages", subgraphs=True))

    assert [(ns[0].partition(":")[0], chunk.content) for ns, (chunk, _) in events if chunk.content] == [
        ("ask", "inside")
    ]


def test_a_model_in_a_task_is_heard(listen):
    @task
    def ask(text):
        return ScriptedModel(["Hello, you"]).invoke(text).content

    @entrypoint()
    def work(text):
        return ask(text).result()

    assert words(list(work.stream("hi", stream_mode="messages"))) == ["Hello, ", "you"]


def test_a_model_that_nobody_listens_to_does_not_stream():
    class Whole(ScriptedModel):
        def _pieces(self, question):
            raise AssertionError("nobody listens")

    model = Whole(["Hello", "Hello"])
    graph = chat(lambda state: {"messages": [model.invoke(state["messages"])]})

    assert graph.invoke(HI)["messages"][-1].content == "Hello"
    assert list(graph.stream(HI, stream_mode="updates"))


def test_what_a_person_answers_reaches_the_model(run):
    model = ScriptedModel(lambda messages: f"You are in {messages[-1].content}.")

    def ask(state):
        return {"messages": [model.invoke([*state["messages"], interrupt("Where are you?")])]}

    graph = chat(ask, checkpointer=MemorySaver())
    thread = {"configurable": {"thread_id": "1"}}
    run(graph, HI, thread)

    assert run(graph, Command(resume="Rome"), thread)["messages"][-1].content == "You are in Rome."
