"""`inspect`: as text, as a record, and its widgets without a browser."""

import asyncio

import ipywidgets as widgets
import pytest

import hilnb
from hilnb import START, Command, MemorySaver, StateGraph
from hilnb.widgets import past
from hilnb.widgets.inspector import Inspector
from tests.test_timeline import THREAD, Trip, answered, answered_anew, ask, plan


@pytest.fixture
def inspector():
    """The widgets of a thread on which yes was answered; nothing is displayed."""
    made = Inspector(hilnb.inspect(answered("yes"), "1"))
    made.show_in(widgets.VBox())
    return made


def labels(button_row):
    return [button.description for button in button_row if button.layout.display != "none"]


def shown(inspector):
    return inspector._moment.value


def test_printed_it_is_a_table_of_what_happened():
    graph = answered("yes")
    answered_anew(graph, "no")

    text = str(hilnb.inspect(graph, "1"))

    assert text.splitlines()[0] == "Thread '1': 8 moments on 2 branches"
    assert "   5  after book; the end (branch 1)\n      booked: True" in text
    assert "   8  after book; the end (branch 2)\n      booked: False" in text
    assert "ask asked 'Book it?' and was answered 'no'" in text


def test_an_async_graph_is_looked_at_too():
    async def slow(state):
        return {"city": "Oslo"}

    graph = StateGraph(Trip).add_node(slow).add_edge(START, "slow").compile(checkpointer=MemorySaver())
    asyncio.run(graph.ainvoke({}, THREAD))

    assert "after slow; the end" in str(hilnb.inspect(graph, "1"))


@pytest.mark.parametrize(
    ("thread", "said"),
    [("nobody", "nothing is saved under this id"), ({"configurable": {}}, "which thread")],
)
def test_a_thread_that_is_not_there_is_refused(thread, said):
    with pytest.raises(ValueError, match=said):
        hilnb.inspect(answered(), thread)


def test_text_of_a_state_is_escaped():
    graph = answered("<img src=x onerror=alert(1)>")

    static = past.as_html(hilnb.inspect(graph, "1").timeline, "1")

    assert "<img src=x" not in static
    assert "&lt;img src=x onerror=alert(1)&gt;" in static


def test_the_slider_and_its_buttons_go_through_the_moments(inspector):
    assert "After book; the end" in shown(inspector)
    assert inspector._forth.disabled

    inspector._back.click()
    inspector._back.click()

    assert "After plan; ask asked" in shown(inspector)
    assert ">yes<" in shown(inspector)
    inspector._slider.value = 1
    assert inspector._back.disabled


def test_at_the_end_there_is_nothing_to_go_on_with(inspector):
    assert labels([inspector._on, inspector._edit]) == ["Change the state…"]


def test_a_question_is_asked_again_and_both_branches_stand_side_by_side(inspector):
    inspector._slider.value = 3
    assert inspector._on.description == "Ask again from here"

    inspector._on.click()
    run = inspector._of.run
    run.submit("no")
    run.wait_until_standing()
    inspector.read_again()

    columns = inspector._columns.value
    assert "was answered &#x27;yes&#x27;" in columns
    assert "was answered &#x27;no&#x27;" in columns
    assert "booked: True → False" in columns
    assert run.state["booked"] is False


def test_a_changed_state_is_looked_at_and_can_be_gone_on_from(inspector):
    inspector._slider.value = 3
    inspector.change({"city": "Rome"})
    inspector.read_again(go_to_the_end=True)

    assert "city: &#x27;Oslo&#x27; → &#x27;Rome&#x27;" in shown(inspector)
    assert inspector._compare.layout.display is None


def test_what_cannot_be_taken_is_said_and_nothing_is_changed(inspector):
    inspector._slider.value = 3
    before = len(inspector.timeline.moments)

    inspector._past.edit({"no_such_key": 1}, lambda: pytest.fail("it was taken"))

    assert inspector._past.edit_refused
    assert len(inspector.timeline.moments) == before


def test_a_graph_inside_a_node_can_be_looked_into():
    inner = StateGraph(Trip).add_sequence([plan, ask]).add_edge(START, "plan").compile()
    graph = StateGraph(Trip).add_node("inner", inner).add_edge(START, "inner").compile(checkpointer=MemorySaver())
    graph.invoke({"city": "?"}, THREAD)
    graph.invoke(Command(resume="yes"), THREAD)
    outer = Inspector(hilnb.inspect(graph, "1"))
    outer.show_in(widgets.VBox())
    outer._slider.value = 2
    assert outer._inside.description == "Look inside inner"

    outer._inside.click()

    (nested,) = outer._onward.children
    assert any("After ask; the end" in str(getattr(widget, "value", "")) for widget in _all(nested))


def _all(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _all(child)
