"""A run as HTML: every piece of it that a browser shows, live or kept.

Whatever comes from a graph (names, messages, questions, answers, updates, errors, printed text) passes through
`html.escape` here. Two things do not: the picture, which `hilnb.drawing` escapes itself, and what a node displays on
purpose.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hilnb.masking import masked, masked_text
from hilnb.payloads import Action, Approval, Choice, Elicitation, Requested, asked_in
from hilnb.widgets.brief import MOST_ENTRIES, as_seen, end_of_text
from hilnb.widgets.record import answer_text, as_python, ends_of, how_to_go_on, lines_of, one_line_of, readable, shown
from hilnb.widgets.tree import tree
from hilnb.widgets.visible import as_json, visible

if TYPE_CHECKING:
    from hilnb.widgets.log import Entry
    from hilnb.widgets.question import Question
    from hilnb.widgets.session import Run

FOLDED_FROM = 600
"""Characters of an argument that are shown without a click."""

NO_MATHS, MATHS = "mathjax_ignore tex2jax_ignore", "mathjax_process tex2jax_process"
"""Classes for MathJax, today's and version 2: $5 and $10 in a text are no formula, those of a display are its own."""

CELL_STYLES = {
    **dict.fromkeys(("asked", "answer", "human", "AI", "system"), "hilnb-said"),
    **dict.fromkeys(("thinks", ""), "hilnb-muted"),
    "error": "hilnb-error",
}

STYLE = """<style>
.hilnb { color: var(--jp-ui-font-color1, #212121); font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  font-size: var(--jp-ui-font-size1, 13px); line-height: 1.45; max-width: 1040px; padding-left: 4px; }
.hilnb .hilnb-head { display: flex; gap: .6em; align-items: baseline; padding: 2px 0 6px; }
.hilnb .hilnb-head b { font-weight: 600; flex: 0 1 auto; min-width: min(12em, 60%); overflow-wrap: anywhere; }
.hilnb .hilnb-thread { margin-left: auto; color: var(--jp-ui-font-color2, #616161); min-width: 5em; overflow: hidden;
  text-align: right;
  text-overflow: ellipsis; white-space: nowrap; }
.hilnb .hilnb-time { font-weight: 400; color: var(--jp-ui-font-color2, #616161); margin-left: .4em; }
.hilnb .hilnb-dot { width: .6em; height: .6em; border-radius: 50%; flex: none; align-self: center;
  background: var(--jp-ui-font-color3, #9e9e9e); }
.hilnb .hilnb-running { background: var(--jp-brand-color1, #1976d2); }
.hilnb .hilnb-asking, .hilnb .hilnb-stopped, .hilnb .hilnb-elsewhere { background: var(--jp-warn-color1, #ef6c00); }
.hilnb .hilnb-failed { background: var(--jp-error-color1, #d32f2f); }
.hilnb .hilnb-finished { background: var(--jp-success-color1, #388e3c); }
.hilnb.hilnb-spare .hilnb-dot { background: var(--jp-ui-font-color3, #9e9e9e); }
.hilnb .hilnb-body { display: flex; flex-flow: row wrap; gap: 8px 24px; align-items: flex-start; }
.hilnb .hilnb-graph { flex: 0 1 auto; max-width: 100%; margin: 0; }
.hilnb .hilnb-graph svg { max-width: 100%; max-height: 26em; height: auto; display: block; }
.hilnb .hilnb-side { flex: 1 1 min(320px, 100%); min-width: 0; container-type: inline-size; }
.hilnb .hilnb-row { display: grid; grid-template-columns: 10em 4.5em minmax(0, 1fr); gap: 0 10px; padding: 1px 0; }
@media (max-width: 700px) { .hilnb .hilnb-graph svg { max-height: 15em; } }
@container (max-width: 480px) { .hilnb .hilnb-row { grid-template-columns: 7em 4.5em minmax(0, 1fr); } }
@container (max-width: 300px) { .hilnb .hilnb-row { grid-template-columns: minmax(0, 1fr); } }
.hilnb .hilnb-next { border-top: 1px solid var(--jp-border-color2, #e0e0e0); padding-top: 4px; margin-top: 3px; }
.hilnb .hilnb-row > * { min-width: 0; overflow-wrap: anywhere; }
.hilnb .hilnb-node { font-weight: 600; }
.hilnb .hilnb-label { color: var(--jp-ui-font-color2, #616161); overflow-wrap: anywhere; }
.hilnb div pre { margin: 0; padding: 0; background: none; color: inherit; line-height: 1.45;
  white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere;
  font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px); }
.hilnb div.hilnb-said pre { font-family: inherit; font-size: inherit; }
.hilnb .hilnb-muted, .hilnb div.hilnb-muted pre { color: var(--jp-ui-font-color2, #616161); font-family: inherit; }
.hilnb div.hilnb-error pre { color: var(--jp-error-color1, #d32f2f); }
.hilnb [role="alert"] div.hilnb-error pre { font-family: inherit; font-size: inherit; }
.hilnb details pre.hilnb-trace { margin: 4px 0; white-space: pre; overflow-x: auto; }
.hilnb .hilnb-tool { font-family: var(--jp-code-font-family, monospace); font-weight: 600; overflow-wrap: anywhere; }
.hilnb div.hilnb-wanted { border: 1px solid var(--jp-border-color2, #e0e0e0); border-radius: 3px; padding: 4px 8px;
  margin: 2px 0 6px; background: var(--jp-cell-editor-background, #f5f5f5); }
.hilnb div.hilnb-wanted pre, .hilnb div.hilnb-wanted summary { background: none; }
.hilnb summary { cursor: pointer; color: var(--jp-ui-font-color2, #616161); }
.hilnb ul.hilnb-options { display: flex; flex-wrap: wrap; gap: 0 1.2em; list-style: none; margin: 0; padding: 0; }
.hilnb .hilnb-when { color: var(--jp-ui-font-color2, #616161); font-size: .9em; }
.hilnb .hilnb-row img { max-width: 100%; height: auto; }
.hilnb .hilnb-gone { border-left: 3px solid var(--jp-border-color1, #bdbdbd); padding: 2px 0 2px 12px;
  margin: 2px 0 8px; }
.jp-OutputArea-child:has(> * > .hilnb-nothing) { display: none; }
</style>"""

SPARE_STYLE = """<style>
.jp-OutputArea-child:has(> .jupyter-widgets, > [data-mime-type="text/plain"]):not(:has(.hilnb-panel))
  + .jp-OutputArea-child .hilnb-spare { display: block; }
.jp-OutputArea-child:has(.hilnb-spare):is(.jp-OutputArea:has(.hilnb-panel) *) { display: none; }
.jp-OutputArea-child:has(+ .jp-OutputArea-child .hilnb-spare) > .jupyter-widgets:not(:has(*)) { display: none; }
</style>"""
"""Shows the spare record after a panel that is not there (but not while it is loading: then it has neither the class
nor the type), and takes away the front end's word that it misses a widget."""

NOTHING = '<div class="hilnb-nothing" hidden></div>'
"""What is left of the spare record when the panel has given way to the real one; `STYLE` takes its room away."""


def head(run: Run, seconds: float = 0) -> str:
    """Where the run stands, and its thread; a line more while a node runs many times in one step.

    Args:
        run: The run.
        seconds: How long it has been at work; not told in a record, which says the same each time.
    """
    return _head(run, "waiting for your answer" if run.status == "asking" else run.headline, seconds)


def _head(run: Run, title: str, seconds: float = 0) -> str:
    thread = f' <span class="hilnb-thread">thread {html.escape(run.thread_id)}</span>' if run.named else ""
    time = f' <span class="hilnb-time" aria-hidden="true">{elapsed(seconds)}</span>' if seconds >= 1 else ""
    progress = "".join(f'<div class="hilnb-muted">{html.escape(line)}</div>' for line in run.progress)
    return (
        f'<div class="hilnb-head" role="status"><span class="hilnb-dot hilnb-{run.status}"></span>'
        f'<b data-left="{html.escape(_left(run))}">{html.escape(title[0].upper() + title[1:])}{time}</b>'
        f"{thread}</div>{progress}"
    )


def _left(run: Run) -> str:
    """Where a run stood when its kernel ended."""
    return f"Left unfinished: {run.headline}"


def elapsed(seconds: float) -> str:
    """A time as a person reads it.

    >>> elapsed(7.9), elapsed(65)
    ('7 s', '1:05 min')
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes else f"{rest} s"


def picture(run: Run, draw: Callable[..., str]) -> str:
    """The graph with its nodes marked, by `draw_svg` or `draw_html`; as a list of them where it cannot be drawn."""
    return drawn(draw, run.marks, {":".join(path): count for path, count in run.times.items()})


def drawn(draw: Callable[..., str], marks: Mapping[str, str], times: Mapping[str, int]) -> str:
    """A picture with these marks."""
    try:
        svg = draw(marks=marks, times=times)
    except Exception as error:  # a picture is never worth a run
        marked = "\n".join(f"{node}: {mark}" for node, mark in marks.items())
        why = f"(no picture: {type(error).__name__}: {error})"
        svg = f'<pre class="hilnb-muted">{html.escape(marked)}\n{html.escape(why)}</pre>'
    return svg and f'<div class="hilnb-graph">{svg}</div>'


def title(text: str) -> str:
    """A heading."""
    return f'<div class="hilnb-head"><b>{html.escape(text)}</b></div>'


def rows(entries: Iterable[Entry], *, live: bool = False) -> str:
    """Log entries as rows of node, label and text; a node is named once for all its rows in a row.

    Args:
        entries: What happened.
        live: Leave the place of a display empty; an Output widget, which can show more, comes there.
    """
    pieces: list[str] = []
    previous: str | None = None
    for entry in entries:
        first = entry.node != previous
        previous = entry.node
        for index, (label, text) in enumerate(_cells(entry, live)):
            node = name_of_node(entry.node) if first and index == 0 else ""
            style = "hilnb-row hilnb-next" if node and pieces else "hilnb-row"
            pieces.append(
                f'<div class="{style}"><div class="hilnb-node">{node}</div>'
                f'<div class="hilnb-label">{label}</div>{text}</div>'
            )
    return "".join(pieces)


def name_of_node(name: str) -> str:
    """A name that may break where its words end, for it stands in a narrow column.

    >>> name_of_node("HumanInTheLoopMiddleware.after_model")
    'Human<wbr>In<wbr>The<wbr>Loop<wbr>Middleware<wbr>.after_<wbr>model'
    """
    return "<wbr>".join(map(html.escape, re.split(r"(?<=[a-z0-9])(?=[A-Z])|(?=[.])|(?<=_)", name)))


def folded_rows(entries: list[Entry]) -> str:
    """All the rows, with the beginning of a long log folded away."""
    earlier, last = entries[:-MOST_ENTRIES], entries[-MOST_ENTRIES:]
    folded = earlier and f"<details><summary>{len(earlier):,} earlier entries</summary>{rows(earlier)}</details>"
    return f"{folded or ''}{rows(last)}"


def asks(who: str) -> str:
    """The first line of a form: who asks."""
    return f'<div class="hilnb-label">{name_of_node(visible(who))}</div>'


def answered(questions: Iterable[Question]) -> str:
    """What is left of a form that was answered, while others are still open."""
    lines = []
    for question in questions:
        text = asked_in(question.value)
        asked = f" asks: {one_line_of(shown(text))}" if isinstance(text, str) else ""
        lines.append(visible(f"{question.who}{asked} → {answer_text(question, question.answer)}"))
    return preformatted("\n".join(lines), "hilnb-muted")


def timer(said: str) -> str:
    """The time left for an answer; a screen reader says it when it is asked, not each second."""
    return f'<div role="timer">{preformatted(said, "hilnb-muted")}</div>'


def request(asked: Requested) -> str:
    """What a server or an agent asks, and the address to visit: in full, and a link only where it is to the web."""
    address = html.escape(visible(asked.url))
    if asked.url.startswith(("https://", "http://")):
        address = f'<a href="{html.escape(asked.url)}" target="_blank" rel="noopener noreferrer">{address}</a>'
    shown = asked.url and f'<div class="hilnb-wanted">{address}</div>'
    about = tree(asked.about) if asked.about else ""
    return f"{preformatted(visible(asked.message), 'hilnb-said')}{about}{shown}"


def action(wanted: Action) -> str:
    """What a model wants to do, for a person to decide about: all of it, with every character in sight."""
    described = wanted.description and preformatted(visible(masked_text(wanted.description)), "hilnb-said")
    values = "".join(_argument(name, value) for name, value in masked(wanted.args).items()) or "<pre>no arguments</pre>"
    return (
        f'<div class="hilnb-tool">{html.escape(visible(wanted.name))}</div>{described}'
        f'<div class="hilnb-label">Arguments, not written by you</div><div class="hilnb-wanted">{values}</div>'
    )


def alert(message: str, style: str = "hilnb-error") -> str:
    """A message that a screen reader reads out when it appears; nothing for no message."""
    return message and f'<div role="alert">{preformatted(message, style)}</div>'


def _argument(name: str, value: Any) -> str:
    """One argument as JSON; a long one is folded, and its length stands where it can be unfolded."""
    text = f"{as_json(name)}: {as_json(value)}"
    if len(text) <= FOLDED_FROM:
        return f"<pre>{html.escape(text)}</pre>"
    size = len(value) if isinstance(value, str) else len(as_json(value))
    said = f"{as_json(name)}: {size:,} characters"
    return f"<details><summary>{html.escape(said)}</summary><pre>{html.escape(text)}</pre></details>"


def preformatted(text: str, style: str = "") -> str:
    """Foreign text, escaped, with its line ends."""
    return f'<div class="{style}"><pre>{html.escape(text)}</pre></div>'


def record(run: Run, drawing: Any) -> str:
    """The whole run as static HTML: it needs no kernel, no widgets and no network to be read."""
    return f'{STYLE}<div class="hilnb {NO_MATHS}">{head(run)}{_body(run, drawing)}</div>'


def spare(run: Run, drawing: Any) -> str:
    """The run as it stands, for a notebook that is opened when its panel is gone; it is hidden beside a live one."""
    inside = f"{_head(run, _left(run))}{gone(run)}{_body(run, drawing)}"
    return hidden(inside)


def hidden(static: str) -> str:
    """What is left of a widget in a saved notebook; it is hidden beside the live one."""
    return f'{STYLE}{SPARE_STYLE}<div class="hilnb hilnb-spare {NO_MATHS}" hidden>{static}</div>'


def gone(run: Run) -> str:
    """What to do when the kernel has ended before the run has."""
    said, code = how_to_go_on(run)
    line = code and f"<pre>{html.escape(code)}</pre>"
    return f'<div class="hilnb-gone">{html.escape(said)}{line}</div>'


def _body(run: Run, drawing: Any) -> str:
    state = "".join(
        f'<div class="hilnb-row hilnb-next"><div class="hilnb-node">{name}</div><div></div>{preformatted(text)}</div>'
        for name, text in ends_of(run)
    )
    return (
        f'<div class="hilnb-body">{picture(run, drawing.draw_html)}'
        f'<div class="hilnb-side">{folded_rows(run.log.entries)}{state}</div></div>'
    )


def _cells(entry: Entry, live: bool) -> Iterable[tuple[str, str]]:
    if entry.kind == "shown":
        yield "shown", "<div></div>" if live else _shown(entry.value)
        return
    if entry.kind == "printed" and not live:
        yield "printed", _printed(entry.value)
        return
    for label, text in lines_of(entry):
        if entry.kind == "question":
            yield label, _question_cell(entry.value, label, text)
            continue
        nothing = text == "no change" and label == "update"
        cell = preformatted(text, "hilnb-muted" if nothing else CELL_STYLES.get(label, ""))
        if entry.kind == "changes" and "…" in text:
            whole = preformatted(as_python(entry.value.update))
            cell = f"<div>{cell}<details><summary>Whole update</summary>{whole}</details></div>"
        if label == "error":
            trace = html.escape(entry.value.traceback)
            details = f'<details><summary>Traceback</summary><pre class="hilnb-trace">{trace}</pre></details>'
            cell = f"<div>{cell}{details}</div>"
        yield label, cell


def _printed(text: str) -> str:
    """What a node printed; of much text the end, and all of it after a click."""
    text = shown(as_seen(text)).rstrip("\n")
    end, before = end_of_text(text)
    if not before:
        return preformatted(end)
    count = text.count("\n") + 1
    folded = f"<details><summary>All {count:,} line{'' if count == 1 else 's'}</summary>{preformatted(text)}</details>"
    return f"<div>{folded}{preformatted(end)}</div>"


def _question_cell(asked: Question, label: str, text: str) -> str:
    """What was asked, with its actions or options; or the answer, and when a person gave it."""
    cell = preformatted(text, CELL_STYLES.get(label, ""))
    if label == "asked" and isinstance(asked.kind, Approval):
        return f"<div>{''.join(map(action, asked.kind.actions))}</div>"
    if label == "asked" and isinstance(asked.kind, Elicitation):
        return f"<div>{''.join(map(request, asked.kind.requests))}</div>"
    if label == "asked" and isinstance(asked.kind, Choice):
        return f"<div>{preformatted(readable(asked_in(asked.value)), 'hilnb-said')}{_options(asked, asked.kind)}</div>"
    if label == "answer" and asked.answered_by == "person":
        return f"<div>{cell}{_when(asked)}</div>"
    return cell


def _options(asked: Question, kind: Choice) -> str:
    """The options of a choice; the one that was chosen is marked."""
    chosen = kind.label(asked.answer) if asked.answered else None
    marked = (("● <b>{}</b>" if label == chosen else "○ {}", label) for label, _ in kind.options)
    items = "".join(f"<li>{mark.format(html.escape(visible(label)))}</li>" for mark, label in marked)
    return f'<ul class="hilnb-options">{items}</ul>'


def _when(asked: Question) -> str:
    """When a person answered. Not said of an answer from code: its record is the same each time."""
    then, now = (datetime.fromisoformat(each) for each in (asked.asked_at, asked.answered_at))
    said = f"{now:%Y-%m-%d %H:%M} UTC, {_lasted((now - then).total_seconds())} after the question"
    return f'<div class="hilnb-when"><time datetime="{asked.answered_at}">{said}</time></div>'


def _lasted(seconds: float) -> str:
    """How long, in its largest unit.

    >>> [_lasted(seconds) for seconds in (5, 150, 86400)]
    ['5 s', '2 min', '24 h']
    """
    size, unit = next(
        (size, unit) for size, unit in ((3600, "h"), (60, "min"), (1, "s")) if seconds >= size or size == 1
    )
    return f"{seconds // size:.0f} {unit}"


def _shown(data: dict[str, Any]) -> str:
    """What a node displayed, as a cell's output would show it: HTML is the node's own, text is escaped."""
    if "text/html" in data:
        return f'<div class="{MATHS}">{data["text/html"]}</div>'
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            return f'<div><img alt="" src="data:{kind};base64,{html.escape(data[kind])}"></div>'
    return preformatted(shown(str(data.get("text/markdown", data.get("text/plain", "")))))
