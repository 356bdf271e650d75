"""A list of questions and answers as YAML that people read and edit.

Written and read with PyYAML's safe half. Only what JSON has is read as more than text, so that `no`, `12:30` and
`2026-11-29` stay what they look like; `!env NAME` is what the environment variable NAME holds.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from hilnb.answers.entry import Entry, FromEnvironment
from hilnb.errors import AnswersError, did_you_mean
from hilnb.masking import MASK

__all__ = ["is_writable", "read_entries", "text_in_run", "text_of", "write_texts"]

HEAD = """\
# Questions and their answers, written by hilnb.record, given again by hilnb.replay or HILNB_ANSWERS=this file.
# An entry answers the question with its words, at its node and thread. Those of one run have the same number.
"""
KEYS = [field.name for field in fields(Entry) if field.name != "line"]


class _Reader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads a text without quotes as what it looks like."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's way


MORE_THAN_TEXT = {
    "bool": re.compile(r"^(true|false)$"),
    "null": re.compile(r"^(null|~|)$"),
    "int": re.compile(r"^[-+]?[0-9]+$"),
    "float": re.compile(r"^([-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan)$"),
}
for kind, looks in MORE_THAN_TEXT.items():
    _Reader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", looks, None)


def _from_environment(reader: _Reader, node: Any) -> FromEnvironment:
    name = str(reader.construct_scalar(node))
    if name not in os.environ:
        raise ValueError(f"!env {name}: there is no environment variable of this name")
    return FromEnvironment(name)


_Reader.add_constructor("!env", _from_environment)


class _Writer(yaml.SafeDumper):  # type: ignore[misc]
    """Writes texts of several lines as blocks, and everything in full."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(writer: _Writer, text: str) -> Any:
    style = "|" if "\n" in text else None
    if any(looks.match(text) for looks in MORE_THAN_TEXT.values()):
        style = "'"
    if not text.replace("\n", "").isprintable():  # PyYAML loses a line break of Unicode's that it does not quote
        style = '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _text)


def is_writable(answer: Any) -> bool:
    """Whether a file gives an answer back equal, and of the same types."""
    try:
        back = yaml.load(_written({"answer": answer}), _Reader)["answer"]
        return bool(_typed(back) == _typed(answer))
    except (yaml.YAMLError, RecursionError, ValueError):
        return False


def text_of(entry: Entry) -> str:
    """An entry as it stands in a file."""
    return _written([_facts(entry)])


def text_in_run(text: str, run: int) -> str:
    """The text of an entry that does not say its run, with the number of its run."""
    return text.replace("- ", f"- run: {run}\n  ", 1)


def write_texts(path: Path, texts: Iterable[str], *, keep: bool) -> None:
    """Write a file of entries, whole or not at all.

    Args:
        path: Where.
        texts: The entries, as they stand in it.
        keep: Whether to keep what stood there, as `….before`.

    Raises:
        OSError: Nothing may be written there.
    """
    beside = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write("\n".join([HEAD, *texts]))
            file.flush()
            os.fsync(file.fileno())
        if keep and path.exists():
            shutil.copy2(path, path.with_name(f"{path.name}.before"))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_entries(path: Path) -> list[Entry]:
    """What a file holds.

    Raises:
        AnswersError: It is not there or not to be read, or no list of questions and answers; the text names the line.
    """
    try:
        reader = _Reader(path.read_text(encoding="utf-8"))
        root = reader.get_single_node()
    except OSError as error:
        raise AnswersError(f"The answers file {path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or error
        raise AnswersError(f"The answers file {path}{where}, is not YAML: {problem}.") from None
    if root is None:
        return []
    if not isinstance(root, yaml.SequenceNode):
        raise AnswersError(f"The answers file {path}, line 1: expected a list, each item beginning with `- `.")
    return [_entry(reader, node, path) for node in root.value]


def _entry(reader: _Reader, node: Any, path: Path) -> Entry:
    line = node.start_mark.line + 1
    try:
        found = _found(reader, node)
        for problem in _problems(found):
            raise ValueError(problem)
    except (yaml.YAMLError, ValueError) as error:
        problem = str(getattr(error, "problem", None) or error)
        raise AnswersError(f"The answers file {path}, line {line}: {problem}.") from None
    return Entry(**found, line=line)


def _found(reader: _Reader, node: Any) -> dict[str, Any]:
    """The keys of an entry with their values; of texts, what stands there to the letter."""
    if not isinstance(node, yaml.MappingNode):
        raise ValueError("expected a question and its answer, as `question: …` and `answer: …`")
    found: dict[str, Any] = {}
    for key, value in node.value:
        if key.value in found:
            raise ValueError(f"the key {key.value!r} stands there twice")
        is_text = key.value not in ("run", "answer") and isinstance(value, yaml.ScalarNode)
        found[str(key.value)] = value.value if is_text else reader.construct_document(value)
    return found


def _problems(found: dict[str, Any]) -> Iterator[str]:
    """What is wrong with an entry."""
    for name, value in found.items():
        if name not in KEYS:
            yield f"the key {name!r} is unknown{did_you_mean(name, KEYS)}; known are {', '.join(KEYS)}"
        elif name == "run" and (type(value) is not int or value < 1):
            yield f"run: expected a number from 1 on, got {value!r:.100}"
        elif name not in ("run", "answer") and not isinstance(value, str):
            yield f"{name}: expected text, got {value!r:.100}"
    if "question" not in found:
        yield "the key 'question' is missing: the words of the question"
    if "answer" not in found:
        why = found.get("unwritten", "")
        yield f"the key 'answer' is missing{f' ({why})' if why else ''}: write the answer there"
    elif MASK in repr(found["answer"]):
        yield (
            f"the answer holds {MASK}, as a secret is never written down: put the secret into an environment variable, "
            "and write !env and its name in this place"
        )


def _facts(entry: Entry) -> dict[str, Any]:
    """An entry as it is written: what it says nothing about is left out."""
    said = {name: getattr(entry, name) for name in KEYS}
    always = {"question"} if entry.unwritten else {"question", "answer"}
    return {name: value for name, value in said.items() if name in always or (value and name != "answer")}


def _written(value: Any) -> str:
    return str(yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110))


def _typed(value: Any) -> Any:
    """The value with the types of its parts: 1, 1.0 and True are not the same."""
    if isinstance(value, dict):
        return dict, [(key, _typed(each)) for key, each in value.items()]
    if isinstance(value, list):
        return list, [_typed(each) for each in value]
    return type(value), repr(value) if isinstance(value, float) else value
