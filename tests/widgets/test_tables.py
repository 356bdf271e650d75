"""Questions of the same form in one table: which they are, how they are sorted, ticked and answered together."""

from __future__ import annotations

import operator
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypedDict

import pytest
from pydantic import BaseModel

from hilnb import START, Command, Interrupt, MemorySaver, SqliteSaver, StateGraph, interrupt, pending, record, replay
from hilnb.engines.event_loop import wait_on_event_loop
from hilnb.schemas import NOTHING
from hilnb.waiting import Waiting
from hilnb.widgets.at_most import AtMost
from hilnb.widgets.inbox import AT_ONCE, Inbox
from hilnb.widgets.question import Question
from hilnb.widgets.row import GONE
from hilnb.widgets.rows import A_PAGE
from hilnb.widgets.steps import Work
from hilnb.widgets.tables import form_of, in_order, table_of
from hilnb.widgets.waiting_list import Pending
from tests.compat.libraries import Library


class State(TypedDict):
    n: int
    said: Annotated[list, operator.add]


def inline(leg):
    leg()


class Threads:
    """Does each piece of work in a thread of its own, and waits for all of them."""

    def __init__(self):
        self._begun = []

    def __call__(self, work):
        thread = threading.Thread(target=work, daemon=True)
        self._begun.append(thread)
        thread.start()

    def wait(self):
        for thread in self._begun:  # grows meanwhile
            thread.join(30)
            assert not thread.is_alive()


def call(n, tool="send", allowed=("approve", "edit", "reject"), **args):
    request = {"name": tool, "args": {"to": f"person {n}", **args}}
    return {
        "action_requests": [request],
        "review_configs": [{"action_name": tool, "allowed_decisions": list(allowed)}],
    }


def decided(answer):
    return [each["type"] for each in answer["decisions"]]


def asking(question, then=lambda state: None, saver=None, library=None):
    """A graph whose node asks `question(n)` and keeps the answer, and what may follow."""
    library = library or Library("hilnb")

    def ask(state):
        return {"said": [library.interrupt(question(state["n"]))]}

    builder = library.StateGraph(State).add_node("ask", ask).add_node("then", then)
    builder.add_edge(library.START, "ask").add_edge("ask", "then")
    return builder.compile(checkpointer=saver or library.MemorySaver())


def config(thread):
    return {"configurable": {"thread_id": str(thread)}}


def begun(graph, threads):
    for n in range(threads):
        graph.invoke({"n": n, "said": []}, config(n))
    return graph


def said(graph, thread):
    return graph.get_state(config(thread)).values["said"]


def table_in(graph, do=inline):
    inbox = Inbox(pending(graph), do)
    [table] = inbox.tables.values()
    return inbox, table


def tick(table, *threads):
    for thread in threads:
        table.by_thread[str(thread)].tick.value = True


def states(table):
    return {thread: row.listed.went for thread, row in table.by_thread.items()}


def kept(inbox):
    """What the notebook keeps of the list: HTML, and text."""
    left = []
    inbox._keep = lambda static, text: left.append((static, text))
    inbox.leave_record()
    return left[-1]


# ── which questions have the same form ────────────────────────────────────────────────────────────────────────────────


def test_calls_of_one_tool_stand_in_one_table_with_a_column_for_each_argument():
    questions = [Question(f"{n}", "ask", call(n, **more)) for n, more in enumerate([{"copies": 2}, {"cc": ["Bo"]}])]

    table = table_of(questions)

    assert len({form_of(question) for question in questions}) == 1
    assert (table.tool, table.columns) == ("send", ("to", "copies", "cc"))
    assert table.cells(questions[1]) == ("person 1", NOTHING, ["Bo"])


def test_arguments_that_are_too_many_for_columns_stand_in_one():
    question = Question("1", "ask", call(1, a=1, b=2, c=3, d=4, e=5))

    table = table_of([question])

    assert table.columns == ("Arguments",)
    assert table.cells(question) == ({"to": "person 1", "a": 1, "b": 2, "c": 3, "d": 4, "e": 5},)


class Order(BaseModel):
    number: int


ELICITATION = {
    "type": "mcp_elicitation",
    "requests": [{"key": "k", "mode": "url", "message": "Sign in", "url": "https://example.org"}],
}


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Polite?", "Good?", True),
        (call(1), call(2), True),
        (call(1), call(2, tool="look"), False),
        (call(1), call(2, allowed=["approve"]), False),
        (call(1), "Good?", False),
        ({"draft": "a"}, {"draft": "b"}, True),
        ({"draft": "a"}, {"letter": "b"}, False),
        ({"question": "a?", "options": [1, 2]}, {"question": "b?", "options": [1, 2]}, True),
        ({"question": "a?", "options": [1, 2]}, {"question": "a?", "options": [1, 3]}, False),
    ],
)
def test_what_has_the_same_form(one, other, is_same):
    forms = [form_of(Question(f"{place}", "ask", value)) for place, value in enumerate((one, other))]

    assert (forms[0] == forms[1]) == is_same


def test_other_nodes_and_other_schemas_are_other_forms():
    schema = Order.model_json_schema()
    forms = [
        form_of(Question("1", "ask", "Which?")),
        form_of(Question("1", "other", "Which?")),
        form_of(Question("1", "ask", "Which?", schema)),
        form_of(Question("1", "ask", "Which?", {"type": "integer"})),
    ]

    assert len(set(forms)) == 4


def test_an_address_and_a_call_that_can_only_be_edited_are_answered_one_by_one():
    assert form_of(Question("1", "ask", ELICITATION)) is None
    assert form_of(Question("1", "ask", call(1, allowed=["edit", "respond"]))) is None


def test_one_of_its_form_a_thread_with_two_questions_and_one_of_another_graph_stand_in_no_table():
    saver = MemorySaver()
    inbox = Inbox(pending(begun(asking(lambda n: "Good?" if n else {"draft": n}, saver=saver), 3)), inline)
    other = StateGraph(State).add_node("elsewhere", lambda state: interrupt("Good?")).add_edge(START, "elsewhere")
    for n in (7, 8):
        other.compile(checkpointer=saver).invoke({"n": n, "said": []}, config(n))

    inbox.refresh.click()

    [table] = inbox.tables.values()
    assert list(table.by_thread) == ["1", "2"]
    assert [row.listed.thread for row in inbox.rows] == ["1", "2", "0", "7", "8"]


# ── answering together ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["hilnb", "langgraph"])
def found_in(request):
    """The list of the waiting threads of a graph of hilnb's or of LangGraph's."""

    def found(question, threads, then=lambda state: None):
        graph = begun(asking(question, then, library=Library(request.param)), threads)
        waiting = []
        for n in range(threads):
            [asked] = graph.get_state(config(n)).interrupts
            ours = Interrupt(asked.value, asked.id, ns=["ask:1"])
            waiting.append(Waiting(f"{n}", datetime(2026, 5, 1, tzinfo=UTC), (ours,)))
        return Pending(waiting, graph.checkpointer, graph, datetime(2026, 5, 1, tzinfo=UTC))

    return found


def test_three_of_five_are_approved_each_in_its_own_thread(found_in):
    inbox = Inbox(found_in(call, 5), inline)
    [table] = inbox.tables.values()
    tick(table, 0, 2, 4)
    assert table.bar.approve.description == "Approve the ticked (3)"

    table.bar.approve.click()

    answers = {n: [decided(each) for each in said(inbox._found.graph, n)] for n in range(5)}
    assert answers == {0: [["approve"]], 1: [], 2: [["approve"]], 3: [], 4: [["approve"]]}
    assert states(table) == {
        **dict.fromkeys(("0", "2", "4"), "approved · finished"),
        **dict.fromkeys(("1", "3"), ""),
    }
    assert "2 threads wait" in inbox._head.value
    assert table.bar.approve.disabled


def test_what_is_rejected_is_told_the_one_reason(found_in):
    inbox = Inbox(found_in(call, 3), inline)
    [table] = inbox.tables.values()
    tick(table, 0, 1)
    table.bar.reason.value = "  not today "

    table.bar.reject.click()

    told = [each["decisions"] for n in range(3) for each in said(inbox._found.graph, n)]
    assert told == [[{"type": "reject", "message": "not today"}]] * 2
    assert table.bar.reason.value == "  not today "
    assert states(table)["0"] == "rejected, because: not today · finished"


def test_one_that_fails_stops_no_other(found_in):
    def then(state):
        if state["n"] == 1:
            raise ValueError("no mail server")

    inbox = Inbox(found_in(call, 3, then), inline)
    [table] = inbox.tables.values()
    table.tick_all.value = True

    table.bar.approve.click()

    assert states(table) == {
        "0": "approved · finished",
        "1": "approved · failed in then: ValueError: no mail server",
        "2": "approved · finished",
    }
    assert table.by_thread["1"].tick.disabled


def test_one_answer_is_given_to_all_that_are_ticked(found_in):
    inbox = Inbox(found_in(lambda n: f"Is letter {n} good?", 3), inline)
    [table] = inbox.tables.values()
    tick(table, 0, 2)
    table.bar.field.control.value = "yes"

    table.bar.answer.click()

    assert [said(inbox._found.graph, n) for n in range(3)] == [["yes"], [], ["yes"]]
    assert states(table) == {"0": "yes · finished", "1": "", "2": "yes · finished"}


def test_a_choice_and_a_form_are_filled_in_once():
    def ask(state):
        city = {"question": f"City {state['n']}?", "options": ["Rome", "Oslo"]}
        order = interrupt("Which?", response_schema=Order) if state["n"] < 2 else interrupt(city)
        return {"said": [order]}

    graph = StateGraph(State).add_node(ask).add_edge(START, "ask").compile(checkpointer=MemorySaver())
    inbox = Inbox(pending(begun(graph, 4)), inline)
    orders, cities = inbox.tables.values()
    for table in (orders, cities):
        table.tick_all.value = True

    orders.bar.field.root.inputs[0].value = "7"
    orders.bar.answer.click()
    cities.bar.field.control.index = 1
    cities.bar.answer.click()

    assert [said(graph, n) for n in range(4)] == [[Order(number=7)], [Order(number=7)], ["Oslo"], ["Oslo"]]


def test_an_answer_that_is_missing_or_wrong_is_said_before_anything_is_sent():
    graph = begun(asking(lambda n: "Good?"), 2)
    _, table = table_in(graph)
    table.tick_all.value = True

    table.bar.answer.click()

    assert "Type an answer first." in table.bar.message.value
    assert [said(graph, n) for n in range(2)] == [[], []]
    assert len(table.ticked) == 2


def test_what_a_node_does_with_its_answer_no_other_thread_sees(found_in):
    def then(state):
        state["said"][0]["seen by"].append(state["n"])
        return {"said": [len(state["said"][0]["seen by"])]}

    inbox = Inbox(found_in(lambda n: {"draft": n}, 2, then), inline)
    [table] = inbox.tables.values()
    table.tick_all.value = True
    table.bar.field.control.value = '{"seen by": []}'

    table.bar.answer.click()

    assert [said(inbox._found.graph, n)[1] for n in range(2)] == [1, 1]


def test_enter_in_the_reason_rejects():
    graph = begun(asking(call), 2)
    _, table = table_in(graph)
    tick(table, 1)
    table.bar.reason.value = "no"

    table.bar.reason._handle_custom_msg({"event": "submit"}, [])

    assert [decided(each) for each in said(graph, 1)] == [["reject"]]
    assert said(graph, 0) == []


def test_a_double_click_sends_once():
    graph = begun(asking(call), 3)
    _, table = table_in(graph)
    tick(table, 1)

    table.bar.approve.click()
    table.bar.approve.click()

    assert len(said(graph, 1)) == 1
    assert "Sent to 1 thread." in table.bar.message.value


def test_only_what_all_of_the_questions_allow_is_offered():
    _, table = table_in(begun(asking(lambda n: call(n, allowed=["approve", "edit"])), 2))

    assert list(table.bar._row.children) == [table.bar.approve]


def test_a_row_is_edited_in_its_own_form_below_it():
    graph = begun(asking(call), 3)
    _, table = table_in(graph)
    row = table.by_thread["1"]
    row.toggle()
    [question] = row.run.questions
    edited = {"type": "edit", "edited_action": {"name": "send", "args": {"to": "Ann"}}}

    row.run.answer(question, {"decisions": [edited]})

    assert said(graph, 1) == [{"decisions": [edited]}]
    assert row.listed.went.startswith("edited, to run as send")
    assert row.listed.went.endswith(" · finished")
    assert list(table._grid.children).index(row.place) == list(table._grid.children).index(row._button) + 1


def test_a_question_answered_elsewhere_meanwhile_is_not_answered_again(found_in):
    inbox = Inbox(found_in(call, 3), inline)
    [table] = inbox.tables.values()
    graph = inbox._found.graph
    command = Command if isinstance(graph.checkpointer, MemorySaver) else Library("langgraph").Command
    graph.invoke(command(resume={"decisions": [{"type": "reject"}]}), config(1))
    table.tick_all.value = True

    table.bar.approve.click()

    assert [decided(each) for each in said(graph, 1)] == [["reject"]]
    assert states(table) == {"0": "approved · finished", "1": GONE, "2": "approved · finished"}


def test_an_answer_that_another_run_was_quicker_with_says_so():
    graph = begun(asking(call), 2)
    _, table = table_in(graph)
    row = table.by_thread["1"]
    row.toggle()  # it has looked, and knows the question
    graph.invoke(Command(resume={"decisions": [{"type": "reject"}]}), config(1))
    tick(table, 1)

    table.bar.approve.click()

    assert [decided(each) for each in said(graph, 1)] == [["reject"]]
    assert row.listed.went == GONE


def test_a_thread_that_asks_something_else_by_now_is_not_answered_unseen():
    """A question may keep its id, too: releases of LangGraph before 1.2.20 have one for all questions of a task."""
    graph = begun(asking(call), 2)
    seen = [
        Waiting(f"{n}", datetime.now(UTC), (Interrupt(call("nobody"), asked.id, ns=["ask:1"]),))
        for n in range(2)
        for asked in graph.get_state(config(n)).interrupts
    ]
    inbox = Inbox(Pending(seen, graph.checkpointer, graph, datetime.now(UTC)), inline)
    [table] = inbox.tables.values()
    table.tick_all.value = True

    table.bar.approve.click()

    assert [said(graph, n) for n in range(2)] == [[], []]
    assert set(states(table).values()) == {GONE}


def test_the_next_question_of_the_same_form_takes_the_place_of_the_first():
    def ask(state):
        return {"said": [interrupt(call(state["n"])), interrupt(call(state["n"] + 10))]}

    graph = begun(StateGraph(State).add_node(ask).add_edge(START, "ask").compile(checkpointer=MemorySaver()), 2)
    _, table = table_in(graph)
    tick(table, 0)
    table.bar.approve.click()

    row = table.by_thread["0"]
    assert row.listed.cells == ("person 10",)
    assert row.listed.went == "approved · asks again"
    assert row.may_be_ticked
    assert not row.tick.value

    tick(table, 0)
    table.bar.reject.click()
    assert [decided(each) for each in said(graph, 0)] == [["approve"], ["reject"]]


def test_a_question_of_another_form_is_said_and_answered_in_the_row():
    def ask(state):
        return {"said": [interrupt(call(state["n"])), interrupt("How was it?")]}

    graph = begun(StateGraph(State).add_node(ask).add_edge(START, "ask").compile(checkpointer=MemorySaver()), 2)
    _, table = table_in(graph)
    tick(table, 0)
    table.bar.approve.click()
    row = table.by_thread["0"]

    assert row.listed.went == "approved · asks something else: How was it?"
    assert row.listed.cells == ("person 0",)
    assert row.tick.disabled

    row.toggle()
    row.run.submit("fine")
    assert said(graph, 0)[1] == "fine"


def test_an_answer_the_node_would_refuse_leaves_the_question_open():
    graph = begun(asking(call), 2)
    _, table = table_in(graph)
    row = table.by_thread["0"]
    row.toggle()
    row.run.questions[0].strict = True

    row.send(row.question, {"decisions": []}, inline)

    assert row.listed.went.startswith("Not used:")
    assert row.may_be_ticked


def test_a_thread_that_cannot_be_looked_at_may_be_tried_again(tmp_path):
    saver = SqliteSaver(tmp_path / "threads.sqlite")
    _, table = table_in(begun(asking(call, saver=saver), 2))
    tick(table, 0)
    saver.close()

    table.bar.approve.click()

    assert table.by_thread["0"].listed.went.startswith("Not sent: ")
    assert table.by_thread["0"].may_be_ticked


def test_async_nodes_are_answered_together_as_well():
    async def ask(state):
        return {"said": [interrupt(call(state["n"]))]}

    graph = StateGraph(State).add_node(ask).add_edge(START, "ask").compile(checkpointer=MemorySaver())
    for n in range(2):
        wait_on_event_loop(graph.ainvoke({"n": n, "said": []}, config(n)))
    _, table = table_in(graph)
    table.tick_all.value = True

    table.bar.approve.click()

    assert set(states(table).values()) == {"approved · finished"}


def test_two_hundred_threads_are_approved_and_no_more_than_eight_at_the_same_time():
    lock, now, most = threading.Lock(), set(), []

    def then(state):
        with lock:
            now.add(state["n"])
            most.append(len(now))
        with lock:
            now.discard(state["n"])

    graph, threads = begun(asking(call, then), 200), Threads()
    inbox, table = table_in(graph, threads)
    while table.unmade:
        table.show_more.click()
    table.tick_all.value = True
    assert table.bar.approve.description == "Approve the ticked (200)"

    table.bar.approve.click()
    threads.wait()

    assert set(states(table).values()) == {"approved · finished"}
    assert all(len(said(graph, n)) == 1 for n in range(200))
    assert max(most) <= AT_ONCE
    assert "No thread waits" in inbox._head.value


def test_work_is_held_back_until_other_work_has_ended_also_when_that_failed():
    begun_now, threads = [], []

    def do(work):
        threads.append(work)

    def steps(name):
        def play():
            begun_now.append(name)
            if name == "b":
                raise SystemExit
            yield from ()

        return Work(play)

    held = AtMost(do, 2)
    for name in "abc":
        held(steps(name))
    assert len(threads) == 2  # c waits

    with pytest.raises(SystemExit):
        threads[1]()
    assert len(threads) == 3
    for work in (threads[0], threads[2]):
        work()
    assert begun_now == ["b", "a", "c"]


def test_what_was_answered_together_is_written_down_and_replayed(tmp_path):
    file = tmp_path / "answers.yaml"
    recording = record(file)
    _, table = table_in(begun(asking(call), 3))
    tick(table, 0, 2)
    table.bar.approve.click()
    recording.close()

    graph = begun(asking(call), 3)
    with replay(file):
        left = pending(graph)

    assert [waiting.thread_id for waiting in left] == ["1"]
    assert [len(said(graph, n)) for n in range(3)] == [1, 0, 1]


# ── sorting, ticking, pages ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_click_on_a_head_sorts_and_another_one_turns_it_around():
    _, table = table_in(begun(asking(lambda n: call(n, copies=[30, 4, 100][n])), 3))
    copies = 2

    orders = []
    for _ in range(2):
        table.heads[copies].click()
        orders.append((list(table.by_thread), table.heads[copies].description))

    assert orders == [(["1", "0", "2"], "copies ↑"), (["2", "0", "1"], "copies ↓")]
    table.heads[0].click()
    assert (list(table.by_thread), table.heads[copies].description) == (["0", "1", "2"], "copies")
    table.heads[3].click()
    assert list(table.by_thread) == ["0", "1", "2"]  # as they were asked


def test_numbers_are_sorted_as_numbers_and_what_is_missing_stands_last_in_both_directions():
    values = ["b10", NOTHING, "B2", 3, True, 20, ["x"], "9" * 30]

    up = in_order(values, lambda each: each, downwards=False)

    assert up == [3, 20, "9" * 30, ["x"], "B2", "b10", True, NOTHING]
    assert in_order(values, lambda each: each, downwards=True) == [*up[:-1][::-1], NOTHING]


def test_rows_keep_what_was_done_in_them_when_they_are_sorted():
    graph = begun(asking(call), 3)
    _, table = table_in(graph)
    tick(table, 0)
    table.bar.approve.click()
    tick(table, 1)
    table.by_thread["2"].toggle()
    rows = dict(table.by_thread)

    for _ in range(2):
        table.heads[1].click()

    assert list(table.by_thread) == ["2", "1", "0"]
    assert all(table.by_thread[thread] is row for thread, row in rows.items())
    assert states(table)["0"] == "approved · finished"
    assert table.ticked == [rows["1"]]


def test_all_that_are_shown_are_ticked_and_no_more():
    graph = begun(asking(call), A_PAGE + 5)
    _, table = table_in(graph)

    table.tick_all.value = True
    assert len(table.ticked) == A_PAGE
    table.bar.approve.click()

    assert sum(bool(said(graph, n)) for n in range(A_PAGE + 5)) == A_PAGE
    assert table.show_more.description == "Show 5 more of 5"


def test_sorting_brings_others_onto_the_page_and_keeps_a_ticked_row_in_sight():
    _, table = table_in(begun(asking(call), A_PAGE + 5))
    tick(table, 0)

    for _ in range(2):
        table.heads[0].click()

    shown = list(table.by_thread)
    assert shown[:2] == [f"{A_PAGE + 4}", f"{A_PAGE + 3}"]
    assert shown[-1] == "0"
    assert len(shown) == A_PAGE + 1


def test_one_box_ticks_all_and_follows_the_others():
    _, table = table_in(begun(asking(call), 2))

    table.tick_all.value = True
    table.by_thread["0"].tick.value = False
    assert not table.tick_all.value
    table.by_thread["0"].tick.value = True
    assert table.tick_all.value
    table.tick_all.value = False

    assert table.ticked == []


def test_refresh_keeps_ticks_and_what_is_typed_and_brings_new_columns():
    graph = begun(asking(lambda n: call(n) if n < 2 else call(n, cc="Bo")), 2)
    inbox, table = table_in(graph)
    tick(table, 1)
    table.bar.reason.value = "because"
    begun(graph, 3)

    inbox.refresh.click()

    assert [row.listed.thread for row in table.ticked] == ["1"]
    assert table.bar.reason.value == "because"
    assert [head.description for head in table.heads] == ["Thread", "to", "cc", "State"]
    assert table.by_thread["1"].listed.cells == ("person 1", "")


def test_a_ticked_row_that_was_answered_elsewhere_goes_with_a_refresh():
    graph = begun(asking(call), 3)
    inbox, table = table_in(graph)
    tick(table, 1)
    graph.invoke(Command(resume={"decisions": [{"type": "reject"}]}), config(1))

    inbox.refresh.click()

    assert list(table.by_thread) == ["0", "2"]
    assert table.bar.approve.description == "Approve the ticked"


# ── what is shown, and what stays ─────────────────────────────────────────────────────────────────────────────────────


def test_the_record_tells_what_was_answered_to_whom_also_after_a_refresh():
    graph = begun(asking(call), 3)
    inbox, table = table_in(graph)
    tick(table, 0)
    table.bar.approve.click()
    inbox.refresh.click()
    assert list(table.by_thread) == ["1", "2"]
    tick(table, 1)
    table.bar.reject.click()

    static, text = kept(inbox)

    rows = [row.split("<td>")[1:] for row in static.split("<tr>")[2:]]
    cells = [[cell.split("</td>")[0].split("<div")[0] for cell in row] for row in rows]
    assert [row[:3] for row in cells] == [
        ["0", "person 0", "approved"],
        ["1", "person 1", "rejected"],
        ["2", "person 2", ""],
    ]
    assert [row[3].startswith(state) for row, state in zip(cells, ("finished", "finished", "asked 20"))] == [True] * 3
    assert "→ approved" in text


def test_the_record_of_a_row_outside_a_table_tells_its_answer_too():
    graph = begun(asking(lambda n: "Good?"), 1)
    inbox = Inbox(pending(graph), inline)
    [row] = inbox.rows
    row.toggle()
    row.run.submit("<yes>")

    static, text = kept(inbox)

    assert "<td>ask</td><td>Good?</td><td>&lt;yes&gt;<div" in static
    assert "Good? → <yes>" in text


def test_each_of_several_answers_of_a_thread_has_its_line_in_the_record():
    def ask(state):
        return {"said": [interrupt(call(state["n"])), interrupt("How was it?")]}

    graph = begun(StateGraph(State).add_node(ask).add_edge(START, "ask").compile(checkpointer=MemorySaver()), 2)
    inbox, table = table_in(graph)
    tick(table, 0)
    table.bar.approve.click()
    table.by_thread["0"].toggle()
    table.by_thread["0"].run.submit("fine")

    static, _ = kept(inbox)

    assert table.by_thread["0"].listed.cells == ("person 0",)
    assert table.by_thread["0"].listed.went == "fine · finished"
    assert "<td>person 0</td><td>approved<div" in static
    assert "<td>ask: How was it?</td><td>fine<div" in static


def test_foreign_text_is_escaped_in_rows_and_record():
    evil = "<img src=x onerror=alert(1)>"
    graph = begun(asking(lambda n: call(n, **{evil: evil + "a" * 300}, short=evil, other="pay\u202e")), 2)
    inbox, table = table_in(graph)
    tick(table, 0)
    table.bar.reason.value = evil
    table.bar.reject.click()

    shown = [row._cells.value for row in table.by_thread.values()] + [kept(inbox)[0]]

    assert all("<img" not in html for html in shown)
    assert all("&lt;img src=x" in html for html in shown)
    assert all("pay‹U+202E›" in html for html in shown)
    assert "<details><summary>&lt;img" in shown[0]


def test_a_secret_among_the_arguments_is_masked():
    inbox, table = table_in(begun(asking(lambda n: call(n, password="hunter2")), 2))

    assert "hunter2" not in "".join([*(row._cells.value for row in table.by_thread.values()), *kept(inbox)])


@dataclass
class Odd:
    """Not JSON."""


def test_what_is_not_json_is_shown_as_python_prints_it():
    [question] = [Question("1", "ask", {"what": Odd()})]

    table = table_of([question])

    assert table.columns == ("what",)
    assert in_order([Odd(), 1], lambda each: each, downwards=False)[0] == 1
