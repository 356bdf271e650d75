"""`run` and `ask` outside a notebook, and unattended in a kernel."""

from __future__ import annotations

import sys
from typing import TypedDict

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from hilnb import END, START, MemorySaver, StateGraph, ask, interrupt, run
from hilnb.errors import NobodyCanAnswerError
from hilnb.models import ScriptedModel
from hilnb.prebuilt import ToolApproval, create_react_agent
from hilnb.widgets.blocking import Terminal
from hilnb.widgets.question import Question

GRAPH = """
from typing import TypedDict
import hilnb
from hilnb import END, START, MemorySaver, StateGraph, interrupt

class State(TypedDict):
    name: str

def greet(state):
    print("hello")

def ask_name(state):
    return {"name": interrupt("Your name?")}

builder = StateGraph(State).add_node(greet).add_node(ask_name)
builder.add_edge(START, "greet").add_edge("greet", "ask_name").add_edge("ask_name", END)
graph = builder.compile(checkpointer=MemorySaver())
"""


class State(TypedDict):
    name: str


@pytest.fixture
def graph():
    builder = StateGraph(State).add_node("ask_name", lambda state: {"name": interrupt("Your name?")})
    return builder.add_edge(START, "ask_name").add_edge("ask_name", END).compile(checkpointer=MemorySaver())


@pytest.fixture
def nobody(monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)


def execute(*cells):
    notebook = new_notebook(cells=[new_code_cell(source) for source in (GRAPH, *cells)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return [[nbformat.from_dict(output) for output in cell.outputs] for cell in notebook.cells[1:]]


def test_without_a_person_the_answers_given_are_used(graph, nobody, capsys):
    finished = run(graph, {"name": ""}, thread_id="1", unattended=["Ada"])

    assert finished.state == {"name": "Ada"}
    assert "Your name?\nAnswer: Ada\n[ask_name] update: {'name': 'Ada'}" in capsys.readouterr().out


def test_a_question_beyond_the_answers_is_an_error_that_says_what_to_pass(graph, nobody):
    with pytest.raises(NobodyCanAnswerError, match=r"ask_name asks 'Your name\?', and nobody.*unattended=\[…\]"):
        run(graph, {"name": ""})


def test_without_a_person_approvals_are_answered_as_well(nobody, capsys):
    sent = []

    def send(to: str) -> str:
        """Send it."""
        sent.append(to)
        return f"sent to {to}"

    calls = [{"name": "send", "args": {"to": to}, "id": to} for to in ("Ann", "Bo")]
    model = ScriptedModel([{"content": "", "tool_calls": calls}, "Done."])
    agent = create_react_agent(model, [send], post_model_hook=ToolApproval({"send": True}), checkpointer=MemorySaver())
    answer = {"decisions": [{"type": "approve"}, {"type": "reject", "message": "Not him."}]}

    finished = run(agent, {"messages": [("user", "Go.")]}, unattended=[answer])

    assert sent == ["Ann"]
    assert finished.status == "finished"
    assert "2. send: rejected, because: Not him." in capsys.readouterr().out


def test_an_answer_beforehand_that_decides_nothing_runs_nothing_and_is_asked_about_again(nobody, capsys):
    def send(to: str) -> str:
        """Send it."""
        raise AssertionError("it was not approved")

    call = {"name": "send", "args": {"to": "Ann"}, "id": "1"}
    model = ScriptedModel([{"content": "", "tool_calls": [call]}, "Done."])
    agent = create_react_agent(model, [send], post_model_hook=ToolApproval({"send": True}), checkpointer=MemorySaver())

    with pytest.raises(NobodyCanAnswerError, match="nobody is here to answer"):
        run(agent, {"messages": [("user", "Go.")]}, unattended=["yes"])

    assert "The last answer could not be used, and nothing has run" in capsys.readouterr().out


def test_a_paused_thread_is_asked_by_id_or_config(graph, nobody):
    for thread in ("1", "2"):
        graph.invoke({"name": ""}, {"configurable": {"thread_id": thread}})

    assert ask(graph, "1", unattended=["Ada"]).state == {"name": "Ada"}
    assert ask(graph, {"configurable": {"thread_id": "2"}}, unattended=["Bob"]).state == {"name": "Bob"}


def test_asking_a_thread_that_waits_for_nothing_says_so(graph, nobody):
    with pytest.raises(ValueError, match="thread '9' waits for no answer: nothing is saved under this id"):
        ask(graph, "9")

    run(graph, {"name": ""}, thread_id="1", unattended=["Ada"])
    with pytest.raises(ValueError, match="thread '1' waits for no answer: it has finished"):
        ask(graph, "1")


def test_a_paused_thread_goes_on_with_no_input(graph, nobody):
    graph.invoke({"name": ""}, {"configurable": {"thread_id": "1"}})

    assert run(graph, None, thread_id="1", unattended=["Ada"]).state == {"name": "Ada"}


def test_a_node_error_leaves_run_in_a_script(nobody):
    def broken(state):
        raise ValueError("boom")

    builder = StateGraph(State).add_node(broken).add_edge(START, "broken").add_edge("broken", END)
    with pytest.raises(ValueError, match="boom"):
        run(builder.compile(checkpointer=MemorySaver()), {"name": ""})


def test_wrong_arguments_are_refused_at_once(graph, nobody):
    with pytest.raises(TypeError, match=r"unattended='yes': give a list .* unattended=\['yes'\]"):
        run(graph, {"name": ""}, unattended="yes")
    with pytest.raises(ValueError, match="different threads"):
        run(graph, {"name": ""}, thread_id="1", config={"configurable": {"thread_id": "2"}})
    with pytest.raises(ValueError, match=r"no checkpointer.*compile\(checkpointer=MemorySaver\(\)\)"):
        run(graph.builder.compile(), {"name": ""})


def test_the_terminal_asks_again_after_an_empty_answer(capsys):
    typed = iter(["", "Ada"])
    terminal = Terminal(lambda prompt: next(typed))

    assert terminal.answer(Question("0" * 32, "ask_name", {"text": "Your name?"})) == "Ada"
    assert (
        'ask_name asks:\n{\n  "text": "Your name?"\n}\n(JSON; anything else is text)\nType an answer first.'
        in capsys.readouterr().out
    )


def test_the_end_of_input_says_that_the_run_is_still_paused():
    def closed(prompt):
        raise EOFError

    with pytest.raises(NobodyCanAnswerError, match="still paused"):
        Terminal(closed).answer(Question("0" * 32, "ask_name", "?"))


def test_in_a_kernel_without_a_person_one_static_record_is_left():
    (first,), (second,) = execute(
        'run = hilnb.run(graph, {"name": ""}, thread_id="1", unattended=["Ada"])', "await run"
    )

    assert first.output_type == "display_data"
    assert first.data["text/plain"].splitlines() == [
        "Run of thread '1': finished",
        "greet     printed hello",
        "          update  no change",
        "ask_name  asked   Your name?",
        "          answer  Ada",
        "          update  {'name': 'Ada'}",
        "state             {'name': 'Ada'}",
    ]
    assert "<svg" in first.data["text/html"]
    assert second.data["text/plain"] == "{'name': 'Ada'}"


def test_in_a_kernel_a_question_nobody_can_answer_stops_the_cell():
    with pytest.raises(CellExecutionError, match="ask_name asks 'Your name"):
        execute('hilnb.run(graph, {"name": ""})')


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"thread_id": "1"}, "one level too high"),
        ({"configurable": {"thread": "1"}}, "which thread"),
    ],
)
def test_a_config_that_names_no_thread_is_refused(graph, config, message):
    with pytest.raises(ValueError, match=message):
        ask(graph, config)


def test_a_thread_may_be_named_by_a_number(graph, nobody):
    graph.invoke({}, {"configurable": {"thread_id": 1}})

    assert ask(graph, 1, unattended=["Ada"]).state == {"name": "Ada"}


def test_a_graph_that_is_not_compiled_is_refused():
    with pytest.raises(TypeError, match="expected a compiled graph, got StateGraph"):
        run(StateGraph(State), {})


def test_in_voila_a_person_is_asked_and_a_cell_that_would_wait_for_ever_ends_the_page(monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    start = 'run = hilnb.run(graph, {"name": ""}, unattended=["Ada"]); run.wait_until_standing(); print(run.status)'
    wait = """
hilnb.widgets.wait.SEEN_WITHIN = 0.1
try:
    await run
except hilnb.widgets.NobodyCanAnswerError as error:
    print("raised:", error)
"""

    (panel, _, said), (told,), _, (state,) = execute(start, wait, "run.submit('Ada')", "await run")

    assert "application/vnd.jupyter.widget-view+json" in panel.data
    assert said.text == "asking\n"
    assert told.text.count("voila --progressive_rendering=True") == 2  # said, and raised: Voilà shows no message
    assert state.data["text/plain"] == "{'name': 'Ada'}"


def test_half_a_surrogate_pair_and_binary_leave_the_record_whole():
    noisy = """
def noisy(state):
    print("a\\ud83d \\x00\\x1b[31m\\udcff b")
    display({"text/plain": "\\ud83d"}, raw=True)
    return {"name": interrupt({"x": "\\ud83d"}) + "\\ud83d"}

builder = StateGraph(State).add_node(noisy).add_edge(START, "noisy").add_edge("noisy", END)
run = hilnb.run(builder.compile(MemorySaver()), {"name": ""}, thread_id="1", unattended=["\\ud83d"])
"""

    ((record,),) = execute(noisy)

    assert record.data["text/plain"].splitlines()[-1] == r"state          {'name': '\ud83d\ud83d'}"
    assert r"a\ud83d" in record.data["text/html"]
