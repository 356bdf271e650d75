"""The form of a question, its widgets driven from code, without a front end."""

from __future__ import annotations

import pytest

from hilnb.widgets.forms import form_of
from hilnb.widgets.question import NothingAskedError, Question


@pytest.fixture
def answers():
    return []


@pytest.fixture
def form(answers):
    def take(question, answer):
        if answers:
            raise NothingAskedError("it has its answer already")
        answers.append(answer)

    return form_of(Question("0" * 32, "node", "Go <on>?"), take)


def press_enter(form):
    form.control._handle_custom_msg({"event": "submit"}, [])


def on_screen(form):
    """What a browser reports when it has drawn the form."""
    form.control.set_state({"_view_count": 1})


def test_the_question_is_text_and_every_control_is_named(form):
    asked = form.box.children[0].value

    assert "Go &lt;on&gt;?" in asked
    assert (form.control.description, form.submit.description) == ("Answer", "Submit")


def test_a_click_hands_the_answer_over_and_closes_the_form(form, answers):
    form.control.value = "yes"

    form.submit.click()

    assert answers == ["yes"]
    assert form.control.disabled
    assert form.submit.disabled


def test_enter_submits(form, answers):
    form.control.value = "yes"

    press_enter(form)

    assert answers == ["yes"]


def test_two_clicks_and_two_enters_give_one_answer(form, answers):
    form.control.value = "yes"

    form.submit.click()
    press_enter(form)
    form.submit.click()
    press_enter(form)

    assert answers == ["yes"]
    assert form.message.value == ""


def test_an_empty_answer_is_sent_back_with_a_message_and_can_be_corrected(form, answers):
    form.control.value = "  "

    form.submit.click()
    assert answers == []
    assert "Type an answer first." in form.message.value
    assert not form.control.disabled
    form.control.value = "yes"
    form.submit.click()

    assert answers == ["yes"]


def test_a_refused_answer_stays_readable_with_the_reason(form, answers):
    answers.append("from elsewhere")
    form.control.value = "mine"

    form.submit.click()

    assert "it has its answer already" in form.message.value
    assert form.control.value == "mine"
    assert form.control.disabled


def test_text_that_arrives_after_the_click_still_counts(form, answers):
    on_screen(form)
    form.control.value = "g"
    form.submit.click()
    assert answers == []

    form.control.set_state({"value": "go to step 3!"})  # held back by the browser until "g" was confirmed
    probe = form.box.children[-1]
    probe.set_state({"_view_count": 1})

    assert answers == ["go to step 3!"]
    assert probe not in form.box.children


def test_the_cursor_goes_in_once_when_the_form_is_on_screen(form, monkeypatch):
    focused = []
    monkeypatch.setattr(type(form.control), "focus", lambda self: focused.append(self))

    form.focus_when_shown()
    assert focused == []
    form.control.set_state({"_view_count": 1})
    form.control.set_state({"_view_count": 2})

    assert focused == [form.control]
