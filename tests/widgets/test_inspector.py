"""`inspect`: as text, as a record, and its widgets without a browser."""

import asyncio
from typing import TypedDict

import ipywidgets as widgets
import pytest

import hilnb
from hilnb import START
from hilnb.widgets import past
from hilnb.widgets.inspector import Inspector
from tests.engines import names_of
from tests.test_timeline import THREAD, Trip, answered, answered_anew, asking, plan


@pytest.fixture
def inspector(engine):
    """The widgets of a thread on which yes was answered; nothing is displayed."""
    return looked_at(engine)


def looked_at(engine):
    made = Inspector(hilnb.inspect(answered(engine, "yes"), "1"))
    made.show_in(widgets.VBox())
    return made


def labels(button_row):
    return [button.description for button in button_row if button.layout.display != "none"]


def shown(inspector):
    return inspector._moment.value


def test_printed_it_is_a_table_of_what_happened(engine):
    graph = answered(engine, "yes")
    answered_anew(engine, graph, "no")

    text = str(hilnb.inspect(graph, "1"))

    assert text.splitlines()[0] == "Thread '1': 8 moments on 2 branches"
    assert "   5  after book; the end (branch 1)\n      booked: True" in text
    assert "   8  after book; the end (branch 2)\n      booked: False" in text
    assert "ask asked 'Book it?' and was answered 'no'" in text


def test_an_async_graph_is_looked_at_too(engine):
    async def slow(state):
        return {"city": "Oslo"}

    graph = engine.StateGraph(Trip).add_node(slow).add_edge(START, "slow").compile(checkpointer=engine.MemorySaver())
    asyncio.run(graph.ainvoke({}, THREAD))

    assert "after slow; the end" in str(hilnb.inspect(graph, "1"))


@pytest.mark.parametrize(
    ("thread", "said"),
    [("nobody", "nothing is saved under this id"), ({"configurable": {}}, "which thread")],
)
def test_a_thread_that_is_not_there_is_refused(engine, thread, said):
    with pytest.raises(ValueError, match=said):
        hilnb.inspect(answered(engine), thread)


def test_text_of_a_state_is_escaped(engine):
    graph = answered(engine, "<img src=x onerror=alert(1)>")

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


def test_a_question_that_is_still_open_is_answered_and_not_asked_anew(engine):
    graph = answered(engine)
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


def test_another_way_is_gone_with_the_callers_own_config(engine):
    users = []

    def note(state, config):
        users.append(config["configurable"]["user"])

    graph = (
        engine.StateGraph(Trip)
        .add_sequence([note, asking(engine)])
        .add_edge(START, "note")
        .compile(checkpointer=engine.MemorySaver())
    )
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


def test_a_moment_says_which_node_started_again_and_why_where_that_is_kept():
    inspector = looked_at(names_of("hilnb"))
    inspector._slider.value = 4

    assert "ask started twice in step 2: it began, then it was answered &#x27;yes&#x27;." in shown(inspector)
    inspector._slider.value = 2
    assert "started twice" not in shown(inspector)


def test_each_of_several_calls_of_a_nested_graph_can_be_looked_into(engine):
    inner = engine.StateGraph(Trip).add_node(plan).add_edge(START, "plan").compile()
    builder = engine.StateGraph(Trip).add_node("inner", inner)
    builder.add_conditional_edges(
        START, lambda state: [engine.Send("inner", {"city": city}) for city in ("Bari", "Rome")]
    )
    graph = builder.compile(checkpointer=engine.MemorySaver())
    with pytest.raises(Exception, match="city"):  # both want to say which city it is
        graph.invoke({"city": "?"}, THREAD)

    inside = hilnb.inspect(graph, "1").timeline.moments[-1].inside

    assert [name for name, _ in inside] == ["inner 1", "inner 2"]
    first, second = (hilnb.inspect(graph, config).timeline.moments[1].values["city"] for _, config in inside)
    assert (first, second) == ("Bari", "Rome")


def test_what_cannot_be_taken_is_said_and_nothing_is_changed():
    inspector = looked_at(names_of("hilnb"))  # LangGraph drops a key that it does not know
    inspector._slider.value = 3
    before = len(inspector.timeline.moments)

    inspector._past.edit({"no_such_key": 1}, lambda: pytest.fail("it was taken"))

    assert inspector._past.edit_refused
    assert len(inspector.timeline.moments) == before


def test_a_graph_inside_a_node_can_be_looked_into(engine):
    inner = engine.StateGraph(Trip).add_sequence([plan, asking(engine)]).add_edge(START, "plan").compile()
    graph = (
        engine.StateGraph(Trip)
        .add_node("inner", inner)
        .add_edge(START, "inner")
        .compile(checkpointer=engine.MemorySaver())
    )
    graph.invoke({"city": "?"}, THREAD)
    graph.invoke(engine.Command(resume="yes"), THREAD)
    outer = Inspector(hilnb.inspect(graph, "1"))
    outer.show_in(widgets.VBox())
    outer._slider.value = 2
    assert outer._inside.options[1][0] == "inner"

    outer._inside.value = 0

    (nested,) = outer._within.children
    assert any("After ask, because of an answer; the end" in str(getattr(each, "value", "")) for each in _all(nested))


@pytest.mark.parametrize("kind", [None, True])
def test_what_was_asked_and_told_in_a_graph_inside_is_seen_around_it_too(engine, kind):
    inner = engine.StateGraph(Trip).add_node("ask", asking(engine)).add_edge(START, "ask").compile(checkpointer=kind)
    builder = engine.StateGraph(Trip).add_node("inner", inner).add_edge(START, "inner")
    graph = builder.compile(checkpointer=engine.MemorySaver())
    graph.invoke({"city": "?"}, THREAD)
    graph.invoke(engine.Command(resume="yes"), THREAD)

    outside = hilnb.inspect(graph, "1")
    (_, config), *_ = outside.timeline.moments[1].inside

    assert "inner asked 'Book it?' and was answered 'yes'" in str(outside)
    assert "ask asked 'Book it?' and was answered 'yes'" in str(hilnb.inspect(graph, config))


def test_where_nothing_is_kept_of_a_graph_inside_that_is_said(engine):
    inner = engine.StateGraph(Trip).add_node("ask", asking(engine)).add_edge(START, "ask").compile()
    builder = engine.StateGraph(Trip).add_node("inner", inner).add_edge(START, "inner")
    graph = builder.compile(checkpointer=engine.MemorySaver(), interrupt_before=["inner"])
    graph.invoke({"city": "?"}, THREAD)
    outer = Inspector(hilnb.inspect(graph, "1"))
    outer.show_in(widgets.VBox())

    outer._inside.value = 0

    (said,) = outer._within.children
    assert "Nothing is kept of this graph" in said.value


def asked_about(engine, value, answer, schema=None):
    """The text and the moment of a thread that was asked this."""

    def ask(state):
        return {"approved": str(engine.interrupt(value, response_schema=schema))}

    builder = engine.StateGraph(Trip).add_node(ask).add_edge(START, "ask")
    graph = builder.compile(checkpointer=engine.MemorySaver())
    graph.invoke({"city": "?"}, THREAD)
    graph.invoke(engine.Command(resume=answer), THREAD)
    inspection = hilnb.inspect(graph, "1")
    return str(inspection), past.moment_html(inspection.timeline, 1)


def test_an_approval_is_told_in_words(engine):
    wanted = {"name": "send_mail", "args": {"to": "Ann"}}
    asked = {
        "action_requests": [wanted],
        "review_configs": [{"action_name": "send_mail", "allowed_decisions": ["approve", "reject"]}],
    }

    text, moment = asked_about(engine, asked, {"decisions": [{"type": "reject", "message": "not now"}]})

    assert """ask asked send_mail { "to": "Ann" } and was answered send_mail: rejected, because: not now""" in text
    assert "send_mail: rejected, because: not now" in moment
    assert "action_requests" not in moment


def test_a_password_is_not_told(engine):
    text, moment = asked_about(engine, "Password?", "open sesame", {"type": "string", "format": "password"})

    assert "ask asked" in text
    assert "‹masked›" in moment
    assert "sesame" not in text.partition("after ask")[0] + moment.partition("The whole state")[0]


class Context(TypedDict):
    city: str


def test_what_goes_on_from_here_finds_the_callers_context(engine):
    def note(state, runtime):
        return {"city": runtime.context["city"]}

    note.__annotations__["runtime"] = engine.Runtime
    builder = engine.StateGraph(Trip, context_schema=Context).add_node(note).add_edge(START, "note")
    graph = builder.compile(checkpointer=engine.MemorySaver())
    graph.invoke({"city": "?"}, THREAD, context={"city": "Oslo"})
    inspection = hilnb.inspect(graph, "1", context={"city": "Rome"})

    run = inspection.run_from(1)
    inspection.begin(run, 1)
    run.wait_until_standing()

    assert run.state["city"] == "Rome"


def _all(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _all(child)
