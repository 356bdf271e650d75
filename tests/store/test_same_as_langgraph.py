"""The same store program, run on LangGraph and on hilnb: the same items, order, scores and kinds of error."""

import random

import pytest
from langchain_core.embeddings import Embeddings

from tests.store.player import heard

PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def letters(texts):
    """Texts are near one another when they use the same letters."""
    return [[float(text.count(letter)) for letter in "abcdefgh"] for text in texts]


def searchable(lg, embed=letters, **index):
    return lg.InMemoryStore(index={"dims": 8, "embed": embed, **index})


# ── keeping ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def what_was_put_is_got_until_it_is_deleted(lg, do):
    store = lg.InMemoryStore()
    do(store, "get", ("users",), "a")
    do(store, "put", ("users", "1"), "a", {"theme": "dark", "tags": ["x", {"y": 1}]})
    do(store, "put", ("users", "1"), 7, {"theme": "light"})
    do(store, "get", ("users", "1"), "a")
    do(store, "get", ("users", "1"), 7)
    do(store, "get", ("users",), "a")
    do(store, "put", ("users", "1"), "a", {"theme": "new"})
    do(store, "get", ("users", "1"), "a")
    do(store, "delete", ("users", "1"), "a")
    do(store, "delete", ("users", "1"), "nobody")
    do(store, "get", ("users", "1"), "a")
    do(store, "put", ("users", "1"), "7", None)
    do(store, "get", ("users", "1"), "7")


@program
def namespaces_that_are_no_tuple_of_words_are_refused(lg, do):
    store = lg.InMemoryStore()
    for wrong in [(), ("",), ("a", ""), ("a.b",), (1,), (None,), ("a\0",), ("langgraph",), ("a", "langgraph")]:
        do(store, "put", wrong, "k", {"v": 1})
        do(store, "get", wrong, "k")
        do(store, "search", wrong)
        do(store, "delete", wrong, "k")
        # A fresh one: in LangGraph a namespace that was only read is listed from then on.
        do(lg.InMemoryStore(), "list_namespaces", prefix=wrong)
        do(lg.InMemoryStore(), "list_namespaces", suffix=wrong)


@program
def values_that_are_no_dict_are_refused(lg, do):
    store = lg.InMemoryStore()
    for value in (5, "text", ["a"], [("a", 1)], {}):
        do(store, "put", ("v",), "k", value)
        do(store, "get", ("v",), "k")


@program
def a_batch_reads_before_it_writes_and_the_last_write_wins(lg, do):
    store = lg.InMemoryStore()
    ops = [
        lg.PutOp(("a",), "k", {"v": 1}),
        lg.ListNamespacesOp(),
        lg.GetOp(("a",), "k"),
        lg.PutOp(("a",), "k", {"v": 2}),
        lg.SearchOp(("a",)),
    ]
    do(store, "batch", ops)
    do(store, "batch", iter(ops))
    do(store, "batch", [])
    do(store, "batch", [5])


@program
def a_store_gets_operations_with_the_defaults_filled_in(lg, do):
    class Listener(lg.BaseStore):
        def batch(self, ops):
            do.note([(type(op).__name__, tuple(op)) for op in ops])
            return [None]

        async def abatch(self, ops):
            return self.batch(ops)

    class Forgetting(Listener):
        supports_ttl = True

        def __init__(self):
            self.ttl_config = {"default_ttl": 3.5, "refresh_on_read": False}

    for store in (Listener(), Forgetting()):
        do(store, "get", ("a",), 5)
        do(store, "get", ("a",), "k", refresh_ttl=True)
        do(store, "search", ("a",))
        do(store, "search", (), query="q", filter={"a": 1}, limit=3, offset=2, refresh_ttl=False)
        do(store, "put", ("a",), "k", {"v": 1})
        do(store, "put", ("a",), "k", {"v": 1}, False)
        do(store, "put", ("a",), "k", {"v": 1}, ["v"], ttl=5)
        do(store, "put", ("a",), "k", {"v": 1}, ttl=None)
        do(store, "put", ("a",), "k", {"v": 1}, ttl=lg.NOT_PROVIDED)
        do(store, "delete", ("a",), "k")
        do(store, "list_namespaces")
        do(store, "list_namespaces", prefix=("a", "*"), suffix=("b",), max_depth=2, limit=1, offset=1)


@program
def items_are_compared_by_what_they_hold(lg, do):
    facts = {"namespace": ["a", "b"], "key": "k", "value": {"v": 1}}
    times = {"created_at": "2025-01-01T00:00:00+00:00", "updated_at": "2025-01-02T00:00:00+01:00"}
    item, again = lg.Item(**facts, **times), lg.Item(**facts, **times)
    scored = lg.SearchItem(("a", "b"), "k", {"v": 1}, times["created_at"], times["updated_at"], 0.5)
    other = lg.Item(**{**facts, "value": {}}, **times)
    do.note([item == again, item == scored, item == other, item == 5, len({item, again, scored})])
    do.note([item.dict(), scored.dict(), item.namespace, item.created_at.isoformat(), repr(item)])


# ── searching ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def five(lg):
    store = lg.InMemoryStore()
    store.put(("docs", "a"), "1", {"n": 1, "t": "x", "d": {"a": 1, "b": [1, 2]}})
    store.put(("docs", "a"), "2", {"n": 2.5, "t": "7", "d": {"a": 2}})
    store.put(("docs", "b"), "3", {"n": "3", "t": "y", "ok": True})
    store.put(("docs",), "4", {"n": -4, "t": None})
    store.put(("other",), "5", {"n": 0, "d": {"a": {"deep": 1}}})
    return store


@program
def a_search_looks_below_its_prefix_and_turns_pages(lg, do):
    store = five(lg)
    for prefix in ((), ("docs",), ("docs", "a"), ("doc",), ("docs", "a", "x"), ("*",)):
        do(store, "search", prefix)
    for limit, offset in ((2, 0), (2, 2), (2, 4), (0, 0), (10, 9), (100, 1)):
        do(store, "search", (), limit=limit, offset=offset)
    do(store, "search", ("docs",), query="a store without an index ignores this")


@program
def filters_of_every_kind(lg, do):
    filters = [
        {},
        {"n": 1},
        {"n": 1, "t": "x"},
        {"n": 1, "t": "y"},
        {"n": {"$eq": 1}},
        {"n": {"$ne": 1}},
        {"n": {"$gt": 0}},
        {"n": {"$gte": 1, "$lt": 3}},
        {"n": {"$lte": "1"}},
        {"n": {}},
        {"t": None},
        {"nobody": None},
        {"nobody": {"$ne": 3}},
        {"d": {"a": 1}},
        {"d": {"a": 1, "b": [1, 2]}},
        {"d": {"b": (1, {"$gt": 1})}},
        {"d": {"b": [1]}},
        {"d": {"a": {"deep": 1}}},
        {"d": {"a": {"$eq": {"deep": 1}}}},
        {"d": {"$ne": None}},
        {"ok": True},
        {"$gt": 1},
        {"n": {"$foo": 1}},
        {"n": {"$gt": 1, "foo": 1}},
        {"n": {"$gt": None}},
        {"n": {"$gt": "ten"}},
    ]
    for wanted in filters:
        do(five(lg), "search", (), filter=wanted)


@program
def namespaces_are_listed_by_their_ends(lg, do):
    store = lg.InMemoryStore()
    for path in ("a b c", "a b d e", "a b d i", "a b f", "a c f", "b", "z a c"):
        store.put(tuple(path.split()), "k", {})
    for options in [
        {},
        {"prefix": ("a", "b")},
        {"prefix": ("a", "b"), "max_depth": 3},
        {"prefix": ("*", "b")},
        {"suffix": ("f",)},
        {"suffix": ("*", "c")},
        {"prefix": ("a",), "suffix": ("f",)},
        {"prefix": ("a", "b", "c", "d", "e")},
        {"max_depth": 1},
        {"max_depth": 0},
        {"limit": 2, "offset": 1},
        {"limit": 0},
        {"prefix": (), "suffix": None},
    ]:
        do(store, "list_namespaces", **options)
    do(store, "batch", [lg.ListNamespacesOp((lg.MatchCondition("middle", ("a",)),))])


# ── by meaning ────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def the_nearest_come_first_and_what_was_not_embedded_last(lg, do):
    store = searchable(lg, fields=["text"])
    for key, text in enumerate(["aaa", "aab", "bbb", "ccc", "zzz"]):
        do(store, "put", ("docs",), key, {"text": text, "odd": key % 2 == 1})
    do(store, "put", ("docs",), "unindexed", {"text": "aaa"}, index=False)
    do(store, "put", ("docs",), "without", {"title": "aaa"})
    do(store, "put", ("elsewhere",), "x", {"text": "aaa"})
    for options in ({}, {"limit": 2}, {"limit": 2, "offset": 2}, {"filter": {"odd": True}}, {"limit": 6}):
        do(store, "search", ("docs",), query="aaaab", **options)
    do(store, "search", (), query="", limit=3)
    do(store, "search", ("nowhere",), query="a")
    do(store, "delete", ("docs",), "0")
    do(store, "search", ("docs",), query="aaaab")


@program
def paths_lead_to_texts(lg, do):
    value = {
        "a": {"b": "aaa", "c": ["bb", "cc"]},
        "list": [{"text": "dd"}, {"text": "ee", "tags": ["a", "b"]}, {"other": 1}, "f"],
        "number": 5,
        "yes": True,
        "nothing": None,
        "empty": "",
    }
    paths = (
        "a.b a.c a.c[0] a.c[-1] a.c[*] a.c[7] a.c[x] a.* a list[*].text list[*].tags[*] list[0] list[-1] list.text * "
        "number yes nothing empty nobody nobody.b a.b.c {a.b} {a.b,number,a} {nobody} a{b} list{text} [0] $"
    )
    for path in paths.split():
        told = []
        store = searchable(lg, lambda texts, told=told: told.extend(texts) or letters(texts), fields=[path])
        do(store, "put", ("docs",), "k", value)
        do.note([path, sorted(told)])
        do(store, "search", (), query="abcdef")


@program
def a_put_names_its_own_paths(lg, do):
    store = searchable(lg)
    do(store, "put", ("docs",), "whole", {"x": "aa", "y": "bb"})
    do(store, "put", ("docs",), "x", {"x": "aa", "y": "bb"}, ["x"])
    do(store, "put", ("docs",), "both", {"x": "aa", "y": "cb"}, index=["x", "y"])
    do(store, "put", ("docs",), "none", {"x": "aa", "y": "bb"}, index=[])
    for query in ("a", "b", "ab"):
        do(store, "search", (), query=query)


@program
def an_async_function_needs_the_async_methods(lg, do):
    async def embed(texts):
        return letters(texts)

    store = searchable(lg, embed)
    do(store, "put", ("docs",), "1", {"text": "aab"})
    do(store, "put", ("docs",), "2", {"text": "b"})
    do(store, "search", (), query="a")


@program
def an_embedding_object_may_see_queries_otherwise(lg, do):
    class Model(Embeddings):
        def embed_documents(self, texts):
            return letters(texts)

        def embed_query(self, text):
            return letters([text + "hh"])[0]

    store = searchable(lg, Model())
    do(store, "put", ("docs",), "1", {"text": "hh"})
    do(store, "put", ("docs",), "2", {"text": "ab"})
    do(store, "search", (), query="a")


@program
def several_searches_in_one_batch(lg, do):
    store = searchable(lg, fields=["text"])
    puts = [lg.PutOp(("docs",), str(n), {"text": text}) for n, text in enumerate(["aa", "ab", "bb"])]
    do(store, "batch", puts)
    do(store, "batch", [lg.SearchOp((), query="a"), lg.SearchOp((), query="b", limit=1), lg.SearchOp(())])


@program
def what_cannot_embed_is_refused(lg, do):
    for embed in (None, "somewhere:a-model"):
        do.attempt(lambda embed=embed: type(searchable(lg, embed)).__name__)
    store = searchable(lg, lambda texts: [[1.0, 2.0] * len(texts)], fields=["a", "b"])
    do(store, "put", ("docs",), "1", {"a": "one"})
    do(store, "put", ("docs",), "1", {"a": "one", "b": "two"})


@program
def calls_at_random(lg, do):
    dice = random.Random(7)
    store = lg.InMemoryStore()
    for namespace in "xyz":
        store.put((namespace,), "first", {"n": 0})
    for _ in range(300):
        place = ((dice.choice("xyz"),), dice.choice("abcdef"))
        match dice.randrange(4):
            case 0 | 1:
                store.put(*place, {"n": dice.randrange(5)})
            case 2:
                store.delete(*place)
            case 3:
                do(store, "get", *place)
        wanted = {"n": {dice.choice(["$gt", "$lte", "$ne"]): dice.randrange(5)}}
        do(store, "search", place[0][: dice.randrange(2)], filter=wanted, limit=4, offset=dice.randrange(3))
    do(store, "list_namespaces")


@pytest.mark.parametrize("awaiting", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = (heard(PROGRAMS[name], library, awaiting) for library in ("langgraph", "hilnb"))

    assert here == there
