"""Lesson 11 with its import lines changed as it says: on LangGraph every cell but the picture says the same."""

import re
from configparser import ConfigParser
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
MADE_UP = ConfigParser(interpolation=None)
MADE_UP.read(ROOT / "tests" / "nbval.cfg")


def the_cell(notebook, tag):
    [cell] = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
    return cell


def said(notebook):
    """What each cell but the picture says, as nbval compares it: without ids, styles and places in a picture."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.metadata.get("tags") != ["picture"]]
    return {cell.id: [same_each_time(kind, text) for kind, text in texts(cell)] for cell in cells}


def texts(cell):
    return [each for output in cell.outputs for each in output.get("data", {"text": output.get("text")}).items()]


def same_each_time(kind, text):
    for rule in MADE_UP.values():
        text = re.sub(rule["regex"], rule["replace"], text) if "regex" in rule else text
    return kind, text


def test_the_lesson_says_the_same_on_langgraph():
    notebook = nbformat.read(ROOT / "notebooks" / "11_to_langgraph_and_back.ipynb", 4)
    here = said(notebook)
    imports, picture = the_cell(notebook, "imports"), the_cell(notebook, "picture")
    imports.source = imports.source.replace("hilnb", "langgraph")
    picture.source = "print(type(graph).__module__)"  # a picture of LangGraph's comes over the network

    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()

    assert picture.outputs[0].text == "langgraph.graph.state\n"
    assert said(notebook) == here
