"""Threads that wait for work."""

import queue
import subprocess
import sys
import threading
from pathlib import Path

import hilnb
from hilnb.graph.hands import Hands


def test_work_is_done_at_the_same_time_in_as_many_threads_as_there_may_be():
    hands, together, seen = Hands(2, "test"), threading.Barrier(2), queue.SimpleQueue()

    def work():
        together.wait(10)
        seen.put(threading.current_thread().name)

    hands.give(work, 4)

    assert {seen.get(timeout=10) for _ in range(4)} == {"test_0", "test_1"}
    assert len(hands.threads) == 2


def test_a_thread_that_is_free_is_used_again():
    hands, seen = Hands(2, "test"), queue.SimpleQueue()

    for _ in range(5):
        hands.give(lambda: seen.put(threading.current_thread().name), 1)
        seen.get(timeout=10)

    assert 1 <= len(hands.threads) <= 2


def test_the_interpreter_exits_when_what_has_begun_is_done():
    code = f"""
import sys, threading
sys.path.insert(0, {str(Path(hilnb.__file__).parents[1])!r})
from hilnb.graph.hands import Hands

def work():
    threading.main_thread().join()
    print("done")

Hands(2, "test").give(work, 2)
"""

    told = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert told.stdout == "done\ndone\n"
