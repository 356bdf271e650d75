"""Updates: what nodes return and what becomes of it; the same on LangGraph and on hilnb."""

import asyncio
import copy
import dataclasses
import operator
import pickle
from collections.abc import Mapping, MutableSequence, Sequence
from datetime import timedelta
from typing import Annotated, Dict, List, Tuple  # noqa: UP035

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from tests.compat.programs import Model, Plain, Programs, Record, Words, add, chain, difference, side_by_side

program = Programs()


# ── reducers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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
def reducers_start_empty_for_every_kind_of_type(lg, do):
    def join(old, new):
        return f"{old}+{new}"

    class Kinds(TypedDict):
        sequence: Annotated[Sequence[int], operator.add]
        mutable: Annotated[MutableSequence, operator.add]
        mapping: Annotated[Mapping[str, int], operator.or_]
        counted: Annotated[dict[str, int], operator.or_]
        text: Annotated[str, join]
        number: Annotated[float, lambda old, new: max(old, new)]
        flag: Annotated[bool, operator.or_]
        typed: Annotated[list[int], operator.add]
        old_list: Annotated[List[int], operator.add]  # noqa: UP006 - as programs of some years ago write it
        old_dict: Annotated[Dict[str, int], operator.or_]  # noqa: UP006
        old_tuple: Annotated[Tuple[int, ...], operator.add]  # noqa: UP006

    graph = chain(
        lg, Kinds, one=lambda s: {"text": "t", "number": 2.5, "typed": [1], "counted": {"a": 1}, "flag": True}
    )
    do.stream(graph, {"sequence": [1]})
    do.state(graph)


@program
def a_reducer_gets_old_and_new_in_this_order(lg, do):
    calls = []

    def note(old, new):
        calls.append((old, new))
        return [*(old or []), new]

    class Noted(TypedDict):
        key: Annotated[list, note]

    graph = chain(lg, Noted, one=lambda s: {"key": 1}, two=lambda s: {"key": None}, three=lambda s: {})
    do.invoke(graph, {"key": 0})
    do.note([call[1] for call in calls])


@program
def a_reducer_that_fails(lg, do):
    def strict(old, new):
        if new == "bad":
            raise ValueError("refused by the reducer")
        return new

    class Strict(TypedDict):
        key: Annotated[str, strict]

    # The thread's state cannot be read in LangGraph after this: it merges the bad update again.
    do.stream(chain(lg, Strict, one=lambda s: {"key": "bad"}), {"key": "good"}, "values")


@program
def a_key_overwritten(lg, do):
    overwrites = (
        lg.Overwrite(["new"]),
        lg.Overwrite(value=[]),
        {"__overwrite__": ["json"]},
        {"value": ["typed json"], "type": "__overwrite__"},
    )
    for overwrite in overwrites:
        graph = chain(lg, one=add("1"), two=lambda s, o=overwrite: {"log": o}, three=add("3"))
        do.stream(graph, {"text": "a", "log": ["0"]}, ("updates", "values"))
        do.state(graph)


@program
def an_input_may_overwrite(lg, do):
    graph = chain(lg, one=add("1"))
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, {"log": lg.Overwrite(["fresh"])})
    do.state(graph)


@program
def overwriting_beside_other_updates(lg, do):
    # Updates are applied in the order of the nodes' names: what comes after an overwrite in the same step is dropped.
    graph = side_by_side(lg, a=add("a"), b=lambda s: {"log": lg.Overwrite(["only"])}, c=add("c"))
    do.invoke(graph, {"text": "x", "log": ["0"]})
    twice = side_by_side(lg, a=lambda s: {"log": lg.Overwrite([1])}, b=lambda s: {"log": lg.Overwrite([2])})
    do.invoke(twice, {"text": "x"})


# ── what a node returns ───────────────────────────────────────────────────────────────────────────────────────────────


@program
def instances_as_updates(lg, do):
    class Partly(BaseModel):
        a: str = "default"
        log: list = []

    for schema, updates in ((Model, [Model(a="m"), Partly(a="p"), Partly()]), (Record, [Record("r", log=[1])])):
        for update in updates:
            graph = chain(lg, schema, one=lambda s, update=update: update, two=lambda s: {"log": [s.a, s.b]})
            do.stream(graph, {"a": "x", "b": 7})


@program
def lists_of_updates_and_commands(lg, do):
    results = (
        [{"log": [1]}, lg.Command(update={"log": [2]}, goto="z"), {"text": "t"}],
        [lg.Command(goto="y"), lg.Command(goto="z")],
        [lg.Command(update={"log": [1]}), lg.Command(update={"text": "c"}, goto="y")],
        (lg.Command(update={"log": ["in a tuple"]}),),
    )
    for result in results:
        builder = lg.StateGraph(Words).add_node("x", lambda s, result=result: result)
        builder.add_node("y", add("y")).add_node("z", add("z")).add_edge(lg.START, "x")
        do.stream(builder.compile(), {"text": "a"}, ("updates", "values", "tasks"), None, sort=True)


@program
def commands_with_instances(lg, do):
    builder = lg.StateGraph(Model).add_node("x", lambda s: lg.Command(update=Model(a="from", b=9, log=["x"]), goto="y"))
    builder.add_node("y", lambda s: lg.Command(update=[("log", ["y"]), ("log", ["y2"])])).add_edge(lg.START, "x")
    do.stream(builder.compile(), {"a": "given"}, ("updates", "values"), None)


@program
def commands_go_to_ends_and_lists(lg, do):
    for goto in ((), [], lg.END, ["y"], ["y", lg.END], ("y", "z"), lg.Send("z", {"text": "s"})):
        builder = lg.StateGraph(Words).add_node("x", lambda s, goto=goto: lg.Command(goto=goto))
        builder.add_node("y", add("y")).add_node("z", add("z")).add_edge(lg.START, "x")
        do.invoke(builder.compile(), {"text": "a"}, None)


@program
def a_goto_adds_to_the_edges_of_its_node(lg, do):
    builder = lg.StateGraph(Words).add_node("x", lambda s: lg.Command(update={"log": ["x"]}, goto="y"))
    builder.add_node("y", add("y")).add_node("z", add("z")).add_edge(lg.START, "x").add_edge("x", "z")
    do.stream(builder.compile(), {"text": "a"}, "updates", None, sort=True)


@program
def none_is_a_value_and_missing_is_not(lg, do):
    class Maybe(TypedDict):
        a: str | None
        b: int

    graph = chain(lg, Maybe, one=lambda s: {"a": None}, two=lambda s: {"b": len(s)})
    do.stream(graph, {"b": 1})
    do.invoke(chain(lg, Maybe, one=lambda s: None), {"a": None})


@program
def falsy_updates_are_updates(lg, do):
    class Any_(TypedDict):
        key: object

    for value in (False, 0, "", [], {}, (), set()):
        do.stream(chain(lg, Any_, one=lambda s, value=value: {"key": value}), {"key": "x"}, ("updates", "values"))


@program
def updates_of_nested_values_replace_them_whole(lg, do):
    graph = chain(lg, one=lambda s: {"text": {"a": {"b": 1}}}, two=lambda s: {"text": {"c": 2}})
    do.invoke(graph, {"text": "x"})
    do.history(graph)


# ── who writes when ───────────────────────────────────────────────────────────────────────────────────────────────────


@program
def two_writers_of_a_plain_key_are_refused(lg, do):
    graph = side_by_side(lg, a=lambda s: {"text": "a"}, b=lambda s: {"log": ["b"]}, c=lambda s: {"text": "c"})
    do.invoke(graph, {"text": "x"})
    same = side_by_side(lg, a=lambda s: {"text": "same"}, b=lambda s: {"text": "same"})
    do.invoke(same, {"text": "x"})
    do.invoke(side_by_side(lg, a=lambda s: {"text": "a"}, b=add("b")), {"text": "x"})


@program
def writers_one_step_apart_do_not_collide(lg, do):
    builder = lg.StateGraph(Words).add_node("a", lambda s: {"text": "a"}).add_node("b", add("b"))
    builder.add_node("c", lambda s: {"text": "c"}).add_edge(lg.START, "a").add_edge(lg.START, "b").add_edge("b", "c")
    do.stream(builder.compile(), {"text": "x"}, "values", None)


@program
def sends_fan_out_and_join_in_order(lg, do):
    builder = lg.StateGraph(Words).add_node("split", add("split")).add_node("work", lambda s: {"log": [s["n"] * 10]})
    builder.add_node("sum", lambda s: {"text": f"{s['log']}"}).add_edge(lg.START, "split").add_edge("work", "sum")
    builder.add_conditional_edges("split", lambda s: [lg.Send("work", {"n": n}) for n in (3, 1, 2)], ["work"])
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "a"})
    do.history(graph)


@program
def a_send_may_carry_anything(lg, do):
    seen = []
    builder = lg.StateGraph(Words).add_node("v", lambda s: seen.append(s) or {"log": [str(s)]})
    args = (5, "text", None, ["list"], {"text": "t", "unknown": 1})
    builder.add_conditional_edges(lg.START, lambda s: [lg.Send("v", arg) for arg in args])
    do.invoke(builder.compile(), {"text": "x"}, None)
    do.note(sorted(map(str, seen)))


@program
def a_send_to_a_node_with_a_model(lg, do):
    seen = []

    def work(state: Model):
        seen.append(type(state).__name__)
        return {"log": [getattr(state, "a", state)]}

    builder = lg.StateGraph(Model).add_node("work", work)
    builder.add_conditional_edges(
        lg.START, lambda s: [lg.Send("work", {"a": "dict"}), lg.Send("work", Model(a="model"))]
    )
    do.invoke(builder.compile(), {"a": "x"}, None)
    do.note(sorted(seen))


@program
def sent_nodes_may_send_again(lg, do):
    def work(state):
        if state["depth"] == 0:
            return lg.Command(update={"log": ["done"]})
        return lg.Command(update={"log": [state["depth"]]}, goto=lg.Send("work", {"depth": state["depth"] - 1}))

    builder = lg.StateGraph(Words).add_node("work", work)
    builder.add_conditional_edges(lg.START, lambda s: [lg.Send("work", {"depth": 2}), lg.Send("work", {"depth": 1})])
    do.invoke(builder.compile(), {"text": "x"}, None)


@program
def a_reducer_meets_an_input_a_step_and_an_update(lg, do):
    class Sum(TypedDict):
        n: Annotated[int, operator.add]

    graph = chain(lg, Sum, one=lambda s: {"n": 10})
    do.invoke(graph, {"n": 1})
    do.update(graph, {"n": 100})
    do.invoke(graph, {"n": 1000})
    do.invoke(graph, {})
    do.state(graph)


@program
def unknown_and_private_keys_of_plain_states(lg, do):
    graph = chain(lg, Plain, one=lambda s: {"a": "known", "__private": 1}, two=lambda s: {"b": sorted(s)})
    do.invoke(graph, {"a": "x", "unknown": 1})
    do.state(graph)


@program(awaiting=(False,))
def commands_sends_and_questions_are_plain_objects(lg, do):
    limited = lg.Send("x", {"a": 1}, timeout=timedelta(seconds=3))
    for made in (limited, lg.Send("x", [1]), lg.Overwrite([1]), lg.Command(goto="x"), lg.Interrupt("q", id="1")):
        do.note([repr(made), copy.deepcopy(made) == made, pickle.loads(pickle.dumps(made)) == made])
    do.note([limited.timeout.run_timeout, lg.Send("x", 1).timeout, limited == lg.Send("x", {"a": 1})])
    do.note([hash(lg.Send("x", 1)) == hash(lg.Send("x", 1)), lg.Send("x", 1) == ("x", 1), lg.Interrupt("q").id])
    for made in (lg.Interrupt("q", id="1"), lg.Overwrite(1), lg.Command(update={"a": 1}, goto="x")):
        do.note(dataclasses.asdict(made))
    for wrong in (
        lambda: lg.Send("x"),
        lambda: lg.Send("x", 1, 2),
        lambda: lg.Command("x"),
        lambda: lg.Command(go="x"),
    ):
        do.attempt(wrong)
    for timeout in (
        0,
        timedelta(0),
        lg.TimeoutPolicy(idle_timeout=-1),
        lg.TimeoutPolicy(run_timeout=1, refresh_on="x"),
    ):
        do.attempt(lambda: lg.Send("x", 1, timeout=timeout))  # noqa: B023


@program(awaiting=(True,))
def a_send_may_limit_its_own_turn(lg, do):
    async def wait(state):
        await asyncio.sleep(state["s"])
        return {"log": ["done"]}

    for timeout, own, seconds in ((0.01, None, 1), (5, None, 0), (5, 0.01, 0.05)):
        builder = lg.StateGraph(Words).add_node("x", wait, timeout=own)
        send = lg.Send("x", {"s": seconds}, timeout=timeout)
        do.invoke(builder.add_conditional_edges(lg.START, lambda state: send, ["x"]).compile(), {})  # noqa: B023


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
