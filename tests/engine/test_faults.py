"""Wrong programs: each gets one clear error, at the call that can know it, naming what is near."""

import operator
from typing import Annotated, TypedDict

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.errors import GraphError, InvalidUpdateError
from hilnb.graph import END, START, StateGraph
from hilnb.types import Command, Send
from tests.engine.graphs import THREAD, State, ask, chain, log, side_by_side


class OneArgument(TypedDict):
    log: Annotated[list, lambda old: old]


class Undefined(TypedDict):
    text: "Missing"  # noqa: F821 - that is the point


def new():
    return StateGraph(State).add_node("step_1", log("1"))


def started():
    return new().add_edge(START, "step_1")


BUILT_WRONG = {
    "an edge to a node that does not exist": (
        lambda: started().add_edge("step_1", "stpe_1").compile(),
        "add_edge('step_1', 'stpe_1'): Found edge ending at unknown node 'stpe_1' (did you mean 'step_1'?). "
        "Nodes so far: step_1.",
    ),
    "an edge from a node that does not exist": (
        lambda: started().add_edge("other", "step_1").compile(),
        "Found edge starting at unknown node 'other'. Nodes so far: step_1.",
    ),
    "a join that waits for a node that does not exist": (
        lambda: new().add_edge(["step_1", "step_2"], "step_1"),
        "Need to add_node `step_2` first (did you mean 'step_1'?).",
    ),
    "an empty join": (lambda: new().add_edge([], "step_1"), "the list is empty"),
    "a conditional edge from nowhere": (
        lambda: started().add_conditional_edges("step1", lambda s: END).compile(),
        "Found edge starting at unknown node 'step1' (did you mean 'step_1'?)",
    ),
    "a path map to nowhere": (
        lambda: started().add_conditional_edges("step_1", lambda s: "go", {"go": "stop_1"}).compile(),
        "branch found unknown target 'stop_1' (did you mean 'step_1'?)",
    ),
    "a conditional edge that is no function": (
        lambda: new().add_conditional_edges("step_1", "step_1"),
        "expected a function that says where to go, got 'step_1'",
    ),
    "the same conditional edge twice": (
        lambda: new().add_conditional_edges("step_1", log).add_conditional_edges("step_1", log),
        "Branch with name `log` already exists for node `step_1`",
    ),
    "a node named twice": (lambda: new().add_node("step_1", log("1")), "Node `step_1` already present."),
    "a node named START": (lambda: new().add_node(START, log("1")), "Node `__start__` is reserved."),
    "a node with a reserved character": (lambda: new().add_node("a|b", log("1")), "'|' is a reserved character"),
    "a node without a function": (lambda: new().add_node("two"), "add_node('two'): what should it run?"),
    "a node that is no function": (lambda: new().add_node("two", 5), "expected a function, got 5 (int)"),
    "an edge from END": (lambda: new().add_edge(END, "step_1"), "END cannot be a start node"),
    "an edge to START": (lambda: new().add_edge("step_1", START), "START cannot be an end node"),
    "no entry point": (
        lambda: new().compile(),
        "Graph must have an entrypoint: add at least one edge from START to another node, "
        "for example add_edge(START, 'step_1').",
    ),
    "a state that is no schema": (
        lambda: StateGraph("State"),
        "has to be a TypedDict, a dataclass or a pydantic model",
    ),
    "a reducer with one argument": (
        lambda: StateGraph(OneArgument),
        "Invalid reducer signature. Expected (a, b) -> c. Got (old). The reducer of 'log'",
    ),
    "an annotation that names nothing": (lambda: StateGraph(Undefined), "name 'Missing' is not defined"),
}


@pytest.mark.parametrize("case", BUILT_WRONG)
def test_a_wrong_graph_is_refused_when_it_is_built(case):
    build, message = BUILT_WRONG[case]

    with pytest.raises(GraphError) as caught:
        build()

    assert message in str(caught.value)


def test_a_checkpointer_that_is_none_is_refused_by_type():
    with pytest.raises(TypeError, match=r"Received dict\. Pass a saver: compile\(checkpointer=MemorySaver\(\)\)"):
        started().compile(checkpointer={})


def routed(answer):
    builder = started().add_node("step_2", log("2"))
    return builder.add_conditional_edges("step_1", lambda s: answer).compile()


RUN_WRONG = {
    "a node that returns no dict": (chain(False, one=lambda s: 5), InvalidUpdateError, "Expected dict, got 5."),
    "two writes to a plain key": (
        side_by_side(False, a=lambda s: {"text": "a"}, b=lambda s: {"text": "b"}),
        InvalidUpdateError,
        "At key 'text': Can receive only one value per step. Use an Annotated key to handle multiple values. "
        "It was written by 'a' and 'b'",
    ),
    "a router to nowhere": (
        routed("step2"),
        GraphError,
        "after 'step_1': no node is called 'step2' (did you mean 'step_2'?). The nodes are: step_1, step_2.",
    ),
    "a router that forgot to return": (routed(None), GraphError, "did not return a valid destination, but None"),
    "a Send to nowhere": (routed(Send("nowhere", {})), GraphError, "no node is called 'nowhere'"),
    "a Send to the end": (routed(Send(END, {})), InvalidUpdateError, "Cannot send a packet to the END node"),
    "a Command to nowhere": (
        chain(False, one=lambda s: Command(goto="oen")),
        GraphError,
        "Command(goto=…): no node is called 'oen' (did you mean 'one'?)",
    ),
    "a Command that resumes from inside": (
        chain(False, one=lambda s: Command(resume="yes")),
        InvalidUpdateError,
        "only a caller can resume a run",
    ),
    "resume without a checkpointer": (
        chain(False, one=ask("?")),
        RuntimeError,
        "Cannot use Command(resume=...) without",
    ),
    "no thread": (chain(one=log("1")), ValueError, "thread_id. Say which thread this is"),
    "nothing to begin with": (chain(False, one=log("1")), Exception, "Received no input for __start__"),
    "an input that is no state": (chain(False, one=log("1")), InvalidUpdateError, "Expected dict, got 7"),
}
INPUTS = {
    "resume without a checkpointer": Command(resume="x"),
    "nothing to begin with": None,
    "an input that is no state": 7,
}


@pytest.mark.parametrize("case", RUN_WRONG)
def test_a_wrong_run_is_refused(case, run):
    graph, error, message = RUN_WRONG[case]

    with pytest.raises(error) as caught:
        run(graph, INPUTS.get(case, {"text": "x"}))

    assert message in str(caught.value)


def test_a_thread_without_a_name_shows_the_config_that_came():
    with pytest.raises(ValueError, match=r"The config was: \{'configurable': \{'thread': '1'\}\}"):
        chain(one=log("1")).invoke({"text": "x"}, {"configurable": {"thread": "1"}})


def test_an_unknown_stream_mode_is_refused():
    with pytest.raises(ValueError, match=r"stream_mode='update' is unknown .did you mean 'updates'"):
        list(chain(False, one=log("1")).stream({"text": "x"}, stream_mode="update"))


def test_an_unknown_key_is_dropped_and_said(run):
    graph = chain(False, one=lambda s: {"txt": "typo"})

    with pytest.warns(UserWarning, match="node 'one' has 'txt', which is not a key of the state .did you mean 'text'"):
        assert run(graph, {"text": "x"}) == {"text": "x", "log": []}


def test_an_unknown_key_of_the_input_is_said(run):
    with pytest.warns(UserWarning, match="the input has 'txt', which is not a key of the state"):
        run(chain(False, one=log("1")), {"txt": "typo"})


def test_looking_at_a_graph_that_keeps_nothing_says_what_to_add():
    with pytest.raises(ValueError, match="No checkpointer set"):
        chain(False, one=log("1")).get_state(THREAD)


def test_an_async_node_in_a_blocking_run_says_what_to_call():
    async def node(state): ...

    with pytest.raises(TypeError, match='No synchronous function provided to "one"'):
        chain(False, one=node).invoke({"text": "x"})


def test_a_failure_names_its_node_and_keeps_its_siblings_work(run):
    def bad(state):
        raise ValueError("boom")

    ran = []
    graph = side_by_side(bad=bad, good=lambda s: ran.append(1) or {"log": ["good"]})

    with pytest.raises(ValueError, match="boom") as caught:
        run(graph, {"text": "x"}, THREAD)
    with pytest.raises(ValueError, match="boom"):
        run(graph, None, THREAD)

    assert "During task with name 'bad'" in caught.value.__notes__[0]
    assert graph.get_state(THREAD).next == ("bad",)
    assert ran == [1]


def test_all_failures_of_a_step_are_told(run):
    def fails(word):
        def node(state):
            raise ValueError(word)

        return node

    with pytest.raises(ValueError, match=r"one|two") as caught:
        run(side_by_side(a=fails("one"), b=fails("two")), {"text": "x"}, THREAD)

    assert any("failed too: ValueError(" in note for note in caught.value.__notes__)


def test_an_update_that_cannot_be_merged_is_its_nodes_failure_and_can_be_tried_again(run):
    class Sums(TypedDict):
        n: Annotated[int, operator.add]

    answers, ran = ["not a number", 2], []
    saver = MemorySaver()
    builder = StateGraph(Sums).add_node("good", lambda s: ran.append(1) or {"n": 1})
    builder.add_node("one", lambda s: {"n": answers.pop(0)}).add_edge(START, "one").add_edge(START, "good")
    graph = builder.compile(checkpointer=saver)

    with pytest.raises(TypeError) as caught:
        run(graph, {"n": 1}, THREAD)
    failed = graph.get_state(THREAD)
    result = run(graph, None, THREAD)

    assert caught.value.__notes__ == ["While merging the update of node 'one': {'n': 'not a number'}"]
    assert failed.next == ("one",)
    assert result == {"n": 4}
    assert ran == [1]
