"""A person fills in the form of a nested pydantic model with the keyboard alone: in JupyterLab, in a real browser."""

from __future__ import annotations

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

EVIL = "<img src=x onerror=window.hacked=1>"

BOOKING = f'''
from typing import Annotated, Literal, TypedDict
import hilnb
from hilnb import END, START, MemorySaver, StateGraph, interrupt
from pydantic import BaseModel, Field, field_validator

class Guest(BaseModel):
    """{EVIL}"""
    name: str

    @field_validator("name")
    @classmethod
    def known(cls, name):
        if name == "Bob":
            raise ValueError("Bob was here, and left no money")
        return name

class Contact(BaseModel):
    phone: str = Field(pattern="^[0-9 ]+$", description="{EVIL}")

class Booking(BaseModel):
    guests: Annotated[list[Guest], Field(min_length=1, max_length=3)]
    room: Literal["garden", "{EVIL}"]
    nights: Annotated[int, Field(ge=1, le=14)] = 2
    contact: Contact | None = None
    paper: bytes | None = Field(None, title="Letter")

class State(TypedDict):
    booking: object

def book(state):
    return {{"booking": interrupt("When will you come?", response_schema=Booking)}}

builder = StateGraph(State).add_node(book).add_edge(START, "book").add_edge("book", END)
graph = builder.compile(checkpointer=MemorySaver())
'''


def test_a_nested_model_is_filled_in_with_the_keyboard_in_a_narrow_window(open_notebook, server):
    server.use_theme("JupyterLab Dark")
    start = "run = hilnb.run(graph, {}, thread_id='1')"
    notebook = open_notebook([BOOKING, start, "print(run.state)"], name="filling.ipynb", width=600)
    server.use_theme("JupyterLab Light")
    notebook.run_cell(0)
    expect(notebook.page.locator(".jp-InputPrompt").nth(0)).to_contain_text("[1]")
    notebook.run_cell(1)
    form, keys = notebook.output(1), notebook.page.keyboard
    focused = notebook.page.locator(":focus")
    expect(form.get_by_label("Name", exact=True)).to_be_focused()

    keys.type("Bob")
    keys.press("Enter")  # the room is missing
    expect(notebook.text(1, "Choose one first.")).to_be_visible()
    expect(form.get_by_label("garden", exact=True)).to_be_focused()
    keys.press("Space")
    keys.press("Tab")
    keys.press("Tab")
    expect(form.get_by_label("Nights", exact=True)).to_be_focused()
    keys.press("Control+a")
    keys.type("99")
    keys.press("Enter")
    expect(notebook.text(1, "Must be at most 14.")).to_be_visible()
    expect(form.get_by_label("Nights", exact=True)).to_be_focused()
    keys.press("Control+a")
    keys.type("3")

    form.get_by_role("button", name="Add Guest").focus()
    keys.press("Enter")
    expect(form.get_by_label("Name", exact=True).nth(1)).to_be_focused()
    keys.type(EVIL)
    keys.press("Tab")
    expect(focused).to_have_text("Remove")
    form.get_by_label("Contact", exact=True).focus()
    keys.press("Space")
    expect(form.get_by_label("Phone", exact=True)).to_be_visible()
    keys.press("Tab")
    expect(form.get_by_label("Phone", exact=True)).to_be_focused()
    keys.type("12 34")
    keys.press("Tab")
    expect(focused).to_contain_text("Choose a file")
    with notebook.page.expect_file_chooser(timeout=5_000) as chooser:
        focused.click()
    chooser.value.set_files({"name": f"{EVIL}.txt", "mimeType": "text/plain", "buffer": b"abc"})
    expect(notebook.text(1, "3 bytes")).to_be_visible()
    assert form.evaluate("output => output.scrollWidth - output.clientWidth") <= 0

    form.get_by_label("Phone", exact=True).focus()
    keys.press("Enter")  # complete, but Bob is not welcome
    expect(notebook.text(1, "Is refused: Bob was here")).to_be_visible()
    expect(form.get_by_label("Name", exact=True).first).to_be_focused()
    keys.press("Control+a")
    keys.type("Ada")
    keys.press("Enter")

    notebook.expect_finished(1)
    expect(notebook.text(1, f"Name: {EVIL}")).to_be_visible()
    notebook.run_cell(2)
    expect(notebook.output(2)).to_contain_text("Booking(guests=[Guest(name='Ada'), Guest(name='<img")
    expect(notebook.output(2)).to_contain_text("nights=3, contact=Contact(phone='12 34'), paper=b'abc')")
    assert notebook.page.evaluate("window.hacked") is None
    expect(form.locator("img[src=x]")).to_have_count(0)
    assert not notebook.script_errors
