"""The node that does what a model asks for: it runs the tools its last message calls."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Literal

from hilnb import _context
from hilnb.errors import GraphBubbleUp, is_invalid_resume
from hilnb.messages import ToolMessage
from hilnb.prebuilt.failures import (
    HandleToolErrors,
    ToolInvocationError,
    as_invocation_error,
    only_wrong_arguments,
    raised_by,
    told,
    unknown_tool,
    unreadable,
)
from hilnb.prebuilt.finished import akeep, finished, keep
from hilnb.prebuilt.injected import InjectedState, InjectedStore, Injection, ToolRuntime, read_runtime
from hilnb.prebuilt.requests import (
    Request,
    ToolCallRequest,
    calls_of,
    checked_result,
    combined,
    is_readable,
    messages_in,
    read_request,
)
from hilnb.tools import tool
from hilnb.tools.langchain import let_results_pass

__all__ = [
    "InjectedState",
    "InjectedStore",
    "ToolCallRequest",
    "ToolInvocationError",
    "ToolNode",
    "ToolRuntime",
    "tools_condition",
]

Call = Mapping[str, Any]


class ToolNode:
    """Runs the tools that the last message of a model calls (semantics: LangGraph's class of this name).

    All calls run side by side; their messages come in the order of the calls. A tool may return a Command, and may ask
    a person with `interrupt()`: of several that ask, the first in call order is heard first, and each has its own
    answer. When the node starts again, after a question or a failure, the call that asked runs again from its first
    line, and those that had come to their end do not. Calls that a message answers already do not run. Of a call whose
    arguments are not JSON the model is told what was wrong with them.

    Args:
        tools: Tools, ours or LangChain's, or plain functions with a docstring.
        name: The node's name.
        handle_tool_errors: Of which failures the model is told, as a message with status "error". By default only of
            arguments that do not fit; other failures are raised. True for all of them; text for all of them, in these
            words; kinds of exceptions; or a function from the exception to the words, whose annotation may name kinds.
        messages_key: The key of the state that holds the messages.
        tags: Yours.
        wrap_tool_call: Stands around every call: a function of a ToolCallRequest and of the function that carries such
            a request out, as often as it is called. What it returns is the call's answer.
        awrap_tool_call: The same for awaited runs, an async function that awaits the other; `wrap_tool_call` when None.
    """

    def __init__(
        self,
        tools: Sequence[Any],
        *,
        name: str = "tools",
        tags: list[str] | None = None,
        handle_tool_errors: HandleToolErrors = only_wrong_arguments,
        messages_key: str = "messages",
        wrap_tool_call: Callable[[ToolCallRequest, Callable[[ToolCallRequest], Any]], Any] | None = None,
        awrap_tool_call: Callable[[ToolCallRequest, Callable[[ToolCallRequest], Any]], Awaitable[Any]] | None = None,
    ) -> None:
        made = [given if hasattr(given, "tool_call_schema") else tool(given) for given in tools]
        let_results_pass()
        self.name, self.tags = name, tags
        self._tools = {each.name: each for each in made}
        self._injections = {each.name: Injection.of(each) for each in made}
        self._handle, self._key = handle_tool_errors, messages_key
        self._wrap, self._awrap = wrap_tool_call, awrap_tool_call

    @property
    def tools_by_name(self) -> dict[str, Any]:
        """The tools."""
        return self._tools

    def get_name(self) -> str:
        """The name of the node that it becomes."""
        return self.name

    def invoke(self, input: Any, config: Mapping[str, Any] | None = None) -> Any:
        """Run the tool calls.

        Args:
            input: A state with messages, a list of messages, or a list of tool calls.
            config: For the tools.

        Returns:
            The update of the state: `{"messages": [ToolMessage, …]}`, a list of messages for a list of messages, and a
            list of such updates and Commands when a tool returned a Command.

        Raises:
            ValueError: There is no message of a model, or a tool's Command does not answer its call.
            Exception: What a tool raised that the model is not told of.
        """
        request, runtime = self._begin(input, config)

        def run(n: int, call: Call) -> Any:
            done = finished(n, call)
            return self._run(call, runtime, request) if done is None else done

        places = _places(request.calls)
        if len(places) == 1:
            return combined([places[0].run(run, 0, request.calls[0])], request)
        with ThreadPoolExecutor(1 if _in_turn() else max(len(places), 1), "hilnb-tool") as pool:
            running = [
                pool.submit(place.run, run, n, call) for n, (place, call) in enumerate(zip(places, request.calls))
            ]
        results = [done.exception() or done.result() for done in running]
        if stopped := _first_error(results):
            for n in _ended(results):
                places[n].run(keep, n, request.calls[n], results[n])
            raise stopped
        _notice_swallowed(places)
        return combined(results, request)

    async def ainvoke(self, input: Any, config: Mapping[str, Any] | None = None) -> Any:
        """`invoke`, awaited: async tools on the running loop, plain ones in threads."""
        request, runtime = self._begin(input, config)

        async def run(n: int, call: Call) -> Any:
            done = finished(n, call)
            return await self._arun(call, runtime, request) if done is None else done

        places = _places(request.calls)
        running: list[asyncio.Task[Any]] = []
        for n, (place, call) in enumerate(zip(places, request.calls)):
            running.append(asyncio.get_running_loop().create_task(run(n, call), context=place))
            if _in_turn():
                await asyncio.wait(running)
        results = await asyncio.gather(*running, return_exceptions=True)
        if stopped := _first_error(results):
            for n in _ended(results):
                kept = akeep(n, request.calls[n], results[n])
                await asyncio.get_running_loop().create_task(kept, context=places[n])
            raise stopped
        _notice_swallowed(places)
        return combined(results, request)

    def _begin(self, given: Any, config: Mapping[str, Any] | None) -> tuple[Request, ToolRuntime[Any, Any]]:
        request = read_request(given, self._key)
        return request, read_runtime(request.state, config, list(self._tools.values()))

    def _run(self, call: Call, runtime: ToolRuntime[Any, Any], request: Request) -> Any:
        """The answer to one call."""
        if not is_readable(call):
            return self._error(unreadable(call), call)
        asked, carry_out = self._asked(call, runtime), functools.partial(self._carry_out, request=request)
        if self._wrap is None:
            return carry_out(asked)
        try:
            return self._wrap(asked, carry_out)
        except Exception as error:
            return self._failed(error, call)

    async def _arun(self, call: Call, runtime: ToolRuntime[Any, Any], request: Request) -> Any:
        """`_run`, awaited. What is wrapped for blocking runs alone blocks here too, in a thread."""
        if not is_readable(call):
            return self._error(unreadable(call), call)
        asked, carry_out = self._asked(call, runtime), functools.partial(self._acarry_out, request=request)
        if self._awrap is None and self._wrap is None:
            return await carry_out(asked)
        if self._awrap is None:
            return await asyncio.to_thread(self._run, call, runtime, request)
        try:
            return await self._awrap(asked, carry_out)
        except Exception as error:
            return self._failed(error, call)

    def _asked(self, call: Call, runtime: ToolRuntime[Any, Any]) -> ToolCallRequest:
        return ToolCallRequest(call, self._tools.get(call["name"]), runtime.state, runtime.for_call(call))

    def _carry_out(self, asked: ToolCallRequest, *, request: Request) -> Any:
        ready = self._ready(asked)
        if isinstance(ready, ToolMessage):
            return ready
        try:
            return checked_result(asked.tool.invoke(ready, asked.runtime.config), asked.tool_call, request)
        except Exception as error:
            return self._failed(error, asked.tool_call)

    async def _acarry_out(self, asked: ToolCallRequest, *, request: Request) -> Any:
        ready = self._ready(asked)
        if isinstance(ready, ToolMessage):
            return ready
        try:
            return checked_result(await asked.tool.ainvoke(ready, asked.runtime.config), asked.tool_call, request)
        except Exception as error:
            return self._failed(error, asked.tool_call)

    def _ready(self, asked: ToolCallRequest) -> Any:
        """The call with what its tool gets besides; the answer, when there is no such tool."""
        if asked.tool is None:
            return self._error(unknown_tool(asked.tool_call["name"], self._tools), asked.tool_call)
        injection = self._injections.get(asked.tool.name) or Injection.of(asked.tool)
        return injection.into(asked.tool_call, replace(asked.runtime, state=asked.state), self._key)

    def _failed(self, error: Exception, call: Call) -> ToolMessage:
        """What the model is told of a failure, if it is to be told."""
        if isinstance(error, GraphBubbleUp) or is_invalid_resume(error):
            raise error
        injection = self._injections.get(call["name"])
        known = as_invocation_error(error, call, injection.filled_in if injection is not None else ())
        words = told(known, self._handle)
        if words is None:
            known.add_note(raised_by(call["name"], _context.current.get()))
            raise known
        return self._error(words, call)

    @staticmethod
    def _error(words: str, call: Call) -> ToolMessage:
        return ToolMessage(words, name=call["name"], tool_call_id=call["id"], status="error", id=str(uuid.uuid4()))


def _places(calls: Sequence[Call]) -> list[contextvars.Context]:
    """A context for each call, in which it counts its own questions and the graphs it calls.

    So which answer is whose does not hang on which thread is faster. The first call stands where the node stands.
    """
    here = _context.current.get()
    places = [contextvars.copy_context() for _ in calls]
    for n, place in enumerate(places):
        if here is not None and n > 0:
            place.run(_context.current.set, here.inside(str(n)))
    return places


def _in_turn() -> bool:
    """Whether the calls have to run one by one: there is an answer for whoever asks next, and no chance may decide."""
    here = _context.current.get()
    return here is not None and "by" not in here.answers.get("", {"by": None})


def _first_error(results: Sequence[Any]) -> BaseException | None:
    """What stops the node, when something does: of several errors the first in call order."""
    return next((result for result in results if isinstance(result, BaseException)), None)


def _ended(results: Sequence[Any]) -> list[int]:
    """Which calls came to their end."""
    return [n for n, result in enumerate(results) if not isinstance(result, BaseException)]


def _notice_swallowed(places: Sequence[contextvars.Context]) -> None:
    """Let the run know of a pause that a tool swallowed, as it would of one that a node did."""
    here = _context.current.get()
    for place in places:
        own = place.get(_context.current)
        if here is not None and own is not None and own.pausing is not None:
            here.pausing = own.pausing


def tools_condition(state: Any, messages_key: str = "messages") -> Literal["tools", "__end__"]:
    """Where to go after a model: to "tools" when its message calls some, else to the end.

    A call whose arguments could not be read counts too: ToolNode answers it, so that the model can call again.

    Args:
        state: A state with messages, or a list of messages.
        messages_key: The key of the state that holds them.

    Raises:
        ValueError: There is no message.
    """
    messages = messages_in(state, messages_key)
    if not messages:
        raise ValueError(f"tools_condition: No messages found in input state under {messages_key!r}: {state!r:.200}")
    return "tools" if calls_of(messages[-1]) else "__end__"
