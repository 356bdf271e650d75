"""Tools in the form a model is told of them in: name, description and the JSON Schema of the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hilnb.errors import did_you_mean
from hilnb.tools import tool_definition

__all__ = ["tool_choice_form", "tool_form"]


def tool_form(given: Any) -> dict[str, Any]:
    """A tool in the form of Anthropic's API.

    Args:
        given: A tool, ours or LangChain's; a function; a pydantic model class or a TypedDict; or a dict: in Anthropic's
            form, of one of Anthropic's own tools (`{"type": "web_search_…", "name": "web_search"}`), in OpenAI's form,
            or a JSON Schema with a title.

    Raises:
        TypeError: It is none of these.
        ValueError: It is a function without docstring, or a dict that does not say what the tool is called.
    """
    if isinstance(given, Mapping):
        return _form_of_dict(given)
    told = tool_definition(given)
    made: dict[str, Any] = {"name": told["name"], "input_schema": _untitled(told["parameters"])}
    if told["description"]:
        made["description"] = told["description"]
    return {**made, **(getattr(given, "extras", None) or {})}


def _untitled(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of the names: they tell a model nothing, and cost tokens."""
    if isinstance(schema, list):
        return [_untitled(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept = {key: part for key, part in schema.items() if key != "title" or not isinstance(part, str)}
    return {
        key: {name: _untitled(each) for name, each in part.items()} if key in _NAMES_INSIDE else _untitled(part)
        for key, part in kept.items()
    }


_NAMES_INSIDE = ("properties", "$defs")


def _form_of_dict(given: Mapping[str, Any]) -> dict[str, Any]:
    match given:
        case {"type": "function", "function": Mapping() as function}:
            return _form_of_dict(function)
        case {"input_schema": Mapping(), "name": str()}:
            return dict(given)
        case {"name": str(name)} if "type" not in given or "parameters" in given:
            schema, text = given.get("parameters") or {"type": "object", "properties": {}}, given.get("description")
            strict = {"strict": given["strict"]} if "strict" in given else {}
            return {"name": name, "input_schema": schema, **({"description": text} if text else {}), **strict}
        case {"type": str(kind)} if kind != "object":
            return dict(given)  # one that the API knows by its type
        case {"title": str(name)}:
            schema = {key: part for key, part in given.items() if key not in ("title", "description")}
            text = given.get("description")
            return {"name": name, "input_schema": schema, **({"description": text} if text else {})}
    raise ValueError(
        f"{dict(given)!r:.300} is no tool that a model can be told of. Give a function, a tool, a class, or a dict "
        'with "name" and "input_schema" (Anthropic), {"type": "function", "function": {…}} (OpenAI), or a JSON Schema '
        'with a "title".'
    )


def tool_choice_form(choice: Any, parallel: bool | None, tools: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Which tool the model is to use, in the form of Anthropic's API; None when nothing is said about it.

    Args:
        choice: "auto", "any" (or "required", or True), "none", a tool's name, or a dict of the API's.
        parallel: Whether it may call several tools in one message.
        tools: Those it has.

    Raises:
        ValueError: No tool has that name.
    """
    named = {"required": "any", True: "any"}.get(choice, choice) if isinstance(choice, (str, bool)) else choice
    made: dict[str, Any] | None = None
    if isinstance(named, Mapping):
        made = dict(named)
        if made.get("type") == "function":  # OpenAI's
            made = {"type": "tool", "name": made["function"]["name"]}
    elif named in ("auto", "any", "none"):
        made = {"type": named}
    elif named:
        made = {"type": "tool", "name": named}
    names = [tool.get("name") for tool in tools]
    if made and made.get("type") == "tool" and made.get("name") not in names:
        raise ValueError(
            f"tool_choice={choice!r}: no tool has that name{did_you_mean(made.get('name'), names)}. Give one of "
            f"{', '.join(map(repr, names)) or 'no tools'}, or 'auto', 'any', 'none'."
        )
    if parallel is not None:
        made = {**(made or {"type": "auto"}), "disable_parallel_tool_use": not parallel}
    return made
