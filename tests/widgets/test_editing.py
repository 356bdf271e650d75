"""The state of a run that stands, edited by a person."""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

import pytest

from hilnb import START, Command, MemorySaver, StateGraph, interrupt
from hilnb.widgets.editing import Editor, editable
from hilnb.widgets.question import NothingAskedError
from hilnb.widgets.session import Run

THREAD = {"configurable": {"thread_id": "1"}}


class State(TypedDict):
    city: str
    said: Annotated[list[str], operator.add]
    other: Any


def travel(state):
    if state["city"] == "Rom":
        raise ValueError("no such city")
    return {"said": ["there"]}


def ask(state):
    return {"said": [interrupt(f"Go to {state['city']}?")]}


def failed(engine="hilnb", node=travel):
    make, saver = StateGraph, MemorySaver
    if engine == "langgraph":
        from langgraph.checkpoint.memory import InMemorySaver as saver
        from langgraph.graph import StateGraph as make
    graph = make(State).add_node("node", node).add_edge(START, "node").compile(checkpointer=saver())
    run = Run(graph, THREAD, do=lambda leg: leg())
    run.start({"city": "Rom", "said": ["off"], "other": (1, 2)})
    return run


def opened(run):
    editor = Editor(run, lambda: None)
    run.changed = lambda entry: editor.paint()
    editor.toggle()
    return editor


def area(editor, key):
    return editor._fields[key]._area


@pytest.mark.parametrize("engine", ["hilnb", "langgraph"])
def test_what_is_edited_replaces_what_was_there_and_the_run_goes_on_with_it(engine):
    run = failed(engine)
    editor = opened(run)
    area(editor, "city").value = '"Rome"'
    area(editor, "said").value = '["on"]'

    editor._press_save()

    assert (run.status, run.stopped_before, run.error) == ("stopped", ("node",), None)
    assert (run.state["city"], run.state["said"]) == ("Rome", ["on"])
    assert "city: 'Rom' → 'Rome'" in str(run)
    run.retry()
    assert run.state["said"] == ["on", "there"]


def test_a_key_that_langgraph_keeps_as_its_changes_is_replaced_too():
    from langgraph.channels import DeltaChannel
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import StateGraph as Theirs

    channel = DeltaChannel(lambda said, writes: [*said, *(each for write in writes for each in write)])
    growing = TypedDict("growing", {"said": Annotated[list, channel]})  # noqa: UP013 - the channel is in no module
    builder = Theirs(growing).add_node("node", lambda state: {"said": ["there"]}).add_edge(START, "node")
    run = Run(builder.compile(checkpointer=InMemorySaver()), THREAD, do=lambda leg: leg(), stepping=True)
    run.start({"said": ["off"]})

    run.edit({"said": ["on"]})
    assert run.state["said"] == ["on"]
    run.retry()

    assert run.state["said"] == ["on", "there"]


def test_what_json_cannot_say_is_shown_and_has_no_box():
    editor = opened(failed())

    assert set(editor._fields) == {"city", "said"}
    assert "other (not JSON" in editor.box.children[2].value


def test_what_is_not_json_is_said_beside_its_box_and_nothing_is_saved():
    run = failed()
    editor = opened(run)
    area(editor, "city").value = "Rome"
    area(editor, "said").value = '["on"]'

    editor._press_save()

    assert "This is not JSON" in editor._fields["city"]._message.value
    assert (run.status, run.state["said"], area(editor, "city").value) == ("failed", ["off"], "Rome")


def test_what_the_graph_refuses_is_said_and_what_was_typed_stays():
    run = failed()
    run.graph.update_state = lambda *args: (_ for _ in ()).throw(ValueError("refused"))
    editor = opened(run)
    area(editor, "city").value = '"Rome"'

    editor._press_save()

    assert "ValueError: refused" in editor._message.value
    assert (run.status, str(run.error), area(editor, "city").value) == ("failed", "no such city", '"Rome"')


def test_what_was_typed_is_there_again_when_the_editor_was_closed():
    editor = opened(failed())
    area(editor, "city").value = '"Ro'

    editor.toggle()
    editor.toggle()

    assert area(editor, "city").value == '"Ro'


def test_saving_nothing_says_so():
    editor = opened(failed())

    editor._press_save()

    assert "Nothing was changed." in editor._message.value


def test_an_open_question_is_asked_again_with_the_new_state():
    run = failed(node=ask)
    editor = opened(run)
    area(editor, "city").value = '"Bari"'

    editor._press_save()

    assert run.headline == "node asks 'Go to Bari?'"
    run.submit("yes")
    assert run.state["said"] == ["off", "yes"]


def test_a_way_chosen_by_a_command_is_still_taken_after_an_edit():
    def choose(state):
        return Command(goto="node", update={"said": ["chosen"]})

    builder = StateGraph(State).add_node(choose, destinations=("node",)).add_node("node", travel)
    run = Run(builder.add_edge(START, "choose").compile(checkpointer=MemorySaver()), THREAD, do=lambda leg: leg())
    run.start({"city": "Rom", "said": []})

    run.edit({"city": "Rome"})

    assert run.headline == "stopped before node"
    run.retry()
    assert run.state["said"] == ["chosen", "there"]


def test_a_run_that_does_not_stand_cannot_be_edited():
    run = failed(node=ask)
    run.submit("yes")

    with pytest.raises(NothingAskedError, match=r"edit\(\) is for a run that stands; .*: finished>"):
        run.edit({"city": "Bari"})


@pytest.mark.parametrize("value", [(1,), {1: 2}, float("nan"), {1, 2}, object(), b"x"])
def test_a_value_that_would_come_back_as_something_else_is_not_editable(value):
    assert editable(value) is None
