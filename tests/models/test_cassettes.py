"""A model recorded once and replayed without a key."""

import asyncio
import json
import os

import pytest

from hilnb.errors import CassetteError, ModelError
from hilnb.messages import AIMessage, SystemMessage
from hilnb.models import ScriptedModel, cassette
from hilnb.models.pieces import joined
from hilnb.prebuilt import create_react_agent
from tests.models.programs import KEY, AskHuman, claude, search
from tests.models.server import Refusal, Server, calls, says

SCRIPT = [calls("search", {"query": "weather"}, "Let me see."), says("It is sunny.")]
GIVEN = {"messages": [("user", "What is the weather?")]}


@pytest.fixture
def path(tmp_path):
    """The file of a cassette."""
    return tmp_path / "told.json"


def talk(model, tools=(search,), prompt="Be brief.", given=GIVEN):
    """An agent's conversation, without what is new each time."""
    state = create_react_agent(model, list(tools), prompt=prompt).invoke(given)
    return [(message.type, message.content, getattr(message, "tool_calls", None)) for message in state["messages"]]


def recorded(path, script=SCRIPT):
    with Server(*script) as server:
        return talk(cassette(path, claude(server)))


def test_a_recorded_conversation_is_replayed_without_a_model(path):
    told = recorded(path)

    assert talk(cassette(path)) == told
    assert told[-1][1] == "It is sunny."


def test_it_says_whether_it_records_or_replays(path):
    with Server(*SCRIPT) as server:
        model = cassette(path, claude(server))
        assert (model.mode, repr(model)) == ("recording", f"Cassette({str(path)!r}, recording, 0 turns so far)")
        talk(model)
        assert repr(model) == f"Cassette({str(path)!r}, recording, 2 turns so far)"

    again = cassette(path)
    again.bind_tools([search])
    assert (again.mode, repr(again)) == ("replaying", f"Cassette({str(path)!r}, replaying, 0 of 2 turns used)")


def test_once_it_is_recorded_the_model_is_not_asked_any_more(path):
    recorded(path)

    with Server() as server:
        talk(cassette(path, claude(server)))

    assert server.bodies == []


@pytest.mark.parametrize("way", ["stream", "astream", "ainvoke"])
def test_it_records_and_replays_in_every_way(path, way):
    async def astreamed(model):
        return joined([chunk async for chunk in model.astream("hi")])

    def ask(model):
        if way == "stream":
            return joined(list(model.stream("hi")))
        return asyncio.run(astreamed(model) if way == "astream" else model.ainvoke("hi"))

    with Server(SCRIPT[0]) as server:
        told = ask(cassette(path, claude(server)))
    again = ask(cassette(path))

    for name in ("content", "tool_calls", "usage_metadata", "response_metadata"):
        assert getattr(again, name) == getattr(told, name)


def test_a_replay_streams_word_by_word(path):
    with Server(says("one two three")) as server:
        cassette(path, claude(server)).invoke("hi")

    assert [chunk.content for chunk in cassette(path).stream("hi")] == ["one ", "two ", "three", ""]


def test_a_program_that_adds_up_the_pieces_itself_is_replayed(path):
    def talk(model):
        model = model.bind_tools([search])
        first, *others = model.stream("What is the weather?")
        said = first + others
        answer = {"role": "tool", "content": "sunny", "tool_call_id": said.tool_calls[0]["id"]}
        return model.invoke(["What is the weather?", said, answer]).content

    with Server(*SCRIPT) as server:
        assert talk(cassette(path, claude(server))) == "It is sunny."
    assert talk(cassette(path)) == "It is sunny."


def test_the_file_can_be_read(path):
    recorded(path)

    told = json.loads(path.read_text())
    assert path.read_text().startswith('{\n  "format": "hilnb cassette 1",\n  "model": "ChatAnthropic(model=')
    first, second = told["turns"]
    assert [message["type"] for message in second["asked"]["messages"]] == ["system", "human", "ai", "tool"]
    assert first["asked"]["messages"][1] == {"type": "human", "content": "What is the weather?"}
    assert first["answered"]["tool_calls"][0]["args"] == {"query": "weather"}
    assert second["answered"]["content"] == "It is sunny."


def test_what_a_recorded_model_was_told_need_not_be_told_again(path):
    with Server(*SCRIPT) as server:
        bound = claude(server, temperature=1.0).bind_tools([search])
        cassette(path, bound).invoke("hi")

    assert cassette(path).invoke("hi").tool_calls
    assert cassette(path, bound).invoke("hi").tool_calls


# ── asked differently ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_prompt_is_shown(path):
    recorded(path)

    with pytest.raises(CassetteError, match="turn 1 is asked differently from when it was recorded") as raised:
        talk(cassette(path), prompt="Be long.")

    assert '-      "content": "Be brief.",\n+      "content": "Be long.",' in str(raised.value)
    assert "delete the file and run this with a model" in str(raised.value)


def test_changed_tools_are_shown(path):
    recorded(path)

    with pytest.raises(CassetteError) as raised:
        talk(cassette(path), tools=[search, AskHuman])

    assert '+      "name": "AskHuman"' in str(raised.value)


def test_changed_tools_of_a_bound_model_are_shown(path):
    with Server(*SCRIPT) as server:
        cassette(path, claude(server).bind_tools([search])).invoke("hi")

        with pytest.raises(CassetteError, match="AskHuman"):
            cassette(path, claude(server).bind_tools([AskHuman])).invoke("hi")


def test_a_long_difference_is_cut(path):
    recorded(path)

    with pytest.raises(CassetteError, match=r"(?m)^… and \d+ more lines$"):
        talk(cassette(path), given={"messages": [("user", f"line {n}") for n in range(40)]})


def test_turns_are_replayed_in_their_order(path):
    with Server(says("1"), says("2")) as server:
        model = cassette(path, claude(server))
        model.invoke("first")
        model.invoke("second")

    model = cassette(path)
    with pytest.raises(CassetteError, match="turn 1 is asked differently"):
        model.invoke("second")
    assert [model.invoke("first").content, model.invoke("second").content] == ["1", "2"]


def test_a_cassette_that_is_at_its_end_says_so(path):
    with Server(says("1")) as server:
        cassette(path, claude(server)).invoke("hi")

    model = cassette(path)
    model.invoke("hi")
    with pytest.raises(CassetteError, match=r"has 1 turns, all replayed, and was asked once more: .*'and now\?'"):
        model.invoke("and now?")


# ── the file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_file_and_a_model_it_says_what_is_missing(path):
    with pytest.raises(CassetteError, match=r"no cassette .*told.json to replay. Check the name and the folder"):
        cassette(path)


def test_a_folder_that_is_not_there_is_told_before_the_model_is_asked(tmp_path):
    with pytest.raises(CassetteError, match=r"There is no folder .*nowhere to record told.json in"):
        cassette(tmp_path / "nowhere" / "told.json", ScriptedModel(["hi"]))


def test_only_models_of_ours_are_recorded(path):
    with pytest.raises(TypeError, match=r"it records models of hilnb\.models"):
        cassette(path, object())


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.99])
def test_a_file_that_was_cut_is_refused(path, part):
    recorded(path)
    whole = path.read_text()
    path.write_text(whole[: int(len(whole) * part)])

    with pytest.raises(CassetteError, match=r"cannot be read as a cassette: .* It was cut off or edited. Give another"):
        cassette(path)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("[]", "its format is 'list'"),
        ('{"format": "hilnb cassette 9"}', "its format is 'hilnb cassette 9', not 'hilnb cassette 1'"),
        ('{"format": "hilnb cassette 1"}', r"its beginning is malformed \(KeyError: 'model'\)"),
        (
            '{"format": "hilnb cassette 1", "model": "m", "bound": {}, "forces_tools": true, "turns": [{"asked": {}}]}',
            r"turn 1 is malformed \(KeyError: 'answered'\)",
        ),
        (
            '{"format": "hilnb cassette 1", "model": "m", "bound": {}, "forces_tools": true, '
            '"turns": [{"asked": {}, "answered": {"content": 7}}]}',
            r"turn 1 is malformed \(ValueError: AIMessage\(content=7\)",
        ),
    ],
    ids=["another file", "another version", "no model", "half a turn", "no message"],
)
def test_a_file_that_is_malformed_is_refused(path, content, error):
    path.write_text(content)

    with pytest.raises(CassetteError, match=error):
        cassette(path)


def test_a_file_is_replaced_whole_or_not_at_all(path, monkeypatch):
    with Server(says("1"), says("2")) as server:
        model = cassette(path, claude(server))
        model.invoke("first")
        kept = path.read_text()

        def full(*_):
            raise OSError("No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            model.invoke("second")

    assert path.read_text() == kept
    assert [each.name for each in path.parent.iterdir()] == ["told.json"]


def test_an_error_of_the_model_is_not_recorded(path):
    with Server(Refusal(400, "invalid_request_error", "no"), says("Hello")) as server:
        model = cassette(path, claude(server))
        with pytest.raises(ModelError):
            model.invoke("hi")
        model.invoke("hi")

    assert cassette(path).invoke("hi").content == "Hello"


def test_keys_are_not_written_down(path):
    with Server(says(f"It is {KEY}; mine is sk-ant-api03-abcdefghi")) as server:
        cassette(path, claude(server)).invoke([SystemMessage(f"The key is {KEY}."), "Tell me the key."])

    assert KEY not in path.read_text()
    assert "sk-ant" not in path.read_text()
    assert path.read_text().count("[secret]") == 3


def test_a_form_is_recorded_and_replayed(path):
    with Server(calls("AskHuman", {"question": "Where?"})) as server:
        cassette(path, claude(server, model="claude-haiku-4-5")).with_structured_output(AskHuman).invoke("hi")
        assert server.bodies[0]["tool_choice"] == {"type": "tool", "name": "AskHuman"}

    assert cassette(path).with_structured_output(AskHuman).invoke("hi").question == "Where?"


def test_a_form_of_a_model_that_cannot_be_forced_is_replayed_too(path):
    with Server(calls("AskHuman", {"question": "Where?"})) as server:
        cassette(path, claude(server)).with_structured_output(AskHuman).invoke("hi")
        assert "tool_choice" not in server.bodies[0]

    assert cassette(path).with_structured_output(AskHuman).invoke("hi").question == "Where?"


def test_what_is_replayed_is_a_new_message_each_time(path):
    recorded(path)

    first, second = (cassette(path).bind_tools([search]) for _ in range(2))
    asked = [SystemMessage("Be brief."), ("user", "What is the weather?")]

    assert isinstance(first.invoke(asked), AIMessage)
    assert second.invoke(asked).id != cassette(path).bind_tools([search]).invoke(asked).id
