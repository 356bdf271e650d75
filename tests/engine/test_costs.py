"""What a step costs, counted and not timed: calls, what is kept, and how often the saver is asked."""

import cProfile
import pstats
from collections import Counter

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.graph import END, START, MessagesState, StateGraph
from hilnb.messages import AIMessage, ToolMessage
from hilnb.types import Send
from tests.engine.graphs import THREAD, State, chain, log


def config(steps, thread="1"):
    return {"configurable": {"thread_id": thread}, "recursion_limit": steps + 10}


def steps_in_a_row(length, saver):
    return chain(saver, **{f"n{n}": lambda state: {"text": "x"} for n in range(length)})


def conversation(turns, saver):
    """A model that calls a tool again and again."""

    def model(state):
        if len(state["messages"]) > 2 * turns:
            return {"messages": [AIMessage("done")]}
        return {"messages": [AIMessage("", tool_calls=[{"name": "f", "args": {}, "id": str(len(state["messages"]))}])]}

    def tool(state):
        return {"messages": [ToolMessage("found", tool_call_id=state["messages"][-1].tool_calls[0]["id"])]}

    builder = StateGraph(MessagesState).add_node("model", model).add_node("tool", tool)
    builder.add_edge(START, "model").add_edge("tool", "model")
    builder.add_conditional_edges("model", lambda s: "tool" if s["messages"][-1].tool_calls else END, ["tool", END])
    return builder.compile(checkpointer=saver)


def calls_in(work):
    """How many functions are called, Python's and C's."""
    work()  # what happens only the first time does not count
    profile = cProfile.Profile()
    profile.enable()
    work()
    profile.disable()
    return pstats.Stats(profile).total_calls


def calls_per_step(length, saver):
    graph = steps_in_a_row(length, saver)
    return calls_in(lambda: graph.invoke({"text": ""}, config(length))) / length


class Counting(MemorySaver):
    """Counts what it is asked for."""

    def __init__(self):
        super().__init__()
        self.asked = Counter()

    def __getattribute__(self, name):
        if name in ("get_tuple", "list", "put", "put_writes", "put_records"):
            self.asked[name] += 1
        return super().__getattribute__(name)


@pytest.mark.parametrize(("saver", "most"), [(False, 60), (True, 100)])
def test_a_step_takes_few_calls(saver, most):
    assert calls_per_step(100, saver) <= most


def test_a_step_of_a_large_graph_costs_what_a_step_of_a_small_one_does():
    assert calls_per_step(1000, True) <= 1.05 * calls_per_step(100, True)


def test_a_turn_of_a_long_conversation_costs_what_a_turn_of_a_short_one_does():
    short, long = conversation(50, MemorySaver()), conversation(400, MemorySaver())

    few = calls_in(lambda: short.invoke({"messages": ["hi"]}, config(101, "a")))
    many = calls_in(lambda: long.invoke({"messages": ["hi"]}, config(801, "b")))

    # The second of the two runs begins with what the first one left; reading that is all that grows.
    assert many / 400 <= 1.1 * few / 50


def test_what_a_conversation_keeps_grows_with_its_turns():
    sizes = {}
    for turns in (100, 200, 400):
        saver = MemorySaver()
        conversation(turns, saver).invoke({"messages": ["hi"]}, config(2 * turns))
        sizes[turns] = saver.size()

    assert sizes[400] < 2_000_000
    assert sizes[200] / sizes[100] < 2.1
    assert sizes[400] / sizes[200] < 2.1


def test_each_step_is_one_call_of_the_saver():
    saver = Counting()

    steps_in_a_row(10, saver).invoke({"text": ""}, THREAD)

    assert saver.asked == {"get_tuple": 1, "put": 12}  # one for the input, one for START


def test_what_side_by_side_nodes_return_is_kept_in_few_calls():
    saver = Counting()
    builder = StateGraph(State).add_node("part", lambda sent: {"log": [sent]})
    builder.add_conditional_edges(START, lambda state: [Send("part", n) for n in range(500)], ["part"])

    state = builder.compile(saver).invoke({"text": ""}, {**THREAD, "max_concurrency": 1})

    assert state["log"] == [*range(500)]
    assert saver.asked["put_records"] <= 500


def test_a_list_of_what_can_change_is_kept_once_too():
    saver = MemorySaver()
    graph = chain(saver, **{f"n{n}": log({"number": n, "text": "x" * 100}) for n in range(100)})

    graph.invoke({"text": ""}, config(100))

    assert saver.size() < 300_000  # the last list alone is about 50,000; a copy for each step would be 2,500,000
    assert graph.get_state(THREAD).values["log"][-1]["number"] == 99
