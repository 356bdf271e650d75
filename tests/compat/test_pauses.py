"""Pauses: answers of a form, questions anywhere and several at once; the same on LangGraph and on hilnb."""

import asyncio
import dataclasses
import operator
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from tests.compat.programs import Programs, Words, add, ask, chain, difference, side_by_side, thread

program = Programs()


class Approval(BaseModel):
    ok: bool
    reason: str = Field(default="", max_length=9)


class Choice(TypedDict):
    way: Literal["left", "right"]


@dataclasses.dataclass
class Amount:
    value: int
    unit: str = "EUR"


def asking(lg, schema, question="?"):
    """A graph whose only node asks for something of a form, and logs what it got."""

    def node(state):
        answer = lg.interrupt(question, response_schema=schema)
        return {"log": [f"{type(answer).__name__} {shown(answer)}"]}

    return chain(lg, node=node)


def shown(answer):
    if isinstance(answer, BaseModel):
        return answer.model_dump()
    return dataclasses.asdict(answer) if dataclasses.is_dataclass(answer) else answer


# ── answers of a form ─────────────────────────────────────────────────────────────────────────────────────────────────


@program
def answers_that_fit_a_schema(lg, do):
    cases = (
        (Approval, {"ok": True}),
        (Approval, {"ok": "yes", "reason": "fine"}),
        (Approval, Approval(ok=False)),
        (Choice, {"way": "left"}),
        (Amount, {"value": 3}),
        (Amount, Amount(4, "USD")),
        ({"type": "object", "properties": {"n": {"type": "integer"}}}, {"n": 1}),
        ({"type": "string"}, "text"),
    )
    for schema, answer in cases:
        graph = asking(lg, schema)
        do.stream(graph, {"text": "a"}, ("updates", "values", "tasks"))
        do.note(graph.get_state(thread("1")).interrupts)
        do.invoke(graph, lg.Command(resume=answer))


@program
def answers_that_do_not_fit_are_asked_for_again(lg, do):
    cases = (
        (Approval, {"ok": "perhaps"}, {"ok": True}),
        (Approval, {}, {"ok": False}),
        (Approval, "text", {"ok": True, "reason": "short"}),
        (Approval, {"ok": True, "reason": "much too long a reason"}, {"ok": True}),
        (Choice, {"way": "up"}, {"way": "right"}),
        (Choice, {}, {"way": "left"}),
        (Amount, {"value": "many"}, {"value": "5"}),
        (Amount, {"unit": "EUR"}, {"value": 1, "unit": "X"}),
    )
    for schema, bad, good in cases:
        graph = asking(lg, schema)
        do.invoke(graph, {"text": "a"})
        try:
            graph.invoke(lg.Command(resume=bad), thread("1"))
        except ValueError as error:
            do.note(("invalid", lg.is_invalid_resume(error)))
        do.note([(question.value, question.id) for question in graph.get_state(thread("1")).interrupts])
        do.invoke(graph, lg.Command(resume=good))


@program
def a_wrong_answer_by_id_leaves_the_question_open(lg, do):
    graph = asking(lg, Approval, "sure?")
    do.invoke(graph, {"text": "a"})
    question = graph.get_state(thread("1")).interrupts[0]
    do.invoke(graph, lg.Command(resume={question.id: {"ok": "perhaps"}}))
    do.note(len(graph.get_state(thread("1")).interrupts))
    do.invoke(graph, lg.Command(resume={question.id: {"ok": True}}))


@program
def a_wrong_second_answer_keeps_the_first(lg, do):
    def node(state):
        first = lg.interrupt("first")
        second = lg.interrupt("second", response_schema=Amount)
        return {"log": [first, second.value]}

    graph = chain(lg, node=node)
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, lg.Command(resume="1st"))
    do.invoke(graph, lg.Command(resume={"value": "many"}))
    do.invoke(graph, lg.Command(resume={"value": 2}))


@program
def other_errors_are_no_invalid_answers(lg, do):
    def node(state):
        lg.interrupt("?")
        raise ValueError("after the answer")

    graph = chain(lg, node=node)
    do.invoke(graph, {"text": "a"})
    try:
        graph.invoke(lg.Command(resume="x"), thread("1"))
    except ValueError as error:
        do.note((str(error), lg.is_invalid_resume(error)))


# ── where questions are asked ─────────────────────────────────────────────────────────────────────────────────────────


@program
def a_loop_within_a_node_asks_until_it_is_content(lg, do):
    ran = []

    def node(state):
        ran.append("node")
        question, tries = "age?", 0
        while not (answer := lg.interrupt(question)).isdigit():
            tries += 1
            question = f"{answer!r} is no number, age?"
        return {"log": [int(answer), tries]}

    graph = chain(lg, node=node)
    do.invoke(graph, {"text": "a"})
    for answer in ("old", "very old", "42"):
        do.stream(graph, lg.Command(resume=answer), ("updates", "values"))
    do.note(len(ran))


@program
def a_loop_of_nodes_asks_each_time_round(lg, do):
    builder = lg.StateGraph(Words).add_node("asks", lambda s: {"text": lg.interrupt(f"after {s['text']}?")})
    builder.add_node("logs", lambda s: {"log": [s["text"]]}).add_edge(lg.START, "asks").add_edge("asks", "logs")
    builder.add_conditional_edges("logs", lambda s: lg.END if s["text"] == "stop" else "asks")
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "begin"})
    for answer in ("one", "two", "stop"):
        do.invoke(graph, lg.Command(resume=answer))
    do.history(graph)


@program
def an_approval_goes_where_the_answer_says(lg, do):
    def approve(state) -> lg.Command[Literal["go", "stop"]]:
        return lg.Command(goto="go" if lg.interrupt({"question": "go?", "state": state["text"]}) else "stop")

    for answer in (True, False):
        builder = lg.StateGraph(Words).add_node(approve).add_node("go", add("go")).add_node("stop", add("stop"))
        graph = builder.add_edge(lg.START, "approve").compile(checkpointer=lg.MemorySaver())
        do.invoke(graph, {"text": "a"})
        do.stream(graph, lg.Command(resume=answer), ("updates", "values"))


@program
def questions_show_values_of_every_type(lg, do):
    for value in (None, "", 0, ["list", {"a": 1}], {"deep": {"er": [1]}}, Amount(1)):
        graph = chain(lg, node=lambda s, value=value: {"log": [lg.interrupt(value)]})
        do.invoke(graph, {"text": "a"})
        do.state(graph)
        do.invoke(graph, lg.Command(resume="x"))


@program
def a_question_within_a_function_a_node_calls(lg, do):
    def deeper(n):
        return lg.interrupt(f"at {n}") if n == 0 else deeper(n - 1)

    graph = chain(lg, node=lambda s: {"log": [deeper(3)]})
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, lg.Command(resume="deep answer"))


@program(awaiting=(True,))
def awaited_nodes_ask(lg, do):
    async def node(state):
        return {"log": [lg.interrupt("first"), lg.interrupt("second")]}

    graph = chain(lg, node=node, after=add("after"))
    do.invoke(graph, {"text": "a"})
    do.invoke(graph, lg.Command(resume=1))
    do.stream(graph, lg.Command(resume=2), ("updates", "values"))


@program
def a_node_asks_only_sometimes(lg, do):
    def node(state):
        return {"log": [lg.interrupt("really?") if state["text"] == "danger" else "no question"]}

    graph = chain(lg, node=node)
    do.invoke(graph, {"text": "safe"})
    do.invoke(graph, {"text": "danger"})
    do.invoke(graph, lg.Command(resume="yes"))
    do.invoke(graph, {"text": "safe"})


# ── several at once ───────────────────────────────────────────────────────────────────────────────────────────────────


@program
def three_at_once_are_answered_at_once(lg, do):
    graph = side_by_side(lg, a=ask(lg, "a?"), b=ask(lg, "b?"), c=ask(lg, "c?"))
    do.stream(graph, {"text": "x"}, "updates", sort=True)
    do.state(graph)
    ids = {question.value: question.id for question in graph.get_state(thread("1")).interrupts}
    do.stream(graph, lg.Command(resume={ids[f"{n}?"]: n.upper() for n in "cab"}), ("updates", "values"), sort=True)
    do.state(graph)


@program
def three_at_once_are_answered_one_by_one(lg, do):
    # How often the nodes that still wait are run differs on purpose: hilnb lets them wait.
    graph = side_by_side(lg, a=ask(lg, "a?"), b=ask(lg, "b?"), c=ask(lg, "c?"))
    do.stream(graph, {"text": "x"}, "updates", sort=True)
    ids = {question.value: question.id for question in graph.get_state(thread("1")).interrupts}
    for name in "bca":
        graph.invoke(lg.Command(resume={ids[f"{name}?"]: name.upper()}), thread("1"))
        do.state(graph)


@program
def the_last_open_question_needs_no_id(lg, do):
    graph = side_by_side(lg, a=ask(lg, "a?"), b=ask(lg, "b?"))
    do.stream(graph, {"text": "x"}, "updates", sort=True)
    ids = {question.value: question.id for question in graph.get_state(thread("1")).interrupts}
    do.invoke(graph, lg.Command(resume={ids["a?"]: "A"}))
    do.invoke(graph, lg.Command(resume="B"))
    do.state(graph)


@program
def two_questions_each_in_two_nodes(lg, do):
    def twice(name):
        return lambda state: {"log": [lg.interrupt(f"{name}1"), lg.interrupt(f"{name}2")]}

    graph = side_by_side(lg, a=twice("a"), b=twice("b"))
    do.stream(graph, {"text": "x"}, "updates", sort=True)
    for _ in range(2):
        open_now = graph.get_state(thread("1")).interrupts
        do.note(sorted(question.value for question in open_now))
        graph.invoke(lg.Command(resume={question.id: question.value.upper() for question in open_now}), thread("1"))
    do.state(graph)


@program
def a_finished_sibling_is_not_run_again(lg, do):
    ran = []
    graph = side_by_side(lg, a=ask(lg, "a?"), work=lambda s: ran.append("work") or {"log": ["work"]})
    do.invoke(graph, {"text": "x"})
    do.state(graph)
    do.invoke(graph, lg.Command(resume="A"))
    do.note(ran)


@program
def a_failed_sibling_of_a_question(lg, do):
    tries = []

    def flaky(state):
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("not yet")
        return {"log": ["made it"]}

    graph = side_by_side(lg, a=flaky, b=ask(lg, "b?"))
    try:
        graph.invoke({"text": "x"}, thread("1"))
    except ValueError as error:
        do.note(error)
    do.stream(graph, None, "updates", sort=True)
    do.invoke(graph, lg.Command(resume="B"))
    do.state(graph)


@program
def sent_tasks_are_answered_in_the_order_they_were_sent(lg, do):
    builder = lg.StateGraph(Words).add_node("v", lambda s: {"log": [f"{s['n']}={lg.interrupt(s['n'])}"]})
    builder.add_conditional_edges(lg.START, lambda s: [lg.Send("v", {"n": n}) for n in (3, 1, 2)])
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, "updates", sort=True)
    do.note([question.value for question in graph.get_state(thread("1")).interrupts])
    answers = {question.id: f"to {question.value}" for question in graph.get_state(thread("1")).interrupts}
    do.invoke(graph, lg.Command(resume=answers))


# ── answers and threads ───────────────────────────────────────────────────────────────────────────────────────────────


@program
def threads_wait_for_their_own_answers(lg, do):
    graph = chain(lg, node=lambda s: {"log": [lg.interrupt(s["text"])]})
    for name in "ab":
        do.invoke(graph, {"text": name}, thread(name))
    do.invoke(graph, lg.Command(resume="to b"), thread("b"))
    do.state(graph, thread("a"))
    do.invoke(graph, lg.Command(resume="to a"), thread("a"))


@program
def an_answer_may_come_by_the_other_world(lg, do):
    graph = chain(lg, node=ask(lg, "ok?"), after=ask(lg, "sure?"))
    do.note(graph.invoke({"text": "a"}, thread("1")))
    do.note(asyncio.run(graph.ainvoke(lg.Command(resume="by await"), thread("1"))))
    do.note(graph.invoke(lg.Command(resume="by call"), thread("1")))


@program
def a_question_is_an_interrupt(lg, do):
    graph = chain(lg, node=ask(lg, "ok?"))
    question = graph.invoke({"text": "a"}, thread("1"))["__interrupt__"][0]
    again = graph.get_state(thread("1")).interrupts[0]
    do.note((question == again, question.value, isinstance(question, lg.Interrupt), len(question.id)))
    do.note(lg.Interrupt("v", id="x") == lg.Interrupt("v", id="x"))
    do.note(lg.Interrupt("v", id="x") == lg.Interrupt("v", id="y"))
    do.note(repr(lg.Interrupt("v", id="x")))


@program
def an_old_style_pause(lg, do):
    class Log(TypedDict):
        log: Annotated[list, operator.add]

    def node(state):
        if len(state["log"]) < 2:
            raise lg.NodeInterrupt("too short")
        return {"log": ["done"]}

    graph = chain(lg, Log, node=node)
    do.stream(graph, {"log": ["1"]}, ("updates", "values"))
    do.state(graph)
    do.update(graph, {"log": ["2"]})
    do.invoke(graph, None)


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
