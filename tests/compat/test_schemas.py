"""Schemas: what a state may be made of, and who sees which part of it; the same on LangGraph and on hilnb."""

import dataclasses
import operator
from typing import Annotated, Any, Generic, Literal, NotRequired, TypeVar

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from tests.compat.programs import Model, Plain, Programs, Record, Words, chain, difference, in_a_row, thread

program = Programs()


@program
def a_pydantic_state_is_validated_when_a_node_gets_it(lg, do):
    seen = []
    graph = chain(lg, Model, one=lambda s: seen.append(type(s).__name__) or {"a": 5}, two=lambda s: {"a": "x"})
    do.invoke(graph, {"a": "1"})
    do.invoke(chain(lg, Model, one=lambda s: None), {"a": 1})
    do.invoke(chain(lg, Model, one=lambda s: Model(a="new")), Model(a="old"))
    do.invoke(chain(lg, Model, one=lambda s: s), Model(a="old", b=4))
    do.note(seen)


@program
def a_dataclass_state_is_built_for_each_node(lg, do):
    do.invoke(chain(lg, Record, one=lambda s: {"a": s.a + "!", "log": [s.b]}), {"a": "1"})
    do.invoke(chain(lg, Record, one=lambda s: Record("zz", log=[1])), Record("1"))
    do.invoke(chain(lg, Record, one=lambda s: s), {"b": 1})
    do.invoke(chain(lg, Plain, one=lambda s: Record("from elsewhere")), {"b": 1})


@program
def input_and_output_schemas_narrow_the_state(lg, do):
    class In(TypedDict):
        text: str

    class Out(TypedDict):
        log: list

    class All(Words):
        between: str

    builder = lg.StateGraph(All, input_schema=In, output_schema=Out)
    builder.add_node("one", lambda s: {"between": s["text"] + "!", "log": [sorted(s)]})
    builder.add_node("two", lambda s: {"log": [s["between"]]})
    graph = in_a_row(lg, builder, "one", "two")
    do.invoke(graph, {"text": "a", "between": "not an input", "log": ["neither"]})
    do.state(graph)


@program
def the_whole_state_may_be_one_value(lg, do):
    builder = lg.StateGraph(Annotated[list, operator.add]).add_node("one", lambda s: [len(s)])
    graph = in_a_row(lg, builder.add_node("two", lambda s: ["two"]), "one", "two")
    do.stream(graph, ["given"])
    do.state(graph)
    do.history(graph)
    do.update(graph, ["outside"])
    do.invoke(graph, ["more"])


@program
def defaults_fill_what_is_missing(lg, do):
    class Defaults(BaseModel):
        name: str = "nobody"
        many: Annotated[list, operator.add] = Field(default_factory=lambda: ["first"])
        bounded: int = Field(default=1, ge=0, le=9)

    seen = []
    graph = chain(lg, Defaults, node=lambda s: seen.append(s) or {"bounded": 5}, after=lambda s: seen.append(s))
    do.invoke(graph, {"many": ["x"]})
    do.invoke(graph, {"bounded": 99}, thread("2"))
    do.invoke(graph, {}, thread("3"))
    do.note(seen)


@program
def models_within_models_are_built(lg, do):
    class Person(BaseModel):
        name: str

    class Group(BaseModel):
        boss: Person
        others: list[Person] = []

    seen = []
    graph = chain(lg, Group, saver=False, one=lambda s: seen.append((s.boss.name, s.others)))
    do.invoke(graph, {"boss": {"name": "a"}, "others": [{"name": "b"}]}, None)
    do.invoke(graph, {"boss": {"nome": "a"}}, None)
    do.note(seen)


@program
def optional_and_required_keys(lg, do):
    class Partly(TypedDict, total=False):
        text: str
        maybe: NotRequired[str]
        number: int | None

    seen = []
    graph = chain(
        lg, Partly, one=lambda s: seen.append(dict(s)) or {"maybe": "now"}, two=lambda s: seen.append(dict(s))
    )
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, {"number": None}, thread("2"))
    do.note(seen)


@program
def a_dataclass_with_defaults(lg, do):
    @dataclasses.dataclass(kw_only=True)
    class Settings:
        level: int = 1
        names: Annotated[list[str], operator.add] = dataclasses.field(default_factory=list)
        extra: Any = None

    seen = []
    graph = chain(lg, Settings, one=lambda s: seen.append(s) or {"names": ["n"]}, two=lambda s: seen.append(s))
    do.invoke(graph, Settings(level=2))
    do.invoke(graph, {"names": ["x"]}, thread("2"))
    do.note(seen)


@program
def types_may_be_subscripted(lg, do):
    kind = TypeVar("kind")

    class Box(TypedDict, Generic[kind]):
        content: kind

    def go(state) -> lg.Command[Literal["__end__"]]:
        return lg.Command(update={"content": "went"}, goto=lg.END)

    builder = lg.StateGraph[Box[str], Any, Box[str], Box[str]](Box).add_node("go", go)
    for kind_of in (lg.Command, lg.Interrupt, lg.Runtime, lg.GraphOutput):
        kind_of[str]
    do.invoke(builder.add_edge(lg.START, "go").compile(), {"content": "a"}, None)


@program
def schemas_as_json_schema(lg, do):
    class In(TypedDict):
        text: str

    builder = lg.StateGraph(Model, input_schema=In, output_schema=Plain, context_schema=Record)
    graph = builder.add_node("one", lambda s: None).add_edge(lg.START, "one").compile()
    do.note(graph.get_input_jsonschema())
    do.note(graph.get_output_jsonschema())
    do.note(graph.get_context_jsonschema())
    do.note(chain(lg, Record, one=lambda s: None).get_output_jsonschema())
    do.note(chain(lg, Record, one=lambda s: None).get_input_jsonschema())
    do.note(chain(lg, one=lambda s: None).get_input_jsonschema())
    do.note(chain(lg, one=lambda s: None).get_context_jsonschema())


@program(awaiting=(False,))
def schemas_as_pydantic_models(lg, do):
    for schema in (Plain, Model, Record, int):
        builder = lg.StateGraph(schema, Record).add_node("one", lambda s: None).add_edge(lg.START, "one")
        graph = builder.compile(name="Named")
        for model in (graph.get_input_schema(), graph.get_output_schema(), graph.config_schema()):
            do.note(model.__name__)
            do.note(model.model_json_schema())
        do.note(graph.get_config_jsonschema())
    do.note(chain(lg, one=lambda s: None).get_config_jsonschema())
    graph = chain(lg, Model, one=lambda s: None)
    do.note(graph.get_input_schema()(a="x"))
    do.attempt(lambda: graph.get_input_schema()(b=3))


@program
def managed_values_are_filled_in(lg, do):
    class Managed(TypedDict):
        log: Annotated[list, operator.add]
        last: lg.IsLastStep
        left: lg.RemainingSteps

    def node(state):
        return {"log": [f"{state['last']} {state['left']}"]}

    graph = chain(lg, Managed, one=node, two=node, three=node)
    do.stream(graph, {"log": []}, ("updates", "values", "tasks"), {**thread("1"), "recursion_limit": 4})
    do.state(graph)


@program
def managed_values_let_a_loop_end_in_time(lg, do):
    class Managed(TypedDict):
        log: Annotated[list, operator.add]
        left: lg.RemainingSteps

    builder = lg.StateGraph(Managed).add_node("again", lambda s: {"log": [s["left"]]}).add_edge(lg.START, "again")
    builder.add_conditional_edges("again", lambda s: lg.END if s["left"] <= 2 else "again")
    do.invoke(builder.compile(), {"log": []}, {"recursion_limit": 6})


@program
def managed_values_are_no_input_and_no_output(lg, do):
    class Managed(TypedDict):
        text: str
        last: lg.IsLastStep

    for options in ({"input_schema": Managed}, {"output_schema": Managed}):
        do.attempt(lambda options=options: lg.StateGraph(Words, **options))
    builder = lg.StateGraph(Managed, input_schema=Words, output_schema=Words)
    do.invoke(builder.add_node("one", lambda s: {"text": str(s["last"])}).add_edge(lg.START, "one").compile(), {}, None)


@program
def reducers_that_cannot_be_are_refused(lg, do):
    def three(a, b, c):
        return a

    class Wrong(TypedDict):
        key: Annotated[list, three]

    class Noted(TypedDict):
        key: Annotated[list, "a note and no reducer"]

    do.attempt(lambda: lg.StateGraph(Wrong))
    do.invoke(chain(lg, Noted, one=lambda s: {"key": [2]}), {"key": [1]})


@program
def one_key_may_not_have_two_reducers(lg, do):
    class Sum(TypedDict):
        log: Annotated[list, operator.add]

    class Other(TypedDict):
        log: Annotated[list, operator.iadd]

    class Free(TypedDict):
        log: list

    do.attempt(lambda: lg.StateGraph(Sum, input_schema=Other))
    builder = lg.StateGraph(Sum, input_schema=Free).add_node("one", lambda s: {"log": [2]}).add_edge(lg.START, "one")
    do.invoke(builder.compile(), {"log": [1]}, None)


@program
def managed_values_are_not_written(lg, do):
    class State(TypedDict):
        log: Annotated[list, operator.add]
        left: lg.RemainingSteps

    def look(state):
        return {"log": [state["left"] < 100], "left": 3}

    graph = chain(lg, State, one=look)
    do.stream(graph, {"left": 5})
    do.note(graph.get_input_jsonschema())


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
