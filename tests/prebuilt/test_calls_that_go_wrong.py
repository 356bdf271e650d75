"""Whatever is wrong with a tool call: somebody is told clearly, and the thread can go on."""

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.graph import END, START, MessagesState, StateGraph
from hilnb.messages import AIMessage, RemoveMessage
from hilnb.models import ScriptedModel
from hilnb.prebuilt import ToolApproval, ToolNode, create_react_agent, tools_condition
from hilnb.tools import tool
from tests.prebuilt.graphs import THREAD, answers, calling

HI = {"messages": [("user", "hi")]}
MORE = {"messages": [("user", "and now?")]}


@tool
def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def unreadable(*calls, args='{"a": 1,', error="Expecting ',' delimiter"):
    """A model's message with a call whose arguments are no JSON."""
    bad = {"name": "add", "args": args, "id": "bad", "error": error}
    return calling(*calls).model_copy(update={"invalid_tool_calls": [bad]})


WRONG = (
    "Error invoking tool 'add' with kwargs {'a': 'x'} with error:\n"
    " a: Input should be a valid integer, unable to parse string as an integer\nb: Field required\n"
    " Please fix the error and try again."
)
NO_JSON = """Error: the tool was not run: Expecting ',' delimiter. The arguments were: {"a": 1,"""


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (calling(("sub", {"a": 1})), [("Error: sub is not a valid tool, try one of [add].", "error")]),
        (
            calling(("add", {"a": "x"})),
            [(WRONG, "error")],
        ),
        (unreadable(), [(NO_JSON, "error")]),
        (unreadable(("add", {"a": 1, "b": 1})), [("2", "success"), (NO_JSON, "error")]),
        (
            unreadable(args="[1]", error=None),
            [("Error: the tool was not run: the arguments are not a JSON object. The arguments were: [1]", "error")],
        ),
    ],
    ids=["unknown tool", "wrong arguments", "no JSON", "no JSON beside a good call", "no object"],
)
def test_the_model_is_told_and_can_call_again(run, version, said, heard):
    model = ScriptedModel([said, calling(("add", {"a": 2, "b": 3}), id="again"), "It is 5.", "Bye."])
    graph = create_react_agent(model, [add], version=version, checkpointer=MemorySaver())

    state = run(graph, HI, THREAD)
    later = run(graph, MORE, THREAD)

    assert answers(state) == [*heard, ("5", "success")]
    assert state["messages"][-1].content == "It is 5."
    assert later["messages"][-1].content == "Bye."


def test_in_a_graph_of_ones_own_the_model_is_told_of_an_unreadable_call_too(run):
    model = ScriptedModel([unreadable(), "I see."])
    builder = StateGraph(MessagesState).add_node("tools", ToolNode([add])).add_edge(START, "model")
    builder.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    builder.add_conditional_edges("model", tools_condition, ["tools", END]).add_edge("tools", "model")

    state = run(builder.compile(), HI)

    assert answers(state) == [(NO_JSON, "error")]
    assert state["messages"][-1].content == "I see."


def test_nobody_is_asked_to_approve_an_unreadable_call(run):
    model = ScriptedModel([unreadable(), "I see."])
    approval = ToolApproval({"add": True})

    state = run(create_react_agent(model, [add], post_model_hook=approval, checkpointer=MemorySaver()), HI, THREAD)

    assert answers(state) == [(NO_JSON, "error")]


def test_a_wrapper_of_calls_sees_no_unreadable_one(run):
    seen = []

    def watch(request, carry_out):
        seen.append(request.tool_call["args"])
        return carry_out(request)

    graph = create_react_agent(
        ScriptedModel([unreadable(("add", {"a": 1, "b": 1})), "done"]), ToolNode([add], wrap_tool_call=watch)
    )

    run(graph, HI)

    assert seen == [{"a": 1, "b": 1}]


def test_a_model_that_only_makes_unreadable_calls_runs_out_of_steps(run):
    new = unreadable().model_copy(update={"id": None})
    graph = create_react_agent(ScriptedModel(lambda messages: new), [add])

    state = run(graph, HI, {"recursion_limit": 6})

    assert state["messages"][-1].content == "Sorry, need more steps to process this request."


@pytest.fixture
def disk():
    """A tool that fails while the disk is full, and what there is on it."""
    files = {"full": True, "saved": []}

    @tool
    def save(name: str) -> str:
        """Save it."""
        if files["full"]:
            raise OSError("disk full")
        files["saved"].append(name)
        return "saved"

    return files, save


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_tool_that_raises_stops_the_run_before_it_and_can_be_tried_again(run, saver, disk, version):
    files, save = disk
    said = calling(("add", {"a": 1, "b": 1}), ("save", {"name": "x"}))
    graph = create_react_agent(ScriptedModel([said, "done"]), [add, save], version=version, checkpointer=saver)

    with pytest.raises(OSError, match="disk full") as failure:
        run(graph, HI, THREAD)
    files["full"] = False
    state = run(graph, None, THREAD)

    assert failure.value.__notes__[0] == (
        "Tool 'save' raised this, and the thread stands before it: invoke(None, config) runs it again. To have the "
        "model told of it in place of raising it: ToolNode(tools, handle_tool_errors=True)."
    )
    assert answers(state) == [("2", "success"), ("saved", "success")]
    assert state["messages"][-1].content == "done"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_after_a_tool_has_raised_the_error_says_how_to_talk_on(run, disk, version):
    model = ScriptedModel([calling(("save", {"name": "x"}), id="m"), "Hello again."])
    graph = create_react_agent(model, [disk[1]], version=version, checkpointer=MemorySaver())
    with pytest.raises(OSError, match="disk full"):
        run(graph, HI, THREAD)

    with pytest.raises(ValueError, match=r"update_state\(config, {'messages': \[RemoveMessage\(id='m'\)\]}\)"):
        run(graph, MORE, THREAD)
    graph.update_state(THREAD, {"messages": [RemoveMessage(id="m")]})

    assert run(graph, None, THREAD)["messages"][-1].content == "Hello again."


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_call_without_id_never_gets_into_the_conversation(run, version):
    nameless = AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1, "b": 1}, "id": None}])
    graph = create_react_agent(ScriptedModel([nameless, "hi"]), [add], version=version, checkpointer=MemorySaver())

    with pytest.raises(ValueError, match="has no id, so no message can answer it"):
        run(graph, HI, THREAD)

    assert run(graph, None, THREAD)["messages"][-1].content == "hi"


def test_a_tool_node_refuses_a_call_without_id():
    with pytest.raises(ValueError, match="has no id, so no message can answer it"):
        ToolNode([add]).invoke([AIMessage("", tool_calls=[{"name": "add", "args": {"a": 1, "b": 1}, "id": None}])])
