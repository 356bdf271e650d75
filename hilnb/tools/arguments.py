"""A tool's arguments: what they have to look like, and whether those that came do."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Collection, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from hilnb.tools.injected import mark_of
from hilnb.tools.plain import misfits, schema_of, unqualified

__all__ = ["ArgumentsError", "as_json", "call_schema", "read_schema", "schema_from", "validated", "wrong_arguments"]

ArgsSchema = Any
"""A pydantic model class; or a JSON Schema, a dict, which is what there is without pydantic."""


class ArgumentsError(ValueError):
    """Arguments that do not fit a tool, where pydantic is not there to say so; `errors()` is like pydantic's.

    Args:
        name: The tool.
        wrong: Where something is wrong, and what: `(place, message)`.
    """

    def __init__(self, name: str, wrong: Collection[tuple[tuple[Any, ...], str]]) -> None:
        self._errors = [{"loc": place, "msg": message} for place, message in wrong]
        lines = [f"{'.'.join(map(str, place))}: {message}" for place, message in wrong]
        super().__init__("\n".join([f"the arguments do not fit tool {name!r}:", *lines]))

    def errors(self) -> list[dict[str, Any]]:
        """What is wrong: dicts with `loc`, the place, and `msg`."""
        return self._errors


def wrong_arguments(error: BaseException, hidden: Collection[str] = ()) -> list[str] | None:
    """What an error says is wrong with which argument, a line each; None when it is another kind of error.

    Args:
        error: Of ours or pydantic's.
        hidden: The arguments the model does not fill in, of which it should not hear.
    """
    core = sys.modules.get("pydantic_core")
    if not isinstance(error, (ArgumentsError, *((core.ValidationError,) if core else ()))):
        return None
    found: list[dict[str, Any]] = error.errors()  # type: ignore[attr-defined]
    listed = [fault for fault in found if not (fault["loc"] and fault["loc"][0] in hidden)]
    return [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in listed]


# ── made ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def schema_from(
    name: str, doc: str, parameters: Mapping[str, inspect.Parameter], hints: Mapping[str, Any], said: Mapping[str, str]
) -> ArgsSchema:
    """The schema of a function's arguments.

    Args:
        name: Its title.
        doc: Its description.
        parameters: The function's.
        hints: Their annotations.
        said: What the docstring says of them.
    """
    fields: dict[str, Any] = {}
    for key, parameter in parameters.items():
        # What the program fills in is not validated, and need not be a type that has a schema.
        hint = Any if mark_of(hints.get(key)) else hints.get(key, Any)
        text = said.get(key) or _described(hint)
        fields[key] = (hint, ... if parameter.default is parameter.empty else parameter.default, text)
    return _made(name, doc, fields)


def read_schema(schema: Any) -> ArgsSchema:
    """A user's own schema: a pydantic model class or a JSON Schema as it is, a TypedDict as one of the two.

    Raises:
        TypeError: It is none of these.
    """
    if isinstance(schema, dict) or hasattr(schema, "model_validate"):
        return schema
    if not hasattr(schema, "__required_keys__"):
        raise TypeError(f"args_schema={schema!r}: give a pydantic model class, a TypedDict, or a JSON Schema (a dict).")
    hints = {key: unqualified(hint) for key, hint in get_type_hints(schema, include_extras=True).items()}
    required = schema.__required_keys__
    fields = {key: (hint, ... if key in required else None, _described(hint)) for key, hint in hints.items()}
    return _made(schema.__name__, schema.__doc__ or "", fields)


def call_schema(schema: ArgsSchema, name: str, description: str, hidden: Collection[str]) -> ArgsSchema:
    """The part of a schema that the model fills in, under the tool's own name and description."""
    if not isinstance(schema, dict):
        fields = {key: field for key, field in schema.model_fields.items() if key not in hidden}
        return _model(name, description, {key: (field.rebuild_annotation(), field) for key, field in fields.items()})
    kept = {**schema, "description": description}
    if hidden:
        kept["properties"] = {key: part for key, part in schema.get("properties", {}).items() if key not in hidden}
        kept["required"] = [key for key in schema.get("required", ()) if key not in hidden]
    return kept


def as_json(schema: ArgsSchema) -> dict[str, Any]:
    """The JSON Schema of a model class, or of a dict that is one already."""
    made: dict[str, Any] = schema if isinstance(schema, dict) else schema.model_json_schema()
    return made


def _pydantic() -> Any:
    try:
        import pydantic
    except ImportError:
        return None
    return pydantic


def _described(hint: Any) -> str | None:
    """The text in `Annotated[str, "the text"]`."""
    parts = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((part for part in parts if isinstance(part, str)), None)


def _made(name: str, doc: str, fields: Mapping[str, tuple[Any, Any, str | None]]) -> ArgsSchema:
    """A schema of fields: `(type, default or ..., description)`."""
    pydantic = _pydantic()
    if pydantic is None:
        return _plain(name, doc, fields)
    made = {
        key: (hint if text is None else Annotated[hint, pydantic.Field(description=text)], default)
        for key, (hint, default, text) in fields.items()
    }
    return _model(name, doc, made)


def _model(name: str, doc: str, fields: dict[str, Any]) -> Any:
    pydantic = _pydantic()
    config = pydantic.ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Field name .* shadows", UserWarning)  # an argument may be called `copy`
        return pydantic.create_model(name, __config__=config, __doc__=doc or None, **fields)


def _plain(name: str, doc: str, fields: Mapping[str, tuple[Any, Any, str | None]]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for key, (hint, default, text) in fields.items():
        more = ({} if default is ... else {"default": default}) | ({"description": text} if text else {})
        parts[key] = {"title": key.replace("_", " ").title(), **schema_of(hint), **more}
    required = [key for key, (_, default, _) in fields.items() if default is ...]
    return {"title": name, "description": doc, "type": "object", "properties": parts, "required": required}


# ── checked ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def validated(
    schema: ArgsSchema, name: str, values: Mapping[str, Any], hidden: Collection[str], check: bool
) -> dict[str, Any]:
    """The arguments as the tool gets them: converted, with defaults, without those it does not have.

    Args:
        schema: Of the arguments.
        name: The tool.
        values: What came.
        hidden: The arguments that the program fills in; they are passed on as they are.
        check: Whether a JSON Schema is checked against. One of the user's own is not: it may say what we cannot check.

    Raises:
        ValueError: They do not fit; pydantic's error where it is installed, else an ArgumentsError.
    """
    own = {key: value for key, value in values.items() if key in hidden}
    if not isinstance(schema, dict):
        made = schema.model_validate(dict(values))
        return {**{key: made.__dict__[key] for key in schema.model_fields}, **own}
    if not check:
        return dict(values)
    asked = {key: value for key, value in values.items() if key in schema["properties"]}
    wrong = list(misfits(schema, asked))
    if wrong:
        raise ArgumentsError(name, wrong)
    return {**asked, **own}
