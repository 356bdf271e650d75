"""From a JSON Schema to what a person fills in, and what is wrong with an answer: no screen."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter
from typing_extensions import TypedDict  # pydantic takes typing's from Python 3.12 on

from hilnb.payloads import Choice, Data, Form, Words, kind_of
from hilnb.schemas import (
    File,
    List,
    Map,
    Maybe,
    Moment,
    Number,
    Object,
    OneOf,
    Raw,
    SomeOf,
    Text,
    Union,
    problems,
    read_schema,
    when_empty,
)


def said(schema, answer):
    return [str(problem) for problem in problems(read_schema(schema), answer)]


@pytest.mark.parametrize(
    ("schema", "node"),
    [
        ({"type": "string"}, Text()),
        ({"type": "string", "format": "textarea"}, Text(long=True)),
        ({"type": "string", "maxLength": 201}, Text(long=True, longest=201)),
        ({"type": "string", "default": "a\nb"}, Text(long=True, default="a\nb")),
        ({"type": "string", "format": "uri", "maxLength": 2083}, Text(format="uri", longest=2083)),
        ({"type": "string", "format": "made-up"}, Text()),
        ({"type": "string", "pattern": "(" * 3}, Text()),
        ({"type": "string", "format": "date"}, Moment(format="date")),
        ({"type": "string", "format": "binary"}, File(shape="bytes")),
        ({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png", "maxLength": 400},
         File(shape="base64", accepts="image/png", largest=300)),
        ({"type": "object", "format": "file", "maxLength": 9}, File(largest=9)),
        ({"type": "number", "minimum": "1", "multipleOf": 0}, Number()),
        ({"type": "boolean"}, OneOf(options=(("Yes", True), ("No", False)))),
        ({"oneOf": [{"const": 1, "title": "One"}, {"const": 2}]}, OneOf(options=(("One", 1), ("2", 2)))),
        ({"enum": ["a", "b"], "enumNames": ["A", "B"]}, OneOf(options=(("A", "a"), ("B", "b")))),
        ({"enum": ["a", None]}, Maybe(inner=OneOf(options=(("a", "a"),)))),
        ({"type": ["integer", "null"], "default": None}, Maybe(inner=Number(whole=True), default=None)),
        ({"items": {"enum": ["a"]}, "type": "array", "minItems": 1}, SomeOf(options=(("a", "a"),), fewest=1)),
        ({"type": "array", "items": {"type": "boolean"}}, List(item=OneOf(options=(("Yes", True), ("No", False))))),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, Map(value=Number(whole=True))),
        ({"allOf": [{"type": "string"}], "title": "T"}, Text(title="T", kind_name="T")),
        ({"type": "integer", "default": "no"}, Number(whole=True)),
    ],
)  # fmt: skip
def test_a_schema_becomes_what_a_person_fills_in(schema, node):
    assert read_schema(schema) == node


@pytest.mark.parametrize(
    "schema",
    [
        True,
        False,
        None,
        7,
        [],
        "string",
        {},
        {"type": "array", "prefixItems": [{"type": "integer"}]},
        {"$ref": "#"},
        {"$ref": "#/$defs/gone"},
        {"$ref": "elsewhere.json"},
        {"$ref": 7},
        {"allOf": [{"type": "string"}, {"minLength": 1}]},
        {"type": "object", "properties": ["a"]},
        {"type": "object", "properties": {7: {}}},
        {"type": "no such type"},
        {"enum": []},
        {"enum": [{"a": 1}]},
        {"anyOf": []},
        {"anyOf": "string"},
        {"type": "string", "not": {"const": "a"}},
    ],
)
def test_what_no_field_can_show_is_asked_for_as_json(schema):
    assert isinstance(read_schema(schema), Raw)


def test_a_model_is_read_with_its_names_titles_help_and_defaults():
    class Address(BaseModel):
        """Where it goes."""

        street: str

    class Order(BaseModel):
        home_address: Address
        work: Address | None = None
        old: Address = Field(Address(street="Main Street"), title="Old one", description="The former.")
        count: int = Field(1, ge=1, lt=10, multiple_of=1)

    tree = read_schema(Order.model_json_schema())

    home, work, old, count = tree.fields
    assert [field.label for field in tree.fields] == ["Home address", "Work", "Old one", "Count"]
    assert [field.required for field in tree.fields] == [True, False, False, False]
    assert (home.node.help, home.node.kind_name) == ("Where it goes.", "Address")
    assert (old.node.help, old.node.default) == ("The former.", {"street": "Main Street"})
    assert isinstance(work.node, Maybe)
    assert work.node.inner.fields == home.node.fields
    assert (count.node.least, count.node.below, count.node.step, count.node.default) == (1, 10, 1, 1)


def test_variants_are_told_apart_by_the_constant_they_have_and_the_others_have_not():
    class Cat(BaseModel):
        kind: Literal["cat"] = "cat"
        lives: int

    class Dog(BaseModel):
        kind: Literal["dog"]
        name: str

    tree = read_schema(TypeAdapter(Annotated[Cat | Dog, Field(discriminator="kind")]).json_schema())

    assert [(each.label, each.tag) for each in tree.variants] == [("Cat", ("kind", "cat")), ("Dog", ("kind", "dog"))]
    assert [field.name for each in tree.variants for field in each.node.fields] == ["lives", "name"]
    assert not list(problems(tree, {"kind": "dog", "name": "Rex"}))
    assert [str(each) for each in problems(tree, {"kind": "cat", "lives": "nine"})] == ["lives must be a whole number"]
    assert [str(each) for each in problems(tree, {"kind": "cow"})] == ["The answer must have as 'kind' one of cat, dog"]


def test_a_schema_inside_itself_opens_twice_and_then_is_json():
    class Tree(BaseModel):
        left: Tree | None = None
        right: Tree | None = None

    tree = read_schema(Tree.model_json_schema())

    level, depth = tree, 0
    while isinstance(level, Object):
        level, depth = getattr(level.fields[0].node, "inner", level.fields[0].node), depth + 1
    assert isinstance(level, Raw)
    assert depth == 2


def test_a_schema_that_branches_without_end_stays_small():
    many = {f"k{n}": {"$ref": f"#/$defs/{n}"} for n in range(40)}
    schema = {"$defs": {str(n): {"type": "object", "properties": many} for n in range(40)}, **many["k0"]}

    def count(node):
        return 1 + sum(count(field.node) for field in getattr(node, "fields", ()))

    assert count(read_schema(schema)) < 30_000


def test_a_schema_nested_very_deeply_is_json_at_some_level():
    schema: Any = {"type": "string"}
    for _ in range(100_000):
        schema = {"type": "object", "properties": {"a": schema}}

    level = read_schema(schema)

    while isinstance(level, Object):
        level = level.fields[0].node
    assert isinstance(level, Raw)


@pytest.mark.parametrize(
    ("schema", "answer", "what"),
    [
        ({"type": "integer", "maximum": 10}, 11, "The answer must be at most 10"),
        ({"type": "integer"}, True, "The answer must be a whole number"),
        ({"type": "integer"}, 1.5, "The answer must be a whole number"),
        ({"type": "number", "exclusiveMinimum": 0}, 0, "The answer must be greater than 0"),
        ({"type": "number", "multipleOf": 0.1}, 0.35, "The answer must be a multiple of 0.1"),
        ({"type": "number"}, float("nan"), "The answer must be a number that JSON knows"),
        ({"type": "string", "minLength": 3}, "ab", "The answer must have at least 3 characters; it has 2"),
        ({"type": "string", "maxLength": 1}, "ab", "The answer must have at most 1 character; it has 2"),
        ({"type": "string", "pattern": "^[a-z]$"}, "A", "The answer must match ^[a-z]$"),
        ({"type": "string", "format": "email"}, "ada", "The answer must be an e-mail address, like ada@example.com"),
        ({"type": "string", "format": "date"}, "2026-02-30", "The answer must be a date, like 2026-11-28"),
        ({"enum": [1, 2]}, True, "The answer must be one of 1, 2"),
        ({"items": {"enum": ["a", "b"]}}, ["c"], "The answer must be chosen from a, b"),
        ({"items": {"enum": ["a", "b"]}}, ["a", "a"], "The answer must not have the same twice"),
        ({"items": {"type": "integer"}, "maxItems": 1}, [1, 2], "The answer must have at most 1; it has 2"),
        ({"items": {"type": "integer"}}, [1, "2"], "[1] must be a whole number"),
        ({"properties": {"a": {"properties": {"b": {}}, "required": ["b"]}}}, {"a": {}}, "a.b is missing"),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"c": 1},
         "The answer has no field 'c'; its fields are a"),
        ({"additionalProperties": {"type": "integer"}, "type": "object"}, {"a": "b"}, "a must be a whole number"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, [], "The answer must be one of: text, whole number"),
        ({"type": "string", "format": "base64"}, "?", "The answer must have its content as base64"),
        ({"type": "string", "format": "binary", "maxLength": 2}, b"abc",
         "The answer must be at most 2 bytes; it has 3"),
        ({"type": "object"}, [], "The answer must be an object"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_answer_is_said_with_its_place(schema, answer, what):
    assert said(schema, answer) == [what]


def test_a_multiple_is_meant_in_decimals():
    assert said({"type": "number", "multipleOf": 0.1}, 0.3) == []


def test_what_nothing_entered_stands_for_is_what_the_schema_wants():
    class Model(BaseModel):
        must: str
        may: str | None = None
        null: str | None
        cleared: str | None = "x"
        text: str = "x"

    fields = {each.name: each for each in read_schema(Model.model_json_schema()).fields}
    empty = {name: when_empty(each.node, each.required) for name, each in fields.items()}

    assert (empty["null"], empty["cleared"], empty["text"]) == (None, None, "")
    answer = {name: value for name, value in empty.items() if name != "must" and isinstance(value, str | None)}
    assert Model.model_validate({"must": "a", **answer}).model_dump() == {
        "must": "a", "may": None, "null": None, "cleared": None, "text": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "schema", "kind"),
    [
        ("Name?", None, Words()),
        ("Name?", {"type": "string", "title": "Name"}, Words()),
        ("Name?", {"type": "string", "minLength": 1}, Form(Text(shortest=1))),
        ("Which?", {"enum": ["a"], "default": "a"}, Form(OneOf(options=(("a", "a"),), default="a"))),
        ("What?", {"type": "object"}, Data({"type": "object"})),
        ({"question": "Which?", "choices": ["a", 2]}, None, Choice((("a", "a"), ("2", 2)))),
        ({"question": "Which?", "options": ["a"], "draft": "…"}, None, Choice((("a", "a"),))),
        ({"question": "Which?", "options": []}, None, Data()),
        ({"question": "Which?", "options": [{"a": 1}]}, None, Data()),
        ({"question": ["Which?"], "options": ["a"]}, None, Data()),
        ({"question": "Which?", "options": "ab"}, None, Data()),
    ],
)
def test_a_question_gets_the_kind_its_schema_or_its_options_say(value, schema, kind):
    assert kind_of(value, schema) == kind


class Color(enum.Enum):
    red = "red"
    blue = 2


class Point(TypedDict):
    x: Annotated[int, Field(ge=-5, le=5)]
    label: NotRequired[str]


@dataclasses.dataclass
class Box:
    width: Annotated[float, Field(gt=0, lt=100)]
    tags: list[Literal["a", "b"]] = dataclasses.field(default_factory=list)


class Square(BaseModel):
    kind: Literal["square"]
    side: Annotated[int, Field(ge=1, multiple_of=3)]


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float | None


class Everything(BaseModel):
    color: Color
    point: Point
    box: Box | None = None
    shape: Annotated[Square | Circle, Field(discriminator="kind")]
    several: Annotated[list[Point], Field(min_length=1, max_length=2)]
    amounts: dict[str, Annotated[int, Field(ge=0)]] = {}
    day: datetime.date
    at: datetime.time | None = None
    moment: datetime.datetime | None = None
    price: Decimal | None = None
    either: int | str = 1
    word: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]*$")]
    data: Any = None
    raw: bytes = b""


def answers_for(node):
    """Answers near a node: mostly right, sometimes not."""
    odd = st.sampled_from([None, True, "", "abc", 3, -6, 2.5, [], {}, "2026-01-31", "10:00", ["a"]])
    match node:
        case Number(whole=True):
            right = st.integers(-5, 5).map(lambda number: number * (node.step or 1))
        case Number():
            right = st.floats(0, 101) | st.integers(0, 100)
        case OneOf(options=options):
            right = st.sampled_from([value for _, value in options])
        case SomeOf(options=options):
            right = st.lists(st.sampled_from([value for _, value in options]), max_size=3)
        case Moment(format=form):
            kinds = {"date": st.dates(), "time": st.times(), "date-time": st.datetimes()}
            right = kinds[form].map(lambda moment: moment.isoformat())
        case Maybe(inner=inner):
            right = st.none() | answers_for(inner)
        case List(item=item):
            right = st.lists(answers_for(item), min_size=1, max_size=2)
        case Map(value=value):
            right = st.dictionaries(st.text(max_size=2), answers_for(value), max_size=2)
        case Object(fields=fields):
            right = st.fixed_dictionaries(
                {each.name: answers_for(each.node) for each in fields if each.required},
                optional={each.name: answers_for(each.node) for each in fields if not each.required},
            )
        case Union(variants=variants):
            right = st.one_of(*(answers_for(each.node).map(each_tagged(each)) for each in variants))
        case File():
            right = st.binary(max_size=3)
        case _:
            right = st.text("abcdef", min_size=1, max_size=5)
    return st.integers(0, 40).flatmap(lambda dice: odd if dice == 40 else right)


def each_tagged(variant):
    return lambda value: variant.tagged(value) if isinstance(value, dict) else value


TYPES = [Color, Point, Box, Square | Circle, Everything, list[Box], dict[str, Point], int | None, Literal["a", 1, True]]


@pytest.mark.parametrize("kind", TYPES, ids=str)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_what_the_tree_accepts_the_type_accepts(kind, data):
    adapter = TypeAdapter(kind)
    tree = read_schema(adapter.json_schema())
    answer = data.draw(answers_for(tree))

    if not list(problems(tree, answer)):
        adapter.validate_python(answer)


def test_what_is_right_is_not_refused():
    answer = {
        "color": 2,
        "point": {"x": 5},
        "box": {"width": 1.5, "tags": ["a"]},
        "shape": {"kind": "square", "side": 3},
        "several": [{"x": 1, "label": "one"}],
        "amounts": {"a": 0},
        "day": "2026-11-28",
        "at": "10:30:00",
        "moment": "2026-11-28T10:30:00+01:00",
        "price": 1.5,
        "either": "x",
        "word": "abc",
        "data": {"any": ["thing"]},
        "raw": b"abc",
    }

    assert said(Everything.model_json_schema(), answer) == []
    Everything.model_validate(answer)


def test_a_form_typed_as_json_says_all_that_is_wrong():
    form = kind_of("Where?", TypeAdapter(Point).json_schema())

    assert form.read('{"x": 1}') == {"x": 1}
    with pytest.raises(ValueError, match="This is not JSON"):
        form.read("x")
    with pytest.raises(ValueError, match=r"^x must be at most 5\nlabel must be a text$"):
        form.read('{"x": 6, "label": 1}')


KEYWORDS = [
    *("type", "properties", "items", "anyOf", "enum", "const", "$ref", "allOf", "required", "default", "minimum"),
    *("format", "additionalProperties", "propertyNames", "title", "enumNames", "minItems"),
]
VALUES = st.none() | st.booleans() | st.integers() | st.sampled_from(["string", "object", "array", "#", "date"])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.recursive(VALUES, lambda of: st.lists(of) | st.dictionaries(st.sampled_from(KEYWORDS), of), max_leaves=8))
def test_any_json_is_read_as_some_tree(schema):
    list(problems(read_schema(schema), schema))
