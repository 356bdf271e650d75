"""The code on docs/payloads.md runs, in order, as one program."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "payloads.md"


def played():
    """The names that the code of the page leaves when it is run piece by piece, as cells are."""
    names = {"__name__": "payloads"}

    async def play():
        for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL):
            cell = compile(code, PAGE.name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            given = eval(cell, names)
            if inspect.isawaitable(given):
                await given

    asyncio.run(play())
    return names


def test_the_page_about_payloads(capsys):
    names = played()

    said = capsys.readouterr().out.splitlines()
    shown = [
        "{'city': 'Rome'}",
        "[{'type': 'edit', 'args': {'action': 'send', 'args': {'to': 'Bo', 'copies': 3}}}]",
        "meta=None action='accept' content={'name': 'Ada'}",
        "{'approved': False}",
        "Done.",
    ]
    assert [line for line in said if line in shown] == [*shown, "Done."]
    assert names["answer"] == {"approvals": {"c1": {"kind": "tool-approved", "override_args": {"path": "old.txt"}}}}
