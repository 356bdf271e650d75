"""The forms for answers that are not one line of text, driven from code, without a front end."""

from __future__ import annotations

import pytest

from hilnb.widgets import page
from hilnb.widgets.blocking import Terminal
from hilnb.widgets.forms import form_of
from hilnb.widgets.log import Entry
from hilnb.widgets.question import Question
from hilnb.widgets.record import lines_of

EVIL = "<img src=x onerror=alert(1)>"
ALL = ("approve", "edit", "reject", "respond")


def hitl(*actions, allowed=ALL):
    return {
        "action_requests": [{"name": name, "args": args, "description": f"About {name}."} for name, args in actions],
        "review_configs": [{"action_name": name, "allowed_decisions": list(allowed)} for name, _ in actions],
    }


def inbox(name, args, **config):
    allow = {f"allow_{each}": True for each in ("accept", "edit", "ignore", "respond")} | config
    return {"action_request": {"action": name, "args": args}, "config": allow, "description": None}


@pytest.fixture
def answers():
    return []


@pytest.fixture
def form(answers):
    def make(value, schema=None):
        return form_of(Question("0" * 32, "node", value, schema), lambda question, answer: answers.append(answer))

    return make


def shown(widget):
    """All the text that a form shows as HTML."""
    text = getattr(widget, "value", "") if type(widget).__name__ == "HTML" else ""
    return text + "".join(shown(child) for child in getattr(widget, "children", ()))


def test_an_approval_shows_every_action_and_decides_none(form, answers):
    asked = form(hitl(("send", {"to": "Ann", "copies": 2}), ("delete", {})))

    assert '<div class="hilnb-tool">send</div>' in shown(asked.box)
    assert "<pre>&quot;to&quot;: &quot;Ann&quot;</pre><pre>&quot;copies&quot;: 2</pre>" in shown(asked.box)
    assert "About delete." in shown(asked.box)
    assert [row.choice.value for row in asked.field.rows] == [None, None]
    asked.submit.click()
    assert answers == []
    assert ["Decide about this action first." in row.message.value for row in asked.field.rows] == [True, True]


def test_decisions_are_sent_in_the_order_of_the_actions_and_types_survive_an_edit(form, answers):
    asked = form(hitl(*[("send", {"to": "Ann", "n": 1, "x": 1.0, "on": True, "no": None})] * 4))
    edited, rejected, said, approved = asked.field.rows
    edited.choice.value = "edit"
    edited.arguments.value = edited.arguments.value.replace("Ann", "Bo")
    rejected.choice.value, rejected.reason.value = "reject", "She has it."
    said.choice.value, said.words.value = "respond", "Use the phone."
    approved.choice.value = "approve"

    asked.submit.click()

    args = {"to": "Bo", "n": 1, "x": 1.0, "on": True, "no": None}
    assert answers == [
        {
            "decisions": [
                {"type": "edit", "edited_action": {"name": "send", "args": args}},
                {"type": "reject", "message": "She has it."},
                {"type": "respond", "message": "Use the phone."},
                {"type": "approve"},
            ]
        }
    ]
    sent = answers[0]["decisions"][0]["edited_action"]["args"]
    assert [type(value) for value in sent.values()] == [str, int, float, bool, type(None)]
    assert all(control.disabled for control in asked.field.inputs)


def test_only_what_is_allowed_can_be_chosen(form):
    asked = form(hitl(("send", {}), allowed=["reject", "approve"]))

    (row,) = asked.field.rows
    assert [label for label, _ in row.choice.options] == ["Approve", "Reject"]
    assert row.arguments not in row.box.children


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("{", "The arguments are not JSON"),
        ("[1]", "have to be a JSON object"),
        ('{"a": 1, "a": 2}', "comes twice"),
        ('{"a": NaN}', "JSON has no NaN"),
    ],
)
def test_an_edit_that_cannot_be_used_is_sent_back_at_its_row_and_nothing_is_lost(form, answers, typed, said):
    asked = form(hitl(("send", {"to": "Ann"}), ("send", {"to": "Bo"})))
    first, second = asked.field.rows
    first.choice.value, first.reason.value = "reject", "no"
    second.choice.value, second.arguments.value = "edit", typed

    asked.submit.click()

    assert answers == []
    assert said in second.message.value
    assert first.message.value == ""
    assert (first.reason.value, second.arguments.value) == ("no", typed)
    assert not second.arguments.disabled
    assert asked.control is second.arguments
    second.arguments.value = "{}"
    asked.submit.click()
    assert len(answers) == 1


def test_what_was_typed_for_another_decision_is_kept_and_not_sent(form, answers):
    asked = form(hitl(("send", {"to": "Ann"})))
    (row,) = asked.field.rows
    row.choice.value, row.reason.value = "reject", "no"
    row.choice.value = "approve"
    assert row.reason.layout.display == "none"

    asked.submit.click()

    assert answers == [{"decisions": [{"type": "approve"}]}]
    assert row.reason.value == "no"


@pytest.mark.parametrize("listed", [False, True])
def test_an_inbox_request_is_answered_with_a_list_of_responses(form, answers, listed):
    request = inbox("send", {"to": "Ann"}, allow_respond=False)
    asked = form([request, request] if listed else request)
    row, *others = asked.field.rows
    assert [label for label, _ in row.choice.options] == ["Approve", "Edit", "Reject"]
    row.choice.value, row.arguments.value = "edit", '{"to": "Bo"}'
    for other in others:
        other.choice.value = "approve"

    asked.submit.click()

    edited = {"type": "edit", "args": {"action": "send", "args": {"to": "Bo"}}}
    assert answers == [[edited, {"type": "accept", "args": None}] if listed else [edited]]


def test_what_a_model_wants_is_text_with_every_character_in_sight(form):
    asked = form(hitl((EVIL, {"to": f"{EVIL}\u202eevil", "long": "x" * 5_000})))

    html = shown(asked.box)
    assert "<img" not in html
    assert "‹U+202E›evil" in html
    assert "<summary>&quot;long&quot;: 5,000 characters</summary>" in html
    assert "x" * 5_000 in html
    (row,) = asked.field.rows
    assert "\\u202eevil" in row.arguments.value


def test_arguments_that_json_cannot_say_are_not_offered_for_approval(form):
    asked = form(hitl(("send", {"to": ("Ann", "Bo")})))

    assert asked.field.inputs[0].description == "Answer"


@pytest.mark.parametrize(
    ("schema", "labels", "values"),
    [
        ({"type": "string", "enum": ["Rome", "Oslo"]}, ["Rome", "Oslo"], ["Rome", "Oslo"]),
        ({"enum": [1, 2.5, "1"]}, ["1", "2.5", '"1"'], [1, 2.5, "1"]),
        ({"enum": [True, 1]}, ["true", "1"], [True, 1]),
        ({"type": "boolean"}, ["Yes", "No"], [True, False]),
        ({"anyOf": [{"const": 1, "title": "One"}, {"const": 2}]}, ["One", "2"], [1, 2]),
        ({"const": "ok", "type": "string"}, ["ok"], ["ok"]),
        ({"enum": list(range(7))}, list("0123456"), list(range(7))),
    ],
)
def test_a_choice_gives_the_value_and_not_its_label(form, answers, schema, labels, values):
    for place, value in enumerate(values):
        asked = form("Which?", schema)
        (chosen,) = asked.field.inputs
        assert list(chosen.options) == labels
        asked.submit.click()
        assert "Choose one first." in asked.message.value
        chosen.index = place

        asked.submit.click()

        assert answers.pop() == value
        assert type(chosen).__name__ == ("RadioButtons" if len(values) <= 6 else "Dropdown")


def test_data_is_asked_for_as_json_and_text_beside_it_only_without_a_schema(form, answers):
    asked = form({"question": "Right?"})
    for text in ("yes", "true", '"true"', '{"a": [1]}'):
        asked = form({"question": "Right?"})
        asked.field.control.value = text
        asked.submit.click()
    assert answers == ["yes", True, "true", {"a": [1]}]
    answers.clear()
    strict = form("Where?", {"type": "object", "patternProperties": {"city": {"type": "string"}}})

    strict.field.control.value = "Rome"
    strict.submit.click()
    assert answers == []
    assert "Text has to be put in quotes" in strict.message.value
    strict.field.control.value = '{"city": "Rome"}'
    strict.submit.click()

    assert answers == [{"city": "Rome"}]


def test_the_record_tells_an_approval_and_its_decisions_in_words():
    question = Question("0" * 32, "node", hitl(("send", {"to": "Ann\u200b"}), ("delete", {}), ("look", {EVIL: 1})))
    edited = {"name": "send", "args": {"to": "Bo"}}
    decisions = [{"type": "edit", "edited_action": edited}, {"type": "reject", "message": "No."}, {"type": "approve"}]
    question.answered, question.answer = True, {"decisions": decisions}
    entry = Entry("question", "node", question)

    (_, asked), (_, answer) = lines_of(entry)

    assert asked.startswith('1. send\nAbout send.\n{\n  "to": "Ann‹U+200B›"\n}\n2. delete\n')
    assert answer.splitlines() == [
        "1. send: edited, to run as send {",
        '  "to": "Bo"',
        "}",
        "2. delete: rejected, because: No.",
        "3. look: approved",
    ]
    assert "<img" not in page.rows([entry])
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.rows([entry])


def test_an_answer_from_code_that_is_no_decision_is_recorded_as_it_is():
    question = Question("0" * 32, "node", hitl(("send", {})), answered=True, answer={"decisions": "yes"})

    assert list(lines_of(Entry("question", "node", question)))[1] == ("answer", '{\n  "decisions": "yes"\n}')


def test_a_terminal_reads_decisions_as_json_and_says_what_they_look_like(capsys):
    typed = iter(["approve", '{"decisions": []}', '{"decisions": [{"type": "approve"}]}'])
    terminal = Terminal(lambda prompt: next(typed))

    answer = terminal.answer(Question("0" * 32, "node", hitl(("send", {}), allowed=["approve", "reject"])))

    assert answer == {"decisions": [{"type": "approve"}]}
    said = capsys.readouterr().out
    assert "(a decision for each action, as JSON; allowed are send: approve, reject)" in said
    assert 'This is not JSON: Expecting value (line 1, column 1). An answer looks like this: {"decisions"' in said
    assert "there is one decision to make for each of 1 actions (send), in their order, and 0 came." in said


def test_a_terminal_takes_a_choice_by_its_label(capsys):
    typed = iter(["three", "2"])

    assert Terminal(lambda prompt: next(typed)).answer(Question("0" * 32, "node", "How many?", {"enum": [1, 2]})) == 2

    assert "How many?\n(1, 2)\nType one of: 1, 2." in capsys.readouterr().out
