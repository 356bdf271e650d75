"""What README promises is run here."""

import ast
import asyncio
import builtins
import re
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_twenty_lines_show_graph_prompt_and_resume(monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    asked = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(builtins, "input", lambda prompt="": asked.append(prompt) or "Bees dance.")
    names = {"__name__": "readme"}

    program = compile(code, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    asyncio.run(eval(program, names))

    assert names["state"] == {"topic": "bees", "text": "Bees dance."}
    assert len(asked) == 1


def test_the_two_commands_stand_on_the_page():
    assert 'pip install -e ".[lab]" && jupyter lab notebooks/01_wait_for_user_input.ipynb\n' in README
    assert 'pip install -e ".[test]" && pytest\n' in README
