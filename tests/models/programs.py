"""What these tests share: the key that must appear nowhere, models at a server, tools, bodies checked by the SDK."""

from collections.abc import Iterable
from typing import Any

import langchain_anthropic
from anthropic.types import MessageCreateParams
from pydantic import BaseModel, TypeAdapter

from hilnb.models import ChatAnthropic
from tests.models.server import MODEL

KEY = "canary-3f9a1c77-key"
SAMPLING = ("temperature", "top_p", "top_k", "stream")  # what the SDK's types have no field for
PARAMS: TypeAdapter[Any] = TypeAdapter(MessageCreateParams)


def claude(server, **options):
    """Our model, talking to the server."""
    return ChatAnthropic(**{"base_url": server.url, "api_key": KEY, "max_retries": 0, **options})


def their_claude(server, **options):
    """LangChain's model, talking to the server."""
    given = {"model": MODEL, "base_url": server.url, "api_key": KEY, "max_retries": 0, **options}
    return langchain_anthropic.ChatAnthropic(**given)


def checked_body(body):
    """The body, after the SDK's own types have found nothing wrong or unknown in it."""
    known = {name: value for name, value in body.items() if name not in SAMPLING}
    assert _read_to_its_end(PARAMS.validate_python(known)) == known
    return body


def _read_to_its_end(value):
    """Validated data; pydantic checks what is iterable only when it is iterated."""
    if isinstance(value, dict):
        return {name: _read_to_its_end(part) for name, part in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_read_to_its_end(part) for part in value]
    return value


def search(query: str) -> str:
    """Call to surf the web."""
    return f"I looked up: {query}. Result: It's sunny in San Francisco."


class AskHuman(BaseModel):
    """Ask the human a question."""

    question: str
