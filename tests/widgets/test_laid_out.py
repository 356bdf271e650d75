"""Values as text: what they say stays the same, and nothing is pushed to the right."""

import ast
import pprint

import pytest
from hypothesis import given, strategies

from hilnb.widgets.laid_out import WIDTH, laid_out

texts = strategies.text(strategies.characters(codec="utf-8"), max_size=60)
values = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | texts,
    lambda inner: (
        strategies.lists(inner, max_size=6)
        | strategies.tuples(inner)
        | strategies.tuples(inner, inner)
        | strategies.dictionaries(texts, inner, max_size=6)
    ),
    max_leaves=40,
)


@given(values)
def test_python_reads_the_same_value_from_it(value):
    assert ast.literal_eval(laid_out(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        {"to": "Dan", "facts": ["Sunday", "tea"], "text": "Dear Dan, come to tea on Sunday.", "verdict": "yes" * 9},
        {"text": "a long text " * 20},
        ["a long text " * 20, 5],
        "a long text " * 20,
        [1] * 100,
        set(range(60)),
        {},
    ],
    ids=["dict", "text in a dict", "text in a list", "text", "list", "set", "nothing"],
)
def test_what_is_not_nested_is_as_pprint_has_it(value):
    assert laid_out(value) == pprint.pformat(value, width=WIDTH, sort_dicts=False)


def test_a_text_of_several_lines_inside_stands_in_its_column():
    class Table:
        def __repr__(self):
            return "a b\n1 2"

    assert laid_out({"table": Table(), "x": 1}) == "{'table': a b\n          1 2,\n 'x': 1}"


def test_what_holds_itself_is_written_too():
    value = {"key" * 20: "text" * 20}
    value["self"] = value

    assert "<Recursion on dict" in laid_out(value)
