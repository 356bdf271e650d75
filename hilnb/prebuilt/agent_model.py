"""The nodes of an agent that ask its model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from hilnb.config import get_config, get_store, get_stream_writer
from hilnb.graph.actions import wanted_by
from hilnb.messages import AIMessage, SystemMessage
from hilnb.messages.base import is_message, kind_of
from hilnb.models import init_chat_model
from hilnb.prebuilt.requests import calls_of, messages_in
from hilnb.runtime import get_runtime
from hilnb.tools import BaseTool, tool_definition

__all__ = ["AgentModel", "StructuredAnswer", "bound", "checked_model"]


_FILLED_IN: Mapping[str, Callable[[], Any]] = {
    "config": get_config,
    "runtime": get_runtime,
    "store": get_store,
    "writer": get_stream_writer,
}
"""What a prompt that is a function can have besides the state, as a node can."""


def checked_model(model: Any, prompt: Any) -> Any:
    """The model, made by its name where it is text; refuse what cannot be asked, or cannot be put before a question.

    Raises:
        TypeError: The model is none.
        ValueError: The prompt is none, or the name is of a model that is not here.
    """
    if isinstance(model, str):
        model = init_chat_model(model)
    if not hasattr(model, "invoke") and not callable(model):
        raise TypeError(
            f"create_react_agent(model={model!r}): give the model itself, which has `invoke` and `ainvoke`, or a "
            "function from the state and the runtime to one."
        )
    if not (prompt is None or isinstance(prompt, str) or is_message(prompt)) and not (
        callable(prompt) or hasattr(prompt, "invoke")
    ):
        raise ValueError(
            f"Got unexpected type for `prompt`: {type(prompt)}. Give text, a SystemMessage, or a function from the "
            "state to a list of messages."
        )
    return model


def bound(model: Any, tools: Sequence[Any]) -> Any:
    """The model with its tools; as it is when they are bound already, or when a function is to choose the model."""
    if _is_chosen(model) or not tools or not hasattr(model, "bind_tools") or "tools" in getattr(model, "kwargs", {}):
        return model
    if _is_langchains(model):  # which knows no tools but its own; a definition is a dict it reads
        tools = [tool_definition(each) if isinstance(each, BaseTool) else each for each in tools]
    return model.bind_tools(tools)


def _is_langchains(model: Any) -> bool:
    return any(kind.__module__.startswith("langchain_core.") for kind in type(model).__mro__)


def _is_chosen(model: Any) -> bool:
    """Whether a function chooses the model at each call."""
    return callable(model) and not hasattr(model, "invoke")


def _chosen(model: Any, state: Any) -> Any:
    """The model for this call.

    Raises:
        RuntimeError: The function that chooses it is async, and the run is not.
    """
    if not _is_chosen(model):
        return model
    if inspect.iscoroutinefunction(model):
        raise RuntimeError(f"the agent's model is chosen by an async function, {model!r}: use ainvoke or astream.")
    return model(state, get_runtime())


async def _achosen(model: Any, state: Any) -> Any:
    if inspect.iscoroutinefunction(model):
        return await model(state, get_runtime())
    return _chosen(model, state)


class AgentModel:
    """The node "agent": asks the model.

    Args:
        model: The model, or a function that chooses one.
        prompt: What comes before the messages.
        name: The agent's name.
        direct: The tools whose result ends the agent's work.
        reads_input: Whether a hook may have written the model's input.
    """

    def __init__(
        self, model: Any, prompt: Any, name: str | None, direct: Collection[str], *, reads_input: bool
    ) -> None:
        self._model, self._prompt, self._name = model, prompt, name
        self._direct, self._reads_input = direct, reads_input

    def get_name(self) -> str:
        """The name of the node."""
        return "agent"

    def invoke(self, state: Any, config: Mapping[str, Any]) -> dict[str, Any]:
        """The model's next message, as an update."""
        state = self._checked(state)
        model = _chosen(self._model, state)
        return self._update(state, model.invoke(self._asked(state, config), config))

    async def ainvoke(self, state: Any, config: Mapping[str, Any]) -> dict[str, Any]:
        """`invoke`, awaited."""
        state = self._checked(state)
        model = await _achosen(self._model, state)
        asked = self._asked(state, config)
        return self._update(state, await model.ainvoke(await asked if inspect.isawaitable(asked) else asked, config))

    def _checked(self, state: Any) -> Any:
        """The state, with the messages the model is to see."""
        messages = messages_in(state, "llm_input_messages") if self._reads_input else ()
        messages = messages or messages_in(state, "messages")
        _check_history(messages)
        if isinstance(state, Mapping):
            return {**state, "messages": messages}
        return state.model_copy(update={"messages": messages}) if hasattr(state, "model_copy") else state

    def _asked(self, state: Any, config: Mapping[str, Any]) -> Any:
        """What the model is asked."""
        prompt, messages = self._prompt, messages_in(state, "messages")
        if prompt is None:
            return messages
        if isinstance(prompt, str):
            return [SystemMessage(prompt), *messages]
        if is_message(prompt):
            return [prompt, *messages]
        if hasattr(prompt, "invoke"):
            return prompt.invoke(state, config)
        return prompt(state, **{name: _FILLED_IN[name]() for name in wanted_by(prompt, after=1) if name in _FILLED_IN})

    def _update(self, state: Any, message: Any) -> dict[str, Any]:
        if message.name != self._name:
            message = message.model_copy(update={"name": self._name})
        left = state.get("remaining_steps") if isinstance(state, Mapping) else getattr(state, "remaining_steps", None)
        calls = calls_of(message)
        if left is not None and calls and left < (1 if all(call["name"] in self._direct for call in calls) else 2):
            message = AIMessage("Sorry, need more steps to process this request.", id=message.id)
        return {"messages": [message]}


def _check_history(messages: Sequence[Any]) -> None:
    """Refuse what every model's API refuses.

    Raises:
        ValueError: A tool call has no answer.
    """
    answered = {message.tool_call_id for message in messages if kind_of(message) == "tool"}
    for message in messages:
        for call in message.tool_calls if kind_of(message) == "ai" else ():
            if call["id"] not in answered:
                raise ValueError(
                    f"the messages hold a tool call that has no ToolMessage as its answer: {dict(call)}. Models refuse "
                    "that. Add a ToolMessage with its id, or remove the message that holds the call: "
                    f"graph.update_state(config, {{'messages': [RemoveMessage(id={message.id!r})]}})."
                )


class StructuredAnswer:
    """The node "generate_structured_response": has the model put its answer into a schema.

    Args:
        model: The model, or a function that chooses one.
        wanted: The schema; or a prompt and the schema.
    """

    def __init__(self, model: Any, wanted: Any) -> None:
        self._model = model
        self._prompt, self._schema = wanted if isinstance(wanted, tuple) else (None, wanted)

    def get_name(self) -> str:
        """The name of the node."""
        return "generate_structured_response"

    def invoke(self, state: Any, config: Mapping[str, Any]) -> dict[str, Any]:
        """The answer, as an update."""
        model = self._ready(_chosen(self._model, state))
        return {"structured_response": model.invoke(self._asked(state), config)}

    async def ainvoke(self, state: Any, config: Mapping[str, Any]) -> dict[str, Any]:
        """`invoke`, awaited."""
        model = self._ready(await _achosen(self._model, state))
        return {"structured_response": await model.ainvoke(self._asked(state), config)}

    def _ready(self, model: Any) -> Any:
        # What `bind_tools` of LangChain's models returns holds the model itself as `bound`.
        inner: Any = getattr(model, "bound", None)
        return (inner if hasattr(inner, "with_structured_output") else model).with_structured_output(self._schema)

    def _asked(self, state: Any) -> list[Any]:
        said = messages_in(state, "messages")
        return [*([SystemMessage(self._prompt)] if self._prompt else []), *said]
