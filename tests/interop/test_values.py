"""Values come back equal or are refused by name before anything is kept; what somebody else wrote is never run."""

import pickle
import sqlite3
from dataclasses import dataclass
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from hilnb import START, StateGraph
from hilnb.errors import SaverError, SerializationError
from hilnb.interop.langgraph import saver

from .graphs import THREAD, asking


class Loose(TypedDict):
    df: Any


ran = []


class Attack:
    def __reduce__(self):
        return ran.append, ("unpickled",)


def test_what_cannot_be_kept_is_refused_by_name_and_nothing_is_kept_of_the_step():
    kept = InMemorySaver()
    graph = StateGraph(Loose).add_node("work", lambda state: {"df": object()}).add_edge(START, "work")
    graph = graph.compile(checkpointer=saver(kept))

    with pytest.raises(SerializationError, match="the key 'df' holds an object"):
        graph.invoke({"df": 1}, THREAD)

    assert [(each.values, each.next) for each in graph.get_state_history(THREAD)] == [
        ({"df": 1}, ("work",)),
        ({}, ("__start__",)),
    ]


@dataclass
class Visit:
    city: str


def test_a_class_of_ones_own_is_kept_once_it_is_named():
    kept = InMemorySaver()
    graph = StateGraph(Loose).add_node("work", lambda state: None).add_edge(START, "work")

    with pytest.raises(SerializationError, match=r"not registered: saver\(InMemorySaver\(…\), types=\[Visit\]\) does"):
        graph.compile(checkpointer=saver(kept)).invoke({"df": Visit("Rome")}, THREAD)
    named = graph.compile(checkpointer=saver(kept, types=[Visit]))
    named.invoke({"df": Visit("Rome")}, THREAD)

    assert named.get_state(THREAD).values == {"df": Visit("Rome")}
    with pytest.raises(SerializationError, match=r"Name it: saver\(InMemorySaver\(…\), types=\[Visit\]\)"):
        graph.compile(checkpointer=saver(kept)).get_state(THREAD)


@pytest.mark.parametrize("table", ["checkpoints", "writes"])
def test_a_row_that_somebody_changed_is_not_unpickled(table):
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    kept = SqliteSaver(connection, serde=JsonPlusSerializer(pickle_fallback=True))
    graph = asking().compile(checkpointer=saver(kept))
    graph.invoke({"said": []}, THREAD)
    column = "checkpoint" if table == "checkpoints" else "value"

    connection.execute(f"UPDATE {table} SET type = 'pickle', {column} = ?", (pickle.dumps(Attack()),))

    if table == "checkpoints":
        with pytest.raises(SaverError, match="is not what this version of hilnb writes"):
            graph.get_state(THREAD)
    else:
        assert graph.get_state(THREAD).interrupts == ()
    assert ran == []
    connection.close()


class Reversed:
    """A cipher that is none."""

    def encrypt(self, plaintext):
        return "reversed", plaintext[::-1]

    def decrypt(self, ciphername, ciphertext):
        return ciphertext[::-1]


def test_a_saver_that_encrypts_does_so_with_our_values(tmp_path):
    connection = sqlite3.connect(tmp_path / "t.db", check_same_thread=False)
    graph = asking().compile(checkpointer=saver(SqliteSaver(connection, serde=EncryptedSerializer(Reversed()))))

    graph.invoke({"said": ["the secret"]}, THREAD)

    assert graph.get_state(THREAD).values == {"said": ["the secret"]}
    connection.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"the secret"[::-1] in content
    assert b"the secret" not in content


def test_values_go_through_a_serializer_of_the_users_own():
    handed = set()

    class Own(JsonPlusSerializer):
        def dumps_typed(self, obj):
            handed.add(type(obj))
            return super().dumps_typed(obj)

    graph = asking().compile(checkpointer=saver(InMemorySaver(serde=Own())))

    graph.invoke({"said": ["a"]}, THREAD)

    assert graph.get_state(THREAD).values == {"said": ["a"]}
    assert handed == {bytes, dict}
