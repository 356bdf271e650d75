"""A replay gives each answer once, to its question, and misses none."""

from __future__ import annotations

import pytest

from hilnb import replay
from hilnb.answers.answers_file import text_of, write_texts
from hilnb.answers.entry import Entry
from hilnb.answers.replaying import replaying
from hilnb.errors import AnswersError, NobodyCanAnswerError


@pytest.fixture
def answers(tmp_path):
    """A replay of entries that are given as (run, question, answer), and more of them by name."""
    made = []

    def of(*entries):
        path = tmp_path / "answers.yaml"
        kept = [
            Entry(run=run, question=asked, answer=answer, **more) for run, asked, answer, more in map(_whole, entries)
        ]
        write_texts(path, map(text_of, kept), keep=False)
        made.append(replay(path))
        return made[-1]

    yield of
    for each in made:
        each.close()


def _whole(entry):
    return entry if len(entry) == 4 else (*entry, {})


def test_the_same_question_gets_its_answers_in_their_order(answers):
    run = answers((1, "Age?", "old"), (1, "Age?", "12")).of_run("")

    assert [run.answer("n", "Age?"), run.answer("n", "Age?")] == ["old", "12"]


def test_questions_of_one_run_may_come_in_any_order(answers):
    run = answers((1, "a?", 1), (1, "b?", 2)).of_run("")

    assert [run.answer("n", "b?"), run.answer("n", "a?")] == [2, 1]
    run.finish()


def test_runs_that_ask_the_same_keep_to_their_own_answers(answers):
    both = answers((1, "a?", 1), (1, "b?", 2), (2, "a?", 3), (2, "b?", 4))
    first, second = both.of_run(""), both.of_run("")

    assert [first.answer("n", "a?"), second.answer("n", "a?")] == [1, 3]
    assert [second.answer("n", "b?"), first.answer("n", "b?")] == [4, 2]


def test_a_thread_and_a_node_get_only_what_was_theirs(answers):
    run = answers((1, "a?", 1, {"thread": "1"}), (2, "a?", 2, {"thread": "2", "node": "n"}))

    with pytest.raises(NobodyCanAnswerError, match=r"recorded in line \d+ \(node n, thread '2'\)"):
        run.of_run("2").answer("m", "a?")
    assert run.of_run("1").answer("m", "a?") == 1
    assert run.of_run("2").answer("n", "a?") == 2


def test_what_a_person_writes_by_hand_needs_no_run_node_or_thread(answers):
    by_hand = answers((0, "a?", 1), (0, "b?", 2))

    assert by_hand.of_run("2").answer("n", "b?") == 2
    assert by_hand.of_run("").answer("m", "a?") == 1
    by_hand.finish()


def test_a_changed_question_shows_both(answers):
    run = answers((1, "Is this\nkind?", "yes", {"node": "review"})).of_run("1")

    with pytest.raises(NobodyCanAnswerError) as error:
        run.answer("review", "Is this\npolite?")
    assert str(error.value).splitlines()[1:] == [
        "asked now (node review, thread '1'):",
        "    Is this",
        "    polite?",
        "recorded in line 4 (node review):",
        "    Is this",
        "    kind?",
        "Record the notebook again, or change the file.",
    ]


def test_a_question_too_many_is_named(answers):
    run = answers((1, "a?", 1)).of_run("")
    run.answer("n", "a?")

    with pytest.raises(NobodyCanAnswerError, match=r"has no answer left:\nasked now \(node n\):\n    b\?\n"):
        run.answer("n", "b?")


def test_a_run_that_ends_early_names_what_is_left_over(answers):
    run = answers((1, "a?", 1), (1, "b?", 2), (2, "c?", 3)).of_run("")
    run.answer("n", "a?")

    with pytest.raises(AnswersError) as error:
        run.finish()
    assert "The run has ended, and did not ask for all its answers" in str(error.value)
    assert "    b?\n    answer: 2\n" in str(error.value)
    assert "c?" not in str(error.value)


def test_a_run_that_is_passed_over_is_noticed_by_the_next(answers):
    later = answers((1, "a?", 1), (2, "b?", 2)).of_run("")

    with pytest.raises(AnswersError, match=r"Run 2 is asked for, and one before it was not.*\n.*\n    a\?"):
        later.answer("n", "b?")


def test_what_was_answered_in_a_list_of_threads_is_given_there_and_passes_nothing_over(answers):
    both = answers((1, "a?", 1, {"thread": "1"}), (2, "b?", 2, {"thread": "2", "where": "pending"}))

    assert both.next_in("pending", {"1", "2"}) == "2"
    with pytest.raises(NobodyCanAnswerError):
        both.of_run("2").answer("n", "b?")
    assert both.of_run("2", "pending").answer("n", "b?") == 2
    assert both.of_run("1").answer("n", "a?") == 1


def test_a_block_ends_with_what_is_left_over_unless_it_failed_by_itself(answers):
    with pytest.raises(AnswersError, match="Not all answers were asked for"), answers((1, "a?", 1)):
        pass
    with pytest.raises(KeyError), answers((1, "a?", 1)):
        raise KeyError("its own")

    assert replaying() is None


def test_a_secret_is_not_in_an_error(answers):
    run = answers((1, "a?", 1), (1, "Key?", {"api_key": "abcd"})).of_run("")
    run.answer("n", "a?")

    with pytest.raises(AnswersError) as error:
        run.finish()
    assert "{'api_key': '‹masked›'}" in str(error.value)


def test_a_file_that_is_not_there_is_named_with_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(AnswersError, match=rf"no answers file 'answers.yaml' in {tmp_path}\. .*hilnb\.record"):
        replay("answers.yaml")
