"""The pages in docs/reference: what each public module offers, from its docstrings. `python -m tests.reference` writes.

A name is told on the first of the pages whose module offers it; the later ones link there. Griffe reads the source, so
nothing is imported.
"""

import logging
import re
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc
from pathlib import Path

import griffe

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference"

MODULES = [
    *("graph", "graph.message", "graph.state", "types", "constants", "errors", "config", "runtime", "func", "managed"),
    *("managed.is_last_step", "messages", "messages.utils", "tools", "models"),
    *("prebuilt", "prebuilt.interrupt", "prebuilt.human_in_the_loop"),
    *("checkpoint.base", "checkpoint.memory", "checkpoint.sqlite", "checkpoint.sqlite.aio", "checkpoint.serde"),
    *("store.base", "store.memory", "cache.base", "cache.memory"),
    *("", "widgets", "widgets.forms", "testing", "payloads", "schemas", "drawing"),
]
"""Below `hilnb`, in the order of the pages: LangGraph's and LangChain's paths, then hilnb's own."""

OFFERED = {"widgets.forms": ["register"]}
"""Of modules without `__all__`: what of them is for everybody."""

Thing = griffe.Class | griffe.Function | griffe.Attribute


def pages() -> dict[str, str]:
    """Every page, by its file's name."""
    written = {"README.md": index()}
    for module in MODULES:
        written[file_of(module)] = page(module)
    return written


def index() -> str:
    rows = [f"| [`{path_of(module)}`]({file_of(module)}) | {told(first_line(read(module)))} |" for module in MODULES]
    head = "# Reference\n\nEvery public name, from its docstring; `python -m tests.reference` writes these pages.\n"
    return "\n".join([head, "| module | what it is about |", "|---|---|", *rows, ""])


def page(module: str) -> str:
    """The page of a module: its docstring, the names that are told elsewhere, the names it is the home of."""
    own = at_home(module)
    elsewhere = [link(name, thing) for name, thing in offered(module).items() if name not in own]
    parts = [f"# `{path_of(module)}`", text_of(read(module))]
    if elsewhere:
        parts.append(f"Told elsewhere: {', '.join(elsewhere)}.")
    for name, thing in own.items():
        parts += describe(name, thing, "##")
    return "\n\n".join(part for part in parts if part) + "\n"


# ── what there is ─────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def source() -> griffe.Module:
    logging.getLogger("griffe").setLevel(logging.ERROR)  # it misses parameters in signatures that take any field
    return griffe.load("hilnb", search_paths=[ROOT], docstring_parser="google", resolve_aliases=True)


def read(module: str) -> griffe.Module:
    return source()[module] if module else source()


def path_of(module: str) -> str:
    return f"hilnb.{module}" if module else "hilnb"


def file_of(module: str) -> str:
    return f"{module or 'hilnb'}.md"


def offered(module: str) -> dict[str, Thing]:
    """The public names of a module, and what they stand for."""
    names = OFFERED.get(module) or [str(name) for name in read(module).exports or ()]
    return {name: thing_of(read(module), name) for name in names}


def thing_of(module: griffe.Module, name: str) -> Thing:
    """What a name of a module stands for; not the file of the same name (`tools.tool`)."""
    thing = final(module[name])
    return final(thing[name]) if thing.is_module else thing


def final(thing: griffe.Object | griffe.Alias) -> Thing:
    return thing.final_target if thing.is_alias else thing


@cache
def homes() -> dict[str, tuple[str, str]]:
    """On which page, and by which name, each thing is told."""
    found: dict[str, tuple[str, str]] = {}
    for module in MODULES:
        for name, thing in offered(module).items():
            found.setdefault(thing.path, (module, name))
    return found


def at_home(module: str) -> dict[str, Thing]:
    """What is told on the page of a module, in the order of the page."""
    own = [item for item in offered(module).items() if homes()[item[1].path] == (module, item[0])]
    return dict(sorted(own, key=lambda item: (item[1].kind.value, item[0])))


def without_docstring() -> list[str]:
    """The public names that say nothing of themselves, with the methods and properties of classes."""
    things = {f"{path_of(module)}.{name}": thing for module in MODULES for name, thing in offered(module).items()}
    for path, thing in [*things.items()]:
        if thing.is_class:
            things |= {f"{path}.{name}": member for name, member in methods(thing)}
    return [path for path, thing in things.items() if not thing.has_docstring]


# ── one name ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def describe(name: str, thing: Thing, level: str) -> Iterator[str]:
    """A heading, how it is written, and what its docstring says; of a class its members too."""
    yield f"{level} `{name}`"
    if written := how_to_write(name, thing):
        yield f"```python\n{written}\n```"
    if thing.is_class and (bases := [based_on(base) for base in thing.resolved_bases if base.name[0] != "_"]):
        yield f"Based on {' and '.join(bases)}."
    yield text_of(thing)
    if thing.is_class:
        if values := attributes(thing):
            yield "\n".join(["Attributes:", "", *values])
        for member_name, member in methods(thing):
            yield from describe(f"{name}.{member_name}", member, level + "#")


def how_to_write(name: str, thing: Thing) -> str:
    """How a function is called, a class is made, or what an attribute is."""
    if thing.is_attribute:
        return "" if "property" in thing.labels or thing.value is None else f"{name} = {thing.value}"
    first, *others = [*(fields(thing) if thing.is_class and not thing.parameters else parameters(thing))] or [""]
    if thing.is_class and not first:
        return ""
    result = f" -> {thing.returns}" if thing.is_function and thing.returns else ""
    called = name.rpartition(".")[2]
    opening = f"class {called}" if thing.is_class else f"async def {called}" if "async" in thing.labels else called
    line = f"{opening}({', '.join([first, *others])}){result}"
    if len(line) <= 100:
        return line
    return "\n".join([f"{opening}(", *[f"    {part}," for part in (first, *others)], f"){result}"])


def parameters(thing: griffe.Class | griffe.Function) -> Iterator[str]:
    """The parameters as they are written, without self."""
    kind = griffe.ParameterKind
    known = [each for each in thing.parameters if each.name not in ("self", "cls")]
    starred = False
    for each in known:
        if each.kind is kind.keyword_only and not starred:
            starred = True
            yield "*"
        stars = {kind.var_positional: "*", kind.var_keyword: "**"}.get(each.kind, "")
        starred = starred or stars == "*"
        hint = f": {each.annotation}" if each.annotation else ""
        default = "" if each.default is None or stars else f" = {each.default}" if hint else f"={each.default}"
        yield f"{stars}{each.name}{hint}{default}"


def fields(thing: griffe.Class) -> Iterator[str]:
    """The fields of a NamedTuple, as its parameters are written."""
    if "NamedTuple" in map(str, thing.bases):
        for name, member in thing.members.items():
            if member.is_attribute and "property" not in member.labels:
                yield f"{name}: {member.annotation}{'' if member.value is None else f' = {member.value}'}"


def methods(thing: griffe.Class) -> list[tuple[str, griffe.Function | griffe.Attribute]]:
    """The public methods and properties of a class, with those that it has from classes that are told nowhere."""
    inherited = {
        name: final(member)
        for name, member in thing.inherited_members.items()
        if final(member).parent.path not in homes() and final(member).path.startswith("hilnb.")
    }
    members = [*thing.members.items(), *[item for item in inherited.items() if item[0] not in thing.members]]
    return [
        (name, member)
        for name, member in members
        if not name.startswith("_") and (member.is_function or "property" in member.labels)
    ]


def attributes(thing: griffe.Class) -> list[str]:
    """The attributes that have a docstring of their own, or are what a TypedDict or a dataclass is made of."""
    told_of = {each.name for section in sections(thing) if section.kind.value == "attributes" for each in section.value}
    bare = not told_of and "__init__" not in thing.members
    return [
        f"- `{name}{f': {member.annotation}' if member.annotation else ''}`"
        + (f": {flowing(member.docstring.value)}" if member.docstring else "")
        for name, member in thing.members.items()
        if member.is_attribute and "property" not in member.labels and not name.startswith("_")
        if name not in told_of and (member.has_docstring or bare)
    ]


def based_on(base: griffe.Object | griffe.Alias) -> str:
    thing = final(base)
    return link(thing.name, thing) if thing.path in homes() else f"`{thing.name}`"


def link(name: str, thing: Thing) -> str:
    module, known = homes()[thing.path]
    names = [*at_home(module)]
    # GitHub numbers headings that differ only in their case: `Run` and `run`.
    again = [other.lower() for other in names[: names.index(known)]].count(known.lower())
    return f"[`{name}`]({file_of(module)}#{known.lower()}{f'-{again}' if again else ''})"


# ── docstrings ────────────────────────────────────────────────────────────────────────────────────────────────────────


def sections(thing: griffe.Object) -> list[griffe.DocstringSection]:
    return thing.docstring.parsed if thing.docstring else []


def first_line(thing: griffe.Object) -> str:
    return cleandoc(thing.docstring.value).split("\n\n")[0].replace("\n", " ")


def text_of(thing: griffe.Object) -> str:
    """A docstring as Markdown."""
    return "\n\n".join(section_text(section) for section in sections(thing))


def section_text(section: griffe.DocstringSection) -> str:
    kind, value = section.kind.value, section.value
    if kind == "text":
        return with_examples(told(value))
    if kind == "examples":
        return "\n\n".join(with_examples(text) for _, text in value)
    title = {"parameters": "Takes", "raises": "Raises", "attributes": "Attributes"}.get(kind, kind.capitalize())
    if kind in ("returns", "yields"):
        return f"{title}: {' '.join(flowing(each.description) for each in value)}"
    rows = [f"- `{getattr(each, 'name', None) or each.annotation}`: {flowing(each.description)}" for each in value]
    return "\n".join([f"{title}:", "", *rows])


def with_examples(text: str) -> str:
    """A doctest in the text as a block of its own."""
    blocks = text.split("\n\n")
    return "\n\n".join(f"```pycon\n{block}\n```" if block.startswith(">>>") else block for block in blocks)


def flowing(text: str) -> str:
    return told(" ".join(text.split()))


def told(text: str) -> str:
    """Text whose asterisks and angle brackets, outside code, are not taken for Markdown."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"(?<!\\)([*<])", r"\\\1", part) for part in parts)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
