"""What a chat model is asked: a conversation, and how to answer it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hilnb.messages import convert_to_messages

__all__ = ["Question", "question_of"]


@dataclass(frozen=True)
class Question:
    """What a chat model is asked.

    Attributes:
        messages: The conversation so far.
        options: What was bound to the model or given with the call: `tools`, `tool_choice`, `stop`, and fields of the
            request of your own.
    """

    messages: Sequence[Any]
    options: Mapping[str, Any]


def question_of(input: Any, options: Mapping[str, Any]) -> Question:
    """The question in what `invoke` is given: text, messages in any form, or what a prompt template makes.

    Raises:
        ValueError: There is nothing to answer.
        NotImplementedError: Something in it is no message.
    """
    messages = convert_to_messages(input)
    if not messages:
        raise ValueError(
            "the model was asked nothing: the list of messages is empty. Give text, or at least one message."
        )
    return Question(messages, {name: value for name, value in options.items() if value is not None})
