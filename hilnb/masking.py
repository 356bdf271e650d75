r"""Keys and passwords out of sight wherever a value is shown: found by their name, and by their look.

Only what is shown is masked; what runs and what is saved stays as it is.

>>> masked({"api_key": "abc", "tokens": 12, "headers": ["Bearer 0123456789abcdef0123"]})
{'api_key': '‹masked›', 'tokens': 12, 'headers': ['Bearer ‹masked›']}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

__all__ = ["MASK", "mask", "masked", "masked_text", "restored", "without_keys"]

MASK = "‹masked›"

NAMES = [
    *("password", "passwd", "passphrase", "secret", "token", "authorization", "credential", "credentials"),
    *("api key", "apikey", "access key", "secret key", "private key", "bearer"),
]
"""What the name of a secret ends with, in words: `db_password`, `accessToken`, `X-Api-Key`; not `tokens`, `author`."""

LOOKS = [
    ("sk-", r"\bsk-(?:ant-[\w-]{8,}|(?=[\w-]{0,60}\d)[\w-]{20,})"),
    *((start, rf"\b{start}[\w-]{{16,}}") for start in ("sk_live_", "sk_test_", "rk_live_", "rk_test_", "github_pat_")),
    *(
        (start, rf"\b{start}[\w-]{{16,}}")
        for start in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "hf_", "npm_")
    ),
    *((start, rf"\b{start}[\w-]{{12,}}") for start in ("pypi-", "xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-")),
    *((start, rf"\b{start}[\w-]{{16,}}") for start in ("AKIA", "ASIA", "AIza")),
    ("eyJ", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"),
    ("Bearer ", r"(?<=\bBearer )[\w.~+/=-]{16,}"),
    (
        "PRIVATE KEY",
        r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?:(?!-----)[\s\S])*(?:-----END [A-Z ]{0,20}PRIVATE KEY-----)?",
    ),
    ("://", r"(?<=://)[^\s:/@'\"]{0,60}:[^\s/@'\"]{1,200}(?=@)"),
    (MASK, MASK),
]
"""How keys look that are known by their form, each after a part that a text is searched for first: that is quick."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_NAME = re.compile(r"""(?<![\w-])([^\W\d][\w-]{0,60}+)["']?\s?(?=[=:])""")
_VALUE = re.compile(
    r"""[=:]\s?(?P<quote>["'])(?P<quoted>(?:\\.|(?!(?P=quote)).)*+)
    | =(?P<given>[^\s=&,;"'()<>]{4,})
    | :\s?(?:Basic|Bearer|Token)\s(?P<scheme>\S{6,})
    | :\s?(?P<said>(?=[^\s,;]{0,60}\d)(?=[^\s,;]{0,60}[A-Za-z])[^\s,;"'()<>]{6,})""",
    re.VERBOSE | re.DOTALL,
)
"""What follows a name in a text: in quotes, after `=`, or after `:` where it does not look like a word."""


def mask(rule: str | re.Pattern[str]) -> None:
    """Mask more: what has this name, or what looks like this.

    Args:
        rule: A name, as words or as it is written in code (`"pin"` is the `card_pin`, too); or a compiled pattern.
    """
    if isinstance(rule, str):
        NAMES.append(" ".join(_words_of(rule)))
    else:
        _looks.append(("", rule))
    _is_secret.cache_clear()


_looks = [(part, re.compile(look)) for part, look in LOOKS]


def masked(value: Any, name: object = "") -> Any:
    """The value to be shown: its secrets replaced, in dicts, lists and tuples at any depth.

    Args:
        value: Any value; it is not changed, and is given back itself where nothing in it is secret.
        name: What it is called: under the name of a secret every text, number and list of them is masked.
    """
    try:
        return _masked(value, _is_secret(name) if isinstance(name, str) else False)
    except RecursionError:  # it contains itself; whoever makes a text of it masks the text
        return value


def masked_text(text: str) -> str:
    """The text to be shown.

    >>> masked_text("login(user='ann', password='hunter2') at https://ann:hunter2@host/?token=abcd#top")
    "login(user='ann', password='‹masked›') at https://‹masked›@host/?token=‹masked›"
    """
    return _replaced(text, _in_text(text), MASK)


def without_keys(text: str, hidden: str) -> str:
    """The text without what looks like a key, whatever it is called."""
    return _replaced(text, _apart(_by_look(text)), hidden)


def restored(shown: Any, real: Any, name: object = "") -> Any:
    """What a person made of the masked value, with the real value wherever the placeholder was left.

    Args:
        shown: The masked value, perhaps edited.
        real: The value that was masked.
        name: As for `masked`.

    Raises:
        ValueError: A placeholder stands where it stood for nothing, or it cannot be told for what.

    >>> restored({"to": "bob", "api_key": "‹masked›"}, {"to": "ann", "api_key": "abc"})
    {'to': 'bob', 'api_key': 'abc'}
    """
    if shown == masked(real, name):
        return real
    if isinstance(shown, dict):
        known = real if isinstance(real, Mapping) else {}
        under = name if isinstance(name, str) and _is_secret(name) else ""
        return {key: restored(item, known.get(key), under or key) for key, item in shown.items()}
    if isinstance(shown, list):
        return _restored_items(shown, real if isinstance(real, list | tuple) else [], name)
    if isinstance(shown, str) and MASK in shown:
        return _restored_text(shown, real)
    return shown


def _restored_items(shown: list[Any], real: list[Any] | tuple[Any, ...], name: object) -> list[Any]:
    """The items of a list, of which some may have been taken out, added or moved."""
    same_length = len(shown) == len(real)

    def item(place: int, one: Any) -> Any:
        if same_length and one == masked(real[place], name):
            return real[place]
        alike = [each for each in real if masked(each, name) == one]
        if alike and all(each == alike[0] for each in alike):
            return alike[0]
        return restored(one, real[place] if same_length and not alike else None, name)

    return [item(place, one) for place, one in enumerate(shown)]


def _restored_text(shown: str, real: Any) -> str:
    spans = list(_in_text(real)) if isinstance(real, str) else []
    pieces = shown.split(MASK)
    secrets = [real[start:end] for start, end in spans]
    if len(secrets) != len(pieces) - 1:
        raise ValueError(
            f"{MASK} stands for a value that is not shown, and only in its own place. In {shown!r} it cannot be told "
            "which one is meant: write the value itself"
        )
    return pieces[0] + "".join(secret + piece for secret, piece in zip(secrets, pieces[1:]))


def _masked(value: Any, secret: bool) -> Any:
    if isinstance(value, str):
        return MASK if secret and value else masked_text(value)
    if isinstance(value, Mapping):
        return _if_new(
            value,
            {key: _masked(each, secret or (isinstance(key, str) and _is_secret(key))) for key, each in value.items()},
        )
    if type(value) in (list, tuple):
        return _if_new(value, type(value)(_masked(each, secret) for each in value))
    return MASK if secret and isinstance(value, int | float | bytes) and not isinstance(value, bool) else value


def _if_new(value: Any, made: Any) -> Any:
    """What was made; the value itself where that is the same in all its parts."""
    before, after = (each.values() if isinstance(each, Mapping) else each for each in (value, made))
    return made if any(one is not other for one, other in zip(before, after)) else value


@lru_cache(maxsize=4096)
def _is_secret(name: str) -> bool:
    words = f" {' '.join(_words_of(name))}"
    return words.endswith(tuple(f" {known}" for known in NAMES))


def _words_of(name: str) -> list[str]:
    """The words of a name, however they are put together.

    >>> _words_of("OPENAI_API_KEY2"), _words_of("accessToken")
    (['openai', 'api', 'key'], ['access', 'token'])
    """
    return [word.lower() for word in _WORDS.findall(name)]


Spans = Iterator[tuple[int, int]]


def _in_text(text: str) -> Spans:
    """Where the secrets of a text stand."""
    return _apart({*_by_name(text), *_by_look(text)})


def _apart(spans: Iterable[tuple[int, int]]) -> Spans:
    """The spans in order, those that overlap as one."""
    begun, end = 0, 0
    for start, stop in sorted(spans):
        if start >= end:
            if end:
                yield begun, end
            begun = start
        end = max(end, stop)
    if end:
        yield begun, end


def _by_look(text: str) -> Spans:
    for part, look in _looks:
        if part in text:
            yield from (match.span() for match in look.finditer(text) if match.group())


def _by_name(text: str) -> Spans:
    if "=" not in text and ":" not in text:
        return
    lowered, end = text.lower(), 0
    if not any(known.rpartition(" ")[2] in lowered for known in NAMES):
        return
    for name in _NAME.finditer(text):
        if name.start() >= end and _is_secret(name[1]):
            value = _VALUE.match(text, name.end())
            if value and value.lastgroup:
                start, end = value.span(value.lastgroup)
                if start < end:
                    yield start, end


def _replaced(text: str, spans: Spans, hidden: str) -> str:
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], hidden]
        end = stop
    return "".join([*pieces, text[end:]])
