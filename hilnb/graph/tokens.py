"""Tokens of LangChain's chat models: where a node uses one, stream mode "messages" tells what it says, as it says it.

Nothing of LangChain is imported unless the program has imported it already.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from hilnb import _context
from hilnb.constants import TAG_NOSTREAM
from hilnb.messages.langchain import make_readable

__all__ = ["listen"]

MINE = "hilnb"
"""Marks the surroundings that hilnb has given to LangChain's models."""


def listen(here: _context.Running) -> None:
    """Let LangChain's chat models that this task's code calls be heard, if somebody listens, and read our messages."""
    surroundings = _surroundings()
    if here.tell is not None and "messages" in here.modes:
        surroundings.set({"callbacks": [_handler(here)], "metadata": here.full_config()["metadata"], MINE: True})
    elif MINE in (surroundings.get() or ()):
        surroundings.set(None)  # a graph that nobody listens to, inside a node of one that is listened to


@cache
def _surroundings() -> Any:
    """The variable in which LangChain's models find what is around them."""
    make_readable()
    return import_module("langchain_core.runnables.config").var_child_runnable_config


def _handler(here: _context.Running) -> Any:
    """A LangChain callback handler that passes on tokens, and whole messages of models that have none."""
    base: Any = import_module("langchain_core.callbacks").BaseCallbackHandler
    streaming: Any = import_module("langchain_core.tracers._streaming")._StreamingCallbackHandler
    tell: Any = here.tell

    class Tokens(base, streaming):  # type: ignore[misc]
        """Being a streaming handler is what makes LangChain's `invoke` stream."""

        run_inline = True

        def __init__(self) -> None:
            self.about: dict[Any, dict[str, Any]] = {}

        def tap_output_iter(self, run_id: Any, output: Any) -> Any:
            return output

        def tap_output_aiter(self, run_id: Any, output: Any) -> Any:
            return output

        def on_chat_model_start(
            self, serialized: Any, messages: Any, *, run_id: Any, tags: Any = None, metadata: Any = None, **_: Any
        ) -> None:
            if TAG_NOSTREAM not in (tags or ()):
                self.about[run_id] = {**(metadata or {}), **({"tags": tags} if tags else {})}

        def on_llm_new_token(self, token: str, *, chunk: Any = None, run_id: Any, **_: Any) -> None:
            if chunk is not None and hasattr(chunk, "message"):
                self.say(run_id, chunk.message, again=True)

        def on_llm_end(self, response: Any, *, run_id: Any, **_: Any) -> None:
            if response.generations and response.generations[0] and hasattr(response.generations[0][0], "message"):
                self.say(run_id, response.generations[0][0].message, again=False)
            self.about.pop(run_id, None)

        def say(self, run_id: Any, message: Any, *, again: bool) -> None:
            about = self.about.get(run_id)
            if about is None or (not again and message.id in here.run.heard):
                return
            here.run.heard.add(message.id)
            tell((here.ns[:-1], "messages", (message, about)))

    return Tokens()
