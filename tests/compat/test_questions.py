"""Questions: asked in nodes, routers and Sends, answered by value and by id; the same on LangGraph and on hilnb."""

import pytest

from tests.compat.programs import Programs, Words, add, ask, chain, difference, side_by_side

program = Programs()


@program
def the_how_to(lg, do):
    graph = chain(lg, step_1=lambda s: None, human_feedback=ask(lg, "feedback?"), step_3=lambda s: None)
    do.stream(graph, {"text": "hello world"})
    do.state(graph)
    do.stream(graph, lg.Command(resume="go to step 3!"))
    do.state(graph)
    do.history(graph)


@program
def invoke_shows_the_questions(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    do.invoke(graph, {"text": "x"})
    do.invoke(graph, lg.Command(resume="yes"))
    do.invoke(graph, lg.Command(resume="yes"))


@program
def none_asks_again(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    do.stream(graph, {"text": "x"})
    do.stream(graph, None)
    do.stream(graph, lg.Command(resume={}))
    do.state(graph)


@program
def several_questions_in_one_node(lg, do):
    ran = []

    def node(state):
        ran.append(1)
        return {"log": [lg.interrupt(question) for question in ("one", "two", "three")]}

    graph = chain(lg, one=node)
    do.stream(graph, {"text": "x"})
    for answer in (1, {"two": 2}, "3"):
        do.stream(graph, lg.Command(resume=answer))
        do.state(graph)
    do.note(len(ran))


@program
def answers_of_every_type(lg, do):
    for answer in (False, 0, "", [], [1], {"a": 1}, ("t",), 1.5):
        graph = chain(lg, one=lambda s: {"log": [lg.interrupt("?")]})
        do.invoke(graph, {"text": "x"})
        do.invoke(graph, lg.Command(resume=answer))


@program
def new_input_at_a_question_starts_again(lg, do):
    graph = chain(lg, one=add("1"), two=ask(lg, "ok?"))
    do.invoke(graph, {"text": "x"})
    do.stream(graph, {"text": "y"})
    do.state(graph)
    do.invoke(graph, lg.Command(resume="yes"))
    do.history(graph)


@program
def parallel_questions_need_their_ids(lg, do):
    graph = side_by_side(lg, a=ask(lg, "a?"), b=ask(lg, "b?"))
    do.stream(graph, {"text": "x"}, sort=True)
    do.stream(graph, lg.Command(resume="both"))
    ids = {question.value: question.id for question in do.state(graph).interrupts}
    do.invoke(graph, lg.Command(resume={ids["b?"]: "B", ids["a?"]: "A"}))


@program
def a_step_may_be_answered_bit_by_bit(lg, do):
    graph = side_by_side(lg, a=ask(lg, "a?"), b=ask(lg, "b?"), work=add("work"))
    do.stream(graph, {"text": "x"}, sort=True)
    ids = {question.value: question.id for question in do.state(graph).interrupts}
    do.stream(graph, lg.Command(resume={ids["b?"]: "B"}), ("updates", "values"), sort=True)
    do.state(graph)
    do.stream(graph, lg.Command(resume={ids["a?"]: "A"}), ("updates", "values"), sort=True)
    do.state(graph)


@program
def sent_tasks_ask_too(lg, do):
    builder = lg.StateGraph(Words).add_node("v", lambda s: {"log": [lg.interrupt(s["n"])]})
    builder.add_conditional_edges(lg.START, lambda s: [lg.Send("v", {"n": n}) for n in (1, 2)])
    graph = builder.compile(checkpointer=lg.MemorySaver())
    do.stream(graph, {"text": "x"}, sort=True)
    ids = {question.value: question.id for question in do.state(graph).interrupts}
    do.invoke(graph, lg.Command(resume={ids[1]: "one", ids[2]: "two"}))
    do.state(graph)


@program
def a_router_may_ask(lg, do):
    builder = lg.StateGraph(Words).add_node("x", add("x")).add_node("y", add("y")).add_edge(lg.START, "x")
    builder.add_conditional_edges("x", lambda s: lg.interrupt("where to?"))
    graph = builder.compile(checkpointer=lg.MemorySaver())
    # Streamed, LangGraph also shows the update of the node that is going to run again; hilnb shows only what is kept.
    do.stream(graph, {"text": "x"}, "tasks")
    do.state(graph)
    do.stream(graph, lg.Command(resume="y"))


@program
def resume_with_nothing_to_answer(lg, do):
    graph = chain(lg, one=add("1"))
    do.stream(graph, lg.Command(resume="x"))
    do.stream(graph, lg.Command(resume="x"))
    do.invoke(chain(lg, saver=False, one=add("1")), lg.Command(resume="x"), None)


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
