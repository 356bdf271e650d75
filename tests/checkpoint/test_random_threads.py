"""Whatever is done to threads, in whatever order: the file says what the memory says."""

import random

import pytest

from hilnb.checkpoint.base import Checkpoint, new_id
from hilnb.checkpoint.memory import MemorySaver
from hilnb.checkpoint.sqlite import SqliteSaver
from hilnb.messages import HumanMessage
from hilnb.testing.expecting import place, plain

PLACES = [place(thread, ns) for thread in "abc" for ns in ("", "lasting", "node:1")]
ITEMS = [1, True, 1.0, "a", None, {"n": 1}, {"n": 2}, (1,), [0], HumanMessage("x", id="x"), {1, 2}, b"x"]


class Both:
    """Does the same to a saver in memory and to two on one file, of which chance takes one."""

    def __init__(self, chance, path):
        self.chance, self.memory, self.files = chance, MemorySaver(), [SqliteSaver(path), SqliteSaver(path)]

    def do(self, method, *args, **named):
        getattr(self.memory, method)(*args, **named)
        getattr(self.chance.choice(self.files), method)(*args, **named)

    def are_same(self):
        file = self.chance.choice(self.files)
        return all(shown(self.memory, where) == shown(file, where) for where in PLACES)


def shown(saver, where):
    """A thread as text, as 1 == True; without parents, which a pruned file no longer knows."""
    found = []
    for kept in saver.list(where):
        values = sorted(kept.checkpoint.values.items())
        found.append(repr((kept.checkpoint.id, values, sorted(kept.metadata.items(), key=str), plain(kept)["writes"])))
    return found


def go_on(both, step):
    """A checkpoint after the newest or an older one, with lists that mostly grow."""
    chance, where = both.chance, both.chance.choice(PLACES)
    known = [*both.memory.list(where)]
    parent = chance.choice([known[0], chance.choice(known)]) if known else None
    if parent and chance.random() < 0.6:  # what a run has in hand is what a saver handed out, or what it wrote itself
        parent = chance.choice(both.files).get_tuple(parent.config)
    values = dict(parent.checkpoint.values) if parent else {"log": [], "x": 0}
    changed = {key for key in ("log", "x", "new") if parent is None or chance.random() < 0.6}
    for key in changed:
        values[key] = changed_list(chance, values.get(key)) if key == "log" else chance.choice(ITEMS)
    writes = [("task", "returned", chance.choice(ITEMS))] if parent and chance.random() < 0.5 else ()
    metadata = {"source": "loop", "step": step, "parents": {}}
    config = parent.config if parent else where
    both.do("put", config, Checkpoint(new_id(), values), metadata, changed & values.keys(), writes)


def changed_list(chance, items):
    items = items if isinstance(items, list) else []
    added = chance.choices(ITEMS, k=chance.randrange(4))
    return chance.choice([[*items, *added]] * 6 + [items[:1], [*added, *items[1:]], chance.choice(ITEMS)])


def write(both):
    if known := [*both.memory.list(both.chance.choice(PLACES))]:
        record = (both.chance.choice(["asked", "told:1"]), both.chance.choice(ITEMS))
        both.do("put_writes", both.chance.choice(known).config, [record], both.chance.choice("ab"))


@pytest.mark.parametrize("seed", range(30))
def test_a_file_says_what_the_memory_says(seed, tmp_path):
    chance = random.Random(seed)
    both = Both(chance, tmp_path / "threads.db")
    for step in range(40):
        what = chance.random()
        if what < 0.75:
            go_on(both, step)
        elif what < 0.85:
            write(both)
        elif what < 0.9:
            both.do("copy_thread", chance.choice("abc"), chance.choice("abc"))
        elif what < 0.95:
            both.do("prune", chance.choice([None, [chance.choice("abc")]]), keep=chance.randrange(1, 4))
        else:
            both.do("delete_thread", chance.choice("abc"))
        assert both.are_same(), f"after step {step}"
    for file in both.files:
        file.close()
