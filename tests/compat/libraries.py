"""Run one program on LangGraph and on hilnb, blocking and awaiting, and tell what each of them did."""

import importlib
import warnings
from typing import Any

from tests.compat.player import Player

# Where LangGraph has its public names; hilnb has them at the same paths.
_PATHS = {
    "graph": "START END StateGraph MessagesState add_messages",
    "graph.state": "CompiledStateGraph",
    "graph.message": "REMOVE_ALL_MESSAGES push_message",
    "types": "Command Send Interrupt interrupt Overwrite StateUpdate StateSnapshot GraphOutput StreamWriter "
    "RetryPolicy CachePolicy TimeoutPolicy",
    "errors": "GraphInterrupt NodeInterrupt InvalidUpdateError EmptyInputError GraphRecursionError NodeTimeoutError "
    "NodeError ParentCommand GraphDrained is_invalid_resume",
    "constants": "TAG_NOSTREAM TAG_HIDDEN",
    "config": "get_config get_store get_stream_writer",
    "runtime": "Runtime RunControl get_runtime",
    "func": "entrypoint task",
    "managed": "IsLastStep RemainingSteps",
    "checkpoint.memory": "MemorySaver InMemorySaver",
    "store.base": "BaseStore",
    "store.memory": "InMemoryStore",
    "cache.memory": "InMemoryCache",
    "prebuilt": "ToolNode tools_condition InjectedState InjectedStore ToolRuntime",
}
# LangChain's, which hilnb has of its own.
_MESSAGES = "HumanMessage AIMessage AIMessageChunk SystemMessage ToolMessage RemoveMessage"
_HOMES = {word: path for path, words in _PATHS.items() for word in words.split()}


class Library:
    """The public names of a library, each looked up when a program uses it, so a missing one fails only that program.

    Attributes:
        name: "langgraph" or "hilnb".
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, word: str) -> Any:
        return getattr(importlib.import_module(self._home(word)), word)

    def _home(self, word: str) -> str:
        if word in _HOMES:
            return f"{self.name}.{_HOMES[word]}"
        core = "langchain_core" if self.name == "langgraph" else self.name
        if word in _MESSAGES.split():
            return f"{core}.messages"
        if word == "tool":
            return f"{core}.tools"
        if word == "RunnableConfig":
            return "langchain_core.runnables" if self.name == "langgraph" else "hilnb.config"
        raise AttributeError(f"tests/compat/libraries.py knows no {word!r}: add it to _PATHS")


def heard(program, name: str, awaiting: bool) -> list[Any]:
    """What a program hears on one library, in one of the two worlds."""
    player = Player(awaiting)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program(Library(name), player)
    return player.heard
