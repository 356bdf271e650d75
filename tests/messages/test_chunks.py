"""Chunks add up to the message they were cut from."""

import json
import random

import pytest

from hilnb.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    ToolMessageChunk,
    filter_messages,
    message_chunk_to_message,
)
from hilnb.messages.partial_json import read_partial_json

ARGS = {"query": 'say "hi"\\\n', "n": [1, -2.5, None, {"deep": {"ä": True}}], "empty": {}}


def cut(text, chance):
    while text:
        size = chance.randint(1, 5)
        yield text[:size]
        text = text[size:]


@pytest.mark.parametrize("seed", range(5))
def test_a_streamed_call_becomes_the_call_however_it_is_cut(seed):
    pieces = cut(json.dumps(ARGS), random.Random(seed))
    first = AIMessageChunk("", tool_call_chunks=[{"name": "search", "args": "", "id": "1", "index": 0}])
    rest = [AIMessageChunk("", tool_call_chunks=[{"args": piece, "index": 0}]) for piece in pieces]

    one_by_one = first
    for chunk in rest:
        one_by_one += chunk

    assert one_by_one == first + rest
    assert message_chunk_to_message(one_by_one) == AIMessage(
        "", tool_calls=[{"name": "search", "args": ARGS, "id": "1"}]
    )


@pytest.mark.parametrize("size", range(1, len(json.dumps(ARGS))))
def test_every_beginning_of_arguments_can_be_read(size):
    so_far = read_partial_json(json.dumps(ARGS)[:size])

    assert list(so_far) == list(ARGS)[: len(so_far)]


def test_what_is_no_json_is_none():
    assert [read_partial_json(text) for text in ("nope", "{]", '{"a": 1}}', "", '{"a" 1')] == [None] * 4 + [{}]


def test_text_after_an_empty_list_is_kept():
    assert (AIMessageChunk([]) + AIMessageChunk("hi")).text == "hi"


def test_the_name_of_the_first_chunk_is_kept():
    assert (AIMessageChunk("a", name="expert") + AIMessageChunk("b")).name == "expert"


def test_metadata_that_does_not_add_up_is_named():
    with pytest.raises(TypeError, match=r"'t' is 0\.5 in one and 0\.7 in the other"):
        AIMessageChunk("", response_metadata={"t": 0.5}) + AIMessageChunk("", response_metadata={"t": 0.7})


def test_results_of_two_calls_do_not_add_up():
    with pytest.raises(ValueError, match="different tool calls"):
        ToolMessageChunk("a", tool_call_id="1") + ToolMessageChunk("b", tool_call_id="2")


def test_a_class_stands_for_its_chunks_too():
    chunk = AIMessageChunk("a")

    assert filter_messages([chunk, HumanMessage("b")], include_types=[AIMessage]) == [chunk]


def test_adding_leaves_the_parts_as_they_are():
    first, second = AIMessageChunk(["a"]), AIMessageChunk("b")

    first + second

    assert (first.content, second.content) == (["a"], "b")
