"""Chat models: Claude, a script in place of a model, and recorded conversations (names: langchain-anthropic's).

| file | its idea |
|---|---|
| `base` | what every chat model can do; `question` is what it is asked |
| `listening` `pieces` `stops` | its words on their way: into stream mode "messages", cut up and joined, cut off |
| `tool_forms` `structured` | tools and answer forms as a model is told of them |
| `by_name` | a model by its name |
| `anthropic` | Claude: its `_request`, `_reply` and `_blocks` translate, its `_errors` explain, `connection` calls |
| `scripted` `cassettes` | without a key; `tape` is a cassette's file, `secrets` keeps keys out of sight |

Importing this loads none of them, and the `anthropic` SDK is loaded when Claude is first asked.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hilnb.models.anthropic import ChatAnthropic
    from hilnb.models.base import ChatModel
    from hilnb.models.by_name import init_chat_model
    from hilnb.models.cassettes import Cassette, cassette
    from hilnb.models.scripted import ScriptedModel

__all__ = ["Cassette", "ChatAnthropic", "ChatModel", "ScriptedModel", "cassette", "init_chat_model"]

_HOMES = {
    "ChatAnthropic": "hilnb.models.anthropic",
    "ChatModel": "hilnb.models.base",
    "ScriptedModel": "hilnb.models.scripted",
    "Cassette": "hilnb.models.cassettes",
    "cassette": "hilnb.models.cassettes",
    "init_chat_model": "hilnb.models.by_name",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
