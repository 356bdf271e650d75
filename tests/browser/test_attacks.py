"""Script and markup through every text that reaches the page: nothing runs, live, kept, reopened or exported.

What a node displays as HTML or Markdown is not tried: that is the developer's own, and runs as in any cell.
"""

from __future__ import annotations

import nbformat
import pytest
from nbconvert import HTMLExporter

expect = pytest.importorskip("playwright.sync_api").expect

PAYLOADS = """
FIRE = "top.fired=(top.fired??[]).concat(`PLACE`)"
ATTACKS = [
    f'<script>{FIRE}</script>',
    f'<img src=x onerror="{FIRE}">',
    f'<svg onload="{FIRE}"><script>{FIRE}</script></svg>',
    f'<iframe srcdoc="<img src=x onerror=\\'{FIRE}\\'>"></iframe>',
    f'<iframe src="javascript:{FIRE}"></iframe>',
    f'<a href="javascript:{FIRE}">link</a>',
    f'[link](javascript:{FIRE}) ![x](x" onerror="{FIRE})',
    f'" autofocus onfocus="{FIRE}" onmouseover="{FIRE}" x="',
    f"' autofocus onfocus='{FIRE}' onmouseover='{FIRE}' x='",
    f'</pre></div></textarea></title></option><img src=x onerror="{FIRE}">',
    f'</style></svg><style>body {{ --fired: 1 }}</style><img src=x onerror="{FIRE}">',
    f'--> ]]> <![CDATA[ <img src=x onerror="{FIRE}"> ]]>',
    f'<details open ontoggle="{FIRE}">', f'<math><mtext><img src=x onerror="{FIRE}">',
    f'<form><button formaction="javascript:{FIRE}">', '<base href="https://attack.invalid/">',
    '<meta http-equiv="refresh" content="0;url=https://attack.invalid/">',
    '${top.fired=[1]} {{top.fired=[1]}} {{constructor.constructor("top.fired=[1]")()}} <%= 1 %> `${1}`',
    '$$\\\\href{javascript:top.fired=[1]}{x}$$',
]

def evil(place, short=False):
    attacks = ATTACKS[1:3] if short else ATTACKS
    return "".join(attacks).replace("PLACE", place)
"""

GRAPH = (
    PAYLOADS
    + """
import operator
from typing import Annotated, Any, TypedDict
import hilnb
from hilnb import END, START, SqliteSaver, StateGraph, interrupt
from hilnb.messages import AIMessage, HumanMessage, ToolMessage
from hilnb.models import ScriptedModel

State = TypedDict("State", {evil("state key"): str, "messages": Annotated[list, operator.add], "out": Any})
NODE, TOOL = evil("node", short=True), evil("tool")
ARGS = {evil("argument"): evil("argument's value"), "long": evil("long") * 3}

def say(state):
    print(evil("printed"))
    call = {"name": TOOL, "args": ARGS, "id": evil("call")}
    said = ScriptedModel([AIMessage(evil("model"), tool_calls=[call])]).invoke([HumanMessage("Hi")])
    return {"messages": [HumanMessage(evil("human")), said, ToolMessage(evil("result"), tool_call_id="1")]}

def ask(state):
    title = {"title": evil("title"), "description": evil("description")}
    interrupt({evil("question's key"): evil("question's value")}, response_schema={"type": "object", **title})
    interrupt(evil("question"), response_schema={"enum": [evil("option"), "yes"], **title})
    request = {"name": TOOL, "args": ARGS, "description": evil("action")}
    allowed = ["approve", "edit", "reject", "respond"]
    review = [{"action_name": TOOL, "allowed_decisions": allowed}]
    interrupt({"action_requests": [request], "review_configs": review})
    return {"out": {evil("update's key"): evil("update's value")}}

exec(compile("def fail(state):\\n    raise ValueError(evil('error'))", evil("file name"), "exec"))

def build(last):
    builder = StateGraph(State).add_node("say", say).add_node(NODE, ask, metadata={"note": evil("metadata")})
    builder.add_node("last", last).add_edge(START, "say").add_edge("last", END)
    builder.add_conditional_edges("say", lambda state: evil("edge"), {evil("edge"): NODE, evil("other edge"): END})
    return builder.add_edge(NODE, "last").compile(checkpointer=SqliteSaver(":memory:"), name=evil("title"))

APPROVED = {"decisions": [{"type": "respond", "message": evil("response")}]}

def show(last, thread, answers):
    run = hilnb.run(build(last), {evil("state key"): evil("state")}, thread_id=evil(thread))
    for answer in answers:
        run.submit(answer)
    run.wait_until_standing()
    return run
"""
)

ANSWERS = ["{evil('answer'): 1}", "evil('option')", "APPROVED"]
CELLS = [
    GRAPH,
    "build(fail)",
    *(f"paused_{n} = show(fail, 'thread', [{', '.join(ANSWERS[:n])}])" for n in range(len(ANSWERS))),
    f"failed = show(fail, 'thread', [{', '.join(ANSWERS)}])",
    f"finished = show(lambda state: None, 'thread', [{', '.join(ANSWERS)}])",
    "print(finished); finished.why(), finished",
    "paused_0.submit(evil('wrong'), to=evil('to'))",
    "hilnb.ask(build(fail), evil('nothing'))",
]
PAUSED, FAILED, FINISHED, TOLD = range(2, 5), 5, 6, 7

WOULD_RUN = """() => [...document.querySelectorAll('.jp-OutputArea-output')].flatMap(output =>
    [...output.querySelectorAll('*')].filter(found =>
        [...found.attributes].some(a => /^on/i.test(a.name) || /^\\s*javascript:/i.test(a.value))
        || found.matches('script:not([type$=json]), base, meta, iframe')
    ).map(found => found.outerHTML.slice(0, 200)))"""


def expect_nothing_ran(page):
    """No handler fired, none is there that could, and no style got out."""
    page.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.wait_for_function("() => [...document.images].every(image => image.complete)")
    assert page.evaluate("() => top.fired ?? []") == []
    assert page.evaluate("() => getComputedStyle(document.body).getPropertyValue('--fired')") == ""
    assert page.evaluate(WOULD_RUN) == []
    assert page.locator(".hilnb mjx-container").count() == 0  # no text is read as a formula


def test_no_text_runs_as_script_live_kept_reopened_or_exported(open_notebook, server, browser):
    notebook = open_notebook(CELLS, name="attacks.ipynb", height=3000)
    for index in range(TOLD + 1):
        notebook.run_cell(index)
    expect(notebook.output(TOLD)).to_contain_text("finished", timeout=30_000)
    for index in (TOLD + 1, TOLD + 2):  # one after the other: an error calls off what is queued
        notebook.run_cell(index)
        expect(notebook.output(index)).to_contain_text("Traceback")
    notebook.button(PAUSED[0]).click()
    expect(notebook.output(PAUSED[0]).get_by_role("alert")).to_be_visible()
    expect(notebook.output(PAUSED[2]).get_by_label("Respond")).to_be_visible()
    expect(notebook.button(FAILED, "Retry")).to_be_visible()
    notebook.expect_finished(FINISHED)
    expect_nothing_ran(notebook.page)
    notebook.save()
    notebook.close()

    exported = exported_html(server.folder / "attacks.ipynb")
    for changed in (False, True):
        if changed:  # by somebody else: no longer trusted
            change(server.folder / "attacks.ipynb")
        again = open_notebook(name="attacks.ipynb", height=3000)
        trusted = again.page.evaluate("() => jupyterapp.shell.currentWidget.content.model.cells.get(6).trusted")
        assert trusted is not changed
        for index, told in ((PAUSED[0], "Left unfinished"), (FAILED, "Failed"), (FINISHED, "Finished")):
            expect(again.text(index, told).first).to_be_visible()
        expect_nothing_ran(again.page)
        again.close()

    page = browser.new_page(offline=True)
    page.goto(exported.as_uri(), wait_until="domcontentloaded")
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    expect_nothing_ran(page)
    page.evaluate("() => { document.body.innerHTML = '<img src=x onerror=\"top.fired = [1]\">' }")
    page.wait_for_function("() => top.fired")  # what does run is noticed
    page.close()


def change(path):
    """Change a notebook outside of Jupyter."""
    notebook = nbformat.read(path, 4)
    notebook.cells[FINISHED].outputs[0].data["text/plain"] += "."
    nbformat.write(notebook, path)


def exported_html(path):
    """The notebook as nbconvert exports it."""
    html, _ = HTMLExporter().from_filename(str(path))
    exported = path.with_suffix(".html")
    exported.write_text(html)
    return exported
