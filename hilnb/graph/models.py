"""A state's schema as a pydantic model, and as JSON Schema."""

from __future__ import annotations

import dataclasses
import typing
from importlib import import_module
from typing import Any

from hilnb.graph.schema import Schema, is_typed_dict

__all__ = ["config_model", "input_model", "json_of", "json_schema_of", "output_model"]


def input_model(schema: Schema, title: str) -> Any:
    """The model of what a run takes: the schema itself when it is a model, else one that holds it whole.

    Raises:
        ImportError: pydantic is not installed.
    """
    return schema.type if hasattr(schema.type, "model_fields") else _whole(schema.type, title)


def output_model(schema: Schema, title: str) -> Any:
    """The model of what a run returns: every key may be there or not; a state without keys is held whole.

    Raises:
        ImportError: pydantic is not installed.
    """
    if schema.is_root:
        return _whole(schema.type, title)
    hints = typing.get_type_hints(schema.type)
    return _pydantic().create_model(title, **{name: (hints[name], None) for name in _own(schema)})


def config_model(context: Any, title: str) -> Any:
    """The model of a config: what it may configure, by the schema of the context.

    Raises:
        ImportError: pydantic is not installed.
    """
    return _pydantic().create_model(title, **({} if context is None else {"configurable": (context, None)}))


def json_of(schema: Schema, title: str) -> dict[str, Any]:
    """A state's schema as JSON Schema, under this title where it has none of its own.

    Raises:
        ImportError: pydantic is not installed.
    """
    kind: Any = schema.type
    if schema.is_root:
        return dict(_whole(kind, title).model_json_schema())
    if hasattr(kind, "model_fields"):
        return json_schema_of(kind)
    name = kind.__name__ if is_typed_dict(kind) else title
    made: dict[str, Any] = _pydantic().create_model(name, **_fields(schema)).model_json_schema()
    for about in made.get("properties", {}).values() if is_typed_dict(kind) else []:
        about.pop("default", None)
    return made


def json_schema_of(kind: Any) -> dict[str, Any]:
    """A type as JSON Schema.

    Raises:
        ImportError: pydantic is not installed.
    """
    return dict(_pydantic().TypeAdapter(kind).json_schema())


def _pydantic() -> Any:
    try:
        return import_module("pydantic")
    except ImportError:
        raise ImportError("a JSON Schema needs pydantic: `pip install pydantic`.") from None


def _whole(kind: Any, title: str) -> Any:
    return _pydantic().create_model(title, __base__=_pydantic().RootModel[kind])


def _own(schema: Schema) -> list[str]:
    """The keys that are not the run's to fill in."""
    return [name for name, key in schema.keys.items() if not key.managed]


def _fields(schema: Schema) -> dict[str, Any]:
    """The fields of a TypedDict or dataclass as pydantic's `create_model` wants them: `(annotation, default)`.

    As in LangGraph, a TypedDict also has the keys that the run fills in.
    """
    kind: Any = schema.type
    hints = typing.get_type_hints(kind)
    if is_typed_dict(kind):
        return {name: (hints[name], ... if name in kind.__required_keys__ else None) for name in schema.keys}
    fields = {}
    for about in [about for about in dataclasses.fields(kind) if about.name in _own(schema)]:
        default: Any = ... if about.default is dataclasses.MISSING else about.default
        if about.default_factory is not dataclasses.MISSING:
            default = about.default_factory()
        fields[about.name] = (hints[about.name], default)
    return fields
