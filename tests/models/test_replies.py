"""What Claude answers: whole and streamed, blocking and awaited; cut, refused, malformed."""

import asyncio
import threading
import warnings

import pytest

from hilnb.messages import AIMessage, ToolMessage
from hilnb.models.pieces import joined
from tests.models.programs import checked_body, claude, search
from tests.models.server import Reply, Server, calls, events_of, says

THINKING = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
CITED = [{"type": "text", "text": "Cited.", "citations": [{"type": "char_location", "cited_text": "C"}]}]
REPLIES = {
    "text": says("Hello, my dear"),
    "nothing": Reply([]),
    "tool": calls("search", {"query": "weather in San Francisco"}, "Let me see."),
    "tool without arguments": calls("search", {}),
    "two tools": Reply(
        [{"type": "tool_use", "id": f"toolu_{n}", "name": "search", "input": {"query": f"q{n}"}} for n in (1, 2)],
        "tool_use",
    ),
    "thinking": Reply([THINKING, {"type": "text", "text": "I thought."}]),
    "hidden thinking": Reply([{"type": "redacted_thinking", "data": "eHh4"}, {"type": "text", "text": "So."}]),
    "cached": says("Hi", usage={"input_tokens": 3, "output_tokens": 2, "cache_read_input_tokens": 7}),
}


@pytest.fixture(params=["invoke", "stream", "ainvoke", "astream"])
def ask(request):
    """Ask a model, in each of the four ways; the result is the whole message."""

    async def astreamed(model, input):
        return joined([chunk async for chunk in model.astream(input)])

    return {
        "invoke": lambda model, input: model.invoke(input),
        "stream": lambda model, input: joined(list(model.stream(input))),
        "ainvoke": lambda model, input: asyncio.run(model.ainvoke(input)),
        "astream": lambda model, input: asyncio.run(astreamed(model, input)),
    }[request.param]


def fields(message):
    return {name: value for name, value in message.model_dump().items() if name != "id"}


@pytest.mark.parametrize("tools", [[search], []], ids=["with tools", "without"])
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_a_reply_is_the_same_message_however_it_is_asked_for(reply, tools, ask):
    def answer(way):
        with Server(reply) as server:
            return way(claude(server).bind_tools(tools), "hi")

    message = answer(ask)

    assert fields(message) == fields(answer(lambda model, input: model.invoke(input)))
    assert message.id.startswith("lc_run--")


def test_a_whole_message_has_all_that_the_api_said():
    with Server(REPLIES["tool"]) as server:
        message = claude(server).invoke("hi")

    assert message.content == REPLIES["tool"].content
    assert [dict(call) for call in message.tool_calls] == [
        {"name": "search", "args": {"query": "weather in San Francisco"}, "id": "toolu_01", "type": "tool_call"}
    ]
    assert message.usage_metadata["total_tokens"] == 15
    assert message.response_metadata == {
        "id": "msg_001",
        "model": "claude-sonnet-5-5",
        "model_name": "claude-sonnet-5-5",
        "model_provider": "anthropic",
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }


def test_pieces_come_while_the_model_still_speaks():
    gate = threading.Event()
    with Server(says("one two three", gate=gate)) as server:
        pieces = claude(server).stream("hi")

        begun = [next(pieces).content for _ in range(4)]
        gate.set()

        assert begun == ["", "one ", "two ", "three"]
        assert list(pieces)[-1].chunk_position == "last"


def test_every_piece_has_the_id_of_the_message():
    with Server(says("one two")) as server:
        pieces = list(claude(server).stream("hi"))

    assert len({piece.id for piece in pieces}) == 1


def test_the_same_reply_twice_is_two_messages():
    with Server(lambda body: says("Hi")) as server:
        model = claude(server)

        assert model.invoke("hi").id != model.invoke("hi").id


def test_a_long_reply_is_streamed_where_the_sdk_wants_that(ask):
    with Server(says("Hello")) as server:
        message = ask(claude(server, max_tokens=60_000), "hi")

    assert message.content == "Hello"
    assert server.bodies[0]["stream"] is True


def test_thinking_goes_back_with_its_signature(ask):
    said = Reply([THINKING, *REPLIES["tool"].content], "tool_use")
    with Server(said, says("Done")) as server:
        model = claude(server, thinking={"type": "adaptive"}).bind_tools([search])
        message = ask(model, "hi")
        ask(model, ["hi", message, ToolMessage("sunny", tool_call_id="toolu_01")])

    assert checked_body(server.bodies[1])["messages"][1]["content"] == said.content


def test_citations_stay_on_their_text():
    with Server(Reply(CITED)) as server:
        assert claude(server).invoke("hi").content == CITED


def test_an_event_of_a_newer_api_is_passed_over():
    events = list(events_of(says("Hello").as_json(1)))
    events[2:2] = [{"type": "content_block_mood", "index": 0}, {"type": "ping"}]
    odd = {"type": "content_block_delta", "index": 0, "delta": {"type": "mood_delta", "mood": "good"}}
    with Server(Reply([], events=[*events[:3], odd, *events[3:]])) as server:
        assert joined(list(claude(server).stream("hi"))).content == "Hello"


# ── not whole ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("max_tokens", "was cut at max_tokens. Give the model more room"),
        ("refusal", "was refused by the model"),
        ("model_context_window_exceeded", "trim_messages keeps the last messages"),
    ],
)
def test_a_reply_that_is_not_whole_is_given_with_a_warning(reason, said, ask):
    with Server(says("Half a", stop_reason=reason)) as server, pytest.warns(UserWarning, match=said):
        message = ask(claude(server), "hi")

    assert message.content == "Half a"
    assert message.response_metadata["stop_reason"] == reason


def test_the_warning_points_at_the_line_that_asked():
    half = says("Half a", stop_reason="max_tokens")
    with Server(half, half) as server, warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        claude(server).invoke("hi")
        list(claude(server).stream("hi"))

    assert [warning.filename for warning in seen] == [__file__, __file__]


@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_a_tool_call_that_was_cut_is_not_run(way):
    [call] = calls("search", {"query": "delete all in /tmp/x"}).content
    events = list(events_of(Reply([call], "max_tokens").as_json(1)))
    cut_in_the_middle = [*events[:4], *events[-3:]]
    reply = Reply([call], "max_tokens", events=cut_in_the_middle)
    with Server(reply) as server:
        model = claude(server, max_tokens=30_000 if way == "stream" else 100).bind_tools([search])
        with pytest.warns(UserWarning, match="max_tokens"):
            message = model.invoke("hi")

    assert message.tool_calls == []
    assert [call["name"] for call in message.invalid_tool_calls] == ["search"]


def malformed():
    """A reply whose call has arguments that are no JSON."""
    events = list(events_of(calls("search", {"query": "q"}).as_json(1)))
    deltas = [event for event in events if event["type"] == "content_block_delta"]
    deltas[-1]["delta"] = {"type": "input_json_delta", "partial_json": '": q'}
    return Reply(
        [{"type": "tool_use", "id": "toolu_01", "name": "search", "input": '{"query": q'}], "tool_use", events=events
    )


def test_a_malformed_tool_call_is_an_invalid_one(ask):
    with Server(malformed()) as server:
        message = ask(claude(server).bind_tools([search]), "hi")

    assert message.tool_calls == []
    [call] = message.invalid_tool_calls
    assert (call["name"], call["id"]) == ("search", "toolu_01")
    assert "JSON" in call["error"]


def test_a_conversation_goes_on_after_a_malformed_tool_call(ask):
    with Server(malformed(), says("Sorry.")) as server:
        model = claude(server).bind_tools([search])
        message = ask(model, "hi")
        again = ask(model, ["hi", message, "try again"])

    assert isinstance(again, AIMessage)
    call, answer = checked_body(server.bodies[1])["messages"][1:]
    assert call["content"][0]["input"] == {}
    assert answer["content"][0]["is_error"] is True


# ── left early ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_stream_may_be_left_early(way):
    async def listen(model):
        async for chunk in model.astream("hi"):
            if chunk.content:
                return chunk.content
        return None

    with Server(lambda body: says("one two three")) as server:
        model = claude(server)
        if way == "async":
            begun = asyncio.run(listen(model))
        else:
            begun = next(chunk.content for chunk in model.stream("hi") if chunk.content)

        assert begun == "one "
        assert model.invoke("hi").content == "one two three"
