"""Keys out of sight: held without being shown, and taken out of texts that are shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import NoReturn

from hilnb.masking import without_keys

__all__ = ["Secret", "known_secrets", "scrubbed"]

HIDDEN = "[secret]"
_SHORTEST = 8  # a placeholder, ANTHROPIC_API_KEY=test, is no secret, and a word of many a text
_IN_ENVIRONMENT = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")


class Secret:
    """A text that no repr, `vars` or pickle shows. `reveal` gives it."""

    __slots__ = ("_reveal",)

    def __init__(self, text: str) -> None:
        self._reveal: Callable[[], str] = lambda: text

    def reveal(self) -> str:
        """The text."""
        return self._reveal()

    def __repr__(self) -> str:
        return HIDDEN

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def known_secrets(*given: Secret | None) -> set[str]:
    """The secrets given and those in the environment."""
    texts = {secret.reveal() for secret in given if secret is not None}
    return {
        text for text in (*texts, *(os.environ.get(name, "") for name in _IN_ENVIRONMENT)) if len(text) >= _SHORTEST
    }


def scrubbed(text: str, secrets: Collection[str] = ()) -> str:
    """The text without these secrets, and without anything that looks like a key.

    >>> scrubbed("Bearer sk-ant-api03-abcdefgh, or hunter2", ["hunter2"])
    'Bearer [secret], or [secret]'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return without_keys(text, HIDDEN)
