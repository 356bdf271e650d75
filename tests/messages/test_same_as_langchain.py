"""The same lines, run on langchain-core's messages and on ours: the same texts, fields, reprs and kinds of error."""

import importlib
import random

import langchain_core.messages
import langgraph.graph.message
import pytest

import hilnb.messages
from hilnb.graph import message as hilnb_graph

CALL = {"name": "search", "args": {"query": "x", "n": [1, {"a": None}]}, "id": "c1"}
BAD_CALL = {"name": "search", "args": '{"query', "id": "c2", "error": "cut off"}
USAGE = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
BLOCKS = [{"type": "text", "text": "a"}, "b", {"type": "tool_use", "id": "c1", "name": "search", "input": {}}]
OPENAI_CALL = {"type": "function", "id": "c1", "function": {"name": "f", "arguments": '{"a": 1}'}}


def piece(m, **fields):
    return m.AIMessageChunk("", tool_call_chunks=[{"name": None, "args": None, "id": None, "index": 0, **fields}])


def convert(*items):
    return lambda m: m.convert_to_messages(list(items))


def trim(m, **options):
    given = [m.SystemMessage("s"), m.HumanMessage("one two"), m.AIMessage("three"), m.HumanMessage("four\nfive six")]
    return m.trim_messages(given, token_counter=lambda ms: sum(len(x.text) for x in ms), **options)


def sorted_keys(dicts):
    return [dict(sorted(each.items())) for each in dicts]


def conversation(m):
    return [
        m.SystemMessage("s", id="0"),
        m.HumanMessage("h", name="bob", id="1"),
        m.AIMessage("a", tool_calls=[CALL, {**CALL, "id": "c2"}], id="2"),
        m.ToolMessage("r", tool_call_id="c1", id="3"),
        m.AIMessage(BLOCKS, tool_calls=[CALL], name="bob", id="4"),
        m.AIMessage("end", id="5", usage_metadata=USAGE),
        m.HumanMessage([{"type": "text", "text": "A"}, {"type": "image_url", "image_url": {"url": "u"}}], id="6"),
        m.HumanMessage("B", id="7"),
    ]


PROGRAMS = {
    "text": lambda m: m.HumanMessage("hi"),
    "text as a keyword": lambda m: m.HumanMessage(content="hi", name="bob", id=5),
    "blocks": lambda m: (m.HumanMessage(BLOCKS), m.HumanMessage(BLOCKS).text),
    "blocks under the newer name": lambda m: m.AIMessage(content_blocks=[{"type": "text", "text": "a"}]),
    "a tool call in blocks": lambda m: m.AIMessage(content_blocks=[{**CALL, "type": "tool_call"}]),
    "options first, messages later": lambda m: [
        m.trim_messages(max_tokens=2, token_counter=len).invoke(conversation(m)),
        m.filter_messages(include_types="human").invoke(conversation(m)),
        m.merge_message_runs().invoke([m.HumanMessage("a"), m.HumanMessage("b")]),
    ],
    "as OpenAI's API takes them": lambda m: sorted_keys(
        m.convert_to_openai_messages(
            [
                m.SystemMessage("s"),
                ("human", "hi"),
                m.HumanMessage([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "u"}}]),
                m.AIMessage("", tool_calls=[CALL], name="bob"),
                m.ToolMessage("r", tool_call_id="c1"),
            ]
        )
    ),
    "fields as plain data": lambda m: [
        m.AIMessage("hi", id="1", tool_calls=[CALL]).model_dump(**options)
        for options in ({"exclude_none": True}, {"include": {"id"}}, {"exclude": {"tool_calls"}}, {"mode": "json"})
    ],
    "fields as JSON": lambda m: m.HumanMessage("hé").model_dump_json(indent=2, exclude_none=True),
    "made of plain data": lambda m: m.AIMessage.model_validate({"content": "hi", "tool_calls": [CALL]}),
    "own fields": lambda m: (m.HumanMessage("hi", mood="good", id="1"), m.HumanMessage("hi", mood="good").mood),
    "system": lambda m: m.SystemMessage("be brief", additional_kwargs={"a": 1}),
    "remove": lambda m: (m.RemoveMessage("1"), m.RemoveMessage(id="1").content, str(m.RemoveMessage("1"))),
    "tool call": lambda m: m.AIMessage("", tool_calls=[CALL], invalid_tool_calls=[BAD_CALL]),
    "tool call as OpenAI has it": lambda m: m.AIMessage("", additional_kwargs={"tool_calls": [OPENAI_CALL]}),
    "usage": lambda m: m.AIMessage("x", usage_metadata=USAGE, response_metadata={"stop_reason": "end_turn"}),
    "tool result": lambda m: m.ToolMessage("r", tool_call_id=7, name="n", status="error", artifact={"x": 0}),
    "tool result of another type": lambda m: [
        m.ToolMessage(content, tool_call_id="1") for content in ({"a": 1}, [1, {"a": 1}], (1,), 5, None)
    ],
    "empty fields": lambda m: (m.HumanMessage("", name="", id=""), m.ToolMessage("", tool_call_id="1", artifact=[])),
    "str of a message": lambda m: str(m.AIMessage("x", id="3", tool_calls=[CALL])),
    "types": lambda m: [message.type for message in [*conversation(m), m.AIMessageChunk("x")]],
    "equality": lambda m: [
        m.HumanMessage("a") == m.HumanMessage("a", name=None),
        m.HumanMessage("a") == m.HumanMessage("a", id="1"),
        m.HumanMessage("a") == m.HumanMessageChunk("a"),
        m.HumanMessage("a") == "a",
    ],
    "changed copies": lambda m: m.HumanMessage("a").model_copy(update={"id": "4", "mood": 1}),
    "dumps": lambda m: [
        message.model_dump() for message in [*conversation(m), m.RemoveMessage("1"), m.AIMessageChunk("a")]
    ],
    "JSON": lambda m: m.AIMessage("é", tool_calls=[CALL]).model_dump_json(),
    "dicts and back": lambda m: m.messages_from_dict(m.messages_to_dict([*conversation(m), piece(m, args="{")])),
    "no content": lambda m: m.HumanMessage(),
    "content of another type": lambda m: m.HumanMessage(5),
    "a block of another type": lambda m: m.HumanMessage([5]),
    "a number for a name": lambda m: m.HumanMessage("x", name=5),
    "another message's type": lambda m: m.HumanMessage("x", type="ai"),
    "arguments as text": lambda m: m.AIMessage("", tool_calls=[{**CALL, "args": "{}"}]),
    "a tool call's id as a number": lambda m: m.AIMessage("", tool_calls=[{**CALL, "id": 1}]),
    "half a usage": lambda m: m.AIMessage("", usage_metadata={"input_tokens": 1}),
    "an unknown status": lambda m: m.ToolMessage("", tool_call_id="1", status="bad"),
    "a removal with content": lambda m: m.RemoveMessage("1", content="x"),
    "a hash": lambda m: hash(m.HumanMessage("x")),
    "pretty": lambda m: [message.pretty_repr() for message in conversation(m)],
    "pretty tool calls": lambda m: [
        m.AIMessage(text, name="bob", tool_calls=[CALL], invalid_tool_calls=[BAD_CALL]).pretty_repr()
        for text in ("", "hi", "hi\n\n", " hi")
    ],
    "pretty and bold": lambda m: m.AIMessage("hi").pretty_repr(html=True),
    "pretty chunks": lambda m: [c.pretty_repr() for c in (m.HumanMessageChunk("a"), piece(m, name="f", args="{}"))],
    "text, pairs and roles": convert("hi", ("user", "a"), ("ai", "b"), ("system", "c"), ["human", BLOCKS]),
    "developers": convert(("developer", "d"), {"role": "developer", "content": "d", "additional_kwargs": {"x": 1}}),
    "dicts": convert(
        {"role": "user", "content": "hi", "name": "b", "id": "4"},
        {"type": "human", "content": "hi", "mood": 1},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "assistant", "content": "", "tool_calls": [OPENAI_CALL]},
        {"role": "tool", "content": "r", "tool_call_id": "1", "artifact": 3, "status": "error"},
        {"type": "remove", "content": "", "id": "5"},
    ),
    "an unknown role": convert(("bogus", "x")),
    "a dict without content": convert({"role": "user"}),
    "a dict without a role": convert({"content": "x"}),
    "a triple": convert(("user", "a", "b")),
    "a number": convert(5),
    "a tool's dict without an id": convert({"role": "user", "content": 5}),
    "buffer": lambda m: m.get_buffer_string(conversation(m)),
    "buffer with own names": lambda m: m.get_buffer_string(conversation(m), "U", "B", message_separator=" | "),
    "buffer of a removal": lambda m: m.get_buffer_string([m.RemoveMessage("1")]),
    "runs": lambda m: m.merge_message_runs(conversation(m)),
    "runs with a separator": lambda m: m.merge_message_runs(["a", ("user", "b"), ("user", "")], chunk_separator="-"),
    "filter names": lambda m: m.filter_messages(conversation(m), include_names=["bob"], exclude_types=["human"]),
    "filter types": lambda m: m.filter_messages(conversation(m), include_types=[m.AIMessage, "tool"]),
    "filter ids": lambda m: m.filter_messages(conversation(m), include_ids=["1"], exclude_ids=["2"]),
    "filter one call": lambda m: m.filter_messages(conversation(m), exclude_tool_calls=["c1"]),
    "filter all calls": lambda m: m.filter_messages(conversation(m), exclude_tool_calls=True),
    "trim to the last": lambda m: [trim(m, max_tokens=n) for n in range(0, 30, 3)],
    "trim to the first": lambda m: [trim(m, max_tokens=n, strategy="first") for n in range(0, 30, 3)],
    "trim around the system message": lambda m: [trim(m, max_tokens=n, include_system=True) for n in range(0, 30, 3)],
    "trim with parts": lambda m: [
        trim(m, max_tokens=n, allow_partial=True, strategy=s) for n in range(0, 30, 3) for s in ("first", "last")
    ],
    "trim a block to its text": lambda m: m.trim_messages(
        [m.HumanMessage([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]), m.AIMessage("three")],
        token_counter=lambda ms: sum(len(str(x.content)) for x in ms),
        max_tokens=9,
        allow_partial=True,
    ),
    "trim on kinds": lambda m: [trim(m, max_tokens=n, start_on="human", end_on=[m.AIMessage]) for n in range(0, 30, 3)],
    "trim by counting messages": lambda m: m.trim_messages(conversation(m), max_tokens=3, token_counter=len),
    "trim by a guess": lambda m: m.trim_messages(conversation(m), max_tokens=40, token_counter="approximate"),
    "trim the wrong way": lambda m: trim(m, max_tokens=1, strategy="first", include_system=True),
    "trim without a counter": lambda m: m.trim_messages(conversation(m), max_tokens=1, token_counter=5),
    "chunks": lambda m: m.AIMessageChunk("a", id="1") + m.AIMessageChunk("b", id="2", usage_metadata=USAGE),
    "many chunks": lambda m: m.AIMessageChunk("a").__add__([m.AIMessageChunk("b"), m.AIMessageChunk("c")]),
    "chunk ids": lambda m: [
        (m.AIMessageChunk("", id=a) + m.AIMessageChunk("", id=b)).id
        for a in (None, "lc_1", "lc_run-1", "msg_1")
        for b in (None, "lc_2", "lc_run-2", "msg_2")
    ],
    "chunks of a call": lambda m: (
        piece(m, name="f", args="", id="1") + piece(m, args='{"x": [1, ') + piece(m, args="2")
    ),
    "chunks of two calls": lambda m: piece(m, name="f", args="{}", id="1") + piece(m, name="g", id="2", index=1),
    "a chunk of a whole call": lambda m: m.AIMessageChunk("", tool_calls=[CALL]),
    "chunks of blocks": lambda m: (
        m.AIMessageChunk([{"type": "thinking", "thinking": "a", "index": 0}])
        + m.AIMessageChunk([{"type": "thinking", "thinking": "b", "index": 0, "signature": "s"}])
        + m.AIMessageChunk([{"type": "tool_use", "id": "1", "name": "f", "input": {}, "index": 1}])
        + m.AIMessageChunk([{"type": "input_json_delta", "partial_json": '{"a"', "index": 1}])
        + m.AIMessageChunk([{"type": "input_json_delta", "partial_json": ": 1}", "index": 1}])
    ),
    "chunks of text and blocks": lambda m: [
        m.AIMessageChunk(a) + m.AIMessageChunk(b) for a in ("a", "", ["x"], BLOCKS) for b in ("b", "", ["y"], BLOCKS)
    ],
    "chunk metadata": lambda m: (
        m.AIMessageChunk("", response_metadata={"n": 1, "s": "a", "d": {"k": "v"}, "l": [1], "z": None, "id": "i"})
        + m.AIMessageChunk("", response_metadata={"n": 2, "s": "b", "d": {"k": "w"}, "l": [2], "z": 1, "id": "i"})
    ),
    "chunk metadata that does not fit": lambda m: (
        m.AIMessageChunk("", response_metadata={"n": 1}) + m.AIMessageChunk("", response_metadata={"n": "x"})
    ),
    "chunk usage": lambda m: (
        (
            m.AIMessageChunk("", usage_metadata={**USAGE, "input_token_details": {"cache_read": 1}})
            + m.AIMessageChunk("", usage_metadata={**USAGE, "output_token_details": {"reasoning": 1}})
        ).usage_metadata
    ),
    "the last chunk": lambda m: m.AIMessageChunk("a") + m.AIMessageChunk("", chunk_position="last"),
    "an unknown chunk position": lambda m: m.AIMessageChunk("a", chunk_position="first"),
    "other chunks": lambda m: [
        m.HumanMessageChunk("a", id="1") + m.HumanMessageChunk("b", id="2"),
        m.SystemMessageChunk("a") + m.SystemMessageChunk("b"),
        m.ToolMessageChunk("a", tool_call_id="1", artifact={"x": "a"})
        + m.ToolMessageChunk("b", tool_call_id="1", artifact={"x": "b"}, status="error"),
    ],
    "chunks of two tool results": lambda m: (
        m.ToolMessageChunk("a", tool_call_id="1") + m.ToolMessageChunk("b", tool_call_id="2")
    ),
    "a chunk and a message": lambda m: m.AIMessageChunk("a") + m.AIMessage("b"),
    "finished chunks": lambda m: [
        m.message_chunk_to_message(chunk)
        for chunk in (
            piece(m, name="f", args='{"x": 1}', id="1"),
            m.AIMessageChunk("a", id="3", chunk_position="last", usage_metadata=USAGE, name="n"),
            m.HumanMessageChunk("a"),
            m.ToolMessageChunk("a", tool_call_id="1"),
            m.HumanMessage("x"),
        )
    ],
    "unreadable arguments": lambda m: [
        [(call["name"], call["args"]) for call in piece(m, name="f", args=args).invalid_tool_calls]
        for args in ("nope", "[1]", "{]", "")
    ],
}


def told(program, library):
    """What the program makes, as text; of an error, the built-in kind."""
    try:
        made = program(library)
    except Exception as error:
        return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
    return made if isinstance(made, str) else repr(made)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_message_is_what_langchain_makes_of_it(program):
    assert told(program, hilnb.messages) == told(program, langchain_core.messages)


STANDARD = {
    "text": lambda m: m.HumanMessage("hi"),
    "nothing": lambda m: m.HumanMessage(""),
    "mixed blocks": lambda m: m.AIMessage(BLOCKS),
    "text and a tool call": lambda m: m.AIMessage("hi", tool_calls=[CALL]),
    "a tool call that is a block already": lambda m: m.AIMessage([{**CALL, "type": "tool_call"}], tool_calls=[CALL]),
    "reasoning": lambda m: m.AIMessage([{"type": "reasoning", "reasoning": "hm"}, {"text": "so"}]),
    "reasoning beside the content": lambda m: m.AIMessage("so", additional_kwargs={"reasoning_content": "hm"}),
    "a piece of a tool call": lambda m: piece(m, name="search", args='{"a'),
    "the last piece": lambda m: m.AIMessageChunk("hi", tool_calls=[CALL], chunk_position="last"),
    "pictures": lambda m: m.HumanMessage(
        [
            {"type": "image_url", "image_url": {"url": "https://a.org/b.png"}},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "image", "source_type": "base64", "mime_type": "image/png", "data": "AAAA"},
            {"type": "image", "source_type": "url", "url": "https://a.org/b.png"},
            {"type": "image", "base64": "AAAA", "mime_type": "image/png"},
        ]
    ),
    "sound and files": lambda m: m.HumanMessage(
        [
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"type": "file", "file": {"file_id": "f"}},
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf"}},
        ]
    ),
    "a tool's": lambda m: m.ToolMessage("done", tool_call_id="1"),
}


def without_made_up_ids(blocks):
    return [{k: v for k, v in block.items() if not (k == "id" and str(v).startswith("lc_"))} for block in blocks]


@pytest.mark.parametrize("program", STANDARD.values(), ids=STANDARD)
def test_the_content_has_the_same_standard_blocks(program):
    ours, theirs = (program(library).content_blocks for library in (hilnb.messages, langchain_core.messages))

    assert ours == without_made_up_ids(theirs)


def random_conversation(chance):
    """Fields of a few messages, the same for both libraries."""
    contents = ("", "hello", "a\nb\nc", BLOCKS, [{"type": "text", "text": "x\ny"}, {"type": "text", "text": "zz"}])
    for _ in range(chance.randint(0, 7)):
        kind = chance.choice(["HumanMessage", "AIMessage", "SystemMessage", "ToolMessage"])
        fields = {"content": chance.choice(contents), "id": chance.choice("abcdefgh")}
        if kind == "ToolMessage":
            fields["tool_call_id"] = "1"
        yield kind, fields


def made(library, conversation):
    return [getattr(library, kind)(**fields) for kind, fields in conversation]


@pytest.mark.parametrize("seed", range(5))
def test_random_conversations_are_trimmed_and_merged_alike(seed):
    chance = random.Random(seed)
    for _ in range(60):
        spoken = list(random_conversation(chance))
        options = {
            "max_tokens": chance.choice([0, 1, 3, 8, 20, 60]),
            "token_counter": chance.choice([len, "approximate"]),
            "allow_partial": chance.random() < 0.5,
            "strategy": chance.choice(["first", "last"]),
            "end_on": chance.choice([None, "human", ["ai", "tool"]]),
        }
        if options["strategy"] == "last":
            options["start_on"] = chance.choice([None, "human"])
            options["include_system"] = chance.random() < 0.5

        ours, theirs = (
            (m.trim_messages(made(m, spoken), **options), m.merge_message_runs(made(m, spoken)))
            for m in (hilnb.messages, langchain_core.messages)
        )

        assert repr(ours) == repr(theirs)


def added(library, graph, left, right, removed):
    new = [
        library.RemoveMessage(id) if id else message for id, message in zip(removed, made(library, right), strict=True)
    ]
    return told(lambda m: graph.add_messages(made(m, left), new), library)


@pytest.mark.parametrize("seed", range(5))
def test_random_conversations_are_added_alike(seed):
    chance = random.Random(seed)
    for _ in range(100):
        left, right = list(random_conversation(chance)), list(random_conversation(chance))
        removed = [chance.choice("abcdefgh") if chance.random() < 0.2 else None for _ in right]

        ours = added(hilnb.messages, hilnb_graph, left, right, removed)

        assert ours == added(langchain_core.messages, langgraph.graph.message, left, right, removed)


@pytest.mark.parametrize(
    "options",
    [{}, {"chars_per_token": 2.5}, {"extra_tokens_per_message": 0.5, "count_name": False}, {"tokens_per_image": 7}],
)
def test_tokens_are_guessed_alike_at_langchains_second_path(options):
    ours, theirs = (
        importlib.import_module(f"{library.__name__}.utils").count_tokens_approximately(
            conversation(library), **options
        )
        for library in (hilnb.messages, langchain_core.messages)
    )

    assert ours == theirs
