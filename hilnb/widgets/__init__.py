"""The screen: a run under the cell, its questions as forms, its record in the saved notebook.

| module | its one idea |
|---|---|
| `console` | `run` and `ask`: choose between notebook, terminal and nobody there |
| `session` | `Run`: a thread of a graph carried out in legs, from one question to the next |
| `panel` | the live widgets of a run in a notebook |
| `prompt` | the form of one question |
| `forms` | from a question to its form; `register` adds one's own |
| `filling`, `parts`, `groups` | the form of a schema, part by part; `form_style` is how it looks |
| `blocking` | the same run where no click can arrive: a terminal, or answers given beforehand |
| `dialogue` | the form of a schema in a terminal |
| `wait` | `await run` without blocking the kernel |
| `capture`, `log` | what nodes print and display, and everything else that happened, in order |
| `conversation` | the messages among it, as the words they say |
| `wording`, `told` | questions and answers of a known kind in words |
| `record`, `page` | what stays: readable text, and static HTML |
"""

from hilnb.widgets.console import ask, run
from hilnb.widgets.session import NothingAskedError, Question, Run
from hilnb.widgets.wait import NobodyCanAnswerError, WaitInterrupted

__all__ = ["NobodyCanAnswerError", "NothingAskedError", "Question", "Run", "WaitInterrupted", "ask", "run"]
