"""What happens once however often a node starts, and what a thread remembers of how often that was."""

import asyncio
from types import SimpleNamespace

import pytest
from IPython.core.formatters import DisplayFormatter
from langgraph.checkpoint.memory import InMemorySaver as Theirs

import hilnb
from hilnb.errors import SerializationError
from hilnb.graph import START, StateGraph
from hilnb.side_effects import once
from hilnb.types import Command, RetryPolicy, Send, interrupt
from tests.engine.graphs import THREAD, State, chain


def test_what_is_once_before_a_question_happens_once(run, saver):
    charged, started = [], []

    def order(state):
        started.append(1)
        receipt = once("charge", lambda: charged.append("card") or f"receipt {len(charged)}")
        return {"log": [receipt, interrupt("Which colour?"), interrupt("Which size?")]}

    graph = chain(saver, order=order)
    run(graph, {"text": "x"}, THREAD)
    run(graph, Command(resume="blue"), THREAD)

    state = run(graph, Command(resume="xl"), THREAD)

    assert (charged, len(started)) == (["card"], 3)
    assert state["log"] == ["receipt 1", "blue", "xl"]


def test_each_key_is_a_call_of_its_own(run):
    happened = []

    def node(state):
        return {"log": [once(key, lambda key=key: happened.append(key) or key) for key in ("a", "b", "a")]}

    assert run(chain(node=node), {"text": "x"}, THREAD)["log"] == ["a", "b", "a"]
    assert happened == ["a", "b"]


def test_once_is_once_for_all_attempts(run):
    happened = []

    def shaky(state):
        once("call", lambda: happened.append(1))
        if len(happened) == 1 and not state.get("log"):
            happened.append("failed")
            raise ConnectionError("no line")

    builder = StateGraph(State).add_edge(START, "shaky")
    builder.add_node("shaky", shaky, retry_policy=RetryPolicy(initial_interval=0, jitter=False))

    run(builder.compile(), {"text": "x"})

    assert happened == [1, "failed"]


def test_once_is_once_after_a_failure(run, saver):
    happened = []

    def node(state):
        once("call", lambda: happened.append(1))
        if len(happened) == 1:
            happened.append("failed")
            raise KeyError("nothing here")

    graph = chain(saver, node=node)
    with pytest.raises(KeyError):
        run(graph, {"text": "x"}, THREAD)

    run(graph, None, THREAD)

    assert happened == [1, "failed"]


def test_each_turn_has_its_own_once(run):
    happened = []

    def node(given):
        once("call", lambda: happened.append(given["text"]))
        interrupt("ok?")

    builder = StateGraph(State).add_node("node", node)
    builder.add_conditional_edges(START, lambda state: [Send("node", {"text": name}) for name in ("a", "b")])
    graph = builder.compile(hilnb.MemorySaver())
    run(graph, {"text": "x"}, THREAD)
    run(graph, Command(resume={question.id: 1 for question in graph.get_state(THREAD).interrupts}), THREAD)

    assert sorted(happened) == ["a", "b"]


def test_in_a_nested_graph_too(run, saver):
    happened = []

    def node(state):
        once("call", lambda: happened.append(1))
        return {"log": [interrupt("ok?")]}

    graph = chain(saver, child=chain(None, node=node))
    run(graph, {"text": "x"}, THREAD)
    run(graph, Command(resume="yes"), THREAD)

    assert happened == [1]


def test_an_async_function_is_awaited_once(saver):
    happened = []

    async def pay():
        await asyncio.sleep(0)
        happened.append(1)
        return "paid"

    async def node(state):
        return {"log": [await once("pay", pay), interrupt("ok?")]}

    graph = chain(saver, node=node)
    asyncio.run(graph.ainvoke({"text": "x"}, THREAD))

    assert asyncio.run(graph.ainvoke(Command(resume="yes"), THREAD))["log"] == ["paid", "yes"]
    assert happened == [1]


def test_once_where_nothing_is_kept_inside_what_is_kept_is_refused(run):
    child = StateGraph(State).add_node("node", lambda state: once("call", lambda: 1)).add_edge(START, "node")
    graph = chain(child=child.compile(checkpointer=False))

    with pytest.raises(RuntimeError, match="has nowhere to keep its result"):
        run(graph, {"text": "x"}, THREAD)


@pytest.mark.parametrize(("key", "function"), [(1, print), ("a", "b")])
def test_once_says_what_it_wants(key, function):
    with pytest.raises(TypeError, match="give a key, a string, and a function to call"):
        chain(node=lambda state: once(key, function)).invoke({"text": "x"}, THREAD)


def test_outside_a_node_there_is_no_once():
    with pytest.raises(RuntimeError, match="outside a running node"):
        once("call", print)


@pytest.mark.parametrize("result", [print, ("a", print), (("a", print),)], ids=["bare", "in a tuple", "in a pair"])
def test_a_result_that_a_file_cannot_keep_is_named(result):
    with (
        hilnb.SqliteSaver(":memory:") as saver,
        pytest.raises(SerializationError, match=r"the result of once\('call'\)\[0\].* holds"),
    ):
        chain(saver, node=lambda state: once("call", lambda: result)).invoke({"text": "x"}, THREAD)


# ── why ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_thread_tells_which_node_started_again_because_of_what(run, saver):
    graph = chain(
        saver, one=lambda state: {"log": ["1"]}, two=lambda state: {"log": [interrupt("a?"), interrupt("b?")]}
    )
    run(graph, {"text": "x"}, THREAD)
    run(graph, Command(resume="yes"), THREAD)
    run(graph, Command(resume="no"), THREAD)

    said = hilnb.why(graph, THREAD)

    assert [(ran.node, ran.step, ran.times) for ran in said] == [("two", 2, 3)]
    assert str(hilnb.why(graph, THREAD["configurable"]["thread_id"])) == str(said)
    assert str(said).splitlines()[:2] == [
        "two started 3 times in step 2: it began, then it was answered 'yes', then it was",
        "  answered 'no'.",
    ]
    assert "once(" in str(said)


def test_a_turn_names_the_checkpoint_it_set_out_from_also_on_another_branch_and_in_a_nested_graph(saver):
    child = chain(None, node=lambda state: {"log": [interrupt("a?")]})
    graph = chain(saver, child=child)
    graph.invoke({"text": "x"}, THREAD)
    asked = graph.get_state(THREAD).config
    graph.invoke(Command(resume="yes"), THREAD)
    graph.invoke(None, asked)
    again = graph.get_state(THREAD).config
    graph.invoke(Command(resume="no"), THREAD)

    said = hilnb.why(graph, THREAD)

    assert [(ran.at, ran.starts[1]) for ran in said] == [
        (asked["configurable"]["checkpoint_id"], "it was answered 'yes'"),
        (again["configurable"]["checkpoint_id"], "it was answered 'no'"),
    ]


def test_why_as_the_last_line_of_a_cell_is_text_that_fits(saver):
    graph = chain(saver, one=lambda state: {"log": [interrupt("a?"), interrupt("b?")]})
    graph.invoke({"text": "x"}, THREAD)
    graph.invoke(Command(resume="<b>bold</b>\n" * 9), THREAD)

    bundle = DisplayFormatter().format(hilnb.why(graph, THREAD))[0]

    assert list(bundle) == ["text/plain"]
    first, second, *_ = lines = bundle["text/plain"].splitlines()
    assert first == "one started twice in step 1: it began, then it was answered"
    assert second.startswith(r"  '<b>bold</b>\n<b>bold</b>\n")
    assert second.endswith("….")
    assert max(map(len, lines)) <= 88


def test_failures_and_attempts_are_reasons_too(run, saver):
    tries = []

    def shaky(state):
        tries.append(1)
        if len(tries) < 4:
            raise ConnectionError(f"number {len(tries)}")

    builder = StateGraph(State).add_edge(START, "shaky")
    policy = RetryPolicy(initial_interval=0, jitter=False, max_attempts=2)
    graph = builder.add_node("shaky", shaky, retry_policy=policy).compile(saver)
    with pytest.raises(ConnectionError):
        run(graph, {"text": "x"}, THREAD)
    run(graph, None, THREAD)

    (ran,) = hilnb.why(graph, THREAD)

    failed = [f"it had failed with ConnectionError('number {n}')" for n in (1, 2, 3)]
    assert ran.starts == ("it began", *failed)


def test_a_node_of_a_nested_graph_is_named_with_its_place(run, saver):
    graph = chain(saver, child=chain(None, node=lambda state: {"log": [interrupt("ok?")]}))
    run(graph, {"text": "x"}, THREAD)
    run(graph, Command(resume="yes"), THREAD)

    assert [(ran.node, ran.times) for ran in hilnb.why(graph, THREAD)] == [("child/node", 2)]


def test_a_thread_whose_nodes_started_once_says_so(run, saver):
    graph = chain(saver, one=lambda state: None)
    run(graph, {"text": "x"}, THREAD)

    assert str(hilnb.why(graph, THREAD)) == "Every node that ran started once."


def test_nothing_is_known_without_a_saver():
    with pytest.raises(ValueError, match="no checkpointer"):
        hilnb.why(chain(False, one=lambda state: None), THREAD)
    with pytest.raises(ValueError, match=r"not hilnb's \(InMemorySaver\), so"):
        hilnb.why(SimpleNamespace(checkpointer=Theirs()), THREAD)
