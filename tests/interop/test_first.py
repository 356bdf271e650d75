"""Of two answers the first counts, and who was second is told."""

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from hilnb.errors import AnsweredError
from hilnb.interop.langgraph import saver
from hilnb.testing.expecting import place, take


class Overtaken(InMemorySaver):
    """Lets somebody else in just before it writes."""

    def __init__(self):
        super().__init__()
        self.rivals = []

    def put_writes(self, *given, **named):
        if self.rivals:
            self.rivals.pop()()
        super().put_writes(*given, **named)


@pytest.fixture
def kept():
    return Overtaken()


def records(ours, config):
    return [*map(tuple, ours.get_tuple(config).pending_writes)]


def test_who_is_overtaken_between_looking_and_writing_is_told(kept):
    ours, other = saver(kept), saver(kept)
    config = take(ours, place(), {"x": 1})
    kept.rivals.append(lambda: other.put_writes(config, [("told:1", "theirs")], "a", first=True))

    with pytest.raises(AnsweredError):
        ours.put_records(config, [("a", "told:1", "mine"), ("a", "told:2", "mine")], first=True)

    assert records(ours, config) == [("a", "told:1", "theirs")]


def test_answers_to_other_questions_are_both_kept(kept):
    ours, other = saver(kept), saver(kept)
    config = take(ours, place(), {"x": 1})
    kept.rivals.append(lambda: other.put_writes(config, [("told:2", "theirs")], "a", first=True))

    ours.put_writes(config, [("told:1", "mine")], "a", first=True)

    assert sorted(records(ours, config)) == [("a", "told:1", "mine"), ("a", "told:2", "theirs")]


def test_an_answer_to_a_thread_that_was_deleted_is_refused(kept):
    ours = saver(kept)
    config = take(ours, place(), {"x": 1})
    ours.delete_thread("1")

    with pytest.raises(ValueError, match="thread '1' has no checkpoint"):
        ours.put_writes(config, [("told:1", "mine")], "a", first=True)
