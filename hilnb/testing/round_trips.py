"""Values come back equal and of the same type, through a real graph; awaited calls do what the others do."""

from __future__ import annotations

import asyncio
import operator
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypedDict
from uuid import UUID

from hilnb.checkpoint.base import BaseCheckpointSaver, Checkpoint, new_id
from hilnb.errors import AnsweredError
from hilnb.graph import END, START, StateGraph
from hilnb.messages import AIMessage, HumanMessage, ToolMessage
from hilnb.testing.expecting import expect, place, plain, take
from hilnb.types import Command, Send, interrupt

__all__ = ["CHECKS", "OWN_TYPES", "values_of_all_types"]


class Colour(Enum):
    """One of your enums."""

    RED = "red"


class Pair(NamedTuple):
    """One of your named tuples."""

    left: Any
    right: Any


@dataclass
class Visit:
    """One of your dataclasses."""

    where: Pair
    when: datetime
    seen: set[Colour]


OWN_TYPES: list[type] = [Colour, Pair, Visit]
"""Registered with the saver; it is what a graph does with the types that its state names."""

NOON = datetime(2026, 3, 29, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))


def values_of_all_types() -> dict[str, Any]:
    """What has to come back as it was, by name."""
    call = {"name": "search", "args": {"q": "x", "n": 1}, "id": "1", "type": "tool_call"}
    values = {
        "nothing": None,
        "truths": [True, 1, 1.0, False, 0, 0.0],
        "floats": [-0.0, 1e-320, 0.1, float("nan"), float("inf"), float("-inf")],
        "large": [2**63, -(2**70), 10**400],
        "complex": complex(1, -2),
        "text": 'é\n\0"\\ \u2028 😀',
        "lone": "\ud800 alone",
        "bytes": b"\x00\xff",
        "tuple": (1, (2, [3, ()])),
        "sets": [{1, 2}, frozenset({"a"}), set(), {(1, 2), None}],
        "dict": {"b": {"a": 1}, "a": {}},
        "keys": {1: "int", (1, 2): "tuple", None: "none", "1": "text"},
        "tag": {"!tuple": [1]},
        "times": [NOON, NOON.replace(tzinfo=UTC), NOON.replace(tzinfo=None), date(2026, 1, 2), time(1, 2, 3)],
        "span": timedelta(days=-1, microseconds=1),
        "decimal": [Decimal("1.10"), Decimal("-0")],
        "uuid": UUID(int=5),
        "path": Path("a/b.txt"),
        "enum": Colour.RED,
        "pair": Pair([1], (2,)),
        "dataclass": Visit(Pair(1, "b"), NOON, {Colour.RED}),
        "messages": [HumanMessage("hi", id="1"), AIMessage("", tool_calls=[call]), ToolMessage("5", tool_call_id="1")],
        "sent": Send("work", {"x": (1,)}),
    }  # fmt: skip
    return values if _Model is None else {**values, "model": _Model(name="a", tags=("x", "y"))}


_Model: Any = None
try:
    import pydantic
except ModuleNotFoundError:
    pass
else:
    _Model = pydantic.create_model("Model", __module__=__name__, name=(str, ...), tags=(tuple[str, ...], ()))
    OWN_TYPES.append(_Model)


def is_same(one: Any, other: Any) -> bool:
    """Whether they are equal and of the same types all the way down; nan is the same as nan."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, dict):
        return [*map(repr, one)] == [*map(repr, other)] and all(map(is_same, one.values(), other.values()))
    if isinstance(one, float | complex | Decimal):
        return repr(one) == repr(other)
    return bool(one == other)


class _State(TypedDict):
    given: dict[str, Any]
    log: Annotated[list[Any], operator.add]
    answer: Any


def _expect_same(found: dict[str, Any], what: str) -> None:
    expected = values_of_all_types()
    expect([*found], [*expected], f"the keys of {what}")
    for name, value in expected.items():
        if not is_same(value, found[name]):
            raise AssertionError(f"{what}, {name!r}: expected {value!r}, found {found[name]!r}")


def values_come_back_through_a_graph(saver: BaseCheckpointSaver) -> None:
    """As input, as an item of a list that grows, as an answer, as the input of a Send."""
    saver.introduce(*OWN_TYPES)
    asked: list[Any] = []

    def ask(state: Any) -> dict[str, Any]:
        return {"answer": interrupt({"given": state["given"]}), "log": [state["given"]]}

    def fan_out(state: Any) -> list[Send]:
        return [Send("work", state["given"])]

    def work(given: Any) -> dict[str, Any]:
        asked.append(given)
        return {"log": [given]}

    builder: Any = StateGraph(_State).add_node("ask", ask).add_node("work", work)
    builder.add_edge(START, "ask").add_conditional_edges("ask", fan_out, ["work"]).add_edge("work", END)
    graph = builder.compile(checkpointer=saver)
    config: Any = {"configurable": {"thread_id": "1"}}

    graph.invoke({"given": values_of_all_types()}, config)
    question: Any = graph.get_state(config).interrupts[0].value
    _expect_same(question["given"], "a question")
    graph.invoke(Command(resume=values_of_all_types()), config)

    values = graph.get_state(config).values
    _expect_same(values["given"], "the state")
    _expect_same(values["answer"], "an answer")
    _expect_same(asked[0], "the input of a Send")
    for n, item in enumerate(values["log"]):
        _expect_same(item, f"item {n} of a list")
    for snapshot in graph.get_state_history(config):
        if "given" in snapshot.values:
            _expect_same(snapshot.values["given"], f"the state at step {snapshot.metadata['step']}")


def awaited_calls_do_what_the_others_do(saver: BaseCheckpointSaver) -> None:
    """Each of them; what one world kept the other reads."""
    _awaited(lambda: _use_all(saver))


async def _use_all(saver: BaseCheckpointSaver) -> None:
    point = Checkpoint(new_id(), {"x": ["a"]})
    config = await saver.aput(place(), point, {"source": "loop", "step": 0, "parents": {}}, {"x"})
    await saver.aput_writes(config, [("told:1", "yes")], "a", first=True)
    try:
        await saver.aput_writes(config, [("told:1", "no")], "a", first=True)
    except AnsweredError:
        pass
    else:
        raise AssertionError("aput_writes took a second answer; AnsweredError was expected")
    second = take(saver, config, {"x": ["a", "b"]}, step=1)
    expect(plain(await saver.aget_tuple(config)), plain(saver.get_tuple(config)), "aget_tuple")
    expect(await saver.aget(place()), saver.get(place()), "aget")
    choices: list[dict[str, Any]] = [{}, {"limit": 1}, {"before": second}, {"filter": {"step": 0}}]
    for chosen in choices:
        listed = [plain(kept) async for kept in saver.alist(place(), **chosen)]
        expect(listed, [plain(kept) for kept in saver.list(place(), **chosen)], f"alist with {chosen}")
    await saver.acopy_thread("1", "2")
    expect(await saver.athreads(), ["1", "2"], "athreads")
    expect(await saver.asize() > 0, True, "asize is positive")
    await saver.aprune(["1"])
    expect(len([*saver.list(place())]), 1, "the checkpoints that aprune leaves")
    await saver.adelete_thread("1")
    expect([*saver.threads()], ["2"], "the threads after adelete_thread")


def _awaited(make: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine on a loop of its own, whether or not one is running here."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(make())
        except BaseException as error:
            failed.append(error)

    worker = threading.Thread(target=run)
    worker.start()
    worker.join()
    if failed:
        raise failed[0]


CHECKS = [values_come_back_through_a_graph, awaited_calls_do_what_the_others_do]
