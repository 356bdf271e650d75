"""The same program, run on LangGraph and on hilnb: the same events, results, states and kinds of error."""

import dataclasses
import operator
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from tests.compat.libraries import heard


class Words(TypedDict):
    text: str
    log: Annotated[list, operator.add]


class Plain(TypedDict):
    a: str
    b: int


class Model(BaseModel):
    a: str
    b: int = 3
    log: Annotated[list, operator.add] = []


@dataclasses.dataclass
class Record:
    a: str
    b: int = 3
    log: Annotated[list, operator.add] = dataclasses.field(default_factory=list)


def add(word):
    return lambda state: {"log": [word]}


def ask(lg, question):
    return lambda state: {"log": [f"{question}={lg.interrupt(question)}"]}


def chain(lg, schema=Words, saver=True, **nodes):
    """Nodes one after the other."""
    builder = lg.StateGraph(schema)
    before = lg.START
    for name, action in nodes.items():
        builder.add_node(name, action)
        builder.add_edge(before, name)
        before = name
    builder.add_edge(before, lg.END)
    return builder.compile(checkpointer=lg.MemorySaver() if saver else None)


def side_by_side(lg, **nodes):
    """Nodes in one superstep, joined by a last one."""
    builder = lg.StateGraph(Words)
    for name, action in nodes.items():
        builder.add_node(name, action)
        builder.add_edge(lg.START, name)
    builder.add_node("last", add("last"))
    builder.add_edge(list(nodes), "last")
    return builder.compile(checkpointer=lg.MemorySaver())


def routed(lg, answer, path_map=None, source="x"):
    """x, then whatever the answer says."""
    builder = lg.StateGraph(Words).add_node("x", add("x")).add_node("y", add("y")).add_node("z", add("z"))
    choose = lambda state: answer  # noqa: E731 - LangGraph names the branch after the lambda
    if source == "x":
        builder.add_edge(lg.START, "x")
    builder.add_conditional_edges(lg.START if source == "START" else "x", choose, path_map)
    return builder.compile(checkpointer=lg.MemorySaver())


PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = function
    return function


# ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_chain_tells_updates_values_and_tasks(lg, do):
    graph = chain(lg, one=add("1"), two=lambda s: None, three=lambda s: {"text": s["text"].upper()})
    do.stream(graph, {"text": "hi"})
    do.state(graph)
    do.history(graph)


@program
def one_mode_alone_is_not_wrapped_in_a_tuple(lg, do):
    for mode in ("updates", "values", "tasks"):
        do.stream(chain(lg, one=add("1")), {"text": "hi"}, mode)


@program
def without_checkpointer_nothing_is_kept(lg, do):
    graph = chain(lg, saver=False, one=add("1"))
    do.invoke(graph, {"text": "hi"}, None)
    do.invoke(graph, {"text": "hi"}, None)
    do.state(graph)


@program
def a_second_input_goes_on_with_the_thread(lg, do):
    graph = chain(lg, one=add("1"))
    do.stream(graph, {"text": "a"})
    do.stream(graph, {"text": "b", "log": ["mine"]})
    do.history(graph)


@program
def nodes_that_return_nothing_new(lg, do):
    for result in (None, {}, {"zz": 1}, {"text": None}):
        do.stream(chain(lg, one=lambda s, result=result: result), {"text": "hi"})


@program
def nodes_that_return_the_wrong_thing(lg, do):
    for result in (5, "text", ("a", 1), [], [{"text": "a"}], [None]):
        do.stream(chain(lg, one=lambda s, result=result: result), {"text": "hi"})


@program
def inputs_of_every_kind(lg, do):
    for given in ({}, {"zz": 1}, {"text": "x"}, None, 5, "text"):
        graph = chain(lg, Plain, one=lambda s: {"b": 1})
        do.stream(graph, given)
        do.invoke(chain(lg, Plain, one=lambda s: None), given)


@program
def a_node_that_reads_its_config(lg, do):
    graph = chain(lg, one=lambda state, config: {"log": [config["configurable"]["thread_id"]]})
    do.invoke(graph, {"text": "x"})


@program
def the_recursion_limit_counts_supersteps(lg, do):
    for limit in (1, 2, 3, 4):
        graph = chain(lg, one=add("1"), two=add("2"), three=add("3"))
        config = {"configurable": {"thread_id": "1"}, "recursion_limit": limit}
        do.stream(graph, {"text": "x"}, config=config)
        do.state(graph)
        do.stream(graph, None)


@program
def a_loop_ends_when_the_router_says_so(lg, do):
    builder = lg.StateGraph(Words).add_node("again", add("again")).add_edge(lg.START, "again")
    builder.add_conditional_edges("again", lambda s: lg.END if len(s["log"]) > 3 else "again")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"})
    do.history(graph)


# ── schemas and reducers ──────────────────────────────────────────────────────────────────────────────────────────────


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
def reducers_start_from_their_type(lg, do):
    class Sums(TypedDict):
        n: Annotated[int, operator.add]
        last: Annotated[str, lambda old, new: old + new]
        seen: Annotated[set, operator.or_]
        none: Annotated[list | None, lambda old, new: (old or []) + (new or [])]

    graph = chain(lg, Sums, one=lambda s: {"n": 2, "last": "b", "seen": {2}, "none": [2]})
    do.stream(graph, {"n": 1, "last": "a", "seen": {1}})
    do.stream(graph, {"none": [1]})


@program
def parallel_updates_merge_in_task_order(lg, do):
    graph = side_by_side(lg, c=add("c"), a=add("a"), b=add("b"))
    do.stream(graph, {"text": "x"}, sort=True)
    do.state(graph)


@program
def two_nodes_may_not_write_one_plain_key(lg, do):
    graph = side_by_side(lg, a=lambda s: {"text": "a"}, b=lambda s: {"text": "b"})
    do.invoke(graph, {"text": "x"})


# ── edges ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def routers_return_names_lists_ends_and_sends(lg, do):
    for source in ("x", "START"):
        for answer in ("y", ["y", "z"], lg.END, [lg.END, "z"], lg.Send("y", {"text": "s"}), []):
            do.stream(routed(lg, answer, source=source), {"text": "x"}, sort=True)
        do.invoke(routed(lg, None, source=source), {"text": "x"})


@program
def path_maps_translate(lg, do):
    do.stream(routed(lg, "go", {"go": "y"}), {"text": "x"})
    do.stream(routed(lg, True, {True: "y", False: lg.END}), {"text": "x"})
    do.stream(routed(lg, ["a", "b"], {"a": "y", "b": "z"}), {"text": "x"}, sort=True)
    do.stream(routed(lg, "y", ["y", lg.END]), {"text": "x"})
    do.invoke(routed(lg, "nowhere", {"go": "y"}), {"text": "x"})


@program
def a_router_sees_the_nodes_own_update(lg, do):
    builder = lg.StateGraph(Words).add_node("x", lambda s: {"text": "new", "log": [1]}).add_node("y", add("y"))
    builder.add_edge(lg.START, "x").add_conditional_edges(
        "x", lambda s: "y" if s == {"text": "new", "log": [1]} else "x"
    )
    do.stream(builder.compile(), {"text": "old"}, config=None)


@program
def a_join_waits_for_all_and_fires_once(lg, do):
    builder = lg.StateGraph(Words)
    for name in "abcz":
        builder.add_node(name, add(name))
    builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge("b", "c").add_edge(["a", "c"], "z")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, sort=True)
    do.invoke(graph, {"text": "again"})


@program
def two_plain_edges_into_one_node_run_it_per_step(lg, do):
    builder = lg.StateGraph(Words)
    for name in "abcz":
        builder.add_node(name, add(name))
    builder.add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge("b", "c").add_edge("a", "z").add_edge("c", "z")
    do.stream(builder.compile(), {"text": "x"}, config=None, sort=True)


@program
def sends_run_in_the_order_they_were_sent(lg, do):
    builder = lg.StateGraph(Words).add_node("w", add("w")).add_node("v", lambda s: {"log": [f"v{s['n']}"]})
    sends = [lg.Send("v", {"n": 2}), "w", lg.Send("v", {"n": 1})]
    builder.add_conditional_edges(lg.START, lambda s: sends)
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, sort=True)
    do.history(graph)


@program
def commands_update_and_go(lg, do):
    def go(state) -> lg.Command[Literal["y"]]:
        return lg.Command(update={"text": "went"}, goto="y")

    builder = lg.StateGraph(Words).add_node("go", go).add_node("x", add("x")).add_node("y", add("y"))
    builder.add_edge(lg.START, "go").add_edge("go", "x")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, sort=True)


@program
def commands_of_every_shape(lg, do):
    shapes = [
        lambda: lg.Command(update={"text": "a"}),
        lambda: lg.Command(update=[("text", "a"), ("log", [1])]),
        lambda: lg.Command(goto=lg.END),
        lambda: lg.Command(goto=["y", lg.Send("y", {"text": "sent"})]),
        lambda: [{"log": [1]}, lg.Command(update={"log": [2]}), {"text": "k"}],
        lambda: [lg.Command(update={"log": [2]}), {"text": "k"}],
        lambda: lg.Send("y", {"text": "sent"}),
    ]
    for shape in shapes:
        builder = lg.StateGraph(Words).add_node("x", lambda s, shape=shape: shape()).add_node("y", add("y"))
        do.stream(builder.add_edge(lg.START, "x").compile(), {"text": "x"}, config=None, sort=True)


# ── pauses ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def the_how_to(lg, do):
    graph = chain(lg, step_1=lambda s: None, human_feedback=ask(lg, "feedback?"), step_3=lambda s: None)
    do.stream(graph, {"text": "hello world"})
    do.state(graph)
    do.stream(graph, lg.Command(resume="go to step 3!"))
    do.state(graph)
    do.history(graph)


@program
def invoke_shows_the_questions(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    do.invoke(graph, {"text": "x"})
    do.invoke(graph, lg.Command(resume="yes"))
    do.invoke(graph, lg.Command(resume="yes"))


@program
def none_asks_again(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    do.stream(graph, {"text": "x"})
    do.stream(graph, None)
    do.stream(graph, lg.Command(resume={}))
    do.state(graph)


@program
def several_questions_in_one_node(lg, do):
    ran = []

    def node(state):
        ran.append(1)
        return {"log": [lg.interrupt(question) for question in ("one", "two", "three")]}

    graph = chain(lg, one=node)
    do.stream(graph, {"text": "x"})
    for answer in (1, {"two": 2}, "3"):
        do.stream(graph, lg.Command(resume=answer))
        do.state(graph)
    do.note(len(ran))


@program
def answers_of_every_type(lg, do):
    for answer in (False, 0, "", [], [1], {"a": 1}, ("t",), 1.5):
        graph = chain(lg, one=lambda s: {"log": [lg.interrupt("?")]})
        do.invoke(graph, {"text": "x"})
        do.invoke(graph, lg.Command(resume=answer))


@program
def new_input_at_a_question_starts_again(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    do.invoke(graph, {"text": "x"})
    do.stream(graph, {"text": "y"})
    do.state(graph)
    do.invoke(graph, lg.Command(resume="yes"))
    do.history(graph)


@program
def parallel_questions_need_their_ids(lg, do):
    graph = side_by_side(lg, a=ask(lg, "a?"), b=ask(lg, "b?"))
    do.stream(graph, {"text": "x"}, sort=True)
    do.stream(graph, lg.Command(resume="both"))
    ids = {question.value: question.id for question in do.state(graph).interrupts}
    do.invoke(graph, lg.Command(resume={ids["b?"]: "B", ids["a?"]: "A"}))


@program
def a_step_may_be_answered_bit_by_bit(lg, do):
    graph = side_by_side(lg, a=ask(lg, "a?"), b=ask(lg, "b?"), work=add("work"))
    do.stream(graph, {"text": "x"}, sort=True)
    ids = {question.value: question.id for question in do.state(graph).interrupts}
    do.stream(graph, lg.Command(resume={ids["b?"]: "B"}), ("updates", "values"), sort=True)
    do.state(graph)
    do.stream(graph, lg.Command(resume={ids["a?"]: "A"}), ("updates", "values"), sort=True)
    do.state(graph)


@program
def sent_tasks_ask_too(lg, do):
    builder = lg.StateGraph(Words).add_node("v", lambda s: {"log": [lg.interrupt(s["n"])]})
    builder.add_conditional_edges(lg.START, lambda s: [lg.Send("v", {"n": n}) for n in (1, 2)])
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, sort=True)
    ids = {question.value: question.id for question in do.state(graph).interrupts}
    do.invoke(graph, lg.Command(resume={ids[1]: "one", ids[2]: "two"}))
    do.state(graph)


@program
def a_router_may_ask(lg, do):
    builder = lg.StateGraph(Words).add_node("x", add("x")).add_node("y", add("y")).add_edge(lg.START, "x")
    builder.add_conditional_edges("x", lambda s: lg.interrupt("where to?"))
    graph = builder.compile(checkpointer=lg.MemorySaver())
    # Streamed, LangGraph also shows the update of the node that is going to run again; hilnb shows only what is kept.
    do.stream(graph, {"text": "x"}, "tasks")
    do.state(graph)
    do.stream(graph, lg.Command(resume="y"))


@program
def resume_with_nothing_to_answer(lg, do):
    graph = chain(lg, one=add("1"))
    do.stream(graph, lg.Command(resume="x"))
    do.stream(graph, lg.Command(resume="x"))
    do.invoke(chain(lg, saver=False, one=add("1")), lg.Command(resume="x"), None)


# ── failures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_failed_run_goes_on_from_where_it_failed(lg, do):
    tries = []

    def flaky(state):
        tries.append(1)
        if len(tries) < 3:
            raise ValueError("not yet")
        return {"log": ["made it"]}

    graph = chain(lg, one=add("1"), two=flaky, three=add("3"))
    do.stream(graph, {"text": "x"})
    do.state(graph)
    do.stream(graph, None)
    do.stream(graph, None)
    do.state(graph)


@program
def an_answer_survives_a_failure_after_it(lg, do):
    tries = []

    def node(state):
        answer = lg.interrupt("ok?")
        tries.append(answer)
        if len(tries) < 2:
            raise ValueError("after the answer")
        return {"log": [answer]}

    graph = chain(lg, one=node)
    do.invoke(graph, {"text": "x"})
    do.invoke(graph, lg.Command(resume="yes"))
    # LangGraph's state goes on showing the question that was answered; hilnb shows only open ones.
    do.note(graph.get_state({"configurable": {"thread_id": "1"}}).next)
    do.invoke(graph, None)


@program
def threads_are_named(lg, do):
    graph = chain(lg, one=add("1"))
    do.invoke(graph, {"text": "x"}, None)
    do.invoke(graph, {"text": "x"}, {"configurable": {"thread_id": 7}})
    do.state(graph, {"configurable": {"thread_id": "7"}})
    do.state(graph, {"configurable": {"thread_id": "nobody"}})


# ── graphs that cannot be built ───────────────────────────────────────────────────────────────────────────────────────


@program
def wrong_graphs_are_refused(lg, do):
    def new():
        return lg.StateGraph(Words).add_node("x", add("x"))

    wrong = [
        lambda: new().add_node("x", add("x")),
        lambda: new().add_node(lg.START, add("x")),
        lambda: new().add_node("a|b", add("x")),
        lambda: new().add_edge(lg.END, "x"),
        lambda: new().add_edge("x", lg.START),
        lambda: new().add_edge(["x", "q"], "x"),
        lambda: new().add_edge(lg.START, "x").add_edge("x", "y").compile(),
        lambda: new().add_edge(lg.START, "x").add_edge("y", "x").compile(),
        lambda: new().add_edge(lg.START, "x").add_conditional_edges("q", add).compile(),
        lambda: new().add_conditional_edges("x", add).add_conditional_edges("x", add),
        lambda: new().add_edge(lg.START, "x").add_conditional_edges("x", add, {"go": "nope"}).compile(),
        lambda: new().compile(),
        lambda: new().add_edge(lg.START, "x").compile(checkpointer=5),
    ]
    for build in wrong:
        try:
            do.note(type(build()).__name__)
        except (ValueError, TypeError) as error:
            do.note(error)


# ── pictures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def mermaid_text_of_every_kind_of_edge(lg, do):
    def go(state) -> lg.Command[Literal["y", "__end__"]]: ...

    def pick(state) -> Literal["x", "y"]: ...

    do.note(chain(lg, one=add("1"), two=add("2")).get_graph().draw_mermaid())
    do.note(routed(lg, "y").get_graph().draw_mermaid())
    do.note(routed(lg, "y", {"go on": "y", "stop": lg.END}).get_graph().draw_mermaid())
    builder = lg.StateGraph(Words).add_node("go", go).add_node("x", add("x")).add_node("y", add("y"))
    builder.add_edge(lg.START, "go").add_conditional_edges("x", pick).add_edge(["go", "x"], "y")
    do.note(builder.compile().get_graph().draw_mermaid())


@pytest.mark.parametrize("awaiting", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_the_same_on_both(name, awaiting):
    there = heard(PROGRAMS[name], "langgraph", awaiting)

    here = heard(PROGRAMS[name], "hilnb", awaiting)

    assert here == there
