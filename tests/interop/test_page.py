"""The code of two pages runs on the tests' PostgreSQL: about LangGraph's savers, and about moving to LangGraph."""

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


def test_the_file_of_the_page_about_growing_out_runs_on_langgraph_with_its_import_lines_changed(postgres, capsys):
    page = (PAGE.parent / "growing-out.md").read_text()
    file = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)[0]
    (service,) = re.findall(r"```py\n(.*?)```", page, flags=re.DOTALL)
    assert file.count("from hilnb.") == file.count("hilnb") == 2
    names = {"__name__": "refunds"}

    exec(compile(file.replace("from hilnb.", "from langgraph."), "refunds.py", "exec", dont_inherit=True), names)
    exec(service.replace("postgresql://me@localhost/refunds", postgres), names)

    assert type(names["graph"]).__module__.startswith("langgraph.")
    assert capsys.readouterr().out == "Refund 40 for A-31? yes\n"
