"""The plan driven by hand: a whole run, and no node is ever called."""

from hilnb.constants import START
from hilnb.graph.effects import Ask, Emit, Finished, Paused, Start, Task, Wait
from hilnb.graph.plan import play
from hilnb.graph.thread import Run, Thread
from hilnb.types import Command, Interrupt
from tests.engine.graphs import THREAD, chain


def never(state):
    raise AssertionError("a plan calls no node")


def thread_of(graph, saver=None):
    return Thread(graph.program, saver, (), THREAD, graph.program.schema.start())


def outcome_of(task, results):
    """What a node would have done."""
    if task.node.name == START:
        return Finished(task, list(task.input.items()), [])
    result = results[task.node.name]
    return Paused(task, (result,)) if isinstance(result, Interrupt) else Finished(task, list(result.items()), [])


def carry_out(plan, results):
    """Play the driver; what it was asked for, in a word each."""
    asked, tasks, reply = [], [], None
    while True:
        try:
            effect = plan.send(reply)
        except StopIteration:
            return asked
        reply = None
        match effect:
            case Task():
                asked.append(f"start {effect.node.name}")
                reply = outcome_of(effect, results)
            case Start(tasks=started):
                tasks = list(started)
                asked.append("start " + " ".join(task.node.name for task in tasks))
                reply = [outcome_of(tasks.pop(0), results)]
            case Wait():
                reply = [outcome_of(tasks.pop(0), results)]
            case Ask(target, method, args, named):
                asked.append(method)
                reply = getattr(target, method)(*args, **(named or {}))
            case Emit((_, mode, event)):
                asked.append((mode, event))


def test_a_run_is_steps_and_nothing_else_without_a_saver():
    graph = chain(saver=False, one=never, two=never)
    run = Run({"text": "hi"}, {}, ())

    asked = carry_out(play(thread_of(graph), run), {"one": {"log": [1]}, "two": {"text": "bye"}})

    assert asked == ["start one", "start two"]
    assert run.output == {"text": "bye", "log": [1]}


def test_every_result_is_kept_before_the_next_step_begins():
    graph = chain(one=never, two=never)
    run = Run({"text": "hi"}, THREAD, ())

    asked = carry_out(play(thread_of(graph, graph.checkpointer), run), {"one": {}, "two": {}})

    assert asked == ["get_tuple", "put", "put", "start one", "put", "start two", "put"]
    kept = [saved.pending_writes for saved in graph.checkpointer.list(THREAD)]
    assert [[kind for _, kind, _ in writes] for writes in kept] == [[], ["returned"], ["returned"], ["returned"]]


def test_an_answer_is_kept_before_the_node_that_asked_goes_on():
    graph = chain(one=never, two=never)
    question = Interrupt("ok?", "0" * 32)
    carry_out(play(thread_of(graph, graph.checkpointer), Run({"text": "hi"}, THREAD)), {"one": question})
    run = Run(Command(resume="yes"), THREAD)

    asked = carry_out(play(thread_of(graph, graph.checkpointer), run), {"one": {}, "two": {}})

    assert asked[:3] == ["get_tuple", "put_records", "start one"]


def test_only_what_somebody_listens_to_is_told():
    graph = chain(saver=False, one=never)

    asked = carry_out(play(thread_of(graph), Run({"text": "hi"}, {}, ("updates",))), {"one": {"log": [1]}})

    assert [told for told in asked if isinstance(told, tuple)] == [("updates", {"one": {"log": [1]}})]


def test_a_stream_that_is_left_early_goes_on_later_without_repeating_work():
    ran = []
    graph = chain(one=lambda s: ran.append(1), two=lambda s: ran.append(2))
    events = graph.stream({"text": "hi"}, THREAD)

    next(events)
    events.close()
    graph.invoke(None, THREAD)

    assert ran == [1, 2]
