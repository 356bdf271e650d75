"""Messages: merged, removed, coerced, streamed; the same on LangGraph and on hilnb."""

from typing import Annotated

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage as LangChainAI
from langchain_core.messages import HumanMessage as LangChainHuman
from pydantic import BaseModel
from typing_extensions import TypedDict

from tests.compat.programs import Programs, chain, difference, in_a_row, thread

program = Programs()


def spoken(event):
    """What a message event says, without what a model or a library adds to its metadata."""
    mode, (message, about) = event if isinstance(event[0], str) else ("messages", event)
    numbers = {key: about[key] for key in ("langgraph_step", "langgraph_node", "langgraph_checkpoint_ns")}
    lists = {key: list(about[key] or []) for key in ("langgraph_triggers", "langgraph_path", "tags") if key in about}
    return mode, message, numbers | lists


def model(*answers):
    """A chat model of LangChain's that streams these answers word by word."""
    return GenericFakeChatModel(
        messages=iter([LangChainAI(answer, id=f"answer-{n}") for n, answer in enumerate(answers)])
    )


# ── merging ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def messages_are_added_and_replaced_by_id(lg, do):
    old = [lg.HumanMessage("one", id="1"), lg.AIMessage("two", id="2")]
    do.note(lg.add_messages(old, [lg.HumanMessage("three", id="3")]))
    do.note(lg.add_messages(old, lg.HumanMessage("three", id="3")))
    do.note(lg.add_messages(old, [lg.AIMessage("new two", id="2"), lg.HumanMessage("three", id="3")]))
    do.note(lg.add_messages(old, [lg.HumanMessage("a", id="4"), lg.HumanMessage("b", id="4")]))
    do.note(lg.add_messages([], []))
    do.note(old)


@program
def messages_without_an_id_get_one(lg, do):
    merged = lg.add_messages([lg.HumanMessage("a")], [lg.AIMessage("b"), ("human", "c")])
    do.note(merged)
    do.note(len({message.id for message in merged}))
    do.note([isinstance(message.id, str) for message in merged])


@program
def messages_are_made_from_words_pairs_and_dicts(lg, do):
    given = [
        "text",
        ("user", "u"),
        ("human", "h"),
        ("assistant", "a"),
        ("ai", "ai"),
        ("system", "s"),
        ["human", "in a list"],
        {"role": "user", "content": "r"},
        {"role": "assistant", "content": "ra", "id": "7"},
        {"type": "human", "content": "t"},
        {"role": "tool", "content": "result", "tool_call_id": "c1"},
        {"role": "user", "content": [{"type": "text", "text": "block"}], "name": "ann"},
    ]
    do.note(lg.add_messages([], given))
    do.note(lg.add_messages("alone", ("ai", "too")))
    for wrong in (("nobody", "x"), {"content": "no role"}, 5, {"role": "nobody", "content": "x"}):
        do.attempt(lambda wrong=wrong: lg.add_messages([], [wrong]))


@program
def messages_are_removed(lg, do):
    old = [lg.HumanMessage("one", id="1"), lg.AIMessage("two", id="2"), lg.HumanMessage("three", id="3")]
    do.note(lg.add_messages(old, [lg.RemoveMessage(id="2")]))
    do.note(lg.add_messages(old, [lg.RemoveMessage(id="1"), lg.RemoveMessage(id="3"), lg.AIMessage("four", id="4")]))
    do.note(lg.add_messages(old, [lg.RemoveMessage(id=lg.REMOVE_ALL_MESSAGES), lg.AIMessage("fresh", id="9")]))
    do.note(lg.add_messages(old, [lg.AIMessage("gone", id="8"), lg.RemoveMessage(id=lg.REMOVE_ALL_MESSAGES)]))
    do.note(lg.add_messages(old, [lg.RemoveMessage(id="2"), lg.AIMessage("back", id="2")]))
    do.attempt(lambda: lg.add_messages(old, [lg.RemoveMessage(id="unknown")]))


@program
def tool_calls_and_their_answers(lg, do):
    call = {"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
    asked = lg.AIMessage("", tool_calls=[call], id="1")
    answered = lg.ToolMessage("3", tool_call_id="c1", name="add", id="2")
    do.note(lg.add_messages([asked], [answered]))
    do.note((asked.tool_calls, answered.tool_call_id, answered.status, asked.type, answered.type))


@program
def messages_of_the_openai_form(lg, do):
    class State(TypedDict):
        messages: Annotated[list, lg.add_messages(format="langchain-openai")]

    given = [
        {"role": "user", "content": [{"type": "text", "text": "hi", "extra": 1}, {"type": "text", "text": "there"}]}
    ]
    # LangGraph gives these messages no ids.
    messages = chain(lg, State, one=lambda s: {"messages": [("ai", "hello")]}).invoke({"messages": given}, thread("1"))
    do.note([(message.type, message.content) for message in messages["messages"]])


# ── in a graph ────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_messages_state_collects(lg, do):
    def reply(messages):
        return lg.AIMessage(f"you said {messages[-1].content}", id=f"r{len(messages)}")

    graph = chain(lg, lg.MessagesState, bot=lambda s: {"messages": [reply(s["messages"])]})
    do.stream(graph, {"messages": "hi"})
    do.stream(graph, {"messages": [lg.HumanMessage("more", id="m")]}, ("updates", "values"))
    do.state(graph)
    do.history(graph)


@program
def a_messages_state_grows_keys_and_forgets(lg, do):
    class More(lg.MessagesState):
        count: int

    def forget(state):
        return {"messages": [lg.RemoveMessage(id=message.id) for message in state["messages"][:-1]], "count": 1}

    graph = chain(lg, More, bot=lambda s: {"messages": ("ai", "answer")}, forget=forget)
    do.invoke(graph, {"messages": [("user", "one"), ("user", "two")]})
    do.update(graph, {"messages": [("user", "from outside")]})
    do.update(graph, {"messages": lg.RemoveMessage(id=lg.REMOVE_ALL_MESSAGES)})
    do.state(graph)


@program
def a_message_is_edited_at_a_question(lg, do):
    def approve(state):
        last = state["messages"][-1]
        return {"messages": [lg.AIMessage(lg.interrupt({"draft": last.content}), id=last.id)]}

    graph = chain(lg, lg.MessagesState, bot=lambda s: {"messages": [lg.AIMessage("draft", id="d")]}, approve=approve)
    do.invoke(graph, {"messages": [("user", "write")]})
    do.invoke(graph, lg.Command(resume="edited"))


@program
def messages_in_a_model_state(lg, do):
    class State(BaseModel):
        messages: Annotated[list, lg.add_messages] = []

    graph = chain(lg, State, bot=lambda s: {"messages": [("ai", str(len(s.messages)))]})
    do.invoke(graph, {"messages": ["a", "b"]})
    do.invoke(graph, {"messages": "c"})


@program
def parallel_messages_and_children(lg, do):
    class State(TypedDict):
        messages: Annotated[list, lg.add_messages]

    inner = (
        lg.StateGraph(State).add_node("c", lambda s: {"messages": [("ai", "child")]}).add_edge(lg.START, "c").compile()
    )
    builder = lg.StateGraph(State).add_node("inner", inner).add_node("b", lambda s: {"messages": [("ai", "b")]})
    graph = builder.add_edge(lg.START, "inner").add_edge(lg.START, "b").compile(checkpointer=lg.MemorySaver())
    # What the child was given comes back from it, and is known by its ids.
    do.invoke(graph, {"messages": [("user", "hi")]})


@program
def messages_of_langchain_are_kept_as_they_are(lg, do):
    human, answer = LangChainHuman("hi", id="1"), LangChainAI("hello", id="2", additional_kwargs={"a": 1})
    graph = chain(lg, lg.MessagesState, bot=lambda s: {"messages": [answer]})
    result = do.invoke(graph, {"messages": [human]})
    do.note([type(message).__module__ for message in result["messages"]])
    do.note(result["messages"][1].additional_kwargs)
    result = do.invoke(graph, {"messages": [LangChainHuman("other", id="1")]})
    do.note([isinstance(message, LangChainHuman) for message in result["messages"]])


# ── streaming ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def messages_that_nodes_return_are_streamed(lg, do):
    graph = chain(lg, lg.MessagesState, bot=lambda s: {"messages": [("ai", "tuple"), lg.AIMessage("own", id="2")]})
    do.stream(graph, {"messages": [("user", "hi")]}, "messages", shown=spoken)
    do.stream(graph, {"messages": [("user", "again")]}, ("messages",), shown=spoken)


@program
def messages_are_streamed_once(lg, do):
    message = lg.AIMessage("once", id="1")
    graph = chain(lg, lg.MessagesState, one=lambda s: {"messages": message}, two=lambda s: {"messages": message})
    do.stream(graph, {"messages": []}, "messages", shown=spoken)


@program
def tokens_of_a_model_are_streamed(lg, do):
    chat = model("one two three", "four five")
    graph = chain(lg, lg.MessagesState, bot=lambda s: {"messages": [chat.invoke("hi")]})
    do.stream(graph, {"messages": [("user", "hi")]}, "messages", shown=spoken)
    do.invoke(graph, {"messages": [("user", "hi")]})


@program
def tokens_of_a_hidden_model_are_not(lg, do):
    chat, shown = (
        model("hidden words").with_config(tags=[lg.TAG_NOSTREAM]),
        model("seen words").with_config(tags=["mine"]),
    )

    def bot(state):
        chat.invoke("hi")
        return {"count": len(shown.invoke("hi").content)}

    class State(TypedDict):
        count: int

    do.stream(chain(lg, State, bot=bot), {"count": 0}, "messages", shown=spoken)


@program
def tokens_in_a_child_are_streamed(lg, do):
    def graph():
        chat = model("from a child")
        inner = chain(lg, lg.MessagesState, saver=False, bot=lambda s: {"messages": [chat.invoke("hi")]})
        return chain(lg, lg.MessagesState, inner=inner)

    do.stream(graph(), {"messages": []}, "messages", shown=spoken)
    do.stream(graph(), {"messages": []}, "messages", shown=lambda event: (event[0], spoken(event[1])), subgraphs=True)


@program
def a_message_is_pushed_while_a_node_works(lg, do):
    def bot(state):
        lg.push_message(lg.AIMessage("pushed", id="p"))
        return {"messages": [lg.AIMessage("returned", id="r")]}

    graph = chain(lg, lg.MessagesState, bot=bot)
    do.stream(graph, {"messages": []}, "messages", shown=spoken)
    do.note([message.content for message in graph.get_state(thread("1")).values["messages"]])


@program
def messages_of_the_second_version(lg, do):
    graph = chain(lg, lg.MessagesState, bot=lambda s: {"messages": [lg.AIMessage("m", id="m")]})
    do.stream(
        graph,
        {"messages": []},
        "messages",
        version="v2",
        shown=lambda part: (part["type"], part["ns"], spoken(part["data"])),
    )


@program
def other_modes_beside_messages(lg, do):
    chat = model("some words")
    graph = chain(lg, lg.MessagesState, bot=lambda s: {"messages": [chat.invoke("hi")]})
    do.stream(
        graph,
        {"messages": []},
        ("messages", "updates"),
        shown=lambda event: spoken(event) if event[0] == "messages" else event,
    )


# ── tools ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def calling(lg, *calls):
    """A message that calls tools: `(name, arguments)` each."""
    made = [
        {"name": name, "args": args, "id": f"call-{n}", "type": "tool_call"} for n, (name, args) in enumerate(calls)
    ]
    return lg.AIMessage("", tool_calls=made, id="calls")


@program
def tools_are_run_and_answered_in_order(lg, do):
    @lg.tool
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    @lg.tool
    def shout(text: str) -> str:
        """Make it loud."""
        return text.upper()

    graph = chain(lg, lg.MessagesState, tools=lg.ToolNode([add, shout]))
    do.invoke(graph, {"messages": [calling(lg, ("shout", {"text": "hi"}), ("add", {"a": 1, "b": 2}))]})
    do.note(lg.tools_condition({"messages": [calling(lg, ("add", {}))]}))
    do.note(lg.tools_condition({"messages": [lg.AIMessage("no call")]}))


@program
def a_tool_asks_before_it_acts(lg, do):
    ran = []

    @lg.tool
    def send(text: str) -> str:
        """Send a letter."""
        ran.append(text)
        return f"sent {text}: {lg.interrupt({'send': text})}"

    builder = lg.StateGraph(lg.MessagesState).add_node(
        "bot", lambda s: {"messages": [calling(lg, ("send", {"text": "hi"}))]}
    )
    builder.add_node("tools", lg.ToolNode([send])).add_node("done", lambda s: {"messages": [("ai", "done")]})
    graph = in_a_row(lg, builder, "bot", "tools", "done")
    do.invoke(graph, {"messages": [("user", "write")]})
    do.state(graph)
    do.invoke(graph, lg.Command(resume="ok"))
    do.note(ran)


@program
def a_graph_with_tools_in_a_child(lg, do):
    @lg.tool
    def ask(text: str) -> str:
        """Ask a person."""
        return lg.interrupt(text)

    inner = chain(lg, lg.MessagesState, saver=False, tools=lg.ToolNode([ask]))
    graph = chain(lg, lg.MessagesState, inner=inner)
    do.invoke(graph, {"messages": [calling(lg, ("ask", {"text": "name?"}))]})
    do.invoke(graph, lg.Command(resume="Ann"))


@program
def messages_say_which_thread_they_are_of(lg, do):
    def node(state):
        do.note(sorted(set(lg.get_config()["metadata"]) - {"lc_versions"}))
        return {"messages": [lg.AIMessage("x", id="1")]}

    graph = lg.StateGraph(lg.MessagesState).add_node("node", node).add_edge(lg.START, "node")
    graph = graph.compile(checkpointer=lg.MemorySaver())
    config = {"configurable": {"thread_id": "1", "user": "u"}, "metadata": {"topic": "t"}}
    do.stream(graph, {"messages": []}, "messages", config, shown=lambda event: event[1].get("thread_id"))
    do.history(graph)


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
