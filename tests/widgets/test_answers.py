"""What a person answers is recorded, and the same program is answered by the file."""

from __future__ import annotations

import builtins
import operator
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated, TypedDict

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook

from hilnb import (
    END,
    START,
    Deadline,
    MemorySaver,
    Send,
    StateGraph,
    ask,
    inspect,
    interrupt,
    pending,
    record,
    replay,
    run,
)
from hilnb.answers.recording import recording
from hilnb.errors import AnswersError, NobodyCanAnswerError
from hilnb.models import ScriptedModel
from hilnb.prebuilt import ToolApproval, create_react_agent
from hilnb.testing import ScriptedHuman
from hilnb.widgets.inbox import Inbox
from hilnb.widgets.session import Run

from .test_console import GRAPH


class State(TypedDict):
    said: Annotated[list, operator.add]


@pytest.fixture
def person(monkeypatch):
    """A person at a terminal, who types these lines."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)

    def types(*lines):
        typed = iter(lines)
        monkeypatch.setattr(builtins, "input", lambda prompt="": next(typed))

    return types


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield tmp_path / "answers.yaml"
    if left := recording():
        left.close()


def graph_of(*questions):
    """A node that asks these one after the other."""
    builder = StateGraph(State).add_node("ask", lambda state: {"said": [interrupt(each) for each in questions]})
    return builder.add_edge(START, "ask").add_edge("ask", END).compile(checkpointer=MemorySaver())


def recorded(graph, given=None):
    record("answers.yaml")
    state = run(graph, given or {"said": []}).state
    recording().close()
    return state


def test_a_run_is_answered_as_it_was_by_a_person(person, file):
    person("Ada", "12")
    said = recorded(graph_of("Name?", "Age?"))

    with replay(file):
        again = run(graph_of("Name?", "Age?"), {"said": []})

    assert again.state == said == {"said": ["Ada", "12"]}
    assert [each["answered_by"] for each in again.transcript() if each["kind"] == "question"] == ["beforehand"] * 2


def test_a_question_asked_again_until_it_is_right_gets_each_answer(person, file):
    def ask_age(state):
        while not (age := interrupt("Age?")).isdigit():
            pass
        return {"said": [age]}

    builder = StateGraph(State).add_node(ask_age).add_edge(START, "ask_age")
    person("old", "", "very old", "12")
    recorded(builder.compile(checkpointer=MemorySaver()))

    with replay(file):
        again = run(builder.compile(checkpointer=MemorySaver()), {"said": []})

    assert again.state == {"said": ["12"]}
    assert file.read_text().count("question: Age?") == 3


def test_questions_side_by_side_get_their_own_answers_in_any_order(person, file):
    def parts(*numbers):
        made = StateGraph(State).add_node("review", lambda part: {"said": [interrupt(f"Is {part['n']} good?")]})
        made.add_conditional_edges(START, lambda _: [Send("review", {"n": n}) for n in numbers], ["review"])
        return made.compile(checkpointer=MemorySaver())

    person("one", "two")
    recorded(parts(1, 2))

    with replay(file):
        assert run(parts(2, 1), {"said": []}).state == {"said": ["two", "one"]}


def test_a_form_comes_back_as_data(person, file):
    @dataclass
    class Order:
        item: str
        count: int = 1

    def order(state):
        return {"said": [interrupt("Which?", response_schema=Order)]}

    graph = StateGraph(State).add_node(order).add_edge(START, "order").compile(checkpointer=MemorySaver())
    person("hat", "2")
    recorded(graph)

    with replay(file):
        assert run(graph, {"said": []}).state == {"said": [Order("hat", 2)]}
    assert "  kind: Order\n" in file.read_text()


def agent(sent):
    def send(to: str) -> str:
        """Send it."""
        sent.append(to)
        return f"sent to {to}"

    calls = [[{"name": "send", "args": {"to": to}, "id": to}] for to in ("Ann", "Bo")]
    model = ScriptedModel([*({"content": "", "tool_calls": each} for each in calls), "Done."])
    return create_react_agent(model, [send], post_model_hook=ToolApproval({"send": True}), checkpointer=MemorySaver())


def test_approvals_come_back_also_those_that_a_rule_gave(file):
    first, again = [], []
    live = Run(agent(first), {"configurable": {"thread_id": "1"}}, do=lambda leg: leg())
    record(file)
    live.start({"messages": [("user", "Go.")]})
    live.answer(live.questions[0], {"decisions": [{"type": "approve"}]}, allow=["send"])
    assert live.status == "finished"

    with replay(file):
        run(agent(again), {"messages": [("user", "Go.")]}, thread_id="1")

    assert again == first == ["Ann", "Bo"]
    assert file.read_text().count("kind: approval") == 2


def test_what_code_and_deadlines_answer_is_not_recorded_and_a_deadline_answers_again(person, file):
    graph = graph_of("Name?", "Age?")
    live = Run(graph, {"configurable": {"thread_id": "1"}}, do=lambda leg: leg())
    record(file)
    live.start({"said": []})
    live.submit("Ada")
    live.answer(live.questions[0], "12", by="deadline")
    assert not file.exists()

    file.write_text("- question: Name?\n  answer: Ada\n")
    with replay(file):
        again = run(graph_of("Name?", "Age?"), {"said": []}, deadline=Deadline(60, default="unknown"))

    assert again.state == {"said": ["Ada", "unknown"]}


def test_a_secret_is_not_written_and_is_asked_for_at_the_replay(person, file, monkeypatch):
    def login(state):
        return {"said": [interrupt("Word?", response_schema={"type": "string", "format": "password"})]}

    graph = StateGraph(State).add_node(login).add_edge(START, "login").compile(checkpointer=MemorySaver())
    person("hunter2")
    recorded(graph)

    assert "hunter2" not in file.read_text()
    with pytest.raises(AnswersError, match=r"line 4: the answer holds ‹masked›.*write !env and its name"):
        replay(file)
    monkeypatch.setenv("LOGIN_WORD", "hunter2")
    file.write_text(file.read_text().replace("‹masked›", "!env LOGIN_WORD"))
    with replay(file):
        assert run(graph, {"said": []}).state == {"said": ["hunter2"]}


def test_what_is_answered_in_the_list_of_waiting_threads_is_answered_there(file):
    def two_wait():
        graph = graph_of("Name?")
        for thread in ("1", "2"):
            graph.invoke({"said": []}, {"configurable": {"thread_id": thread}})
        return graph

    record(file)
    found = pending(two_wait())
    row = Inbox(found, lambda leg: leg()).rows[1]
    row.toggle()
    row.run.answer(row.run.questions[0], "Ada")
    assert "where: pending" in file.read_text()

    graph = two_wait()
    with replay(file):
        left = pending(graph)

    assert [waiting.thread_id for waiting in left] == ["1"]
    assert graph.get_state({"configurable": {"thread_id": "2"}}).values == {"said": ["Ada"]}


def test_runs_are_written_in_the_order_they_began_and_a_thread_that_is_asked_again_is_its_own(file):
    first, second = (Run(graph_of("Name?"), {"configurable": {"thread_id": n}}, do=lambda leg: leg()) for n in "12")
    record(file)
    for live, name in ((second, "Bob"), (first, "Ada")):
        live.start({"said": []})
        live.answer(live.questions[0], name)

    graph = graph_of("Name?")
    graph.invoke({"said": []}, {"configurable": {"thread_id": "2"}})
    with replay(file):
        states = run(graph, {"said": []}, thread_id="1").state, ask(graph, "2").state

    assert states == ({"said": ["Ada"]}, {"said": ["Bob"]})


def test_a_file_wins_over_answers_in_the_cell(file):
    file.write_text("- question: Name?\n  answer: Ada\n- question: Name?\n  answer: Bob\n")

    with replay(file):
        assert run(graph_of("Name?"), {"said": []}, unattended=["Eve"]).state == {"said": ["Ada"]}
        assert run(graph_of("Name?"), {"said": []}, unattended=ScriptedHuman(["Eve"])).state == {"said": ["Bob"]}


def test_what_is_answered_on_another_way_from_the_past_is_not_recorded(file):
    graph = graph_of("Name?")
    graph.invoke({"said": []}, {"configurable": {"thread_id": "1"}})
    live = inspect(graph, "1").run_from(0)
    record(file)
    live.look()
    live.wait_until_standing()
    live.answer(live.questions[0], "Ada")
    live.wait_until_standing()

    assert live.state == {"said": ["Ada"]}
    assert not file.exists()


def test_the_end_of_a_recording_is_the_end_of_its_replay(file):
    file.write_text("- question: Name?\n  answer: Ada\n- question: Age?\n  answer: 7\n")

    replay(file)
    both = record(file)
    run(graph_of("Name?"), {"said": []})
    with pytest.raises(AnswersError, match=r"Not all answers were asked for\. Left over in .*\n.*\n    Age\?"):
        both.close()
    both.close()


def test_a_second_recording_keeps_the_first_beside_it(person, file):
    person("Ada")
    recorded(graph_of("Name?"))
    first = file.read_text()
    person("Bob")
    recorded(graph_of("Name?"))

    assert file.with_name("answers.yaml.before").read_text() == first
    assert "Bob" in file.read_text()


def test_a_run_goes_on_when_its_answer_cannot_be_written(person, tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    record(folder / "answers.yaml")
    folder.rmdir()
    person("Ada")

    finished = run(graph_of("Name?"), {"said": []})

    assert finished.state == {"said": ["Ada"]}
    assert "The answer could not be written to" in str(finished)


def test_where_no_file_can_be_written_is_said_at_once(tmp_path):
    with pytest.raises(AnswersError, match="no file can be written there, in"):
        record(tmp_path / "nowhere" / "answers.yaml")


RECORD, RUN, AWAIT = 'hilnb.record("answers.yaml")', 'run = hilnb.run(graph, {"name": ""}, thread_id="1")', "await run"


def execute(*cells):
    notebook = new_notebook(cells=[new_code_cell(source) for source in (GRAPH, *cells)])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return [[nbformat.from_dict(output) for output in cell.outputs] for cell in notebook.cells[1:]]


def test_a_notebook_recorded_in_a_kernel_is_replayed_by_a_runner(file, monkeypatch):
    click = "run.wait_until_standing(); run.answer(run.questions[0], 'Ada')"
    manager, client = start_new_kernel(cwd=str(file.parent))
    try:
        for cell in (GRAPH, RECORD, RUN, click, AWAIT):
            reply = client.execute_interactive(cell, allow_stdin=True, timeout=60, output_hook=lambda message: None)
            assert reply["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    written = file.read_text()
    monkeypatch.setenv("HILNB_ANSWERS", "answers.yaml")

    _, (shown,), (state,) = execute(RECORD, RUN, AWAIT)

    assert "ask_name  asked   Your name?\n          answer  Ada\n" in shown.data["text/plain"]
    assert state.data["text/plain"] == "{'name': 'Ada'}"
    assert file.read_text() == written


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            "- question: Your age?\n  answer: 7\n",
            r"asked now \(node ask_name, thread '1'\):\n    Your name\?\nrecorded",
        ),
        (
            "- {run: 1, question: 'Your name?', answer: A}\n- {run: 1, question: 'Age?', answer: 7}\n",
            r"line 2:\n    Age\?",
        ),
    ],
    ids=["changed", "left over"],
)
def test_a_runner_sees_what_does_not_fit_as_the_error_of_a_cell(file, monkeypatch, answers, said):
    monkeypatch.setenv("HILNB_ANSWERS", "answers.yaml")
    file.write_text(answers)

    with pytest.raises(CellExecutionError, match=said):
        execute(RUN)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (None, "HILNB_ANSWERS=answers.yaml: There is no answers file 'answers.yaml' in "),
        ("- question: [\n", r"HILNB_ANSWERS=answers.yaml: The answers file answers.yaml, line 2, is not YAML"),
    ],
    ids=["missing", "malformed"],
)
def test_a_file_that_cannot_be_used_is_an_error_of_the_first_run(file, monkeypatch, answers, said):
    monkeypatch.setenv("HILNB_ANSWERS", "answers.yaml")
    if answers is not None:
        file.write_text(answers)

    with pytest.raises(AnswersError, match=said):
        run(graph_of("Name?"), {"said": []})


def test_what_nobody_asks_for_is_said_when_the_program_ends(file):
    file.write_text("- question: Your name?\n  answer: Ada\n- question: Age?\n  answer: 7\n")
    environment = {**os.environ, "HILNB_ANSWERS": "answers.yaml"}

    ended = subprocess.run(
        [sys.executable, "-c", f"{GRAPH}\n{RUN}"],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "Answer: Ada" in ended.stdout
    assert "hilnb: not all answers of answers.yaml were asked for. Left over:\nline 3:\n    Age?" in ended.stderr


def test_where_a_person_could_answer_a_replay_answers_nevertheless(person, file):
    file.write_text("- question: Name?\n  answer: Ada\n")
    person()

    with replay(file):
        assert run(graph_of("Name?"), {"said": []}).state == {"said": ["Ada"]}


def test_a_scripted_human_answers_a_run_that_nobody_attends(monkeypatch):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    human = ScriptedHuman({"Age?": "12", "Name?": "Ada"})

    assert run(graph_of("Name?", "Age?"), {"said": []}, unattended=human).state == {"said": ["Ada", "12"]}
    assert human.asked == ["Name?", "Age?"]
    with pytest.raises(NobodyCanAnswerError, match=r"ask asks 'Where\?', and no answer to it is left"):
        run(graph_of("Where?"), {"said": []}, unattended=human)
    with pytest.raises(AssertionError, match=r"Answers that nobody asked for: \['too many'\]"):
        run(graph_of("Name?"), {"said": []}, unattended=ScriptedHuman(["Ada", "too many"]))
