"""A person approves tool calls with agent-inbox's payload."""

import pytest

from hilnb.prebuilt import ToolApproval
from hilnb.types import Command
from tests.prebuilt.graphs import HI, THREAD, answers, approved, calling


def inbox(tools, *calls, **options):
    return approved(tools, ToolApproval({"send": True, **options}, payload="inbox"), calling(*calls))


def test_an_inbox_is_asked_with_a_list_of_human_interrupts(tools):
    options = {"allowed_decisions": ["approve", "reject"], "description": "Look?"}
    graph = inbox(tools, ("send", {"to": "Ann"}), ("look", {"what": "sky"}), look=options)

    (question,) = graph.invoke(HI, THREAD)["__interrupt__"]

    def allowed(*, respond, edit):
        return {"allow_ignore": True, "allow_respond": respond, "allow_edit": edit, "allow_accept": True}

    assert question.value == [
        {
            "action_request": {"action": "send", "args": {"to": "Ann"}},
            "config": allowed(respond=True, edit=True),
            "description": "The model wants to call the tool send.",
        },
        {
            "action_request": {"action": "look", "args": {"what": "sky"}},
            "config": allowed(respond=False, edit=False),
            "description": "Look?",
        },
    ]


@pytest.mark.parametrize(
    ("answer", "heard", "called"),
    [
        ([{"type": "accept", "args": None}], ("sent to Ann", "success"), [("Ann", 1)]),
        (
            [{"type": "accept", "args": {"action": "send", "args": {"to": "Ann"}}}],
            ("sent to Ann", "success"),
            [("Ann", 1)],
        ),
        ({"type": "accept", "args": None}, ("sent to Ann", "success"), [("Ann", 1)]),
        (
            [{"type": "edit", "args": {"action": "send", "args": {"to": "Bo", "copies": 2}}}],
            ("sent to Bo", "success"),
            [("Bo", 2)],
        ),
        ([{"type": "response", "args": "she knows"}], ("she knows", "success"), []),
        (
            [{"type": "ignore", "args": None}],
            (
                "The person rejected this call of send, and it did not run. Do not call it like this again unless you "
                "are asked to.",
                "error",
            ),
            [],
        ),
    ],
    ids=["accept", "accept with an echo", "a response alone", "edit", "response", "ignore"],
)
def test_an_inbox_answers_with_human_responses(run, tools, ran, answer, heard, called):
    graph = inbox(tools, ("send", {"to": "Ann"}))
    run(graph, HI, THREAD)

    state = run(graph, Command(resume=answer), THREAD)

    assert answers(state) == [heard]
    assert ran == called


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("yes", "it is 'yes'. Answer […] with a decision for each action"),
        ([], "one decision to make for each of 1 actions (send), in their order, and 0 came"),
        ([{"type": "approve"}], "is no HumanResponse; its type is one of accept, ignore, response, edit"),
        ([{"type": "edit", "args": {"to": "Bo"}}], "an edit brings a name, text, and args, a dict"),
        ([{"type": "response", "args": None}], "a response brings its words as text; it has None"),
        (
            [{"type": "accept", "args": {"action": "send", "args": {"to": "Eve"}}}],
            "which is not what was asked; to change it, answer edit",
        ),
    ],
    ids=str,
)
def test_an_inbox_is_asked_again_as_well(tools, ran, answer, wrong):
    graph = inbox(tools, ("send", {"to": "Ann"}))
    graph.invoke(HI, THREAD)

    (question,) = graph.invoke(Command(resume=answer), THREAD)["__interrupt__"]

    assert wrong in question.value[0]["description"]
    assert ran == []
