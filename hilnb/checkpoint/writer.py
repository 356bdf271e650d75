"""Values as what JSON can say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hilnb.checkpoint.kinds import CANNOT, Refusal, Row, name_of, row_of

__all__ = ["Writer", "is_plain", "is_unicode"]

_BEYOND = 2**63  # longer ints are written as hexadecimal text: Python limits the digits of decimal text
_DEEPEST = 100  # so that what was written can be read at any depth of the stack


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether JSON says it as it is; lone surrogates are not looked for."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return not (value >= _BEYOND or value <= -_BEYOND)
    if kind is float:
        return not value - value  # nan when it is not finite
    if depth > _DEEPEST:
        return False
    if kind is list:
        for item in value:  # noqa: SIM110 - all() takes twice as long
            if type(item) is not str and not is_plain(item, depth + 1):
                return False
        return True
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or (type(item) is not str and not is_plain(item, depth + 1)):
                return False
        return len(value) != 1 or not next(iter(value)).startswith("!")
    return False


def is_unicode(text: str) -> bool:
    """Whether it has no lone surrogates, so that it can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class Writer:
    """Writes one value.

    Args:
        rows: How to take apart what JSON has no word for.
        names: The registered classes.
        naming: How the user registers a class `{}`.
        lone: Look for lone surrogates.
    """

    __slots__ = ("lone", "names", "naming", "rows")

    def __init__(self, rows: Mapping[type, Row], names: Mapping[str, type], naming: str, lone: bool = False) -> None:
        self.rows, self.names, self.naming, self.lone = rows, names, naming, lone

    def any(self, value: Any, depth: int) -> Any:
        """A value at some depth.

        Raises:
            Refusal: It cannot come back as it is.
        """
        kind = type(value)
        if kind is str:
            return (
                {"!str": value.encode(errors="surrogatepass").hex()} if self.lone and not is_unicode(value) else value
            )
        if kind is bool or value is None:
            return value
        if kind is int:
            return value if -_BEYOND < value < _BEYOND else {"!int": hex(value)}
        if kind is float:
            return value if value - value == 0 else {"!float": repr(value)}
        try:
            if depth > _DEEPEST:
                raise Refusal(f"is nested more than {_DEEPEST} deep, which {CANNOT}.")
            if kind is list:
                return self.items(value, depth)
            if kind is dict:
                return self.mapping(value, depth)
            if kind not in self.rows:
                raise Refusal(_why_not(kind, self.names, self.naming))
            row = self.rows[kind]
            return {row.tag: getattr(self, row.parts)(row.apart(value), depth)}
        except Refusal as refusal:
            refusal.trail.append(("", value))
            raise

    def pieces(self, values: Iterable[Any], depth: int) -> list[Any]:
        """Parts that nobody can see, so no step leads to them."""
        return [self.any(value, depth + 1) for value in values]

    def items(self, values: Iterable[Any], depth: int) -> list[Any]:
        """What has an order: `[0]` leads to the first."""
        written: list[Any] = []
        try:
            for value in values:
                written.append(self.any(value, depth + 1))
        except Refusal as refusal:
            refusal.trail.append((f"[{len(written)}]", None))
            raise
        return written

    def members(self, values: Iterable[Any], depth: int) -> list[Any]:
        """What has no order."""
        written: list[Any] = self._step("{…}", self.pieces, values, depth)
        return written

    def attributes(self, values: dict[str, Any], depth: int) -> dict[str, Any]:
        """What an instance holds, by name."""
        return self.mapping(values, depth, ".{}")

    def model(self, parts: list[Any], depth: int) -> list[Any]:
        """A pydantic model: two of its parts are not always there."""
        fields, names, extra, private = parts
        more = [None if part is None else self.attributes(part, depth) for part in (extra, private)]
        return [self.attributes(fields, depth), names, *more]

    def mapping(self, values: dict[Any, Any], depth: int, step: str = "[{!r:.80}]") -> dict[str, Any]:
        """A dict, as pairs where JSON would take it for something else."""
        if self._needs_pairs(values):
            return {"!dict": [self._pair(key, value, depth + 1, step) for key, value in values.items()]}
        written = {}
        try:
            for key, value in values.items():
                written[key] = self.any(value, depth + 1)
        except Refusal as refusal:
            refusal.trail.append((step.format(key), None))
            raise
        return written

    def _needs_pairs(self, values: dict[Any, Any]) -> bool:
        for key in values:
            if type(key) is not str or (self.lone and not is_unicode(key)):
                return True
        return len(values) == 1 and next(iter(values)).startswith("!")  # it looks like a tag

    def _pair(self, key: Any, value: Any, depth: int, step: str) -> list[Any]:
        named = step.format(key)
        return [self._step(".keys()", self.any, key, depth), self._step(named, self.any, value, depth)]

    def _step(self, step: str, write: Callable[[Any, int], Any], value: Any, depth: int) -> Any:
        try:
            return write(value, depth)
        except Refusal as refusal:
            refusal.trail.append((step, None))
            raise


_BASES = (str, int, float, complex, bytes, list, tuple, dict, set, frozenset)


def _why_not(kind: type, names: Mapping[str, type], naming: str) -> str:
    name = kind.__qualname__
    known = names.get(name_of(kind))
    holds = f"holds {'an' if kind.__name__[0] in 'AEIOUaeiou' else 'a'} {kind.__name__}"
    if known is not None and known is not kind and row_of(kind):
        return f"{holds} whose class has been defined again since. Make it anew, of the {name} of today."
    if row_of(kind):
        return (
            f"{holds}, a class that is not registered: {naming.format(kind.__name__)} does that. "
            "Or keep it out of the state, or use MemorySaver."
        )
    for base in _BASES:
        if issubclass(kind, base):
            return f"{holds}, which would come back as a mere {base.__name__}: put {base.__name__}(…) of it there."
    return f"{holds} ({kind.__module__}), which {CANNOT}."
