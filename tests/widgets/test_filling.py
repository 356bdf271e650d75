"""The form of a schema, its widgets driven from code, without a front end."""

from __future__ import annotations

import datetime
import enum
import html
from typing import Annotated, Any, Literal

import ipywidgets
import pytest
from pydantic import BaseModel, Field, TypeAdapter, field_validator, model_validator

from hilnb import END, START, MemorySaver, StateGraph, interrupt
from hilnb.widgets import forms, page
from hilnb.widgets.beforehand import beforehand
from hilnb.widgets.blocking import Blocking, Terminal
from hilnb.widgets.forms import form_of
from hilnb.widgets.log import Entry
from hilnb.widgets.question import Question, RefusedAnswerError
from hilnb.widgets.record import answer_text, lines_of
from hilnb.widgets.session import Run

EVIL = "<img src=x onerror=alert(1)>"


class Size(enum.Enum):
    small = "s"
    large = "l"


class Address(BaseModel):
    street: str
    city: str = "Oslo"


class Card(BaseModel):
    kind: Literal["card"]
    number: Annotated[str, Field(pattern="^[0-9]{4}$")]


class Invoice(BaseModel):
    kind: Literal["invoice"]
    email: str


class Order(BaseModel):
    name: str
    size: Size
    count: Annotated[int, Field(ge=1, le=10)] = 1
    address: Address
    second: Address | None = None
    tags: list[Literal["cold", "heavy"]] = []
    lines: Annotated[list[str], Field(min_length=1, max_length=2)]
    pay: Annotated[Card | Invoice, Field(discriminator="kind")]
    limits: dict[str, int] = {}
    day: datetime.date | None = None
    note: str | None = None

    @field_validator("name")
    @classmethod
    def known(cls, name):
        if name == "Nobody":
            raise ValueError("nobody of that name lives here")
        return name

    @model_validator(mode="after")
    def cheap(self):
        if self.count == 10 and self.size is Size.large:
            raise ValueError("ten large ones are too many")
        return self


@pytest.fixture
def answers():
    return []


@pytest.fixture
def form(answers):
    def make(schema, value="Well?", kind=None):
        question = Question("0" * 32, "node", value, schema, kind)

        def take(question, answer):
            question.check(answer)
            answers.append(answer)

        return form_of(question, take)

    return make


@pytest.fixture
def order(form):
    return form(Order.model_json_schema(), "What?", Order)


def fill(order):
    parts = order.field.root.parts
    parts["name"].control.value = "Ada"
    parts["size"].control.index = 1
    parts["address"].parts["street"].control.value = "Main Street 1"
    parts["lines"].items[0].part.control.value = "bees"
    parts["pay"].control.index = 0
    parts["pay"].parts[0].parts["number"].control.value = "1234"


FILLED = {
    "name": "Ada",
    "size": "l",
    "count": 1,
    "address": {"street": "Main Street 1", "city": "Oslo"},
    "tags": [],
    "lines": ["bees"],
    "pay": {"kind": "card", "number": "1234"},
    "limits": {},
}


def messages(part):
    """What stands below the parts of a form, from top to bottom."""
    said = (widget.value for widget in walk(part.box) if type(widget).__name__ == "HTML")
    return [html.unescape(value.split("<pre>")[1].split("</pre>")[0]) for value in said if 'role="alert"' in value]


def walk(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def shown(box):
    return "".join(widget.value for widget in walk(box) if type(widget).__name__ == "HTML")


def test_a_model_is_filled_in_and_its_answer_is_what_it_takes(order, answers):
    fill(order)

    order.submit.click()

    assert answers == [FILLED]
    assert Order.model_validate(answers[0]).size is Size.large
    assert all(control.disabled for control in order.field.inputs)


def test_what_is_missing_is_said_at_every_part_and_the_cursor_goes_to_the_first(order, answers):
    order.field.root.parts["note"].control.value = "kept"

    order.submit.click()

    assert answers == []
    assert messages(order.field.root) == [
        *("Fill this in first.", "Choose one first.", "Fill this in first.", "Fill this in first."),
        "Choose one first.",
    ]
    assert order.control is order.field.root.parts["name"].control
    assert "Nothing was sent yet" in order.message.value
    assert order.field.root.parts["note"].control.value == "kept"
    assert not any(control.disabled for control in order.field.inputs)


def test_bounds_and_patterns_are_checked_at_submit_and_messages_go_when_it_is_right(order, answers):
    fill(order)
    parts = order.field.root.parts
    parts["count"].control.value = "11"
    parts["pay"].parts[0].parts["number"].control.value = "12"
    order.submit.click()
    assert messages(order.field.root) == ["Must be at most 10.", "Must match ^[0-9]{4}$."]
    assert order.control is parts["count"].control

    parts["count"].control.value = " 3 "
    parts["pay"].parts[0].parts["number"].control.value = "1234"
    order.submit.click()

    assert answers == [{**FILLED, "count": 3}]
    assert messages(order.field.root) == []


def test_items_are_added_removed_and_put_back_with_what_was_typed(order, answers):
    fill(order)
    lines = order.field.root.parts["lines"]
    assert len(lines.items) == 1
    lines.add.click()
    lines.items[1].part.control.value = "honey"
    assert lines.add.layout.display == "none"
    lines.items[0].remove.click()
    assert [item.part.control.description for item in lines.items] == ["1"]
    assert lines.back.layout.display is None

    lines.back.click()
    order.submit.click()

    assert answers == [{**FILLED, "lines": ["bees", "honey"]}]


def test_too_few_items_are_said_at_the_list(order, answers):
    fill(order)
    lines = order.field.root.parts["lines"]
    lines.items[0].remove.click()

    order.submit.click()

    assert answers == []
    assert messages(lines) == ["Must have at least 1; it has 0."]
    assert order.control is lines.add


def test_what_is_switched_off_is_not_sent_and_not_lost(order, answers):
    fill(order)
    parts = order.field.root.parts
    second = parts["second"]
    second.control.value = True
    second.part.parts["street"].control.value = "Side Street"
    second.control.value = False
    pay = parts["pay"]
    pay.control.index = 1
    pay.parts[1].parts["email"].control.value = "a@b.example"
    pay.control.index = 0
    order.submit.click()
    assert answers.pop() == FILLED

    order._pressed = False
    second.control.value = True
    pay.control.index = 1
    order.submit.click()

    assert answers[0]["second"] == {"street": "Side Street", "city": "Oslo"}
    assert answers[0]["pay"] == {"kind": "invoice", "email": "a@b.example"}


def test_pairs_dates_and_several_choices(order, answers):
    fill(order)
    parts = order.field.root.parts
    parts["day"].control.value = datetime.date(2026, 11, 28)
    parts["tags"].inputs[1].value = True
    limits = parts["limits"]
    for _ in range(2):
        limits.add.click()
    for item, number in zip(limits.items, ("1", "2")):
        item.part.parts["name"].control.value = "km"
        item.part.parts["value"].control.value = number
    order.submit.click()
    assert messages(limits) == ["This name is there already."]
    limits.items[1].part.parts["name"].control.value = "kg"

    order.submit.click()

    assert answers == [{**FILLED, "day": "2026-11-28", "tags": ["heavy"], "limits": {"km": 1, "kg": 2}}]


def test_enter_submits_also_from_a_box_that_was_added(order, answers):
    fill(order)
    lines = order.field.root.parts["lines"]
    lines.add.click()
    lines.items[1].part.control.value = "honey"

    lines.items[1].part.control._handle_custom_msg({"event": "submit"}, [])

    assert answers == [{**FILLED, "lines": ["bees", "honey"]}]


def test_what_only_the_type_knows_is_said_at_its_field_and_everything_stays(order, answers):
    fill(order)
    order.field.root.parts["name"].control.value = "Nobody"

    order.submit.click()

    assert answers == []
    assert messages(order.field.root.parts["name"]) == ["Is refused: nobody of that name lives here."]
    assert order.control is order.field.root.parts["name"].control
    assert not order.submit.disabled
    order.field.root.parts["name"].control.value = "Ada"
    order.field.root.parts["count"].control.value = "10"
    order.submit.click()
    assert messages(order.field.root) == ["Is refused: ten large ones are too many."]
    order.field.root.parts["count"].control.value = "9"
    order.submit.click()
    assert answers == [{**FILLED, "count": 9}]


@pytest.mark.parametrize(
    ("schema", "typed", "answer"),
    [
        ({"type": "integer", "minimum": 0}, "7", 7),
        ({"type": "number"}, "2.5", 2.5),
        ({"type": "number"}, "1e3", 1000.0),
        ({"type": "string", "minLength": 2}, "ab", "ab"),
        ({"type": "string", "format": "textarea"}, "a\nb", "a\nb"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "", None),
    ],
)
def test_a_single_value_is_one_control(form, answers, schema, typed, answer):
    asked = form(schema)
    asked.control.value = typed

    asked.submit.click()

    assert answers == [answer]
    assert type(answers[0]) is type(answer)
    assert asked.control.description.startswith("Answer")


@pytest.mark.parametrize("typed", ["", "x", "1.5", "1_000", "٣", "9" * 400, "nan", "0x10", "1e9", "- 1"])
def test_what_is_no_whole_number_is_refused_and_stays(form, answers, typed):
    asked = form({"type": "integer", "default": 3})
    assert asked.control.value == "3"
    asked.control.value = typed

    asked.submit.click()

    assert answers == []
    assert len(messages(asked.field.root)) == 1
    assert asked.control.value == typed


def test_a_text_of_a_megabyte_is_an_answer(form, answers):
    asked = form({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]})
    asked.control.value = "x" * 1_000_000

    asked.submit.click()

    assert len(answers[0]["text"]) == 1_000_000


def upload(name, content):
    return ({"name": name, "type": "text/plain", "size": len(content), "content": memoryview(content),
             "last_modified": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)},)  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "answer"),
    [
        ({"type": "string", "format": "binary"}, b"abc"),
        ({"type": "string", "contentEncoding": "base64"}, "YWJj"),
        ({"type": "object", "format": "file"},
         {"name": EVIL, "type": "text/plain", "size": 3, "content": "YWJj"}),
    ],
)  # fmt: skip
def test_a_file_is_what_the_schema_asks_for(form, answers, schema, answer):
    asked = form(schema)
    asked.submit.click()
    assert messages(asked.field.root) == ["Choose a file first."]
    asked.control.value = upload(EVIL, b"abc")
    assert "<img" not in shown(asked.box)

    asked.submit.click()

    assert answers == [answer]


def test_a_file_that_is_too_large_is_refused_when_it_is_chosen(form):
    asked = form({"type": "string", "format": "binary"})

    asked.control.value = upload("large", b"x" * 1_000_001)

    assert messages(asked.field.root) == ["Must be at most 1,000,000 bytes; it has 1,000,001."]


def test_text_from_a_schema_is_text(form):
    texts = {"title": EVIL, "description": EVIL}
    schema = {
        "type": "object",
        **texts,
        "properties": {
            "a": {"type": "string", **texts},
            "b": {"type": "object", "properties": {"x": {}}, **texts},
            "c": {"enum": [EVIL, "\u202eevil"], **texts},
            "d": {"items": {"enum": [EVIL]}, **texts},
            "e": {"type": "object", "patternProperties": {EVIL: {}}, **texts},
            EVIL: {"type": "string", "pattern": EVIL},
        },
        "required": ["a", "b", "c", EVIL],
    }
    asked = form(schema, EVIL)
    asked.field.root.parts[EVIL].control.value = "x"

    asked.submit.click()

    assert "<img" not in shown(asked.box)
    assert "&lt;img" in shown(asked.box)
    assert "‹U+202E›evil" in asked.field.root.parts["c"].control.options


def test_a_schema_inside_itself_and_one_that_cannot_be_shown_are_still_answered(form, answers):
    loop: dict[str, Any] = {"type": "object"}
    loop["patternProperties"] = {"x": loop}
    for schema in ({"type": "object", "properties": {"x": loop}}, loop):
        asked = form(schema)
        asked.control.value = '{"a": 1}'
        asked.submit.click()

    assert answers == [{"x": {"a": 1}}, {"a": 1}]


class Tree(BaseModel):
    value: int
    kids: list[Tree] = []


def test_a_model_inside_itself_grows_as_far_as_it_is_filled(form, answers):
    asked = form(Tree.model_json_schema(), kind=Tree)
    root = asked.field.root
    root.parts["value"].control.value = "1"
    root.parts["kids"].add.click()
    kid = root.parts["kids"].items[0].part
    kid.parts["value"].control.value = "2"
    kid.parts["kids"].add.click()
    kid.parts["kids"].items[0].part.control.value = '{"value": "x"}'
    asked.submit.click()
    assert "Is refused: Input should be a valid integer" in messages(kid)[0]
    kid.parts["kids"].items[0].part.control.value = '{"value": 3}'

    asked.submit.click()

    assert answers == [{"value": 1, "kids": [{"value": 2, "kids": [{"value": 3}]}]}]


# --- a form of one's own ---


@pytest.fixture
def registered():
    before = dict(forms._registered)
    yield
    forms._registered.clear()
    forms._registered.update(before)


def test_a_registered_function_gives_the_control_of_its_own_questions(form, answers, registered):
    @forms.register
    def slider(question):
        return ipywidgets.IntSlider(3) if question.value == "How warm?" else None

    asked = form(None, "How warm?")
    asked.submit.click()

    assert answers == [3]
    assert asked.control.description == "Answer"
    assert type(form(None, "Another?").control).__name__ == "Text"


def test_a_function_registered_again_takes_its_own_place(form, registered):
    for start in (1, 2):

        def slider(question, start=start):
            return ipywidgets.IntSlider(start)

        forms.register(slider)

    assert form(None).control.value == 2
    assert sum("slider" in name for name in forms._registered) == 1


@pytest.mark.parametrize("wrong", [3, lambda: None, lambda a, b: None])
def test_what_is_no_function_of_a_question_is_not_registered(wrong, registered):
    with pytest.raises(TypeError, match="give a function that takes one question"):
        forms.register(wrong)


@pytest.mark.parametrize("made", [lambda q: "text", lambda q: 1 / 0, lambda q: ipywidgets.Button()])
def test_a_registered_form_that_fails_is_said_and_the_question_can_be_answered(form, answers, made, registered):
    forms.register(made)

    asked = form(None)

    assert "cannot be used; this is the usual one" in asked.message.value
    asked.control.value = "yes"
    asked.submit.click()
    assert answers == ["yes"]


# --- a run, the terminal, the record ---


def graph_that_asks(kind):
    def node(state):
        return {"answer": interrupt("What?", response_schema=kind)}

    builder = StateGraph(dict).add_node("node", node).add_edge(START, "node").add_edge("node", END)
    return builder.compile(checkpointer=MemorySaver())


def started(kind):
    run = Run(graph_that_asks(kind), {"configurable": {"thread_id": "1"}}, do=lambda leg: leg())
    run.start({})
    return run


def test_an_answer_that_the_type_refuses_leaves_the_question_open():
    run = started(Order)

    with pytest.raises(RefusedAnswerError, match=r"^name is refused: nobody of that name lives here$"):
        run.submit({**FILLED, "name": "Nobody"})

    assert run.status == "asking"
    run.submit(FILLED)
    assert run.state["answer"].size is Size.large


def test_an_answer_given_beforehand_that_does_not_fit_is_said():
    do = Blocking(beforehand([{"street": 1}], "", "").answer, "beforehand", lambda: None)
    do.run = run = Run(graph_that_asks(Address), {"configurable": {"thread_id": "1"}}, do=do)

    with pytest.raises(ValueError, match=r"the answer given, \{'street': 1\}, does not fit:\nstreet is refused"):
        run.start({})


def test_the_terminal_asks_part_by_part_and_says_what_is_wrong(capsys):
    typed = iter(
        [
            *("Nobody", "l", "11", "", "Main Street 1", "", "y", "Side Street", "Rome", "cold,heavy"),
            *("1", "bees", "card", "12", "1234", "1", "km", "5", "2026-02-30", "2026-02-28", ""),
            # again, as the name was refused: Enter keeps the rest
            *("Ada", *[""] * 18),
        ]
    )
    prompts = []
    terminal = Terminal(lambda prompt: prompts.append(prompt) or next(typed))

    answer = terminal.answer(Question("0" * 32, "node", "What?", Order.model_json_schema(), Order))

    assert answer == {
        **FILLED,
        "second": {"street": "Side Street", "city": "Rome"},
        "tags": ["cold", "heavy"],
        "limits": {"km": 5},
        "day": "2026-02-28",
    }
    out = capsys.readouterr().out
    assert "Count must be at most 10." in out
    assert "Pay, Number must match ^[0-9]{4}$." in out
    assert "Day must be a date, like 2026-11-28." in out
    assert "name is refused: nobody of that name lives here" in out
    assert prompts[:3] == ["Name: ", "Size (s, l): ", "Count (at least 1, at most 10) [1]: "]


def test_the_record_tells_an_answer_by_its_titles_and_labels():
    answer = {**FILLED, "second": {"street": EVIL, "city": "Oslo"}, "note": "two\nlines", "limits": {"km": 5}}
    question = Question("0" * 32, "node", "What?", Order.model_json_schema(), answered=True, answer=answer)
    entry = Entry("question", "node", question)

    (_, asked), (_, text) = lines_of(entry)

    assert asked == "What?"
    assert text.splitlines() == [
        *("Name: Ada", "Size: l", "Count: 1", "Address:", "  Street: Main Street 1", "  City: Oslo"),
        *("Second:", f"  Street: {EVIL}", "  City: Oslo", "Tags: (none)", "Lines:", "  1: bees"),
        *("Pay:", "  Card:", "    Number: 1234", "Limits:", "  km: 5", "Note: two", "  lines"),
    ]
    assert "<img" not in page.rows([entry])
    assert answer_text(question, "anything") == "anything"


def test_a_question_with_options_is_told_by_its_text():
    question = Question("0" * 32, "node", {"question": "Which city?", "options": ["Rome", "Oslo"]})

    assert next(lines_of(Entry("question", "node", question))) == ("asked", "Which city?\n(Rome, Oslo)")


def test_every_file_shape_and_union_is_told():
    schema = TypeAdapter(Card | Invoice | int).json_schema()
    question = Question(
        "0" * 32, "node", "What?", {"properties": {"x": schema, "f": {"type": "string", "format": "binary"}}}
    )

    assert answer_text(question, {"x": 3, "f": b"abc"}) == "X: 3\nF: 3 bytes"
