"""Both savers keep every promise, and check_saver notices when one does not."""

import pytest

from hilnb.checkpoint.base import config_of
from hilnb.checkpoint.memory import MemorySaver
from hilnb.checkpoint.sqlite import SqliteSaver
from hilnb.testing import SAVER_CHECKS, check_saver, fresh

MAKERS = {
    "memory": lambda path: MemorySaver(),
    "sqlite in memory": lambda path: SqliteSaver(":memory:"),
    "sqlite": lambda path: SqliteSaver(path / "threads.db"),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("check", SAVER_CHECKS, ids=lambda check: check.__name__)
def test_a_saver_keeps_the_promise(check, make, tmp_path):
    with fresh(lambda: make(tmp_path)) as saver:
        check(saver)


def test_a_saver_that_keeps_all_promises_is_let_pass():
    check_saver(lambda: SqliteSaver.from_conn_string(":memory:"))


class TakesEveryAnswer(MemorySaver):
    def put_writes(self, config, writes, task_id, *, first=False):
        super().put_writes(config, writes, task_id)


class SharesItsValues(MemorySaver):
    def get_tuple(self, config):
        kept = super().get_tuple(config)
        if kept is not None:
            thread, ns, _ = (*config["configurable"].values(), "", "")[:3]
            kept.checkpoint.values = self.__dict__.setdefault("values", {}).setdefault(
                (thread, ns, kept.checkpoint.id), kept.checkpoint.values
            )
        return kept


class ForgetsOtherKeys(MemorySaver):
    def put(self, config, checkpoint, metadata, changed, writes=()):
        values = {key: checkpoint.values[key] for key in changed}
        return super().put(config_of(*place(config), ""), type(checkpoint)(checkpoint.id, values), metadata, changed)


class ListsOldestFirst(MemorySaver):
    def list(self, config, **chosen):
        return reversed([*super().list(config, **chosen)])


class IgnoresBefore(MemorySaver):
    def list(self, config, *, filter=None, before=None, limit=None):
        return super().list(config, filter=filter, limit=limit)


class DropsWritesOfPut(MemorySaver):
    def put(self, config, checkpoint, metadata, changed, writes=()):
        return super().put(config, checkpoint, metadata, changed)


class LeavesNestedGraphs(MemorySaver):
    def delete_thread(self, thread_id):
        self._threads.get(thread_id, {}).pop("", None)


class MakesListsOfTuples(MemorySaver):
    def get_tuple(self, config):
        kept = super().get_tuple(config)
        if kept is None:
            return None
        values = {key: [*value] if isinstance(value, tuple) else value for key, value in kept.checkpoint.values.items()}
        kept.checkpoint.values = {
            key: {**value, "tuple": [1]} if isinstance(value, dict) and "tuple" in value else value
            for key, value in values.items()
        }
        return kept


class AwaitsNothing(MemorySaver):
    async def aput_writes(self, config, writes, task_id, *, first=False):
        pass


class CopiesByName(MemorySaver):
    def copy_thread(self, source_thread_id, target_thread_id):
        if source_thread_id in self._threads:
            self._threads[target_thread_id] = self._threads[source_thread_id]


class KeepsWhatItIsTold(MemorySaver):
    """Holds on to the very objects it was given."""

    def _frozen(self, value, key, before=None):
        return value


def place(config):
    about = config["configurable"]
    return about["thread_id"], about.get("checkpoint_ns", "")


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (TakesEveryAnswer, "the first answer stands"),
        (TakesEveryAnswer, "of many answers at once one is kept"),
        (SharesItsValues, "what was handed out may be changed"),
        (ForgetsOtherKeys, "only changed keys are written"),
        (ListsOldestFirst, "all are listed newest first"),
        (IgnoresBefore, "some are chosen by limit before filter and id"),
        (DropsWritesOfPut, "a put also keeps what the parents tasks did"),
        (LeavesNestedGraphs, "a deleted thread is gone with its nested graphs"),
        (MakesListsOfTuples, "values come back through a graph"),
        (AwaitsNothing, "awaited calls do what the others do"),
        (CopiesByName, "a copy is whole and goes its own way"),
        (KeepsWhatItIsTold, "what was given may be changed later"),
    ],
)
def test_a_broken_promise_is_named(broken, promise):
    with pytest.raises(AssertionError, match=f"(?m)^  {promise}: "):
        check_saver(broken)
