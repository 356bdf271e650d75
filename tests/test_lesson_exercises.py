"""The exercises of the lessons: as they are found they say what is missing, and the folded solution solves them."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

LESSONS = sorted(Path(__file__).parent.parent.glob("notebooks/*.ipynb"))
WITH_EXERCISE = [path for path in LESSONS if "hilnb.exercise(" in path.read_text()]

over_the_exercises = pytest.mark.parametrize("path", WITH_EXERCISE, ids=lambda path: path.stem)


def section(path):
    """The lesson's imports; the code cells of its exercise, the last of which is the check; and the solution."""
    cells = nbformat.read(path, 4).cells
    begun = next(n for n, cell in enumerate(cells) if re.match(r"## .*[Ee]xercise", cell.source))
    imports = re.findall(r"^(?:from \S+ )?import .*$", cells_text(cells[:begun]), flags=re.MULTILINE)
    code = [cell.source for cell in cells[begun:] if cell.cell_type == "code"]
    [solution] = re.findall(r"<summary>A solution</summary>\n\n```python\n(.*?)```", cells_text(cells), flags=re.DOTALL)
    return "\n".join(imports), code, solution


def cells_text(cells):
    return "\n".join(cell.source for cell in cells)


def checked(*pieces):
    """What the last expression of the last piece, the check, is when the pieces have run in order."""
    names = {"__name__": "lesson"}
    before, check = "\n".join(pieces).split("hilnb.exercise(")
    exec(compile(before, "lesson", "exec", dont_inherit=True), names)
    return eval(f"hilnb.exercise({check}".strip(), names)


@over_the_exercises
def test_an_exercise_is_found_unsolved_with_its_hint(path):
    imports, code, _ = section(path)

    check = checked(imports, *code)

    assert not check
    assert "Hint: " in check.text


@over_the_exercises
def test_the_folded_solution_solves_the_exercise(path):
    imports, code, solution = section(path)

    check = checked(imports, code[0], solution, code[-1])

    assert check, check.text
