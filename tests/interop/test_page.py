"""The code of the page about LangGraph's savers runs, on the tests' PostgreSQL."""

import re
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "langgraph-savers.md"


def test_the_page_runs_from_question_to_answer(postgres, capsys):
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL))
    assert code.count("postgresql://me@localhost/threads") == 1
    code = code.replace("postgresql://me@localhost/threads", postgres)

    exec(compile(code, PAGE.name, "exec", dont_inherit=True), {"__name__": "page"})

    said = capsys.readouterr().out
    assert "1 thread waits for an answer.\nthread  node    question" in said
    assert said.splitlines()[-1] == "{'city': 'Rome'}"
