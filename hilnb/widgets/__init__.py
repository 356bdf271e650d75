"""The screen: a run under the cell, its questions as forms, its record in the saved notebook.

| module | its one idea |
|---|---|
| `console` | `run` and `ask`: choose between notebook, terminal and nobody there |
| `session` | `Run`: a thread of a graph carried out in legs, from one question to the next |
| `panel` | the live widgets of a run in a notebook |
| `prompt` | the form of one question |
| `blocking` | the same run where no click can arrive: a terminal, or answers given beforehand |
| `wait` | `await run` without blocking the kernel |
| `capture`, `log` | what nodes print and display, and everything else that happened, in order |
| `conversation` | the messages among it, as the words they say |
| `lookback`, `past`, `inspector` | a thread looked back at: `inspect`, its words, its widgets |
| `kept` | a widget, and what is left of it in a saved notebook |
| `record`, `page` | what stays: readable text, and static HTML |
"""

from hilnb.widgets.console import ask, run
from hilnb.widgets.session import NothingAskedError, Question, Run
from hilnb.widgets.wait import NobodyCanAnswerError, WaitInterrupted

__all__ = ["NobodyCanAnswerError", "NothingAskedError", "Question", "Run", "WaitInterrupted", "ask", "run"]
