"""A message does not change: not its fields, not what they hold, not through a copy."""

import copy
import json
import pickle

import pytest

from hilnb.messages import AIMessage, HumanMessage, ToolMessage

CALL = {"name": "search", "args": {"tags": ["a"]}, "id": "1"}


def test_a_field_cannot_be_set_and_the_error_says_what_to_do():
    with pytest.raises(AttributeError, match=r"model_copy\(update=\{'content': …\}\)"):
        HumanMessage("hi").content = "ho"


def test_a_field_cannot_be_deleted():
    with pytest.raises(AttributeError, match=r"del HumanMessage\.id"):
        del HumanMessage("hi", id="1").id


CHANGES = {
    "set": lambda m: m.tool_calls[0].__setitem__("name", "x"),
    "delete": lambda m: m.tool_calls[0].__delitem__("name"),
    "update": lambda m: m.tool_calls[0]["args"].update(x=1),
    "pop": lambda m: m.tool_calls[0]["args"].pop("tags"),
    "setdefault": lambda m: m.additional_kwargs.setdefault("x", 1),
    "merge": lambda m: m.response_metadata.__ior__({"x": 1}),
    "append": lambda m: m.tool_calls[0]["args"]["tags"].append("b"),
    "extend": lambda m: m.tool_calls.__iadd__([CALL]),
    "sort": lambda m: m.tool_calls.sort(),
    "clear": lambda m: m.content.clear(),
    "a block": lambda m: m.content[0].update(text="x"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_a_message_holds_cannot_be_changed(change):
    message = AIMessage([{"type": "text", "text": "hi"}], tool_calls=[CALL])
    before = repr(message)

    with pytest.raises(TypeError, match="does not change"):
        change(message)

    assert repr(message) == before


def test_what_the_message_was_made_of_stays_the_callers():
    call = copy.deepcopy(CALL)
    message = AIMessage("", tool_calls=[call])

    call["args"]["tags"].append("b")

    assert message.tool_calls[0]["args"] == {"tags": ["a"]}


def test_a_copy_is_the_message_itself():
    message = AIMessage("", tool_calls=[CALL])

    assert copy.copy(message) is copy.deepcopy(message) is message.model_copy() is message.model_copy(deep=True)
    assert copy.deepcopy({"messages": [message]})["messages"][0] is message


def test_a_copy_of_what_it_holds_can_be_changed():
    message = AIMessage("", tool_calls=[CALL])

    args = copy.deepcopy(message.tool_calls[0]["args"])
    args["tags"].append("b")
    shallow = copy.copy(message.tool_calls)
    shallow.append("x")

    assert (args, len(shallow), message.tool_calls[0]["args"]) == ({"tags": ["a", "b"]}, 2, {"tags": ["a"]})


def test_a_dump_can_be_changed():
    message = AIMessage("", tool_calls=[CALL])

    message.model_dump()["tool_calls"][0]["args"]["tags"].append("b")

    assert message.tool_calls[0]["args"] == {"tags": ["a"]}


def test_a_changed_copy_is_checked_like_a_new_message():
    message = AIMessage("", tool_calls=[CALL], id="1")

    changed = message.model_copy(update={"tool_calls": [{"name": "f", "args": {}, "id": "2"}]})

    assert (changed.tool_calls[0]["type"], changed.id) == ("tool_call", "1")
    with pytest.raises(ValueError, match="text or None"):
        message.model_copy(update={"name": 5})


def test_what_it_holds_is_a_list_or_dict_to_everybody_else():
    message = AIMessage("", tool_calls=[CALL])

    assert isinstance(message.tool_calls, list)
    assert isinstance(message.tool_calls[0], dict)
    assert json.loads(json.dumps(message.tool_calls)) == [{**CALL, "type": "tool_call"}]


def test_a_message_survives_pickling_and_is_still_frozen():
    message = AIMessage("hi", tool_calls=[CALL], mood="good")

    back = pickle.loads(pickle.dumps(message))

    assert back == message
    with pytest.raises(TypeError):
        back.tool_calls.append(CALL)


def test_an_artifact_is_shared_whatever_it_is():
    artifact = object()

    assert copy.deepcopy(ToolMessage("", tool_call_id="1", artifact=artifact)).artifact is artifact


WRONG = {
    "content has to be text": (lambda: HumanMessage(5), "HumanMessage(content=5): it has to be text, or a list"),
    "arguments are no dict": (lambda: AIMessage("", tool_calls=[{**CALL, "args": "{}"}]), "json.loads() makes one"),
    "a call without id": (
        lambda: AIMessage("", tool_calls=[{"name": "f", "args": {}}]),
        "exactly the keys 'name', 'args' and 'id'",
    ),
    "one call, not a list": (lambda: AIMessage("", tool_calls=CALL), "it has to be a list of dicts"),
    "a result for no call": (lambda: ToolMessage("r"), "it has to be the id of the tool call that is answered"),
    "metadata is no dict": (lambda: HumanMessage("", additional_kwargs=None), "it has to be a dict"),
}


@pytest.mark.parametrize(("make", "text"), WRONG.values(), ids=WRONG)
def test_a_wrong_field_is_named_with_what_came(make, text):
    with pytest.raises(ValueError) as caught:
        make()

    assert text in str(caught.value)
