"""Building: every form and option of nodes and edges; the same on LangGraph and on hilnb."""

import functools
from enum import StrEnum
from typing import Literal

import pytest
from typing_extensions import TypedDict

from tests.compat.programs import Model, Plain, Programs, Record, Words, add, chain, difference, in_a_row, thread

program = Programs()


def one(state):
    return {"log": ["1"]}


# ── nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_node_is_called_as_its_function_is(lg, do):
    class Callable:
        def __call__(self, state):
            return {"log": ["called"]}

        def method(self, state):
            return {"log": ["method"]}

    builder = lg.StateGraph(Words).add_node(one).add_node(Callable()).add_node(Callable().method)
    builder.add_node("part", functools.partial(lambda word, state: {"log": [word]}, "part"))
    do.note(sorted(builder.nodes))
    do.invoke(in_a_row(lg, builder, "one", "Callable", "method", "part"), {"text": "a"})


@program
def a_decorated_function_becomes_a_node(lg, do):
    builder = lg.StateGraph(Words)

    @builder.add_node
    def decorated(state):
        return {"log": ["d"]}

    do.note(type(decorated).__name__)
    do.invoke(in_a_row(lg, builder, "decorated"), {"text": "a"})


@program
def a_sequence_is_nodes_and_edges(lg, do):
    builder = lg.StateGraph(Words).add_sequence([one, ("two", add("2")), ("three", add("3"))])
    do.invoke(builder.add_edge(lg.START, "one").compile(), {"text": "a"}, None)
    for wrong in ([], [one, one]):
        do.attempt(lambda wrong=wrong: type(lg.StateGraph(Words).add_sequence(wrong)).__name__)


@program
def entry_and_finish_points(lg, do):
    builder = lg.StateGraph(Words).add_node("a", add("a")).add_node("b", add("b")).add_edge("a", "b")
    builder.set_entry_point("a").set_finish_point("b")
    do.invoke(builder.compile(), {"text": "x"}, None)
    do.note(sorted(builder.edges))


@program
def a_conditional_entry_point(lg, do):
    builder = lg.StateGraph(Words).add_node("a", add("a")).add_node("b", add("b"))
    builder.set_conditional_entry_point(lambda s: s["text"], {"first": "a", "second": "b"})
    graph = builder.compile()
    for text in ("first", "second", "third"):
        do.invoke(graph, {"text": text}, None)


@program
def a_deferred_node_waits_for_everything(lg, do):
    builder = lg.StateGraph(Words)
    for name in ("a", "b", "b2", "b3"):
        builder.add_node(name, add(name))
    builder.add_node("last", add("last"), defer=True).add_edge(lg.START, "a").add_edge("a", "b").add_edge("a", "last")
    builder.add_edge("b", "b2").add_edge("b2", "b3").add_edge("b3", "last")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, ("updates", "values"))
    do.history(graph)


@program
def a_deferred_node_joins_branches_of_any_length(lg, do):
    builder = lg.StateGraph(Words)
    for name in ("a", "b", "b2"):
        builder.add_node(name, add(name))
    builder.add_node("sum", lambda s: {"text": "".join(s["log"])}, defer=True).add_node("end", add("end"))
    builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge("b", "b2").add_edge(["a", "b2"], "sum")
    do.invoke(builder.add_edge("sum", "end").compile(), {"text": "x"}, None)


@program
def a_node_may_read_other_keys(lg, do):
    class Less(TypedDict):
        text: str

    class More(Words):
        secret: str

    seen = []

    def by_hint(state: Less):
        seen.append(dict(state))
        return {"log": ["1"], "secret": "dropped or kept"}

    def by_option(state):
        seen.append(dict(state))

    builder = lg.StateGraph(Words).add_node("by_hint", by_hint).add_node("by_option", by_option, input_schema=More)
    builder.add_node("plain", lambda s: seen.append(dict(s)))
    graph = in_a_row(lg, builder, "by_hint", "by_option", "plain")
    do.invoke(graph, {"text": "a"})
    do.state(graph)
    do.note(seen)


@program
def a_private_key_passes_between_nodes(lg, do):
    class Private(TypedDict):
        secret: str

    def write(state: Words) -> Private:
        return {"secret": "psst"}

    def read(state: Private):
        return {"log": [state["secret"]]}

    builder = lg.StateGraph(Words).add_node("write", write).add_node("read", read)
    graph = in_a_row(lg, builder, "write", "read")
    do.stream(graph, {"text": "a"})
    do.state(graph)
    do.invoke(graph, {"text": "a", "secret": "from outside"}, thread("2"))


@program
def a_node_may_ask_for_an_instance(lg, do):
    seen = []

    def by_model(state: Model):
        seen.append(state)

    def by_record(state: Record):
        seen.append(state)

    builder = lg.StateGraph(Record).add_node("by_model", by_model).add_node("by_record", by_record)
    do.invoke(in_a_row(lg, builder, "by_model", "by_record"), {"a": "x"})
    do.note(seen)


@program
def nodes_called_by_an_enum(lg, do):
    class Step(StrEnum):
        FIRST = "first"
        SECOND = "second"

    builder = lg.StateGraph(Words).add_node(Step.FIRST, add("1")).add_node(Step.SECOND, add("2"))
    builder.add_edge(lg.START, Step.FIRST)
    builder.add_conditional_edges(Step.FIRST, lambda s: Step.SECOND)
    do.stream(builder.compile(), {"text": "a"}, ("updates", "values"), None)


@program
def parameters_are_given_by_name_and_hint(lg, do):
    def node(
        state: Words,
        config: lg.RunnableConfig,
        *,
        runtime: lg.Runtime[Plain],
        store: lg.BaseStore,
        writer: lg.StreamWriter,
    ):
        writer(["written"])
        same = runtime.store is store
        return {"log": [config["configurable"]["thread_id"], runtime.context, same, state["text"]]}

    def plainly(state, *, store, config, runtime, writer):
        return {"log": [type(store).__name__, config["configurable"]["thread_id"], callable(writer)]}

    builder = lg.StateGraph(Words, context_schema=Plain).add_node("node", node).add_node("plainly", plainly)
    builder.add_edge(lg.START, "node").add_edge("node", "plainly")
    graph = builder.compile(checkpointer=lg.MemorySaver(), store=lg.InMemoryStore())
    do.stream(graph, {"text": "a"}, ("custom", "values"), context={"a": "ctx", "b": 1})


@program
def metadata_of_a_node_reaches_its_config(lg, do):
    def node(state, config):
        shown = {key: config["metadata"].get(key) for key in ("team", "langgraph_node", "langgraph_step")}
        return {"log": [shown]}

    builder = lg.StateGraph(Words).add_node("node", node, metadata={"team": "blue"})
    do.invoke(builder.add_edge(lg.START, "node").compile(), {"text": "a"}, None)
    do.note(builder.nodes["node"].metadata)


@program(awaiting=(True,))
def awaited_nodes_and_routers(lg, do):
    async def node(state):
        return {"log": ["awaited"]}

    async def choose(state) -> Literal["plain", "__end__"]:
        return "plain" if len(state["log"]) < 3 else lg.END

    builder = lg.StateGraph(Words).add_node(node).add_node("plain", add("plain")).add_edge("plain", "node")
    graph = builder.add_edge(lg.START, "node").add_conditional_edges("node", choose).compile()
    do.stream(graph, {"text": "a"}, ("updates", "values"), None)


@program(awaiting=(False,))
def an_async_node_cannot_be_run_blocking(lg, do):
    async def node(state):
        return {"log": ["awaited"]}

    graph = chain(lg, first=add("1"), node=node)
    do.invoke(graph, {"text": "a"})
    do.note(graph.get_state(thread("1")).next)


# ── edges ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def edges_into_the_end_and_from_several(lg, do):
    builder = lg.StateGraph(Words)
    for name in "abcd":
        builder.add_node(name, add(name))
    builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge(["a", "b"], "c").add_edge(["a", "b"], "d")
    builder.add_edge("c", lg.END).add_edge("d", lg.END)
    do.stream(builder.compile(), {"text": "x"}, "updates", None, sort=True)


@program
def several_routers_on_one_node(lg, do):
    def first(state):
        return "b"

    def second(state):
        return ["c"]

    builder = lg.StateGraph(Words).add_node("a", add("a")).add_node("b", add("b")).add_node("c", add("c"))
    builder.add_edge(lg.START, "a").add_conditional_edges("a", first).add_conditional_edges("a", second, ["c", "b"])
    do.invoke(builder.compile(), {"text": "x"}, None)


@program
def a_router_may_have_parameters_filled_in(lg, do):
    def choose(state, config, *, runtime: lg.Runtime, store):
        return config["configurable"]["way"] if runtime.context and store is not None else lg.END

    builder = lg.StateGraph(Words, context_schema=Plain).add_node("a", add("a")).add_node("b", add("b"))
    builder.add_edge(lg.START, "a").add_conditional_edges("a", choose)
    graph = builder.compile(store=lg.InMemoryStore())
    do.invoke(graph, {"text": "x"}, {"configurable": {"way": "b"}}, context={"a": "x", "b": 1})


@program
def a_graph_can_be_compiled_again_and_named(lg, do):
    builder = lg.StateGraph(Words).add_node("one", add("1")).add_edge(lg.START, "one")
    first = builder.compile(name="first")
    do.invoke(first, {"text": "a"}, None)
    second = builder.add_node("two", add("2")).add_edge("one", "two").compile()
    do.invoke(second, {"text": "a"}, None)
    do.invoke(first, {"text": "a"}, None)
    do.note((first.name, sorted(first.nodes), sorted(second.nodes)))


@program
def a_graph_may_be_called_with_settings_bound(lg, do):
    graph = chain(lg, one=lambda s, config: {"log": [config["configurable"].get("level"), config["tags"]]})
    bound = graph.with_config({"configurable": {"level": 3, "thread_id": "bound"}, "tags": ["t"]})
    do.invoke(bound, {"text": "a"}, None)
    do.invoke(bound, {"text": "a"}, {"configurable": {"thread_id": "2"}, "tags": ["u"]})
    do.state(graph, thread("bound"))


@program(awaiting=(False,))
def a_builder_and_its_graph_can_be_looked_at(lg, do):
    def leave(state) -> str:
        return lg.END

    builder = lg.StateGraph(Words, Record, input_schema=Plain)
    builder.add_node("x", add("x"), metadata={"by": "ann"}, defer=True, destinations=("y",), input_schema=Plain)
    builder.add_node("y", add("y"), destinations={"x": "back"}).add_node("z", add("z"))
    builder.add_edge(lg.START, "x").add_edge("x", "y").add_edge(["x", "y"], "z").add_conditional_edges("z", leave)
    do.note(builder.compiled)
    graph = builder.compile(interrupt_before=["x"], interrupt_after=["y", "z"])
    do.note([builder.compiled, builder.edges, builder.waiting_edges, list(builder.branches["z"])])
    for name in "xyz":
        node = builder.nodes[name]
        do.note([node.metadata, node.defer, node.input_schema, node.ends])
    do.note([builder.state_schema, builder.input_schema, builder.output_schema, builder.context_schema])
    do.note([graph.context_schema, graph.interrupt_before_nodes, graph.interrupt_after_nodes, graph.name, graph.debug])
    do.note([sorted(graph.nodes), graph.builder is builder, graph.nodes["x"].metadata])


@program(awaiting=(False,))
def what_is_no_function_is_refused(lg, do):
    for wrong in (5, "one", ["x"]):
        do.attempt(lambda: lg.StateGraph(Words).add_node("x", wrong))  # noqa: B023
        do.attempt(lambda: lg.StateGraph(Words).add_conditional_edges("x", wrong))  # noqa: B023
    do.attempt(lambda: lg.StateGraph(Words).add_node(5))


@program
def a_partial_reads_the_whole_state(lg, do):
    class Text(TypedDict):
        text: str

    def look(word, state: Text):
        return {"log": [word, sorted(state)]}

    do.invoke(chain(lg, one=functools.partial(look, "w")), {"text": "t"})


@program
def builders_and_graphs_may_be_subscripted(lg, do):
    builder = lg.StateGraph[Words](Words).add_node("x", add("x")).add_edge(lg.START, "x")
    graph = builder.compile()
    do.invoke(graph, {})
    do.note([isinstance(graph, lg.CompiledStateGraph), bool(lg.CompiledStateGraph[Words, None, Words, Words])])


@program
def a_node_can_be_tried_out_by_itself(lg, do):
    def configured(state, config):
        return {"log": [config.get("configurable", {}).get("user")]}

    async def awaited(state):
        return {"text": state["text"]}

    def say(state, writer: lg.StreamWriter):
        writer("unheard")
        return lg.Command(update={"text": "said"}, goto="configured")

    def fail(state):
        raise ValueError(state["text"])

    inner = chain(lg, one=add("1"), saver=False)
    graph = chain(lg, configured=configured, awaited=awaited, say=say, fail=fail, inner=inner, nothing=lambda s: None)
    for name in ("configured", "awaited", "say", "fail", "inner", "nothing"):
        do.call(graph.nodes[name], "invoke", {"text": "t"})
        do.call(graph.nodes[name], "invoke", {"text": "t"}, {"configurable": {"user": "ann"}})


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
