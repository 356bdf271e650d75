"""What can go wrong with a call of Claude: each error says what to do, and a thread goes on after it."""

import asyncio
import builtins
import os
import socket

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.errors import ModelBusyError, ModelError
from hilnb.graph import START, MessagesState, StateGraph
from hilnb.models import ChatAnthropic
from hilnb.prebuilt import create_react_agent
from hilnb.types import RetryPolicy, default_retry_on
from tests.models.programs import KEY, claude, search
from tests.models.server import Refusal, Reply, Server, Silence, calls, events_of, says
from tests.models.test_replies import malformed

THREAD = {"configurable": {"thread_id": "1"}}
REFUSALS = [
    (
        Refusal(401, "authentication_error", "invalid x-api-key"),
        "does not accept the key. Check ANTHROPIC_API_KEY",
        False,
    ),
    (Refusal(403, "permission_error", "not for you"), "The key may not do this", False),
    (Refusal(404, "not_found_error", "model: x"), "does not know the model 'claude-sonnet-5-5'. Give another", False),
    (Refusal(400, "invalid_request_error", "messages: bad"), "refused the request. .* It says: messages: bad", False),
    (Refusal(413, "request_too_large", "too large"), "The request is too large. Send a shorter", False),
    (Refusal(429, "rate_limit_error", "slow down", {"retry-after": "7"}), "Wait 7 s and ask again, or ask less", True),
    (Refusal(500, "api_error", "oops"), "had an error of its own. Ask again", True),
    (Refusal(529, "overloaded_error", "Overloaded"), "The API is overloaded. Wait a little", True),
]


@pytest.fixture(params=["invoke", "stream", "ainvoke", "astream"])
def ask(request):
    """Ask a model, in each of the four ways."""

    async def astreamed(model):
        return [chunk async for chunk in model.astream("hi")]

    return {
        "invoke": lambda model: model.invoke("hi"),
        "stream": lambda model: list(model.stream("hi")),
        "ainvoke": lambda model: asyncio.run(model.ainvoke("hi")),
        "astream": lambda model: asyncio.run(astreamed(model)),
    }[request.param]


@pytest.mark.parametrize(("refusal", "advice", "busy"), REFUSALS, ids=lambda given: getattr(given, "type", ""))
def test_what_the_api_refuses_is_said_with_what_to_do(refusal, advice, busy, ask):
    with Server(refusal) as server, pytest.raises(ModelError, match=advice) as raised:
        ask(claude(server))

    assert isinstance(raised.value, ModelBusyError) == busy
    assert raised.value.status == refusal.status
    assert f"It says: {refusal.message} (status {refusal.status}, {refusal.type}, request req_01)" in str(raised.value)
    assert default_retry_on(raised.value) == busy


def test_the_sdk_tries_again_by_itself():
    busy = Refusal(529, "overloaded_error", "Overloaded", {"retry-after-ms": "1"})
    with Server(busy, busy, says("Hello")) as server:
        assert claude(server, max_retries=2).invoke("hi").content == "Hello"

    assert [headers["x-stainless-retry-count"] for headers in server.headers] == ["0", "1", "2"]


def test_without_a_key_the_error_says_where_it_may_come_from(monkeypatch, tmp_path, ask):
    for name in [name for name in os.environ if name.startswith("ANTHROPIC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))  # where the SDK looks for profiles
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with Server() as server, pytest.raises(ModelError, match=r"no key .* ANTHROPIC_API_KEY .* ScriptedModel"):
        ask(ChatAnthropic(base_url=server.url))

    assert server.bodies == []


def test_the_key_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with Server(says("Hi")) as server:
        ChatAnthropic(base_url=server.url).invoke("hi")

    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("key", ["", f"{KEY}\n", f" {KEY}", f"{KEY}é"], ids=["empty", "line break", "space", "accent"])
def test_a_key_that_cannot_be_one_is_refused_when_the_model_is_made(key):
    with pytest.raises(ModelError, match=r"a character outside ASCII, which no key does. Copy it again") as raised:
        ChatAnthropic(api_key=key)

    assert KEY not in str(raised.value)


def test_without_the_sdk_the_error_gives_the_line_to_install_it(monkeypatch, ask):
    real = builtins.__import__

    def importing(name, *rest, **named):
        if name == "anthropic":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", importing)
    with pytest.raises(ModelError, match='pip install "anthropic>=2"'):
        ask(ChatAnthropic(api_key=KEY))


def test_an_api_that_does_not_answer_is_given_up(ask):
    with Server(Silence()) as server, pytest.raises(ModelBusyError, match=r"did not answer in time .*timeout=…"):
        ask(claude(server, timeout=0.05))


def test_an_api_that_is_not_there_is_told_from_one_that_refuses(ask):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ModelBusyError, match=r"no connection to the API .* Check the network"):
        ask(ChatAnthropic(base_url=url, api_key=KEY, max_retries=0))


BEGUN = list(events_of(says("one two three").as_json(1)))[:4]

# ── streams that break ────────────────────────────────────────────────────────────────────────────────────────────────


def streamed(model, way):
    """The pieces that came, and the error."""
    pieces = []

    async def listen():
        async for chunk in model.astream("hi"):
            pieces.append(chunk)

    with pytest.raises(ModelBusyError) as raised:
        if way == "async":
            asyncio.run(listen())
        else:
            for chunk in model.stream("hi"):
                pieces.append(chunk)
    return pieces, raised.value


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_connection_that_is_lost_in_mid_stream_leaves_what_had_come(way):
    with Server(says("one two three", lost_after=4)) as server:
        pieces, error = streamed(claude(server), way)

    assert "broke off in the middle of the reply, after 4 events" in str(error)
    assert error.partial.content == "".join(piece.content for piece in pieces) == "one two "


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_stream_that_ends_early_without_an_error_is_one_that_broke(way):
    with Server(Reply([], events=BEGUN)) as server:
        _, error = streamed(claude(server), way)

    assert "broke off" in str(error)
    assert error.partial.content == "one two "


@pytest.mark.parametrize("way", ["sync", "async"])
def test_half_an_event_is_a_stream_that_broke(way):
    with Server(Reply([], events=BEGUN, torn=True)) as server:
        _, error = streamed(claude(server), way)

    assert "broke off" in str(error)


@pytest.mark.parametrize("way", ["sync", "async"])
def test_an_error_in_mid_stream_is_told_as_what_it_is(way):
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    with Server(Reply([], events=[*BEGUN, overloaded])) as server:
        _, error = streamed(claude(server), way)

    assert "The API is overloaded" in str(error)
    assert error.partial.content == "one two "


# ── in a graph ────────────────────────────────────────────────────────────────────────────────────────────────────────


def chat(model):
    """A graph that asks the model."""

    def ask(state):
        return {"messages": [model.invoke(state["messages"])]}

    async def aask(state):
        return {"messages": [await model.ainvoke(state["messages"])]}

    def built(node):
        return StateGraph(MessagesState).add_node("ask", node).add_edge(START, "ask").compile(MemorySaver())

    return built(ask), built(aask)


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Refusal(529, "overloaded_error", "Overloaded"), ModelBusyError),
        (Refusal(401, "authentication_error", "no"), ModelError),
        (says("one two three", lost_after=4), ModelBusyError),
    ],
    ids=["overloaded", "key", "lost"],
)
@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_thread_goes_on_where_the_model_failed(trouble, error, way):
    given = {"messages": [("user", "hi")]}
    with Server(trouble, says("Hello")) as server:
        graph, agraph = chat(claude(server))

        async def alisten(given):
            return [event async for event in agraph.astream(given, THREAD, stream_mode="messages")]

        def listen(given):
            if way == "async":
                return asyncio.run(alisten(given))
            return list(graph.stream(given, THREAD, stream_mode="messages"))

        with pytest.raises(error):
            listen(given)
        heard = listen(None)

    state = (graph if way == "sync" else agraph).get_state(THREAD).values
    assert [message.content for message in state["messages"]] == ["hi", "Hello"]
    assert "".join(chunk.content for chunk, _ in heard) == "Hello"


def test_a_node_with_a_retry_policy_asks_a_busy_model_again():
    with Server(Refusal(529, "overloaded_error", "Overloaded"), says("Hello")) as server:
        model = claude(server)
        builder = StateGraph(MessagesState).add_edge(START, "ask")
        policy = RetryPolicy(initial_interval=0, jitter=False)
        builder.add_node("ask", lambda state: {"messages": [model.invoke(state["messages"])]}, retry_policy=policy)

        state = builder.compile().invoke({"messages": [("user", "hi")]})

    assert state["messages"][-1].content == "Hello"


def fails(query: str) -> str:
    """Fail."""
    raise OSError("the disk is full")


@pytest.mark.parametrize(
    ("called", "answer"),
    [
        (calls("nothing", {}), "Error: nothing is not a valid tool, try one of [search, fails]."),
        (calls("search", {"wrong": 1}), "Error invoking tool 'search' with kwargs {'wrong': 1} with error:"),
    ],
    ids=["unknown tool", "wrong arguments"],
)
def test_a_model_is_told_of_a_call_that_cannot_be_made(called, answer, run):
    with Server(called, says("Sorry.")) as server:
        agent = create_react_agent(claude(server), [search, fails], checkpointer=MemorySaver())
        state = run(agent, {"messages": [("user", "hi")]}, THREAD)

    assert state["messages"][-1].content == "Sorry."
    [result] = server.bodies[1]["messages"][-1]["content"]
    assert result["is_error"] is True
    assert result["content"].startswith(answer)


def test_a_thread_goes_on_after_a_tool_that_raised(run):
    broken = [True]

    def flaky(query: str) -> str:
        """Look it up."""
        if broken:
            raise OSError("the network is down")
        return "sunny"

    with Server(calls("flaky", {"query": "q"}), says("It is sunny.")) as server:
        agent = create_react_agent(claude(server), [flaky], checkpointer=MemorySaver())

        with pytest.raises(OSError, match="the network is down"):
            run(agent, {"messages": [("user", "hi")]}, THREAD)
        broken.clear()
        state = run(agent, None, THREAD)

    assert state["messages"][-1].content == "It is sunny."
    assert len(server.bodies) == 2


def test_an_agents_model_is_told_once_of_a_malformed_tool_call_and_goes_on(run):
    with Server(malformed(), says("Sorry.")) as server:
        agent = create_react_agent(claude(server), [search], checkpointer=MemorySaver())

        state = run(agent, {"messages": [("user", "hi")]}, THREAD)

    said, told = server.bodies[1]["messages"][-2:]
    (call,) = [block["id"] for block in said["content"] if block["type"] == "tool_use"]
    (result,) = told["content"]
    assert (result["tool_use_id"], result["is_error"]) == (call, True)
    assert result["content"].startswith("Error: the tool was not run: ")
    assert state["messages"][-1].content == "Sorry."
