"""What the tests of payloads share: an object asked, in a script where nobody is, and its form, where somebody is."""

from __future__ import annotations

from hilnb import ask
from hilnb.payloads import inquiry_of
from hilnb.widgets.asker import Asker
from hilnb.widgets.forms import form_of
from hilnb.widgets.question import Question
from hilnb.widgets.session import Run


def answered(asked, *answers):
    """What `ask` gives for these answers."""
    return ask(asked, unattended=list(answers)).state


def standing(inquiry):
    """A run that stands at the questions."""
    asker = Asker(inquiry)
    run = Run(asker, {"configurable": {"thread_id": "1"}}, do=lambda leg: leg())
    asker.begin(run)
    return run


def form_for(asked, place=0):
    """The form of one question of an object, and the list that takes its answer."""
    question = inquiry_of(asked).questions[place]
    answers = []
    made = Question(question.id, "agent", question.value, question.response_schema, strict=True)
    return form_of(made, lambda _, answer: answers.append(answer)), answers


def html_of(widget):
    """All the HTML in a widget."""
    own = widget.value if type(widget).__name__ == "HTML" else ""
    return own + "".join(map(html_of, getattr(widget, "children", ())))
