"""`hilnb.ask(obj)`: what is no graph gets a form, and its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest
from pydantic import BaseModel

from hilnb import Deadline, MemorySaver, MessagesState, StateGraph, ask
from hilnb.payloads import Data, Words, inquiry_of, kind_of
from hilnb.widgets.wait import NobodyCanAnswerError
from tests.payloads.asked import answered, form_for, html_of, standing


class Draft(BaseModel):
    title: str
    pages: list[int]


@dataclass
class Note:
    text: str


def test_a_text_is_asked_as_a_text():
    assert answered("Which city?", "Rome") == "Rome"
    assert kind_of("Which city?") == Words()


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"draft": "All <b>about</b> bees"}, "All &lt;b&gt;about&lt;/b&gt; bees"),
        ([{"n": 1}, None], "1 part"),
        (Draft(title="Bees\u202e", pages=[1, 2]), "Bees‹U+202E›"),
        (Note("x" * 400), "400 characters"),
    ],
    ids=["dict", "list", "model", "dataclass"],
)
def test_what_is_not_known_is_a_tree_and_a_box_for_json(asked, shown):
    form, answers = form_for(asked)

    form.control.value = '{"pages": [1, null, 2.5, true]}'
    form.submit.click()

    assert isinstance(form.question.kind, Data)
    assert shown in html_of(form.box)
    assert answers == [{"pages": [1, None, 2.5, True]}]


def test_an_object_of_no_known_shape_at_all_is_still_asked():
    assert answered(object(), "what is it?") == "what is it?"


def test_what_copilotkit_wraps_is_asked():
    wrapped = {"__copilotkit_interrupt_value__": {"question": "City?", "options": ["Rome", "Oslo"]}, "messages": []}

    form, answers = form_for(wrapped)
    form.control.index = 1
    form.submit.click()

    assert answers == ["Oslo"]
    assert "City?" in html_of(form.box)


@pytest.mark.parametrize("nothing", [[], {}, ()])
def test_asking_nothing_is_an_error(nothing):
    with pytest.raises(ValueError, match="nothing is asked"):
        ask(nothing)


def test_none_is_an_error():
    with pytest.raises(TypeError, match="give a graph and a thread, or what waits"):
        ask(None)


def test_a_graph_without_a_thread_is_an_error_that_says_how_to_name_one():
    builder = StateGraph(MessagesState).add_node("one", lambda state: {}).set_entry_point("one")

    with pytest.raises(ValueError, match="which thread"):
        ask(builder.compile(checkpointer=MemorySaver()))
    with pytest.raises(TypeError, match="expected a compiled graph"):
        ask(builder)


def test_without_an_answer_nobody_can_answer():
    with pytest.raises(NobodyCanAnswerError, match="somebody asks 'Go on\\?'"):
        ask("Go on?")


def test_a_deadline_gives_its_answer():
    assert ask("Go on?", deadline=Deadline(60, default="no")).state == "no"


def test_the_answer_can_be_awaited():
    assert asyncio.run(_awaited()) == "yes"


async def _awaited():
    return await ask("Go on?", unattended=["yes"])


def test_the_record_tells_question_and_answer_and_no_state(capsys):
    run = ask({"draft": "x"}, unattended=["good"])

    assert str(run).splitlines() == [
        "Run: finished",
        "somebody  asked   {",
        '                    "draft": "x"',
        "                  }",
        "          answer  good",
    ]


def test_a_reply_that_fails_keeps_the_answer_and_can_be_tried_again(capsys):
    tries = []

    def reply(answers, _):
        tries.append(answers)
        return answers[0] if len(tries) > 1 else 1 / 0

    run = standing(replace(inquiry_of("Go on?"), reply=reply))
    run.submit("yes")
    failed = repr(run.error)

    run.retry()

    assert failed == "ZeroDivisionError('division by zero')"
    assert (run.state, tries) == ("yes", [["yes"], ["yes"]])
