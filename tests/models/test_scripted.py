"""A model that follows a script."""

import asyncio
import copy
import pickle

import pytest
from pydantic import BaseModel

from hilnb.checkpoint.memory import MemorySaver
from hilnb.errors import ModelError
from hilnb.messages import AIMessage, HumanMessage
from hilnb.models import ScriptedModel
from hilnb.models.pieces import cut, joined
from hilnb.prebuilt import create_react_agent
from tests.models.programs import AskHuman, search

CALL = {"name": "search", "args": {"query": "q"}, "id": "1"}
THREAD = {"configurable": {"thread_id": "1"}}
MESSAGES = {
    "text": AIMessage("Hello,  my\ndear "),
    "nothing": AIMessage(""),
    "calls": AIMessage("Let me see.", tool_calls=[CALL, {**CALL, "id": "2", "args": {}}]),
    "blocks": AIMessage(
        [{"type": "thinking", "thinking": "Hm.", "signature": "s"}, {"type": "text", "text": "So. And so."}],
        response_metadata={"stop_reason": "end_turn", "usage": {"n": 1}},
        usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    ),
    "tool in blocks": AIMessage(
        [{"type": "tool_use", "id": "1", "name": "search", "input": {"query": "q"}}], tool_calls=[CALL]
    ),
    "invalid call": AIMessage(
        "",
        invalid_tool_calls=[
            {**CALL, "args": "{", "error": "the arguments are not valid JSON: Expecting property name"}
        ],
    ),
    "name": AIMessage("Hi", name="Ann", id="7", additional_kwargs={"mood": "good"}),
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_in_pieces_is_the_message(message):
    again = joined(list(cut(message)))

    fields, cut_again = message.model_dump(), again.model_dump()
    for each in (*fields["invalid_tool_calls"], *cut_again["invalid_tool_calls"]):
        each["error"] = each["error"][:40]  # the rest is the parser's
    assert cut_again == fields


def test_the_replies_come_in_order_whatever_form_they_have(run):
    model = ScriptedModel(["one", AIMessage("two"), {"content": "three"}, {"tool_calls": [CALL]}])

    said = [model.invoke("a"), asyncio.run(model.ainvoke("b")), model.invoke(["c"]), model.invoke("d")]

    assert [message.content for message in said] == ["one", "two", "three", ""]
    assert said[3].tool_calls[0]["args"] == {"query": "q"}


def test_text_streams_word_by_word():
    async def heard(model):
        return [chunk.content async for chunk in model.astream("hi")]

    assert [chunk.content for chunk in ScriptedModel(["Hello, my dear"]).stream("hi")] == ["Hello, ", "my ", "dear", ""]
    assert asyncio.run(heard(ScriptedModel(["Hello, my dear"]))) == ["Hello, ", "my ", "dear", ""]


def test_a_pause_comes_before_every_piece_of_a_stream_and_only_there(monkeypatch):
    paused = []

    async def apause(seconds):
        paused.append(seconds)

    async def heard(model):
        return [chunk.content async for chunk in model.astream("hi")]

    monkeypatch.setattr("hilnb.models.scripted.time.sleep", paused.append)
    monkeypatch.setattr("hilnb.models.scripted.asyncio.sleep", apause)
    model = ScriptedModel(lambda messages: "Hello, my dear", pause=0.5)

    model.invoke("hi")
    assert paused == []

    list(model.stream("hi"))
    asyncio.run(heard(model.bind_tools([search])))
    assert paused == [0.5] * 8


def test_an_error_in_the_script_is_raised_and_the_next_reply_follows():
    model = ScriptedModel([TimeoutError("too late"), "Hello"])

    with pytest.raises(TimeoutError, match="too late"):
        model.invoke("hi")
    assert model.invoke("hi").content == "Hello"


def test_a_function_of_the_messages_answers_as_often_as_it_is_asked():
    def parrot(messages):
        return f"{len(messages)}: {messages[-1].content}"

    model = ScriptedModel(parrot)

    assert [model.invoke(["a", "b"]).content, model.invoke("c").content] == ["2: b", "1: c"]
    assert repr(model) == "ScriptedModel(parrot)"


def test_a_script_that_is_used_up_says_so():
    model = ScriptedModel(["one", "two"])
    model.invoke("a")
    model.invoke("b")

    for _ in range(2):
        with pytest.raises(
            ModelError, match=r"has 2 replies, all used, and was asked once more: human message 'c'. Add"
        ):
            model.invoke([HumanMessage("c")])


@pytest.mark.parametrize("reply", [HumanMessage("hi"), 7, None], ids=str)
def test_what_is_no_reply_is_refused(reply):
    with pytest.raises(TypeError, match=r"is no reply of a model. Give text, an AIMessage"):
        ScriptedModel([reply]).invoke("hi")


def test_a_text_is_no_list_of_replies():
    with pytest.raises(TypeError, match=r"give a list of replies: ScriptedModel\(\[…\]\)"):
        ScriptedModel("hello")


def test_bound_models_go_on_in_the_same_script():
    model = ScriptedModel(["one", "two"])

    model.bind_tools([search]).invoke("a")

    assert model.invoke("b").content == "two"
    assert repr(model.bind_tools([search])) == "ScriptedModel(2 of 2 replies used, tools=['search'])"


def test_a_pickled_script_goes_on_where_it_was():
    model = ScriptedModel(["one", "two"])
    model.invoke("a")

    assert pickle.loads(pickle.dumps(model)).invoke("b").content == "two"
    assert copy.deepcopy(model).invoke("b").content == "two"


def test_an_agent_runs_by_a_script(run):
    model = ScriptedModel([{"tool_calls": [CALL]}, "It is sunny."])
    agent = create_react_agent(model, [search], checkpointer=MemorySaver())

    state = run(agent, {"messages": [("user", "What is the weather?")]}, THREAD)

    assert [message.type for message in state["messages"]] == ["human", "ai", "tool", "ai"]


def test_the_same_reply_in_two_turns_is_two_messages_in_a_state(run):
    said = AIMessage("Yes.")
    agent = create_react_agent(ScriptedModel([said, said]), [], checkpointer=MemorySaver())

    for text in ("Really?", "Really?"):
        state = run(agent, {"messages": [("user", text)]}, THREAD)

    assert [message.content for message in state["messages"]] == ["Really?", "Yes.", "Really?", "Yes."]


# ── answers in a form ─────────────────────────────────────────────────────────────────────────────────────────────────


class Weather(BaseModel):
    """The weather."""

    degrees: int


def answering(args, name="Weather"):
    return ScriptedModel([{"tool_calls": [{"name": name, "args": args, "id": "1"}]}])


def test_a_pydantic_class_gives_an_instance():
    model = answering({"degrees": "21"}).with_structured_output(Weather)

    assert model.invoke("hi") == Weather(degrees=21)
    assert asyncio.run(answering({"degrees": 3}).with_structured_output(Weather).ainvoke("hi")).degrees == 3


def test_a_json_schema_gives_a_dict():
    schema = {"title": "Weather", "type": "object", "properties": {"degrees": {"type": "integer"}}}

    answer = answering({"degrees": 21, "words": []}).with_structured_output(schema).invoke("hi")
    answer["words"].append("warm")  # the answer is the caller's, and may change

    assert answer == {"degrees": 21, "words": ["warm"]}


def test_the_message_comes_along_when_it_is_asked_for():
    model = answering({"degrees": "warm"})

    found = model.with_structured_output(Weather, include_raw=True).invoke("hi")

    assert found["raw"].tool_calls[0]["args"] == {"degrees": "warm"}
    assert found["parsed"] is None
    assert "does not fit 'Weather'" in str(found["parsing_error"])


@pytest.mark.parametrize(
    ("model", "error"),
    [
        (
            ScriptedModel(["It is warm."]),
            r"not answer in the form 'Weather' but said: 'It is warm.'. Say in the prompt",
        ),
        (ScriptedModel([""]), "and said nothing"),
        (answering({"degrees": "warm"}), r"does not fit 'Weather': 1 validation error(.|\n)*include_raw=True"),
        (answering({}, name="Other"), "not answer in the form 'Weather'"),
        (
            ScriptedModel([{"invalid_tool_calls": [{**CALL, "args": "{", "error": "no JSON"}]}]),
            "that can be read: no JSON",
        ),
    ],
    ids=["text", "nothing", "does not fit", "another tool", "malformed"],
)
def test_an_answer_that_is_not_in_the_form_is_an_error(model, error):
    with pytest.raises(ModelError, match=error):
        model.with_structured_output(Weather).invoke("hi")


def test_an_agent_puts_its_answer_into_a_form(run):
    replies = ["It is warm.", {"tool_calls": [{"name": "Weather", "args": {"degrees": 21}, "id": "1"}]}]
    agent = create_react_agent(ScriptedModel(replies), [search], response_format=Weather)

    state = run(agent, {"messages": [("user", "hi")]})

    assert state["structured_response"] == Weather(degrees=21)


def test_tools_bound_before_do_not_stand_in_the_way_of_a_form():
    bound = ScriptedModel([]).bind_tools([search, AskHuman]).with_structured_output(Weather)

    assert repr(bound) == "ScriptedModel(0 of 0 replies used, tools=['Weather']).with_structured_output(Weather)"
