"""A person approves tool calls before they run, in agents and in graphs of one's own."""

import pytest

from hilnb.checkpoint.memory import MemorySaver
from hilnb.graph import END, START, MessagesState, StateGraph
from hilnb.messages import AIMessage
from hilnb.models import ScriptedModel
from hilnb.prebuilt import ToolApproval, ToolNode, tools_condition
from hilnb.tools import tool
from hilnb.types import Command
from tests.prebuilt.graphs import HI, THREAD, answers, approved, calling

APPROVE = {"type": "approve"}
ALL = ["approve", "edit", "reject", "respond"]


def edit(name, **args):
    return {"type": "edit", "edited_action": {"name": name, "args": args}}


def own_graph(tools, approval, *said, saver=None):
    """`approved`, written by hand."""
    model = ScriptedModel([*said, "done"])
    builder = StateGraph(MessagesState)
    builder.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    builder.add_node("approve", approval)
    builder.add_node("tools", ToolNode(tools))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", tools_condition, {"tools": "approve", END: END})
    builder.add_edge("approve", "tools").add_edge("tools", "model")
    return builder.compile(checkpointer=saver or MemorySaver())


@pytest.fixture(params=["agent", "agent v1", "own graph"])
def make(request):
    if request.param == "own graph":
        return own_graph
    version = "v1" if request.param == "agent v1" else "v2"
    return lambda *given, **options: approved(*given, version=version, **options)


SEVERAL = calling(
    ("send", {"to": "Ann"}), ("look", {"what": "sky"}), ("send", {"to": "Bo"}), ("send", {"to": "Cy"}), id="m"
)


def test_one_question_holds_all_calls_that_need_approval(run, make, tools):
    config = {"allowed_decisions": ["approve", "reject"], "description": "Look?"}

    (question,) = run(make(tools, ToolApproval({"send": True, "look": config}), SEVERAL), HI, THREAD)["__interrupt__"]

    text = "The model wants to call the tool send."
    assert question.value == {
        "action_requests": [
            {"name": "send", "args": {"to": "Ann"}, "description": text},
            {"name": "look", "args": {"what": "sky"}, "description": "Look?"},
            {"name": "send", "args": {"to": "Bo"}, "description": text},
            {"name": "send", "args": {"to": "Cy"}, "description": text},
        ],
        "review_configs": [
            {"action_name": "send", "allowed_decisions": ALL},
            {"action_name": "look", "allowed_decisions": ["approve", "reject"]},
            {"action_name": "send", "allowed_decisions": ALL},
            {"action_name": "send", "allowed_decisions": ALL},
        ],
    }


def test_each_call_is_decided_on_its_own(run, make, tools, ran, saver):
    said = calling(*[("send", {"to": name}) for name in ("Ann", "Bo", "Cy", "Di", "Ed")], id="m")
    graph = make(tools, ToolApproval({"send": True}), said, saver=saver)
    run(graph, HI, THREAD)

    decisions = [
        APPROVE,
        edit("send", to="Bob", copies=2),
        {"type": "reject", "message": "too late"},
        {"type": "reject"},
        {"type": "respond", "message": "I told Ed myself"},
    ]
    state = run(graph, Command(resume={"decisions": decisions}), THREAD)

    assert sorted(ran) == [("Ann", 1), ("Bob", 2)]
    by_call = {m.tool_call_id: (m.status, m.content, m.name) for m in state["messages"] if m.type == "tool"}
    assert by_call == {
        "m-0": ("success", "sent to Ann", "send"),
        "m-1": ("success", "sent to Bob", "send"),
        "m-2": (
            "error",
            "The person rejected this call of send, and it did not run. The reason: too late",
            "send",
        ),
        "m-3": (
            "error",
            "The person rejected this call of send, and it did not run. Do not call it like this again unless you are "
            "asked to.",
            "send",
        ),
        "m-4": ("success", "I told Ed myself", "send"),
    }
    assert state["messages"][-1].content == "done"


def test_tools_that_need_no_approval_run_unasked(run, make, tools, ran):
    graph = make(tools, ToolApproval({"send": True, "look": False}), calling(("look", {"what": "sky"})))

    assert answers(run(graph, HI, THREAD)) == [("saw sky", "success")]


def test_calls_wait_for_those_beside_them_that_need_approval(run, make, tools, ran):
    graph = make(tools, ToolApproval({"send": True}), calling(("look", {"what": "sky"}), ("send", {"to": "Ann"})))

    run(graph, HI, THREAD)
    before = list(ran)
    run(graph, Command(resume={"decisions": [APPROVE]}), THREAD)

    assert before == []
    assert sorted(ran, key=str) == [("Ann", 1), "sky"]


def test_when_all_calls_are_rejected_the_model_hears_it_and_nothing_runs(run, make, tools, ran):
    graph = make(tools, ToolApproval({"send": True}), calling(("send", {"to": "Ann"})))
    run(graph, HI, THREAD)

    state = run(graph, Command(resume={"decisions": [{"type": "reject"}]}), THREAD)

    assert ran == []
    assert [message.type for message in state["messages"]] == ["human", "ai", "tool", "ai"]


def test_the_conversation_holds_the_edited_call_with_its_json_types(run, make, tools, saver):
    blocks = [{"type": "text", "text": "So."}, {"type": "tool_use", "id": "1", "name": "send", "input": {"to": "Ann"}}]
    call = {"name": "send", "args": {"to": "Ann"}, "id": "1"}
    args = {"to": "Bo", "copies": 3, "more": {"list": [1, 2.5, None, True]}}
    graph = make(tools, ToolApproval({"send": True}), AIMessage(blocks, tool_calls=[call], id="m"), saver=saver)
    run(graph, HI, THREAD)

    state = run(graph, Command(resume={"decisions": [edit("send", **args)]}), THREAD)

    said = state["messages"][1]
    assert said.tool_calls == [{**call, "args": args, "type": "tool_call"}]
    assert said.content == [blocks[0], {**blocks[1], "input": args}]


def test_what_somebody_does_to_the_shown_arguments_changes_nothing(tools, ran):
    graph = approved(tools, ToolApproval({"send": True}), calling(("send", {"to": "Ann"})))
    (question,) = graph.invoke(HI, THREAD)["__interrupt__"]

    question.value["action_requests"][0]["args"]["to"] = "Eve"
    graph.invoke(Command(resume={"decisions": [APPROVE]}), THREAD)

    assert ran == [("Ann", 1)]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (True, 'it is True. Answer {"decisions": […]} with a decision for each action'),
        ([APPROVE, APPROVE], "it is [{'type': 'approve'}, {'type': 'approve'}]. Answer"),
        (
            {"decisions": [APPROVE]},
            "one decision to make for each of 2 actions (send, look), in their order, and 1 came",
        ),
        ({"decisions": [APPROVE] * 3}, "and 3 came"),
        ({"decisions": [APPROVE, "yes"]}, "decision 2, about look: 'yes' is no decision; its type is one of approve"),
        ({"decisions": [{"type": "accept"}, APPROVE]}, "decision 1, about send: {'type': 'accept'} is no decision"),
        (
            {"decisions": [APPROVE, {"type": "respond", "message": "x"}]},
            "decision 2, about look: 'respond' is not allowed for it; allowed: approve, edit, reject",
        ),
        ({"decisions": [{"type": "edit", "edited_action": {"name": "send", "args": "{}"}}, APPROVE]}, "args, a dict"),
        ({"decisions": [{"type": "edit"}, APPROVE]}, "an edit brings a name, text, and args, a dict; it has None"),
        ({"decisions": [{"type": "respond"}, APPROVE]}, "a response brings its words as text; it has None"),
        ({"decisions": [{"type": "reject", "message": 5}, APPROVE]}, "the reason for a rejection is text; it has 5"),
    ],
    ids=str,
)
def test_an_answer_that_decides_too_little_runs_nothing_and_is_asked_for_again(tools, ran, answer, wrong):
    approval = ToolApproval({"send": True, "look": {"allowed_decisions": ["approve", "edit", "reject"]}})
    graph = approved(tools, approval, calling(("send", {"to": "Ann"}), ("look", {"what": "sky"})))
    (first,) = graph.invoke(HI, THREAD)["__interrupt__"]

    (second,) = graph.invoke(Command(resume=answer), THREAD)["__interrupt__"]

    said = second.value["action_requests"][0]["description"]
    assert said.startswith("The last answer could not be used, and nothing has run: ")
    assert wrong in said
    assert second.id != first.id
    assert ran == []
    graph.invoke(Command(resume={"decisions": [APPROVE, APPROVE]}), THREAD)
    assert sorted(ran, key=str) == [("Ann", 1), "sky"]


def test_an_approved_call_runs_once_however_often_one_beside_it_asks(run, make, tools, ran, saver):
    said = calling(("send", {"to": "Ann"}), ("ask_human", {"question": "why?"}), ("ask_human", {"question": "who?"}))
    graph = make(tools, ToolApproval({"send": True}), said, saver=saver)
    run(graph, HI, THREAD)

    state = run(graph, Command(resume={"decisions": [APPROVE]}), THREAD)
    while "__interrupt__" in state:
        question = state["__interrupt__"][0]
        state = run(graph, Command(resume={question.id: question.value.upper()}), THREAD)

    assert ran == [("Ann", 1)]
    assert [content for content, _ in answers(state)] == ["sent to Ann", "WHY?", "WHO?"]


def test_each_turn_of_the_model_is_approved_anew(run, make, tools, ran):
    graph = make(
        tools,
        ToolApproval({"send": True}),
        calling(("send", {"to": "Ann"}), id="m1"),
        calling(("send", {"to": "Bo"}), id="m2"),
    )
    run(graph, HI, THREAD)

    second = run(graph, Command(resume={"decisions": [APPROVE]}), THREAD)
    run(graph, Command(resume={"decisions": [{"type": "reject"}]}), THREAD)

    assert second["__interrupt__"][0].value["action_requests"][0]["args"] == {"to": "Bo"}
    assert ran == [("Ann", 1)]


def test_a_description_may_be_made_of_the_call(tools):
    def described(call, state, runtime):
        return f"{call['args']['to']}, after {len(state['messages'])} messages, for {runtime.context}"

    approval = ToolApproval({"send": {"allowed_decisions": ["approve"], "description": described}})
    graph = approved(tools, approval, calling(("send", {"to": "Ann"})))

    (question,) = graph.invoke(HI, THREAD, context={"user": "Bo"})["__interrupt__"]

    assert question.value["action_requests"][0]["description"] == "Ann, after 2 messages, for {'user': 'Bo'}"


def test_who_hears_of_a_rejection_and_who_reads_the_state_know_it_by_one_id(tools):
    graph = approved(tools, ToolApproval({"send": True}), calling(("send", {"to": "Ann"})))
    graph.invoke(HI, THREAD)

    heard = list(graph.stream(Command(resume={"decisions": [{"type": "reject"}]}), THREAD))

    (rejection,) = heard[0]["post_model_hook"]["messages"]
    assert rejection.id == graph.get_state(THREAD).values["messages"][2].id


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_model_hears_of_the_rejection_of_a_tool_that_would_end_its_work(run, tools, version):
    @tool(return_direct=True)
    def finish(word: str) -> str:
        """End it."""
        return word

    graph = approved(
        [*tools, finish],
        ToolApproval({"finish": True}),
        calling(("finish", {"word": "now"}), ("look", {"what": "sky"})),
        version=version,
    )
    run(graph, HI, THREAD)

    state = run(graph, Command(resume={"decisions": [{"type": "reject"}]}), THREAD)

    assert state["messages"][-1].content == "done"


@pytest.mark.parametrize(
    ("edited", "heard"),
    [
        (edit("sent", to="Bo"), "Error: sent is not a valid tool, try one of [send, look, ask_human]."),
        (edit("send", copies="many"), "Error invoking tool 'send' with kwargs {'copies': 'many'}"),
        (edit("look", what="sky"), "saw sky"),
    ],
    ids=["to an unknown tool", "to wrong arguments", "to another tool"],
)
def test_an_edit_runs_as_it_is_written(run, make, tools, edited, heard):
    graph = make(tools, ToolApproval({"send": True}), calling(("send", {"to": "Ann"})))
    run(graph, HI, THREAD)

    state = run(graph, Command(resume={"decisions": [edited]}), THREAD)

    ((said, _),) = answers(state)
    assert said.startswith(heard)
    assert state["messages"][-1].content == "done"


def test_calls_that_cannot_be_told_apart_are_not_approved(tools, ran):
    call = {"name": "send", "args": {"to": "Ann"}, "id": "1"}
    graph = approved(tools, ToolApproval({"send": True}), AIMessage("", tool_calls=[call, call]))

    with pytest.raises(ValueError, match="several tool calls of one message have the id '1'"):
        graph.invoke(HI, THREAD)
    assert ran == []


# ── wrong uses ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"send": "yes"}, "'send' has 'yes'; give True, False, or"),
        ({"send": {}}, "'send' has allowed_decisions=None; give a list of some of approve, edit, reject, respond"),
        ({"send": {"allowed_decisions": []}}, "allowed_decisions=\\[\\]"),
        ({"send": {"allowed_decisions": ["accept"]}}, "allowed_decisions=\\['accept'\\]"),
        ({"send": {"allowed_decision": ["approve"]}}, "an option 'allowed_decision', which there is not.*did you mean"),
    ],
    ids=str,
)
def test_a_config_that_would_not_ask_is_refused(given, wrong):
    with pytest.raises(ValueError, match=wrong):
        ToolApproval(given)


def test_an_unknown_payload_is_refused():
    with pytest.raises(ValueError, match=r"payload='email'.*'hitl', 'inbox'"):
        ToolApproval({}, payload="email")


def test_an_agent_refuses_an_approval_of_a_tool_it_has_not(tools):
    with pytest.raises(ValueError, match=r"no tool is called 'sned'.*did you mean 'send'"):
        approved(tools, ToolApproval({"sned": True}))


def test_in_a_graph_of_ones_own_such_a_name_is_warned_of_at_the_first_call(tools):
    graph = own_graph(tools, ToolApproval({"sned": True, "look": True}), calling(("look", {"what": "sky"})))

    with pytest.warns(UserWarning, match=r"no tool of this graph is called 'sned'.*did you mean 'send'"):
        graph.invoke(HI, THREAD)
    graph.invoke(Command(resume={"decisions": [APPROVE]}), THREAD)  # once: a second warning would be an error here
