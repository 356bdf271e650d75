"""A person at a paused run: in JupyterLab, in a real browser."""

from __future__ import annotations

import pytest

from tests.engines import IMPORTS as IMPORTS_OF

expect = pytest.importorskip("playwright.sync_api").expect

IMPORTS = """
import operator
from typing import Annotated, Any, TypedDict
import hilnb
from hilnb import END, START, Command, MemorySaver, StateGraph, interrupt

ran = []

class State(TypedDict):
    input: Any
    said: Annotated[list, operator.add]
"""

CHAIN = (
    IMPORTS
    + """
def step_1(state):
    print("---Step 1---")

def human_feedback(state):
    return {"said": [interrupt("Please provide feedback:")]}

def step_3(state):
    ran.append(state["said"])
    print("---Step 3---")

builder = StateGraph(State).add_node(step_1).add_node(human_feedback).add_node(step_3)
builder.add_edge(START, "step_1").add_edge("step_1", "human_feedback").add_edge("human_feedback", "step_3")
graph = builder.add_edge("step_3", END).compile(checkpointer=MemorySaver())
"""
)

START_RUN = 'run = hilnb.run(graph, {"input": "hello"}, thread_id="1")'
THREAD = 'thread = {"configurable": {"thread_id": "1"}}'


def test_run_all_waits_for_the_answer_and_goes_on_with_it(open_notebook, engine):
    ours = "\nfrom hilnb import END, START, Command, MemorySaver, StateGraph, interrupt\n"
    chain = CHAIN.replace(ours, IMPORTS_OF[engine.name])
    cells = [chain, START_RUN, "state = await run", "print(*state['said'], ran)"]
    notebook = open_notebook(cells, name=f"run-all-{engine.name}.ipynb")
    notebook.run_all()
    panel = notebook.output(1)
    expect(panel.locator("svg").get_by_text("human_feedback").filter(visible=True)).to_be_visible()
    expect(notebook.text(1, "---Step 1---")).to_be_visible()
    expect(panel.get_by_role("status")).to_contain_text("Waiting for your answer")
    expect(notebook.text(1, "Please provide feedback:")).to_be_visible()

    # Letter by letter: a kernel that takes clicks while a cell awaits must take every letter before them, too.
    notebook.field(1).press_sequentially("go to step 3!", delay=20)
    notebook.button(1).click()

    expect(notebook.output(3)).to_contain_text("go to step 3! [['go to step 3!']]")
    notebook.expect_finished(1)
    expect(notebook.text(1, "---Step 3---")).to_be_visible()
    expect(notebook.text(1, "go to step 3!")).to_have_count(3)  # answer, update, final state
    assert not notebook.script_errors


def test_a_double_click_answers_once(open_notebook):
    notebook = open_notebook([CHAIN, START_RUN, "print(len(ran), ran)"])
    notebook.run_cell(0)
    notebook.run_cell(1)

    notebook.field(1).fill("once")
    notebook.button(1).dblclick()

    notebook.expect_finished(1)
    notebook.run_cell(2)
    expect(notebook.output(2)).to_contain_text("1 [['once']]")


def test_the_cursor_is_in_the_field_and_enter_twice_answers_once(open_notebook):
    notebook = open_notebook([CHAIN, START_RUN, "print(len(ran), ran)"])
    notebook.run_cell(0)
    notebook.run_cell(1)
    expect(notebook.field(1)).to_be_focused()

    notebook.page.keyboard.type("by keyboard")
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.press("Enter")

    notebook.expect_finished(1)
    notebook.run_cell(2)
    expect(notebook.output(2)).to_contain_text("1 [['by keyboard']]")


def test_an_empty_answer_is_asked_for_beside_the_field(open_notebook):
    notebook = open_notebook([CHAIN, START_RUN])
    notebook.run_all()

    notebook.button(1).click()

    expect(notebook.output(1).get_by_role("alert")).to_contain_text("Type an answer first.")
    expect(notebook.field(1)).to_be_focused()
    notebook.field(1).fill("now")
    notebook.button(1).click()
    notebook.expect_finished(1)


def test_an_answer_typed_and_sent_while_the_kernel_is_busy_arrives_whole(open_notebook):
    busy = "import time\nfrom pathlib import Path\nwhile not Path('go').exists(): time.sleep(0.05)"
    notebook = open_notebook([CHAIN, START_RUN, busy])
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.field(1).wait_for()
    notebook.run_cell(2)
    expect(notebook.page.locator(".jp-InputPrompt").nth(2)).to_contain_text("[*]")

    notebook.field(1).press_sequentially("a whole sentence")
    notebook.button(1).click()
    notebook.create_file("go")

    notebook.expect_finished(1)
    expect(notebook.text(1, "a whole sentence", exact=True)).to_be_visible()


def test_an_answer_after_the_thread_moved_on_is_refused_and_nothing_runs_twice(open_notebook):
    by_hand = f'{THREAD}\ngraph.invoke(Command(resume="by hand"), thread)'
    notebook = open_notebook([CHAIN, START_RUN, by_hand, "print(len(ran), ran)"])
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.field(1).wait_for()
    notebook.run_cell(2)
    expect(notebook.output(2)).to_contain_text("by hand")

    notebook.field(1).fill("too late")
    notebook.button(1).click()

    expect(notebook.output(1)).to_contain_text("no longer open")
    expect(notebook.output(1)).to_contain_text("too late")
    notebook.run_cell(3)
    expect(notebook.output(3)).to_contain_text("1 [['by hand']]")


def test_a_node_error_shows_its_traceback_and_retry_goes_on(open_notebook):
    flaky = f"""{IMPORTS}
def flaky(state):
    ran.append(1)
    if len(ran) == 1:
        raise ValueError("no such <city>")
    return {{"said": ["found"]}}

graph = StateGraph(State).add_node(flaky).add_edge(START, "flaky").add_edge("flaky", END)
graph = graph.compile(checkpointer=MemorySaver())
"""
    notebook = open_notebook([flaky, START_RUN, "await run"])
    notebook.run_all()
    panel = notebook.output(1)
    expect(panel.get_by_role("status")).to_contain_text("Failed in flaky: ValueError: no such <city>")
    expect(notebook.output(2)).to_contain_text("ValueError: no such <city>")  # Run All stops here
    notebook.text(1, "Traceback", exact=True).click()
    expect(panel.locator("details").filter(visible=True)).to_contain_text("in flaky")

    notebook.button(1, "Retry").dblclick()

    notebook.expect_finished(1)
    notebook.run_cell(2)
    expect(notebook.output(2)).to_contain_text("'said': ['found']")


def test_two_parallel_questions_are_answered_in_any_order(open_notebook):
    parallel = f"""{IMPORTS}
def left(state): return {{"said": ["L " + interrupt("Left?")]}}
def right(state): return {{"said": ["R " + interrupt({{"to check": "Right?", "parts": [1, 2]}})]}}
builder = StateGraph(State).add_node(left).add_node(right).add_edge(START, "left").add_edge(START, "right")
graph = builder.compile(checkpointer=MemorySaver())
"""
    notebook = open_notebook([parallel, START_RUN])
    notebook.run_all()
    fields, buttons = notebook.field(1), notebook.button(1)
    expect(fields).to_have_count(2)
    expect(notebook.text(1, "Right?")).to_be_visible()

    fields.nth(1).fill("two")
    buttons.nth(1).click()
    expect(notebook.text(1, "1 of 2 answered. The run goes on when all are.")).to_be_visible()
    expect(notebook.text(1, "right → two")).to_be_visible()
    expect(fields.nth(1)).to_be_disabled()
    fields.nth(0).fill("one")
    buttons.nth(0).click()

    notebook.expect_finished(1)
    expect(notebook.text(1, "['L one', 'R two']")).to_be_visible()


def test_hostile_text_runs_nothing_live_or_in_the_record(open_notebook):
    hostile = f"""{IMPORTS}
EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
EVIL += '</pre></div><iframe srcdoc="<script>parent.hacked=1</script>">'
def ask(state):
    print(EVIL)
    return {{"said": [EVIL, interrupt(EVIL), interrupt({{EVIL: [EVIL]}})]}}
def fail(state):
    if not ran:
        ran.append(1)
        raise ValueError(EVIL)
builder = StateGraph(State).add_node(EVIL, ask).add_node("fail", fail)
builder.add_edge(START, EVIL).add_edge(EVIL, "fail").add_edge("fail", END)
graph = builder.compile(checkpointer=MemorySaver())
"""
    notebook = open_notebook([hostile, 'run = hilnb.run(graph, {"input": EVIL}, thread_id=EVIL)', "print(run)", "run"])
    evil = '<img src=x onerror="window.hacked=1">'
    notebook.run_cell(0)
    notebook.run_cell(1)
    for answered in range(2):
        expect(notebook.text(1, "answer", exact=True)).to_have_count(answered)
        notebook.field(1).fill(evil)
        notebook.button(1).click()
    notebook.button(1, "Retry").click()
    notebook.expect_finished(1)
    notebook.run_cell(2)
    notebook.run_cell(3)
    expect(notebook.output(3)).to_contain_text("finished")

    expect(notebook.text(1, evil).first).to_be_visible()
    assert notebook.page.evaluate("window.hacked") is None
    expect(notebook.output(1).locator("iframe, script, img[src=x]")).to_have_count(0)


def test_what_a_model_says_is_seen_while_it_speaks_and_runs_nothing(open_notebook):
    talk = f"""{IMPORTS}
import time
from pathlib import Path
from hilnb.graph import MessagesState
from hilnb.models import ScriptedModel
EVIL = '<img src=x onerror="window.hacked=1">'
call = {{"name": EVIL, "args": {{}}, "id": "1"}}
model = ScriptedModel([{{"content": "one " + EVIL + " two", "tool_calls": [call]}}])

def agent(state):
    pieces = []
    for piece in model.stream(state["messages"]):
        pieces.append(piece)
        while len(pieces) == 4 and not Path("speak").exists(): time.sleep(0.05)
    return {{"messages": [pieces[0] + pieces[1:]]}}

graph = StateGraph(MessagesState).add_node(agent).add_edge(START, "agent").add_edge("agent", END)
graph = graph.compile(checkpointer=MemorySaver())
"""
    notebook = open_notebook([talk, 'run = hilnb.run(graph, {"messages": EVIL}, thread_id="1")'], name="talk.ipynb")
    evil = '<img src=x onerror="window.hacked=1">'
    notebook.run_all()
    expect(notebook.output(1).get_by_role("status")).to_contain_text("Running agent")
    expect(notebook.text(1, f"one {evil}", exact=True)).to_be_visible()

    notebook.create_file("speak")

    notebook.expect_finished(1)
    expect(notebook.text(1, f"one {evil} two", exact=True)).to_be_visible()
    expect(notebook.text(1, f"{evil}()", exact=True)).to_be_visible()
    assert notebook.page.evaluate("window.hacked") is None
    expect(notebook.output(1).locator("img[src=x]")).to_have_count(0)
    assert not notebook.script_errors


def test_a_saved_notebook_opened_again_shows_the_record(open_notebook):
    notebook = open_notebook([CHAIN, START_RUN], name="saved.ipynb")
    notebook.run_all()
    notebook.field(1).fill("kept")
    notebook.button(1).click()
    notebook.expect_finished(1)
    notebook.save()
    notebook.close()

    again = open_notebook(name="saved.ipynb")

    again.expect_finished(1)
    expect(again.text(1, "---Step 3---")).to_be_visible()
    expect(again.text(1, "kept", exact=True)).to_be_visible()
    expect(again.output(1).locator("svg, img.hilnb-still").first).to_be_visible()


def test_interrupting_the_wait_leaves_the_run_paused_and_awaiting_again_goes_on(open_notebook):
    notebook = open_notebook([CHAIN, START_RUN, "state = await run", "state = await run\nprint(state)"])
    notebook.run_all()
    notebook.field(1).wait_for()
    expect(notebook.page.locator(".jp-InputPrompt").nth(2)).to_contain_text("[*]")

    notebook.interrupt()
    expect(notebook.output(2)).to_contain_text("the run is not lost: human_feedback asks")
    notebook.run_cell(3)
    notebook.field(1).fill("later")
    notebook.button(1).click()

    expect(notebook.output(3)).to_contain_text("'said': ['later']")


def test_a_thread_paused_by_hand_gets_its_form(open_notebook):
    by_hand = f'{THREAD}\nfor event in graph.stream({{"input": "hello"}}, thread): print(event)'
    notebook = open_notebook([CHAIN, by_hand, "run = hilnb.ask(graph, thread)", "(await run)['said']"])
    notebook.run_all()
    expect(notebook.output(1)).to_contain_text("__interrupt__")

    notebook.field(2).fill("by form")
    notebook.button(2).click()

    expect(notebook.output(3)).to_contain_text("['by form']")


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_panel_fits_a_narrow_window_in_both_themes(open_notebook, server, theme):
    server.use_theme(theme)
    notebook = open_notebook([CHAIN, START_RUN], name=f"{theme}.ipynb", width=600)
    notebook.run_all()
    notebook.field(1).wait_for()

    overflow = notebook.output(1).evaluate("output => output.scrollWidth - output.clientWidth")
    color = notebook.output(1).get_by_role("status").evaluate("status => getComputedStyle(status).color")

    assert overflow <= 0
    assert brightness(color) < 100 if "Light" in theme else brightness(color) > 180
    server.use_theme("JupyterLab Light")


def brightness(color: str) -> float:
    """The mean of the three channels of `rgb(…)` or `rgba(…)`."""
    return sum(float(part) for part in color[color.index("(") + 1 :].rstrip(")").split(",")[:3]) / 3
