"""Lesson 09 as a student reads it: the kernel is really restarted in the middle."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

expect = pytest.importorskip("playwright.sync_api").expect

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "09_over_a_restart.ipynb"


def test_the_order_begun_before_the_restart_is_finished_after_it(server, open_notebook):
    notebook = nbformat.read(LESSON, 4)
    code = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    place = {cell.source.partition("\n")[0]: n for n, cell in enumerate(notebook.cells)}
    after, asked = place["# After the restart go on here."], place['run = hilnb.ask(graph, "hat", unattended=["red"])']
    for n in code:
        notebook.cells[n].outputs = []
    nbformat.write(notebook, server.folder / LESSON.name)
    lesson = open_notebook(name=LESSON.name)

    for n in [n for n in code if n < after]:
        lesson.run_cell(n)
    expect(lesson.output(place['thread = {"configurable": {"thread_id": "hat"}}'])).to_contain_text("Which colour")
    lesson.restart()
    for n in [*code[:4], *(n for n in code if after <= n <= asked)]:
        lesson.run_cell(n)
    lesson.field(asked).fill("green")
    lesson.button(asked).click()
    lesson.expect_finished(asked)
    for n in [n for n in code if n > asked]:
        lesson.run_cell(n)

    expect(lesson.output(asked + 1)).to_contain_text("('hat', 'receipt 1', 'green')")
    expect(lesson.output(place['"begun_here" in globals()'])).to_contain_text("False")
    expect(
        lesson.output(
            place['calls = StateGraph(Call).add_node(dial).add_edge(START, "dial").compile(checkpointer=saver)']
        )
    ).to_contain_text("the key 'line'")
    assert not (server.folder / "lesson_09.sqlite").exists()
    assert not lesson.script_errors
