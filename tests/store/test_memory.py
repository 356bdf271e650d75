"""What our store does beyond LangGraph's: it keeps time, keeps values to itself, and says what was wrong."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from hilnb.store.base import NOT_PROVIDED, BaseStore, InvalidNamespaceError, PutOp
from hilnb.store.memory import InMemoryStore

MINUTE = 60


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self):
        self.now = 1_700_000_000.0

    def __call__(self):
        return self.now

    def later(self, minutes):
        self.now += minutes * MINUTE


@pytest.fixture
def clock():
    return Clock()


def letters(texts):
    return [[float(text.count(letter)) for letter in "abc"] for text in texts]


def searchable(embed=letters, **index):
    return InMemoryStore(index={"dims": 3, "embed": embed, **index})


def keys(items):
    return [item.key for item in items]


# ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_update_keeps_when_the_item_was_created(clock):
    store = InMemoryStore(clock=clock)
    store.put(("a",), "k", {"v": 1})
    clock.later(minutes=5)

    store.put(("a",), "k", {"v": 2})

    item = store.get(("a",), "k")
    assert item.created_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert (item.updated_at - item.created_at).total_seconds() == 5 * MINUTE


def test_a_value_is_forgotten_when_its_minutes_are_over(clock):
    store = InMemoryStore(clock=clock)
    store.put(("a",), "short", {}, ttl=2)
    store.put(("a",), "long", {}, ttl=3)
    store.put(("b",), "forever", {})

    clock.later(minutes=2)

    assert store.get(("a",), "short") is None
    assert keys(store.search(())) == ["long", "forever"]
    clock.later(minutes=10)
    assert store.list_namespaces() == [("b",)]


@pytest.mark.parametrize("read", ["get", "search"])
def test_reading_a_value_starts_its_time_again(clock, read):
    store = InMemoryStore(clock=clock)
    store.put(("a",), "k", {}, ttl=2)
    for _ in range(3):
        clock.later(minutes=1.5)
        assert store.get(("a",), "k") if read == "get" else store.search(("a",))

    clock.later(minutes=2)

    assert store.get(("a",), "k") is None


def test_reading_leaves_the_time_alone_when_asked_to(clock):
    told_so = InMemoryStore(clock=clock)
    by_default = InMemoryStore(clock=clock, ttl={"default_ttl": 2, "refresh_on_read": False})
    told_so.put(("a",), "k", {}, ttl=2)
    by_default.put(("a",), "k", {})
    clock.later(minutes=1.5)
    told_so.get(("a",), "k", refresh_ttl=False)
    told_so.search(("a",), refresh_ttl=False)
    by_default.get(("a",), "k")

    clock.later(minutes=1)

    assert told_so.get(("a",), "k") is None
    assert by_default.get(("a",), "k") is None


def test_a_search_refreshes_only_what_it_returns(clock):
    store = InMemoryStore(clock=clock)
    for key in "abc":
        store.put(("x",), key, {}, ttl=2)
    clock.later(minutes=1)
    store.search(("x",), limit=1, offset=1)

    clock.later(minutes=1)

    assert keys(store.search(("x",))) == ["b"]


def test_a_put_sets_the_time_anew(clock):
    store = InMemoryStore(clock=clock, ttl={"default_ttl": 1})
    store.put(("a",), "default", {})
    store.put(("a",), "never", {}, ttl=None)
    store.put(("a",), "longer", {})
    store.put(("a",), "longer", {}, ttl=5)
    store.put(("a",), "no longer", {}, ttl=NOT_PROVIDED)
    store.put(("a",), "no longer", {}, ttl=None)

    clock.later(minutes=2)

    assert keys(store.search(())) == ["never", "longer", "no longer"]


def test_a_key_deleted_and_put_again_does_not_inherit_the_old_end(clock):
    store = InMemoryStore(clock=clock)
    store.put(("a",), "k", {}, ttl=1)
    store.delete(("a",), "k")
    store.put(("a",), "k", {})

    clock.later(minutes=2)

    assert store.get(("a",), "k")


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_changing_what_was_put_or_got_changes_nothing_in_the_store():
    store = InMemoryStore()
    value = {"tags": ["a"]}
    store.put(("x",), "k", value)

    value["tags"].append("after put")
    store.get(("x",), "k").value["tags"].append("after get")
    store.search(("x",))[0].value["tags"].append("after search")

    assert store.get(("x",), "k").value == {"tags": ["a"]}


def test_a_value_is_taken_before_an_awaited_embedding():
    value = {"text": "a"}

    async def embed(texts):
        value["text"] = "changed meanwhile"
        return letters(texts)

    store = searchable(embed)
    asyncio.run(store.aput(("x",), "k", value))

    assert store.get(("x",), "k").value == {"text": "a"}


def test_a_value_that_cannot_be_copied_is_refused_by_name():
    store = InMemoryStore()

    with pytest.raises(TypeError, match=r"put\(\('x',\), 'k', …\): the value cannot be copied .* plain data"):
        store.put(("x",), "k", {"lock": threading.Lock()})

    assert store.search(()) == []


def test_a_namespace_is_there_only_while_it_holds_something():
    store = InMemoryStore()
    store.get(("read",), "k")
    store.delete(("deleted",), "k")
    store.put(("emptied",), "k", {})
    store.delete(("emptied",), "k")

    assert store.list_namespaces() == []


# ── search by meaning ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_do_not_repeat_what_was_not_embedded():
    store = searchable(fields=["text"])
    store.put(("x",), "near", {"text": "a"})
    store.put(("x",), "plain 1", {})
    store.put(("x",), "plain 2", {})

    pages = [store.search((), query="a", limit=1, offset=offset) for offset in range(4)]

    assert [keys(page) for page in pages] == [["near"], ["plain 1"], ["plain 2"], []]


def test_an_update_leaves_no_old_text_behind():
    store = searchable(fields=["list[*]"])
    store.put(("x",), "k", {"list": ["a", "b"]})
    store.put(("x",), "unindexed", {"list": ["b"]})

    store.put(("x",), "k", {"list": ["c"]})
    store.put(("x",), "unindexed", {"list": ["b"]}, index=False)

    assert [item.score for item in store.search((), query="b")] == [0.0, None]


def test_one_text_may_stand_in_two_places():
    told = []
    store = searchable(lambda texts: told.extend(texts) or letters(texts), fields=["a", "b"])

    store.put(("x",), "k", {"a": "ab", "b": "ab"})

    assert told == ["ab"]
    assert keys(store.search((), query="a")) == ["k"]


def test_a_put_may_index_the_whole_value():
    store = searchable(fields=["a"])
    store.put(("x",), "k", {"b": "cab"}, index=["$"])

    assert store.search((), query="c")[0].score > 0


def test_values_that_are_not_json_are_indexed_as_their_text():
    told = []
    store = searchable(lambda texts: told.extend(texts) or letters(texts))

    store.put(("x",), "k", {"when": datetime(2025, 1, 2, tzinfo=UTC)})

    assert told == ['{"when": "2025-01-02 00:00:00+00:00"}']


def test_an_object_without_async_methods_embeds_in_a_thread():
    threads = set()

    class Model:
        def embed_documents(self, texts):
            threads.add(threading.current_thread())
            return letters(texts)

        def embed_query(self, text):
            return self.embed_documents([text])[0]

    async def use(store):
        await store.aput(("x",), "near", {"text": "a"})
        await store.aput(("x",), "far", {"text": "b"})
        return await store.asearch((), query="a")

    assert keys(asyncio.run(use(searchable(Model(), fields=["text"])))) == ["near", "far"]
    assert threading.current_thread() not in threads


def test_a_text_without_direction_is_near_to_nothing():
    store = searchable(fields=["text"])
    store.put(("x",), "k", {"text": "zzz"})

    assert [item.score for item in store.search((), query="a")] == [0.0]
    assert [item.score for item in store.search((), query="zzz")] == [0.0]


# ── threads ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_many_threads_may_use_a_store_at_once():
    store = InMemoryStore()

    def work(number):
        for count in range(50):
            store.put(("n", str(number)), str(count), {"count": count})
            store.search(("n",), filter={"count": count}, limit=100)
            store.delete(("n", str(number)), str(count - 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    left = [(item.namespace[1], item.key) for item in store.search(("n",), limit=100)]
    assert sorted(left) == [(str(number), "49") for number in range(8)]


def test_others_may_use_the_store_while_it_embeds():
    reached = []

    def embed(texts):
        other = threading.Thread(target=lambda: reached.append(store.get(("x",), "k")))
        other.start()
        other.join(10)
        return letters(texts)

    store = searchable(embed)
    store.put(("x",), "k", {"text": "a"})

    assert reached == [None]


# ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda store: store.put("users", "k", {}), r"tuple of words, not one word: write \('users',\)"),
        (lambda store: store.put((), "k", {}), r"put\(\) needs a namespace of one label or more"),
        (lambda store: store.put(("langgraph",), "k", {}), r"LangGraph keeps 'langgraph' for itself"),
        (lambda store: store.get(("a", "b.c"), "k"), r"Namespace \('a', 'b\.c'\): the label 'b\.c' has a period"),
        (lambda store: store.search((5,)), r"the label 5 is of type int; labels are strings"),
        (lambda store: store.list_namespaces(prefix=("",)), r"the label '' is empty"),
    ],
)
def test_a_wrong_namespace_is_told_why(act, words):
    with pytest.raises(InvalidNamespaceError, match=words):
        act(InMemoryStore())


def test_a_list_is_as_good_a_namespace_as_a_tuple():
    store = InMemoryStore()
    store.put(["a", "b"], "k", {})

    assert store.get(("a", "b"), "k") == store.get(["a", "b"], "k") == store.search(["a"])[0]


def test_an_unknown_operator_is_told_the_nearest_one():
    store = InMemoryStore()
    store.put(("a",), "k", {"n": 1})

    with pytest.raises(ValueError, match=r"no operator is called '\$gtt' \(did you mean '\$gt'\?\)\. Use \$eq, \$ne"):
        store.search((), filter={"n": {"$gtt": 1}})


def test_an_item_without_the_number_does_not_match():
    store = InMemoryStore()
    for key, value in {"five": {"n": 5}, "none": {"n": None}, "without": {}, "words": {"n": "many"}}.items():
        store.put(("a",), key, value)

    assert keys(store.search((), filter={"n": {"$gt": 1}})) == ["five"]


def test_a_path_that_is_one_text_is_refused():
    with pytest.raises(TypeError, match=r"a list of paths, not one text: write \['text'\]"):
        searchable(fields="text")
    with pytest.raises(TypeError, match=r"write \['text'\]"):
        searchable().put(("x",), "k", {"text": "a"}, index="text")


def test_what_cannot_embed_is_told_what_can():
    with pytest.raises(TypeError, match=r"of type int cannot embed\. Give a function from a list of texts"):
        searchable(5)
    with pytest.raises(ValueError, match="of type str cannot embed"):
        searchable("somewhere:a-model")


def test_an_async_function_names_the_methods_to_use():
    async def embed(texts):
        return letters(texts)

    with pytest.raises(ValueError, match=r"embedding function is async: use `await store\.aput"):
        searchable(embed).put(("x",), "k", {"text": "a"})


def test_vectors_of_two_lengths_are_told_apart():
    store = searchable(lambda texts: [[1.0] * len(text) for text in texts], fields=["text"])
    store.put(("x",), "k", {"text": "abc"})

    with pytest.raises(ValueError, match="vectors of 2 and of 3 numbers"):
        store.search((), query="ab")


def test_a_store_that_cannot_forget_says_so():
    class Plain(BaseStore):
        def batch(self, ops):
            return [None]

        async def abatch(self, ops):
            return self.batch(ops)

    with pytest.raises(NotImplementedError, match="ttl=5: Plain cannot forget after a time"):
        Plain().put(("a",), "k", {}, ttl=5)


def test_a_failed_batch_keeps_nothing():
    store = InMemoryStore()

    with pytest.raises(ValueError, match="batch\\(\\) takes GetOp, SearchOp, PutOp and ListNamespacesOp, not int"):
        store.batch([PutOp(("a",), "k", {}), 5])

    assert store.search(()) == []
