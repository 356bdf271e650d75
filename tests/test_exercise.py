"""`hilnb.exercise`: a right solution passes, a wrong one is told what is wrong, a badly written exercise is refused."""

import builtins
import subprocess
import sys
import threading
from dataclasses import dataclass
from operator import add
from typing import Annotated, TypedDict

import pytest

import hilnb
from hilnb import END, START, Command, MemorySaver, Send, StateGraph, interrupt, once
from hilnb.exercises import playing
from hilnb.widgets import Run


class State(TypedDict, total=False):
    amount: int
    answer: str
    sent: bool


def draft(state):
    return {"amount": state["amount"] + 1}


def ask(state):
    return {"answer": interrupt(f"Send {state['amount']}?")}


def send(state):
    return {"sent": True}


async def asend(state):
    return {"sent": True}


def built(**changed):
    """The builder of draft → ask → send, with other functions for some of the nodes."""
    return (
        StateGraph(State)
        .add_sequence(list({"draft": draft, "ask": ask, "send": send, **changed}.items()))
        .add_edge(START, "draft")
    )


def checked(graph, **expected):
    """The exercise that the builder solves, with other expectations for some."""
    solved = {"answers": ["yes"], "path": ["draft", "ask", "send"], "state": {"sent": True}, "once": ["send"]}
    return hilnb.exercise(graph, {"amount": 5}, **{**solved, **expected})


def one_node(function, **more):
    return StateGraph(State).add_node("node", function, **more).add_edge(START, "node")


# ── a right solution ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "graph",
    [
        built(),
        built(send=asend),
        built().compile(MemorySaver()),
        built().compile(MemorySaver(), interrupt_before=["send"]),
        built(draft=lambda state: None, send=lambda state: Command(update={"sent": True}, goto=END)),
    ],
    ids=["builder", "async node", "compiled", "breakpoint", "command"],
)
def test_a_right_graph_passes_and_is_told_what_was_found(graph):
    check = checked(graph, hint="Look at the edges.")

    assert check
    assert check.passed is True
    assert check.text == "Well done: the graph went draft → ask → send; send ran once; sent is True."


def test_nothing_is_left_in_the_savers_of_the_graph():
    saver = MemorySaver()

    assert checked(built().compile(saver))
    assert saver.threads() == []


def test_nodes_side_by_side_may_be_listed_in_any_order():
    class Log(TypedDict):
        log: Annotated[list, add]

    builder = StateGraph(Log)
    for name in "abc":
        builder.add_node(name, lambda state, name=name: {"log": [name]})
    builder.add_edge(START, "a").add_edge(START, "b").add_edge(["a", "b"], "c")

    assert hilnb.exercise(builder, {"log": []}, path=["b", "a", "c"])
    assert hilnb.exercise(builder, {"log": []}, path=["a", "b", "c"])
    assert "expected path a → c → b, the graph went a + b → c" in str(
        hilnb.exercise(builder, {"log": []}, path=["a", "c", "b"])
    )


def test_questions_open_at_once_get_their_answers_in_the_order_of_the_nodes():
    builder = StateGraph(State).add_node("one", lambda state: {"answer": interrupt("1?")})
    builder.add_node("two", lambda state: {"amount": interrupt("2?")}).add_edge(START, "one").add_edge(START, "two")

    assert hilnb.exercise(builder, {"amount": 0}, answers=["a", 2], state={"answer": "a", "amount": 2})


def test_a_node_that_is_sent_several_times_stands_on_the_path_as_often():
    builder = StateGraph(State).add_node("work", lambda state: None)
    builder.add_conditional_edges(START, lambda state: [Send("work", {})] * 3, ["work"])

    assert hilnb.exercise(builder, {"amount": 0}, path=["work"] * 3)
    assert "it started 3 times." in hilnb.exercise(builder, {"amount": 0}, once=["work"]).text


def test_a_graph_that_only_has_to_end_needs_no_more_than_an_input():
    assert str(hilnb.exercise(one_node(draft), {"amount": 1})) == "Well done: the graph went node, to its end."


# ── a wrong one ───────────────────────────────────────────────────────────────────────────────────────────────────────


def raises(state):
    total = state["amount"] / 0
    return {"amount": total}


def keeps_looping(state):
    return Command(goto="send")


def leaves(state):
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("graph", "told"),
    [
        (
            built(send=raises),
            "send raised ZeroDivisionError: division by zero, in the line: total = state[\"amount\"] / 0 "
            "(before that it went draft → ask).",
        ),
        (built(send=leaves), "send raised SystemExit: 3, in the line: raise SystemExit(3) "),
        (
            built(send=keeps_looping),
            "the graph does not end: after 100 steps it had gone draft → ask → send → send → ",
        ),
        (
            built(send=lambda state: Command(goto="sned")),
            "send raised GraphError: Command(goto=…): no node is called 'sned' (did you mean 'send'?). The nodes are: "
            "draft, ask, send (before that it went draft → ask).",
        ),
        (
            built().add_edge("send", "archive"),
            "the graph does not compile: GraphError: add_edge('send', 'archive'): Found edge ending at unknown node",
        ),
        (
            built().compile(),
            "ask asks 'Send 6?', but the graph has no checkpointer, so nobody could answer. Compile it with one:",
        ),
        (
            built(ask=lambda state: {"answer": interrupt("one?") + interrupt("two?")}),
            "the graph asks too much: it gets 1 answer here, and ask asks 'two?' (before that it went draft).",
        ),
        (built(ask=lambda state: None), "the graph asked nothing; the answer 'yes' was left over."),
        (
            built(ask=lambda state: {"answer": interrupt("How many?", response_schema=int)}),
            "ask asks 'How many?' and does not take the answer 'yes'. The answer is refused: Input should be ",
        ),
        (
            built(send=lambda state: {"sent": False}),
            "expected sent to be True, it is False.",
        ),
        (None, "expected a graph, got nothing (None)."),
        (built, "expected a graph, got a value of type function."),
    ],
)  # fmt: skip
def test_a_wrong_graph_is_told_what_is_wrong(graph, told):
    check = checked(graph, hint="Look again.")

    assert not check
    assert check.text.startswith(f"Not yet: {told}")
    assert check.text.endswith("Hint: Look again.")


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (
            {"path": ["draft", "send"], "once": []},
            "expected path draft → send, the graph went draft → ask → send.",
        ),
        (
            {"path": ["draft", "aks", "send"]},
            "the graph went draft → ask → send; no node is called 'aks' (did you mean 'ask'?).",
        ),
        ({"state": {"snet": 1}}, "expected the state to have 'snet', it has amount, answer, sent (did you mean"),
        ({"answers": []}, "the graph asks too much: it gets no answers here, and ask asks 'Send 6?' (before that it"),
        ({"answers": ["yes", "no"]}, "the graph asked only 1 time; the answer 'no' was left over."),
        ({"once": ["ask"]}, "expected ask to run once, it started 2 times: it began, then it was answered 'yes'."),
        ({"once": ["log"], "path": None}, "expected log to run once, it did not run."),
    ],
)  # fmt: skip
def test_what_was_expected_stands_beside_what_there_is(expected, told):
    assert told in checked(built(), **expected).text


def test_all_that_is_wrong_is_told_a_line_each():
    check = checked(built(send=lambda state: {"sent": 1, "answer": "no"}), state={"sent": 0, "answer": "yes"}, hint="!")

    assert check.text.splitlines() == [
        "Not yet:",
        "- expected sent to be 0, it is 1.",
        "- expected answer to be 'yes', it is 'no'.",
        "Hint: !",
    ]


def test_two_long_texts_are_told_by_what_differs():
    check = hilnb.exercise({"text": "word " * 40 + "end"}, state={"text": "word " * 40 + "END"})

    assert "expected another value of text: text: … word word word word [end → END]" in check.text


def test_a_value_that_cannot_be_compared_or_told_is_only_not_yet():
    class Odd:
        def __eq__(self, other):
            raise RuntimeError("no comparing")

        def __repr__(self):
            raise RuntimeError("no telling")

    assert "it is <a Odd whose text raises RuntimeError>" in hilnb.exercise({"a": Odd()}, state={"a": 1}).text


@pytest.mark.parametrize("is_async", [False, True])
def test_a_loop_inside_a_node_is_left(monkeypatch, is_async):
    monkeypatch.setattr(playing, "SECONDS", 0.05)
    may_end = threading.Event()

    def spins(state):
        may_end.wait()

    async def aspins(state):
        import asyncio

        await asyncio.Event().wait()

    check = checked(built(send=aspins if is_async else spins))
    may_end.set()

    assert check.text.startswith(
        "Not yet: after 0.05 seconds send was still at work (before that it went draft → ask)."
    )


def test_input_asks_nobody_and_is_itself_again_afterwards(monkeypatch):
    monkeypatch.setattr(builtins, "input", lambda prompt="": "from the keyboard")

    check = checked(built(ask=lambda state: {"answer": input("Send?")}))

    assert check.text == (
        "Not yet: ask called input(), which waits for a keyboard. A node asks a person with interrupt(question)."
    )
    assert input() == "from the keyboard"


# ── once ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def charges(first):
    """A graph whose node charges, then asks; and the list of what was charged."""
    charged = []

    def order(state):
        first(lambda: charged.append("charge"))
        return {"answer": interrupt("Which colour?")}

    return one_node(order), charged


def test_a_side_effect_before_the_question_happened_twice_and_is_told_why():
    builder, charged = charges(lambda charge: charge())

    check = hilnb.exercise(builder, {"amount": 1}, answers=["red"], calls=charged, once=["charge"])

    assert check.text == (
        "Not yet: expected 'charge' to happen once, it happened 2 times: "
        "node started twice in step 1: it began, then it was answered 'red'."
    )


def test_a_side_effect_inside_once_happened_once_each_time_the_exercise_runs():
    builder, charged = charges(lambda charge: once("charge", charge))

    for _ in range(2):
        check = hilnb.exercise(builder, {"amount": 1}, answers=["red"], calls=charged, once=["charge"])

        assert check.text == "Well done: 'charge' happened once."


def test_a_side_effect_that_is_missing_is_told():
    builder, charged = charges(lambda charge: None)

    check = hilnb.exercise(builder, {"amount": 1}, answers=["red"], calls=charged, once=["charge"])

    assert check.text == "Not yet: expected 'charge' to happen once, it did not happen."


# ── a run, a state ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def decided(monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    return hilnb.run(built().compile(MemorySaver()), {"amount": 5}, unattended=["no"])


def test_a_decision_is_read_from_the_run(decided):
    assert hilnb.exercise(decided, answers=["no"], path=["draft", "ask", "send"], state={"answer": "no"}, once=["send"])
    assert hilnb.exercise(decided, answers=["yes"]).text == "Not yet: expected the answer 'yes', it was 'no'."


def test_of_a_thread_with_several_inputs_the_last_counts(monkeypatch, decided):
    graph = decided.graph

    again = hilnb.run(graph, {"amount": 1}, thread_id=decided.thread_id, unattended=["yes"])

    assert hilnb.exercise(again, path=["draft", "ask", "send"], once=["send"])


def test_a_run_that_waits_is_told_what_it_asks():
    graph = built().compile(MemorySaver())
    graph.invoke({"amount": 5}, {"configurable": {"thread_id": "1"}})
    waits = Run(graph, {"configurable": {"thread_id": "1"}}, do=lambda leg: leg())
    waits.look()

    assert hilnb.exercise(waits, answers=["yes"]).text == "Not yet: the run is not at its end: ask asks 'Send 6?'."


@pytest.mark.parametrize("state", [{"sent": True, "amount": 1}, type("Sent", (), {"sent": True})()])
def test_of_a_state_the_keys_that_were_named_count(state):
    assert hilnb.exercise(state, state={"sent": True}).text == "Well done: sent is True."


def test_a_state_of_one_value_counts_as_a_whole():
    @dataclass
    class Point:
        x: int

    assert hilnb.exercise(Point(1), state=Point(1))
    assert hilnb.exercise("b", state="a").text == "Not yet: expected the state to be 'a', it is 'b'."


@pytest.mark.parametrize(
    ("subject", "expected", "told"),
    [
        (built(), {"answers": ["yes"]}, "expected a run, as hilnb.run returns it, got a graph."),
        (built(), {"state": {"sent": True}}, "expected a run or its final state, got a graph."),
        ({"sent": True}, {"answers": ["yes"]}, "expected a run, as hilnb.run returns it, got a value of type dict."),
        ({"sent": True}, {"input": {"amount": 1}}, "expected a graph, got a value of type dict."),
    ],
)
def test_another_thing_than_was_wanted_is_told(subject, expected, told):
    assert hilnb.exercise(subject, **expected).text == f"Not yet: {told}"


# ── a badly written exercise ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({}, "nothing to check"),
        ({"path": "draft"}, r"give a list, path=\['draft'\]"),
        ({"answers": "yes"}, r"give a list, answers=\['yes'\]"),
        ({"once": "send"}, r"give a list, once=\['send'\]"),
        ({"path": [draft]}, "a list of the nodes' names"),
        ({"path": [START, "draft"]}, "leave out START and END"),
        ({"path": ["draft"], "once": ["send"]}, "nobody can solve this, for 'send' is not on the path"),
        ({"path": ["send", "send"], "once": ["send"]}, "'send' stands on the path 2 times"),
        ({"once": [send]}, "without calls=…, these are the nodes' names"),
        ({"once": ["send"], "calls": 0}, "the list that the side effects append to"),
        ({"calls": []}, "what has to be added to that list"),
        ({"state": {"a": 1}, "hint": 3}, "the hint is a text"),
        ({"state": {}}, "that expects nothing. Name a key and its value"),
        ({"steps": ["draft"]}, "unexpected keyword argument 'steps'"),
    ],
)
def test_a_badly_written_exercise_is_the_teachers_error(expected, told):
    with pytest.raises((TypeError, ValueError), match=told):
        hilnb.exercise(built(), **expected)


# ── how it is shown ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_foreign_text_is_shown_as_text():
    check = hilnb.exercise({"a": "<img src=x onerror=alert(1)>"}, state={"a": "\u202e"}, hint="<b>&</b>")

    page = check._repr_html_()

    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img" not in page
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in page
    assert "\u202e" not in page


def test_secrets_are_not_shown():
    check = hilnb.exercise({"password": "swordfish"}, state={"password": "xyzzy"}, hint="token=abc123")

    assert "swordfish" not in check.text
    assert "xyzzy" not in check.text
    assert "abc123" not in check._repr_html_()


def test_the_page_says_what_the_text_says():
    page = checked(built(), path=["draft"], once=[], hint="Look at the edges.")._repr_html_()

    assert "Not yet</b>" in page
    assert "expected path draft, the graph went draft → ask → send." in page
    assert "<i>Hint:</i> Look at the edges." in page
    assert "Well done</b>" in checked(built())._repr_html_()


def test_an_exercise_needs_no_widgets():
    code = """
import sys
for name in ("ipywidgets", "IPython", "pydantic"):
    sys.modules[name] = None
import hilnb
from hilnb import START, StateGraph
builder = StateGraph(dict).add_node("a", lambda state: {"n": 1}).add_edge(START, "a")
check = hilnb.exercise(builder, {"n": 0}, path=["a"])
assert check, check.text
"""

    subprocess.run([sys.executable, "-c", code], check=True)
