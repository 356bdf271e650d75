"""A run in a real terminal: plain Python, and IPython; and in a script with piped input."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .test_console import GRAPH

pexpect = pytest.importorskip("pexpect")

CHOICE = """
def choose(state):
    return {"name": interrupt("Go on?", response_schema={"type": "boolean"})}

builder = StateGraph(State).add_node(choose).add_edge(START, "choose").add_edge("choose", END)
yes_or_no = builder.compile(checkpointer=MemorySaver())
"""

START_RUN = 'run = hilnb.run(graph, {"name": ""}, thread_id="1")'


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(GRAPH + CHOICE)
    return path


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def open_it(*command):
        environment = {**os.environ, "IPYTHONDIR": str(tmp_path), "TERM": "dumb", "PYTHON_BASIC_REPL": "1"}
        child = pexpect.spawn(sys.executable, list(command), env=environment, encoding="utf-8", timeout=30, echo=False)
        opened.append(child)
        return child

    yield open_it
    for child in opened:
        child.close(force=True)


def test_a_person_at_plain_python_is_asked_until_there_is_an_answer(terminal, script):
    python = terminal("-i", str(script))
    python.expect(">>> ")

    python.sendline('run = hilnb.run(yes_or_no, {"name": ""})')
    python.expect(r"choose asks:\s+Go on\?\s+\(Yes, No\)\s+Answer: ")
    python.sendline("")
    python.expect("Type an answer first.\\s+Answer: ")
    python.sendline("perhaps")
    python.expect(r"Type one of: Yes, No.\s+Answer: ")
    python.sendline(" Yes ")
    python.expect(r"\[choose\] update: {'name': True}\s+>>> ")
    python.sendline("print(run)")
    python.expect(r"choose  asked   Go on\?\s+\(Yes, No\)\s+answer  Yes")


def test_ctrl_c_leaves_the_question_open_and_it_is_asked_again(terminal, script):
    python = terminal("-i", str(script))
    python.expect(">>> ")
    python.sendline(START_RUN)
    python.expect("Your name.\\s+Answer: ")

    python.sendintr()

    python.expect(r"WaitInterrupted: stopped asking. Nothing is lost, ask_name still waits: hilnb.ask\(graph, '1'\)")
    python.expect(">>> ")
    python.sendline("run = hilnb.ask(graph, '1')")
    python.expect("Answer: ")
    python.sendeof()
    python.expect("NobodyCanAnswerError: the input ended before ask_name had its answer. The run is still paused")
    python.expect(">>> ")
    python.sendline("run = hilnb.ask(graph, '1')")
    python.expect("Answer: ")
    python.sendline("Ada")
    python.expect(r"\[ask_name\] update: {'name': 'Ada'}")


def test_ipython_in_a_terminal_asks_there_and_awaits(terminal, script):
    ipython = terminal("-m", "IPython", "--simple-prompt", "--colors=NoColor", "-i", str(script))
    ipython.expect(r"In \[1\]: ")

    ipython.sendline(START_RUN)
    ipython.expect(r"hello\s.*Your name\?\s+Answer: ")
    ipython.sendline("Ada")
    ipython.expect(r"In \[2\]: ")
    ipython.sendline("await run")
    ipython.expect("{'name': 'Ada'}")


def test_a_script_takes_no_answer_from_a_pipe_and_says_where_from(script):
    # Whoever pipes something need not mean it as an answer; and a pipe that nobody closes would be a hang.
    script.write_text(script.read_text() + START_RUN)

    ended = subprocess.run([sys.executable, str(script)], input="Ada\n", capture_output=True, text=True)

    assert ended.returncode == 1
    assert "ask_name asks 'Your name?', and nobody is here to answer. Give the answers beforehand" in ended.stderr
