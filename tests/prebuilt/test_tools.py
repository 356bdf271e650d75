"""A function made a tool: what the model is told of it, what it takes, how it answers."""

import asyncio
import json
import subprocess
import sys
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from hilnb.config import RunnableConfig
from hilnb.messages import ToolMessage
from hilnb.tools import (
    ArgumentsError,
    InjectedToolArg,
    InjectedToolCallId,
    StructuredTool,
    tool,
    tool_definition,
)


@tool
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


def call(given, **args):
    return {"name": given.name, "args": args, "id": "c1", "type": "tool_call"}


# ── making one ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tool_has_the_name_and_the_docstring_of_its_function():
    assert (add.name, add.description, add.return_direct) == ("add", "Add two numbers.", False)
    assert add.args == {
        "a": {"title": "A", "type": "integer"},
        "b": {"title": "B", "type": "integer", "default": 2},
    }
    assert repr(add) == "StructuredTool(name='add', description='Add two numbers.')"


def test_name_and_description_can_be_given():
    @tool("sum", description="Sums.", return_direct=True)
    def add(a: int):
        return a

    assert (add.name, add.description, add.return_direct) == ("sum", "Sums.", True)
    assert add.tool_call_schema.model_json_schema()["title"] == "sum"


def test_a_docstring_of_googles_style_describes_the_arguments():
    @tool(parse_docstring=True)
    def search(query: str, most: int = 3):
        """Search the web.

        Args:
            query: What to look for: some words,
                or a sentence.
            most (int): The most to return.

        Returns:
            The pages.
        """

    assert search.description == "Search the web."
    assert search.args["query"]["description"] == "What to look for: some words, or a sentence."
    assert search.args["most"]["description"] == "The most to return."


def test_a_docstring_that_does_not_fit_is_refused():
    def no_section(a: int):
        """Only a summary."""

    def wrong_name(a: int):
        """Sum.

        Args:
            b: No argument.
        """

    def nothing(a: int):
        pass

    with pytest.raises(ValueError, match="needs a docstring in Google's style"):
        tool(parse_docstring=True)(no_section)
    with pytest.raises(ValueError, match="describes 'b', no argument of it"):
        tool(parse_docstring=True)(wrong_name)
    with pytest.raises(ValueError, match="must have a docstring if description not provided"):
        tool(nothing)
    with pytest.raises(ValueError, match="a tool needs a function"):
        StructuredTool()
    with pytest.raises(TypeError, match="give a pydantic model class, a TypedDict, or a JSON Schema"):
        tool(args_schema=5)(no_section)


class Arguments(BaseModel):
    """What to add."""

    a: int = Field(description="the first", ge=0)
    user: Annotated[str, InjectedToolArg] = "nobody"


class Typed(TypedDict, total=False):
    a: Annotated[int, "the first"]


JSON = {"type": "object", "properties": {"a": {"type": "integer", "description": "the first"}}, "required": ["a"]}


@pytest.mark.parametrize("schema", [Arguments, Typed, JSON], ids=["pydantic", "TypedDict", "JSON"])
def test_a_schema_of_ones_own_takes_the_place_of_the_signature(schema):
    @tool(args_schema=schema)
    def double(a, **more):
        """Double it."""
        return 2 * a

    assert double.args["a"]["description"] == "the first"
    assert list(double.args) == ["a"]
    assert double.invoke({"a": 4}) == 8


# ── calling it ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tool_is_called_with_arguments_or_with_a_tool_call(run):
    assert run(add, {"a": "1"}) == 3
    assert run(add, call(add, a=1, b=5)) == ToolMessage("6", name="add", tool_call_id="c1")
    assert run(add, "4") == 6


def test_wrong_arguments_are_refused_with_all_that_is_wrong(run):
    with pytest.raises(ValueError, match=r"(?s)2 validation errors for add\na\n  Input .*\nb\n  Input"):
        run(add, {"a": "x", "b": []})


def test_an_async_tool_is_awaited():
    @tool
    async def wait(a: int):
        """Wait."""
        return a

    assert asyncio.run(wait.ainvoke({"a": 1})) == 1
    with pytest.raises(NotImplementedError, match="'wait' does not support sync invocation"):
        wait.invoke({"a": 1})


@pytest.mark.parametrize(
    ("result", "content"),
    [
        ({"ä": 1}, '{"ä": 1}'),
        (None, "null"),
        ([{"type": "text", "text": "t"}], [{"type": "text", "text": "t"}]),
        ({1, 2}, "{1, 2}"),
        (ToolMessage("own", tool_call_id="c1"), "own"),
    ],
    ids=["JSON", "nothing", "blocks", "a set", "a message"],
)
def test_a_result_becomes_a_message(result, content):
    given = StructuredTool.from_function(lambda: result, name="give", description="Gives.")

    assert given.invoke(call(given)).content == content


def test_content_and_artifact_are_two_things():
    @tool(response_format="content_and_artifact")
    def both(well: bool):
        """Both."""
        return ("short", [1, 2]) if well else "one"

    assert both.invoke(call(both, well=True)).artifact == [1, 2]
    assert both.invoke({"well": True}) == "short"
    with pytest.raises(ValueError, match="has to return two things"):
        both.invoke({"well": False})


def test_what_the_program_fills_in_is_hidden_from_the_model():
    @tool
    def note(
        text: str,
        user: Annotated[object, InjectedToolArg],
        id: Annotated[str, InjectedToolCallId],
        config: RunnableConfig,
    ):
        """Note it."""
        return [text, user, id, config]

    assert list(note.args) == ["text"]
    config = {"configurable": {}, "metadata": {}, "tags": ["loud"]}
    assert json.loads(note.invoke(call(note, text="t", user="Ann"), {"tags": ["loud"]}).content) == [
        *("t", "Ann", "c1"),
        config,
    ]
    with pytest.raises(ValueError, match="has to be invoked with a tool call"):
        note.invoke({"text": "t", "user": "Ann"})


def test_nested_models_arrive_as_models():
    class Point(BaseModel):
        x: int

    @tool
    def far(point: Point, how: Literal["a", "b"] = "a"):
        """Far."""
        return type(point).__name__

    assert far.invoke({"point": {"x": 1}}) == "Point"


# ── for a model's API ─────────────────────────────────────────────────────────────────────────────────────────────────


class AskHuman(BaseModel):
    """Ask a person."""

    question: str


class AskTyped(TypedDict):
    """Ask a person."""

    question: str


def ask(question: str):
    """Ask a person."""


@pytest.mark.parametrize(
    "given", [AskHuman, AskTyped, ask, tool(ask)], ids=["pydantic", "TypedDict", "function", "tool"]
)
def test_anything_that_describes_a_tool_gives_a_definition(given):
    definition = tool_definition(given)

    assert definition["description"] == "Ask a person."
    assert definition["parameters"] == {
        "type": "object",
        "properties": {"question": {"title": "Question", "type": "string"}},
        "required": ["question"],
    }


def test_what_describes_no_tool_gives_none():
    with pytest.raises(TypeError, match="no tool: 5"):
        tool_definition(5)


# ── without pydantic ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def no_pydantic(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydantic", None)


class Place(TypedDict):
    city: str
    zip: int | None


def plain(a: int, how: Literal["x", "y"] = "x", places: list[Place] | None = None, any=1, *, f: float = 1):
    """Plain."""
    return [a, how, places, any, f]


def test_making_a_tool_does_not_import_pydantic():
    code = "import sys; from hilnb.tools import tool; tool(description='x')(print); print('pydantic' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said == "False\n"


def test_without_pydantic_the_schema_comes_from_the_signature(no_pydantic):
    made = tool(plain)

    assert made.args_schema["required"] == ["a"]
    assert made.args["a"] == {"title": "A", "type": "integer"}
    assert made.args["how"] == {"title": "How", "type": "string", "enum": ["x", "y"], "default": "x"}
    assert made.args["places"]["anyOf"][0]["items"]["required"] == ["city", "zip"]
    assert tool(args_schema=Typed)(plain).args == {
        "a": {"title": "A", "type": "integer", "description": "the first", "default": None}
    }


def test_without_pydantic_arguments_are_checked(no_pydantic):
    made = tool(plain)

    assert made.invoke({"a": 1, "places": [{"city": "Bonn", "zip": 5}], "f": 2}) == [
        1, "x", [{"city": "Bonn", "zip": 5}], 1, 2,
    ]  # fmt: skip
    with pytest.raises(ArgumentsError) as raised:
        made.invoke({"how": "z", "f": True, "places": [{"city": 1}]})
    assert str(raised.value).splitlines() == [
        "the arguments do not fit tool 'plain':",
        "a: is missing",
        "how: should be one of ['x', 'y'], got 'z'",
        "f: should be number, got True",
        "places: should be array or null, got [{'city': 1}]",
    ]
