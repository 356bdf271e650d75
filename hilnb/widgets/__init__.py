"""The screen: a run under the cell, its questions as forms, its record in the saved notebook.

| module | its one idea |
|---|---|
| `console` | `run` and `ask`: choose between notebook, terminal and nobody there |
| `session` | `Run`: a thread of a graph carried out in legs, from one question to the next |
| `question` | one open question, how long it waits, and what became of it |
| `leg`, `under_way` | what a graph tells between two standstills, and the way to leave it; which threads are at work |
| `hearing` | how that becomes entries of the log and marks of the nodes |
| `board` | which nodes are at work, ask, failed or are done, and how often each has run |
| `updating` | what an update changes, and writing one by hand |
| `deadline`, `clock`, `alarms` | how long a question waits and what its answer is then, by which clock, and when |
| `rules` | the tools a person has allowed for the rest of a run |
| `panel` | the live widgets of a run in a notebook |
| `actions`, `inside`, `editing` | its buttons, its two pictures, its boxes for the state |
| `asking`, `countdown` | the questions it stands at, and the time that is left |
| `prompt` | the form of one question |
| `approving`, `eliciting`, `together`, `tree` | the forms of approvals, servers, several questions, any data |
| `forms` | from a question to its form; `register` adds one's own |
| `filling`, `parts`, `groups` | the form of a schema, part by part; `form_style` is how it looks |
| `blocking` | the same run where no click can arrive: a terminal, or answers given beforehand |
| `beforehand` | who gives those: a list, a scripted human, an answers file |
| `answered` | what an answers file is told of a question |
| `waiting_list`, `listed`, `listed_page` | the threads of a saver that wait: as a list, as text, as HTML |
| `inbox`, `rows`, `row` | the live list of them, whose rows open to be answered in place |
| `tables`, `table_page` | which of their questions have the same form, and the table of these: as data, as HTML |
| `tabled`, `bars`, `at_most` | that table, live: sorted, ticked, answered together, so many at the same time |
| `many`, `progress` | `batch`: many threads side by side, and their bar |
| `dialogue` | the form of a schema in a terminal |
| `wait` | `await run` without blocking the kernel |
| `nulls` | what is None in a widget, on its way to the page from JupyterLite's kernel |
| `capture`, `log` | what nodes print and display, and everything else that happened, in order |
| `conversation` | the messages among it, as the words they say |
| `brief`, `laid_out` | the end of a long log; a long value over several lines |
| `lookback`, `past`, `inspector` | a thread looked back at: `inspect`, its words, its widgets |
| `kept` | a widget, and what is left of it in a saved notebook |
| `wording`, `told` | questions and answers of a known kind in words |
| `record`, `page` | what stays: readable text, and static HTML |
"""

from hilnb.errors import NobodyCanAnswerError
from hilnb.widgets.console import ask, run
from hilnb.widgets.deadline import Deadline, DeadlinePassedError
from hilnb.widgets.many import Batch, abatch, batch
from hilnb.widgets.question import NothingAskedError, Question
from hilnb.widgets.session import Run
from hilnb.widgets.wait import WaitInterrupted
from hilnb.widgets.waiting_list import pending

__all__ = [
    "Batch",
    "Deadline",
    "DeadlinePassedError",
    "NobodyCanAnswerError",
    "NothingAskedError",
    "Question",
    "Run",
    "WaitInterrupted",
    "abatch",
    "ask",
    "batch",
    "pending",
    "run",
]
