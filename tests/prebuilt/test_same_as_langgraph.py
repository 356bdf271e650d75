"""The same functions and the same calls, given to LangChain and LangGraph and to hilnb."""

import asyncio
from typing import Annotated, Any, Literal, Optional

import langchain_core.messages
import langchain_core.tools
import langgraph.checkpoint.memory
import langgraph.graph
import langgraph.prebuilt
import langgraph.types
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

import hilnb.messages
import hilnb.prebuilt
import hilnb.tools
from hilnb.checkpoint.memory import MemorySaver
from tests.prebuilt.graphs import THREAD, Scripted, answers, around, asked, calling


class Point(BaseModel):
    """A point."""

    x: int
    y: int = 3


class Query(TypedDict):
    words: str


class Arguments(BaseModel):
    """What to add."""

    a: int = Field(description="the first", ge=0)


def simple(a: int, b: str = "x"):
    """Do it.

    And more of it.
    """


def rich(
    a: float | None,
    b: Optional[int] = None,  # noqa: UP045 - the old way of writing it
    c: Literal["u", "v"] = "u",
    d: list[Point] = [],  # noqa: B006 - never changed
    e: Query | None = None,
    f: dict[str, int] | None = None,
    g=3,
    h: Annotated[str, "the h"] = "",
    i: Annotated[int, Field(description="the i", ge=0)] = 0,
):
    """Rich."""


def described(a: int, b_c: str):
    """Add.

    More.

    Args:
        a: The first,
            going on.
        b_c (str): The second.

    Returns:
        Nothing.
    """


def hidden(a: int, b: Annotated[dict, langchain_core.tools.InjectedToolArg]):
    """Hidden."""


def own(a, b=1):
    """Own."""


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (simple, {}),
        (simple, {"description": "Else."}),
        (rich, {}),
        (described, {}),
        (described, {"parse_docstring": True}),
        (hidden, {}),
        (own, {"args_schema": Arguments}),
        (own, {"args_schema": {"title": "T", "description": "d", "type": "object", "properties": {"a": {}}}}),
    ],
    ids=["simple", "description", "rich", "plain docstring", "parsed docstring", "hidden", "model", "JSON"],
)
def test_the_model_is_told_the_same_of_a_tool(function, options):
    theirs = langchain_core.tools.tool(**options)(function)
    ours = hilnb.tools.tool(**options)(function)

    assert (ours.name, ours.description, ours.args) == (theirs.name, theirs.description, theirs.args)
    schemas = [each.tool_call_schema for each in (ours, theirs)]
    mine, other = (each if isinstance(each, dict) else each.model_json_schema() for each in schemas)
    assert mine == other


# ── the node ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def give(what: str) -> Any:
    """Give."""
    return {"dict": {"ü": 1}, "texts": ["a", "b"], "blocks": [{"type": "text", "text": "t"}], "none": None}[what]


def fail(how: str) -> str:
    """Fail."""
    raise ValueError(how)


CALLS = [
    [("add", {"a": 1, "b": 2}), ("add", {"a": "x"}), ("nothing", {})],
    [("give", {"what": what}) for what in ("dict", "texts", "blocks", "none")],
    [("fail", {"how": "badly"}), ("fail", {})],
]


def told(node, calls):
    """What the calls are answered with, on LangGraph; or the kind of the error."""
    builder = langgraph.graph.StateGraph(langgraph.graph.MessagesState).add_node("tools", node)
    message = calling(*calls, message=langchain_core.messages.AIMessage)
    return answers(builder.add_edge("__start__", "tools").compile().invoke({"messages": [message]}))


@pytest.mark.parametrize("handle", [None, True, False, "words", ValueError, lambda error: f"own {error}"])
@pytest.mark.parametrize("calls", CALLS, ids=["add", "give", "fail"])
def test_calls_are_answered_the_same(calls, handle):
    options = {} if handle is None else {"handle_tool_errors": handle}

    def attempt(answered):
        try:
            return answered()
        except Exception as error:
            return type(error).__name__

    theirs = langgraph.prebuilt.ToolNode([add, give, fail], **options)
    ours = hilnb.prebuilt.ToolNode([add, give, fail], **options)

    mine = attempt(lambda: answers(around(ours).invoke(asked(*calls), THREAD)))
    assert mine == attempt(lambda: told(theirs, calls))


def test_tools_of_langchain_run_in_our_node(run):
    @langchain_core.tools.tool
    def who(greeting: str, user: Annotated[str, langgraph.prebuilt.InjectedState("user")]) -> str:
        """Greet."""
        return f"{greeting} {user}"

    state = run(around(hilnb.prebuilt.ToolNode([who])), asked(("who", {"greeting": "hi"}), ("who", {})), THREAD)

    (well, _), (wrong, status) = answers(state)
    assert well == "hi Ann"
    assert status == "error"
    assert "greeting: Field required" in wrong


# ── the agent ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Model(BaseChatModel):
    """LangChain's, saying what it was given."""

    said: list
    turn: int = 0

    @property
    def _llm_type(self):
        return "scripted"

    def bind_tools(self, tools, **_):
        return self

    def _generate(self, messages, stop=None, run_manager=None, **_):
        self.turn += 1
        return ChatResult(generations=[ChatGeneration(message=self.said[self.turn - 1])])


def final(word: str) -> str:
    """Final."""
    return word


def said(library):
    message = library.AIMessage
    calls = calling(("add", {"a": 1, "b": 2}), ("final", {"word": "w"}), message=message)
    return [calls, message("done", id="end")]


def shown(events):
    """Events without what the libraries name differently."""
    return [
        {node: answers(update) if node == "tools" else [m.id for m in update["messages"]] for node, update in e.items()}
        for e in events
    ]


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize(
    ("version", "hook"),
    # LangGraph's v1 fails with a KeyError when it has a post_model_hook; ours does not.
    [("v1", None), ("v1", "pre_model_hook"), ("v2", None), ("v2", "pre_model_hook"), ("v2", "post_model_hook")],
)
@pytest.mark.filterwarnings("ignore:create_react_agent has been moved")
def test_an_agent_takes_the_same_steps_and_has_the_same_picture(version, hook, direct):
    options = {"version": version} | ({hook: lambda state: {"messages": []}} if hook else {})
    their_tools = [add, langchain_core.tools.tool(return_direct=direct)(final)]
    our_tools = [add, hilnb.tools.tool(return_direct=direct)(final)]
    saver = langgraph.checkpoint.memory.MemorySaver()

    theirs = langgraph.prebuilt.create_react_agent(
        Model(said=said(langchain_core.messages)), their_tools, checkpointer=saver, **options
    )
    ours = hilnb.prebuilt.create_react_agent(
        Scripted(*said(hilnb.messages)), our_tools, checkpointer=MemorySaver(), **options
    )

    hi = {"messages": [("user", "hi")]}
    mine, other = (shown(graph.stream(hi, THREAD)) for graph in (ours, theirs))
    assert sorted(mine, key=str) == sorted(other, key=str)
    pictures = [graph.get_graph().draw_mermaid(with_styles=False) for graph in (ours, theirs)]
    assert pictures[0] == pictures[1]


# ── tools that are classes, and what tools do with their failures ─────────────────────────────────────────────────────


def classes(library):
    """A tool of a class, made of one of the two libraries."""

    class Shout(library.BaseTool):
        name: str = "shout"
        description: str = "Say it louder."
        mark: str = "!"

        def _run(self, text: str, times: int = 1, run_manager=None) -> str:
            return text.upper() * times + self.mark

    class Whisper(Shout):
        name: str = "whisper"
        args_schema: type[BaseModel] = Said

        async def _arun(self, text: str) -> str:
            return f"({text})"

    return Shout(), Whisper(mark="?"), Shout(name="cry", return_direct=True, tags=["loud"])


class Said(BaseModel):
    text: str


def test_a_class_is_the_same_tool(run):
    for ours, theirs in zip(classes(hilnb.tools), classes(langchain_core.tools), strict=True):
        for part in ("name", "description", "args", "mark", "return_direct", "tags", "is_single_input"):
            assert getattr(ours, part) == getattr(theirs, part)
        assert isinstance(ours, hilnb.tools.BaseTool)
        assert ours.invoke({"text": "hi"}) == theirs.invoke({"text": "hi"})
        assert asyncio.run(ours.ainvoke({"text": "hi"})) == asyncio.run(theirs.ainvoke({"text": "hi"}))
        state = run(around(hilnb.prebuilt.ToolNode([ours])), asked((ours.name, {"text": "hi"})), THREAD)
        assert answers(state)[0][1] == "success"


@pytest.mark.parametrize(
    ("fields", "part"), [({"mood": "good"}, "no field 'mood'"), ({}, "needs a name"), ({"name": "n"}, "a description")]
)
def test_a_class_that_is_no_tool_yet_is_refused(fields, part):
    class Nameless(hilnb.tools.BaseTool):
        def _run(self, text: str) -> str:
            return text

    with pytest.raises(ValueError, match=part):
        Nameless(**fields)


@pytest.mark.parametrize("handle", [True, "try again", lambda error: f"sorry: {type(error).__name__}"])
@pytest.mark.parametrize("awaiting", [False, True])
def test_a_tool_tells_of_its_failures_itself(handle, awaiting):
    def heard(library):
        def fails(how: int) -> str:
            """Fail."""
            raise library.ToolException(f"failed {how}")

        made = library.StructuredTool.from_function(fails, handle_tool_error=handle, handle_validation_error=handle)
        call = {"name": "fails", "id": "1", "type": "tool_call"}
        for given in ({"how": 1}, {"how": "x"}, {**call, "args": {"how": 1}}, {**call, "args": {}}):
            result = asyncio.run(made.ainvoke(given)) if awaiting else made.invoke(given)
            yield result if isinstance(result, str) else (result.content, result.status, result.name)

    assert list(heard(hilnb.tools)) == list(heard(langchain_core.tools))


def test_what_a_tool_does_not_tell_is_raised():
    @hilnb.tools.tool
    def fails(how: int) -> str:
        """Fail."""
        raise hilnb.tools.ToolException("failed")

    with pytest.raises(hilnb.tools.ToolException, match="failed"):
        fails.invoke({"how": 1})
