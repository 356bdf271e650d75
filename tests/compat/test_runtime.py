"""What surrounds a run: context, store, cache, config; the same on LangGraph and on hilnb."""

import dataclasses
import operator
from typing import Annotated

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from tests.compat.programs import Programs, Words, ask, chain, child, difference, in_a_row, thread

program = Programs()


@dataclasses.dataclass
class Context:
    user: str
    level: int = 1


class Checked(BaseModel):
    user: str
    level: int = 1


class Open(TypedDict):
    user: str


class Sum(TypedDict):
    n: int
    log: Annotated[list, operator.add]


# ── context and config ────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_context_is_made_into_its_schema(lg, do):
    cases = (
        (Context, {"user": "ann"}),
        (Context, Context("bob", 2)),
        (Checked, {"user": "ann", "level": "3"}),
        (Checked, {"level": 3}),
        (Open, {"user": "ann"}),
        (None, {"anything": 1}),
        (Context, None),
    )
    for schema, context in cases:
        builder = lg.StateGraph(Words, context_schema=schema)
        builder.add_node("node", lambda s, runtime: {"log": [f"{type(runtime.context).__name__} {runtime.context}"]})
        do.invoke(builder.add_edge(lg.START, "node").compile(), {"text": "a"}, None, context=context)


@program
def a_context_reaches_children_and_is_not_kept(lg, do):
    def node(state, runtime: lg.Runtime[Context]):
        return {"log": [runtime.context.user if runtime.context else None]}

    inner = child(lg, node=node)
    builder = lg.StateGraph(Words, context_schema=Context).add_node("node", node).add_node("inner", inner)
    builder.add_node("called", lambda s: {"log": inner.invoke({"text": "x"})["log"]}).add_node("asks", ask(lg, "ok?"))
    graph = in_a_row(lg, builder.add_node("again", node), "node", "inner", "called", "asks", "again")
    do.invoke(graph, {"text": "a"}, context={"user": "ann"})
    do.invoke(graph, lg.Command(resume="yes"), context={"user": "bob"})


@program
def the_runtime_knows_where_it_is(lg, do):
    def node(state, runtime: lg.Runtime):
        info = runtime.execution_info
        return {"log": [info.thread_id, info.node_attempt, info.checkpoint_ns, info.task_id, runtime.previous]}

    graph = chain(lg, node=node, inner=child(lg, node=node))
    do.invoke(graph, {"text": "a"})
    do.invoke(chain(lg, saver=False, node=node), {"text": "a"}, None)


@program
def the_runtime_and_config_are_found_from_anywhere(lg, do):
    def helper():
        config, runtime = lg.get_config(), lg.get_runtime(Context)
        return [config["configurable"]["thread_id"], runtime.context.user, config["metadata"]["langgraph_node"]]

    builder = lg.StateGraph(Words, context_schema=Context).add_node("node", lambda s: {"log": helper()})
    do.invoke(in_a_row(lg, builder, "node"), {"text": "a"}, context=Context("ann"))
    do.attempt(lg.get_config)


@program
def a_config_can_be_asked_when_none_was_given(lg, do):
    def look(config):
        return [config["configurable"].get("user"), config["metadata"].get("mood"), config.get("tags")]

    @lg.tool
    def looking(n: int, config: lg.RunnableConfig) -> str:
        """Look."""
        return config["configurable"].get("user", "nobody")

    @lg.task
    def step(given, config: lg.RunnableConfig):
        return look(config)

    @lg.entrypoint()
    def flow(given, config: lg.RunnableConfig):
        return [look(config), step(given).result()]

    def node(state, config: lg.RunnableConfig):
        return {"log": [look(config), look(lg.get_config()), looking.invoke({"n": 1})]}

    def route(state, config: lg.RunnableConfig):
        return config["configurable"].get("next", lg.END)

    graph = lg.StateGraph(Words).add_node("node", node).add_edge(lg.START, "node").add_conditional_edges("node", route)
    do.call(flow, "invoke", 1)
    do.call(graph.compile(), "invoke", {"text": "a"})
    do.call(looking, "invoke", {"n": 1})


@program
def a_config_reaches_nodes_and_children(lg, do):
    def node(state, config):
        about = config["configurable"]
        return {"log": [about["thread_id"], about.get("mine"), sorted(config["tags"] or []), config["recursion_limit"]]}

    inner = child(lg, node=node)
    graph = chain(lg, node=node, inner=inner, called=lambda s: {"log": inner.invoke({"text": "x"})["log"]})
    config = {"configurable": {"thread_id": "1", "mine": {"a": 1}}, "tags": ["t"], "recursion_limit": 12}
    do.invoke(graph, {"text": "a"}, config)
    do.note(sorted(config["configurable"]))


@program
def metadata_of_the_call_reaches_nodes(lg, do):
    def node(state, config):
        return {"log": [config["metadata"].get("purpose"), config["metadata"].get("langgraph_step")]}

    graph = chain(lg, one=node, two=node)
    do.invoke(graph, {"text": "a"}, {**thread("1"), "metadata": {"purpose": "test"}})


# ── the store ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@program
def a_store_is_reached_in_three_ways(lg, do):
    def by_name(state, store):
        store.put(("users",), "a", {"by": "name"})

    def by_runtime(state, runtime: lg.Runtime):
        runtime.store.put(("users",), "b", {"by": "runtime"})

    def by_function(state):
        return {"log": [item.value for item in lg.get_store().search(("users",))]}

    builder = lg.StateGraph(Words).add_node(by_name).add_node(by_runtime).add_node(by_function)
    builder.add_edge(lg.START, "by_name").add_edge("by_name", "by_runtime").add_edge("by_runtime", "by_function")
    store = lg.InMemoryStore()
    graph = builder.compile(store=store, checkpointer=lg.MemorySaver())
    do.invoke(graph, {"text": "a"}, thread("1"))
    do.note(store.search(("users",)))


@program
def items_are_put_got_and_deleted(lg, do):
    store = lg.InMemoryStore()
    do.note(store.put(("a", "b"), "key", {"n": 1}))
    do.note(store.get(("a", "b"), "key"))
    store.put(("a", "b"), "key", {"n": 2})
    item = store.get(("a", "b"), "key")
    do.note((item.value, item.namespace, item.key, item.updated_at >= item.created_at, sorted(item.dict())))
    do.note(store.get(("a",), "key"))
    do.note(store.delete(("a", "b"), "key"))
    do.note(store.get(("a", "b"), "key"))
    do.note(store.delete(("a", "b"), "never there"))


@program
def wrong_namespaces_are_refused(lg, do):
    store = lg.InMemoryStore()
    for namespace in ((), ("",), ("a.b",), ("langgraph", "x"), (1,)):
        do.attempt(lambda namespace=namespace: store.put(namespace, "key", {"n": 1}))
    do.note(store.list_namespaces())


@program
def a_search_is_narrowed_by_prefix_filter_and_page(lg, do):
    store = lg.InMemoryStore()
    for n in range(6):
        store.put(("docs", "even" if n % 2 == 0 else "odd"), str(n), {"n": n, "tags": ["x"], "deep": {"n": n}})
    store.put(("other",), "9", {"n": 9})
    for options in (
        {},
        {"limit": 2},
        {"limit": 2, "offset": 1},
        {"offset": 9},
        {"filter": {"n": 3}},
        {"filter": {"n": {"$gt": 3}}},
        {"filter": {"n": {"$gte": 1, "$lt": 4}}},
        {"filter": {"n": {"$ne": 3}}},
        {"filter": {"n": {"$lte": 1}}},
        {"filter": {"n": {"$eq": 1}}},
        {"filter": {"tags": ["x"], "n": 2}},
        {"filter": {"deep": {"n": 4}}},
        {"filter": {"nothing": 1}},
    ):
        do.note([options, sorted(item.key for item in store.search(("docs",), **options))])
    do.note([item.key for item in store.search(("docs", "odd"))])
    do.note([item.key for item in store.search(())])
    do.attempt(lambda: store.search(("docs",), filter={"n": {"$odd": 1}}))


@program
def namespaces_are_listed(lg, do):
    store = lg.InMemoryStore()
    for namespace in (("a", "b", "c"), ("a", "b", "d"), ("a", "x", "c"), ("z",)):
        store.put(namespace, "key", {"n": 1})
    for options in (
        {},
        {"prefix": ("a",)},
        {"prefix": ("a", "b")},
        {"suffix": ("c",)},
        {"prefix": ("a", "*", "c")},
        {"max_depth": 2},
        {"max_depth": 1, "prefix": ("a",)},
        {"limit": 2},
        {"limit": 2, "offset": 2},
    ):
        do.note([options, store.list_namespaces(**options)])


@program
def a_search_by_meaning(lg, do):
    def embed(texts):
        return [[text.count("a") + 0.1, text.count("b") + 0.1] for text in texts]

    store = lg.InMemoryStore(index={"dims": 2, "embed": embed, "fields": ["text"]})
    for n, text in enumerate(("aaaa", "aab", "bbbb", "ab")):
        store.put(("docs",), str(n), {"text": text, "n": n})
    store.put(("docs",), "unseen", {"text": "aaaaaa"}, index=False)
    store.put(("docs",), "other", {"note": "bb", "text": "aa"}, index=["note"])
    for options in ({"query": "a"}, {"query": "b", "limit": 2}, {"query": "b", "filter": {"n": 0}}, {}):
        found = store.search(("docs",), **options)
        do.note([options, [(item.key, item.score and round(item.score, 3)) for item in found]])


@program(awaiting=(True,))
def a_store_is_awaited(lg, do):
    store = lg.InMemoryStore()

    async def node(state, store):
        await store.aput(("a",), "1", {"n": 1})
        await store.aput(("a",), "2", {"n": 2})
        await store.adelete(("a",), "2")
        got, found = await store.aget(("a",), "1"), await store.asearch(("a",), filter={"n": 1})
        return {"log": [got.value, [item.key for item in found], [list(n) for n in await store.alist_namespaces()]]}

    builder = lg.StateGraph(Words).add_node(node).add_edge(lg.START, "node")
    do.invoke(builder.compile(store=store), {"text": "a"}, None)


@program
def a_store_is_shared_by_threads_and_children(lg, do):
    def count(state, store):
        seen = store.get(("count",), "n")
        store.put(("count",), "n", {"n": (seen.value["n"] if seen else 0) + 1})
        return {"log": [store.get(("count",), "n").value["n"]]}

    builder = lg.StateGraph(Words).add_node("count", count).add_node("inner", child(lg, count=count))
    graph = (
        builder.add_edge(lg.START, "count")
        .add_edge("count", "inner")
        .compile(store=lg.InMemoryStore(), checkpointer=lg.MemorySaver())
    )
    do.invoke(graph, {"text": "a"}, thread("1"))
    do.invoke(graph, {"text": "a"}, thread("2"))


# ── the cache ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def cached(lg, ran, policy=None, **options):
    """A graph that doubles a number, and caches that."""

    def double(state):
        ran.append(state["n"])
        return {"n": state["n"] * 2, "log": ["doubled"]}

    builder = lg.StateGraph(Sum).add_node("double", double, cache_policy=policy or lg.CachePolicy())
    builder.add_node("after", lambda s: {"log": [s["n"]]}).add_edge(lg.START, "double").add_edge("double", "after")
    return builder.compile(**{"cache": lg.InMemoryCache(), **options})


@program
def a_cached_node_is_not_run_again(lg, do):
    ran = []
    graph = cached(lg, ran)
    for n in (1, 1, 2, 1):
        do.stream(graph, {"n": n}, ("updates", "values"), None)
    do.note(ran)


@program
def a_cache_is_cleared(lg, do):
    ran = []
    graph = cached(lg, ran)
    do.invoke(graph, {"n": 1}, None)
    do.call(graph, "clear_cache")
    do.invoke(graph, {"n": 1}, None)
    do.call(graph, "clear_cache", ["after"])
    do.invoke(graph, {"n": 1}, None)
    do.note(ran)


@program
def the_key_of_a_cache_is_chosen(lg, do):
    ran = []
    graph = cached(lg, ran, lg.CachePolicy(key_func=lambda state: str(state["n"] % 10)))
    for n in (1, 11, 12, 1):
        do.invoke(graph, {"n": n}, None)
    do.note(ran)


@program
def a_policy_without_a_cache_does_nothing(lg, do):
    ran = []
    graph = cached(lg, ran, cache=None)
    do.invoke(graph, {"n": 1}, None)
    do.invoke(graph, {"n": 1}, None)
    do.note(ran)


@program
def a_cache_is_shared_by_threads_and_lives_its_time(lg, do):
    ran = []
    graph = cached(lg, ran, lg.CachePolicy(ttl=600), checkpointer=lg.MemorySaver())
    do.invoke(graph, {"n": 1}, thread("1"))
    do.invoke(graph, {"n": 1}, thread("2"))
    do.history(graph, thread("2"))
    do.note(ran)


@program
def tasks_of_a_cached_node_are_told(lg, do):
    graph = cached(lg, [])
    do.stream(graph, {"n": 1}, "tasks", None)
    do.stream(graph, {"n": 1}, "tasks", None)


@program
def a_config_always_configures_and_names_its_thread(lg, do):
    def look(state, config: lg.RunnableConfig):
        here = config["configurable"]
        return {"log": [here.get("thread_id"), here.get("user"), config["metadata"].get("thread_id")]}

    for graph in (chain(lg, one=look), chain(lg, one=look, saver=False)):
        for config in (thread("1"), {"configurable": {"thread_id": "2", "user": "ann"}}, None, {}):
            do.invoke(graph, {}, config)


@pytest.mark.parametrize(("name", "awaiting"), **program.cases())
def test_a_program_does_the_same_on_both(name, awaiting):
    there, here = program.heard(name, awaiting)

    assert here == there, difference(here, there)
