"""The list of waiting threads as HTML; what comes from threads passes through `html.escape` here."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import datetime

from hilnb.widgets import table_page
from hilnb.widgets.listed import Listed, exact
from hilnb.widgets.page import NO_MATHS, STYLE, preformatted
from hilnb.widgets.tables import Table
from hilnb.widgets.visible import visible

LIST_STYLE = """<style>
.hilnb .hilnb-cells { flex: 1 1 auto; min-width: 0; container-type: inline-size; }
.hilnb .hilnb-waits { display: grid; grid-template-columns: .6em 9em 11em minmax(0, 1fr) 8.5em; gap: 0 12px;
  align-items: baseline; }
.hilnb .hilnb-waits > * { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.hilnb .hilnb-waits .hilnb-dot { align-self: center; }
.hilnb .hilnb-waits .hilnb-id { font-weight: 600; }
.hilnb .hilnb-waits .hilnb-node { font-weight: 400; }
.hilnb .hilnb-waits .hilnb-since { text-align: right; font-variant-numeric: tabular-nums; }
.hilnb .hilnb-rows { display: grid; grid-template-columns: minmax(0, 1fr) 74px; gap: 0 12px; align-items: start;
  margin: 0; padding-right: 4px; overflow: visible; }
.hilnb .hilnb-rows > .hilnb-place { grid-column: 1 / -1; }
.hilnb .hilnb-rows > .hilnb-cells { padding: 6px 0 3px; position: relative; overflow: visible; }
.hilnb .hilnb-lines > .hilnb-cells::before { content: ""; position: absolute; top: 0; left: 0; right: -86px;
  border-top: 1px solid var(--jp-border-color2, #e0e0e0); }
.hilnb .hilnb-rows > .jupyter-button { width: 74px; height: 26px; line-height: 24px; padding: 0; margin: 3px 0;
  background: none; border: 1px solid var(--jp-border-color1, #bdbdbd); border-radius: 3px; box-shadow: none; }
.hilnb .hilnb-rows > .jupyter-button:hover { background: var(--jp-layout-color2, #eee); box-shadow: none; }
.hilnb .hilnb-rows > .jupyter-button:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2);
  outline-offset: 2px; }
.hilnb .hilnb-rows > .hilnb-unseen { visibility: hidden; }
.hilnb .hilnb-titles { color: var(--jp-ui-font-color2, #616161); }
.hilnb .hilnb-waits.hilnb-titles .hilnb-id { font-weight: 400; }
.hilnb .hilnb-place { padding: 4px 0 10px 18px; }
.hilnb .hilnb-place .hilnb-thread { display: none; }
.hilnb .hilnb-top { align-items: baseline; gap: 12px; padding: 2px 4px 0 0; }
.hilnb .hilnb-top .hilnb-actions { margin: 0 0 0 auto; }
@container (max-width: 560px) {
  .hilnb .hilnb-waits { grid-template-columns: .6em 8em minmax(0, 1fr); }
  .hilnb .hilnb-waits .hilnb-since { grid-area: 1 / 3; }
  .hilnb .hilnb-waits .hilnb-node { grid-column: 2; }
  .hilnb .hilnb-waits .hilnb-said { grid-column: 3; }
  .hilnb .hilnb-waits .hilnb-node:empty + .hilnb-said { grid-area: 2 / 2 / 3 / 4; }
  .hilnb .hilnb-waits.hilnb-titles { display: none; }
}
</style>"""

TABLE_STYLE = """<style>
.hilnb table.hilnb-table { border-collapse: collapse; margin: 0 0 6px; font-size: inherit; table-layout: auto; }
.hilnb table.hilnb-table :is(th, td) { text-align: left; vertical-align: baseline; padding: 3px 16px 3px 0;
  background: none; overflow-wrap: break-word; }
.hilnb table.hilnb-table td:first-child { overflow-wrap: anywhere; min-width: 5em; }
.hilnb table.hilnb-table td.hilnb-long { min-width: 14em; overflow-wrap: anywhere; }
.hilnb table.hilnb-table td:has(.hilnb-when) { min-width: 10em; }
.hilnb .hilnb-named { display: flex; gap: .8em; align-items: baseline; padding: 6px 0 2px; }
.hilnb .hilnb-named b { font-weight: 600; overflow-wrap: anywhere; }
.hilnb table.hilnb-table th { font-weight: 400; color: var(--jp-ui-font-color2, #616161); }
.hilnb table.hilnb-table tr { background: none; border-top: 1px solid var(--jp-border-color2, #e0e0e0); }
.hilnb table.hilnb-table thead tr { border: none; }
</style>"""

TITLES = ("Thread", "Node", "Question", "Waits since")


def head(said: str, now: datetime) -> str:
    """How many wait, and when that was; the rest is for the day when the kernel has ended."""
    return (
        f'<div class="hilnb-head" role="status"><b data-left="Left unfinished: {said}">{said}</b>'
        f'<span class="hilnb-muted">{now:%H:%M} UTC</span></div>'
    )


def cells(listed: Listed) -> str:
    """A thread's row of the live list: a line for each thing it asks."""
    return "".join(_line(listed, who, asks, number == 0) for number, (who, asks) in enumerate(listed.lines))


def titles() -> str:
    """What the columns of the live list are."""
    thread, node, asks, since = TITLES
    return (
        f'<div class="hilnb-waits hilnb-titles"><span></span><span class="hilnb-id">{thread}</span><span>{node}</span>'
        f'<span>{asks}</span><span class="hilnb-since">{since}</span></div>'
    )


def _line(listed: Listed, who: str, asks: str, first: bool) -> str:
    dot = f'<span class="hilnb-dot hilnb-{listed.status}"></span>' if first else "<span></span>"
    thread = _cell("id", listed.thread if first else "")
    since = f'<span class="hilnb-since hilnb-label" title="{listed.exact}">{listed.since if first else ""}</span>'
    return f'<div class="hilnb-waits">{dot}{thread}{_cell("node", who)}{_cell("said", asks, listed.note)}{since}</div>'


def _cell(style: str, text: str, note: str = "") -> str:
    shown = html.escape(visible(text))
    noted = note and f'<span class="hilnb-muted">({note})</span> '
    return f'<span class="hilnb-{style}" title="{shown}">{noted}{shown}</span>'


def record(rows: Iterable[Listed], said: str, now: datetime, hint: str) -> str:
    """The list as a static table, with exact times: it is read some other day."""
    return f'{STYLE}<div class="hilnb {NO_MATHS}">{static([], list(rows), said, now, hint)}</div>'


def static(
    tables: Iterable[tuple[Table, Iterable[Listed]]], others: list[Listed], said: str, now: datetime, hint: str
) -> str:
    """What `record` and a saved notebook show of the list, with its own style."""
    told = hint and preformatted(hint, "hilnb-muted")
    at = f'<span class="hilnb-muted">{exact(now)}</span>'
    shown = "".join(table_page.static(table, rows) for table, rows in tables)
    shown += '<div class="hilnb-named"><b>Others</b></div>' if shown and others else ""
    return f'{TABLE_STYLE}<div class="hilnb-head"><b>{said}</b>{at}</div>{shown}{_static(others)}{told}'


def _static(rows: list[Listed]) -> str:
    """The rows that stand in no table; there is a column for answers where one was given."""
    thread, node, asks, since = TITLES
    has_answers = any(listed.answered for listed in rows)
    titles = (thread, node, asks, "Answer", since) if has_answers else TITLES
    names = "".join(f"<th>{name}</th>" for name in titles)
    body = "".join(_rows(listed, has_answers) for listed in rows)
    return body and f'<table class="hilnb-table"><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>'


def _rows(listed: Listed, has_answers: bool) -> str:
    pieces = []
    for told in listed.answered:
        answer = f'{html.escape(visible(told.answer))}<div class="hilnb-when">{told.at}</div>'
        pieces.append((*map(_shown, (listed.thread, told.who, told.asks)), answer, ""))
    thread = "" if listed.answered else listed.thread
    for number, (who, asks) in enumerate(listed.lines):
        first = (thread, listed.exact) if number == 0 else ("", "")
        noted = f"({listed.note}) {asks}" if listed.note else asks
        no_answer = [""] if has_answers else []
        pieces.append((*map(_shown, (first[0], who, noted)), *no_answer, first[1]))
    return "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in piece)}</tr>" for piece in pieces)


def _shown(text: str) -> str:
    return html.escape(visible(text))
