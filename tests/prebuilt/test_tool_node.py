"""The node that runs tools: order, results, failures, what it fills in."""

import asyncio
import threading
from dataclasses import dataclass
from typing import Annotated, Any

import pytest

from hilnb.config import get_stream_writer
from hilnb.graph import START, MessagesState, StateGraph
from hilnb.graph.message import REMOVE_ALL_MESSAGES
from hilnb.messages import HumanMessage, RemoveMessage, ToolMessage
from hilnb.prebuilt import InjectedState, InjectedStore, ToolNode, ToolRuntime, tools_condition
from hilnb.prebuilt.tool_node import ToolInvocationError
from hilnb.store.memory import InMemoryStore
from hilnb.tools import InjectedToolArg, InjectedToolCallId, tool
from hilnb.types import Command, Send
from tests.prebuilt.graphs import THREAD, answers, around, asked, calling


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def fail(how: int):
    """Fail."""
    raise KeyError("lost")


# ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_calls_run_side_by_side_and_answer_in_order():
    both = threading.Barrier(2, timeout=10)

    def meet(n: int) -> int:
        """Meet."""
        both.wait()
        return n

    state = around(ToolNode([meet])).invoke(asked(("meet", {"n": 1}), ("meet", {"n": 2})), THREAD)

    assert answers(state) == [("1", "success"), ("2", "success")]
    assert [message.tool_call_id for message in state["messages"][1:]] == ["ai-0", "ai-1"]


def test_async_calls_run_side_by_side():
    async def scene():
        both = asyncio.Barrier(2)

        async def meet(n: int) -> int:
            """Meet."""
            async with asyncio.timeout(10):
                await both.wait()
            return n

        return await around(ToolNode([meet])).ainvoke(asked(("meet", {"n": 1}), ("meet", {"n": 2})), THREAD)

    assert answers(asyncio.run(scene())) == [("1", "success"), ("2", "success")]


def test_messages_alone_are_answered_with_messages(run):
    found = run(ToolNode([add]), [calling(("add", {"a": 1, "b": 2}))])

    assert [message.content for message in found] == ["3"]


def test_what_is_no_request_is_refused(run):
    with pytest.raises(ValueError, match="No message found in input"):
        run(ToolNode([add]), {"messages": []})
    with pytest.raises(ValueError, match="No AIMessage found in input"):
        run(ToolNode([add]), [HumanMessage("hi")])


def test_an_answer_has_the_same_id_as_an_update_and_in_the_state():
    graph = around(ToolNode([add]))

    (event,) = graph.stream(asked(("add", {"a": 1, "b": 2})), THREAD)

    assert event["tools"]["messages"][0] == graph.get_state(THREAD).values["messages"][-1]


def test_tools_condition_asks_the_last_message():
    assert tools_condition({"messages": [calling(("add", {}))]}) == "tools"
    assert tools_condition([HumanMessage("hi")]) == "__end__"
    assert tools_condition({"said": [calling(("add", {}))]}, messages_key="said") == "tools"
    with pytest.raises(ValueError, match="No messages found"):
        tools_condition({"messages": []})


# ── around a call ─────────────────────────────────────────────────────────────────────────────────────────────────────


def with_more(request, carry_out):
    """Changes a call, answers one that names no tool, and changes the answer."""
    if request.tool is None:
        return ToolMessage(f"no {request.tool_call['name']}", tool_call_id=request.tool_call["id"])
    call = {**request.tool_call, "args": {**request.tool_call["args"], "b": 10}}
    answer = carry_out(request.override(tool_call=call))
    return answer.model_copy(update={"content": f"{request.state['user']}: {answer.content}"})


async def with_more_awaited(request, carry_out):
    answer = await carry_out(request)
    return answer.model_copy(update={"content": f"{request.runtime.tool_call_id}: {answer.content}"})


def test_a_function_stands_around_every_call(run):
    node = ToolNode([add], tags=["mine"], wrap_tool_call=with_more)

    state = run(around(node), asked(("add", {"a": 1}), ("other", {})), THREAD)

    assert answers(state) == [("Ann: 11", "success"), ("no other", "success")]
    assert node.tags == ["mine"]


def test_an_awaited_run_has_a_wrapper_of_its_own():
    node = ToolNode([add], wrap_tool_call=with_more, awrap_tool_call=with_more_awaited)

    state = asyncio.run(around(node).ainvoke(asked(("add", {"a": 1, "b": 2})), THREAD))

    assert answers(state) == [("ai-0: 3", "success")]


def test_a_wrapper_can_try_a_tool_again(run):
    def twice(request, carry_out):
        for _ in range(2):
            try:
                return carry_out(request)
            except KeyError:
                tried.append(request.tool_call["name"])
        return ToolMessage("gave up", tool_call_id=request.tool_call["id"])

    tried: list[str] = []

    state = run(around(ToolNode([fail], wrap_tool_call=twice)), asked(("fail", {"how": 1})), THREAD)

    assert tried == ["fail", "fail"]
    assert answers(state) == [("gave up", "success")]


@pytest.mark.parametrize(
    ("handle", "heard"), [(True, "Error: OSError('down')\n Please fix your mistakes."), (False, "")]
)
def test_what_a_wrapper_raises_is_a_failure_of_the_tool(run, handle, heard):
    def broken(request, carry_out):
        raise OSError("down")

    graph = around(ToolNode([add], handle_tool_errors=handle, wrap_tool_call=broken))
    given = asked(("add", {"a": 1, "b": 2}))

    if not handle:
        with pytest.raises(OSError, match="down"):
            run(graph, given, THREAD)
    else:
        assert answers(run(graph, given, THREAD)) == [(heard, "error")]


# ── failures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_model_is_told_of_wrong_arguments_and_unknown_tools(run):
    state = run(around(ToolNode([add])), asked(("add", {"a": "x"}), ("ad", {}), ("add", {"a": 1, "b": 1})), THREAD)

    (wrong, status), (unknown, _), (fine, _) = answers(state)
    assert status == "error"
    assert "a: Input should be a valid integer" in wrong
    assert "b: Field required" in wrong
    assert "ad is not a valid tool" in unknown
    assert "[add]" in unknown
    assert fine == "2"


def test_a_hidden_argument_that_nobody_fills_in_is_told(run):
    def secret(a: int, key: Annotated[str, InjectedToolArg]) -> str:
        """Open it."""
        return key

    state = run(around(ToolNode([secret])), asked(("secret", {"a": 1})), THREAD)

    assert "key: Field required" in answers(state)[0][0]


def test_other_failures_are_raised(run):
    with pytest.raises(KeyError, match="lost"):
        run(around(ToolNode([fail])), asked(("fail", {"how": 1})), THREAD)


def only_lookups(error: LookupError) -> str:
    return f"not found: {error}"


@pytest.mark.parametrize(
    ("handle", "words"),
    [
        (True, "Error: KeyError('lost')\n Please fix your mistakes."),
        ("try again", "try again"),
        (KeyError, "Error: KeyError('lost')\n Please fix your mistakes."),
        ((OSError, KeyError), "Error: KeyError('lost')\n Please fix your mistakes."),
        (only_lookups, "not found: 'lost'"),
        (lambda error: "any", "any"),
    ],
    ids=["all", "words", "a kind", "kinds", "a function for a kind", "a function"],
)
def test_the_model_can_be_told_of_failures(run, handle, words):
    state = run(around(ToolNode([fail], handle_tool_errors=handle)), asked(("fail", {"how": 1})), THREAD)

    assert answers(state) == [(words, "error")]


@pytest.mark.parametrize("handle", [False, OSError, only_lookups])
def test_failures_the_model_is_not_told_of_are_raised(run, handle):
    with pytest.raises(ToolInvocationError, match="how: Input should be a valid integer"):
        run(around(ToolNode([fail], handle_tool_errors=handle)), asked(("fail", {"how": "x"})), THREAD)


# ── what is filled in ─────────────────────────────────────────────────────────────────────────────────────────────────


def whole(
    text: str, state: Annotated[dict, InjectedState], name: Annotated[str, InjectedState("user")], runtime: ToolRuntime
) -> str:
    """All of it."""
    runtime.stream_writer(text)
    return (
        f"{text} {sorted(state)} {name} {runtime.tool_call_id} {runtime.context} {runtime.execution_info.task_id!r:.1}"
    )


def test_a_tool_gets_state_and_runtime_and_the_model_cannot_forge_them(run):
    graph = around(ToolNode([whole]))

    state = run(graph, asked(("whole", {"text": "t", "name": "Mallory", "runtime": 1})), THREAD)

    assert list(tool(whole).args) == ["text"]
    assert answers(state) == [("t ['messages', 'user'] Ann ai-0 None '", "success")]


def test_a_key_that_the_state_lacks_is_an_error_unless_there_is_a_default(run):
    def needs(x: Annotated[Any, InjectedState("nothing")]):
        """Needs."""

    def may(x: Annotated[Any, InjectedState("nothing")] = "default"):
        """May."""
        return x

    assert answers(run(around(ToolNode([may])), asked(("may", {})), THREAD)) == [("default", "success")]
    with pytest.raises(KeyError, match="nothing"):
        run(around(ToolNode([needs])), asked(("needs", {})), THREAD)


def test_state_may_be_an_object():
    @dataclass
    class State:
        messages: list
        user: str

    def who(user: Annotated[str, InjectedState("user")]) -> str:
        """Who."""
        return user

    found = ToolNode([who]).invoke(State([calling(("who", {}))], "Bo"))

    assert [message.content for message in found["messages"]] == ["Bo"]


def keep(word: str, store: Annotated[Any, InjectedStore()]) -> str:
    """Keep."""
    store.put(("words",), word, {})
    return str(len(store.search(("words",))))


def test_a_tool_gets_the_store(run):
    assert answers(run(around(ToolNode([keep]), store=InMemoryStore()), asked(("keep", {"word": "w"})), THREAD))
    with pytest.raises(ValueError, match="the graph has none"):
        run(around(ToolNode([keep])), asked(("keep", {"word": "w"})), THREAD)


def test_tools_write_to_the_stream():
    def tell(n: int):
        """Tell."""
        get_stream_writer()(n)

    events = around(ToolNode([tell])).stream(
        asked(("tell", {"n": 1}), ("tell", {"n": 2})), THREAD, stream_mode="custom"
    )

    assert sorted(events) == [1, 2]


# ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────

CallId = Annotated[str, InjectedToolCallId]


def rename(to: str, id: CallId):
    """Rename."""
    return Command(update={"user": to, "messages": [ToolMessage("renamed", tool_call_id=id)]})


def rename_in_parts(to: str, id: CallId):
    """Rename."""
    return [Command(update={"user": to}), ToolMessage("renamed", tool_call_id=id)]


@pytest.mark.parametrize("given", [rename, rename_in_parts])
def test_a_tool_may_return_commands(run, given):
    graph = around(ToolNode([given, add]))

    state = run(graph, asked((given.__name__, {"to": "Bo"}), ("add", {"a": 1, "b": 1})), THREAD)

    assert state["user"] == "Bo"
    assert answers(state) == [("renamed", "success"), ("2", "success")]


def test_a_tool_may_forget_the_conversation(run):
    def forget():
        """Forget."""
        return Command(update={"messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES)]})

    assert run(around(ToolNode([forget])), asked(("forget", {})), THREAD)["messages"] == []


@pytest.mark.parametrize(
    ("result", "trouble"),
    [
        (Command(update={"user": "x"}), "has no message that answers the call"),
        (Command(update=[ToolMessage("x", tool_call_id="ai-0")]), "is a dict with the key 'messages'"),
        ([Command(update={"user": "x"})], "0 messages have tool_call_id='ai-0'"),
    ],
    ids=["no answer", "wrong form", "no answer in a list"],
)
def test_a_command_that_does_not_answer_is_refused(run, result, trouble):
    def odd():
        """Odd."""
        return result

    with pytest.raises(ValueError, match=trouble):
        run(around(ToolNode([odd])), asked(("odd", {})), THREAD)


def test_what_goes_to_the_graph_around_goes_together(run):
    def hand_over(to: str):
        """Hand over."""
        return Command(graph=Command.PARENT, goto=[Send("take", {"user": to})])

    taken = []
    inner = StateGraph(MessagesState).add_node("tools", ToolNode([hand_over])).add_edge(START, "tools").compile()
    builder = StateGraph(MessagesState).add_node("inner", inner).add_edge(START, "inner")
    builder.add_node("take", lambda given: taken.append(given["user"]))

    run(builder.compile(), {"messages": [calling(("hand_over", {"to": "a"}), ("hand_over", {"to": "b"}))]})

    assert sorted(taken) == ["a", "b"]
