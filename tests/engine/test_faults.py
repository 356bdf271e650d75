"""Wrong programs: each gets one clear error, at the call that can know it, naming what is near."""

import operator
import re
from typing import Annotated, TypedDict

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.config import get_config, get_store, get_stream_writer
from hilnb.errors import GraphError, InvalidUpdateError
from hilnb.func import task
from hilnb.graph import END, START, StateGraph
from hilnb.managed import IsLastStep
from hilnb.runtime import get_runtime
from hilnb.types import Command, Overwrite, RetryPolicy, Send, StateUpdate
from tests.engine.graphs import THREAD, State, ask, chain, log, side_by_side


class OneArgument(TypedDict):
    log: Annotated[list, lambda old: old]


class OtherLog(TypedDict):
    log: Annotated[list, lambda old, new: new]


class Managed(TypedDict):
    last: IsLastStep


async def sleeper(state): ...


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
    "an end in quotes": (
        lambda: started().add_edge("step_1", "END").compile(),
        "'END'. Without quotes: from hilnb.graph import START, END.",
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
    "the same conditional edge twice": (
        lambda: new().add_conditional_edges("step_1", log).add_conditional_edges("step_1", log),
        "Branch with name `log` already exists for node `step_1`",
    ),
    "a node named twice": (lambda: new().add_node("step_1", log("1")), "Node `step_1` already present."),
    "a node named START": (lambda: new().add_node(START, log("1")), "Node `__start__` is reserved."),
    "a node with a reserved character": (lambda: new().add_node("a|b", log("1")), "'|' is a reserved character"),
    "a node without a function": (lambda: new().add_node("two"), "add_node('two'): what should it run?"),
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
    "an empty sequence": (lambda: new().add_sequence([]), "Sequence requires at least one node"),
    "an entry point that does not exist": (
        lambda: new().set_entry_point("step_2").compile(),
        "Found edge ending at unknown node 'step_2' (did you mean 'step_1'?)",
    ),
    "a stop before a node that does not exist": (
        lambda: started().compile(interrupt_before=["step2"]),
        "Interrupt node `step2` not found (did you mean 'step_1'?)",
    ),
    "a stop after a node that does not exist": (
        lambda: started().compile(interrupt_after=["other"]),
        "Interrupt node `other` not found.",
    ),
    "a timeout for a plain function": (
        lambda: new().add_node("two", log("2"), timeout=1),
        "add_node('two'): timeout=1 needs an async function; a plain one cannot be stopped.",
    ),
    "a timeout of no time": (
        lambda: new().add_node("two", sleeper, timeout=0),
        "run_timeout=0: a node needs more than no time",
    ),
    "a timeout that is no time": (
        lambda: new().add_node("two", sleeper, timeout="1s"),
        "run_timeout='1s': give seconds, a number or a timedelta.",
    ),
    "one key with two reducers": (
        lambda: StateGraph(State, input_schema=OtherLog),
        "the key 'log' has two different reducers",
    ),
    "a key the run fills in, as input": (
        lambda: StateGraph(State, input_schema=Managed),
        "the run fills in 'last' itself: it cannot be part of the input or output.",
    ),
    "the same lambda name twice": (
        lambda: new().add_conditional_edges("step_1", lambda s: END).add_conditional_edges("step_1", lambda s: END),
        "Branch with name `condition` already exists",
    ),
    "an annotation that names nothing": (lambda: StateGraph(Undefined), "name 'Missing' is not defined"),
}


@pytest.mark.parametrize("case", BUILT_WRONG)
def test_a_wrong_graph_is_refused_when_it_is_built(case):
    build, message = BUILT_WRONG[case]

    with pytest.raises(GraphError) as caught:
        build()

    assert message in str(caught.value)


@pytest.mark.parametrize("kinds", ["ValueError", 5, [ValueError, "KeyError"]])
def test_a_retry_policy_for_what_is_no_error_is_refused(kinds):
    with pytest.raises(TypeError, match="retry_on must be an Exception class"):
        new().add_node("two", sleeper, retry_policy=RetryPolicy(retry_on=kinds))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: started().compile(store=5), "store=5 is no store. Pass one, for example store=InMemoryStore()."),
        (lambda: started().compile(cache="here"), "cache='here' is no cache."),
        (lambda: new().add_node("two", sleeper, retry_policy=3), "retry_policy=3 is no RetryPolicy."),
        (lambda: task(retry_policy=[3])(sleeper), "retry_policy=3 is no RetryPolicy."),
        (lambda: task("a name"), "task('a name'): a task is a function."),
    ],
)
def test_what_a_graph_or_a_task_is_made_with_is_refused_by_type(make, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        make()


def test_what_is_no_function_is_refused_by_type():
    with pytest.raises(TypeError, match=r"expected a function, got 5 \(int\)"):
        new().add_node("two", 5)
    with pytest.raises(TypeError, match="expected a function that says where to go, got 'step_1'"):
        new().add_conditional_edges("step_1", "step_1")


def test_a_checkpointer_that_is_none_is_refused_by_type():
    with pytest.raises(TypeError, match=r"Received dict\. Pass a saver: compile\(checkpointer=MemorySaver\(\)\)"):
        started().compile(checkpointer={})


def routed(answer):
    builder = started().add_node("step_2", log("2"))
    return builder.add_conditional_edges("step_1", lambda s: answer).compile()


RUN_WRONG = {
    "a node that returns no dict": (
        chain(False, one=lambda s: 5),
        InvalidUpdateError,
        "Expected dict, got 5 from node 'one'.",
    ),
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
    "a router that returns a set": (routed({"step_2"}), GraphError, "no node is called {'step_2'}"),
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
    "an input that is no state": (
        chain(False, one=log("1")),
        InvalidUpdateError,
        "Expected dict, got 7 from the run's input.",
    ),
    "a Command for a parent there is none of": (
        chain(False, one=lambda s: Command(graph=Command.PARENT, goto="x")),
        InvalidUpdateError,
        "There is no parent graph: 'one' returned Command(graph='__parent__'",
    ),
    "two Overwrites of one key": (
        side_by_side(False, a=lambda s: {"log": Overwrite([1])}, b=lambda s: {"log": Overwrite([2])}),
        InvalidUpdateError,
        "At key 'log': Can receive only one Overwrite value per step.",
    ),
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


CALLED_WRONG = {
    "an option that does not exist": (
        lambda graph: graph.invoke({"text": "x"}, THREAD, stream_modes="values"),
        TypeError,
        "no option is called 'stream_modes' (did you mean 'stream_mode'?)",
    ),
    "a recursion limit of nothing": (
        lambda graph: graph.invoke({"text": "x"}, {**THREAD, "recursion_limit": 0}),
        ValueError,
        "recursion_limit must be at least 1",
    ),
    "a checkpoint that does not exist": (
        lambda graph: graph.invoke(None, {"configurable": {"thread_id": "1", "checkpoint_id": "gone"}}),
        ValueError,
        "no such checkpoint: {'configurable': {'thread_id': '1', 'checkpoint_id': 'gone'}}",
    ),
    "an update as a node that does not exist": (
        lambda graph: graph.update_state(THREAD, {"text": "x"}, as_node="on"),
        InvalidUpdateError,
        "Node on does not exist (did you mean 'one'?). as_node is one of: one.",
    ),
    "an update that is none": (
        lambda graph: graph.update_state(THREAD, 5, as_node="one"),
        InvalidUpdateError,
        "Expected dict, got 5",
    ),
    "several updates without saying whose": (
        lambda graph: graph.bulk_update_state(THREAD, [[StateUpdate({"log": [1]}), StateUpdate({"log": [2]})]]),
        InvalidUpdateError,
        "of several updates each has to say whose it is",
    ),
    "no updates": (lambda graph: graph.bulk_update_state(THREAD, []), ValueError, "there is no update"),
    "a Command to a parent as input": (
        lambda graph: graph.invoke(Command(graph=Command.PARENT), THREAD),
        InvalidUpdateError,
        "There is no parent graph",
    ),
    "a history without a thread": (
        lambda graph: list(graph.get_state_history({"configurable": {}})),
        ValueError,
        "thread_id. Say which thread this is",
    ),
}


@pytest.mark.parametrize("case", CALLED_WRONG)
def test_a_wrong_call_is_refused(case):
    call, error, message = CALLED_WRONG[case]

    with pytest.raises(error) as caught:
        call(chain(one=log("1")))

    assert message in str(caught.value)


def test_one_answer_for_several_questions_is_refused_with_their_ids(run):
    graph = side_by_side(a=ask("a?"), b=ask("b?"))
    questions = run(graph, {"text": "x"}, THREAD)["__interrupt__"]

    with pytest.raises(RuntimeError, match="you must specify the interrupt id") as caught:
        run(graph, Command(resume="yes"), THREAD)

    assert all(question.id in str(caught.value) for question in questions)


def test_an_update_after_parallel_nodes_has_to_say_whose_it_is(run):
    builder = StateGraph(State).add_node("a", log("a")).add_node("b", log("b"))
    graph = builder.add_edge(START, "a").add_edge(START, "b").compile(checkpointer=MemorySaver())
    run(graph, {"text": "x"}, THREAD)

    with pytest.raises(InvalidUpdateError, match=r"Ambiguous update, specify as_node: the last step ran a, b"):
        graph.update_state(THREAD, {"text": "y"})


def test_a_thread_of_another_graph_is_noticed(run):
    saver = MemorySaver()
    run(chain(saver, one=ask("?")), {"text": "x"}, THREAD)

    with pytest.raises(GraphError, match="stands before 'one', which is no node of this graph"):
        run(chain(saver, other=log("1")), None, THREAD)


def test_a_graph_with_its_parents_saver_cannot_be_run_by_itself(run):
    graph = started().compile(checkpointer=True)

    with pytest.raises(RuntimeError, match="cannot be used for root graphs: give it a saver of its own"):
        run(graph, {"text": "x"}, THREAD)


@pytest.mark.parametrize("function", [get_config, get_store, get_stream_writer, get_runtime])
def test_what_a_node_may_ask_for_cannot_be_had_outside_one(function):
    with pytest.raises(RuntimeError, match=rf"{function.__name__}\(\) was called outside a running node"):
        function()


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


def test_a_graph_can_be_checked_before_it_is_compiled():
    builder = StateGraph(State).add_node("a", lambda state: None)

    with pytest.raises(GraphError, match="Graph must have an entrypoint"):
        builder.validate()
    builder.add_edge(START, "a")
    with pytest.raises(GraphError, match="Interrupt node `b` not found"):
        builder.validate(["b"])
    assert builder.validate(["a"]) is builder
