"""What tutorials of mid-2025 wrote: it works, and says what it is called now."""

from __future__ import annotations

import pytest
from typing_extensions import TypedDict

import hilnb.constants
from hilnb import types
from hilnb.func import entrypoint, task
from hilnb.graph import START, StateGraph
from hilnb.types import Interrupt, RetryPolicy
from tests.engine.graphs import THREAD, State, chain, log

ONCE_MORE = RetryPolicy(max_attempts=2, initial_interval=0, jitter=False, retry_on=KeyError)


class Text(TypedDict):
    text: str


def failing_once():
    """A node that fails at its first attempt."""
    tried = []

    def node(state):
        tried.append(state)
        if len(tried) == 1:
            raise KeyError("once")
        return {"log": [f"attempt {len(tried)}"]}

    return node


def test_a_graph_takes_input_output_and_config_schema():
    with pytest.warns(DeprecationWarning, match="is called") as warned:
        builder = StateGraph(State, input=Text, output=Text, config_schema=Text)

    assert builder.context_schema is Text
    assert builder.add_node("a", log("a")).add_edge(START, "a").compile().invoke({"text": "x"}) == {"text": "x"}
    assert [str(warning.message) for warning in warned] == [
        "StateGraph(): input is called input_schema now.",
        "StateGraph(): output is called output_schema now.",
        "StateGraph(): config_schema is called context_schema now.",
    ]
    assert {warning.filename for warning in warned} == {__file__}


def test_a_node_takes_input_and_retry():
    builder = StateGraph(State).add_edge(START, "a")
    with pytest.warns(DeprecationWarning, match="(retry|input) is called (retry_policy|input_schema) now") as warned:
        builder.add_node("a", failing_once(), retry=ONCE_MORE, input=Text)

    assert builder.compile().invoke({"text": "x"})["log"] == ["attempt 2"]
    assert [warning.filename for warning in warned] == [__file__] * 2


def test_a_task_and_a_workflow_take_retry():
    node = failing_once()
    with pytest.warns(DeprecationWarning, match="retry is called retry_policy now"):
        try_twice = task(retry=ONCE_MORE)(node)
    with pytest.warns(DeprecationWarning, match="config_schema is called context_schema now"):
        workflow = entrypoint(config_schema=Text)(lambda given: try_twice(given).result())

    assert workflow.invoke({"text": "x"}) == {"log": ["attempt 2"]}


@pytest.mark.parametrize(("during", "kept"), [(True, 3), (False, 1)])
def test_a_call_takes_checkpoint_during(during, kept):
    graph = chain(one=log("1"))
    with pytest.warns(DeprecationWarning, match="checkpoint_during is called durability now") as warned:
        graph.invoke({"text": "x"}, THREAD, checkpoint_during=during)

    assert len(list(graph.get_state_history(THREAD))) == kept
    assert {warning.filename for warning in warned} == {__file__}


@pytest.mark.parametrize("name", ["Send", "Interrupt"])
def test_what_lived_in_constants_is_found_there(name):
    with pytest.warns(DeprecationWarning, match=f"hilnb.constants.{name} is called hilnb.types.{name} now"):
        assert getattr(hilnb.constants, name) is getattr(types, name)


def test_an_interrupt_has_its_id_by_the_former_name():
    with pytest.warns(DeprecationWarning, match="Interrupt.interrupt_id is called id now"):
        assert Interrupt("?", id="1").interrupt_id == "1"


def test_a_keyword_that_never_was_one_is_refused_with_the_nearest():
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'retry_polcy' \(did you mean 'retry_policy'"):
        StateGraph(State).add_node("a", log("a"), retry_polcy=None)
