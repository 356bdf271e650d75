"""What README promises is run here."""

import ast
import asyncio
import builtins
import re
import sys
from pathlib import Path

import pytest

from hilnb.widgets import NobodyCanAnswerError

ROOT = Path(__file__).parent.parent
DOCS, README = ROOT / "docs", (ROOT / "README.md").read_text()
TWENTY_LINES, IN_A_FILE = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def play(code):
    """Run the code of some cells in a namespace of its own, as a new kernel does, and return that."""
    names = {"__name__": "readme"}
    asyncio.run(eval(compile(code, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names))
    return names


def test_the_twenty_lines_show_graph_prompt_and_resume(monkeypatch):
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(builtins, "input", lambda prompt="": asked.append(prompt) or "Bees dance.")

    names = play(TWENTY_LINES)

    assert names["state"] == {"topic": "bees", "text": "Bees dance."}
    assert len(asked) == 1


def test_a_thread_in_a_file_outlives_its_kernel(monkeypatch, tmp_path, capsys):
    definitions, start, later = re.split(r"(?m)^(?=run = )|^# Tomorrow.*\n", IN_A_FILE, maxsplit=2)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)

    def dies(prompt):
        raise EOFError

    monkeypatch.setattr(builtins, "input", dies)
    with pytest.raises(NobodyCanAnswerError):
        play(definitions + start)
    monkeypatch.setattr(builtins, "input", lambda prompt: "red")

    names = play(definitions + later)

    assert names["state"] == {"item": "hat", "colour": "red"}
    assert "order started twice in step 1: it began, then it was answered 'red'.\n" in capsys.readouterr().out


def test_the_two_commands_stand_on_the_page():
    assert 'pip install -e ".[lab]" && jupyter lab notebooks/01_wait_for_user_input.ipynb\n' in README
    assert 'pip install -e ".[test]" && pytest\n' in README


def test_the_figures_are_those_of_the_pages():
    ratios = re.findall(r"^\|[^|]*\| (0\.\d+) \[", (DOCS / "benchmarks.md").read_text(), flags=re.MULTILINE)
    names = re.findall(r"^\| `", (DOCS / "langgraph-names.md").read_text(), flags=re.MULTILINE)

    lowest, highest = min(map(float, ratios)), max(map(float, ratios))
    assert f"[{lowest:.2f} to {highest:.2f} of LangGraph's time](docs/benchmarks.md)" in README
    assert f"[{len(names)} names are missing](docs/langgraph-names.md)" in README
