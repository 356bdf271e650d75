"""What is shown of a thread is shown of one in a saver of LangGraph's too."""

import hilnb
from hilnb.interop.langgraph import saver

from .graphs import THREAD, asking
from .places import Place


def test_a_thread_is_listed_answered_and_looked_back_at(tmp_path):
    place = Place("sqlite", tmp_path / "t.db", None)
    with place.open() as kept:
        asking().compile(checkpointer=saver(kept)).invoke({"said": []}, THREAD)

    with place.open() as kept:
        graph = asking().compile(checkpointer=saver(kept))
        waiting = str(hilnb.pending(graph))
        run = hilnb.ask(graph, "1", unattended=["yes"])
        past = str(hilnb.inspect(graph, "1"))

    assert "ask   Go?" in waiting
    assert run.state == {"said": ["yes"]}
    assert "ask asked 'Go?' and was answered 'yes'" in past
