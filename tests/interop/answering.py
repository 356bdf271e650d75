"""A process of its own that answers: `python -m tests.interop.answering KIND WHERE NAME`, and then a line to begin."""

from __future__ import annotations

import sys

from hilnb import Command
from hilnb.errors import UnknownInterruptError
from hilnb.interop.langgraph import saver

from .graphs import THREAD, asking
from .places import Place


def main(kind: str, where: str, name: str) -> None:
    """Answer the question as `name`, and tell how that went."""
    with Place(kind, where, where).open() as kept:
        graph = asking(lambda state: print("after")).compile(checkpointer=saver(kept))
        (question,) = graph.get_state(THREAD).interrupts
        print("ready", flush=True)
        sys.stdin.readline()
        try:
            graph.invoke(Command(resume={question.id: name}), THREAD)
        except UnknownInterruptError:
            print("told")
        else:
            print("won")


if __name__ == "__main__":
    main(*sys.argv[1:])
