"""An answers file: what is written comes back, and what people write into it is read as they mean it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from hilnb.answers.answers_file import is_writable, read_entries, text_in_run, text_of, write_texts
from hilnb.answers.entry import Entry
from hilnb.errors import AnswersError

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text() | some.binary(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=8,
)


@pytest.fixture
def file(tmp_path):
    def made(text):
        path = tmp_path / "answers.yaml"
        path.write_text(text)
        return path

    return made


@settings(max_examples=60, deadline=None)
@example("no", "12:30", "yes")
@example("1e3", ["1e3", "0E0", {"7": "-1"}], "~")
@example("1e3", "2026-11-29", "a\r\nb\u2028c\x85d \n\n")
@example("?", {"nan": float("inf"), "=": ["~", "null", "true", "<<", "!env A", "&a", "*a"]}, "=")
@given(question=some.text(), answer=JSON, node=some.text())
def test_whatever_is_asked_and_answered_comes_back(tmp_path_factory, question, answer, node):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    entry = Entry(question=question, answer=answer, node=node)

    write_texts(path, [text_of(entry), text_in_run(text_of(entry), 2)], keep=False)

    assert is_writable(answer)
    back, again = read_entries(path)
    assert (repr(back.answer), back.node, back.is_asked_by(entry)) == (repr(answer), node, True)
    assert (repr(again.answer), again.run) == (repr(answer), 2)


def test_texts_of_several_lines_are_blocks(file):
    path = file("")

    write_texts(
        path, [text_of(Entry(run=1, thread="1", node="review", question="Is\nthis good?", answer="no"))], keep=False
    )

    assert path.read_text().endswith(
        "\n- run: 1\n  thread: '1'\n  node: review\n  question: |-\n    Is\n    this good?\n  answer: 'no'\n"
    )


@pytest.mark.parametrize("text", ["no", "Yes", "on", "12:30", "2026-11-29", "0x1F", "1_000", "~user", "None"])
def test_a_text_without_quotes_is_what_it_looks_like(file, text):
    (entry,) = read_entries(file(f"- question: When?\n  answer: {text}\n"))

    assert entry.answer == text


def test_spaces_that_an_editor_adds_to_a_question_change_nothing(file):
    (entry,) = read_entries(file("- question: |\n    Is \n    this good?\n\n  answer: true\n"))

    assert entry.is_asked_by(Entry(node="review", thread="1", question="Is\nthis good?"))
    assert entry.answer is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- question: a\n  answer: 1\n- question: [b\n", "line 4, is not YAML: expected"),
        ("question: a\nanswer: 1\n", "line 1: expected a list, each item beginning with `- `"),
        ("- question: a\n  answer: 1\n- yes\n", "line 3: expected a question and its answer"),
        ("- answer: 1\n", "line 1: the key 'question' is missing: the words of the question"),
        ("\n- question: a\n", "line 2: the key 'answer' is missing: write the answer there"),
        (
            "- question: a\n  answr: 1\n",
            r"line 1: the key 'answr' is unknown \(did you mean 'answer'\?\); known",
        ),
        ("- question: a\n  answer: 1\n  answer: 2\n", "line 1: the key 'answer' stands there twice"),
        ("- question: [a]\n  answer: 1\n", r"line 1: question: expected text, got \['a'\]"),
        ("- question: a\n  answer: 1\n  run: one\n", "line 1: run: expected a number from 1 on, got 'one'"),
        ("- question: a\n  answer: {pin: ‹masked›}\n", "line 1: the answer holds ‹masked›, .* write !env and its name"),
        (
            "- question: a\n  answer: !env HILNB_NOWHERE\n",
            "line 1: !env HILNB_NOWHERE: there is no environment",
        ),
        (
            "- question: a\n  answer: !!python/object/apply:os.system [exit]\n",
            "line 1: could not determine",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(file, text, said):
    with pytest.raises(AnswersError, match=f"answers.yaml, {said}"):
        read_entries(file(text))


def test_a_file_without_entries_holds_none(file):
    assert read_entries(file("# nothing yet\n")) == []


def test_what_is_no_text_is_no_answers_file(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(AnswersError, match=r"a\.yaml, is not YAML: 'utf-8' codec can't decode"):
        read_entries(tmp_path / "a.yaml")
    with pytest.raises(AnswersError, match="cannot be read: Is a directory"):
        read_entries(tmp_path)


def test_a_secret_comes_from_the_environment_and_is_not_shown(file, monkeypatch):
    monkeypatch.setenv("CARD_PIN", "1234")

    (entry,) = read_entries(file("- question: Pay?\n  answer: {pin: !env CARD_PIN, tips: [1]}\n"))

    assert entry.given == {"pin": "1234", "tips": [1]}
    assert "1234" not in repr(entry)


@pytest.mark.parametrize("answer", [("a", "b"), object(), Path("a"), [("a",)]], ids=["tuple", "object", "path", "list"])
def test_what_yaml_would_change_is_not_writable(answer):
    assert not is_writable(answer)


def test_what_contains_itself_is_not_writable():
    answer = []
    answer.append(answer)

    assert not is_writable(answer)


def test_an_answer_that_is_not_written_is_asked_for_by_name(file):
    path = file("")

    write_texts(path, [text_of(Entry(run=1, question="Where?", unwritten="a Point cannot be written"))], keep=False)

    with pytest.raises(AnswersError, match=r"line 4: the key 'answer' is missing \(a Point cannot be written\)"):
        read_entries(path)


def test_what_stood_there_is_kept_when_asked_and_whole_when_writing_fails(file, monkeypatch):
    path = file("- question: old\n  answer: 1\n")
    old = path.read_text()

    write_texts(path, [text_of(Entry(question="new", answer=2))], keep=True)
    new = path.read_text()
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError("No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        write_texts(path, [text_of(Entry(question="newer", answer=3))], keep=False)

    assert path.with_name("answers.yaml.before").read_text() == old
    assert path.read_text() == new
    assert {each.name for each in path.parent.iterdir()} == {"answers.yaml", "answers.yaml.before"}
