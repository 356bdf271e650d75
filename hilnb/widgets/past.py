"""A thread's timeline as it is read from a graph, and told: as text, and as static HTML."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from hilnb.differences import differences, told
from hilnb.engines import Engine
from hilnb.masking import masked
from hilnb.payloads import Words, asked_in
from hilnb.timeline import Asked, Moment, Timeline
from hilnb.widgets import page
from hilnb.widgets.conversation import in_brief
from hilnb.widgets.question import Question
from hilnb.widgets.record import answer_text, as_python, is_password, numbered, one_line, one_line_of, question_text

NO_ANSWER, NOT_KEPT = "no answer yet", "the answer was not kept"
ALIKE = "nothing: they ended alike"
NOTHINGS = ("nothing", NO_ANSWER, NOT_KEPT, ALIKE)

STYLE = """<style>
.hilnb .hilnb { padding-left: 0; }
.hilnb .hilnb-moment details { margin-top: 4px; }
.hilnb div.hilnb-pair { grid-template-columns: 4.5em minmax(0, 1fr); }
.hilnb .hilnb-columns > div > :last-child { margin-top: 4px; }
.hilnb table.hilnb-moments { table-layout: auto; border-collapse: collapse; width: 100%; font-size: inherit;
  margin: 4px 0; }
.hilnb table.hilnb-moments :is(th, td) { text-align: left; vertical-align: top; padding: 3px 12px 3px 0;
  border: 0; background: none; max-width: none; white-space: normal; }
.hilnb table.hilnb-moments th { color: var(--jp-ui-font-color2, #616161); font-weight: 400; }
.hilnb table.hilnb-moments tr { border-bottom: 1px solid var(--jp-border-color2, #e0e0e0); background: none; }
.hilnb table.hilnb-moments td:first-child { text-align: right; color: var(--jp-ui-font-color2, #616161);
  width: 2.5em; font-variant-numeric: tabular-nums; }
.hilnb .hilnb-columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(260px, 100%), 1fr));
  gap: 8px 24px; margin: 4px 0; }
.hilnb .hilnb-columns b { font-weight: 600; }
</style>"""


def read_timeline(engine: Engine, config: Mapping[str, Any]) -> Timeline:
    """All that the graph's saver keeps of a thread.

    Raises:
        ValueError: It keeps nothing of it.
    """
    snapshots = engine.history(config)
    if not snapshots:
        thread = config["configurable"]["thread_id"]
        raise ValueError(f"thread {thread!r}: nothing is saved under this id. hilnb.run(graph, input, …) begins one.")
    own = {**config["configurable"], **snapshots[0].config["configurable"]}  # where it is kept may be called otherwise
    del own["checkpoint_id"]
    return Timeline.of(snapshots, engine.answers({**config, "configurable": own}))


def heading(timeline: Timeline, name: str) -> str:
    """What there is, in a line."""
    count, ways = len(timeline.moments), len(timeline.branches)
    branches = f" on {ways} branches" if ways > 1 else ""
    return f"{name}: {count} moment{'' if count == 1 else 's'}{branches}"


def which(timeline: Timeline, number: int) -> str:
    """The branches a moment is on, where there are several: "" for one that all have in common."""
    through = timeline.branches_of(number)
    if len(through) == len(timeline.branches):
        return ""
    return f"branch {', '.join(str(n + 1) for n in through)}"


def asked_and_told(timeline: Timeline, number: int) -> list[str]:
    """The questions of a moment with their answers, a line each."""
    return [
        f"{asked.node} asked {_in_a_line(question, asked_in(asked.value), question_text(question))}"
        + (
            f" and was answered {_in_a_line(question, asked.answer[0], answer_text(question, asked.answer[0]))}"
            if asked.answer
            else f"; {_unanswered(timeline, number)}"
        )
        for asked in timeline.moments[number].asked
        for question in [_question(asked)]
    ]


def _unanswered(timeline: Timeline, number: int) -> str:
    """Why there is no answer to tell: a run with `durability="exit"` keeps none."""
    return NOT_KEPT if timeline.went_on(number) else NO_ANSWER


def _question(asked: Asked) -> Question:
    """The question as a run knows it: what is known of its kind says how it is told."""
    return Question("", asked.node, asked.value, asked.schema)


def _in_a_line(question: Question, value: Any, told: str) -> str:
    """What was asked or answered: as Python prints it, and in words where more than words were wanted."""
    is_plain = isinstance(question.kind, Words) and not is_password(question)
    return one_line(value) if is_plain else one_line_of(told)


def as_text(timeline: Timeline, name: str) -> str:
    """The whole timeline as text, for a terminal and where no widget is shown."""
    lines = [heading(timeline, name)]
    for number, moment in enumerate(timeline.moments):
        branch = which(timeline, number)
        lines.append(f"{number + 1:4}  {moment.headline}{f' ({branch})' if branch else ''}")
        said = [
            *asked_and_told(timeline, number),
            *moment.failed.values(),
            *told(timeline.changes(number)).splitlines(),
        ]
        lines += [f"      {line}" for text in said for _, line in numbered(text)]
    return "\n".join(lines)


def as_html(timeline: Timeline, name: str) -> str:
    """The whole timeline as static HTML: a table of its moments."""
    rows = "".join(_row(timeline, number) for number in range(len(timeline.moments)))
    head = "<tr><th></th><th>What happened</th><th>What changed</th></tr>"
    return (
        f'{page.STYLE}{STYLE}<div class="hilnb"><div class="hilnb-head"><b>{html.escape(heading(timeline, name))}</b>'
        f'</div><table class="hilnb-moments">{head}{rows}</table></div>'
    )


def _row(timeline: Timeline, number: int) -> str:
    moment, branch = timeline.moments[number], which(timeline, number)
    notes = [*([branch] if branch else []), *asked_and_told(timeline, number), *moment.failed.values()]
    what = (
        f"{html.escape(_sentence(moment.headline))}{''.join(page.preformatted(note, 'hilnb-muted') for note in notes)}"
    )
    changed = told(timeline.changes(number))
    return f"<tr><td>{number + 1}</td><td>{what}</td><td>{page.preformatted(changed) if changed else ''}</td></tr>"


def moment_html(timeline: Timeline, number: int, again: Sequence[str] = ()) -> str:
    """One moment: what led to it, what changed, what was asked; and what is to be said of nodes that started again."""
    moment, branch = timeline.moments[number], which(timeline, number)
    when = f'<span class="hilnb-thread" title="{html.escape(moment.created_at)}">{html.escape(branch)}</span>'
    head = f'<div class="hilnb-head" role="status"><b>{page.name_of_node(_sentence(moment.headline))}</b>{when}</div>'
    rows = [("changed", told(timeline.changes(number)) or "nothing")]
    for asked in moment.asked:
        question = _question(asked)
        text = question_text(question)
        rows.append(("asked", text if len(moment.asked) == 1 else f"{asked.node}: {text}"))
        answer = answer_text(question, asked.answer[0]) if asked.answer else _unanswered(timeline, number)
        rows.append(("answer", answer))
    rows += [("error", error) for error in moment.failed.values()]
    rows += [("again", said) for said in again]
    return head + "".join(_labelled(label, text) for label, text in rows)


def state_html(moment: Moment) -> str:
    """The state at a moment, folded."""
    state = page.preformatted(as_python(in_brief(moment.values)))
    return f"<details><summary>The whole state</summary>{state}</details>"


def side_by_side(timeline: Timeline, one: int, other: int) -> str:
    """How two branches ended, and what differs."""
    here, there = (timeline.moments[timeline.branches[branch][-1]] for branch in (one, other))
    parting = timeline.parting(one, other)
    columns = "".join(
        f"<div><b>Branch {branch + 1}</b>{page.preformatted(_ways(timeline, branch, parting), 'hilnb-muted')}"
        f"{page.preformatted(told(differences({}, masked(in_brief(end.values)))), 'hilnb-said')}</div>"
        for branch, end in ((one, here), (other, there))
    )
    changed = told(differences(masked(here.values), masked(there.values))) or ALIKE
    return f'<div class="hilnb-columns">{columns}</div>{_labelled("differs", changed)}'


def _ways(timeline: Timeline, branch: int, parting: int) -> str:
    """What was asked on a branch since it parted from another, and how it ended."""
    own = [place for place in timeline.branches[branch] if place > parting]
    if parting >= 0 and own and timeline.moments[own[0]].source == "loop":
        own.insert(0, parting)  # the answer with which it went on from there is this branch's
    lines = [line for place in own for line in asked_and_told(timeline, place)]
    return "\n".join([*lines, timeline.moments[timeline.branches[branch][-1]].headline])


def _labelled(label: str, text: str) -> str:
    style = "hilnb-error" if label == "error" else "hilnb-muted" if text in NOTHINGS else "hilnb-said"
    return (
        f'<div class="hilnb-row hilnb-pair"><div class="hilnb-label">{label}</div>'
        f"{page.preformatted(text, style)}</div>"
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
