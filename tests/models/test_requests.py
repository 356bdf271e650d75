"""What Claude is asked: bodies of requests, checked by the SDK's own types; and what is refused before it is sent."""

import json
from typing import Literal, NotRequired

import langchain_core.messages
import langchain_core.tools
import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from hilnb.messages import AIMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage
from hilnb.models import ChatAnthropic, ScriptedModel
from hilnb.tools import tool
from tests.models.programs import AskHuman, checked_body, claude, search
from tests.models.server import Server, calls, says

CALL = {"name": "search", "args": {"query": "q"}, "id": "toolu_1"}
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}


def asked(input, model=claude, **options):
    """The body of the one request that the model makes of the input."""
    with Server(says("Hi")) as server:
        model(server, **options).invoke(input)
    [body] = server.bodies
    return checked_body(body)


@pytest.mark.parametrize(
    "input",
    ["hi", ["hi"], [("user", "hi")], [{"role": "user", "content": "hi"}], HumanMessage("hi"), [HumanMessage(["hi"])]],
    ids=repr,
)
def test_what_people_write_for_a_message_is_one(input):
    assert asked(input)["messages"] == [{"role": "user", "content": "hi"}]


def test_what_a_prompt_template_makes_is_asked():
    class Prompt:
        def to_messages(self):
            return [SystemMessage("Be brief."), HumanMessage("hi")]

    assert asked(Prompt())["system"] == "Be brief."


def test_messages_of_langchain_are_asked():
    library = langchain_core.messages

    body = asked([library.SystemMessage("Be brief."), library.HumanMessage("hi")])

    assert (body["system"], body["messages"]) == ("Be brief.", [{"role": "user", "content": "hi"}])


@pytest.mark.parametrize(
    ("instructions", "system"),
    [
        ([("system", "Be brief.")], "Be brief."),
        ([SystemMessage("Be brief."), SystemMessage("Be kind.")], [("Be brief.", None), ("Be kind.", None)]),
        (
            [SystemMessage([{"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}])],
            [("Long.", {"type": "ephemeral"})],
        ),
    ],
    ids=["text", "two messages", "blocks"],
)
def test_instructions_go_where_the_api_wants_them(instructions, system):
    body = asked([*instructions, "hi"])

    if isinstance(system, list):
        told = [(block["text"], block.get("cache_control")) for block in body["system"]]
        assert told == system
    else:
        assert body["system"] == system
    assert len(body["messages"]) == 1


def test_instructions_in_mid_conversation_stay_in_their_place():
    body = asked(["hi", AIMessage("Hello"), "go on", SystemMessage("From now on in French.")])

    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user", "system"]


@pytest.mark.parametrize(
    "block",
    [
        PICTURE,
        {"type": "image", "source": {"type": "url", "url": "https://example.org/cat.png"}},
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "long"},
            "title": "A title",
        },
        {"type": "text", "text": "read", "cache_control": {"type": "ephemeral"}},
    ],
    ids=lambda block: block["type"],
)
def test_content_blocks_of_the_api_go_as_they_are(block):
    assert asked([HumanMessage([block, "and this"])])["messages"][0]["content"] == [
        block,
        {"type": "text", "text": "and this"},
    ]


@pytest.mark.parametrize(
    ("block", "sent"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}, PICTURE),
        ({"type": "image", "base64": "aGk=", "mime_type": "image/png"}, PICTURE),
        (
            {"type": "file", "url": "https://example.org/a.pdf"},
            {"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}},
        ),
    ],
)
def test_pictures_and_files_in_other_forms_are_translated(block, sent):
    assert asked([HumanMessage([block])])["messages"][0]["content"] == [sent]


def test_tool_messages_in_a_row_are_one_turn_with_the_persons_words_after_them():
    calls = [{**CALL, "id": f"toolu_{n}"} for n in (1, 2, 3)]

    body = asked(
        [
            "hi",
            AIMessage("", tool_calls=calls),
            ToolMessage("one", tool_call_id="toolu_1"),
            HumanMessage("Wait!"),
            ToolMessage("badly", tool_call_id="toolu_2", status="error"),
            ToolMessage([PICTURE], tool_call_id="toolu_3"),
        ]
    )

    assert body["messages"][2] == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": "one"},
            {"type": "tool_result", "tool_use_id": "toolu_2", "content": "badly", "is_error": True},
            {"type": "tool_result", "tool_use_id": "toolu_3", "content": [PICTURE]},
            {"type": "text", "text": "Wait!"},
        ],
    }


def test_arguments_that_a_person_has_changed_are_what_the_model_is_told_it_said():
    said = AIMessage(
        [{"type": "tool_use", "id": "toolu_1", "name": "search", "input": {"query": "old"}}], tool_calls=[CALL]
    )
    changed = said.model_copy(update={"tool_calls": [{**CALL, "args": {"query": "new"}}]})

    body = asked(["hi", changed, ToolMessage("r", tool_call_id="toolu_1")])

    assert body["messages"][1]["content"][0]["input"] == {"query": "new"}


def test_what_a_stream_left_in_a_message_is_not_sent_back():
    with Server(says("Hello, you"), says("Bye")) as server:
        model = claude(server).bind_tools([search])
        first, *others = model.stream("hi")
        model.invoke(["hi", first + others, "bye"])

    assert checked_body(server.bodies[1])["messages"][1] == {"role": "assistant", "content": "Hello, you"}


def test_a_model_that_said_nothing_has_no_turn():
    body = asked(["hi", AIMessage(""), AIMessage([{"type": "text", "text": " "}]), "still there?"])

    assert [block["text"] for block in body["messages"][0]["content"]] == ["hi", "still there?"]


def test_a_call_that_could_not_be_read_is_answered_for_the_model():
    invalid = {"name": "search", "args": '{"query": ', "id": "toolu_1", "error": "no JSON"}

    body = asked(["hi", AIMessage("", invalid_tool_calls=[invalid]), "well?"])

    result = body["messages"][2]["content"][0]
    assert (result["tool_use_id"], result["is_error"]) == ("toolu_1", True)
    assert result["content"] == 'The tool was not run: no JSON. They were: {"query": '


# ── options ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_options_the_sdk_has_no_argument_for_are_sent_all_the_same():
    with Server(says("Hi")) as server:
        claude(server, temperature=0.2, top_k=3, field_of_a_newer_api={"a": 1}).invoke("hi")

    [body] = server.bodies
    assert (body["temperature"], body["top_k"], body["field_of_a_newer_api"]) == (0.2, 3, {"a": 1})


def test_options_of_the_call_come_before_what_is_bound():
    with Server(says("Hi")) as server:
        claude(server, max_tokens=5).bind(metadata={"user_id": "u"}, stop=["A"]).invoke("hi", stop="END", max_tokens=7)

    body = server.bodies[0]
    assert (body["max_tokens"], body["metadata"], body["stop_sequences"]) == (7, {"user_id": "u"}, ["END"])


def test_the_model_comes_from_the_environment_or_from_one_place(monkeypatch):
    monkeypatch.delenv("HILNB_MODEL", raising=False)
    assert ChatAnthropic().model == "claude-sonnet-5-5"

    monkeypatch.setenv("HILNB_MODEL", "claude-haiku-9")
    assert ChatAnthropic().model == "claude-haiku-9"
    assert ChatAnthropic("claude-opus-9").model == "claude-opus-9"


def test_binding_makes_another_model():
    model = ScriptedModel(["1"])

    bound = model.bind_tools([search])

    assert ("tools" in model.kwargs, "tools" in bound.kwargs) == (False, True)


# ── tools ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Point(BaseModel):
    """A point."""

    x: int
    title: str = "origin"


class Query(TypedDict):
    """A query."""

    words: str
    most: NotRequired[int]


def rich(a: list[Point], c: Literal["u", "v"] = "u"):
    """Do it."""


def test_tools_in_all_forms_are_tools_of_the_api():
    forms = [
        tool(search),
        langchain_core.tools.tool("theirs", description="Theirs.")(search),
        AskHuman,
        Query,
        rich,
        {"type": "web_search_20250305", "name": "web_search"},
    ]

    body = asked("hi", lambda server: claude(server).bind_tools(forms))

    tools = {each["name"]: each.get("input_schema") for each in body["tools"]}
    assert list(tools) == ["search", "theirs", "AskHuman", "Query", "rich", "web_search"]
    assert tools["search"] == {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    assert tools["Query"]["required"] == ["words"]
    point = tools["rich"]["$defs"]["Point"]
    assert point["properties"] == {"x": {"type": "integer"}, "title": {"default": "origin", "type": "string"}}


def test_a_model_bound_to_no_tools_asks_as_one_without():
    assert "tools" not in asked("hi", lambda server: claude(server).bind_tools([]))


def test_what_the_api_is_told_besides_stands_in_a_tools_extras():
    made = tool(extras={"cache_control": {"type": "ephemeral"}})(search)

    [told] = claude_with(made)

    assert told["cache_control"] == {"type": "ephemeral"}


def claude_with(*tools):
    return asked("hi", lambda server: claude(server).bind_tools(tools))["tools"]


@pytest.mark.parametrize("form", [{"nonsense": 1}, {"type": "object", "properties": {}}], ids=str)
def test_a_dict_that_is_no_tool_is_refused(form):
    with pytest.raises(ValueError, match=r'no tool that a model can be told of. Give .* "title"'):
        ScriptedModel([]).bind_tools([form])


def test_a_choice_of_a_tool_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"tool_choice='serch': no tool has that name \(did you mean 'search'\?\)"):
        ScriptedModel([]).bind_tools([search], tool_choice="serch")


# ── refused early ─────────────────────────────────────────────────────────────────────────────────────────────────────

ANSWERED = [AIMessage("", tool_calls=[CALL]), ToolMessage("r", tool_call_id="toolu_1")]


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([], "the list of messages is empty"),
        ([SystemMessage("Be brief.")], "there are only instructions"),
        ([HumanMessage("")], "is empty, and the API refuses that"),
        ([HumanMessage([{"type": "text", "text": "\n"}])], "is empty, and the API refuses that"),
        ([AIMessage("Hello"), "hi"], "begins with the model's words"),
        (["hi", ANSWERED[0]], r"call of 'search' \(id 'toolu_1'\) has no answer right after it"),
        (["hi", ANSWERED[0], "and?"], "has no answer right after it"),
        (["hi", ANSWERED[0], "and?", AIMessage("Hm."), ANSWERED[1]], "has no answer right after it"),
        (["hi", ANSWERED[1]], "answers 'toolu_1', which is no call of the model's message before it"),
        (["hi", *ANSWERED, ToolMessage("r", tool_call_id="2")], r"answers '2', .* \(its calls: 'toolu_1'\)"),
        ([RemoveMessage("1")], "not told messages of type 'remove'"),
    ],
)
def test_a_conversation_the_api_would_refuse_is_not_sent(messages, error):
    with Server() as server, pytest.raises(ValueError, match=error):
        claude(server).invoke(messages)

    assert server.bodies == []


def test_what_the_error_shows_of_a_call_is_short():
    long = AIMessage("", tool_calls=[{**CALL, "args": {"query": "x" * 10_000}}])

    with Server() as server, pytest.raises(ValueError, match="Its arguments") as raised:
        claude(server).invoke(["hi", long])

    assert len(str(raised.value)) < 700
    assert json.dumps({"query": "xxx"})[:12] in str(raised.value)


# ── answers in a form ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "choice"),
    [
        ({"model": "claude-haiku-4-5"}, {"type": "tool", "name": "AskHuman"}),
        ({"model": "claude-haiku-4-5", "thinking": {"type": "enabled", "budget_tokens": 1024}}, None),
        ({"model": "claude-sonnet-5-5"}, None),
    ],
    ids=["forced", "a model that thinks", "a model that cannot be forced"],
)
def test_a_form_is_asked_for_as_a_tool(options, choice):
    with Server(calls("AskHuman", {"question": "Where?"})) as server:
        answer = claude(server, **options).bind_tools([search]).with_structured_output(AskHuman).invoke("hi")

    body = checked_body(server.bodies[0])
    assert answer == AskHuman(question="Where?")
    assert [each["name"] for each in body["tools"]] == ["AskHuman"]
    assert body.get("tool_choice") == choice


def test_a_typed_dict_gives_a_dict():
    with Server(calls("Query", {"words": "weather"})) as server:
        answer = claude(server).with_structured_output(Query).invoke("hi")

    assert answer == {"words": "weather"}
    assert type(answer) is dict
