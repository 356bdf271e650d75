"""A run as readable text: values, lines and the whole transcript.

What it says is the same each time the same thing happens: no times, no made-up ids, no file paths.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from hilnb.masking import MASK, masked, masked_text
from hilnb.payloads import asked_in
from hilnb.widgets import wording
from hilnb.widgets.asker import Asker
from hilnb.widgets.board import spoken
from hilnb.widgets.brief import as_seen
from hilnb.widgets.conversation import in_brief, words_of
from hilnb.widgets.laid_out import laid_out

if TYPE_CHECKING:
    from hilnb.widgets.log import Entry
    from hilnb.widgets.question import Question
    from hilnb.widgets.session import Run

VALUE_LIMIT = 4_000
"""Characters shown of one value."""


ENGINES = ("hilnb", "langgraph", "concurrent", "asyncio", "threading")
"""Packages whose frames lead to a node; a reader looks for what comes after them."""


def readable(value: Any) -> str:
    """Text for any value: a str as it is, data as indented JSON, anything else by its repr.

    >>> readable("Go on?")
    'Go on?'
    >>> print(readable({"tool": "mail", "to": ["Ada"]}))
    {
      "tool": "mail",
      "to": [
        "Ada"
      ]
    }
    """
    if isinstance(value, str):
        return clipped(value)
    if isinstance(value, (dict, list, tuple)):
        try:
            return clipped(json.dumps(masked(value), indent=2, ensure_ascii=False, default=as_python))
        except (TypeError, ValueError):  # keys JSON does not know, or a value that contains itself
            pass
    return as_python(value)


def as_python(value: Any) -> str:
    """The value as Python would print it, over several lines when it is long; never an exception.

    >>> as_python({"user_feedback": "go on"})
    "{'user_feedback': 'go on'}"
    """
    try:
        return clipped(laid_out(masked(value)))
    except Exception as error:  # a repr is foreign code
        return f"<a {type(value).__name__} whose repr raises {type(error).__name__}>"


def one_line(value: Any) -> str:
    """A short single line: an exception as Python ends its traceback, anything else as Python prints it.

    >>> one_line(ValueError("no such city"))
    'ValueError: no such city'
    """
    try:
        text = f"{type(value).__name__}: {value}" if isinstance(value, BaseException) else repr(masked(value))
    except Exception as error:  # str and repr are foreign code
        text = f"<a {type(value).__name__} whose text raises {type(error).__name__}>"
    return one_line_of(shown(text))


def one_line_of(text: str) -> str:
    """The beginning of a text, in a single line."""
    text = " ".join(text.split())
    return text if len(text) <= 100 else text[:99] + "…"


def traceback_of(error: BaseException) -> str:
    """The traceback from the node's own first frame on; only the error where no node was running."""
    return shown("".join(traceback.format_exception(type(error), error, users_part(error))))


def users_part(error: BaseException) -> TracebackType | None:
    """The traceback from the first frame that is not an engine's, None when there is no such frame."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] in ENGINES:
        trace = trace.tb_next
    return trace


def shown(text: str) -> str:
    r"""The text as it may be shown: masked, and half a surrogate pair, which no page can be sent, by its number.

    >>> shown("a broken \ud83d, and password='abc'")
    "a broken \\ud83d, and password='‹masked›'"
    """
    return masked_text(text.encode("utf-8", "backslashreplace").decode())


def clipped(text: str) -> str:
    """The text, masked; or its beginning with a note of how much is missing."""
    if len(text) <= VALUE_LIMIT:
        return shown(text)
    # A little more is masked than is shown: a key that is cut off would not look like one.
    return f"{shown(text[: 2 * VALUE_LIMIT])[:VALUE_LIMIT]} … [{len(text) - VALUE_LIMIT:,} more characters]"


def lines_of(entry: Entry) -> Iterator[tuple[str, str]]:
    """What an entry says, as label and text; a screen shows them side by side."""
    match entry.kind:
        case "printed":
            yield "printed", shown(as_seen(entry.value).rstrip("\n"))
        case "shown":
            yield "shown", shown(str(entry.value.get("text/plain", "a display without text")))
        case "message":
            for label, text in words_of(entry.value):
                yield label, clipped(text)
        case "update":
            yield "update", as_python(entry.value) if entry.value else "no change"
        case "changes":
            yield "update", entry.value.text or "no change"
        case "error":
            yield "error", entry.value.summary
        case "note":
            yield "", entry.value
        case "question":
            yield "asked", question_text(entry.value)
            if entry.value.answered:
                yield "answer", answer_text(entry.value, entry.value.answer)
            if entry.value.refused:
                yield "", entry.value.refused


def question_text(question: Question) -> str:
    """What is asked, in words where we know the kind of the question."""
    text = readable(asked_in(question.value))
    return wording.asked(question.kind, text) or text


def is_password(question: Question) -> bool:
    """Whether the answer is one that is not shown."""
    return (question.schema or {}).get("format") == "password"


def answer_text(question: Question, answer: Any) -> str:
    """An answer, in words where we know the kind of its question."""
    if is_password(question):
        return MASK
    return wording.answered(question.kind, answer, question.by_rule) or readable(answer)


def transcript(run: Run) -> str:
    """The whole run as text: where it stands, what happened node by node, the state."""
    rows = [(entry.node, *line) for entry in run.log.entries for line in lines_of(entry)]
    rows += [(name, "", text) for name, text in ends_of(run)]
    width = max((len(node) for node, _, _ in rows), default=0)
    text = [f"{run.title}: {run.headline}"]
    previous = ""
    for node, label, said in rows:
        margin = f"{'' if node == previous else node:{width}}  {label:8}"
        text += [f"{margin if first else '':{len(margin)}}{line}".rstrip() for first, line in numbered(said)]
        previous = node
    return "\n".join(text)


def ends_of(run: Run) -> list[tuple[str, str]]:
    """What is told last, each with its name; nothing of what is no graph, whose answers say it all."""
    if isinstance(run.graph, Asker):
        return []
    ends = [("turns", turns_of(run)), ("state", as_python(in_brief(run.state)))]
    return [(name, text) for name, text in ends if text]


def turns_of(run: Run) -> str:
    """How often nodes ran that ran more than once: "agent ×3, tools ×2"."""
    return ", ".join(f"{spoken(path)} ×{count}" for path, count in run.times.items())


def how_to_go_on(run: Run) -> tuple[str, str]:
    """What to do when the kernel has ended before the run has: a sentence, and the line of code it announces."""
    if isinstance(run.graph, Asker):
        return "The kernel that asked this has ended, and what asked with it. Run the cells before this one again.", ""
    thread = repr(run.thread_id)
    if is_in_memory(run.graph.checkpointer):
        return (
            "The kernel that ran this has ended, and thread "
            f"{thread} with it: it was kept in memory. A SqliteSaver keeps threads in a file.",
            "",
        )
    call = f"ask(graph, {thread})" if run.status == "asking" else f"run(graph, None, thread_id={thread})"
    return (
        "The kernel that ran this has ended. Run the cells that make the graph again, and go on with:",
        f"run = hilnb.{call}",
    )


def is_in_memory(saver: Any) -> bool:
    """Whether a saver's threads end with the kernel; LangGraph's is called as ours is."""
    return any(kind.__name__ == "InMemorySaver" for kind in type(saver).__mro__)


def numbered(text: str) -> Iterator[tuple[bool, str]]:
    """The lines of a text, each with whether it is the first."""
    for index, line in enumerate(text.split("\n")):
        yield index == 0, line
