"""A chat model by its name, as tutorials name it."""

from __future__ import annotations

from typing import Any

from hilnb.models.anthropic import ChatAnthropic
from hilnb.models.base import ChatModel

__all__ = ["init_chat_model"]


def init_chat_model(model: str | None = None, *, model_provider: str | None = None, **options: Any) -> ChatModel:
    """The chat model of this name (semantics: LangChain's function of this name, as far as Anthropic goes).

    Args:
        model: "anthropic:" and the model's id, or a "claude…" id alone; `ChatAnthropic`'s default when None.
        model_provider: "anthropic", where the name does not say it.
        options: As `ChatAnthropic`'s: `max_tokens`, `api_key` and others.

    Raises:
        ValueError: The model is another provider's.

    >>> init_chat_model("anthropic:claude-sonnet-5-5", max_tokens=100)
    ChatAnthropic(model='claude-sonnet-5-5', max_tokens=100)
    """
    provider, colon, name = (model or "").partition(":")
    if not colon:
        provider, name = "", model or ""
    provider = provider or model_provider or ("anthropic" if name.startswith("claude") or not name else "")
    if provider != "anthropic":
        raise ValueError(
            f"init_chat_model({model!r}): hilnb has Anthropic's models, 'anthropic:claude-…'. For another provider's, "
            "make LangChain's chat model and use it in its place."
        )
    return ChatAnthropic(name or None, **options)
