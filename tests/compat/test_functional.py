"""The functional way: entrypoints and tasks; the same on LangGraph and on hilnb."""

import asyncio
import dataclasses
from typing import Any

import pytest
from typing_extensions import TypedDict

from tests.compat.programs import Programs, add, chain, child, difference, thread

program = Programs()


def saved(lg):
    return {"checkpointer": lg.MemorySaver()}


@program(awaiting=(False,))
def tasks_give_futures(lg, do):
    @lg.task
    def double(n):
        return n * 2

    @lg.entrypoint()
    def work(numbers):
        futures = [double(n) for n in numbers]
        return [future.result() for future in futures]

    do.invoke(work, [1, 2, 3], None)
    do.stream(work, [1, 2], "updates", None, sort=True)
    do.stream(work, [1, 2], "values", None)


@program(awaiting=(True,))
def tasks_are_awaited(lg, do):
    @lg.task
    async def double(n):
        await asyncio.sleep(0)
        return n * 2

    @lg.entrypoint()
    async def work(numbers):
        return await asyncio.gather(*[double(n) for n in numbers])

    do.invoke(work, [1, 2, 3], None)
    do.stream(work, [1], ("updates", "values"), None)


@program
def a_workflow_takes_any_one_input(lg, do):
    @lg.entrypoint()
    def work(given: Any) -> Any:
        return given

    for given in (5, "text", [1], {"a": 1}, 0, ""):
        do.invoke(work, given, None)
    do.invoke(work, None, None)


@program
def a_workflow_remembers_what_it_returned(lg, do):
    @lg.entrypoint(**saved(lg))
    def work(n: int, *, previous: Any = None) -> int:
        return n + (previous or 0)

    for n in (1, 2, 3):
        do.invoke(work, n)
    do.invoke(work, 10, thread("2"))
    do.state(work)


@program
def a_workflow_may_save_something_else(lg, do):
    @lg.entrypoint(**saved(lg))
    def work(n: int, *, previous: Any = None) -> lg.entrypoint.final[int, int]:
        return lg.entrypoint.final(value=previous or 0, save=n * 10)

    for n in (1, 2, 3):
        do.invoke(work, n)
    do.stream(work, 4, ("updates", "values"))
    do.state(work)


@program(awaiting=(False,))
def a_workflow_asks_and_does_not_repeat_its_tasks(lg, do):
    ran = []

    @lg.task
    def write(topic):
        ran.append(topic)
        return f"essay about {topic}"

    @lg.entrypoint(**saved(lg))
    def work(topic):
        ran.append("work")
        essay = write(topic).result()
        review = lg.interrupt({"essay": essay, "question": "fine?"})
        return {"essay": essay, "review": review, "more": write("more").result()}

    do.stream(work, "cats", ("updates", "values"))
    do.note(work.get_state(thread("1")).next)
    do.note(work.get_state(thread("1")).interrupts)
    do.stream(work, lg.Command(resume="fine"), "updates")
    do.note(ran)
    do.note(work.get_state(thread("1")).values)


@program(awaiting=(True,))
def an_awaited_workflow_asks(lg, do):
    ran = []

    @lg.task
    async def write(topic):
        ran.append(topic)
        return topic.upper()

    @lg.entrypoint(**saved(lg))
    async def work(topic):
        first = await write(topic)
        return [first, lg.interrupt("one?"), await write("second"), lg.interrupt("two?")]

    do.invoke(work, "first")
    do.invoke(work, lg.Command(resume=1))
    do.invoke(work, lg.Command(resume=2))
    do.note(ran)


@program(awaiting=(False,))
def a_task_asks(lg, do):
    ran = []

    @lg.task
    def ask(question):
        ran.append(question)
        return lg.interrupt(question)

    @lg.entrypoint(**saved(lg))
    def work(names):
        return [ask(name).result() for name in names]

    do.invoke(work, ["a", "b"])
    do.invoke(work, lg.Command(resume="A"))
    do.invoke(work, lg.Command(resume="B"))
    do.note(ran)


# Left out: tasks that ask side by side, of which LangGraph shows only the first question.


@program(awaiting=(False,))
def a_failed_task_is_tried_again_by_the_next_call(lg, do):
    ran = []

    @lg.task
    def good():
        ran.append("good")
        return "good"

    @lg.task
    def flaky():
        ran.append("flaky")
        if ran.count("flaky") == 1:
            raise ValueError("not yet")
        return "made it"

    @lg.entrypoint(**saved(lg))
    def work(given):
        return [given, good().result(), flaky().result()]

    do.invoke(work, "x")
    do.note(work.get_state(thread("1")).next)
    do.invoke(work, None)
    do.note(ran)


@program(awaiting=(False,))
def tasks_and_workflows_are_retried(lg, do):
    ran = []
    policy = lg.RetryPolicy(initial_interval=0.001, jitter=False, retry_on=ValueError)

    @lg.task(retry_policy=policy)
    def flaky():
        ran.append("task")
        if ran.count("task") < 3:
            raise ValueError("not yet")
        return "made it"

    @lg.entrypoint(retry_policy=policy)
    def work(given):
        ran.append("work")
        if ran.count("work") < 2:
            raise ValueError("nor here")
        return flaky().result()

    do.invoke(work, "x", None)
    do.note(ran)


@program(awaiting=(False,))
def a_task_is_cached(lg, do):
    ran = []

    @lg.task(cache_policy=lg.CachePolicy())
    def double(n):
        ran.append(n)
        return n * 2

    @lg.entrypoint(cache=lg.InMemoryCache())
    def work(numbers):
        return [double(n).result() for n in numbers]

    do.invoke(work, [1, 2, 1], None)
    do.stream(work, [1, 2], "updates", None)
    do.note(sorted(ran))


@program
def a_workflow_gets_its_surroundings(lg, do):
    @dataclasses.dataclass
    class Context:
        user: str

    @lg.entrypoint(store=lg.InMemoryStore(), context_schema=Context, **saved(lg))
    def work(given: str, *, config, runtime: lg.Runtime[Context], store, writer):
        writer("said")
        store.put(("a",), given, {"n": 1})
        return [
            given,
            config["configurable"]["thread_id"],
            runtime.context.user,
            runtime.previous,
            len(store.search(())),
        ]

    do.stream(work, "x", ("custom", "updates", "values"), context={"user": "ann"})
    do.invoke(work, "y", context={"user": "bob"})


@program(awaiting=(False,))
def a_task_has_a_name_and_says_things(lg, do):
    @lg.task(name="renamed")
    def work_on(n, *, extra=0):
        lg.get_stream_writer()({"on": n})
        return n + extra

    @lg.entrypoint()
    def work(n):
        return work_on(n, extra=5).result()

    do.stream(work, 1, ("updates", "custom"), None)


@program(awaiting=(False,))
def a_task_may_be_called_in_a_graph(lg, do):
    ran = []

    @lg.task
    def slow(n):
        ran.append(n)
        return n * 2

    graph = chain(lg, node=lambda s: {"log": [slow(2).result(), lg.interrupt("ok?"), slow(3).result()]})
    do.stream(graph, {"text": "a"}, "updates")
    do.stream(graph, lg.Command(resume="yes"), "updates")
    do.note(ran)


@program(awaiting=(False,))
def a_task_calls_tasks_and_a_graph(lg, do):
    inner = chain(lg, saver=False, one=lambda s: {"log": [s["text"]]})

    @lg.task
    def leaf(n):
        return inner.invoke({"text": str(n)})["log"]

    @lg.task
    def branch(n):
        return [leaf(n).result(), leaf(n + 1).result()]

    @lg.entrypoint()
    def work(n):
        return branch(n).result()

    do.invoke(work, 1, None)


@program
def a_workflow_in_a_workflow(lg, do):
    @lg.entrypoint()
    def inner(n):
        return n + 1

    @lg.entrypoint(**saved(lg))
    def outer(n):
        answer = lg.interrupt("how much?")
        return inner.invoke(n) + answer

    do.invoke(outer, 1)
    do.invoke(outer, lg.Command(resume=10))


@program
def the_history_of_a_workflow(lg, do):
    @lg.entrypoint(**saved(lg))
    def work(n, *, previous=None):
        return [*(previous or []), n]

    do.invoke(work, 1)
    do.invoke(work, 2)
    do.note([(s.metadata["source"], s.metadata["step"], s.next, s.values) for s in work.get_state_history(thread("1"))])
    do.note([s.tasks[0].result for s in work.get_state_history(thread("1")) if s.tasks])
    do.invoke(work, None, next(iter(work.get_state_history(thread("1"), limit=1))).config)


@program
def schemas_of_a_workflow(lg, do):
    class Given(TypedDict):
        topic: str

    @lg.entrypoint()
    def work(given: Given) -> list[int]:
        return [len(given["topic"])]

    # The titles are the workflow's name, which each library gives as it likes.
    do.note(work.get_input_jsonschema() | {"title": ""})
    do.note(work.get_output_jsonschema() | {"title": ""})
    do.invoke(work, {"topic": "four"}, None)


@program
def wrong_workflows_are_refused(lg, do):
    def none():
        return 1

    def generates(given):
        yield 1

    for wrong in (none, generates):
        try:
            lg.entrypoint()(wrong)
            do.note("accepted")
        except (TypeError, ValueError, NotImplementedError):
            do.note("refused")

    @lg.task
    def outside():
        return 1

    do.attempt(lambda: outside().result())


@program
def tasks_stand_in_the_node_that_calls_them(lg, do):
    places = []

    def note():
        lg.get_stream_writer()("here")
        places.append(lg.get_config()["metadata"]["langgraph_checkpoint_ns"])

    @lg.task
    def inner():
        note()

    @lg.task
    def outer():
        note()
        inner().result()

    def node(state):
        note()
        outer().result()
        return {"log": [graph_called.invoke({"text": "i"})["text"], calls().result()]}

    graph_called = child(lg, c=add("c"))

    @lg.task
    def calls():
        return graph_called.invoke({"text": "t"})["text"]

    for subgraphs in (False, True):
        graph = chain(lg, inner=child(lg, node=node))
        do.stream(graph, {"text": "x"}, ("custom", "updates"), thread(str(subgraphs)), subgraphs=subgraphs)
    do.note(places)


@program
def a_message_pushed_in_a_task_is_the_nodes(lg, do):
    @lg.task
    def says():
        lg.push_message(lg.AIMessage("from the task", id="1"))

    def node(state):
        says().result()
        return {"messages": [lg.AIMessage("from the node", id="2")]}

    builder = lg.StateGraph(lg.MessagesState).add_node("node", node).add_edge(lg.START, "node")
    # (Among the updates, hilnb shows it with what the node returned.)
    do.stream(builder.compile(checkpointer=lg.MemorySaver()), {"messages": []}, "values")


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
