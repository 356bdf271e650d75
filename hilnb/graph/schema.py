"""What the state is made of: its keys, how two updates of a key are merged, and what counts as an update."""

from __future__ import annotations

import collections.abc
import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from hilnb.errors import GraphError, InvalidUpdateError
from hilnb.managed.is_last_step import Managed
from hilnb.types import Overwrite

__all__ = [
    "PREVIOUS",
    "RESULT",
    "ROOT",
    "Key",
    "Schema",
    "Written",
    "has_keys",
    "is_typed_dict",
    "merge",
    "read_schema",
]

_CONCRETE: dict[Any, type] = {
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Set: set,
    collections.abc.MutableSet: set,
    collections.abc.Mapping: dict,
    collections.abc.MutableMapping: dict,
}
ROOT = "__root__"
"""The one key of a state that is a bare value."""

RESULT, PREVIOUS = "__return__", "__previous__"
"""What a task called by a node returned; what a workflow saves for its next run. The names are LangGraph's."""

_MISSING = object()
_QUALIFIERS = {"Required", "NotRequired", "ReadOnly"}  # by name: typing_extensions has its own on older Pythons


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the state.

    Attributes:
        reducer: `reducer(old, new)` merges an update; None when the last value wins.
        start: Makes the value a reduced key begins with; None when it begins with its first update.
        managed: Fills the key in at each step, where the run does that.
    """

    reducer: Callable[[Any, Any], Any] | None = None
    start: Callable[[], Any] | None = None
    managed: Managed | None = None


@dataclass(frozen=True)
class Schema:
    """The keys of a state and the type a node sees it as.

    Attributes:
        type: The TypedDict, dataclass, pydantic model or other type it was read from.
        keys: By name, in the order they are written. A type without keys of its own is one key, `__root__`.
        root: The key that is all there is to see of the state, a bare value; None when the state is its keys.
    """

    type: Any
    keys: Mapping[str, Key]
    root: str | None = None

    def __post_init__(self) -> None:
        plain = is_typed_dict(self.type)
        if list(self.keys) == [ROOT]:
            object.__setattr__(self, "root", ROOT)
        object.__setattr__(self, "is_root", self.root is not None)
        object.__setattr__(self, "_class", None if plain or self.is_root else self.type)
        object.__setattr__(self, "is_plain", plain and not self.is_root)
        object.__setattr__(self, "reduced", frozenset([name for name, key in self.keys.items() if key.reducer]))
        object.__setattr__(self, "writable", frozenset([name for name, key in self.keys.items() if not key.managed]))
        object.__setattr__(self, "managed", {name: k.managed for name, k in self.keys.items() if k.managed})
        object.__setattr__(self, "_order", [*self.keys])
        object.__setattr__(self, "_starts", [(name, key.start) for name, key in self.keys.items() if key.start])

    is_root: bool = dataclasses.field(init=False, default=False)
    is_plain: bool = dataclasses.field(init=False, default=False)
    reduced: frozenset[str] = dataclasses.field(init=False, default=frozenset(), repr=False)
    writable: frozenset[str] = dataclasses.field(init=False, default=frozenset(), repr=False)
    _class: Any = dataclasses.field(init=False, default=None, repr=False)
    _order: list[str] = dataclasses.field(init=False, default_factory=list, repr=False)
    managed: Mapping[str, Managed] = dataclasses.field(init=False, default_factory=dict, repr=False)
    _starts: Sequence[tuple[str, Callable[[], Any]]] = dataclasses.field(init=False, default=(), repr=False)

    def start(self) -> dict[str, Any]:
        """The values of a state nobody has written yet: what its reduced keys begin with."""
        return {name: start() for name, start in self._starts} if self._starts else {}

    def in_order(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values of its keys, in its order: the same dict where it is in order already, as it is as a rule."""
        return values if [*values] == self._order else {key: values[key] for key in self._order if key in values}

    def view(self, values: dict[str, Any], steps_left: int = 0) -> Any:
        """The state as a node gets it: a dict of its own, or an instance of the schema's class.

        Raises:
            Exception: What the class raises about values it does not accept, pydantic's ValidationError for one.
        """
        # As `in_order`, spelled out: a step would notice the call.
        own = values.copy() if [*values] == self._order else {key: values[key] for key in self._order if key in values}
        if self.managed:
            own |= {name: managed.value(steps_left) for name, managed in self.managed.items()}
        return own if self.is_plain else self.build(own)

    def build(self, values: dict[str, Any]) -> Any:
        """Values as an instance of the schema: unchanged for a TypedDict, the bare value for a type without keys."""
        if self._class is not None:
            return self._class(**values)
        return values if self.root is None else values.get(self.root)

    def updates(self, result: Any, source: str) -> list[tuple[str, Any]]:
        """The `(key, value)` pairs that a dict, a state instance or None means, unknown keys included.

        Raises:
            InvalidUpdateError: It is none of these.
        """
        if result is None:
            return []
        if self.root is not None:
            return [(self.root, result)]
        if isinstance(result, (dict, Mapping)):  # dict first: asking an abstract class takes long
            return list(result.items())
        if dataclasses.is_dataclass(result) and not isinstance(result, type):
            return [(f.name, getattr(result, f.name)) for f in dataclasses.fields(result)]
        if hasattr(type(result), "model_fields"):
            return list(_model_updates(result))
        keys, kind = ", ".join(self.keys), getattr(self.type, "__name__", "state")
        what = f"a dict of the keys to change ({keys}), or an instance of {kind}"
        raise InvalidUpdateError(f"Expected dict, got {result!r} from {source}. It should be {what}.")

    def with_keys_of(self, other: Schema) -> Schema:
        """This schema with the keys of another one too; a reducer counts wherever it is written."""
        keys = dict(self.keys)
        for name, key in other.keys.items():
            if name in keys and keys[name].reducer and key.reducer and keys[name].reducer != key.reducer:
                raise GraphError(f"the key {name!r} has two different reducers; one key is merged in one way.")
            if name not in keys or key.reducer:
                keys[name] = key
        return Schema(self.type, keys)


def _model_updates(model: Any) -> Iterable[tuple[str, Any]]:
    """What a pydantic model updates: what was set, and what is not just an unset None."""
    for name, about in type(model).model_fields.items():
        value = getattr(model, name, _MISSING)
        if value is not _MISSING and (value is not None or about.default is not None or name in model.model_fields_set):
            yield name, value


def read_schema(schema: Any) -> Schema:
    """Read the keys and reducers of a TypedDict, a dataclass or a pydantic model.

    Any other type, bare or as `Annotated[type, reducer]`, is the whole state.

    Raises:
        GraphError: It is no type, one of its annotations cannot be resolved, or a reducer does not take two arguments.
    """
    if not isinstance(schema, type) or not has_keys(schema):
        if not isinstance(schema, type) and get_origin(schema) is None:
            raise GraphError(
                f"StateGraph({schema!r}): the state's schema has to be a TypedDict, a dataclass or a pydantic model. "
                "For example: class State(TypedDict): text: str"
            )
        return Schema(schema, {ROOT: _read_key(schema, ROOT, schema)})
    try:
        hints = typing.get_type_hints(schema, include_extras=True)
    except NameError as error:
        raise GraphError(
            f"StateGraph({schema.__name__}): an annotation names something that is not defined here: {error}. "
            "Define or import it before the state, or write the annotation without quotes."
        ) from error
    return Schema(schema, {name: _read_key(schema, name, hints[name]) for name in _field_names(schema, hints)})


def has_keys(schema: Any) -> bool:
    """Whether a type is a state with keys: a TypedDict, a dataclass or a pydantic model."""
    return is_typed_dict(schema) or (
        isinstance(schema, type) and (dataclasses.is_dataclass(schema) or hasattr(schema, "model_fields"))
    )


def is_typed_dict(schema: type) -> bool:
    """Whether a type is a TypedDict."""
    return hasattr(schema, "__required_keys__")  # also true of the one in typing_extensions


def _field_names(schema: Any, hints: Mapping[str, Any]) -> Iterable[str]:
    if dataclasses.is_dataclass(schema):
        return [field.name for field in dataclasses.fields(schema)]
    return getattr(schema, "model_fields", hints)


def _bare(hint: Any) -> Any:
    while getattr(get_origin(hint), "_name", None) in _QUALIFIERS:
        (hint,) = get_args(hint)
    return hint


def _read_key(schema: Any, name: str, hint: Any) -> Key:
    hint = _bare(hint)
    if get_origin(hint) is not Annotated:
        return Key()
    kind, *extras = get_args(hint)
    reducer = extras[-1]
    if isinstance(reducer, Managed):
        return Key(managed=reducer)
    if not callable(reducer) or isinstance(reducer, type):
        return Key()
    if not _takes_two(reducer):
        raise GraphError(
            f"StateGraph({getattr(schema, '__name__', schema)}): Invalid reducer signature. Expected (a, b) -> c. Got "
            f"{inspect.signature(reducer)}. The reducer of {name!r} gets the old value and the update and returns "
            "the new value."
        )
    return Key(reducer, _start_of(kind))


def _takes_two(reducer: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(reducer).parameters.values()
    except ValueError:  # some built-ins do not tell
        return True
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(positional) == 2 or any(p.kind is p.VAR_POSITIONAL for p in parameters)


def _start_of(kind: Any) -> Callable[[], Any] | None:
    """What makes the first value: `T` of `Annotated[T, reducer]`, if it can be called with nothing."""
    kind = _bare(kind)
    kind = get_origin(kind) or kind  # typing.List cannot be called, and is a list
    make = _CONCRETE.get(kind, kind)
    try:
        make()
    except Exception:
        return None  # a Union, an abstract type, a class with required arguments: begin with the first update
    return typing.cast("Callable[[], Any]", make)


Written = tuple[str, Sequence[tuple[str, Any]]]
"""Who wrote, and what: `(node, [(key, value), …])`."""


def merge(keys: Mapping[str, Key], values: dict[str, Any], written: Iterable[Written]) -> set[str]:
    """Merge one superstep's updates into `values`, in the order given.

    Args:
        keys: The state's keys.
        values: Changed in place.
        written: What each node wrote.

    Returns:
        The keys that were written.

    Raises:
        InvalidUpdateError: A key without a reducer was written twice.
    """
    writer: dict[str, str] = {}
    replaced: set[str] = set()
    for node, writes in written:
        for name, value in writes:
            reducer = keys[name].reducer
            if reducer is None:
                if name in writer:
                    raise InvalidUpdateError(_written_twice(name, writer[name], node))
                values[name] = value
            elif type(value) in _MAY_OVERWRITE and _is_overwrite(value):
                if name in replaced:
                    raise InvalidUpdateError(f"At key {name!r}: Can receive only one Overwrite value per step.")
                replaced.add(name)
                values[name] = _overwritten(value)
            elif name not in replaced:  # an Overwrite replaces what the rest of its step writes too
                values[name] = reducer(values[name], value) if name in values else value
            writer[name] = node
    return set(writer)


def _written_twice(name: str, first: str, second: str) -> str:
    who = f"{first!r} and {second!r}" if first != second else f"{first!r}, twice"
    return (
        f"At key {name!r}: Can receive only one value per step. Use an Annotated key to handle multiple "
        f"values. It was written by {who}; say how to merge, for example "
        f"{name}: Annotated[list, operator.add], or let one node write it."
    )


_MAY_OVERWRITE = (dict, Overwrite)


def _is_overwrite(value: Any) -> bool:
    """Also in the two forms it has as JSON."""
    if type(value) is dict:
        return set(value) == {"__overwrite__"} or (len(value) == 2 and value.get("type") == "__overwrite__")
    return isinstance(value, Overwrite)


def _overwritten(value: Any) -> Any:
    if isinstance(value, Overwrite):
        return value.value
    return value["__overwrite__"] if "__overwrite__" in value else value["value"]
