"""What changed between two values, whatever they are."""

from __future__ import annotations

from operator import and_, eq, ne, or_

import pytest

from hilnb.differences import Change, differences, told
from hilnb.messages import AIMessage, HumanMessage


def text_of(before, after):
    return told(differences(before, after))


def test_keys_that_are_new_gone_and_changed_are_told_each():
    assert text_of({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5, "d": 4}) == "b: 2 → 5\nc: gone (3)\nd: 4"


def test_a_change_deep_inside_is_told_with_the_way_to_it():
    assert text_of({"trip": {"stops": ["Rome", "Oslo"]}}, {"trip": {"stops": ["Rome", "Bari"]}}) == (
        "trip.stops.1: 'Oslo' → 'Bari'"
    )


def test_of_a_list_that_grew_or_lost_items_only_those_are_told():
    assert differences([1, 2, 3], [1, 9, 8, 2, 3]) == [Change((), "items", [], [9, 8])]
    assert differences([1, 2, 3], [1]) == [Change((), "items", [2, 3], [])]


def test_of_many_new_items_the_first_are_told_and_the_others_counted():
    lines = text_of([], list(range(500))).splitlines()

    assert (lines[0], lines[-1], len(lines)) == ("+ 500 items", "  + … 480 more", 22)


def test_of_a_long_text_the_lines_that_changed_are_told():
    before = "\n".join(f"line {n} of the plan" for n in range(100))

    assert text_of(before, before.replace("line 50 of", "line 50 in")) == (
        "100 lines\n  - line 50 of the plan\n  + line 50 in the plan"
    )


def test_new_messages_are_told_by_their_words():
    asked = [HumanMessage("Hi", id="1")]

    assert text_of(asked, [*asked, AIMessage("Hello", id="2")]) == "+ 1 item\n  + ai: Hello"


def test_a_message_that_calls_tools_tells_the_calls():
    call = {"name": "search", "args": {"query": "Rome"}, "id": "1"}

    assert text_of([], [AIMessage("", id="2", tool_calls=[call])]) == "+ 1 item\n  + ai: search(query='Rome')"


def test_of_many_items_that_stay_in_their_places_only_those_that_changed_are_told():
    after = [*range(100)]
    after[0] = after[99] = -1

    assert text_of([*range(100)], after) == "0: 0 → -1\n99: 99 → -1"


def test_a_one_that_became_true_is_a_change():
    assert text_of(1, True) == "1 → True"


class Stubborn:
    def __eq__(self, other):
        raise ValueError("I am not compared")

    __hash__ = None

    def __repr__(self):
        raise ValueError("nor shown")


class Table:
    """As a DataFrame: comparing gives another one, which has no truth."""

    def __eq__(self, other):
        return self

    __hash__ = None

    def __bool__(self):
        raise ValueError("ambiguous")

    def __repr__(self):
        return "<table>"


class Array:
    """As numpy's: what operators give is an array, item by item."""

    def __init__(self, *items):
        self.items, self.shape = items, (len(items),)

    def _each(self, operator, other):
        return Array(*map(operator, self.items, other.items))

    def __eq__(self, other):
        return self._each(eq, other)

    def __ne__(self, other):
        return self._each(ne, other)

    def __or__(self, other):
        return self._each(or_, other)

    def __and__(self, other):
        return self._each(and_, other)

    __hash__ = None

    def all(self):
        return all(self.items)

    def __repr__(self):
        return f"array{self.items}"


class Frame(Table):
    """As a DataFrame of pandas or polars, which can tell whether it equals another one."""

    def __init__(self, content):
        self.content = content

    def equals(self, other):
        return self.content == other.content


class Key:
    """A key of a dict that is as bad as can be."""

    def __hash__(self):
        return 1

    def __eq__(self, other):
        raise ValueError("I am not compared")

    def __str__(self):
        raise ValueError("nor shown")

    __repr__ = __str__


def looped():
    loop = []
    loop.append(loop)
    return loop


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            Stubborn(),
            Stubborn(),
            "<a Stubborn whose repr raises ValueError> → <a Stubborn whose repr raises ValueError>",
        ),
        (Table(), Table(), "<table> → <table>"),
        (looped(), looped(), "0.0.0.0.0.0: [[...]] → [[...]]"),
        (float("nan"), float("nan"), ""),
        (Array(1, float("nan")), Array(1, float("nan")), ""),
        (Array(1, 2), Array(1, 3), "array(1, 2) → array(1, 3)"),
        (Array(1), Array(1, 2), "array(1,) → array(1, 2)"),
        (Frame("a"), Frame("a"), ""),
        (Frame("a"), Frame("b"), "<table> → <table>"),
        ({Key(): 1}, {}, "<a Key whose repr raises ValueError>: gone (1)"),
        ({Key(): 1}, {Key(): 1}, "<a dict whose repr raises ValueError> → <a dict whose repr raises ValueError>"),
    ],
    ids=[
        *("stubborn", "table", "loop", "nan", "array", "array changed"),
        *("array grew", "frame", "frame changed", "key", "keys"),
    ],
)
def test_values_that_cannot_be_compared_raise_nothing(before, after, said):
    assert text_of(before, after) == said


@pytest.mark.parametrize("unit", ["a b ", "a\nb\n", "ab"], ids=["words", "lines", "one word"])
def test_a_megabyte_of_text_is_told_in_few_words(unit):
    before = unit * (1_000_000 // len(unit))

    assert len(text_of(before, before.replace("b", "c"))) < 3_000
