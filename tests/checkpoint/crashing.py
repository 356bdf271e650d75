"""Programs for test_crashes.py that fork and are killed; it runs them as scripts, since pytest itself must not fork."""

import operator
import os
import signal
import sqlite3
import sys
import threading
import traceback
from pathlib import Path
from typing import Annotated, TypedDict

from hilnb.checkpoint.sqlite import SqliteSaver
from hilnb.errors import AnsweredError
from hilnb.graph import END, START, StateGraph
from hilnb.graph.thread import RETURNED
from hilnb.types import Command, Send, interrupt

THREAD = {"configurable": {"thread_id": "1"}}
WRITES = ("BEGIN", "INSERT", "COMMIT", "CREATE", "PRAGMA user_version", "PRAGMA journal_mode")


class State(TypedDict):
    log: Annotated[list, operator.add]


class Diary:
    """What happened, in a file that survives whoever writes it."""

    def __init__(self, path):
        self.path = path

    def note(self, *words):
        with open(self.path, "a") as file:
            file.write(" ".join(words) + "\n")

    def read(self):
        return self.path.read_text().splitlines() if self.path.exists() else []


def build(saver, diary):
    """One, two, a question, three, three parts at once, last."""

    def noting(name, found=None):
        def node(state):
            diary.note(name)
            return {"log": [name if found is None else found()]}

        return node

    def part(n):
        diary.note("part")
        if isinstance(saver, OneByOne):
            saver.turn.acquire()
        return {"log": [f"part {n}"]}

    builder = StateGraph(State)
    builder.add_node("one", noting("one")).add_node("two", noting("two"))
    builder.add_node("ask", noting("ask", lambda: interrupt("ok?"))).add_node("three", noting("three"))
    builder.add_node("part", part).add_node("last", noting("last"))
    builder.add_edge(START, "one").add_edge("one", "two").add_edge("two", "ask").add_edge("ask", "three")
    builder.add_conditional_edges("three", lambda s: [Send("part", n) for n in range(3)], ["part"])
    builder.add_edge("part", "last").add_edge("last", END)
    return builder.compile(checkpointer=saver)


class OneByOne(SqliteSaver):
    """Lets a part finish only when the one before is kept: what comes in together is written together."""

    def __init__(self, *given):
        super().__init__(*given)
        self.turn = threading.Semaphore(1)

    def put_records(self, config, records, *, first=False):
        super().put_records(config, records, first=first)
        if any(kind == RETURNED for _, kind, _ in records):
            self.turn.release()


def traced(path, at_statement):
    """A saver that tells each statement that may write, before it is carried out."""
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.set_trace_callback(lambda text: text.startswith(WRITES) and at_statement(text))
    return OneByOne(connection)


def whole_run(path, diary, at_statement):
    """From nothing to the question, and from the answer to the end."""
    with traced(path, at_statement) as saver:
        graph = build(saver, diary)
        graph.invoke({"log": []}, THREAD)
        diary.note("question", graph.get_state(THREAD).interrupts[0].id)
        graph.invoke(Command(resume="yes"), THREAD)


def forked(work):
    """Do something in a fork of this process; its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def kills(folder):
    """Run it again and again, killed at the first statement that may write, at the second, and so on to the end."""
    n, status = 0, 1
    while status:
        n += 1
        left = iter(range(n))

        def kill_at_last(text):
            if next(left) == n - 1:  # noqa: B023 - used before the next round
                os.kill(os.getpid(), signal.SIGKILL)

        child = forked(lambda: whole_run(folder / f"{n}.db", Diary(folder / f"{n}.txt"), kill_at_last))  # noqa: B023
        status = os.waitpid(child, 0)[1]
        assert status in (0, signal.SIGKILL), status


class Waiting(SqliteSaver):
    """Waits, before it keeps an answer, until everybody who answers has seen the question."""

    def put_records(self, config, records, *, first=False):
        if first:
            os.write(self.ready, b".")
            os.read(self.go, 1)
        super().put_records(config, records, first=first)


def race(folder):
    """Two processes answer one question at once."""
    diary = Diary(folder / "race.txt")
    with SqliteSaver(folder / "race.db") as saver:
        build(saver, diary).invoke({"log": []}, THREAD)
    (seen, ready), (wait, go) = os.pipe(), os.pipe()

    def answer(name):
        with Waiting(folder / "race.db") as saver:
            saver.ready, saver.go = ready, wait
            try:
                build(saver, diary).invoke(Command(resume=name), THREAD)
                diary.note("won", name)
            except AnsweredError as error:
                diary.note("lost", name, str(error))

    children = [forked(lambda name=name: answer(name)) for name in ("Ann", "Bob")]
    for _ in children:
        os.read(seen, 1)
    os.write(go, b"..")
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]


def openers(folder):
    """Eight processes make one new file at once, and each keeps a thread in it."""
    wait, go = os.pipe()

    def run(n):
        os.read(wait, 1)
        with SqliteSaver(folder / "openers.db") as saver:
            graph = build(saver, Diary(folder / "openers.txt"))
            graph.invoke({"log": []}, {"configurable": {"thread_id": str(n)}})

    children = [forked(lambda n=n: run(n)) for n in range(8)]
    os.write(go, b"." * 8)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8


def after_fork(folder):
    """A saver is used in a fork of the process that opened it."""
    saver = SqliteSaver(folder / "fork.db")
    diary = Diary(folder / "fork.txt")

    def use():
        try:
            saver.threads()
        except Exception as error:
            diary.note(type(error).__name__, str(error))

    os.waitpid(forked(use), 0)
    diary.note("threads", *saver.threads())


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]))
