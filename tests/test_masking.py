"""Keys and passwords: out of sight wherever a value is shown, and untouched in what runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from hilnb import mask, masking
from hilnb.masking import MASK, masked, masked_text, restored

KEY = "sk-ant-api03-0123456789abcdef"


@dataclass
class Login:
    user: str
    password: str


@pytest.mark.parametrize(
    "name", ["api_key", "OPENAI_API_KEY", "accessToken", "X-Api-Key", "db.password", "Authorization", "key2_secret"]
)
def test_a_secret_is_known_by_the_end_of_its_name(name):
    assert masked({name: "abc"}) == {name: MASK}


@pytest.mark.parametrize("name", ["tokens", "author", "token_count", "secretary", "key", "authority", "tokenizer"])
def test_a_word_that_only_looks_similar_is_shown(name):
    assert masked({name: "abc"}) == {name: "abc"}


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        "ghp_0123456789abcdefghij",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_a_key_is_known_by_its_look_in_any_text(secret):
    assert masked_text(f"(it is {secret})") == f"(it is {MASK})"
    assert masked([{"text": ("x", secret)}]) == [{"text": ("x", MASK)}]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer 0123456789abcdef", f"Authorization: Bearer {MASK}"),
        ("Authorization: Basic YW5uOmh1bnRlcg", f"Authorization: Basic {MASK}"),
        ("API_KEY=abcdef ./run", f"API_KEY={MASK} ./run"),
        ("Password: hunter2.", f"Password: {MASK}"),
        ("{'api_key': 'it\\'s'}", f"{{'api_key': '{MASK}'}}"),
        ("postgres://ann:hunter2@host/db", f"postgres://{MASK}@host/db"),
        ("Reset the password: yes or no?", "Reset the password: yes or no?"),
        ("tokens=12000, author='ann'", "tokens=12000, author='ann'"),
        ("Bearer of bad news", "Bearer of bad news"),
    ],
)
def test_texts(text, shown):
    assert masked_text(text) == shown
    assert masked_text(shown) == shown


def test_under_the_name_of_a_secret_every_value_is_masked_and_the_shape_is_shown():
    value = {"credentials": {"user": "ann", "codes": [1, 2], "valid": True, "note": None}}

    assert masked(value) == {"credentials": {"user": MASK, "codes": [MASK, MASK], "valid": True, "note": None}}


def test_what_has_no_secret_is_given_back_itself():
    value = {"a": [1, {"b": "text"}]}
    loop: list[Any] = []
    loop.append(loop)

    assert masked(value) is value
    assert masked(loop) is loop


def test_the_rule_is_extended_by_a_name_or_a_pattern(monkeypatch):
    monkeypatch.setattr(masking, "NAMES", [*masking.NAMES])
    monkeypatch.setattr(masking, "_looks", [*masking._looks])

    mask("pin")
    mask(re.compile(r"\bDE\d{20}\b"))

    assert masked({"cardPin": 1234, "text": "to DE12345678901234567890"}) == {"cardPin": MASK, "text": f"to {MASK}"}
    monkeypatch.undo()
    masking._is_secret.cache_clear()
    assert masked({"pin": 1234}) == {"pin": 1234}


@pytest.mark.parametrize(
    ("real", "edit", "runs"),
    [
        ({"to": "ann", "api_key": "abc"}, {"to": "bob", "api_key": MASK}, {"to": "bob", "api_key": "abc"}),
        ({"token": "abc"}, {"token": "new"}, {"token": "new"}),
        ({"run": f"curl -H {KEY}"}, {"run": f"curl -v -H {MASK} /x"}, {"run": f"curl -v -H {KEY} /x"}),
        ({"auth": [{"token": "a"}, {"token": "b"}]}, {"auth": [{"token": "x"}, {"token": MASK}]}, None),
        ([{"token": "a"}, {"n": 2, "token": "b"}], [{"n": 2, "token": MASK}], [{"n": 2, "token": "b"}]),
        ({"l": [{"n": 1, "token": 5}]}, {"l": [{"n": 3, "token": MASK}]}, {"l": [{"n": 3, "token": 5}]}),
        ({"text": MASK}, {"text": MASK}, {"text": MASK}),
    ],
)  # fmt: skip
def test_a_placeholder_that_was_left_stands_for_the_value(real, edit, runs):
    assert restored(edit, real) == (runs or {"auth": [{"token": "x"}, {"token": "b"}]})


@pytest.mark.parametrize(
    ("real", "edit"),
    [
        ({"token": "abc"}, {"other": MASK}),
        ({"token": "abc"}, {"token": [MASK]}),
        ({"tokens": ["a"], "token": ["a", "b"]}, {"token": [MASK]}),
        ({"run": f"{KEY}1 {KEY}2"}, {"run": f"only {MASK}"}),
    ],
)
def test_a_placeholder_in_another_place_is_refused(real, edit):
    with pytest.raises(ValueError, match="write the value itself"):
        restored(edit, real)


def test_the_repr_of_an_object_is_masked():
    assert masked_text(repr(Login("ann", "hunter2"))) == f"Login(user='ann', password='{MASK}')"


def test_secrets_that_overlap_are_hidden_whole_and_restored():
    text = "Bearer sk-ant-api03-abcdefgh and token='sk-ant-api03-ijklmnop.and.more'"

    shown = masking.masked_text(text)

    assert shown == "Bearer ‹masked› and token='‹masked›'"
    assert masking.restored(f"{shown}!", text) == f"{text}!"
