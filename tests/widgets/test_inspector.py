"""`inspect`: as text, as a record, and its widgets without a browser."""

import asyncio

import ipywidgets as widgets
import pytest
from langgraph.checkpoint.memory import InMemorySaver as TheirSaver
from langgraph.graph import StateGraph as Theirs

import hilnb
from hilnb import START, Command, MemorySaver, Send, StateGraph
from hilnb.errors import InvalidUpdateError
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


def test_another_librarys_graph_is_refused():
    builder = Theirs(Trip)
    builder.add_node("plan", plan)
    builder.add_edge(START, "plan")

    with pytest.raises(TypeError, match=r"the saver of this one is another library's \(InMemorySaver\)"):
        hilnb.inspect(builder.compile(checkpointer=TheirSaver()), "1")


def test_text_of_a_state_is_escaped():
    graph = answered("<img src=x onerror=alert(1)>")

    static = past.as_html(hilnb.inspect(graph, "1").timeline, "Thread '1'")

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
    inspector._of.change(2, {"city": "Rome"})
    inspector.read_again(go_to_the_end=True)

    assert "city: &#x27;Oslo&#x27; → &#x27;Rome&#x27;" in shown(inspector)
    assert inspector._compare.layout.display is None


def typed(inspector, key):
    return inspector._editor._fields[key]._area


def test_a_double_click_begins_one_branch(inspector):
    inspector._slider.value = 3

    inspector._on.click()
    inspector._on.click()
    inspector._of.run.wait_until_standing()
    inspector.read_again()

    assert len(inspector.timeline.branches) == 2


def test_a_question_that_is_still_open_is_answered_and_not_asked_anew():
    graph = answered()
    inspector = Inspector(hilnb.inspect(graph, "1"))
    inspector.show_in(widgets.VBox())
    assert inspector._on.description == "Answer"

    inspector._on.click()
    run = inspector._of.run
    run.submit("yes")
    run.wait_until_standing()
    inspector.read_again()

    assert run.state["booked"] is True
    assert len(inspector.timeline.branches) == 1


def test_another_way_is_gone_with_the_callers_own_config():
    users = []

    def note(state, config):
        users.append(config["configurable"]["user"])

    graph = StateGraph(Trip).add_sequence([note, ask]).add_edge(START, "note").compile(checkpointer=MemorySaver())
    own = {"configurable": {"thread_id": "1", "user": "Ann"}}
    graph.invoke({"city": "?"}, own)
    inspection = hilnb.inspect(graph, own)

    run = inspection.run_from(1)
    inspection.begin(run, 1)
    run.wait_until_standing()

    assert users == ["Ann", "Ann"]


def test_the_editor_shows_the_state_of_the_moment_that_is_looked_at(inspector):
    inspector._slider.value = 2
    inspector._edit.click()
    assert typed(inspector, "city").value == '"?"'

    inspector._slider.value = 3

    assert typed(inspector, "city").value == '"Oslo"'


def test_what_is_typed_stays_and_is_saved_at_the_moment_it_was_typed_for(inspector):
    inspector._slider.value = 3
    inspector._edit.click()
    typed(inspector, "city").value = '"Rome"'

    inspector._slider.value = 2
    assert "belongs to moment 3" in inspector._hint.value
    inspector._editor._save.click()

    changed = inspector.timeline.moments[-1]
    assert changed.values == {"city": "Rome"}
    assert changed.parent == inspector.timeline.moments[2].id


def test_a_form_stays_when_another_branch_begins(inspector):
    inspector._slider.value = 3
    inspector._on.click()
    inspector._of.run.wait_until_standing()
    inspector._pressed = 0.0  # a while ago

    inspector._on.click()
    inspector._of.run.wait_until_standing()

    assert len(inspector._onward.children) == 2


def test_a_moment_says_which_node_started_again_and_why(inspector):
    inspector._slider.value = 4

    assert "ask started twice in step 2: it began, then it was answered &#x27;yes&#x27;." in shown(inspector)
    inspector._slider.value = 2
    assert "started twice" not in shown(inspector)


def test_each_of_several_calls_of_a_nested_graph_can_be_looked_into():
    inner = StateGraph(Trip).add_node(plan).add_edge(START, "plan").compile()
    builder = StateGraph(Trip).add_node("inner", inner)
    builder.add_conditional_edges(START, lambda state: [Send("inner", {"city": city}) for city in ("Bari", "Rome")])
    graph = builder.compile(checkpointer=MemorySaver())
    with pytest.raises(InvalidUpdateError):  # both want to say which city it is
        graph.invoke({"city": "?"}, THREAD)

    inside = hilnb.inspect(graph, "1").timeline.moments[-1].inside

    assert [name for name, _ in inside] == ["inner 1", "inner 2"]
    first, second = (hilnb.inspect(graph, config).timeline.moments[1].values["city"] for _, config in inside)
    assert (first, second) == ("Bari", "Rome")


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
    assert outer._inside.options[1][0] == "inner"

    outer._inside.value = 0

    (nested,) = outer._within.children
    assert any("After ask, because of an answer; the end" in str(getattr(each, "value", "")) for each in _all(nested))


def _all(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _all(child)
