"""What a person fills in, read from a JSON Schema: a small tree of plain data, and whether an answer fits it.

| module | its one idea |
|---|---|
| `nodes` | the tree: each part of an answer, and what is wrong with a value for it |
| `formats` | texts of a certain form, numbers as people type them |
| `reading` | from a JSON Schema to the tree |
"""

from hilnb.schemas.nodes import (
    MUST,
    NOTHING,
    Field,
    File,
    List,
    Map,
    Maybe,
    Moment,
    Node,
    Nothing,
    Number,
    Object,
    OneOf,
    Problem,
    Raw,
    SomeOf,
    Text,
    Union,
    Variant,
    labels_of,
    problems,
    when_empty,
)
from hilnb.schemas.reading import read_schema

__all__ = [
    "MUST",
    "NOTHING",
    "Field",
    "File",
    "List",
    "Map",
    "Maybe",
    "Moment",
    "Node",
    "Nothing",
    "Number",
    "Object",
    "OneOf",
    "Problem",
    "Raw",
    "SomeOf",
    "Text",
    "Union",
    "Variant",
    "labels_of",
    "problems",
    "read_schema",
    "when_empty",
]
