"""The code on the pages in docs/ runs, in order, as one program."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from hilnb import masking
from hilnb.answers import Replay
from hilnb.command import main
from hilnb.testing import check_saver
from hilnb.widgets import forms

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
PAGES = [page for page in [*DOCS.parent.glob("*.md"), *DOCS.glob("*.md")] if "```python\n" in page.read_text()]


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.name)
def test_a_page_with_code_has_a_test(page):
    assert any(f'"{page.name}"' in test.read_text() for test in TESTS.rglob("test_*.py"))


def played(name, folder=DOCS):
    """The names that the code of a page leaves when it is run piece by piece."""
    names = {"__name__": name.removesuffix(".md")}
    for code in re.findall(r"```python\n(.*?)```", (folder / name).read_text(), flags=re.DOTALL):
        exec(compile(code, name, "exec", dont_inherit=True), names)
    return names


def test_the_page_about_savers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = played("savers.md")

    with pytest.raises(AssertionError) as report:
        check_saver(names["DictSaver"])
    assert set(re.findall(r"^  [a-z ]+: (.*)$", str(report.value), flags=re.MULTILINE)) == {
        "NotImplementedError('DictSaver cannot forget old checkpoints')",
        "NotImplementedError('DictSaver does not know its size')",
    }


def test_the_page_about_models(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    played("models.md")

    assert capsys.readouterr().out == "Hello! Where are you?\nIt is sunny in Rome.It is sunny.\nBonjour ! replaying\n"


def test_the_page_about_agents(capsys):
    played("agents.md")

    assert capsys.readouterr().out.splitlines() == [
        "Which city?",
        "Rome it is.",
        "[{'to': 'Ann'}, {'to': 'Bo'}]",
        "['The person rejected this call of send, and it did not run. The reason: She has it.', "
        "'sent 2 to Bob', 'Done.']",
        "sent 1 to Ann",
    ]


def test_the_page_about_the_run_panel(capsys):
    page = (DOCS / "run-panel.md").read_text()
    played("run-panel.md")

    (record,) = re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL)
    assert capsys.readouterr().out.endswith(record)


def test_the_page_about_questions(capsys):
    names = played("questions.md")

    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("[")][-1:] == ["['not looked at', 'not looked at']"]
    assert "['yes', 'no']" in said
    assert names["deadline"].clock.now() == 600


def test_the_page_about_masking(monkeypatch):
    monkeypatch.setattr(masking, "NAMES", [*masking.NAMES])
    monkeypatch.setattr(masking, "_looks", [*masking._looks])
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "masking.md").read_text(), flags=re.DOTALL)

    exec(compile(code, "masking.md", "exec", dont_inherit=True), {})

    assert masking.masked({"pin": 1, "text": "DE12345678901234567890"}) == {"pin": "‹masked›", "text": "‹masked›"}
    masking._is_secret.cache_clear()


def test_the_page_about_transcripts(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "transcript.md").read_text(), flags=re.DOTALL)

    exec(compile(code, "transcript.md", "exec", dont_inherit=True), {"__name__": "transcript"})

    assert capsys.readouterr().out.splitlines()[-2:] == [
        "(Rome, Oslo) ['Rome', 'Oslo'] Oslo beforehand",
        '[{"node": "choose", "kind": "update", "values": {"city": "Oslo"}}, '
        '{"node": "", "kind": "state", "values": {"city": "Oslo"}}]',
    ]


def test_the_page_about_looking_back(capsys):
    played("looking-back.md")

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Thread 'trip': 8 moments on 2 branches"
    assert [line.strip() for line in lines if "was answered" in line] == [
        f"ask_person asked 'Book Oslo?' and was answered '{answer}'" for answer in ("yes", "no")
    ]


def test_the_page_about_what_waits(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "pending.md").read_text()
    names = played("pending.md")
    names["saver"].close()

    [shown] = re.findall(r"```\n(2 threads.*?)```", page, flags=re.DOTALL)
    assert capsys.readouterr().out == shown
    assert names["late"] == []


def test_the_page_about_many_at_once(capsys):
    page = (DOCS / "many-at-once.md").read_text()
    played("many-at-once.md")

    [shown] = re.findall(r"```\n(5 threads.*?)```", page, flags=re.DOTALL)
    assert capsys.readouterr().out == f"{shown}5\n"


def test_the_page_about_how_it_works(capsys):
    page = (DOCS / "how-it-works.md").read_text()

    played("how-it-works.md")

    assert capsys.readouterr().out == "".join(re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL))


def test_the_page_about_langgraphs_graphs(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    page = (DOCS / "langgraph.md").read_text()

    played("langgraph.md")

    record, listed = re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL)
    said = capsys.readouterr().out
    assert record in said
    assert "\nAnts carry.\n" in said
    assert listed in said
    assert "review asked 'Please improve: All about ants.' and was answered 'Ants carry.'" in said


def test_the_page_about_forms(capsys):
    played("forms.md")

    said = capsys.readouterr().out
    assert "Ada comes on 24 December.\n" in said
    assert "does not fit:\nnights is refused: Input should be less than or equal to 14\n" in said


def test_the_page_about_your_own_form(monkeypatch, capsys):
    monkeypatch.setattr(forms, "_registered", {})

    names = played("your-own-form.md")

    assert capsys.readouterr().out == "The answer: 20.5\n"
    asked = names["Area"]()
    for control, typed in zip(asked.inputs, ("2", "3")):
        control.value = typed
    assert asked.read() == 6
    assert [*forms._registered] == ["your-own-form.how_warm", "your-own-form.area"]


def test_the_page_about_what_does_not_work(capsys):
    played("troubleshooting.md")

    assert "'ipywidgets': '8." in capsys.readouterr().out


def test_the_page_about_executors(capsys):
    played("executors.md")

    assert capsys.readouterr().out == "['Dear Ann, come in June.', 'nothing to Bo']\n"


def test_the_page_about_growing_out(capsys):
    played("growing-out.md")

    assert capsys.readouterr().out.splitlines() == [
        "Refund 40 for A-31? yes",
        "the thread stands before 'decide', which is no node of this graph: is it another graph's?",
    ]


def test_the_page_about_contributing():
    names = played("CONTRIBUTING.md", DOCS.parent)

    names["test_a_node_that_asks_starts_again_with_the_answer"]()


def test_the_page_about_exercises(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    page = (DOCS / "exercises.md").read_text()
    names = played("exercises.md")

    said = capsys.readouterr().out
    assert all(shown in said for shown in re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL))
    assert re.search(r"print\(check\)  # (.*)", page)[1] in said
    assert names["check"].text == "Well done: the answer was 'no'."


def test_the_page_about_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "command.md").read_text()
    names = played("command.md")

    commands = [line for block in re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL) for line in block.splitlines()]
    codes = [main(shlex.split(line)[1:]) for line in commands]

    assert codes == [0, 0, 0, 0]
    assert sorted(path.name for path in tmp_path.rglob("*.ipynb")) == ["01_wait_for_user_input.ipynb", "template.ipynb"]
    (shown,) = re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL)
    assert re.findall(r"^(?:ok|-|!) +(\w+(?: \w+)?)  ", shown, flags=re.MULTILINE) == [
        line.name for line in names["hilnb"].doctor()
    ]


def test_the_page_about_answers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    page = (DOCS / "answers.md").read_text()
    played("answers.md")

    states = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert states == ["{'text': 'Please send it.'}", "{'text': 'send it now!'}"]
    [shown] = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "shown.yaml").write_text(shown)
    assert [entry.answer for entry in Replay(tmp_path / "shown.yaml").left] == [
        "Dear Ada,\nplease send it when you can.",
        "yes",
    ]
