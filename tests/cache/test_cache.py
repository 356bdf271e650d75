"""The cache: the same as LangGraph's, sync and async, and what is our own."""

import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from hilnb.cache.base import BaseCache
from hilnb.cache.memory import InMemoryCache
from tests.store.player import heard

PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = function
    return function


@program
def what_was_set_is_got(lg, do):
    cache = lg.InMemoryCache()
    do(cache, "get", [])
    do(cache, "get", [(("n",), "k")])
    do(cache, "set", {(("n",), "k"): ({"a": [1, None]}, None), (("n", "m"), "k"): ("text", 600), ((), "k"): (3, None)})
    do(cache, "get", [(("n",), "k"), (("n", "m"), "k"), ((), "k"), (("n",), "other"), (("other",), "k")])
    do(cache, "set", {(("n",), "k"): ("new", None)})
    do(cache, "get", ((("n",), "k"),))


@program
def what_is_good_for_no_time_is_gone(lg, do):
    cache = lg.InMemoryCache()
    do(cache, "set", {(("n",), "none"): (1, 0), (("n",), "less"): (1, -5), (("n",), "some"): (1, 600)})
    do(cache, "get", [(("n",), key) for key in ("none", "less", "some")])


@program
def namespaces_are_cleared_one_by_one_or_all_at_once(lg, do):
    for chosen in ([("a",)], [("a",), ("a", "b")], [("nobody",)], [], None):
        cache = lg.InMemoryCache()
        keys = [(("a",), "k"), (("a", "b"), "k"), (("c",), "k")]
        do(cache, "set", dict.fromkeys(keys, (1, None)))
        do(cache, "clear", chosen)
        do(cache, "get", keys)
    do(cache, "clear")


@program
def later_changes_do_not_reach_the_cache(lg, do):
    cache, key, value = lg.InMemoryCache(), (("n",), "k"), {"list": [1]}
    do(cache, "set", {key: (value, None)})
    value["list"].append(2)
    do(cache, "get", [key])[key]["list"].append(3)
    do(cache, "get", [key])


@program
def what_cannot_be_kept_is_refused(lg, do):
    cache = lg.InMemoryCache()
    do(cache, "set", {(("n",), "k"): (threading.Lock(), None)})
    do(cache, "get", [(("n",), "k")])


@pytest.mark.parametrize("awaiting", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = (heard(PROGRAMS[name], library, awaiting) for library in ("langgraph", "hilnb"))

    assert here == there


def test_a_value_is_good_for_its_seconds():
    now = [100.0]
    cache = InMemoryCache(clock=lambda: now[0])
    short, long = (("n",), "short"), (("n",), "long")
    cache.set({short: ("a", 10), long: ("b", 20)})

    seen = []
    for now[0] in (109.9, 110.0, 119.9, 120.0):
        seen.append(sorted(cache.get([short, long]).values()))

    assert seen == [["a", "b"], ["b"], ["b"], []]


def test_setting_a_value_again_starts_its_seconds_again():
    now = [0.0]
    cache = InMemoryCache(clock=lambda: now[0])
    key = (("n",), "k")
    cache.set({key: ("a", 10)})
    now[0] = 9.0
    cache.set({key: ("b", None)})

    now[0] = 1000.0

    assert cache.get([key]) == {key: "b"}


def test_values_whose_time_is_over_take_no_room():
    kept = weakref.WeakSet()

    class Value:
        def __deepcopy__(self, memo):
            kept.add(copy := Value())
            return copy

    now = [0.0]
    cache = InMemoryCache(clock=lambda: now[0])
    for number in range(100):
        now[0] = float(number)
        cache.set({(("n",), str(number)): (Value(), 10)})

    assert len(kept) == 10


def test_what_cannot_be_copied_is_refused_by_name():
    cache = InMemoryCache()
    good, bad = (("n",), "good"), (("n",), "bad")

    with pytest.raises(TypeError, match=r"\(\('n',\), 'bad'\): the value cannot be copied .* plain data"):
        cache.set({good: (1, None), bad: (threading.Lock(), None)})

    assert cache.get([good]) == {}


def test_many_threads_may_use_a_cache_at_once():
    cache = InMemoryCache()

    def work(number):
        for count in range(50):
            cache.set({((str(number),), str(count)): (count, 1000 if count % 2 else 0)})
            cache.get([((str(n),), str(count)) for n in range(8)])
        cache.clear([(str(number),)] if number % 2 else [])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    keys = [((str(number),), str(count)) for number in range(8) for count in range(50)]
    assert sorted(cache.get(keys)) == sorted(k for k in keys if int(k[0][0]) % 2 == 0 and int(k[1]) % 2)


def test_a_cache_of_ones_own_needs_only_three_methods():
    class Nothing(BaseCache[int]):
        def get(self, keys):
            return {}

        def set(self, pairs):
            self.last = pairs

        def clear(self, namespaces=None):
            self.last = namespaces

    here = []

    def with_it(lg, do):
        cache = Nothing()
        do(cache, "set", {(("n",), "k"): (1, None)})
        do(cache, "get", [(("n",), "k")])
        do(cache, "clear", [("n",)])
        here.append(cache.last)

    assert heard(with_it, "hilnb", awaiting=True) == heard(with_it, "hilnb", awaiting=False) == [None, {}, None]
    assert here == [[("n",)], [("n",)]]
