"""What somebody asks who is no graph of ours: some questions, and what their answers are made into."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hilnb.types import Interrupt

__all__ = ["Inquiry", "Reply", "Standalone"]

Reply = Callable[[list[Any], Collection[str]], Any]
"""From the answers, in the order of the questions, and the tools that the person has allowed from now on."""


class Standalone(Interrupt):
    """A question that no node asks: nobody but its kind will say what is wrong with an answer.

    Args:
        value: What is asked.
    """

    strict: ClassVar[bool] = True

    def __init__(self, value: Any, response_schema: Mapping[str, Any] | None = None) -> None:
        super().__init__(value, uuid.uuid4().hex, None if response_schema is None else dict(response_schema))


@dataclass(frozen=True)
class Inquiry:
    """Some questions.

    Attributes:
        questions: At least one; objects with the attributes of an `Interrupt`.
        reply: Makes of the answers what the program goes on with.
        who: Who asks, in words.
        takes_rules: Whether who asks can be told to allow a tool from now on.
    """

    questions: tuple[Any, ...]
    reply: Reply
    who: str
    takes_rules: bool = False
