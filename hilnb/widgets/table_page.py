"""A table of waiting questions as HTML; what comes from threads passes through `html.escape` here."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from hilnb.widgets.listed import Answered, Listed
from hilnb.widgets.tables import Table, title_of
from hilnb.widgets.visible import visible

FOLDED_FROM = 240
"""Characters of a cell that are shown without a click."""

LONG = 40
"""Characters of a cell that is given room in a saved notebook."""

BEGINNING = 120
"""Characters that are shown of a longer one."""

TABLED_STYLE = """<style>
.hilnb .hilnb-tabled .hilnb-rows, .hilnb .hilnb-heads { grid-template-columns: 18px minmax(0, 1fr) 74px; }
.hilnb .hilnb-tabled .hilnb-rows > .hilnb-cells::before { left: -30px; }
.hilnb .hilnb-tick { width: 18px; height: 20px; margin: 4px 0 0; min-width: 0; }
.hilnb .hilnb-tick .widget-label-basic { width: 18px; height: 20px; gap: 0; overflow: hidden; padding: 0; }
.hilnb .hilnb-tick input { margin: 3px; flex: none; }
.hilnb .hilnb-tick span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.hilnb .hilnb-tick :focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
.hilnb .hilnb-tabled { margin: 2px 0 14px; }
.hilnb .hilnb-asked { display: grid; grid-template-columns: var(--hilnb-columns); gap: 0 14px; align-items: baseline; }
.hilnb .hilnb-asked > * { min-width: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.hilnb .hilnb-asked .hilnb-id { font-weight: 600; padding-left: 1.1em; position: relative; }
.hilnb .hilnb-asked .hilnb-dot { position: absolute; left: 0; top: .42em; }
.hilnb .hilnb-asked summary { white-space: normal; color: inherit; }
.hilnb .hilnb-heads { display: grid; gap: 0 12px; padding-right: 4px; align-items: center; overflow: visible; }
.hilnb .hilnb-heads .hilnb-cells { overflow: visible; }
.hilnb .hilnb-columns { gap: 0 14px; overflow: visible; flex: 1 1 auto; }
.hilnb .hilnb-heads .jupyter-button { width: auto; height: 22px; line-height: 20px; margin: 0; padding: 0;
  background: none; box-shadow: none; text-align: left; color: var(--jp-ui-font-color2, #616161); overflow: hidden;
  text-overflow: ellipsis; justify-content: flex-start; }
.hilnb .hilnb-heads .hilnb-cells > * > .jupyter-button:first-child { padding-left: 1.1em; }
.hilnb .hilnb-heads .jupyter-button:hover { color: var(--jp-ui-font-color1, #212121); text-decoration: underline; }
.hilnb .hilnb-heads .jupyter-button:focus-visible, .hilnb .hilnb-together-bar :focus-visible {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 2px; }
.hilnb .hilnb-heads .hilnb-tick { margin: -2px 0 0; }
.hilnb .hilnb-together-bar { border-top: 1px solid var(--jp-border-color2, #e0e0e0); padding: 6px 0 2px 30px;
  margin-right: 4px; }
.hilnb .hilnb-together-bar .hilnb-actions { align-items: center; margin: 2px 0; }
.hilnb .hilnb-together-bar .hilnb-actions .widget-text { width: auto; flex: 1 1 16em; max-width: 34em; margin: 0; }
.hilnb .hilnb-together-bar .hilnb-actions .widget-label { width: auto; margin-right: 8px; }
.hilnb .hilnb-form.hilnb-together-bar { border-left: none; margin: 0 4px 0 0; padding: 6px 0 2px 30px; }
.hilnb .hilnb-together-bar .jupyter-button { width: auto; height: 26px; line-height: 24px; padding: 0 12px;
  background: none; border: 1px solid var(--jp-border-color1, #bdbdbd); border-radius: 3px; box-shadow: none; }
.hilnb .hilnb-actions .jupyter-button:disabled { opacity: .55; cursor: default; }
@container (max-width: 560px) {
  .hilnb .hilnb-asked { grid-template-columns: fit-content(60%) minmax(0, 1fr); }
  .hilnb .hilnb-asked > [data-name] { grid-column: 1 / -1; padding-left: 1.1em; }
  .hilnb .hilnb-asked > [data-name]:not(:empty)::before { content: attr(data-name) ": ";
    color: var(--jp-ui-font-color2, #616161); }
  .hilnb .hilnb-asked .hilnb-stands { grid-area: 1 / 2; text-align: right; }
  .hilnb .hilnb-cells .hilnb-columns { display: flex !important; flex-flow: row wrap; gap: 0 16px; }
}
</style>"""


def columns_of(table: Table) -> str:
    """How wide the columns are, for a style: the thread, what is asked, how it stands."""
    asked = " ".join(f"minmax(3em, {width}fr)" for width in table.widths)
    return f"8em {asked} minmax(8em, 12em)"


def title(table: Table, count: int) -> str:
    """What stands above a table."""
    return named(table, f", {count or 'none'} wait{'s' if count == 1 else ''}")


def named(table: Table, more: str = "") -> str:
    """What the table is about, who asks, and more."""
    about, who = title_of(table)
    style = ' class="hilnb-tool"' if table.tool else ""
    said = (
        f'<b{style}>{html.escape(visible(about))}</b><span class="hilnb-muted">{html.escape(visible(who))}{more}</span>'
    )
    return f'<div class="hilnb-named">{said}</div>'


def cells(listed: Listed, table: Table) -> str:
    """A row of the live table."""
    asked = "".join(
        f'<span data-name="{html.escape(visible(name))}">{_folded(text)}</span>'
        for name, text in zip(table.columns, listed.cells)
    )
    stands = html.escape(visible(listed.went)) or f'<span class="hilnb-muted">{html.escape(stands_of(listed))}</span>'
    return (
        f'<div class="hilnb-asked" style="--hilnb-columns: {columns_of(table)}"><span class="hilnb-id">'
        f'<span class="hilnb-dot hilnb-{listed.status}"></span>{html.escape(visible(listed.thread))}</span>{asked}'
        f'<span class="hilnb-stands" title="{html.escape(listed.exact)}">{stands}</span></div>'
    )


def stands_of(listed: Listed) -> str:
    """How a thread stands that nobody has answered here."""
    return f"asked {listed.since}" if listed.since else "asks"


def static(table: Table, rows: Iterable[Listed]) -> str:
    """A table as a saved notebook keeps it: each answer beside its question, and what still waits."""
    names = ("Thread", *table.columns, "Answer", "State")
    heads = "".join(f"<th>{html.escape(visible(name))}</th>" for name in names)
    body = "".join(_static_rows(listed, table) for listed in rows)
    return f'{named(table)}<table class="hilnb-table"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _static_rows(listed: Listed, table: Table) -> str:
    """A line for each answer, and one for what is asked now."""
    asks = listed.status == "asking"
    lines = [_static_row(listed.thread, _asked(told, table), told, "") for told in listed.answered]
    if lines and not asks:
        lines[-1] = _static_row(
            listed.thread, _asked(listed.answered[-1], table), listed.answered[-1], _without(listed)
        )
    if asks or not lines:
        state = "asks again" if listed.answered else listed.went or f"asked {listed.exact}".strip()
        lines.append(_static_row(listed.thread, listed.cells, None, state))
    return "".join(lines)


def _asked(told: Answered, table: Table) -> tuple[str, ...]:
    """The cells of an answered question; of one of another form, what it was in the first of them."""
    return told.cells or (visible(f"{told.who}: {told.asks}"), *[""] * (len(table.columns) - 1))


def _without(listed: Listed) -> str:
    """How it went on, without the answer, which has a column of its own."""
    said = listed.answered[-1].answer
    return listed.went.removeprefix(said).lstrip("· ")


def _static_row(thread: str, asked: Sequence[str], told: Answered | None, state: str) -> str:
    answer = "" if told is None else f'{html.escape(visible(told.answer))}<div class="hilnb-when">{told.at}</div>'
    wide = [' class="hilnb-long"' if len(text) > LONG else "" for text in asked]
    shown = "".join(f"<td{style}>{_folded(text)}</td>" for style, text in zip(wide, asked))
    first, last = html.escape(visible(thread)), html.escape(visible(state))
    return f"<tr><td>{first}</td>{shown}<td>{answer}</td><td>{last}</td></tr>"


def _folded(text: str) -> str:
    """A cell; the end of a long text is folded, and how long it is stands where it can be unfolded."""
    if len(text) <= FOLDED_FROM:
        return html.escape(text)
    return (
        f"<details><summary>{html.escape(text[:BEGINNING])}… ({len(text):,} characters)</summary>"
        f"{html.escape(text)}</details>"
    )
