"""A message in pieces and as a whole is one message, wherever it is cut."""

import json

from hypothesis import given
from hypothesis import strategies as st

from hilnb.messages import AIMessage
from hilnb.models.anthropic_reply import EventReader, message_of
from hilnb.models.pieces import cut, joined

TEXT = st.text(min_size=1, max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(TEXT, JSON, max_size=3)
BLOCKS = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, TEXT),
    st.builds(lambda text: {"type": "thinking", "thinking": text, "signature": "c2ln"}, TEXT),
    st.builds(lambda args: {"type": "tool_use", "id": "", "name": "f", "input": args}, ARGUMENTS),
)


def numbered(blocks):
    return [{**block, "id": f"toolu_{n}"} if "id" in block else block for n, block in enumerate(blocks)]


def streamed(reply, sizes):
    """The events of a reply, its texts cut into pieces of these sizes."""

    def deltas(kind, name, text):
        while text:
            size = next(sizes)
            yield {"type": kind, name: text[:size]}
            text = text[size:]

    yield {"type": "message_start", "message": {**reply, "content": [], "usage": {"input_tokens": 1}}}
    for index, block in enumerate(reply["content"]):
        kind = block["type"]
        empty = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}[kind]
        yield {"type": "content_block_start", "index": index, "content_block": {**block, **empty}}
        made = {
            "text": lambda block=block: deltas("text_delta", "text", block["text"]),
            "thinking": lambda block=block: [
                *deltas("thinking_delta", "thinking", block["thinking"]),
                {"type": "signature_delta", "signature": block["signature"]},
            ],
            "tool_use": lambda block=block: deltas("input_json_delta", "partial_json", json.dumps(block["input"])),
        }[kind]()
        for delta in made:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stop = {"stop_reason": reply["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": reply["usage"]}
    yield {"type": "message_stop"}


@given(st.lists(BLOCKS, max_size=4), st.lists(st.integers(1, 9), min_size=1), st.booleans())
def test_a_streamed_reply_is_the_whole_reply_wherever_it_is_cut(blocks, sizes, as_text):
    reply = {"id": "m", "model": "claude", "content": numbered(blocks), "stop_reason": "end_turn"}
    reply["usage"] = {"input_tokens": 1, "output_tokens": 2}
    reader = EventReader(as_text=as_text and not any(block["type"] == "tool_use" for block in blocks))

    chunks = [reader.read(event) for event in streamed(reply, _again_and_again(sizes))]

    whole, again = message_of(reply), joined([chunk for chunk in chunks if chunk is not None])
    if as_text and blocks and all(block["type"] == "text" for block in blocks):
        assert again.content == whole.text  # several text blocks are one text where only text was expected
        whole = whole.model_copy(update={"content": whole.text})
    if not as_text or any(block["type"] == "tool_use" for block in blocks):
        assert again == whole
    assert again.tool_calls == whole.tool_calls


def _again_and_again(sizes):
    while True:
        yield from sizes


@given(st.text() | st.lists(BLOCKS, max_size=4), st.lists(ARGUMENTS, max_size=3))
def test_a_message_that_is_cut_into_pieces_is_the_message_again(content, arguments):
    blocks = content if isinstance(content, str) else numbered(content)
    said = [] if isinstance(content, str) else [block for block in blocks if block["type"] == "tool_use"]
    calls = [{"name": "f", "args": block["input"], "id": block["id"]} for block in said]
    calls += [{"name": "g", "args": args, "id": f"more_{n}"} for n, args in enumerate(arguments)]
    message = AIMessage(blocks, tool_calls=calls, id="1")

    again = joined(list(cut(message)))

    assert again.tool_calls == message.tool_calls
    assert again.text == message.text
    if isinstance(content, list) and len(content) > 1:
        assert again == message
